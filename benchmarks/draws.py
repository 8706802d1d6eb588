"""Draws, failures and plans on the shipped network: seconds, and what they agree with.

HiGHS solves the least-cost program of the same quarters, ways and limits beside us,
warm-started from draw to draw. It answers a simpler question (no choice by logit).

python -m benchmarks.draws            everything but the slow rows
python -m benchmarks.draws --slow     also 10,000 draws, 200 exact solutions, pairs
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import corridor
from corridor.study.branch_study import BranchStudy, branch_study_of
from corridor.study.criticality import OutageModel, criticality
from corridor.study.monte_carlo import MonteCarlo, monte_carlo_of
from corridor.study.plan import plan
from corridor.study.sampling import sampled

YEAR, SEED = 2030, 1
Array = np.ndarray[Any, Any]


def report(slow: bool = False) -> None:
    """Print the table."""
    net = corridor.load()
    seconds, study = timed(lambda: branch_study_of(net, "eastern", YEAR))
    print(
        f"study: {len(study.choice_set):,} paths, {len(study.demand):,} commodities, "
        f"{len(study.uncertain_inputs):,} uncertain inputs"
    )
    took, monte_carlo = timed(lambda: monte_carlo_of(study))
    print(f"first: ways and limits {seconds:.1f} s, laid out {took:.1f} s (kept in the cache folder)")
    first_class, bundle_of, *_ = monte_carlo.given[2]
    counted = (len(monte_carlo.study.choice_set), len(first_class) - 1, len(bundle_of), len(monte_carlo.resources))
    print("many draws: {:,} ways, {:,} groups, {:,} classes, {} limits".format(*counted))
    monte_carlo.run(sampled(study, 25, SEED))
    for draws in (250, 500, 1000, 2000):
        took, found = timed(lambda n=draws: monte_carlo.run(sampled(study, n, SEED)))  # type: ignore[misc]
        solves = draws * sum(len(study.sub_periods(y)) for y in study.years)
        steps = found.of("steps").sum() / solves
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{draws:>6,} draws × 7 years: {took:6.1f} s, {1e6 * took / solves:4.0f} µs a sub-period, "
            f"{steps:.1f} steps, {found.unsettled} unsettled, {peak:,.0f} MB"
        )
    ours = took / solves
    theirs = statistics.median(_warm_highs(study, monte_carlo, 8))
    print(f"the same sub-periods as linear programs, HiGHS warm: {1e3 * theirs:.0f} ms each, × {theirs / ours:,.0f}")
    one = branch_study_of(net, "eastern", 2024)
    single = monte_carlo_of(one)
    took, _ = timed(lambda: single.run(sampled(one, 2000, SEED)))
    print(f"2,000 draws of one year: {took:.1f} s")
    _agreement(study, monte_carlo, 200 if slow else 20)
    outages = OutageModel(one, 2024)
    outages.fail_singly(None, None)
    took, _ = timed(lambda: outages.fail_singly(None, None))
    print(f"every element failing by itself, {len(outages.outcomes)} different failures: {took:.2f} s")
    took, _ = timed(lambda: plan(net, "eastern", target_mt=15, year=YEAR))
    print(f"plan of the shipped works, with reading the setting: {took:.1f} s")
    if slow:
        took, _ = timed(lambda: monte_carlo.run(sampled(study, 10_000, SEED)))
        print(f"10,000 draws: {took:.1f} s")
        took, both = timed(lambda: criticality(net, "eastern", year=2024, pairs=True))
        print(f"pairs: {len(both.pairs):,} in {took:.0f} s")


def timed(project: Callable[[], Any]) -> tuple[float, Any]:
    """Return seconds and answer."""
    start = time.perf_counter()
    found = project()
    return time.perf_counter() - start, found


def _agreement(study: BranchStudy, monte_carlo: MonteCarlo, draws: int) -> None:
    draws_of_all = sampled(study, draws, SEED + 1)
    fast = monte_carlo.run(draws_of_all).throughput_mt[:, -1]
    exact = []
    for i in range(draws):
        south, north = study.branch.tonnes(study.solve(YEAR, draws_of_all.one(study, i)))
        exact.append((south + north)[study.branch.counted].sum() / 1e6)
    off = fast / np.array(exact) - 1
    print(
        f"beside the exact solution of {draws} draws in {YEAR}: median miss {100 * np.median(np.abs(off)):.1f} %, "
        f"root mean square {100 * np.sqrt((off**2).mean()):.1f} %, mean {100 * off.mean():+.1f} %"
    )


def _warm_highs(study: BranchStudy, monte_carlo: MonteCarlo, draws: int) -> list[float]:
    """Return seconds of each sub-period's least-cost program, changed in place from draw to draw."""
    import highspy

    choice_set, draws_of_all = monte_carlo.study.choice_set, sampled(study, draws, SEED)
    paths, commodities, rows = len(choice_set), len(study.demand), monte_carlo.resources
    place = np.full(len(study.choice_set.context.network.resource_table), -1)
    place[rows] = np.arange(len(rows))
    mine = place[choice_set.resources] >= 0
    size = choice_set.largest_use[rows]
    column = np.concatenate([np.arange(paths), choice_set.path_of_use[mine], paths + np.arange(commodities)])
    row = np.concatenate(
        [choice_set.commodity, commodities + place[choice_set.resources[mine]], np.arange(commodities)]
    )
    units = choice_set.units[mine] / size[place[choice_set.resources[mine]]]
    value = np.concatenate([np.ones(paths), units, np.ones(commodities)])
    order = np.lexsort((row, column))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = paths + commodities, commodities + len(rows)
    lp.col_cost_ = np.zeros(lp.num_col_)
    lp.col_lower_, lp.col_upper_ = np.zeros(lp.num_col_), np.full(lp.num_col_, highspy.kHighsInf)
    lp.row_lower_, lp.row_upper_ = np.zeros(lp.num_row_), np.zeros(lp.num_row_)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=lp.num_col_))])
    lp.a_matrix_.index_, lp.a_matrix_.value_ = row[order], value[order]
    model = highspy.Highs.__base__()  # type: ignore[misc]
    model.setOptionValue("output_flag", False)
    model.passModel(lp)
    took = []
    for i in range(draws):
        problem = monte_carlo.study.problem(YEAR, draws_of_all.one(study, i)).periods()[0]
        cost = np.where(problem.is_open, problem.cost, 1e6)
        amount, free = problem.amount / 1e3, np.nan_to_num(problem.free[rows], nan=1e12) / size / 1e3
        start = time.perf_counter()
        model.changeColsCost(lp.num_col_, np.arange(lp.num_col_), np.concatenate([cost, problem.max_cost]))
        for r, t in enumerate(amount.tolist()):
            model.changeRowBounds(r, t, t)
        for r, t in enumerate(free.tolist()):
            model.changeRowBounds(commodities + r, -highspy.kHighsInf, t)
        model.run()
        took.append(time.perf_counter() - start)
        if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(model.modelStatusToString(model.getModelStatus()))
    return took[1:]


if __name__ == "__main__":
    report("--slow" in sys.argv)
