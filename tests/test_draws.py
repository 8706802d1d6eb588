"""Many draws, failures and comparisons on the toy study: the fast solution beside the exact one, and that it repeats."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import corridor
from corridor import DataError, Scenario, kernel
from corridor.assignment.cost_decomposition import extended
from corridor.assignment.path_costs import on_state
from corridor.study.applied_projects import projects_of
from corridor.study.branch_study import branch_study_of
from corridor.study.criticality import criticality
from corridor.study.gate_constants import UNIT_USD_T
from corridor.study.influence import influence_of, influence_of_states
from corridor.study.monte_carlo import monte_carlo_of
from corridor.study.sampling import Draws, in_order, sampled


@pytest.fixture(scope="module")
def net(toy):
    return toy


@pytest.fixture(scope="module")
def study(net):
    return branch_study_of(net, "eastern", 2030)


@pytest.fixture(scope="module")
def monte_carlo(study):
    return monte_carlo_of(study)


def central(study, n=1):
    one = study.central(2024)
    opens = np.minimum(np.ceil(one.opens - study.years[0]), len(study.years))
    return Draws(
        np.ones((n, len(study.uncertain_inputs))),
        np.tile(opens, (n, 1)).astype(np.int64),
        np.zeros((n, len(study.years)), np.int64),
    )


def exact_mt(study, year, draw=None):
    south, north = study.branch.tonnes(study.solve(year, draw))
    return (south + north)[study.branch.counted].sum() / 1e6


def test_the_items_of_a_path_add_up_to_its_cost(study):
    a = study.cost_decomposition
    assert np.abs(a.costs(a.factors()) - study.choice_set.cost).max() < 1e-6
    charged = study.model.gate_constants.of_path >= 0  # the constants of gates are charges that start at zero
    assert np.abs(a.rest_usd_t + np.where(charged, UNIT_USD_T, 0.0)).max() == 0.0  # nothing belongs to no figure


KZ_GRAIN = {"feature": "tariff", "area": "KZ", "cargo": "dry_bulk", "carrier": "rail1520"}


@pytest.mark.parametrize(
    ("target", "fields", "figure"),
    [
        (KZ_GRAIN, ("usd_tkm", "fixed_usd_t"), "tariff KZ rail1520 dry_bulk"),
        ("kordon-takhta-rail-1520", ("border_h",), "kordon-takhta-rail-1520 border_h"),
        ("sarakhs:rail1520-rail1435", ("dry_bulk_usd_t",), "sarakhs:rail1520-rail1435 dry_bulk_usd_t"),
    ],
)
def test_a_figure_changed_in_the_network_costs_what_its_factor_says(study, target, fields, figure):
    edits = [{"scale": target, "field": name, "by": 1.3} for name in fields]
    state = Scenario.of("dearer", "", edits).apply(study.choice_set.context.network)
    asked = study.cost_decomposition.costs(study.cost_decomposition.factors({figure: 1.3}))
    off = np.abs(on_state(study.choice_set, state).cost - asked)
    # The fixed part of a tariff on a link of two countries is put to one of them.
    assert (off > 1e-6).mean() < 0.15 and off.max() < 1.0
    assert (asked > study.choice_set.cost + 0.01).any()


def test_the_central_case_is_the_exact_one(study, monte_carlo):
    mt = monte_carlo.run(central(study)).throughput_mt[0]
    for year in (2024, 2026, 2030):
        assert mt[year - 2024] == pytest.approx(exact_mt(study, year), rel=0.01)


def test_random_draws_agree_with_the_exact_solution(study, monte_carlo):
    draws = sampled(study, 12, 7)
    fast = monte_carlo.run(draws).throughput_mt[:, -1]
    exact = np.array([exact_mt(study, 2030, draws.one(study, i)) for i in range(len(draws))])
    off = fast / exact - 1
    assert np.median(np.abs(off)) < 0.01 and np.abs(off).max() < 0.05
    assert np.corrcoef(fast, exact)[0, 1] > 0.999


def test_the_same_seed_gives_the_same_bytes_on_one_worker_and_on_many(study, monte_carlo):
    draws = sampled(study, 26, 3)  # two blocks
    ran = [monte_carlo.run(sampled(study, 26, 3), workers) for workers in (1, 2, 8)]
    assert len({(r.answer.tobytes(), r.paid.tobytes()) for r in ran}) == 1
    assert sampled(study, 26, 4).factors.tobytes() != draws.factors.tobytes()


def test_limits_hold_within_the_tolerance(study, monte_carlo):
    found = monte_carlo.run(sampled(study, 26, 5))
    assert found.unsettled <= 0.03 * found.of("steps").size * 7
    assert np.quantile(found.of("worst"), 0.95) <= 1e-3


def test_draws_stay_in_their_ranges_and_average_out(study):
    draws = sampled(study, 400, 1)
    for i, uncertain in enumerate(study.uncertain_inputs):
        if uncertain.recorded:
            assert (
                uncertain.low - 1e-9 <= draws.factors[:, i].min() and draws.factors[:, i].max() <= uncertain.high + 1e-9
            )
    yard = study.position["sarakhs-yard capacity"]
    uncertain = study.uncertain_inputs[yard]
    assert draws.factors[:, yard].mean() == pytest.approx((uncertain.low + 1 + uncertain.high) / 3, rel=0.02)


def test_figures_of_one_kind_in_one_country_err_together(study):
    f = np.log(sampled(study, 2000, 1).factors)
    tm = [i for i, d in enumerate(study.uncertain_inputs) if d.family == "TM tariff" and d.high > d.low]
    ir = [i for i, d in enumerate(study.uncertain_inputs) if d.family == "IR tariff" and d.high > d.low]
    assert 0.35 < np.corrcoef(f[:, tm[0]], f[:, tm[1]])[0, 1] < 0.6
    assert abs(np.corrcoef(f[:, tm[0]], f[:, ir[0]])[0, 1]) < 0.1


def test_works_open_as_their_status_says_and_after_what_they_require(net, study):
    draws, projects = sampled(study, 2000, 1), projects_of(net)
    never = len(study.years)
    for w, project in enumerate(projects):
        if project.status == "planned" and project.year[2] < 2030 and not project.requires and not project.excludes:
            assert (draws.opens[:, w] < never).mean() == pytest.approx(0.6, abs=0.03)
    number = {project.id: w for w, project in enumerate(projects)}
    for w, project in enumerate(projects):
        for name in project.requires:
            if name in number:
                assert (draws.opens[:, w] >= draws.opens[:, number[name]]).all()
    stays, repeats = (draws.events == 1).any(axis=1).mean(), (draws.events == 2).sum(axis=1)
    assert (
        stays == pytest.approx(0.1, abs=0.01) and repeats.max() == 1 and repeats.mean() == pytest.approx(0.05, abs=0.01)
    )
    assert (draws.events[:, :3] == 0).all()  # 2026 happened as it happened


def test_nothing_is_built_beside_what_it_excludes(net):
    projects = projects_of(net)
    opens = np.zeros((1, len(projects)), dtype=np.int64)
    in_order(projects, opens, 9)
    built = {project.id for w, project in enumerate(projects) if opens[0, w] < 9}
    assert all(not built & set(w.excludes) for w in projects if w.id in built)


def test_interpreted_and_compiled_draws_are_the_same(net, monkeypatch):
    year = branch_study_of(net, "eastern", 2024)
    monte_carlo = monte_carlo_of(year)
    draws = sampled(year, 1, 2)
    (quarter, share, months), *rest = monte_carlo.given[5][0]
    share = np.where(np.arange(share.shape[1]) == 0, share, 0.0)  # the first sub-period alone
    limits = (((quarter, share, months), *rest), *monte_carlo.given[5][1:])
    monte_carlo = replace(monte_carlo, given=(*monte_carlo.given[:5], limits, *monte_carlo.given[6:]))
    compiled = monte_carlo.run(draws, 1)
    monkeypatch.setattr(kernel, "mode_for", lambda _arcs: "python")
    plain = monte_carlo.run(draws, 1)
    assert plain.answer[0] == pytest.approx(compiled.answer[0], rel=1e-9)


def test_shares_of_the_variance_of_a_known_sum():
    random = np.random.default_rng(1)
    x = random.normal(size=(4000, 3))
    noise = random.normal(size=(4000, 300))
    y = 3 * x[:, 0] + x[:, 1] + np.sqrt(2) * x[:, 2]  # shares 9, 1 and 2 of 12
    for columns, share in ((x[:, :1], 9 / 12), (x[:, 1:2], 1 / 12), (x[:, 1:], 3 / 12), (noise, 0.0)):
        found = influence_of("x", columns, y, 1)
        assert found.sobol == pytest.approx(share, abs=0.03)
        assert found.sobol_low - 0.02 <= share <= found.sobol_high + 0.02
    assert influence_of("x", x[:, :1], y, 1).low_mt < -2 < 2 < influence_of("x", x[:, :1], y, 1).high_mt


def test_factors_and_their_reciprocals():
    assert extended(np.array([2.0, 4.0])).tolist() == [2.0, 4.0, 0.5, 0.25, 1.0]


@pytest.fixture(scope="module")
def failing(net):
    return criticality(net, "eastern", year=2024)


def test_a_failure_is_what_the_exact_solution_gives_without_it(study, failing):
    lost = {f.id: f.lost_mt for f in failing.rows}
    central = study.central(2024)
    factors = np.ones(len(study.uncertain_inputs))
    factors[study.position["sarakhs-yard capacity"]] = 0.0
    closed = exact_mt(study, 2024, replace(central, factors=factors))
    assert failing.throughput_mt - lost["sarakhs-yard"] == pytest.approx(closed, abs=0.03)
    assert lost["IR"] == pytest.approx(failing.throughput_mt) == lost["TM rail"]


def test_failures_cost_and_are_listed_worst_first(failing):
    lost = [round(f.lost_mt, 9) for f in failing.rows]
    assert lost == sorted(lost, reverse=True) and failing.unaffected > 0
    assert {f.kind for f in failing.rows} >= {
        "link",
        "transfer",
        "port",
        "border",
        "yard",
        "country",
        "operator",
        "track",
    }
    worst = failing.rows[0]
    assert worst.extra_usd > 0 and sum(mt for _, mt in worst.hit) <= worst.lost_mt + 1e-9
    assert "railway of IR" in str(failing) and failing.to_dict()["rows"][0]["hit"][0]["ends"]


def test_two_failures_are_more_than_one(net, monkeypatch):
    import corridor.study.criticality as module

    monkeypatch.setattr(module, "SHARE", 0.02)
    found = criticality(net, "eastern", year=2024, pairs=True)
    pairs = {frozenset((f.id, f.with_id)): f for f in found.pairs}
    assert len(pairs) == len(found.pairs) > 5
    assert not {f.kind for f in found.pairs} & {"country", "operator"}
    alone = {f.id: f.lost_mt for f in found.rows}
    total = found.throughput_mt
    assert all(f.lost_mt < total + 0.05 for f in found.pairs)  # solved on fewer ways than single failures
    assert max(f.lost_mt for f in found.pairs) > 0.9 * total and len(alone) > 5
    assert found.pairs[0].beyond_mt is not None and found.rows[0].beyond_mt is None
    assert "pairs, by what they lose" in str(found)


def test_criticality_is_the_same_on_any_number_of_workers(net, failing):
    assert criticality(net, "eastern", year=2024, workers=3).to_dict() == failing.to_dict()


@pytest.fixture(scope="module")
def likely(net):
    return corridor.throughput(net, "eastern", year=2030, target_mt=3, draws=60, seed=2)


def test_the_forecast_says_how_likely_and_why(likely):
    f = likely.forecast
    record = likely.to_dict()
    last = f.years[-1]
    assert 0 < last.p10_mt < last.p50_mt < last.p90_mt and 0 <= f.probability <= 1
    assert record["quantiles_mt"]["p50"] == record["years"][-1]["p50_mt"] == last.p50_mt
    assert sum(f.shortfall.values()) == pytest.approx(3 - last.mean_mt)  # no draw goes over it
    assert len(f.tornado) <= 25 and all(0 <= i.sobol_low <= i.sobol <= i.sobol_high <= 1 for i in f.tornado)
    assert f.tornado[0].sobol >= f.tornado[-1].sobol and 0 <= f.unexplained <= 1
    assert any(b.id == "sarakhs-yard" and b.share > 0.5 for b in f.binding)
    assert "draws" in str(likely) and "eight of ten draws" in likely.summary


def test_wrong_draws_are_refused_together(net):
    with pytest.raises(DataError) as error:
        corridor.throughput(net, draws=-1, seed=-2, workers=0)
    assert len(error.value.faults) == 3
    with pytest.raises(DataError, match="draws span low to high"):
        corridor.throughput(net, draws=10, demand_scenario="high")


def test_scenarios_change_trade(net):
    more = Scenario.of("more", "", [], demand=[
        {"scale": {"origins": ["RU"], "destinations": ["IR"], "cargoes": ["grain"]}, "by": 2, "years": "2027-"}
    ]).apply(net)  # fmt: skip
    for year, by in ((2026, 1), (2030, 2)):
        rows = corridor.demand("central", year)
        pairs = [
            (net.country_of(o), net.country_of(d), c)
            for o, d, c in zip(rows.origins, rows.destinations, rows.cargoes, strict=True)
        ]
        grain = sum(t for t, p in zip(rows.t_yr, pairs, strict=True) if p == ("RU", "IR", "grain"))
        total = corridor.assign(more, rows, rule="cheapest").demand_t_yr
        assert total == pytest.approx(rows.total_t_yr + (by - 1) * grain)


def test_faulty_changes_of_trade_are_listed(net):
    with pytest.raises(DataError) as error:
        Scenario.of("x", "", [], demand=[{"scale": {"origin": ["RU"]}, "by": -1}, {"by": 2}])
    assert len(error.value.faults) == 3
    lost = Scenario.of("x", "", [], demand=[{"scale": {"origins": ["RX"], "cargoes": ["gain"]}, "by": 1}])
    with pytest.raises(DataError) as error:
        lost.apply(net)
    assert len(error.value.faults) == 2 and "grain" in str(error.value)


def test_tariffs_can_be_changed(net):
    cut = Scenario.of("cut", "", [{"set": {"feature": "tariff", "area": "TM"}, "field": "discount", "to": 0}]).apply(
        net
    )
    assert {t["discount"] for t in cut.tariffs if t["area"] == "TM"} == {0}
    assert [t for t in cut.tariffs if t["area"] != "TM"] == [t for t in net.tariffs if t["area"] != "TM"]
    for edit in (
        {"set": {"feature": "tariff", "area": "TM"}, "field": "speed", "to": 1},
        {"set": {"feature": "tariff", "area": "TM"}, "field": "discount", "to": 2},
        {"set": {"feature": "tariff", "area": "XX"}, "field": "discount", "to": 0},
    ):
        with pytest.raises(DataError):
            Scenario.of("x", "", [edit]).apply(net)


def test_compare_puts_scenarios_beside_the_network(net):
    found = corridor.compare(net, ["no-suspension"], "eastern", year=2024, target_mt=1)
    assert [r.name for r in found.rows] == ["baseline", "no-suspension"]
    assert found.rows[1].difference_mt == pytest.approx(0, abs=0.02)  # before 2026; its ways are found anew
    assert "no-suspension" in str(found) and found.to_dict()["rows"][1]["by_year_mt"]["2024"] > 0
    with pytest.raises(corridor.UnknownIdError):
        corridor.compare(net, ["no-such-scenario"])
    with pytest.raises(DataError, match="baseline is the name of the row without a scenario"):
        corridor.compare(net, [Scenario.of("baseline", "a name in use", [])])


def test_the_influence_of_shared_states_is_the_variance_between_them():
    random = np.random.Generator(np.random.PCG64(4))
    state = np.arange(4000) % 40
    answer = random.standard_normal(40)[state] + 0.5 * random.standard_normal(4000)
    found = influence_of_states("x", state, answer, 1)
    between = np.var([answer[state == k].mean() for k in range(40)])
    assert found.sobol == pytest.approx(between / answer.var(), abs=0.01)
    assert found.sobol_low <= found.sobol <= found.sobol_high and found.low_mt < found.high_mt
    assert influence_of_states("x", state, random.standard_normal(4000), 1).sobol < 0.02
