"""Projects and counts on the toy study: the program's optimum, what is expected, what is learnt from counts."""

from __future__ import annotations

import itertools

import pytest

import corridor
from corridor import DataError
from corridor.study.branch_study import branch_study_of
from corridor.study.investment_program import Program
from corridor.study.plan import _compatible


@pytest.fixture(scope="module")
def net(toy):
    return toy


@pytest.fixture(scope="module")
def study(net):
    return branch_study_of(net, "eastern", 2030)


@pytest.fixture(scope="module")
def found(net):
    return corridor.plan(net, "eastern", target_mt=3, year=2030)


def test_a_target_out_of_reach_says_what_stays_short(found):
    assert found.reached is False and found.expected_mt < found.technical_mt <= found.technical_most_mt < 3
    assert found.short and found.short[0].share >= found.short[-1].share > 0
    assert "No set of listed projects reaches 3 Mt" in str(found) and "short: " in str(found)
    record = found.to_dict()
    assert record["projects"][0]["throughput_after_mt"] == found.steps[0].throughput_after_mt


def test_every_step_is_what_the_works_bring(net, study, found):
    built = [s.id for s in found.steps]
    by = {w.id: w for w in study.projects}
    for s in found.steps:
        assert s.year == by[s.id].year[1] <= 2030 and s.cost_musd == by[s.id].cost_musd
        assert set(by[s.id].requires) <= set(built) | {w.id for w in study.projects if w.status == "under_construction"}
    assert found.steps[-1].throughput_after_mt == found.expected_mt > found.expected_before_mt
    assert found.cost_musd == sum(s.cost_musd or 0 for s in found.steps)


def test_the_program_finds_the_best_set(study):
    projects = [w for w in study.projects if w.status != "under_construction" and w.year[1] <= 2030]
    program = Program(study, 2030, projects)
    values = {}
    for k in range(len(projects) + 1):
        for chosen in itertools.combinations(projects, k):
            ids = {w.id for w in chosen}
            if all(not ids & set(w.excludes) for w in chosen) and all(
                r in ids or r not in {w.id for w in projects} for w in chosen for r in w.requires
            ):
                values[frozenset(ids)] = program.most_mt(list(chosen))
    best = max(values.values())
    chosen, gap = program.choose(None, None)
    assert values[frozenset(w.id for w in chosen)] >= best * (1 - 2e-3) and gap <= 1e-3
    least = min(len(s) for s, v in values.items() if v >= best * (1 - 1e-3))
    costs = {w.id: w.cost_musd or 1e-3 for w in projects}
    assert sum(costs[w.id] for w in chosen) <= min(
        sum(costs[i] for i in s) for s, v in values.items() if v >= best * (1 - 1e-3)
    ) * (1 + 2e-3), least


def test_a_plan_within_reach_stops_there(net):
    found = corridor.plan(net, "eastern", target_mt=1.0, year=2030, draws=10, share=0.1)
    assert found.reached and found.draws == 10
    assert all(s.probability is None or s.probability < 0.1 for s in found.steps[:-1])


def test_wrong_plans_are_refused_together(net):
    with pytest.raises(DataError) as error:
        corridor.plan(net, target_mt=float("nan"), budget_musd=-1, year=2024, share=0, draws=-1)
    assert len(error.value.faults) == 5


def test_nothing_excluded_is_together(study):
    ids = {w.id for w in _compatible(study.projects)}
    assert all(not ids & set(w.excludes) for w in study.projects if w.id in ids)


def test_the_back_test_counts_what_was_not_fitted(net):
    found = corridor.backtest(net, draws=4, workers=1)
    inside, of = found.counts_inside
    assert found.year == 2025 and 0 <= inside <= of == len(found.counts) == 1
    assert found.times_inside[1] == 2 and f"{inside} of {of}" in str(found)
    with pytest.raises(DataError, match="1 or more"):
        corridor.backtest(net, draws=0)
