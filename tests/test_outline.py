"""The coarse background of the maps: what its tool makes, whole, without borders, and near the truth."""

from __future__ import annotations

import json
import math
import sys

import pytest
import shapely
from conftest import ROOT, SHARED
from shapely.geometry import LineString, Point, box, shape

sys.path.insert(0, str(ROOT))  # plain `pytest` does not put the tools within reach
from tools import outline

FILE = ROOT / "data" / "outline.geojson"
KM_PER_DEGREE = 111.2
RIVER_SEAPORTS = {"khorramshahr": "Euphrates"}  # sea ships reach it up the Arvand, 55 km from the Gulf
AT_SEA = {"vkmsk_mouth"}  # the roads off the Volga-Caspian canal


@pytest.fixture(scope="module")
def features():
    return json.loads(FILE.read_text(encoding="utf-8"))["features"]


@pytest.fixture(scope="module")
def by_kind(features):
    found = {"land": {}, "sea": {}, "lake": {}, "river": {}}
    for feature in features:
        found[feature["properties"]["kind"]][feature["properties"]["name"]] = shape(feature["geometry"])
    return found


def km(lon, lat, geometry):
    """The distance in km, on a plane true near the place."""
    scale = (KM_PER_DEGREE * math.cos(math.radians(lat)), KM_PER_DEGREE)
    return shapely.transform(geometry, lambda xy: (xy - [lon, lat]) * scale).distance(Point(0, 0))


@pytest.fixture(scope="module")
def places(net):
    found = {row["id"]: (*net.geometry[row["id"]][0], row["kind"]) for row in net.node_table.rows()}
    west, south, east, north = outline.FRAME
    return {n: p for n, p in found.items() if west < p[0] < east and south < p[1] < north}


@pytest.fixture(scope="module")
def seaports(net, places):
    ends = {row[side] for row in net.link_table.rows() if row["mode"] in ("sea", "ferry") for side in ("from", "to")}
    return {n: p for n, p in places.items() if n in ends and p[2] == "port"}


def test_the_outline_file_is_what_the_tool_makes():
    assert outline.main(["--check"]) == 0
    assert FILE.stat().st_size < 60_000


def test_the_outline_is_valid_and_has_each_name_once(features, by_kind):
    assert len(features) == sum(len(found) for found in by_kind.values())
    assert {f["properties"]["kind"] for f in features} == {"land", "sea", "lake", "river"}
    assert all(set(f["properties"]) == {"kind", "name"} for f in features)
    for kind, found in by_kind.items():
        for name, geometry in found.items():
            assert geometry.geom_type == ("LineString" if kind == "river" else "Polygon"), name
            assert geometry.is_valid and geometry.is_simple and box(*outline.FRAME).covers(geometry), name
            assert not name.startswith("land at"), name


def test_land_and_water_fill_the_frame_without_overlap(by_kind):
    # Pieces without overlap and gap have the area of the frame together; so there are no borders either.
    pieces = [g for kind in ("land", "sea", "lake") for g in by_kind[kind].values()]
    whole = box(*outline.FRAME).area
    assert sum(p.area for p in pieces) == pytest.approx(whole, abs=1e-6)
    assert shapely.union_all(pieces).area == pytest.approx(whole, abs=1e-6)
    assert sum(land.area > 100 for land in by_kind["land"].values()) == 1


def test_the_coast_has_no_seam_and_no_frame():
    coast = outline.coast()
    assert km(20.0, 50.0, coast) > 300  # the western edge of the frame, on land
    assert km(80.3, 3.0, coast) > 200  # the seam south of Sri Lanka
    assert km(51.17, 43.6, coast) < 10  # Aktau
    lakes = shapely.union_all(list(outline.shapes()["lake"].values()))
    assert not coast.intersects(lakes)


def test_every_port_of_the_sea_is_near_a_coast(seaports, by_kind):
    assert len(seaports) > 30
    coast = outline.coast()
    far = {n: km(lon, lat, coast) for n, (lon, lat, _) in seaports.items()}
    assert {n for n, d in far.items() if d > 40} == set(RIVER_SEAPORTS)
    for port, river in RIVER_SEAPORTS.items():
        assert km(*seaports[port][:2], by_kind["river"][river]) < 10


def test_places_stand_on_land(places, by_kind):
    dry = shapely.union_all(list(by_kind["land"].values()))
    wet = {n: km(lon, lat, dry) for n, (lon, lat, _) in places.items() if not dry.covers(Point(lon, lat))}
    assert {n for n, d in wet.items() if d > 10} == AT_SEA


def test_a_river_ends_in_its_water(by_kind):
    for river, water in {
        "Volga": "Caspian Sea", "Ural": "Caspian Sea", "Don": "Sea of Azov", "Euphrates": "Persian Gulf",
        "Indus": "Arabian Sea", "Syr Darya": "North Aral Sea",
    }.items():  # fmt: skip
        last = by_kind["river"][river].coords[-1]
        assert km(*last, (by_kind["sea"] | by_kind["lake"])[water]) < 5, river
    canal = by_kind["river"]["Volga-Don Canal"]
    assert km(*canal.coords[-1], by_kind["river"]["Don"]) < 1
    assert km(*canal.coords[0], by_kind["river"]["Volga"]) < 10


def test_the_mini_language_of_the_table():
    assert outline.points("a cape, a bay: 50.4 40.3, 50.2 40.5,\n   50.1 40.6") == [
        (50.4, 40.3),
        (50.2, 40.5),
        (50.1, 40.6),
    ]


def test_the_distance_of_the_measurement_is_a_distance():
    one, other = LineString([(0, 0), (30, 0)]), LineString([(0, 4), (30, 4)])
    assert outline._distance(one, other) == pytest.approx(4)
    # A degree of latitude at 45 degrees, and the area of a square degree there.
    flat = outline._flat(box(50, 44.5, 51, 45.5), 45)
    assert flat.bounds[3] - flat.bounds[1] == pytest.approx(111.2, abs=0.1)
    assert flat.area == pytest.approx(111.2**2 * math.cos(math.radians(45)), rel=1e-3)


def test_the_outline_agrees_with_another():
    folder = SHARED / "basemap"
    if not folder.exists():
        pytest.skip("../shared is absent: the outline cannot be compared")
    rows = {row["name"]: row for row in outline.measure(folder)}
    least = {
        "Caspian Sea": 0.93, "Black Sea": 0.9, "Persian Gulf": 0.85, "Gulf of Oman": 0.9, "land": 0.96, "Arabian Sea": 0.95,
        "Red Sea": 0.9, "Mediterranean Sea": 0.9, "Sea of Azov": 0.85, "Baltic Sea": 0.85, "White Sea": 0.85,
    }  # fmt: skip
    assert {n for n, overlap in least.items() if rows[n]["overlap"] < overlap} == set()
    assert {n for n in least if max(rows[n]["to_theirs_km"], rows[n]["from_theirs_km"]) > 12} == set()
