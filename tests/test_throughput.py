"""The shipped demand and what it makes of the corridor: legal, reproducible, counted in the stated places."""

from __future__ import annotations

import csv
import json
import subprocess
import sys

import pytest
from conftest import ROOT

import corridor
from corridor import DataError, UnknownIdError, cache
from corridor.io.study_files import default_study
from corridor.model.scenario import Scenario
from corridor.study.branch_study import branch_study_of

TABLES = ROOT / "data" / "tables"


def table(name):
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def forecast(net):
    return corridor.throughput(net, "eastern", year=2030, target_mt=15)


@pytest.fixture(scope="module")
def loaded(net):
    return corridor.assign(net, corridor.demand("central", 2024), rule="logit")


def test_demand_grows_as_the_rules_say():
    base = corridor.demand("central", 2024)
    for scenario in ("low", "high"):
        assert corridor.demand(scenario, 2024).t_yr == pytest.approx(base.t_yr)
    pairs = list(zip(base.groups, base.cargoes, strict=True))
    grain = [i for i, (g, c) in enumerate(pairs) if g.startswith("RU_") and "-IR_" in g and c == "grain"]
    assert corridor.demand("central", 2030).t_yr[grain].sum() == pytest.approx(6_000_000)  # kt in 2030
    urals = [i for i, (g, c) in enumerate(pairs) if g == "RU_U-TM" and c == "metals"]
    grown = corridor.demand("central", 2026).t_yr[urals].sum() / base.t_yr[urals].sum()
    assert grown == pytest.approx(1.05**2)
    assert (base.quarter_shares.sum(axis=1) == pytest.approx(1)) and (base.max_cost_usd_t > 0).all()


def test_no_volume_of_a_branch_is_demand():
    rows = {(r["origin_zone"], r["destination_zone"], r["cargo"]) for r in table("demand")}
    assert len(rows) == len(table("demand"))
    branch = [r for r in table("observations") if r["what"].startswith("volume of one branch")]
    assert len(branch) == 52
    assert {r["kind"] for r in branch} == {"counted", "forecast", "derived"}


def test_a_tonne_is_demand_or_other_traffic_not_both(net):
    for r in net.resource_table.rows():
        assert 0 <= r.get("base_load_in_demand", 0) <= r.get("base_load", 0) + 1e-9


def test_claims_are_told_from_counts():
    kinds = {(r["at"], r["mt"]): r["kind"] for r in table("counts")}
    assert kinds[("tm_ir_rail", "2.0")] == kinds[("tm_ir_rail", "2.5")] == "claim"
    assert kinds[("tm_ir_rail", "15")] in ("claim", "target")
    assert kinds[("bolashak", "1.6")] == kinds[("sarakhs", "3.12")] == "counted"
    known = {r["id"] for r in table("sources")}
    assert all(set(r["sources"].split(";")) <= known for r in table("counts"))


def test_at_a_station_with_two_gauges_no_reloading_passes_the_yard_by(net):
    """Cargo could change gauge by way of a lorry: rail to road, road to rail."""
    limited = {u["feature"] for uses in net.uses.values() for u in uses}
    at = {}
    for r in net.transfer_table.rows():
        if r["status"] == "operating" and "road" in (r["from"], r["to"]):
            at.setdefault(r["node"], []).append(r)
    for node, transfers in at.items():
        gauges = {c for r in transfers for c in (r["from"], r["to"]) if c.startswith("rail1")}
        if len(gauges) > 1:
            assert any(r["id"] in limited for r in transfers if "rail1520" in (r["from"], r["to"])), node


def test_the_assignment_of_the_base_year_is_legal(net, loaded):
    for r in loaded.resource_rows:
        if r.free is not None:
            assert r.flow <= r.free * (1 + 1e-8), r.id
        assert r.price_usd_t == 0 or r.full_months
    assert loaded.served_t_yr + loaded.unserved_t_yr == pytest.approx(corridor.demand().total_t_yr)
    assert loaded.gap <= 1e-8
    links = loaded.links.groupby("link")["t_yr"].sum()
    both = loaded.screenline("bolashak")
    assert both.southbound_t_yr + both.northbound_t_yr == pytest.approx(links["bolashak-serhetyaka-rail-1520"])
    users = loaded.select_link("bolashak-serhetyaka-rail-1520")
    assert users["t_yr"].sum() == pytest.approx(links["bolashak-serhetyaka-rail-1520"])
    paths = loaded.paths
    money = paths[[c for c in paths if c.endswith("_usd_t")]].sum(axis=1)
    assert (money * paths["t_yr"]).sum() == pytest.approx(loaded.total_cost_usd_yr)
    assert loaded.summary.count(". ") == 1 and loaded.summary.endswith(".")
    json.dumps(loaded.to_dict(), allow_nan=False)


def test_the_rules_stand_in_their_order(net, loaded):
    demand = corridor.demand("central", 2024)
    packed = corridor.assign(net, demand, rule="capacitated")
    cheapest = corridor.assign(net, demand, rule="cheapest")
    assert packed.gap <= 1e-9
    assert packed.bound_usd_yr <= (packed.total_cost_usd_yr + packed.unserved_cost_usd_yr) * (1 + 1e-12)
    least = cheapest.total_cost_usd_yr + cheapest.unserved_cost_usd_yr
    assert (
        least
        <= packed.total_cost_usd_yr + packed.unserved_cost_usd_yr
        <= loaded.total_cost_usd_yr + loaded.unserved_cost_usd_yr
    )
    for r in packed.resource_rows:
        assert r.price_low_usd_t <= r.price_usd_t + 1e-9 <= r.price_high_usd_t + 2e-9


def test_the_years_of_the_eastern_branch(forecast):
    assert [y.year for y in forecast.years] == list(range(2024, 2031))
    for y in forecast.years:
        assert y.throughput_mt == pytest.approx(y.southbound_mt + y.northbound_mt)
        assert 0 < y.throughput_mt <= y.unconstrained_mt <= y.demand_mt
        assert y.throughput_mt < y.all_traffic_mt
        assert sum(y.throughput_by_cargo_mt.values()) == pytest.approx(y.throughput_mt)
        assert y.capacity_mt > 0 and set(y.also_mt) == {"bolashak"}
    happened, before = forecast.years[2], forecast.years[1]
    assert happened.throughput_mt < 0.85 * before.throughput_mt  # 2026 as it happened
    assert forecast.reached is False and "does not reach 15 Mt" in forecast.summary
    json.dumps(forecast.to_dict(), allow_nan=False)


def test_the_first_years_do_not_depend_on_the_last(net, forecast):
    shorter = corridor.throughput(net, "eastern", year=2025)
    for a, b in zip(shorter.years, forecast.years, strict=False):
        assert a.throughput_mt == b.throughput_mt and a.capacity_mt == b.capacity_mt


def test_the_counterfactual_leaves_2026_out(net):
    plain = default_study().scenario("no-suspension").apply(net)
    assert "suspension-2026" in net.history and "suspension-2026" not in plain.history
    years = corridor.throughput(plain, "eastern", year=2026).years
    assert years[2].throughput_mt > 0.9 * years[1].throughput_mt


def test_the_same_bytes_without_the_cache(tmp_path):
    """Choice sets built, stored and read back: the answer is the same; what is damaged is built again (test_faults)."""
    code = (
        "import corridor, json; net = corridor.load().with_scenario('rasht-astara'); "
        "print(json.dumps(corridor.throughput(net, year=2024).to_dict()))"
    )

    for kernels in cache.root().glob("kernels"):  # compiling them anew is tried elsewhere
        (tmp_path / kernels.name).symlink_to(kernels)

    def answer():
        kept = {"CORRIDOR_CACHE": str(tmp_path), "PATH": ""}
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=kept)

    first = answer()
    stored = {p: p.stat().st_mtime_ns for p in (tmp_path / "stored").glob("*.npz")}
    second = answer()
    assert first.stdout == second.stdout
    assert len(stored) == 1  # that of the scenario; that of the baseline is in the package
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "stored").glob("*.npz")} == stored


def test_every_work_and_scenario_fits_the_network(net):
    ids = {p["id"] for p in default_study().projects}

    def is_changed(other):  # tables share the columns that edits leave alone
        pairs = [(t.columns[c], net.tables[k].columns[c]) for k, t in other.tables.items() for c in t.columns]
        return any(a is not b for a, b in pairs)

    for p in default_study().projects:
        assert set(p["requires"]) | set(p["excludes"]) <= ids
        years = p["year"]
        assert years["low"] <= years["central"] <= years["high"]
        assert p["sources"] and set(p["sources"]) <= set(net.sources), p["id"]
        dated = [{**edit, "years": f"{years['central']}-"} for edit in p["edits"]]
        changed = Scenario.of(p["id"], p["why"], dated).apply(net).at(years["central"])
        assert bool(p["edits"]) == is_changed(changed), p["id"]
    works = {w for p in default_study().projects for w in p["works"]}
    assert {r["id"] for r in table("works") if not r["project"].startswith("none")} == works
    for name in default_study().scenarios:
        scenario = default_study().scenario(name)
        assert scenario.why and scenario.apply(net).scenarios == (name,)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"branch": "easter"}, UnknownIdError, "did you mean 'eastern'"),
        ({"year": 2031}, DataError, "2024 to 2030"),
        ({"year": 2023}, DataError, "2024 to 2030"),
        ({"year": True}, DataError, "2024 to 2030"),
        ({"target_mt": -1}, DataError, "give Mt a year"),
        ({"target_mt": float("nan")}, DataError, "give Mt a year"),
        ({"demand_scenario": "medium"}, DataError, "low, central, high"),
    ],
)
def test_wrong_questions_about_throughput(net, options, error, message):
    with pytest.raises(error, match=message):
        corridor.throughput(net, **options)


def test_the_misfit_is_shown_and_not_hidden(net):
    found = corridor.misfit(net, year=2024)
    places = {at for c in found.counts for at in c.count.at}
    assert {"bolashak", "sarakhs", "astara", "aktau-port", "makhachkala-dry", "lotfabad-artyk-road"} <= places
    assert len(found.counts) >= 52 and all(c.count.year == 2024 for c in found.counts)
    for c in found.counts:
        assert c.misfit == pytest.approx(c.modelled_mt / c.count.observed_mt - 1)
    assert len(found.times) >= 8
    assert "off" in str(found) and json.dumps(found.to_dict(), allow_nan=False)
    with pytest.raises(DataError, match="2024 to 2025"):
        corridor.misfit(net, year=2019)


def test_other_traffic_is_within_what_was_counted(net):
    """It is what the demand does not hold: more of it than of all traffic would count something twice."""
    found = [c for c in corridor.misfit(net, year=2024).counts if c.other_traffic_mt and c.count.kind != "claim"]
    assert len(found) >= 15
    wrong = [
        (c.count.id, c.other_traffic_mt)
        for c in found
        if c.other_traffic_mt > 1.001 * (c.count.range_mt[1] or c.count.observed_mt)
    ]
    assert wrong == []


def test_a_wagon_that_passes_sarakhs_has_the_counted_load(net):
    """36.3 t: 3.12 Mt in 86,000 wagons, loaded and empty; at recorded figures, from which the share was derived."""
    study = branch_study_of(net, None, 2024, measured=False).given(None)
    r = net.resource_table.index["sarakhs-yard"]
    tonnes = wagons = 0.0
    for period in study.solve(2024):
        uses = period.choice_set.resources == r
        flow = period.flow[period.choice_set.path_of_use[uses]]
        tonnes, wagons = tonnes + flow.sum(), wagons + flow @ period.choice_set.units[uses]
    assert tonnes / wagons == pytest.approx(36.3, rel=0.05)


def test_a_closed_way_is_a_row_without_an_answer(net):
    shut = corridor.Scenario.of("shut", "", [{"close": {"country": "IR"}}]).apply(net)
    found = corridor.misfit(shut)
    assert any(t.days is None for t in found.times) and any(t.days for t in found.times)
    assert "none" in str(found)


def test_history_that_did_not_happen_cannot_be_left_out(net):
    with pytest.raises(DataError, match="did you mean 'suspension-2026'"):
        corridor.Scenario.of("x", "", [], ["suspension-2062"]).apply(net)


def test_a_network_without_the_places_of_the_demand_says_so(tmp_path):
    corridor_new = subprocess.run(
        [sys.executable, "-m", "corridor", "new", str(tmp_path / "mine"), "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    file = next(f for f in json.loads(corridor_new.stdout)["files"] if f.endswith(".geojson"))
    with pytest.raises(DataError, match="has no study"):
        corridor.throughput(corridor.read(file))
    with pytest.raises(DataError, match="demand of the study does not fit this network"):
        corridor.assign(corridor.read(file), corridor.demand())
