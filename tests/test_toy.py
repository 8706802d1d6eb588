"""Every question on the toy study, in process and with interpreted kernels: it answers, its JSON is plain, it repeats."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from toy_study import network_record

import corridor
from corridor.cli import cli
from corridor.cli.run import run
from corridor.io.networks import examine
from corridor.io.study_files import default_study

pytestmark = pytest.mark.usefixtures("interpreted")
VERBS = {
    "route": ["route", "Alfagrad", "Farport", "--cargo", "container"],
    "route in January": ["route", "Alfagrad", "Capital City", "--depart", "2027-01-15", "--draws", "3"],
    "routes": ["route", "Alfagrad", "Farport", "-k", "3"],
    "front": ["route", "Alfagrad", "Capital City", "--pareto", "cost,time"],
    "matrix": ["matrix", "Alfagrad,Betaburg", "Capital City,Farport", "--by", "time"],
    "reach": ["reach", "Sarakhs", "--within", "400h"],
    "flow": ["flow", "Alfagrad,Betaburg", "Capital City", "--cargo", "grain", "--mode", "rail"],
    "assign": ["assign", "--rule", "logit"],
    "throughput": ["throughput", "eastern", "--target", "3"],
    "forecast": ["throughput", "eastern", "--target", "3", "--draws", "3"],
    "compare": ["compare", "port-closed", "more-grain"],
    "plan": ["plan", "eastern", "--target", "1"],
    "criticality": ["criticality", "eastern"],
    "calibrate": ["calibrate"],
    "backtest": ["backtest", "--draws", "3"],
    "misfit": ["misfit"],
    "volumes": ["volumes", "sarakhs-yard", "--by", "cargo,direction", "--draws", "2"],
    "why": ["why", "sarakhs-yard", "capacity"],
    "info": ["info"],
    "projects": ["info", "projects"],
    "scenarios": ["info", "scenarios"],
}


@pytest.fixture(scope="module")
def net(toy):
    return toy


@pytest.fixture(scope="module")
def years(net):
    return corridor.throughput(net, "eastern", target_mt=3)


def test_the_toy_study_has_no_fault_and_every_feature(toy_folder, net):
    _, faults = examine(toy_folder / "network.geojson")
    assert [str(f) for f in faults] == []
    assert len(net.node_table) == 12 and len(net.cargo_records) == 5
    assert {"rail1520", "rail1435", "rail1676", "road", "sea", "railferry1520"} <= set(net.link_table["carrier"])
    assert net.history and (net.link_table["status"] == "planned").any()


@pytest.mark.parametrize("command", VERBS.values(), ids=VERBS)
def test_every_verb_answers_in_words_and_in_json(net, command, capsys):
    assert run(cli, command) == 0, capsys.readouterr().err
    text = capsys.readouterr().out
    assert text.strip()
    assert command[0] in ("info", "matrix", "reach") or max(map(len, text.splitlines())) <= 80
    assert run(cli, [*command, "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert value and "nan" not in json.dumps(value).lower().split()


def test_an_answer_is_repeated_byte_for_byte(net, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(cli, ["throughput", "eastern", "--draws", "3", "--seed", "7", "--json"]) == 0
    (tmp_path / "answer.json").write_text(capsys.readouterr().out, encoding="utf-8")
    assert run(cli, ["rerun", "answer.json"]) == 0
    assert "the same answer, byte for byte" in capsys.readouterr().out


def test_years_are_legal_and_the_recorded_event_shows(years):
    assert [y.year for y in years.years] == list(range(2024, 2031))
    for y in years.years:
        assert y.throughput_mt == pytest.approx(y.southbound_mt + y.northbound_mt)
        assert 0 < y.throughput_mt <= y.unconstrained_mt <= y.demand_mt
        assert y.throughput_mt <= y.all_traffic_mt and set(y.also_mt) == {"bolashak"}
        assert sum(y.throughput_by_cargo_mt.values()) == pytest.approx(y.throughput_mt)
    before, event = years.years[1], years.years[2]
    assert event.throughput_mt < 0.85 * before.throughput_mt
    assert years.reached is False and "does not reach 3 Mt" in years.summary


def test_without_the_event_nothing_drops(net):
    from corridor.io.study_files import default_study

    plain = default_study().scenario("no-suspension").apply(net)
    assert "suspension-2026" in net.history and "suspension-2026" not in plain.history
    found = corridor.throughput(plain, "eastern", year=2026).years
    assert found[2].throughput_mt > 0.9 * found[1].throughput_mt


def test_the_first_years_do_not_depend_on_the_last(net, years):
    shorter = corridor.throughput(net, "eastern", year=2025)
    for a, b in zip(shorter.years, years.years, strict=False):
        assert a.throughput_mt == b.throughput_mt and a.capacity_mt == b.capacity_mt


def test_a_line_open_for_part_of_a_quarter_has_sub_periods_of_its_own(net):
    from corridor.graph.periods import periods_of

    months = [p.months for p in periods_of(net, 2025)]
    assert (4,) in months and (5, 6) in months and (10, 11) in months and (12,) in months
    assert sorted(m for run_ in months for m in run_) == list(range(1, 13))


def test_the_rules_stand_in_their_order_and_keep_the_limits(net):
    demand = corridor.demand("central", 2024)
    cheapest, packed, shares = (corridor.assign(net, demand, rule=r) for r in ("cheapest", "capacitated", "logit"))
    total = [a.total_cost_usd_yr + a.unserved_cost_usd_yr for a in (cheapest, packed, shares)]
    assert total == sorted(total) and packed.gap <= 1e-9 and shares.gap <= 1e-8
    for a in (packed, shares):
        assert all(r.flow <= r.free * (1 + 1e-8) for r in a.resource_rows if r.free is not None)
        assert a.served_t_yr + a.unserved_t_yr == pytest.approx(demand.total_t_yr)


def test_a_stored_choice_set_gives_the_same_bytes(net, tmp_path, monkeypatch):
    monkeypatch.setenv("CORRIDOR_CACHE", str(tmp_path))
    answers, files = [], []
    for _ in range(2):
        net.cache.clear()
        answers.append(json.dumps(corridor.throughput(net, year=2024).to_dict()))
        files.append({path: path.stat().st_mtime_ns for path in tmp_path.glob("stored/*.npz")})
    assert answers[0] == answers[1]
    assert files[0] == files[1] and len(files[0]) == 1


def test_a_forecast_spans_its_draws_and_says_why(net):
    likely = corridor.throughput(net, "eastern", year=2025, target_mt=1, draws=4, seed=2)
    f, last = likely.forecast, likely.forecast.years[-1]
    assert 0 < last.p10_mt <= last.p50_mt <= last.p90_mt and 0 <= f.probability <= 1
    assert f.tornado[0].sobol >= f.tornado[-1].sobol and 0 <= f.unexplained <= 1
    record = likely.to_dict()
    assert record["shortfall"] == record["missing"]  # the name of version 0.1 stays for one version
    assert record["provenance"] == record["made"] and len(record["provenance"]["inputs"]) == 16


def test_a_closure_is_answered_from_prepared_years(net):
    from corridor.study.closures import WhatIf

    ask = WhatIf(net, "eastern")
    plain, closed = ask(2024), ask(2024, ["sarakhs-yard"])
    assert closed.throughput_mt < plain.throughput_mt and closed.lost_mt == pytest.approx(
        plain.throughput_mt - closed.throughput_mt
    )
    assert closed.to_dict()["closed"] == closed.to_dict()["shut"] == ("sarakhs-yard",)
    with pytest.raises(corridor.UnknownIdError):
        ask(2024, ["sarakhs-yardd"])


def test_more_capacity_never_carries_less_in_a_plan(net):
    found = corridor.plan(net, "eastern", target_mt=3)
    steps = [s.throughput_after_mt for s in found.steps]
    assert steps == sorted(steps) and found.expected_before_mt < steps[0]
    assert np.isfinite(steps).all() and found.technical_mt <= found.technical_most_mt + 1e-9


def test_names_of_version_0_1_are_still_understood(net, tmp_path):
    from corridor.web.state import State, state_of

    path = tmp_path / "old.csv"
    path.write_text("origin,destination,cargo,t_yr,willing_usd_t\nAlfagrad,Farport,grain,1000,77\n")
    assert corridor.read_demand(path).max_cost_usd_t.tolist() == [77.0]
    done = []
    corridor.throughput(net, "eastern", year=2024, draws=2, watch=done.append)
    assert sum(done) == 2
    usual = State("alfa", "capital", "grain", 2030)
    for name in ("closed", "shut"):
        assert state_of({name: "x"}, ("x",), usual, range(2024, 2031)).closed == ("x",)
    assert "closed=x" in state_of({}, ("x",), usual, range(2024, 2031)).query(usual)


def test_inputs_stand_by_class_where_a_class_has_no_scale_of_choice(net, tmp_path):
    from corridor.study.branch_study import branch_study_of

    record = network_record()
    classes = sorted({str(c["class"]) for c in net.cargo_records})
    first = f"choice_scale_t_usd.{classes[0]}"
    header = record["corridor"]
    header["parameters"] = [p for p in header["parameters"] if p["id"] != first]
    path = tmp_path / "network.geojson"
    path.write_text(json.dumps(record), encoding="utf-8")
    study = branch_study_of(corridor.read(path), "eastern", 2025)
    scales = study.uncertain_inputs[study.first["scale"] : study.first["wagon"]]
    assert len(classes) > 1
    assert [u.name for u in scales] == [f"choice_scale_t_usd.{c}" for c in classes]


CLOSED = [{"close": "sarakhs-yard"}], [{"set": "sarakhs-yard", "field": "capacity", "to": 0}]


@pytest.mark.parametrize("edits", CLOSED, ids=["closed", "capacity 0"])
def test_a_closed_resource_closes_what_needs_it_in_every_verb(net, edits):
    closed = corridor.Scenario.of("closed", "", edits).apply(net)
    ends = {"cargo": "grain", "modes": ["rail"]}
    assert "gauge      Sarakhs" in str(corridor.route(net, "Kordon", "Southport", **ends))
    with pytest.raises(corridor.NoRouteError, match="capacity is 0"):
        corridor.route(closed, "Kordon", "Southport", **ends)
    assert corridor.matrix(closed, ["Kordon"], ["Southport"], **ends).isna().all(axis=None)
    assert "southport" not in str(corridor.reach(closed, "Kordon", within_h=2000, **ends).to_dict())
    assert corridor.max_flow(closed, ["Kordon"], ["Southport"], **ends).value_t_yr == 0
    used = corridor.assign(closed, corridor.demand("central", 2027), rule="logit").links
    assert not (used["t_yr"] > 0).any() or "sarahs-sarakhs-rail-1520" not in set(used.index[used["t_yr"] > 0])
    why_not = corridor.why_not(closed, "Kordon", "Southport", modes=["rail"], cargo="grain")
    assert "sarakhs-yard" in str(why_not.to_dict())


def test_a_resource_closed_in_some_months_is_waited_for_or_avoided(net):
    edits = [{"close": "sarakhs-yard", "years": 2027, "months": [1, 2]}]
    closed = corridor.Scenario.of("winter", "", edits).apply(net)
    ends = {"cargo": "grain", "modes": ["rail"], "by": "time"}
    free = corridor.route(net, "Kordon", "Southport", depart="2027-01-20", **ends)
    waits = corridor.route(closed, "Kordon", "Southport", depart="2027-01-20", **ends)
    later = corridor.route(closed, "Kordon", "Southport", depart="2027-03-05", **ends)
    assert waits.time_h > free.time_h + 24 * 25 and later.time_h == pytest.approx(free.time_h, abs=30)


def test_recorded_events_act_on_routes_after_the_base_year(net):
    """The toy's event of 2026 changes an element for some months; a scenario leaves it out."""
    plain = default_study().scenario("no-suspension").apply(net)
    ends = ("Kordon", "Southport")
    with_event = corridor.route(net, *ends, cargo="grain", modes=["rail"], depart="2026-03-05")
    without = corridor.route(plain, *ends, cargo="grain", modes=["rail"], depart="2026-03-05")
    assert with_event.time_h > without.time_h
    assert corridor.route(net, *ends, year=2025).time_h == corridor.route(plain, *ends, year=2025).time_h


def test_served_and_unserved_add_up_to_the_demand_to_the_tonne(net):
    for rule in ("cheapest", "capacitated", "logit"):
        found = corridor.assign(net, corridor.demand("central", 2030), rule=rule)
        listed = found.served_t_yr + sum(u.t_yr for u in found.unserved_rows)
        assert listed == pytest.approx(found.demand_t_yr, abs=0.5)


def test_demand_that_is_too_dear_is_priced_out_by_a_number(net):
    cost = corridor.route(net, "Alfagrad", "Capital City", cargo="grain", year=2027).generalised_usd_t
    for accepts, rule in ((cost - 1.0, "capacitated"), (0.5 * cost, "logit")):
        rows = corridor.Demand.of([("Alfagrad", "Capital City", "grain", 1000.0)], year=2027)
        rows = dataclasses.replace(rows, max_cost_usd_t=np.array([accepts]))
        found = corridor.assign(net, rows, rule=rule)
        (row,) = found.unserved_rows
        assert row.why == "price" and row.above_max_usd_t >= cost - accepts - 1e-6
        assert f"priced out by {row.above_max_usd_t:.1f} USD/t" in str(found)


def test_volumes_at_a_screenline_are_those_of_the_throughput(net, years):
    for year in (2025, 2030):
        branch = next(b for b in net.branches if b["id"] == "eastern")
        found = corridor.volumes(net, branch["screenline"], by=["direction"], year=year)
        (expected,) = (y for y in years.years if y.year == year)
        base = expected.base_load_mt or 0.0
        assert found.total.mt == pytest.approx(expected.all_traffic_mt - base, rel=1e-6)
        assert sum(r.mt for r in found.rows) == pytest.approx(found.total.mt, rel=1e-12)


def test_volumes_are_the_same_by_any_key_and_at_neighbouring_places(net):
    totals = []
    for keys in (["cargo"], ["direction"], ["origin", "destination"], ["origin_country", "cargo", "direction"], []):
        found = corridor.volumes(net, "sarakhs-yard", by=keys, year=2027)
        totals.append(found.total.mt)
        assert sum(r.mt for r in found.rows) == pytest.approx(found.total.mt, rel=1e-12)
        assert list(found.tables()["rows"].columns)[: len(keys)] == keys
    assert totals == pytest.approx([totals[0]] * len(totals), rel=1e-12) and totals[0] > 0
    at_link = corridor.volumes(net, "sarahs-sarakhs-rail-1520", by=["direction"], year=2027)
    change = corridor.volumes(net, "sarakhs-yard", by=["direction"], year=2027)
    assert {r.keys[0] for r in change.rows} <= {"rail1520 → rail1435", "rail1435 → rail1520"}
    assert {r.keys[0] for r in at_link.rows} <= {"Sarahs → Sarakhs", "Sarakhs → Sarahs"}
    drawn = corridor.volumes(net, "sarakhs-yard", year=2027, draws=3, seed=5)
    again = corridor.volumes(net, "sarakhs-yard", year=2027, draws=3, seed=5, workers=1)
    assert drawn.rows == again.rows and drawn.total.p10_mt <= drawn.total.p50_mt <= drawn.total.p90_mt


@pytest.mark.parametrize(
    ("options", "said"),
    [({"by": ["colour"]}, "give cargo, direction"), ({"by": ["cargo", "cargo"]}, "twice"), ({"year": 1999}, "1999"),
     ({"draws": -1}, "draws"), ({"at": "rail"}, "nothing passes"), ({"at": "sarakhs-yrad"}, "sarakhs-yard")],
)  # fmt: skip
def test_volumes_refuse_what_cannot_be(net, options, said):
    with pytest.raises((corridor.DataError, corridor.UnknownIdError), match=said):
        corridor.volumes(net, options.pop("at", "sarakhs-yard"), **options)
