"""OpenStreetMap extracts: noding, merging, gauges, borders, names, faults; lengths against networkx."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import logging
import re
import sys
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

import corridor
from corridor.osm import tags
from corridor.units import great_circle_km

RAIL = {"railway": "rail", "gauge": "1520"}
ROAD = {"highway": "trunk"}
MAIN = {1: (60.0, 50.0), 2: (60.5, 50.0), 3: (61.0, 50.0), 4: (61.5, 50.0)}


def xml(nodes, ways, relations=(), points=()):
    """Return an extract: {id: (lon, lat[, tags])}, [(id, refs, tags)], [(id, [(way, role)], tags)], [(id, lon, lat, tags)]."""

    def said(values):
        return "".join(f'<tag k="{k}" v="{v}"/>' for k, v in values.items())

    rows = ['<osm version="0.6" generator="test">']
    for i, (lon, lat, *rest) in [*nodes.items(), *((p[0], p[1:]) for p in points)]:
        rows.append(f'<node id="{i}" lat="{lat:.7f}" lon="{lon:.7f}">{said(rest[0]) if rest else ""}</node>')
    for i, refs, values in ways:
        rows.append(f'<way id="{i}">{"".join(f"<nd ref={chr(34)}{r}{chr(34)}/>" for r in refs)}{said(values)}</way>')
    for i, members, values in relations:
        rows.append(
            f'<relation id="{i}">{"".join(f"<member type={chr(34)}way{chr(34)} ref={chr(34)}{w}{chr(34)} role={chr(34)}{r}{chr(34)}/>" for w, r in members)}{said(values)}</relation>'
        )
    return "\n".join([*rows, "</osm>"])


@pytest.fixture
def read(tmp_path):
    def reading(nodes, ways, relations=(), points=(), **options):
        path = tmp_path / "x.osm"
        path.write_text(xml(nodes, ways, relations, points), encoding="utf-8")
        options = {"country": None if relations else "KZ", "simplify_m": 0, **options}
        return corridor.read_osm(path, **options)

    return reading


def links(net):
    return {i: net.link_table.row(k) for k, i in enumerate(net.link_table.ids)}


def notes(net):
    return " ".join(net.meta["import_notes"])


def faults(read, *args, **options):
    with pytest.raises(corridor.DataError) as caught:
        read(*args, **options)
    return caught.value.faults


def test_ways_are_joined_where_nothing_branches_or_changes(read):
    net = read(MAIN, [(1, [1, 2], RAIL), (2, [3, 2], RAIL), (3, [3, 4], RAIL)])
    assert list(links(net)) == ["osm-n1-osm-n4-rail-1520"]
    link = links(net)["osm-n1-osm-n4-rail-1520"]
    assert link["length_km"] == pytest.approx(sum(great_circle_km(MAIN[i], MAIN[i + 1]) for i in (1, 2, 3)), abs=1e-6)
    assert (link["length_km_basis"], link["length_km_sources"]) == ("derived", ["osm"])
    assert link["osm_ways"] == [1, 2, 3]
    assert net.geometry["osm-n1-osm-n4-rail-1520"] == tuple(MAIN.values())
    assert net.sources["osm"]["publisher"] == "OpenStreetMap contributors"


def test_a_junction_cuts_a_way_in_its_middle(read):
    nodes = MAIN | {5: (60.5, 51.0)}
    net = read(nodes, [(1, [1, 2, 3, 4], RAIL), (2, [5, 2], RAIL)])
    assert list(links(net)) == ["osm-n1-osm-n2-rail-1520", "osm-n2-osm-n4-rail-1520", "osm-n2-osm-n5-rail-1520"]


@pytest.mark.parametrize(
    ("change", "field", "values"),
    [
        ({"electrified": "contact_line"}, "electrified", [None, "yes"]),
        ({"electrified": "no"}, "electrified", [None, "no"]),
        ({"maxspeed": "50 mph"}, "line_speed_kmh", [None, 80.47]),
        ({"tracks": "2"}, "tracks", [None, 2]),
        ({"railway:tracks": "3"}, "tracks", [None, 3]),
        ({"railway": "construction", "construction": "rail"}, "status", ["operating", "under_construction"]),
        ({"railway": "proposed", "proposed": "rail"}, "status", ["operating", "proposed"]),
        ({"gauge": "1435"}, "gauge_mm", [1520, 1435]),
        ({"usage": "branch"}, "osm_class", [None]),
        ({"maxspeed": "RU:urban"}, "line_speed_kmh", [None]),
        ({"maxspeed": "none"}, "line_speed_kmh", [None]),
    ],
)
def test_a_change_cuts_a_line(read, change, field, values):
    net = read(MAIN, [(1, [1, 2, 3], RAIL), (2, [3, 4], RAIL | change)])
    found = [row.get(field) for row in links(net).values()]
    assert found == values if field != "osm_class" else found == ["branch"]
    assert ("speed limit that is not a number" in notes(net)) == (change.get("maxspeed") == "RU:urban")


def test_two_gauges_are_two_links_and_there_is_no_way_across(read):
    stations = [
        (11, 60.0, 50.0, {"railway": "station", "name": "West"}),
        (12, 61.5, 50.0, {"railway": "yard", "name": "East"}),
    ]
    net = read(MAIN, [(1, [1, 2], RAIL | {"gauge": "1435;1520"}), (2, [2, 3, 4], RAIL)], points=stations)
    assert list(links(net)) == ["west-osm-n2-rail-1435", "west-osm-n2-rail-1520", "osm-n2-east-rail-1520"] or set(
        links(net)
    ) == {
        "west-osm-n2-rail-1435",
        "west-osm-n2-rail-1520",
        "osm-n2-east-rail-1520",
    }
    assert len(net.transfer_table) == 0
    assert "Two gauges meet without a transfer (add one to allow crossing): osm-n2, west" in notes(net)
    way = corridor.route(net, "West", "East", cargo="grain")
    assert way.legs[0].mode == "rail"
    other = read(MAIN, [(1, [1, 2], RAIL | {"gauge": "1435"}), (2, [2, 3, 4], RAIL)], points=stations)
    with pytest.raises(corridor.NoRouteError):
        corridor.route(other, "West", "East", cargo="grain")


def test_a_missing_gauge_is_refused_with_its_ways_or_given(read):
    ways = [(7, [1, 2], {"railway": "rail"}), (8, [2, 3], {"railway": "rail", "gauge": "broad"}), (9, [3, 4], RAIL)]
    found = faults(read, MAIN, ways)
    assert [(f.where, f.field, f.value) for f in found] == [("way 7", "gauge", None), ("way 8", "gauge", "broad")]
    net = read(MAIN, ways, gauge_mm=1520)
    assert list(links(net)) == ["osm-n1-osm-n4-rail-1520"]
    assert "without a gauge, 1520 mm used" in notes(net)
    left = read(MAIN, ways, faulty="leave_out")
    assert list(links(left)) == ["osm-n3-osm-n4-rail-1520"]
    assert "Left out because gauge is missing: 1 way (7)." in notes(left)


def test_tags_that_cannot_be_meant_are_all_refused_at_once(read):
    ways = [
        (1, [1, 2], RAIL | {"maxspeed": "-20"}),
        (2, [2, 3], RAIL | {"gauge": "15200"}),
        (3, [3, 4], ROAD | {"maxspeed": "0"}),
        (4, [1, 4], RAIL | {"gauge": "wide"}),
    ]
    assert [(f.where, f.field) for f in faults(read, MAIN, ways)] == [
        ("way 1", "maxspeed"),
        ("way 2", "gauge"),
        ("way 3", "maxspeed"),
        ("way 4", "gauge"),
    ]


def test_what_is_out_of_use_or_a_siding_is_left_out_and_told(read):
    ways = [
        (1, [1, 2, 3, 4], RAIL),
        (2, [2, 5, 3], RAIL | {"service": "siding"}),
        (3, [2, 4], {"railway": "abandoned"}),
        (4, [1, 4], {"railway": "subway"}),
        (5, [1, 3], {"highway": "residential"}),
        (6, [1, 3], {"highway": "primary", "hgv": "no"}),
    ]
    nodes = MAIN | {5: (60.7, 50.2)}
    net = read(nodes, ways)
    assert list(links(net)) == ["osm-n1-osm-n4-rail-1520"]
    for words in ("Sidings, yards and spurs", "out of use", "closed to trucks", "has no usable road"):
        assert words in notes(net)
    assert len(links(read(nodes, ways, services=["siding"]))) == 4


def test_a_railway_along_a_road_is_both(read):
    net = read(MAIN, [(1, [1, 2], RAIL | ROAD), (2, [2, 3], {"railway": "construction"})])
    assert set(links(net)) == {"osm-n1-osm-n2-rail-1520", "osm-n1-osm-n2-road"}
    assert "under construction or proposed without a kind, left out: 1 way (2)" in notes(net)


def test_the_base_year_is_that_of_the_extract(tmp_path):
    import osmium

    header = osmium.io.Header()
    header.set("osmosis_replication_timestamp", "2024-05-06T20:21:22Z")
    (tmp_path / "a.osm").write_text(xml(MAIN, [(1, [1, 2, 3, 4], RAIL)]))
    with osmium.SimpleWriter(str(tmp_path / "a.osm.pbf"), header=header) as writer:
        for thing in osmium.FileProcessor(str(tmp_path / "a.osm")):
            writer.add(thing)
    net = corridor.read_osm(tmp_path / "a.osm.pbf", country="KZ")
    assert (net.base_year, net.sources["osm"]["date"], net.name) == (2024, "2024-05-06T20:21:22Z", "a")


def test_level_crossings_join_nothing_and_tracks_that_cross_without_a_switch_neither(read):
    nodes = {1: (60.0, 50.0), 2: (60.5, 50.0), 3: (61.0, 50.0), 4: (60.5, 49.5), 5: (60.5, 50.5)}
    level = read(nodes, [(1, [1, 2, 3], RAIL), (2, [4, 2, 5], ROAD)])
    assert set(links(level)) == {"osm-n1-osm-n3-rail-1520", "osm-n4-osm-n5-road"}
    nodes[2] = (60.5, 50.0, {"railway": "railway_crossing"})
    flat = read(nodes, [(1, [1, 2, 3], RAIL), (2, [4, 2, 5], RAIL)])
    assert set(links(flat)) == {"osm-n1-osm-n3-rail-1520", "osm-n4-osm-n5-rail-1520"}
    assert "rail has 2 separate connected components" in notes(flat)


def test_carriageways_between_the_same_junctions_are_one_link(read):
    nodes = {
        1: (60.0, 50.0),
        2: (60.1, 50.0),
        3: (60.15, 50.0002),
        4: (60.2, 50.0),
        5: (60.3, 50.0),
        6: (60.15, 49.9998),
    }
    ways = [
        (1, [1, 2], ROAD),
        (2, [2, 3, 4], ROAD | {"oneway": "yes"}),
        (3, [2, 6, 4], ROAD | {"oneway": "-1"}),
        (4, [4, 5], ROAD),
    ]
    net = read(nodes, ways)
    assert list(links(net)) == ["osm-n1-osm-n5-road"]
    assert "parallel lines" in links(net)["osm-n1-osm-n5-road"]["length_km_note"]
    assert "Parallel lines of road between the same nodes, merged into one link: 1." in notes(net)
    apart = read(nodes, ways, parallel_m=0)
    assert set(links(apart)) == {"osm-n1-osm-n2-road", "osm-n2-osm-n4-road", "osm-n4-osm-n2-road", "osm-n4-osm-n5-road"}
    assert "Links of road one-way in OpenStreetMap, bidirectional here: 2 (" in notes(apart)


def test_two_carriageways_the_same_way_are_not_one(read):
    nodes = {1: (60.0, 50.0), 2: (60.1, 50.0), 3: (60.05, 50.0002), 4: (60.05, 49.9998)}
    both = [(1, [1, 3, 2], ROAD | {"oneway": "yes"}), (2, [1, 4, 2], ROAD | {"oneway": "yes"})]
    assert len(links(read(nodes, both))) == 2


def test_tracks_side_by_side_are_one_line_with_their_number(read):
    nodes = {1: (60.0, 50.0), 2: (60.3, 50.00005), 3: (60.3, 49.99995), 4: (60.6, 50.0), 5: (59.0, 50.0)}
    single = (9, [5, 1], RAIL)
    net = read(nodes, [(1, [1, 2, 4], RAIL), (2, [1, 3, 4], RAIL), single])
    row = links(net)["osm-n1-osm-n4-rail-1520"]
    assert (row["tracks"], row["tracks_basis"]) == (2, "derived")
    twice = read(nodes, [(1, [1, 2, 4], RAIL), (2, [4, 2], RAIL)])
    assert "tracks" not in links(twice)["osm-n1-osm-n4-rail-1520"]
    whole = read(nodes, [(i, [1, i + 1, 4], RAIL | {"passenger_lines": "3"}) for i in (1, 2)] + [single])
    assert links(whole)["osm-n1-osm-n4-rail-1520"]["tracks"] == 3
    far = read(
        nodes | {3: (60.3, 49.9), 6: (61.0, 50.0)},
        [(1, [1, 2, 4], RAIL), (2, [1, 3, 4], RAIL), single, (8, [4, 6], RAIL)],
    )
    assert {"osm-n1-osm-n4-rail-1520", "osm-n1-osm-n4-rail-1520-2"} < set(links(far))


def test_stations_and_places_name_nodes(read):
    nodes = MAIN | {5: (60.5, 50.3), 6: (60.5, 50.6), 7: (60.9, 50.3), 8: (60.1, 50.3)}
    points = [
        (21, 60.5, 50.001, {"railway": "station", "name": "Қандыағаш", "name:en": "Kandyagash"}),
        (22, 60.0, 50.0005, {"railway": "station", "name": "Шалқар"}),
        (23, 61.5, 50.0005, {"railway": "halt", "name": "Halt 5"}),
        (24, 61.0, 50.0005, {"railway": "halt", "name": "Halt 6"}),
        (25, 60.501, 50.3, {"place": "town", "name": "Emba"}),
        (26, 64.0, 50.3, {"railway": "station", "name": "Nowhere"}),
        (28, 61.2, 50.0, {"railway": "station", "name": "Metro", "station": "subway"}),
        (27, 60.5005, 50.001, {"railway": "yard", "name": "Kandyagash"}),
    ]
    ways = [(1, [1, 2, 3, 4], RAIL), (2, [5, 6], ROAD), (3, [5, 7], ROAD), (4, [5, 8], ROAD)]
    net = read(nodes, ways, points=points)
    assert set(links(net)) == {
        "osm-n1-kandyagash-rail-1520",
        "kandyagash-halt_5-rail-1520",
        "emba-osm-n6-road",
        "emba-osm-n7-road",
        "emba-osm-n8-road",
    }
    assert net.node_table.row(net.node_table.index["kandyagash"])["other_names"] == ["Қандыағаш"]
    assert net.names.resolve("шалқар") == "osm-n1"
    for words in (
        "(halt) without a line node nearby: 1",
        "(station) without",
        "without a name in Latin letters: Шалқар",
    ):
        assert words in notes(net)
    assert corridor.route(net, "Қандыағаш", "Halt 5", cargo="grain").legs


def test_names_that_two_places_share_get_their_numbers(read):
    points = [
        (21, 60.0, 50.0, {"railway": "station", "name": "Taldy"}),
        (22, 61.5, 50.0, {"railway": "station", "name": "Taldy"}),
    ]
    net = read(MAIN, [(1, [1, 2, 3, 4], RAIL)], points=points)
    assert set(net.node_table.ids) == {"taldy-n1", "taldy-n4"}


def test_dead_ends_are_cut_when_short_and_nothing_stands_there(read):
    nodes = MAIN | {5: (60.5, 50.001), 6: (61.0, 50.001)}
    ways = [(1, [1, 2, 3, 4], RAIL), (2, [2, 5], RAIL), (3, [3, 6], RAIL)]
    points = [(30, 61.0, 50.001, {"railway": "station", "name": "Terminus"})]
    net = read(nodes, ways, points=points)
    assert set(links(net)) == {"osm-n1-osm-n3-rail-1520", "osm-n3-osm-n4-rail-1520", "osm-n3-terminus-rail-1520"}
    assert "Dead ends of rail shorter than 0.2 km, left out: 1 (0.1 km)" in notes(net)
    assert len(links(read(nodes, ways, stub_km=0))) == 5


def square(i, lon0, lon1, country):
    corners = [(lon0, 49.0), (lon1, 49.0), (lon1, 51.0), (lon0, 51.0)]
    nodes = {i + k: corner for k, corner in enumerate(corners)}
    way = (i, [*nodes, i], {})
    tags_ = {"type": "boundary", "boundary": "administrative", "admin_level": "2", "ISO3166-1:alpha2": country}
    return nodes, way, (i, [(i, "outer")], tags_)


def test_a_line_is_cut_at_the_border(read):
    west, west_way, west_area = square(100, 59.0, 60.7, "RU")
    east, east_way, east_area = square(200, 60.7, 62.0, "KZ")
    nodes = MAIN | west | east | {9: (63.0, 50.0)}
    points = [(50, 60.5, 50.0, {"railway": "border", "name": "Gate"})]
    net = read(nodes, [(1, [1, 2, 3, 4, 9], RAIL), west_way, east_way], [west_area, east_area], points)
    assert {i: row["tariff_area"] for i, row in links(net).items()} == {
        "osm-n1-gate-rail-1520": ["RU"],
        "gate-osm-n3-rail-1520": ["RU", "KZ"],
        "osm-n3-osm-n4-rail-1520": ["KZ"],
    }
    assert (net.country_of("gate"), net.country_of("osm-n3")) == ("RU", "KZ")
    assert "Links across a border, with unknown border times and charges: 1" in notes(net)
    assert "of rail are in no country" in notes(net)
    assert corridor.route(net, "osm-n1", "osm-n4", cargo="grain").legs
    assert "two countries" not in notes(net)
    assert [f.field for f in faults(read, nodes, [(1, [1, 2], RAIL)], country=None)] == ["country"]
    elsewhere = (300, [(100, "outer"), (999, "outer")], west_area[2])
    found = faults(read, nodes, [(1, [4, 9], RAIL), west_way], [elsewhere])
    assert [f.field for f in found] == ["country"]


def test_ferries_when_asked_land_at_a_node_of_the_road(read):
    ways = [
        (1, [1, 2], ROAD),
        (2, [2, 3], {"route": "ferry", "motor_vehicle": "yes"}),
        (3, [3, 4], ROAD),
        (4, [1, 4], {"route": "ferry", "foot": "yes"}),
        (5, [2, 4], {"route": "ferry", "gauge": "1520"}),
    ]
    net = read(MAIN, ways, modes=["road", "ferry"])
    carriers = {i: row["carrier"] for i, row in links(net).items()}
    assert carriers["osm-n2-osm-n3-ferry"] == "roro"
    assert carriers["osm-n2-osm-n4-ferry-1520"] == "railferry1520"
    for words in ("Ferries land without a transfer: osm-n2", "not known to carry trucks"):
        assert words in notes(net)
    assert set(links(read(MAIN, ways))) == {"osm-n1-osm-n2-road", "osm-n3-osm-n4-road"}


def test_a_ring_and_a_loop_are_kept_and_answers_pass_by(read):
    nodes = MAIN | {5: (61.6, 50.1), 6: (61.6, 49.9), 11: (70, 50), 12: (70.2, 50), 13: (70.1, 50.2)}
    ways = [(1, [1, 2, 3, 4], RAIL), (2, [4, 5, 6, 4], RAIL), (3, [12, 13, 11, 12], RAIL)]
    net = read(nodes, ways)
    assert "osm-n4-osm-n4-rail-1520" in links(net)
    assert len(links(net)) == 3
    assert corridor.route(net, "osm-n1", "osm-n4", cargo="grain").legs
    assert len(corridor.routes(net, "osm-n1", "osm-n4", cargo="grain", k=3).routes) >= 1


def test_ways_with_missing_nodes_and_doubles_are_told(read):
    nodes = {1: (60.0, 50.0), 2: (60.5, 50.0), 4: (61.5, 50.0), 5: (62.0, 50.0)}
    ways = [
        (1, [1, 2, 3, 4, 5], RAIL),
        (2, [2, 1], RAIL),
        (3, [2, 1], RAIL),
        (3, [2, 1], RAIL),
        (4, [5], RAIL),
        (5, [1, 1], RAIL),
    ]
    net = read(nodes, ways)
    assert "Nodes missing in the extract: 1; 1 way cut there (1)." in notes(net)
    assert "Over the same nodes with the same tags as another way" in notes(net)
    assert "fewer than two nodes" in notes(net)
    assert "osm-n4-osm-n5-rail-1520" in links(net)


def test_simplifying_keeps_the_length_and_the_line(read):
    bend = {i: (60 + i / 1000, 50 + 0.0002 * (i % 2)) for i in range(1, 200)}
    exact, rough = (read(bend, [(1, list(bend), RAIL)], simplify_m=m) for m in (0, 100))
    (name,) = exact.link_table.ids
    assert exact.link_table["length_km"][0] == rough.link_table["length_km"][0] > great_circle_km(bend[1], bend[199])
    assert len(rough.geometry[name]) == 2 < len(exact.geometry[name]) == 199


def test_the_same_input_gives_the_same_bytes_in_any_form_and_order(tmp_path):
    nodes = MAIN | {5: (60.5, 51.0)}
    ways = [(1, [1, 2], RAIL), (2, [2, 3, 4], RAIL), (3, [5, 2], RAIL | {"gauge": "1435;1520"})]
    text = xml(nodes, ways, points=[(9, 60.0, 50.0, {"railway": "station", "name": "A"})])
    (tmp_path / "a.osm").write_text(text)
    (tmp_path / "b.osm.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "e.osm.bz2").write_bytes(bz2.compress(text.encode()))
    (tmp_path / "c.osm").write_text(
        xml(nodes, ways[::-1], points=[(9, 60.0, 50.0, {"railway": "station", "name": "A"})])
    )
    import osmium

    with osmium.SimpleWriter(str(tmp_path / "d.osm.pbf")) as writer:
        for thing in osmium.FileProcessor(str(tmp_path / "a.osm")):
            writer.add(thing)
    written = []
    for name in ("a.osm", "a.osm", "b.osm.gz", "c.osm", "d.osm.pbf", "e.osm.bz2"):
        net = corridor.read_osm(tmp_path / name, country="KZ", name="x")
        corridor.write(net, tmp_path / "out.geojson")
        written.append((tmp_path / "out.geojson").read_bytes())
    assert len(set(written)) == 1
    again = corridor.read(tmp_path / "out.geojson")
    assert again.fingerprint() == net.fingerprint()
    assert again.meta["import_notes"] == net.meta["import_notes"]


def test_what_is_said_is_logged(read, caplog):
    with caplog.at_level(logging.INFO, logger="corridor"):
        net = read(MAIN, [(1, [1, 2, 3, 4], RAIL)])
    assert [r.getMessage() for r in caplog.records] == [f"x.osm: {n}" for n in net.meta["import_notes"]]


def test_like_lends_its_tariffs(read, net):
    own = read(MAIN, [(1, [1, 2, 3, 4], RAIL)], like=net)
    rates = {t["cargo"]: t["usd_tkm"] for t in own.tariffs if t["area"] == "KZ"}
    assert rates["dry_bulk"] == next(
        t["usd_tkm"] for t in net.tariffs if (t["area"], t["carrier"], t["cargo"]) == ("KZ", "rail1520", "dry_bulk")
    )
    assert {t["basis"] for t in read(MAIN, [(1, [1, 2], RAIL)]).tariffs} == {"assumed"}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.osm", b"", "is empty"),
        ("x.osm", b"hello", "not an OSM extract"),
        ("x.osm", b"<gpx/>", "not an OSM extract"),
        ("x.osm.pbf", b"hello", "not an OSM extract"),
        ("x.osm", b'<osm version="0.6"></osm>', "has no usable rail or road"),
        ("x.osm", xml(MAIN, [(1, [1, 2], RAIL)]).encode()[:150], "is damaged"),
        ("x.osm.gz", gzip.compress(xml(MAIN, [(1, [1, 2], RAIL)]).encode(), mtime=0)[:60], "is damaged"),
        ("x.osm", xml({-1: (60, 50), 2: (61, 50)}, [(1, [-1, 2], RAIL)]).encode(), "negative ids"),
        ("x.osm", xml({}, [(1, [1, 2], RAIL)]).encode(), "gives no lines"),
        ("x.geojson", b"{}", "does not have the extension"),
        ("x.osm", None, "No such file"),
    ],
)
def test_files_that_are_no_extract_are_refused(tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(corridor.DataError, match=words):
        corridor.read_osm(tmp_path / name, country="KZ")


def test_a_truncated_pbf_is_refused(tmp_path):
    import osmium

    (tmp_path / "a.osm").write_text(xml(MAIN, [(1, [1, 2, 3, 4], RAIL)]))
    with osmium.SimpleWriter(str(tmp_path / "a.osm.pbf")) as writer:
        for thing in osmium.FileProcessor(str(tmp_path / "a.osm")):
            writer.add(thing)
    whole = (tmp_path / "a.osm.pbf").read_bytes()
    for size in range(5, len(whole) - 1, 37):
        (tmp_path / "b.osm.pbf").write_bytes(whole[:size])
        with pytest.raises(corridor.DataError):
            corridor.read_osm(tmp_path / "b.osm.pbf", country="KZ")


def test_wrong_options_are_refused_all_at_once(tmp_path):
    with pytest.raises(corridor.DataError) as caught:
        corridor.read_osm(
            tmp_path / "x.osm", country="Kazakhstan", modes=["air"], services=["main"], gauge_mm=5, faulty="x", stub_km=-1, simplify_m=float("nan"), name=" ", base_year=1.5
        )  # fmt: skip
    assert {f.field for f in caught.value.faults} == {
        "country", "modes", "services", "gauge_mm", "faulty", "stub_km", "simplify_m", "name", "base_year"
    }  # fmt: skip


def test_without_the_extra_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "osmium", None)
    with pytest.raises(corridor.DataError, match=r"pip install 'corridor-freight\[osm\]'"):
        corridor.read_osm(tmp_path / "x.osm")


@settings(max_examples=80)
@given(st.text(max_size=12))
def test_tags_of_any_text_are_read_or_refused(text):
    for reader in (lambda v: tags.gauges_of(v, None), tags.speed_of, tags.electrified_of, tags.count_of):
        with contextlib.suppress(tags.TagError):
            reader(text)
    name, others = tags.names_of({"name": text, "name:en": text})
    assert name == tags.tidy(name)
    assert name not in others


@st.composite
def planar(draw):
    """Return a grid with some edges, some bent by further nodes, and the ways that they are drawn by."""
    size = draw(st.integers(2, 4))
    place = {(x, y): 1 + x + size * y for x in range(size) for y in range(size)}
    edges = [((x, y), (x + dx, y + dy)) for x, y in place for dx, dy in ((1, 0), (0, 1)) if (x + dx, y + dy) in place]
    taken = [e for e in edges if draw(st.booleans())] or edges[:1]
    nodes = {i: (60 + 0.1 * x, 50 + 0.1 * y) for (x, y), i in place.items()}
    lines = []
    for a, b in taken:
        refs = [place[a]]
        for k in range(draw(st.integers(0, 2))):
            i = 100 + len(nodes)
            (x1, y1), (x2, y2) = nodes[place[a]], nodes[place[b]]
            share, off = (k + 1) / 3, draw(st.integers(-30, 30)) / 1000
            nodes[i] = (x1 + share * (x2 - x1) + (y2 - y1) * off, y1 + share * (y2 - y1) + (x2 - x1) * off)
            refs.append(i)
        lines.append([*refs, place[b]])
    ways: list[list[int]] = []
    for line in lines:  # some go on where another ends: ways pass junctions in their middle
        joint = next((w for w in ways if w[-1] == line[0] and draw(st.booleans())), None)
        if joint is not None:
            joint.extend(line[1:])
        else:
            ways.append(line if draw(st.booleans()) else line[::-1])
    speeds = [draw(st.sampled_from([{}, {"maxspeed": "80"}])) for _ in ways]
    return nodes, ways, speeds


@settings(max_examples=50)
@given(planar())
def test_lengths_between_junctions_are_those_of_the_raw_graph(tmp_path_factory, drawn):
    nodes, ways, speeds = drawn
    path = tmp_path_factory.mktemp("osm") / "x.osm"
    path.write_text(xml(nodes, [(i, w, RAIL | s) for i, (w, s) in enumerate(zip(ways, speeds, strict=True), 1)]))
    net = corridor.read_osm(path, country="KZ", stub_km=0, parallel_m=0)
    raw, made = nx.Graph(), nx.MultiGraph()
    for way in ways:
        for a, b in pairwise(way):
            here, there = (tuple(np.round(nodes[n], 7)) for n in (a, b))
            raw.add_edge(f"osm-n{a}", f"osm-n{b}", km=great_circle_km(here, there))
    for row in links(net).values():
        made.add_edge(row["from"], row["to"], km=row["length_km"])
    assert set(made) == set(net.node_table.ids)
    path.write_text(
        xml(nodes, [(i, w[::-1], RAIL | s) for i, (w, s) in enumerate(zip(ways, speeds, strict=True), 1)][::-1])
    )
    assert corridor.read_osm(path, country="KZ", stub_km=0, parallel_m=0).fingerprint() == net.fingerprint()
    branching = {n for n in raw if raw.degree(n) != 2}
    assert branching <= set(made)
    theirs = dict(nx.all_pairs_dijkstra_path_length(raw, weight="km"))
    for start, ours in nx.all_pairs_dijkstra_path_length(made, weight="km"):
        assert ours == pytest.approx({n: theirs[start][n] for n in made if n in theirs[start]}, abs=1e-4)
    assert sum(km for *_, km in made.edges(data="km")) == pytest.approx(raw.size("km"), abs=1e-4)


def test_the_page_about_it_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "osm.md").read_text(encoding="utf-8")
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL):
        exec(block, names)
    said = capsys.readouterr().out
    assert "way 3: gauge is missing" in said
    assert "Aktobe → Emba" in said
    assert corridor.read("steppe.geojson").fingerprint() == names["net"].fingerprint()


@pytest.mark.parametrize("lat", ["1e300", "NaN", "x"])
def test_a_position_that_is_no_number_is_refused(lat, tmp_path):
    path = tmp_path / "t.osm"
    path.write_text(
        f"""<osm version="0.6"><node id="1" lat="50" lon="50"/><node id="2" lat="{lat}" lon="50.1"/>
        <node id="3" lat="50" lon="50.2"/><way id="7"><nd ref="1"/><nd ref="2"/><nd ref="3"/>
        <tag k="railway" v="rail"/><tag k="gauge" v="1520"/></way></osm>"""
    )
    with pytest.raises(corridor.DataError):
        corridor.read_osm(path, country="KZ")
