"""Bad input: one error that lists every fault with place, value and fix; nothing is guessed."""

from __future__ import annotations

import copy
import json

import pytest
from networks import link, network, resource, transfer

import corridor
from corridor import DataError, UnknownIdError
from corridor.io.formats.geojson import _chunks, from_geojson, write
from corridor.io.template import write_template

NODES = {"a": "AA", "b": "AA", "c": "BB"}


def good():
    """Return a legal network as parsed GeoJSON."""
    links = [
        link("ab", "a", "b", "rail1520", 10),
        link("bc", "b", "c", "rail1435", 10),
        link("r", "a", "c", "road", 10),
    ]
    made = network(
        NODES,
        links,
        [transfer("b:x", "b", "rail1520", "rail1435", 5, 5)],
        [resource("y", 5, [{"feature": "b:x", "direction": "both"}])],
    )
    return json.loads("".join(_chunks(made)))


def record(value, name):
    return next(f["properties"] for f in value["features"] if f["properties"]["id"] == name)


def rename(value, name, new):
    for f in value["features"]:
        if f["properties"]["id"] == name:
            f.update(id=new)
            f["properties"]["id"] = new


def geometry(value, name):
    return next(f["geometry"] for f in value["features"] if f["properties"]["id"] == name)


def geometries(value, node):
    """Yield the geometries that end at a node, with the end that does."""
    for f in value["features"]:
        for end, place in (("from", 0), ("to", -1)):
            if f["properties"].get(end) == node and f["properties"]["feature"] == "link":
                yield f["geometry"]["coordinates"], place


def move(value, node):
    """Put a node a degree east, and the ends of its links with it."""
    geometry(value, node)["coordinates"] = [11.0, 50.0]
    for line, place in geometries(value, node):
        line[place] = [11.0, 50.0]


def friction(**changes):
    return {"id": "f", "effect": "charge", "where": "AA", "usd_t": 5, **changes}


NAN, INF = float("nan"), float("inf")
CASES = {
    "not a number": (lambda v: record(v, "ab").update(length_km=NAN), ["link 'ab'", "length_km", "is nan"]),
    "infinite": (lambda v: record(v, "ab").update(length_km=INF), ["length_km", "is inf"]),
    "negative": (lambda v: record(v, "ab").update(speed_kmh=-40), ["speed_kmh", "is -40", "above 0 to 400 km/h"]),
    "zero speed": (lambda v: record(v, "ab").update(speed_kmh=0), ["speed_kmh", "is 0"]),
    "text for a number": (lambda v: record(v, "ab").update(length_km="10"), ["length_km", "'10', not a number"]),
    "bool for a number": (lambda v: record(v, "ab").update(tracks=True), ["tracks", "True, not a number"]),
    "number for a text": (lambda v: record(v, "ab").update({"from": 7}), ["from", "7, not a text"]),
    "missing": (lambda v: record(v, "ab").pop("length_km"), ["length_km", "is missing"]),
    "no basis": (lambda v: record(v, "ab").pop("length_km_basis"), ["length_km_basis", "is missing", "measured, published"]),
    "wrong basis": (lambda v: record(v, "ab").update(length_km_basis="guess"), ["length_km_basis", "'guess'"]),
    "range beside value": (lambda v: record(v, "ab").update(length_km_low=11), ["length_km_low", "above the value"]),
    "nearly a field": (lambda v: record(v, "ab").update(lenght_km=10), ["lenght_km", "did you mean 'length_km'"]),
    "nearly a field 2": (lambda v: record(v, "ab").update(speed_km_h=10), ["speed_km_h", "did you mean 'speed_kmh'"]),
    "unknown choice": (lambda v: record(v, "ab").update(status="operatin"), ["status", "did you mean 'operating'"]),
    "unknown mode": (lambda v: record(v, "ab").update(mode="rial"), ["mode", "did you mean 'rail'"]),
    "months": (lambda v: record(v, "ab").update(months_open=[0, 13]), ["months_open", "months 1 to 12"]),
    "duplicate id": (lambda v: rename(v, "bc", "ab"), ["id 'ab'", "is used by 2 features"]),
    "dangling": (lambda v: record(v, "ab").update(to="bb"), ["link 'ab'", "names an unknown node: 'bb'"]),
    "too short": (lambda v: move(v, "a"), ["link 'ab'", "below the great-circle distance of 71.5 km"]),
    "far too long": (lambda v: (move(v, "a"), record(v, "ab").update(length_km=900), record(v, "r").update(length_km=80)), ["over 3 times"]),
    "drawn elsewhere": (lambda v: geometry(v, "ab").update(coordinates=[[30.0, 10.0], [10.0, 50.0]]), ["is drawn", "km away from its end 'a'"]),
    "drawn backwards": (lambda v: (move(v, "a"), record(v, "ab").update(length_km=80), record(v, "r").update(length_km=80), geometry(v, "ab")["coordinates"].reverse()), ["away from its end 'a'"]),
    "transfer elsewhere": (lambda v: geometry(v, "b:x").update(coordinates=[0.0, 0.0]), ["transfer 'b:x'", "away from its node 'b'"]),
    "whole number": (lambda v: record(v, "ab").update(tracks=1.5), ["tracks", "expected a whole number"]),
    "endless number": (lambda v: record(v, "ab").update(length_km=10**400), ["length_km", "is too large"]),
    "repeated month": (lambda v: record(v, "ab").update(months_open=[1, 1]), ["different months"]),
    "line break in an id": (lambda v: rename(v, "ab", "a\nb"), ["remove control characters"]),
    "text coordinates": (lambda v: geometry(v, "a").update(coordinates=["60", True]), ["geometry cannot be understood"]),
    "two ids": (lambda v: v["features"][0].update(id="other"), ["give one id"]),
    "other coordinates": (lambda v: v.update(crs={"name": "EPSG:3857"}), ["another coordinate system"]),
    "unhashable": (lambda v: record(v, "ab").update(feature=[]), ["give node, link or transfer"]),
    "extra NaN": (lambda v: record(v, "ab").update(colour=NAN), ["colour", "contains NaN"]),
    "misspelled by case": (lambda v: record(v, "ab").update(Status="closed"), ["did you mean 'status'"]),
    "use key": (lambda v: v["corridor"]["resources"][0]["uses"][0].update(emptys=True), ["did you mean 'empties'"]),
    "use flag": (lambda v: v["corridor"]["resources"][0]["uses"][0].update(empties="no"), ["give true or false"]),
    "use class": (lambda v: v["corridor"]["resources"][0]["uses"][0].update(classes=["grian"]), ["did you mean 'grain'"]),
    "header key": (lambda v: v["corridor"].update(frictoins=[]), ["did you mean 'frictions'"]),
    "parameter name": (lambda v: v["corridor"]["parameters"][-1].update(id="peak_day_ration"), ["is not a parameter", "did you mean 'peak_day_ratio'"]),
    "parameter zero": (lambda v: next(p for p in v["corridor"]["parameters"] if p["id"] == "container_speed_ratio.other").update(value=0), ["above 0"]),
    "busy day below the mean": (lambda v: next(p for p in v["corridor"]["parameters"] if p["id"] == "peak_day_ratio").update(value=0.9), ["from 1"]),
    "half a character": (lambda v: record(v, "ab").update(note="\ud800"), ["an incomplete character"]),
    "version NaN": (lambda v: v["corridor"].update(data_version=NAN), ["contains NaN"]),
    "parameter missing": (lambda v: v["corridor"].update(parameters=[p for p in v["corridor"]["parameters"] if "road" not in p["id"]]), ["emission_g_tkm.road is missing, needed by r"]),
    "twice": (lambda v: v["corridor"]["parameters"].append(dict(v["corridor"]["parameters"][0])), ["has 2 records"]),
    "tariff cargo": (lambda v: v["corridor"]["tariffs"][0].update(cargo="dry_bluk"), ["did you mean 'dry_bulk'"]),
    "no load": (lambda v: v["corridor"]["cargo"][0].update(t_per_wagon=0), ["t_per_wagon is 0"]),
    "no box": (lambda v: v["corridor"]["cargo"][0].update(t_per_teu="x"), ["t_per_teu is 'x'"]),
    "friction effect": (lambda v: v["corridor"].update(frictions=[friction(effect="forbidd")]), ["did you mean 'forbid'"]),
    "friction place": (lambda v: v["corridor"].update(frictions=[friction(where="Narnia")]), ["names an unknown country, sea, mode or link"]),
    "friction negative": (lambda v: v["corridor"].update(frictions=[friction(usd_t=-5)]), ["usd_t is -5"]),
    "friction without charge": (lambda v: v["corridor"].update(frictions=[friction(usd_t=None)]), ["give the amount of the charge"]),
    "friction one end": (lambda v: v["corridor"].update(frictions=[friction(between_a=["AA"])]), ["between_b is incomplete"]),
    "friction cargo": (lambda v: v["corridor"].update(frictions=[friction(cargo="grain")]), ["cargo is 'grain'", "list of texts"]),
    "swapped": (lambda v: geometry(v, "a").update(coordinates=[50.0, 110.0]), ["node 'a'", "swap them"]),
    "beyond the earth": (lambda v: geometry(v, "a").update(coordinates=[500.0, 10.0]), ["(500, 10)"]),
    "no geometry": (lambda v: v["features"][0].update(geometry=None), ["geometry", "is missing"]),
    "odd geometry": (lambda v: v["features"][0].update(geometry={"type": "Point", "coordinates": "x"}), ["geometry cannot be understood"]),
    "transfer without carrier": (lambda v: record(v, "b:x").update(to="sea"), ["transfer 'b:x'", "needs sea at b, which has rail1435, rail1520"]),
    "transfer to itself": (lambda v: record(v, "b:x").update(to="rail1520"), ["joins a carrier to itself"]),
    "half a transfer": (lambda v: record(v, "b:x").pop("dry_bulk_usd_t"), ["dry_bulk_usd_t", "needs hours and cost"]),
    "wrong carrier": (lambda v: record(v, "ab").update(carrier="rail1435"), ["carrier", "expected rail1520 for rail"]),
    "no gauge": (lambda v: record(v, "ab").pop("gauge_mm"), ["gauge_mm", "give the track gauge"]),
    "no tariff": (lambda v: record(v, "ab").update(tariff_area=["ZZ"]), ["tariffs: ZZ rail1520 is missing, needed by ab"]),
    "no speed": (lambda v: record(v, "r").pop("speed_kmh"), ["link 'r'", "the parameter speed_kmh.road.AA"]),
    "unknown source": (lambda v: record(v, "ab").update(length_km_sources=["Q9"]), ["names an unknown source: 'Q9'"]),
    "negative tariff": (lambda v: v["corridor"]["tariffs"][0].update(usd_tkm=-1), ["tariffs no. 1", "usd_tkm is -1"]),
    "discount in per cent": (lambda v: v["corridor"]["tariffs"][0].update(discount=40), ["discount is 40", "from 0 to 1 share"]),
    "parameter": (lambda v: v["corridor"]["parameters"][0].update(value="x"), ["parameters no. 1", "'x'"]),
    "cargo class": (lambda v: v["corridor"]["cargo"][0].update({"class": "bulk"}), ["class is 'bulk'"]),
    "no cargo": (lambda v: v["corridor"].pop("cargo"), ["corridor: cargo is missing", "corridor new"]),
    "schema": (lambda v: v["corridor"].update(schema=2), ["schema is 2; expected 1"]),
    "resource of nothing": (lambda v: v["corridor"]["resources"][0].update(uses=[{"feature": "zz", "direction": "both"}]), ["resource 'y'", "names an unknown link or transfer"]),
    "resource direction": (lambda v: v["corridor"]["resources"][0]["uses"][0].update(direction="up"), ["direction is 'up'"]),
    "no features": (lambda v: v.pop("features"), ["features is missing"]),
    "no node": (lambda v: v.update(features=[]), ["has no node"]),
    "feature without kind": (lambda v: record(v, "ab").pop("feature"), ["give node, link or transfer"]),
    "feature that is none": (lambda v: v["features"].append(7), ["properties is missing"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_named_with_place_and_fix(name):
    change, words = CASES[name]
    value = copy.deepcopy(good())
    change(value)
    with pytest.raises(DataError) as caught:
        from_geojson(value, "my.geojson")
    message = str(caught.value)
    assert message.startswith("my.geojson: ")
    for word in words:
        assert word in message, message


def test_all_faults_are_listed_at_once():
    value = good()
    record(value, "ab").update(length_km=NAN, speed_kmh=-1)
    record(value, "bc").update(status="x")
    with pytest.raises(DataError, match="3 faults") as caught:
        from_geojson(value)
    assert [(f.where, f.field) for f in caught.value.faults] == [
        ("link 'ab'", "length_km"), ("link 'ab'", "speed_kmh"), ("link 'bc'", "status"),
    ]  # fmt: skip
    assert all(f.fix for f in caught.value.faults)


FILES = {
    "empty": (b"", "ends in the middle"),
    "half": (b'{"type": "FeatureCollection", "corr', "ends in the middle"),
    "half a record": (b'{"type": "FeatureCollection", "corridor": {"a": 1},', "ends in the middle"),
    "no json": (b"hello there, world", "is not JSON"),
    "encoding": ("{\"type\": \"Straße\"}".encode("latin-1"), "is not UTF-8"),
    "list": (b"[1, 2]", "is not a GeoJSON FeatureCollection"),
    "other": (b'{"type": "Feature"}', "is not a GeoJSON FeatureCollection"),
    "no member": (b'{"type": "FeatureCollection", "features": []}', "corridor is missing"),
    "deep": (b"[" * 100_000, "nested too deep"),
    "twice": (b'{"type": "FeatureCollection", "corridor": {}, "features": [], "features": []}', "features appears twice"),
    "digits": (b'{"type": ' + b"1" * 5000 + b"}", "too many digits"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_network(name, tmp_path):
    data, words = FILES[name]
    path = tmp_path / "x.geojson"
    path.write_bytes(data)
    with pytest.raises(DataError, match=words):
        corridor.read(path)


def test_a_folder_a_missing_file_and_gigabytes(tmp_path):
    for path, words in (
        (tmp_path, "is not a regular file"),
        (tmp_path / "no", "No such file"),
        ("a\0b", "cannot be read"),
    ):
        with pytest.raises(DataError, match=words):
            corridor.read(path)
    big = tmp_path / "big.geojson"
    with big.open("wb") as stream:
        stream.truncate(3_000_000_000)  # sparse: takes no room
    with pytest.raises(DataError, match="3000 MB, the limit is 500 MB"):
        corridor.read(big)


def test_what_is_written_reads_back_the_same(net, tmp_path):
    path = tmp_path / "copy.geojson"
    write(net, path)
    again = corridor.read(path)
    assert again.fingerprint() == net.fingerprint()
    assert again.geometry == dict(net.geometry)
    write(again, tmp_path / "twice.geojson")
    assert (tmp_path / "twice.geojson").read_bytes() == path.read_bytes()


def test_fields_that_are_not_ours_are_kept():
    value = good()
    record(value, "ab")["painted"] = "green"
    again = json.loads("".join(_chunks(from_geojson(value))))
    assert record(again, "ab")["painted"] == "green"


def test_a_failed_write_leaves_the_old_file(net, tmp_path):
    path = tmp_path / "kept.geojson"
    path.write_text("old")
    with pytest.raises(DataError, match="cannot be written"):
        write(net, tmp_path / "no" / "such" / "folder.geojson")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["kept.geojson"]


def test_names_are_matched_tolerantly_and_never_guessed(net):
    resolve = net.names.resolve
    for spelling in ("Bandar Abbas", "bandar-abbas", "BANDAR  ABBAS", "bandar_abbas", "بندرعباس", "Бендер-Аббас"):
        assert resolve(spelling) == "bandar_abbas"
    assert resolve("Türkmenbaşy") == resolve("Turkmenbashi") == "turkmenbashi"
    assert resolve("Челябинск") == "chelyabinsk"
    with pytest.raises(UnknownIdError, match="matches more than one place: 'sarahs', 'sarakhs'"):
        resolve("Серахс")
    with pytest.raises(UnknownIdError, match="did you mean 'Chelyabinsk'"):
        resolve("Chelabinsk")
    with pytest.raises(UnknownIdError, match="no similar name"):
        resolve("qqqqqqqq")
    with pytest.raises(UnknownIdError):
        resolve("")


def test_options_are_refused_together(net):
    with pytest.raises(DataError) as caught:
        corridor.route(net, "Moscow", "Tehran", by="tim", modes=["trian"], year=3000)
    assert [f.field for f in caught.value.faults] == ["by", "mode", "year"]
    with pytest.raises(DataError, match="sets the year, and `year` is given too"):
        corridor.route(net, "Moscow", "Tehran", year=2025, depart="2025-01-01")
    with pytest.raises(DataError, match="give a day as 2027-01-15"):
        corridor.route(net, "Moscow", "Tehran", depart="15.1.2027")
    with pytest.raises(DataError, match="is the origin too"):
        corridor.route(net, "Moscow", "moskva")
    with pytest.raises(UnknownIdError, match="no cargo 'grian'; did you mean 'grain'"):
        corridor.route(net, "Moscow", "Tehran", cargo="grian")
    with pytest.raises(
        UnknownIdError,
        match="no place, country, mode, operator, link, transfer or resource 'sarakhs-yrad'; did you mean .*'sarakhs-yard'",
    ):
        corridor.route(net, "Moscow", "Tehran", avoid=["sarakhs-yrad"])


ODD = (None, 5, -1, 0, "x", "", [], {}, [None], [[1]], True, 1e300, "\ud800", NAN, ...)


def places(value, path=()):
    """Yield the path of everything in a file, of long lists the first two records."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for key, inside in items:
        yield from places(inside, (*path, key))


def test_no_odd_value_anywhere_ends_in_anything_but_an_error_or_an_answer(tmp_path):
    """Every odd value at every place of the template; `...` takes the place out."""
    write_template(tmp_path / "t")
    text = (tmp_path / "t" / "network.geojson").read_text()
    refused = answered = 0
    for path in places(json.loads(text)):
        for odd in ODD:
            value = json.loads(text)
            inside = value
            for key in path[:-1]:
                inside = inside[key]
            if odd is ...:
                del inside[path[-1]]
            else:
                inside[path[-1]] = odd
            try:
                net = from_geojson(value)
                corridor.write(net, tmp_path / "again.geojson")
                str(corridor.route(net, "Northtown", "Southport", cargo="grain"))
                str(corridor.max_flow(net, ["Northtown"], ["Southport"], cargo="grain", modes=["rail"]))
                str(corridor.why(net, net.resource_table.ids[0]))
                answered += 1
            except corridor.CorridorError:
                refused += 1
    assert refused > 1000 and answered > 150
