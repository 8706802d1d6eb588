"""Networks, demands and answers in other formats: what goes in comes out, and what is lost is said."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import json
import re
import shlex
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from conftest import ROOT, SHARED
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import random_networks

import corridor
from corridor.cli import cli
from corridor.cli.run import run
from corridor.errors import DataError
from corridor.io.formats.geojson import from_geojson
from corridor.io.networks import examine
from corridor.io.raw_networks import header_of
from corridor.io.template import write_template
from corridor.model.derived_limits import NOTE, line_limits

FORMATS = ("x.geojson", "x.gpkg", "x.parquet", "folder")
PARTS = ("meta", "sources", "screenlines", "branches", "contradictions", "frictions", "parameters", "tariffs")


def text_of(value):
    """2 and 2.0 differ, the order of keys does not matter."""
    return json.dumps(value, sort_keys=True)


def same(one, other):
    assert one.fingerprint() == other.fingerprint()
    assert dict(one.geometry) == dict(other.geometry)
    for part in PARTS:
        assert getattr(one, part) == getattr(other, part), part
    for kind, table in one.tables.items():
        assert table.extra == other.tables[kind].extra
        assert text_of(list(table.rows())) == text_of(list(other.tables[kind].rows()))
    assert text_of(header_of(one)) == text_of(header_of(other))


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("template") / "mine"
    write_template(folder)
    return json.loads((folder / "network.geojson").read_text(encoding="utf-8"))


def record(value, name):
    return next(f["properties"] for f in value["features"] if f["properties"]["id"] == name)


@pytest.fixture(scope="module")
def odd(template):
    """The template with everything that a table of columns may lose."""
    value = json.loads(json.dumps(template))
    record(value, "north").update(
        other_names=["Северный", "شمال", 'a "b", c'],
        note="two\r\nlines;\ttab, 'quotes'",
        colour="grün",
        floor=2,
        level="7",
    )
    record(value, "south").update(
        colour="NaN", floor=2.5, level="1e5", empty="", flag=True, unhashable={"a": [1, None, 2.0]}
    )
    record(value, "border_n").update(mixed=1, extra="x", fid="y", geometry="z", Colour2="w", nothing=[], Größe=3)
    record(value, "border_s").update(mixed="1", huge=2**70, whole=2.0, minus=-0.0, toll=4)
    record(value, "north-south-road").update(
        operators=["A;B", "C"],
        months_open=[1, 2, 12],
        toll="7",
        capacity="c",
        mixed=1,
        id_of=None,
        country="QQ",
        lanes=[1],
    )
    record(value, "border_s:rail1520-rail1435").update(mixed=2, painted=["a"])
    value["corridor"].update(history=[], licence="CC0", remark={"deep": [1, 1.0, None, "ä"]}, count=1.0)
    value["corridor"]["tariffs"][0].update(
        fixed_usd_t=2.0, discount=0.0, note="ключ", sources=[], scale=None, by={"x": 1}
    )
    value["corridor"]["tariffs"][1].update(rank=3)
    value["corridor"]["resources"][0].update(remark="yes", sources=[])
    value["corridor"]["resources"][0]["uses"].append(
        {"feature": "north-south-road", "direction": "forward", "classes": ["grain"], "empties": None}
    )
    value["corridor"]["sources"] = [{"id": "S1", "title": "Título", "year": 2020}]
    return from_geojson(value)


@pytest.mark.parametrize("name", FORMATS[1:])
def test_the_shipped_network_comes_back_from_every_format(net, tmp_path, name):
    assert corridor.write(net, tmp_path / name) == ()
    same(net, corridor.read(tmp_path / name))
    assert [p.name for p in tmp_path.iterdir()] == [name]
    raw, faults = examine(tmp_path / name)
    assert not [f for f in faults if f.severity == "error"] and len(raw.records["link"]) == len(net.link_table)


@pytest.mark.parametrize("name", FORMATS)
def test_what_columns_lose_comes_back_too(odd, tmp_path, name):
    assert corridor.write(odd, tmp_path / name) == ()
    same(odd, corridor.read(tmp_path / name))


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_network_gives_the_same_bytes(odd, tmp_path, name):
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        corridor.write(odd, tmp_path / place / name)
    files = [p for p in sorted((tmp_path / "a").rglob("*")) if p.is_file()]
    assert files
    for file in files:
        assert file.read_bytes() == (tmp_path / "b" / file.relative_to(tmp_path / "a")).read_bytes()


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=10)
@given(
    network=random_networks(with_resources=True),
    extras=st.dictionaries(st.sampled_from(["qq", "Q", "toll", "zz z", "extra"]), VALUES),
    data=st.data(),
)
def test_any_network_comes_back(network, extras, data, tmp_path_factory):
    value = {"type": "FeatureCollection", "corridor": header_of(network), "features": []}
    for kind in ("node", "link", "transfer"):
        for row in network.tables[kind].rows():
            points = [list(p) for p in network.geometry[row["id"]]]
            shape = (
                {"type": "LineString", "coordinates": points}
                if kind == "link"
                else {"type": "Point", "coordinates": points[0]}
            )
            more = extras if data.draw(st.booleans()) else {}
            value["features"].append(
                {"type": "Feature", "geometry": shape, "properties": {"feature": kind, **row, **more}}
            )
    made = from_geojson(value)
    folder = tmp_path_factory.mktemp("any")
    for name in FORMATS:
        assert corridor.write(made, folder / name) == ()
        same(made, corridor.read(folder / name))
    same(made, corridor.from_networkx(corridor.to_networkx(made)))


def test_a_geopackage_opens_where_others_open_it(net, tmp_path):
    import geopandas
    import pyogrio

    corridor.write(net, tmp_path / "x.gpkg")
    layers = dict(pyogrio.list_layers(tmp_path / "x.gpkg"))
    assert layers["node"] == layers["transfer"] == "Point" and layers["link"] == "LineString"
    tables = {
        "resource",
        "uses",
        "tariffs",
        "frictions",
        "parameters",
        "cargo",
        "sources",
        "screenlines",
        "branches",
        "contradictions",
        "meta",
    }
    assert {n for n, shape in layers.items() if shape is None} == tables
    links = geopandas.read_file(tmp_path / "x.gpkg", layer="link")
    assert links.crs.to_epsg() == 4326 and len(links) == len(net.links)
    assert links["length_km"].dtype == np.float64 and links["length_km"].sum() == net.link_table["length_km"].sum()
    # what another program writes anew is read as well: its own key, wide tables, one-part collections
    for layer in layers:
        frame = geopandas.read_file(tmp_path / "x.gpkg", layer=layer)
        if layer == "link":
            frame["geometry"] = [__import__("shapely").MultiLineString([g]) for g in frame.geometry]
        pyogrio.write_dataframe(frame, tmp_path / "again.gpkg", layer=layer, append=layer != "node")
    assert corridor.read(tmp_path / "again.gpkg").fingerprint() == net.fingerprint()


def test_a_geoparquet_opens_where_others_open_it(net, tmp_path):
    import geopandas

    corridor.write(net, tmp_path / "x.parquet")
    frame = geopandas.read_parquet(tmp_path / "x.parquet")
    assert frame.crs.to_string() == "OGC:CRS84"
    assert dict(frame["feature"].value_counts()) == {k: len(t) for k, t in net.tables.items() if k != "resource"}


def edited(path, *statements):
    with closing(sqlite3.connect(path)) as base:
        for statement in statements:
            base.execute(statement)
        base.commit()


BROKEN = {
    "NaN": (["UPDATE link SET length_km = 9e999 WHERE fid = 1"], ["link '", "length_km is inf"]),
    "negative": (["UPDATE link SET length_km = -5 WHERE fid = 1"], ["length_km is -5"]),
    "text for a number": (["UPDATE link SET length_km = 'far' WHERE fid = 1"], ["length_km is 'far', not a number"]),
    "two at once": (
        ["UPDATE link SET length_km = -5 WHERE fid = 1", "UPDATE node SET kind = 'citty' WHERE fid = 1"],
        ["2 faults", "length_km is -5", "did you mean 'city'"],
    ),
    "twice": (["UPDATE node SET id = 'south' WHERE id = 'north'"], ["is used by 2 features"]),
    "no column": (["ALTER TABLE link DROP COLUMN length_km"], ["length_km is missing"]),
    "no layer": (["ALTER TABLE link RENAME TO links"], ["link is missing: there is no such layer", "did you mean 'links'"]),
    "no table": (["DROP TABLE cargo"], ["corridor: cargo is missing"]),
    "list": (["UPDATE node SET other_names = 'a, b' WHERE fid = 1"], ["other_names is 'a, b'", "list of texts"]),
    "extra": (["ALTER TABLE node ADD COLUMN extra TEXT", "UPDATE node SET extra = '[1]'"], ["is not a JSON object"]),
    "meta": (["UPDATE meta SET value = 'mine' WHERE key = 'name'"], ["meta: name is not JSON", "in quotes"]),
    "crs": (["UPDATE gpkg_geometry_columns SET srs_id = 0"], ["layer 'link': crs", "export it in EPSG:4326"]),
    "geometry": (["UPDATE link SET geom = x'00' WHERE fid = 1"], ["geometry cannot be understood"]),
    "no geometry": (["UPDATE node SET geom = NULL WHERE fid = 1"], ["geometry is missing"]),
    "binary": (["UPDATE link SET note = x'00ff'", "UPDATE meta SET value = x'00ff' WHERE key = 'name'"], ["note is binary", "name is not JSON"]),
    "resource of a use": (["UPDATE uses SET resource = 'zz'"], ["names an unknown resource: 'zz'"]),
    "no contents": (["DROP TABLE gpkg_geometry_columns"], ["gpkg_geometry_columns is missing"]),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_faulty_geopackage_is_refused_with_place_and_fix(template, tmp_path, name):
    statements, words = BROKEN[name]
    value = json.loads(json.dumps(template))
    record(value, "north").update(other_names=["N"])
    record(value, "north-south-road").update(note="n")
    path = tmp_path / "x.gpkg"
    corridor.write(from_geojson(value), path)
    edited(path, *statements)
    with pytest.raises(DataError) as caught:
        corridor.read(path)
    assert str(caught.value).startswith(str(path))
    for word in words:
        assert word in str(caught.value), str(caught.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.gpkg"]


def test_a_whole_number_that_was_changed_elsewhere_holds(odd, tmp_path):
    path = tmp_path / "x.gpkg"
    corridor.write(odd, path)
    edited(path, "UPDATE tariffs SET fixed_usd_t = 3 WHERE fid = 1")
    assert corridor.read(path).tariffs[0]["fixed_usd_t"] == 3


def test_a_geopackage_in_use_elsewhere(template, tmp_path):
    path = tmp_path / "x.gpkg"
    network = from_geojson(template)
    corridor.write(network, path)
    with closing(sqlite3.connect(path)) as base:
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("UPDATE link SET status = 'planned'")
        base.commit()
        with pytest.raises(DataError, match="is open in another program"):
            corridor.read(path)
    changed = corridor.read(path)  # closed, and still marked as of the write-ahead kind
    assert set(changed.link_table["status"]) == {"planned"}


@pytest.mark.parametrize("ending", ["gpkg", "parquet", "omx"])
def test_half_files_and_other_files_are_refused(net, tmp_path, ending):
    path = tmp_path / f"x.{ending}"
    if ending == "omx":
        corridor.write_demand(corridor.demand(), path)
        read = corridor.read_demand
    else:
        corridor.write(net, path)
        read = corridor.read
    whole = path.read_bytes()
    for content in (b"", b"hello", whole[:100], whole[: len(whole) // 2], whole[:4000] + b"\xff" * 4000 + whole[8000:]):
        path.write_bytes(content)
        with pytest.raises(DataError) as caught:
            read(path)
        assert all(f.fix for f in caught.value.faults)


def test_parquet_of_others_is_refused(template, tmp_path):
    import geopandas
    import pyarrow.parquet

    path = tmp_path / "x.parquet"
    corridor.write(from_geojson(template), path)
    frame = geopandas.read_parquet(path)
    frame.to_parquet(tmp_path / "other.parquet")
    with pytest.raises(DataError, match="corridor is missing in the metadata"):
        corridor.read(tmp_path / "other.parquet")
    frame.to_crs(3857).drop(columns="feature").to_parquet(tmp_path / "far.parquet")
    with pytest.raises(DataError) as caught:
        corridor.read(tmp_path / "far.parquet")
    assert "EPSG:3857: another coordinate system" in str(caught.value) and "feature is missing" in str(caught.value)
    table = pyarrow.parquet.read_table(path)
    lengths = [x if x is None or i else float("nan") for i, x in enumerate(table["length_km"].to_pylist())]
    lengths[-2] = -3.0
    position = table.column_names.index("length_km")
    pyarrow.parquet.write_table(table.set_column(position, "length_km", [lengths]), path)
    with pytest.raises(DataError, match="length_km is -3"):
        corridor.read(path)


def test_more_additions_than_columns(template, tmp_path):
    value = json.loads(json.dumps(template))
    record(value, "north").update({f"zz{i}": i for i in range(3000)})
    wide = from_geojson(value)
    for name in FORMATS:
        corridor.write(wide, tmp_path / name)
        same(wide, corridor.read(tmp_path / name))


def test_endings_folders_and_edits(net, tmp_path):
    with pytest.raises(
        DataError,
        match=r"unknown file extension: '.shp'; give .geojson, .json, .gpkg, .parquet, or a folder without an extension",
    ):
        corridor.write(net, tmp_path / "x.shp")
    (tmp_path / "x.xlsx").write_text("a")
    with pytest.raises(DataError, match="unknown file extension"):
        corridor.read(tmp_path / "x.xlsx")
    with pytest.raises(DataError, match="has no node.csv"):
        corridor.read(tmp_path)
    shut = corridor.Scenario.of("shut", "", [{"close": "sarakhs-yard", "years": "2028-"}]).apply(net)
    for name in FORMATS:
        with pytest.raises(DataError, match="dated edits"):
            corridor.write(shut, tmp_path / name)
        with pytest.raises(DataError):
            corridor.write(net, tmp_path / "no" / "such" / name)
    with pytest.raises(DataError, match="not empty"):
        corridor.write(net, tmp_path)
    with pytest.raises(DataError, match="null byte"):
        corridor.write(net, "a\0b")
    assert [p.name for p in tmp_path.iterdir()] == ["x.xlsx"]


def test_what_no_file_holds_is_said(net, tmp_path):
    trade = [{"scale": {"origins": ["RU"]}, "by": 2}]
    made = corridor.Scenario.of("more", "", [], ["suspension-2026"], trade).apply(net)
    lost = corridor.write(made, tmp_path / "x.gpkg")
    assert any("changes of demand" in s for s in lost) and any("suspension-2026" in s for s in lost)
    again = corridor.read(tmp_path / "x.gpkg")
    assert not again.trade and not again.without


def test_a_missing_library_is_named_with_its_remedy(net, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    monkeypatch.setitem(__import__("sys").modules, "networkx", None)
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    for extra, call in (
        ("parquet", lambda: corridor.write(net, tmp_path / "x.parquet")),
        ("graph", lambda: corridor.to_networkx(net)),
        ("omx", lambda: corridor.write_demand(corridor.demand(), tmp_path / "x.omx")),
    ):
        with pytest.raises(DataError, match=rf"pip install 'corridor-freight\[{extra}\]'"):
            call()
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_nothing(net, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    for name in FORMATS:
        with pytest.raises(DataError, match="No space left"):
            corridor.write(net, tmp_path / name)
    assert not list(tmp_path.iterdir())


# GMNS


CONFIG = {"dataset_name": "town", "long_length": "mile", "speed": "mph", "crs": "EPSG:4326"}
NODES = [
    {"node_id": "1", "name": "West", "x_coord": "10.0", "y_coord": "50.0", "zone_id": "1"},
    {"node_id": "2", "name": "", "x_coord": "10.1", "y_coord": "50.0", "node_type": "signal"},
    {"node_id": "3", "name": "East", "x_coord": "10.2", "y_coord": "50.0", "node_type": "port"},
]


def row(name, start, end, directed="true", **more):
    known = {"link_id": name, "from_node_id": start, "to_node_id": end, "directed": directed, "length": "4.6"}
    return {**known, "facility_type": "arterial", "free_speed": "30", "lanes": "2", "capacity": "900", **more}


LINKS = [
    row("1", "1", "2"),
    row("2", "2", "1", capacity="800"),
    row("3", "2", "3", "0", toll="1.5", allowed_uses="auto,bike"),
]


def written(folder, nodes=NODES, links=LINKS, config=CONFIG):
    folder.mkdir(exist_ok=True)
    for name, rows in (("node", nodes), ("link", links), ("config", [config] if config else [])):
        if rows:
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, list(dict.fromkeys(k for r in rows for k in r)))
                writer.writeheader()
                writer.writerows(rows)
    return folder


def test_gmns_of_somebody_else(tmp_path):
    town = corridor.read_gmns(written(tmp_path / "g"), country="DE")
    links = {r["id"]: r for r in town.link_table.rows()}
    assert list(links) == ["link-1", "link-3"]  # ids of links are those of nodes too
    assert links["link-1"]["length_km"] == pytest.approx(4.6 * 1.609344)
    assert (
        links["link-1"]["speed_kmh"] == pytest.approx(30 * 1.609344) and links["link-1"]["speed_kmh_basis"] == "derived"
    )
    assert links["link-1"]["back"] == {
        "id": "2",
        "gmns": {"facility_type": "arterial", "lanes": "2", "capacity": "800"},
    }
    assert links["link-3"]["gmns"]["toll"] == "1.5"
    assert [r["kind"] for r in town.node_table.rows()] == ["city", "station", "port"]
    limits = {r["id"]: (r["capacity"], r["unit"], r["per"], r["capacity_basis"]) for r in town.resource_table.rows()}
    assert limits["link-1:forward"] == (900 * 2 * 24, "trucks", "day", "derived")
    assert limits["link-1:backward"][0] == 800 * 2 * 24 and limits["link-3:backward"][0] == 900 * 2 * 24
    assert all(t["basis"] == "assumed" for t in town.tariffs) and {t["area"] for t in town.tariffs} == {"DE"}
    assert corridor.route(town, "West", "East", cargo="grain").length_km == pytest.approx(9.2 * 1.609344)
    assert corridor.max_flow(town, ["West"], ["East"], cargo="grain").value_t_yr > 0
    corridor.write(town, tmp_path / "t.gpkg")
    same(town, corridor.read(tmp_path / "t.gpkg"))
    corridor.write(town, tmp_path / "again")
    same(town, corridor.read(tmp_path / "again"))


def test_gmns_like_another_network(tmp_path, net):
    nodes = [{**n, "country": "KZ"} for n in NODES]
    links = [{**x, "facility_type": "rail", "gauge_mm": "1520"} for x in LINKS]
    line = corridor.read_gmns(written(tmp_path / "g", nodes, links), like=net)
    theirs = [t for t in net.tariffs if (t["area"], t["carrier"]) == ("KZ", "rail1520")]
    assert list(line.tariffs) == theirs and line.cargo_records == net.cargo_records
    assert set(line.link_table["carrier"]) == {"rail1520"} and not len(line.resource_table)


FOREIGN = {
    "country": ({}, {}, ["country is missing: GMNS has no column for it", "country="]),
    "no config": ({"config": None}, {"country": "DE"}, ["long_length is missing", "length_unit=", "speed_unit=", "crs="]),
    "unit": ({"config": {**CONFIG, "long_length": "verst"}}, {"country": "DE"}, ["is 'verst', an unknown unit", "length_unit="]),
    "crs": ({"config": {**CONFIG, "crs": "EPSG:0"}}, {"country": "DE"}, ["is not a coordinate system: 'EPSG:0'"]),
    "mode": ({"links": [row("1", "1", "2", "0", facility_type="hyperloop")]}, {"country": "DE"}, ["'hyperloop': its mode is not known", "mode="]),
    "two modes": ({"links": [row("1", "1", "2", "0", facility_type="", allowed_uses="auto,rail")]}, {"country": "DE"}, ["mode="]),
    "bicycles": ({"links": [row("1", "1", "2", "0", facility_type="bike")]}, {"country": "DE"}, ["mode="]),
    "wrong mode": ({}, {"country": "DE", "mode": "raod"}, ["option: mode is 'raod'"]),
    "gauge": ({"links": [row("1", "1", "2", "0", facility_type="rail")]}, {"country": "DE"}, ["gauge_mm is missing: a railway link needs it", "gauge_mm="]),
    "one way": ({"links": LINKS[:1]}, {"country": "DE"}, ["are one-way", "1;", "one_way='both'"]),
    "not mirrored": ({"links": [row("8", "1", "2"), row("9", "2", "1", length="5.5")]}, {"country": "DE"}, ["8, 9", "one_way='both'"]),
    "NaN": ({"links": [row("1", "1", "2", "0", length="inf")]}, {"country": "DE"}, ["link.csv line 2: length is 'inf'"]),
    "negative": ({"links": [row("1", "1", "2", "0", capacity="-1")]}, {"country": "DE"}, ["capacity is '-1'"]),
    "directed": ({"links": [row("1", "1", "2", "maybe")]}, {"country": "DE"}, ["directed is 'maybe'", "true or false"]),
    "no node": ({"links": [row("1", "1", "7", "0")]}, {"country": "DE"}, ["to_node_id names an unknown node: '7'"]),
    "node twice": ({"nodes": [*NODES, NODES[0]]}, {"country": "DE"}, ["node.csv line 5: node_id appears twice"]),
    "link twice": ({"links": [row("a", "1", "2", "0"), row("a", "2", "3", "0")]}, {"country": "DE"}, ["appears twice: 'a'"]),
    "no column": ({"nodes": [{k: v for k, v in n.items() if k != "x_coord"} for n in NODES]}, {"country": "DE"}, ["node.csv: x_coord is missing: there is no such column"]),
    "wkt": ({"links": [row("1", "1", "2", "0", geometry="LINESTRING (1")]}, {"country": "DE"}, ["geometry is not a LINESTRING"]),
    "too short": ({"config": {**CONFIG, "long_length": "m"}}, {"country": "DE"}, ["below the great-circle distance"]),
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_gmns_that_does_not_say_enough(tmp_path, name):
    tables, options, words = FOREIGN[name]
    with pytest.raises(DataError) as caught:
        corridor.read_gmns(written(tmp_path / "g", **tables), **options)
    for word in words:
        assert word in str(caught.value), str(caught.value)
    if options == {"country": "DE"} and name != "no config":
        return
    assert all(f.fix for f in caught.value.faults)


def test_gmns_options_in_place_of_its_columns(tmp_path):
    links = [
        row("a", "1", "2", facility_type="", geometry="LINESTRING (10.1 50, 10.05 50.01, 10 50)", dir_flag="-1"),
        row("b", "2", "3", length="", free_speed=""),
    ]
    folder = written(tmp_path / "g", links=links, config=None)
    town = corridor.read_gmns(
        folder, country="DE", mode="road", length_unit="mile", speed_unit="mph", crs="EPSG:4326", one_way="both"
    )
    assert town.geometry["a"] == ((10.0, 50.0), (10.05, 50.01), (10.1, 50.0))
    found = {r["id"]: r for r in town.link_table.rows()}
    assert found["b"]["length_km_basis"] == "derived" and "speed_kmh" not in found["b"]
    assert "one-way in its source" in found["a"]["note"] and "2 one-way links" in town.meta["import_notes"][0]
    assert [r["id"] for r in town.resource_table.rows()] == ["a:forward", "b:forward"]
    far = [
        {**n, "x_coord": str(float(n["x_coord"]) * 0 + 500000 + 7000 * i), "y_coord": "5500000"}
        for i, n in enumerate(NODES)
    ]
    west = corridor.read_gmns(written(tmp_path / "u", far, LINKS, {**CONFIG, "crs": "EPSG:32632"}), country="DE")
    assert west.geometry["1"][0] == pytest.approx((9.0, 49.65), abs=0.01)


def test_parallel_links_are_paired_one_by_one(tmp_path):
    links = [
        row("a", "1", "2"),
        row("b", "1", "2", free_speed="50"),
        row("c", "2", "1", free_speed="50"),
        row("d", "2", "1"),
    ]
    town = corridor.read_gmns(written(tmp_path / "g", links=links), country="DE")
    assert {r["id"]: r["back"]["id"] for r in town.link_table.rows()} == {"a": "d", "b": "c"}


def test_gmns_without_our_part_says_what_is_missing(net, tmp_path):
    corridor.write(net, tmp_path / "g")
    with pytest.raises(DataError, match="country is not used, because the folder has corridor.json"):
        corridor.read_gmns(tmp_path / "g", country="DE")
    (tmp_path / "g" / "corridor.json").unlink()
    bare = corridor.read_gmns(tmp_path / "g", like=net)
    assert len(bare.link_table) == len(net.link_table) and not len(bare.transfer_table)
    limits = line_limits(bare)  # tracks and loops of its lines are known: their limits are derived from them
    assert limits.given == 0 < limits.derived and set(bare.resource_table["capacity_note"]) == {NOTE}
    assert list(bare.link_table["length_km"]) == list(net.link_table["length_km"])
    (tmp_path / "g" / "corridor.json").write_text("{}")
    with pytest.raises(DataError, match="lacks the objects"):
        corridor.read(tmp_path / "g")


def test_gmns_of_ours_with_faults(template, tmp_path):
    corridor.write(from_geojson(template), tmp_path / "g")
    path = tmp_path / "g" / "link.csv"
    text = path.read_text()
    path.write_text(text.replace(",640,", ",-640,").replace("LINESTRING (60.0 45.0, 60.2 43.0)", "POINT (1 2)"))
    with pytest.raises(DataError, match="line 2: geometry cannot be understood"):
        corridor.read(tmp_path / "g")
    path.write_text(text.replace(",640,", ",-640,"))
    with pytest.raises(DataError, match="length_km is -640"):
        corridor.read(tmp_path / "g")
    path.write_text(text + "x,y\n")
    with pytest.raises(DataError, match="has 2 cells"):
        corridor.read(tmp_path / "g")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"link.csv is not UTF-8"):
        corridor.read(tmp_path / "g")


# networkx


def test_a_graph_and_back(net, odd):
    networkx = pytest.importorskip("networkx")
    for network in (net, odd):
        graph = corridor.to_networkx(network)
        same(network, corridor.from_networkx(graph))
        assert isinstance(graph, networkx.MultiDiGraph) and graph.number_of_edges() == 2 * len(network.link_table)
    edge = corridor.to_networkx(net).edges["sarahs", "sarakhs", "sarahs-sarakhs-rail-1520"]
    assert edge["mode"] == "rail" and edge["carrier"] == "rail1520" and edge["length_km"] > 0
    cut = corridor.Scenario.of(
        "cut", "", [{"set": "sarahs-sarakhs-rail-1520", "field": "status", "to": "closed", "years": "2028-"}]
    ).apply(net)
    name = ("sarahs", "sarakhs", "sarahs-sarakhs-rail-1520")
    assert [corridor.to_networkx(cut, y).edges[name]["status"] for y in (2027, 2028)] == ["operating", "closed"]


def test_a_changed_graph_is_checked(net):
    networkx = pytest.importorskip("networkx")
    graph = corridor.to_networkx(net)
    graph.remove_edge("sarahs", "sarakhs", "sarahs-sarakhs-rail-1520")
    assert corridor.from_networkx(graph).fingerprint() == net.fingerprint()  # the way back says it too
    graph.add_node("new", name="New", country="TM", kind="city", lon=float("nan"), lat=1)
    graph.add_edge("new", "sarahs", key="sarahs-sarakhs-rail-1520", line=[(1, 2)])
    with pytest.raises(DataError) as caught:
        corridor.from_networkx(graph)
    for word in ("node 'new': lon, lat", "give each link its own key"):
        assert word in str(caught.value)
    lame = corridor.to_networkx(net)
    lame.edges["sarahs", "sarakhs", "sarahs-sarakhs-rail-1520"]["length_km"] = 999
    with pytest.raises(DataError, match="length_km differs between its two edges"):
        corridor.from_networkx(lame)
    for wrong in (networkx.Graph(), networkx.DiGraph(), 5):
        with pytest.raises(DataError, match="is not a MultiDiGraph"):
            corridor.from_networkx(wrong)
    with pytest.raises(DataError, match="like="):
        corridor.from_networkx(networkx.MultiDiGraph())
    small = networkx.MultiDiGraph(name="two")
    for name, lon in (("a", 60.0), ("b", 60.1)):
        small.add_node(name, name=name, country="KZ", kind="city", lon=lon, lat=45.0)
    facts = {
        "mode": "road",
        "carrier": "road",
        "status": "operating",
        "tariff_area": ["KZ"],
        "length_km": 10.0,
        "length_km_basis": "assumed",
    }
    small.add_edge("a", "b", key="ab", line=[(60.0, 45.0), (60.1, 45.0)], **facts)
    made = corridor.from_networkx(small, like=net)
    assert made.name == "two" and corridor.route(made, "a", "b", cargo="grain").length_km == 10
    value = {"type": "FeatureCollection", "corridor": header_of(made), "features": []}
    assert value["corridor"]["resources"] == []


def test_names_that_the_graph_needs(template):
    value = json.loads(json.dumps(template))
    record(value, "north").update(lon=3)
    with pytest.raises(DataError, match="node 'north': lon has a name that the graph reserves"):
        corridor.to_networkx(from_geojson(value))


# TNTP


HEAD = "<NUMBER OF ZONES> 2\n<NUMBER OF NODES> 3\n<FIRST THRU NODE> 1\n<NUMBER OF LINKS> {n}\n<END OF METADATA>\n\n~ \tinit_node\t;\n"
ROWS = [
    "1 3 900 5 6 0.15 4 50 0 1 ;",
    "3 1 800 5 6 0.15 4 50 0.5 1 ;",
    "3 2 900 6 7.5 0.2 4.5 0 0 2;",
    "2 3 900 6 7.5 0.2 4.5 0 0 2 ;",
]
TRIPS = "<NUMBER OF ZONES> 2\n<TOTAL OD FLOW> 35.5\n<END OF METADATA>\n\nOrigin 1\n 1 : 5.0; 2 : 10.5;\nOrigin \t2\n 1 : 20;\n"
PLACES = "Node\tX\tY\t;\n1\t10\t50\t;\n2\t10.15\t50\t;\n3\t10.07\t50\t;\n"


def tntp(folder, rows=ROWS, head=HEAD, trips=TRIPS, nodes=PLACES):
    folder.mkdir(exist_ok=True)
    (folder / "t_net.tntp").write_text(head.format(n=len(rows)) + "\n".join(rows) + "\n")
    (folder / "t_trips.tntp").write_text(trips)
    (folder / "t_node.tntp").write_text(nodes)
    return folder / "t_net.tntp", folder / "t_trips.tntp", folder / "t_node.tntp"


def test_tntp_holds_its_columns(tmp_path):
    roads = corridor.read_tntp(*tntp(tmp_path))
    assert (roads.number_of_zones, roads.number_of_nodes, roads.first_thru_node, len(roads)) == (2, 3, 1, 4)
    assert roads.init_node.tolist() == [1, 3, 3, 2] and roads.b.tolist() == [0.15, 0.15, 0.2, 0.2]
    assert roads.trips.tolist() == [[5.0, 10.5], [20.0, 0.0]] and roads.coordinates[1].tolist() == [10.15, 50.0]
    only = corridor.read_tntp(tmp_path / "t_net.tntp")
    assert only.trips is None and only.coordinates is None
    with pytest.raises(AttributeError):
        roads.name = "x"


def test_tntp_becomes_a_network_and_a_demand(tmp_path):
    roads = corridor.read_tntp(*tntp(tmp_path))
    town = roads.to_network(crs="EPSG:4326", length_unit="mile", time_unit="min", country="US", capacity_period_h=2)
    links = {r["id"]: r for r in town.link_table.rows()}
    assert list(links) == ["1-3-road", "3-2-road"]
    assert links["1-3-road"]["length_km"] == pytest.approx(5 * 1.609344)
    assert links["1-3-road"]["speed_kmh"] == pytest.approx(50 * 1.609344)
    assert (
        links["1-3-road"]["b"] == 0.15
        and links["3-2-road"]["power"] == 4.5
        and links["1-3-road"]["back"]["toll"] == 0.5
    )
    assert town.resource_table["capacity"].tolist() == [900 * 12, 800 * 12, 900 * 12, 900 * 12]
    demand = roads.to_demand("grain", 2000.0, 2026)
    assert list(zip(demand.origins, demand.destinations, demand.t_yr.tolist(), strict=True)) == [
        ("1", "2", 21000.0),
        ("2", "1", 40000.0),
    ]
    assert demand.year == 2026 and corridor.assign(town, demand, rule="cheapest").served_t_yr == pytest.approx(61000)
    drawn = roads.to_network(crs="EPSG:4326", length_unit="drawn", time_unit="min", country="US")
    assert (
        drawn.link_table["length_km"][0] == pytest.approx(5.0, abs=0.1)
        and drawn.link_table["length_km_basis"][0] == "derived"
    )
    with pytest.raises(DataError) as caught:
        roads.to_network(
            crs="EPSG:0", length_unit="verst", time_unit="week", country="US", capacity_period_h=0, one_way="x"
        )
    assert len(caught.value.faults) == 5
    with pytest.raises(DataError, match="coordinates are missing"):
        corridor.read_tntp(tmp_path / "t_net.tntp").to_network(
            crs="EPSG:4326", length_unit="km", time_unit="h", country="US"
        )
    with pytest.raises(DataError, match="trips are missing"):
        corridor.read_tntp(tmp_path / "t_net.tntp").to_demand("grain", 1, 2025)
    with pytest.raises(DataError, match="t_per_trip is nan"):
        roads.to_demand("grain", float("nan"), 2025)


WRONG = {
    "count": ({"head": HEAD.replace("{n}", "9")}, ["is 9, but the file has 4 links"]),
    "no tag": ({"head": HEAD.replace("<FIRST THRU NODE> 1\n", "")}, ["FIRST THRU NODE is missing"]),
    "no end": ({"head": HEAD.replace("<END OF METADATA>", "")}, ["END OF METADATA is missing"]),
    "NaN": ({"rows": ["1 3 nan 5 6 0.15 4 50 0 1 ;"]}, ["t_net.tntp line 8: capacity is nan"]),
    "negative": ({"rows": ["1 3 9 -5 6 0.15 4 50 0 1 ;"]}, ["length is -5"]),
    "word": ({"rows": ["1 3 9 far 6 0.15 4 50 0 1 ;"]}, ["length is far"]),
    "no node": ({"rows": ["1 4 9 5 6 0.15 4 50 0 1 ;"]}, ["term_node is 4, which is not a node; give a node from 1 to 3"]),
    "cells": ({"rows": ["1 3 9 5 6 0.15 4 50 0 ;"]}, ["has 9 values"]),
    "half a line": ({"rows": ["1 3 9 5 6 0.15 4 50 0 1"]}, ["does not end in a semicolon"]),
    "both": ({"rows": ["1 4 9 5 6 0.15 4 50 0 1 ;", "1 3 9 x 6 0.15 4 50 0 1 ;"]}, ["2 faults", "line 8", "line 9"]),
    "zones": ({"trips": TRIPS.replace("ZONES> 2", "ZONES> 3")}, ["is 3, but the network has 2"]),
    "trips": ({"trips": TRIPS.replace("10.5", "-1")}, ["t_trips.tntp line 6: trips is '2 : -1'"]),
    "zone": ({"trips": TRIPS.replace("2 : 10.5", "7 : 10.5")}, ["destination is '7', which is not a zone"]),
    "origin": ({"trips": TRIPS.replace("Origin 1", "Origin 5")}, ["origin is '5', which is not a zone"]),
    "no origin": ({"trips": TRIPS.replace("Origin 1\n", "")}, ["begin with a line such as `Origin 1`"]),
    "total": ({"trips": TRIPS.replace("35.5", "99")}, ["TOTAL OD FLOW is 99, but the trips sum to 35.5"]),
    "twice": ({"trips": TRIPS.replace("2 : 10.5;", "2 : 10; 2: .5;")}, ["repeats the trips from 1 to 2"]),
    "position": ({"nodes": PLACES.replace("10.15", "x")}, ["t_node.tntp line 3 is not a position"]),
    "position twice": ({"nodes": PLACES + "1 1 1;\n"}, ["appears twice: 1"]),
    "no position": ({"nodes": PLACES.replace("2\t10.15\t50\t;\n", "")}, ["has no position for 2"]),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_faulty_tntp_is_refused_with_its_lines(tmp_path, name):
    changes, words = WRONG[name]
    with pytest.raises(DataError) as caught:
        corridor.read_tntp(*tntp(tmp_path, **changes))
    for word in words:
        assert word in str(caught.value), str(caught.value)


@pytest.mark.parametrize(
    ("town", "counts"), [("SiouxFalls", (24, 24, 76)), ("Anaheim", (38, 416, 914)), ("Barcelona", (110, 1020, 2522))]
)
def test_networks_of_the_collection_are_read(town, counts):
    folder = SHARED / "bench" / "tntp" / town
    if not folder.exists():
        pytest.skip(f"../shared is absent: {town} cannot be read")
    nodes = folder / f"{town}_node.tntp"
    roads = corridor.read_tntp(
        folder / f"{town}_net.tntp", folder / f"{town}_trips.tntp", nodes if nodes.exists() else None
    )
    assert (roads.number_of_zones, roads.number_of_nodes, len(roads)) == counts
    if nodes.exists():
        made = roads.to_network(crs="EPSG:4326", length_unit="drawn", time_unit="min", country="US")
        assert len(made.link_table) == len(roads) / 2


# demand


def test_a_demand_comes_back(tmp_path):
    demand = corridor.Demand.of(
        [("Moscow", "Tehran", "grain", 250_000.5), ("Bandar Abbas", "Москва", "metals", 1.0)], year=2024
    )
    for name in ("x.csv", "x.omx"):
        assert corridor.write_demand(demand, tmp_path / name) == ()
        again = corridor.read_demand(tmp_path / name)
        assert {(o, d, c): t for o, d, c, t in again.to_frame().iloc[:, :4].itertuples(index=False)} == {
            ("Moscow", "Tehran", "grain"): 250_000.5,
            ("Bandar Abbas", "Москва", "metals"): 1.0,
        }
        first = (tmp_path / name).read_bytes()
        corridor.write_demand(demand, tmp_path / name)
        assert (tmp_path / name).read_bytes() == first


def test_every_loss_of_a_demand_is_said_and_real(tmp_path):
    demand = corridor.demand("central", 2030)
    lost = corridor.write_demand(demand, tmp_path / "x.csv")
    assert [
        word
        for word in ("added up", "pair of zones", "reference years", "the year 2030")
        if not any(word in s for s in lost)
    ] == []
    again = corridor.read_demand(tmp_path / "x.csv", 2030)
    assert again.total_t_yr == pytest.approx(demand.total_t_yr) and len(again) < len(demand)
    assert (again.max_cost_usd_t < 10_000).any() and (again.quarter_shares != 0.25).any()
    assert corridor.write_demand(again, tmp_path / "y.csv") == ("the year 2030: give it to read_demand",)
    twice = corridor.read_demand(tmp_path / "y.csv", 2030)
    assert again.to_frame().equals(twice.to_frame())
    lost = corridor.write_demand(again, tmp_path / "x.omx")
    assert len(lost) == 4 and any("willing" in s for s in lost) and any("quarter shares" in s for s in lost)
    square = corridor.read_demand(tmp_path / "x.omx", 2030)
    assert (square.max_cost_usd_t == 10_000).all() and (square.quarter_shares == 0.25).all()
    key = ["origin", "destination", "cargo", "t_yr"]
    frames = [d.to_frame()[key].sort_values(key).reset_index(drop=True) for d in (again, square)]
    assert frames[0].equals(frames[1])


def test_an_omx_is_what_others_read_and_write(tmp_path):
    h5py = pytest.importorskip("h5py")
    openmatrix = pytest.importorskip("openmatrix")
    corridor.write_demand(corridor.Demand.of([("a", "b", "grain", 5.0)], year=2024), tmp_path / "x.omx")
    with openmatrix.open_file(str(tmp_path / "x.omx")) as file:
        assert file.version() == b"0.2" and file.list_matrices() == ["grain"] and file.list_mappings() == ["place"]
        assert file["grain"][:].tolist() == [[0.0, 5.0], [0.0, 0.0]] and file.map_entries("place") == [b"a", b"b"]
    with openmatrix.open_file(str(tmp_path / "y.omx"), "w") as file:
        file["grain"] = np.array([[0.0, 2.0], [3.0, 0.0]])
        file.create_mapping("zones", [101, 102])
    found = corridor.read_demand(tmp_path / "y.omx", 2026)
    assert (found.origins, found.destinations, found.t_yr.tolist()) == (("101", "102"), ("102", "101"), [2.0, 3.0])
    for change, words in (
        (
            lambda f: f["data"].create_dataset("bad", data=np.array([[0.0, np.nan], [-1.0, 4.0]])),
            ["is not finite from 101 → 102", "is negative", "to itself"],
        ),
        (lambda f: f["data"].create_dataset("flat", data=np.zeros(3)), ["its shape is (3,)"]),
        (lambda f: f["lookup"].create_dataset("more", data=[1, 2]), ["add a mapping 'place'"]),
        (lambda f: f["lookup"].create_dataset("place", data=[7, 7]), ["or twice: '7'"]),
        (lambda f: f.__delitem__("data"), ["no matrices"]),
    ):
        path = tmp_path / "z.omx"
        path.write_bytes((tmp_path / "y.omx").read_bytes())
        with h5py.File(path, "a") as file:
            change(file)
        with pytest.raises(DataError) as caught:
            corridor.read_demand(path)
        for word in words:
            assert word in str(caught.value), str(caught.value)


def test_demands_that_no_file_holds(tmp_path):
    with pytest.raises(DataError, match="give .csv or .omx"):
        corridor.write_demand(corridor.demand(), tmp_path / "x.txt")
    with pytest.raises(DataError, match="without line breaks"):
        corridor.write_demand(corridor.Demand.of([("a\nb", "c", "grain", 1.0)]), tmp_path / "x.csv")
    with pytest.raises(DataError, match="without /"):
        corridor.write_demand(corridor.Demand.of([("a", "c", "x/y", 1.0)]), tmp_path / "x.omx")
    assert not list(tmp_path.iterdir())


# answers


@pytest.fixture(scope="module")
def answers(net):
    demand = corridor.Demand.of([("Moscow", "Tehran", "grain", 1e5), ("Samara", "Mumbai", "container", 1e4)])
    return {
        "route": corridor.route(net, "Astrakhan", "Tehran", cargo="grain"),
        "routes": corridor.routes(net, "Astrakhan", "Tehran", cargo="grain", k=2),
        "flow": corridor.max_flow(net, ["Chelyabinsk"], ["Bandar Abbas"], cargo="grain", modes=["rail"]),
        "assignment": corridor.assign(net, demand, rule="cheapest"),
        "matrix": corridor.matrix(net, ["Moscow", "Astrakhan"], ["Tehran", "Mumbai"], by="time"),
        "misfit": None,
    }


@pytest.mark.parametrize("kind", ["route", "routes", "flow", "assignment"])
@pytest.mark.parametrize("ending", ["geojson", "gpkg", "csv", "parquet", "json"])
def test_answers_are_saved_with_their_lines(net, answers, tmp_path, kind, ending):
    import geopandas
    import pandas

    result, path = answers[kind], tmp_path / f"x.{ending}"
    corridor.save(result, path, network=net)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    rows = {
        "route": lambda r: len(r.legs),
        "routes": lambda r: sum(len(x.legs) for x in r),
        "flow": lambda r: len(r.links_t_yr),
        "assignment": lambda r: len(r.links),
    }[kind](result)
    if ending == "json":
        assert json.loads(path.read_text()).keys() == json.loads(json.dumps(result.to_dict())).keys()
    elif ending == "csv":
        assert len(pandas.read_csv(path)) == rows
    elif ending == "parquet":
        assert len(pandas.read_parquet(path).drop(columns="geometry", errors="ignore")) == rows
    else:
        frame = geopandas.read_file(path)
        assert len(frame) == rows and frame.crs.to_epsg() == 4326 and set(frame.geom_type) == {"LineString"}
    first = path.read_bytes()
    corridor.save(result, path, network=net)
    assert path.read_bytes() == first


def test_other_tables_and_lists(net, answers, tmp_path):
    corridor.save(answers["assignment"], tmp_path / "p.csv", table="paths")
    with (tmp_path / "p.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert ";" in rows[0]["links"] and rows[0]["links"].split(";")[0] in net.link_table.index
    corridor.save(answers["assignment"], tmp_path / "r.json", table="resources")
    assert json.loads((tmp_path / "r.json").read_text())["rows"][0]["id"]
    corridor.save(answers["matrix"], tmp_path / "m.csv")
    assert (tmp_path / "m.csv").read_text().splitlines()[0] == "origin,tehran,mumbai"
    cut = answers["matrix"].copy()
    cut.iloc[0, 0] = float("nan")
    cut.attrs = dict(answers["matrix"].attrs)
    corridor.save(cut, tmp_path / "m.json")
    value = json.loads((tmp_path / "m.json").read_text())
    assert value["unit"] == "h" and value["rows"][0]["tehran"] is None and value["rows"][0]["origin"] == "moscow"
    corridor.save(answers["matrix"], tmp_path / "m.parquet")
    corridor.save(net.links, tmp_path / "l.gpkg")
    assert len(__import__("geopandas").read_file(tmp_path / "l.gpkg")) == len(net.links)
    corridor.save(net.nodes.to_crs(3857), tmp_path / "n.geojson")
    first = json.loads((tmp_path / "n.geojson").read_text())["features"][0]
    assert first["geometry"]["coordinates"] == pytest.approx(net.geometry[first["properties"]["id"]][0])
    with pytest.raises(DataError, match="Fid is a reserved or repeated column name in GeoPackage"):
        corridor.save(net.nodes.assign(Fid=1), tmp_path / "x.gpkg")
    with pytest.raises(DataError, match="has no coordinate system"):
        corridor.save(net.nodes.set_crs(None, allow_override=True), tmp_path / "x.gpkg")
    mixed = net.resources.assign(any=[1, "a"] * (len(net.resources) // 2) + [None] * (len(net.resources) % 2))
    corridor.save(mixed, tmp_path / "mixed.parquet")
    with pytest.raises(DataError, match=r"is not a table of Assignment: linkz; did you mean 'links'"):
        corridor.save(answers["assignment"], tmp_path / "x.csv", table="linkz")
    with pytest.raises(DataError, match="has no geometry for a map; give a path that ends in .csv"):
        corridor.save(answers["matrix"], tmp_path / "x.gpkg")
    with pytest.raises(DataError, match="network=, the network of the query"):
        corridor.save(answers["flow"], tmp_path / "x.geojson")
    with pytest.raises(DataError, match="unknown file extension: '.shp'"):
        corridor.save(answers["flow"], tmp_path / "x.shp")
    with pytest.raises(DataError, match="write_demand"):
        corridor.save(corridor.demand(), tmp_path / "x.csv")
    with pytest.raises(DataError, match="cannot be written"):
        corridor.save(answers["flow"], tmp_path / "no" / "x.csv")
    assert not list(tmp_path.glob("x.*"))


def test_answers_of_studies_are_saved(net, tmp_path):
    """Made by hand: the studies themselves take long, their tables are plain records."""
    import dataclasses

    from corridor.io.counts import Count
    from corridor.study.misfit import Comparison, Misfit, TransitTime
    from corridor.study.plan import Plan
    from corridor.study.project_sequence import Step
    from corridor.study.throughput import Throughput
    from corridor.study.year_summary import Year

    numbers = dict.fromkeys((f.name for f in dataclasses.fields(Year)), 1.0)
    year = Year(
        **{
            **numbers,
            "year": 2024,
            "also_mt": {"b": 2.0},
            "apart_mt": {},
            "throughput_by_cargo_mt": {"grain": 1.0},
            "bottlenecks": (),
            "capacity_mt": None,
        }
    )
    through = Throughput("n", "1", (), (), "eastern", "e", ("s",), ("S",), "central", None, (year,), (), ())
    corridor.save(through, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text().startswith("year,throughput_mt")
    count = Count("c", ("s",), dt.date(2024, 1, 1), dt.date(2024, 12, 31), 1.0)
    comparison = Comparison(count, None, None, None, None, None, None, "no demand")
    time = TransitTime("way", "rail", 1.0, 2.0, None, None, "no way")
    corridor.save(Misfit("n", "1", (), 2024, 0, 1, (comparison,), (time,)), tmp_path / "m.csv", table="times")
    assert (
        tmp_path / "m.csv"
    ).read_text() == "name,kind,low_days,high_days,days,misfit,why\nway,rail,1.0,2.0,,,no way\n"
    step = Step("a", "A", 2028, None, "program", 1.0, None, None, None)
    rest = dict.fromkeys((f.name for f in dataclasses.fields(Plan)), 0)
    plan = Plan(**{**rest, "scenarios": (), "steps": (step,), "short": ()})
    for ending in ("csv", "json", "parquet"):
        corridor.save(plan, tmp_path / f"p.{ending}")
    with pytest.raises(DataError, match="has no geometry for a map"):
        corridor.save(plan, tmp_path / "p.gpkg", network=net)
    import corridor.study.backtest as b
    import corridor.study.calibrate as c
    import corridor.study.compare as d
    import corridor.study.criticality as e

    known = {"Backtest": b, "Calibration": c, "Comparison": d, "Criticality": e}
    for name, module in known.items():
        kind = getattr(module, name)
        fields = {f.name for f in dataclasses.fields(kind)} | {"to_frame"}
        assert kind._TABLES and set(kind._TABLES.values()) <= fields, name
    assert list(through.tables()) == ["years"] and through.tables()["years"]["year"].tolist() == [2024]


# the command line


def command(capsys, *words):
    status = run(cli, [str(w) for w in words])
    seen = capsys.readouterr()
    return status, seen.out, seen.err


def test_convert_and_validate(template, tmp_path, capsys):
    net = from_geojson(template)
    corridor.write(net, tmp_path / "a.geojson")
    steps = ["a.geojson", "b.gpkg", "c.parquet", "d", "e.json"]
    for source, target in itertools.pairwise(steps):
        status, out, err = command(capsys, "convert", tmp_path / source, tmp_path / target)
        assert (status, err) == (0, "") and "nothing is lost" in out and "4 links" in out
    status, out, _ = command(capsys, "validate", tmp_path / "d")
    assert status == 0 and "0 errors" in out and "4 links" in out
    assert (tmp_path / "a.geojson").read_bytes() == (tmp_path / "e.json").read_bytes()
    status, out, _ = command(capsys, "convert", tmp_path / "b.gpkg", tmp_path / "f.gpkg", "--json")
    assert status == 0 and json.loads(out)["lost"] == [] and json.loads(out)["fingerprint"] == net.fingerprint()
    status, _, _ = command(
        capsys, "route", "Northtown", "Southport", "--cargo", "grain", "--network", tmp_path / "b.gpkg"
    )
    assert status == 0
    for words, said in (
        ((tmp_path / "b.gpkg", tmp_path / "b.gpkg"), "is the input too"),
        ((tmp_path / "b.gpkg", tmp_path / "." / "b.gpkg"), "is the input too"),
        ((tmp_path / "b.gpkg", tmp_path / "d"), "not empty"),
        ((tmp_path / "b.gpkg", tmp_path / "x.shp"), "unknown file extension"),
        ((tmp_path / "no.gpkg", tmp_path / "x.gpkg"), "No such file"),
        ((tmp_path / "b.gpkg", tmp_path / "x.gpkg", "--country", "DE"), "--country does not apply to this format"),
    ):
        status, _, err = command(capsys, "convert", *words)
        assert status == 2 and said in " ".join(err.split()), err
    assert not (tmp_path / "x.gpkg").exists()


def test_convert_from_tntp_and_gmns(tmp_path, capsys):
    roads, trips, nodes = tntp(tmp_path / "t")
    options = ("--nodes", nodes, "--crs", "EPSG:4326", "--length-unit", "mile", "--time-unit", "min", "--country", "US")
    status, out, err = command(capsys, "convert", roads, tmp_path / "t.gpkg", *options, "--trips", trips)
    assert (status, err) == (0, "") and "2 links" in out
    status, _, err = command(capsys, "convert", roads, tmp_path / "x.gpkg", "--nodes", nodes)
    assert status == 2 and "--country" in err and "--time-unit" in err
    folder = written(tmp_path / "g", links=LINKS[:1])
    status, out, _ = command(capsys, "convert", folder, tmp_path / "g.gpkg", "--country", "DE", "--one-way", "both")
    assert status == 0 and "note: 1 one-way links" in " ".join(out.split())
    assert len(corridor.read(tmp_path / "g.gpkg").link_table) == 1
    status, out, _ = command(capsys, "validate", folder)
    assert status == 2 and "country=" in out


def test_the_examples_of_the_page_run(tmp_path, monkeypatch, capsys):
    text = (ROOT / "docs" / "interchange.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(python|console)\n(.*?)```", text, re.DOTALL)
    assert {kind for kind, _ in blocks} == {"python", "console"}
    monkeypatch.chdir(tmp_path)
    tntp(tmp_path)
    written(tmp_path / "town-gmns")
    names: dict[str, object] = {}
    for kind, block in blocks:
        if kind == "python":
            exec(compile(block, "docs/interchange.md", "exec"), names)
            continue
        for line in re.sub(r" \\\n\s+", " ", block).splitlines():
            if line.startswith("$ corridor "):
                status, _, err = command(capsys, *shlex.split(line)[2:])
                assert (status, err) == (0, ""), line
