"""Scenarios: applied functionally, dated edits in their time, faults all at once."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import corridor
from corridor import DataError, Scenario
from corridor.graph.periods import free_units, limits_of, periods_of


def apply(net, *edits):
    return Scenario.of("s", "because", list(edits)).apply(net)


def capacity(net, name, year=2025, month=None):
    table = net.at(year, month).resource_table
    return table["capacity"][table.index[name]]


def test_set_scale_close_open(net):
    before = net.fingerprint()
    changed = apply(
        net,
        {"set": "sarakhs-yard", "field": "capacity", "to": 550},
        {"scale": {"country": "IR", "mode": "rail"}, "field": "speed_kmh", "by": 0.5},
        {"close": ["shalkar-beineu-rail-1520"]},
        {"open": "rasht-talesh-rail-1435"},
    )
    assert net.fingerprint() == before
    assert capacity(changed, "sarakhs-yard") == 550
    table, old = changed.link_table, net.link_table
    i = table.index["bafq-shamabad-rail-1435"]
    assert table["speed_kmh"][i] == old["speed_kmh"][i] / 2
    assert table["speed_kmh_basis"][i] == "assumed" and table["speed_kmh_note"][i] == "changed by a scenario"
    assert table["status"][table.index["shalkar-beineu-rail-1520"]] == "closed"
    assert table["status"][table.index["rasht-talesh-rail-1435"]] == "operating"
    assert changed.scenarios == ("s",)
    assert changed.node_table is net.node_table  # untouched tables are shared


def test_edits_hold_in_their_years_and_months(net):
    changed = apply(
        net,
        {"set": "sarakhs-yard", "field": "capacity", "to": 550, "years": "2028-"},
        {"close": "sarakhs-yard", "years": 2026, "months": [3, 4]},
    )
    found = [
        capacity(changed, "sarakhs-yard", *when) for when in ((2027,), (2028,), (2035,), (2026, 3), (2026, 5), (2026,))
    ]
    assert found == [271, 550, 550, 0, 271, 271]
    late = corridor.max_flow(changed, ["Samara"], ["Bandar Abbas"], cargo="grain", modes=["rail"], year=2030)
    soon = corridor.max_flow(changed, ["Samara"], ["Bandar Abbas"], cargo="grain", modes=["rail"], year=2027)
    assert late.value_t_yr > soon.value_t_yr
    with pytest.raises(DataError, match="dated edits"):
        corridor.write(changed, "never-written.geojson")


def test_closing_a_place_closes_what_leads_there(net):
    changed = apply(net, {"close": "beineu"})
    way = corridor.route(changed, "Moscow", "Mashhad", cargo="grain", modes=["rail"])
    assert "beineu" not in [n for leg in way.legs for n in leg.nodes]


def test_a_friction_is_lifted_or_changed_by_its_id(net):
    lifted = apply(net, {"close": "russian-transit-boxes"})
    assert "RU" in {net.country_of(n) for leg in corridor.route(lifted, "Khorgos", "Baku").legs for n in leg.nodes}
    dear = apply(net, {"set": "iran-payment-boxes", "field": "usd_t", "to": 500})
    cheap = corridor.route(net, "Moscow", "Mumbai", via=["Tehran"]).cost_usd_t
    assert corridor.route(dear, "Moscow", "Mumbai", via=["Tehran"]).cost_usd_t == pytest.approx(cheap + 450)


def test_adding_a_link_is_checked_like_a_file(net):
    new = {
        "feature": "link", "id": "tabas-mashhad-road", "from": "tabas", "to": "mashhad", "mode": "road", "carrier": "road",
        "status": "operating", "tariff_area": ["IR"], "length_km": 560, "length_km_basis": "assumed",
    }  # fmt: skip
    changed = apply(net, {"add": new})
    assert "tabas-mashhad-road" in changed.link_table.index
    assert corridor.route(changed, "Tabas", "Mashhad", modes=["road"]).length_km == 560
    with pytest.raises(DataError, match="below the great-circle distance"):
        apply(net, {"add": {**new, "length_km": 5}})
    with pytest.raises(DataError, match="is used by 2 features"):
        apply(net, {"add": {**new, "id": "tehran-qom-road"}})


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ({"close": "sarakhs-yrad"}, "did you mean 'sarakhs-yard'"),
        ({"close": {"country": "XX"}}, "matches no feature"),
        ({"close": {"contry": "IR"}}, "matches no feature"),
        ({"set": "sarakhs-yard", "field": "capacty", "to": 1}, "did you mean 'capacity'"),
        ({"set": "sarakhs-yard", "field": "capacity", "to": -1}, "is -1"),
        ({"set": "sarakhs-yard", "field": "capacity", "to": float("nan")}, "capacity is nan"),
        ({"set": "sarakhs-yard", "field": "capacity"}, "to is missing"),
        ({"scale": "sarakhs-yard", "field": "capacity", "by": float("inf")}, "factor, 0 or more"),
        ({"scale": "sarakhs-yard", "field": "name", "by": 2}, "not a number"),
        ({"scale": "jolfa-yard", "field": "capacity", "by": 2}, "an unknown value cannot be scaled"),
        ({"close": "sarakhs-yard", "year": 2026}, "did you mean 'years'"),
        ({"close": "sarakhs-yard", "months": [0]}, "months 1 to 12"),
        ({"close": "sarakhs-yard", "years": "soon"}, "give a year"),
        ({"close": "sarakhs-yard", "years": "2030-2020"}, "consecutive years"),
        ({"close": "sarakhs-yard", "years": [1, 1000000000]}, "consecutive years"),
        ({"close": "sarakhs-yard", "years": 10**30}, "consecutive years"),
        ({"set": "tehran-qom-road", "field": "length_km", "to": "x"}, "not a number"),
        ({"set": "tehran-qom-road", "field": "length_km", "to": []}, "not a number"),
        ({"set": "tehran-qom-road", "field": "length_km", "to": 10**400}, "too large"),
        ({"set": "tehran-qom-road", "field": "length_km", "to": None}, "is empty"),
        ({"set": "tehran-qom-road", "field": "length_km", "to": 1}, "below the great-circle distance"),
        ({"set": "tehran-qom-road", "field": "tariff_area", "to": ["ZZ"]}, "ZZ road is missing"),
        ({"set": "tehran-qom-road", "field": "from", "to": "nowhere"}, "cannot be set"),
        ({"set": "sarakhs:rail1520-rail1435", "field": "roro_h", "to": -1}, "is -1"),
        ({"set": "iran-payment-boxes", "field": "usd_t", "to": -1}, "usd_t is -1"),
        ({"set": "iran-payment-boxes", "field": "effect", "to": "charge"}, "close the friction to suspend it"),
        ({"scale": "tehran-qom-road", "field": "length_km", "by": 10**400}, "factor, 0 or more"),
        ({"scale": "tehran-qom-road", "field": "length_km", "by": 1e9}, "expected a number above 0"),
        ({"add": "2020"}, "give a record"),
        ({"add": {"feature": "link", "id": 5}}, "not a text"),
        ({"shut": "sarakhs-yard"}, "give one of set, scale, close, open, add"),
        ({"close": "a", "open": "b"}, "has no verb, or several"),
        ("close everything", "give a mapping"),
    ],
)
def test_faulty_edits(net, edit, words):
    with pytest.raises(DataError, match=words):
        apply(net, edit)


def test_all_faults_of_a_scenario_at_once(net):
    with pytest.raises(DataError, match="3 faults"):
        apply(
            net,
            {"close": "no-such"},
            {"set": "sarakhs-yard", "field": "nope", "to": 1},
            {"set": "sarakhs-yard", "field": "capacity", "to": -1},
        )
    with pytest.raises(DataError, match="give a list of edits"):
        Scenario.of("x", "", None)


YAML = """name: closure
why: what if
edits:
  - close: sarakhs-yard
    years: [2026, 2027]
"""


def test_scenarios_read_from_yaml(net, tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(YAML)
    scenario = Scenario.read(str(path))
    assert (scenario.name, scenario.why) == ("closure", "what if")
    assert capacity(scenario.apply(net), "sarakhs-yard", 2027) == 0
    assert pickle.loads(pickle.dumps(scenario)) == scenario
    for text, words in (
        ("edits: [", "is not YAML"), ("- 1", "edits is missing"), ("edits: []\nname: x\nwhy: y\nfoo: 1", "foo is not a key"),
        ("!!python/object/apply:os.system ['true']", "is not YAML"), ("edits: [{close: x, why: 2020-13-45}]", "is not YAML"),
    ):  # fmt: skip
        path.write_text(text)
        with pytest.raises(DataError, match=words):
            Scenario.read(str(path))
    with pytest.raises(DataError, match="No such file"):
        Scenario.read("no-such.yaml")


def test_networks_and_answers_pickle(net):
    again = pickle.loads(pickle.dumps(net))
    assert again.fingerprint() == net.fingerprint()
    way = corridor.route(net, "Moscow", "Tehran")
    assert pickle.loads(pickle.dumps(way)) == way
    with pytest.raises(DataError) as caught:
        apply(net, {"close": "no-such"})
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_later_edits_go_over_earlier_ones_whenever_they_hold(net):
    yard = {"set": "sarakhs-yard", "field": "capacity"}
    last = apply(net, {**yard, "to": 500, "years": "2026-"}, {**yard, "to": 600})
    assert [capacity(last, "sarakhs-yard", y) for y in (2025, 2026)] == [600, 600]
    shut = apply(apply(net, {**yard, "to": 500, "years": "2026-"}), {"close": "sarakhs-yard"})
    assert [capacity(shut, "sarakhs-yard", y) for y in (2025, 2026)] == [0, 0]


def test_what_was_added_can_be_changed(net):
    record = {"feature": "node", "id": "new_place", "name": "New Place", "country": "TM", "kind": "station"}
    added = apply(
        net, {"add": record, "geometry": [[58.0, 38.0]]}, {"set": "new_place", "field": "kind", "to": "border"}
    )
    assert added.node_table["kind"][added.node_table.index["new_place"]] == "border"


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ({"open": "sarakhs-yard"}, "set its capacity"),
        ({"scale": "afghan-transit", "field": "usd_t", "by": 2}, "is of a rule without a charge"),
        ({"set": "iran-insurance-bulk", "field": "usd_t", "to": -1}, "from 0"),
        ({"set": "chelyabinsk-kartaly-rail-1520", "field": "length_km", "to": 1, "years": "2030-"}, "below the great-circle distance"),
        ({"set": "chelyabinsk-kartaly-rail-1520", "field": "length_km", "to": 1, "years": "-2020"}, "below the great-circle distance"),
    ],
)  # fmt: skip
def test_edits_without_sense_are_refused(net, edit, words):
    with pytest.raises(DataError, match=words):
        apply(net, edit)


def test_tables_for_people_are_copies(net):
    mine = net.links
    mine["length_km"] = 1.0
    assert net.links["length_km"].max() > 1


def test_what_is_added_from_a_year_on_is_asked_drawn_and_explained_then(net):
    town = {"feature": "node", "id": "newtown", "name": "Newtown", "country": "RU", "kind": "city"}
    road = {
        "feature": "link", "id": "chelyabinsk-newtown-road", "from": "chelyabinsk", "to": "newtown", "mode": "road",
        "carrier": "road", "status": "operating", "tariff_area": ["RU"], "length_km": 60, "length_km_basis": "assumed",
    }  # fmt: skip
    neck = {
        "feature": "resource", "id": "neck", "name": "neck", "kind": "yard", "unit": "wagons", "per": "day", "capacity": 5,
        "capacity_basis": "assumed", "uses": [dict(u) for u in net.uses["sarakhs-yard"]],
    }  # fmt: skip
    changed = apply(
        net,
        {"set": "sarakhs-yard", "field": "capacity", "to": 600, "years": "2028-"},
        {"set": "incheh_borun-yard", "field": "capacity", "to": 150},
        *(
            {"add": x, **more, "years": "2028-"}
            for x, more in ((town, {"geometry": [[61.0, 55.0]]}), (road, {}), (neck, {}))
        ),
    )
    way = corridor.route(changed, "Newtown", "Bandar Abbas", cargo="grain", year=2029)
    assert way.origin == "newtown" and way.plot(changed) is not None
    with pytest.raises(corridor.UnknownIdError):
        corridor.route(changed, "Newtown", "Bandar Abbas", cargo="grain")
    found = corridor.max_flow(changed, ["Newtown"], ["Bandar Abbas"], cargo="grain", modes=["rail", "road"], year=2029)
    assert "neck" in {row.id for row in found.cut}
    # What always holds shows in the tables and in `why`, though an earlier edit waits for its year.
    assert changed.resources.loc["incheh_borun-yard", "capacity"] == 150
    assert corridor.why(changed, "incheh_borun-yard", "capacity").figures[0].value == 150


def test_a_row_of_the_cut_has_no_range_that_a_scenario_took_away(net):
    changed = apply(net, {"set": "sarakhs-yard", "field": "capacity", "to": 340, "years": "2028-"})
    found = corridor.max_flow(changed, ["Samara"], ["Bandar Abbas"], cargo="grain", modes=["rail"], year=2028)
    row = next(r for r in found.cut if r.id == "sarakhs-yard")
    assert (row.capacity, row.capacity_low, row.capacity_high) == (340, None, None)


def test_other_traffic_is_scaled_with_its_part_that_is_demand(net):
    changed = apply(net, {"scale": "sarakhs-yard", "field": "base_load", "by": 0.5})
    table, old = changed.resource_table, net.resource_table
    i = table.index["sarakhs-yard"]
    assert table["base_load"][i] == old["base_load"][i] / 2 > 0
    assert table["base_load_in_demand"][i] == old["base_load_in_demand"][i] / 2 > 0


def test_no_edit_leaves_more_free_than_passes(net):
    changed = apply(net, {"set": {"feature": "resource", "kind": "yard"}, "field": "base_load", "to": 0})
    for state in (net, changed):
        for period in periods_of(state, 2026):
            limit, _, _ = limits_of(period)
            known = ~np.isnan(free_units(period))
            assert (free_units(period) <= limit + 1e-9)[known].all()
