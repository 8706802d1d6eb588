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
from corridor.study.branch_study import Setting
from corridor.study.build_branch_study import setting_of
from corridor.study.criticality import Case, criticality
from corridor.study.monte_carlo import Batch, batch_of
from corridor.study.plan import plan
from corridor.study.sampling import drawn

YEAR, SEED = 2030, 1
QUARTERS = 4
Array = np.ndarray[Any, Any]


def report(slow: bool = False) -> None:
    """Print the table."""
    net = corridor.load()
    seconds, setting = timed(lambda: setting_of(net, "eastern", YEAR))
    print(f"setting: {len(setting.pool):,} ways, {len(setting.demand):,} commodities, {len(setting.doubts):,} figures")
    took, batch = timed(lambda: batch_of(setting))
    print(f"first: ways and limits {seconds:.1f} s, laid out {took:.1f} s (kept in the cache folder)")
    counted = (len(batch.setting.pool), batch.classes.groups, len(batch.classes.bundle_of), len(batch.resources))
    print("many draws: {:,} ways, {:,} groups, {:,} classes, {} limits".format(*counted))
    batch.run(drawn(setting, 25, SEED))
    for draws in (250, 500, 1000, 2000):
        took, found = timed(lambda n=draws: batch.run(drawn(setting, n, SEED)))  # type: ignore[misc]
        solves = draws * len(setting.years) * QUARTERS
        steps = found.of("steps").mean() / QUARTERS
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{draws:>6,} draws × 7 years × 4 quarters: {took:6.1f} s, {1e6 * took / solves:4.0f} µs a quarter, "
            f"{steps:.1f} steps, {found.unsettled} unsettled, {peak:,.0f} MB"
        )
    ours = took / solves
    theirs = statistics.median(_warm_highs(setting, batch, 8))
    print(f"the same quarters as linear programs, HiGHS warm: {1e3 * theirs:.0f} ms each, × {theirs / ours:,.0f}")
    one = setting_of(net, "eastern", 2024)
    single = batch_of(one)
    took, _ = timed(lambda: single.run(drawn(one, 2000, SEED)))
    print(f"2,000 draws of one year: {took:.1f} s")
    _agreement(setting, batch, 200 if slow else 20)
    case = Case(batch_of(one, all_ways=True), 2024)
    case.fail_singly(None, None)
    took, _ = timed(lambda: case.fail_singly(None, None))
    print(f"every element failing by itself, {len(case.outcomes)} different failures: {took:.2f} s")
    took, _ = timed(lambda: plan(net, "eastern", target_mt=15, year=YEAR))
    print(f"plan of the shipped works, with reading the setting: {took:.1f} s")
    if slow:
        took, _ = timed(lambda: batch.run(drawn(setting, 10_000, SEED)))
        print(f"10,000 draws: {took:.1f} s")
        took, both = timed(lambda: criticality(net, "eastern", year=2024, pairs=True))
        print(f"pairs: {len(both.pairs):,} in {took:.0f} s")


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return seconds and answer."""
    start = time.perf_counter()
    found = work()
    return time.perf_counter() - start, found


def _agreement(setting: Setting, batch: Batch, draws: int) -> None:
    made = drawn(setting, draws, SEED + 1)
    fast = batch.run(made).throughput_mt[:, -1]
    exact = []
    for i in range(draws):
        south, north = setting.branch.tonnes(setting.solve(YEAR, made.one(setting, i)))
        exact.append((south + north)[setting.branch.counted].sum() / 1e6)
    off = fast / np.array(exact) - 1
    print(
        f"beside the exact solution of {draws} draws in {YEAR}: median miss {100 * np.median(np.abs(off)):.1f} %, "
        f"root mean square {100 * np.sqrt((off**2).mean()):.1f} %, mean {100 * off.mean():+.1f} %"
    )


def _warm_highs(setting: Setting, batch: Batch, draws: int) -> list[float]:
    """Return seconds of each quarter's least-cost program, changed in place from draw to draw."""
    import highspy

    pool, made = batch.setting.pool, drawn(setting, draws, SEED)
    paths, commodities, rows = len(pool), len(setting.demand), batch.resources
    place = np.full(len(setting.pool.footing.network.resource_table), -1)
    place[rows] = np.arange(len(rows))
    mine = place[pool.resources] >= 0
    size = pool.largest_use[rows]
    column = np.concatenate([np.arange(paths), pool.path_of_use[mine], paths + np.arange(commodities)])
    row = np.concatenate([pool.commodity, commodities + place[pool.resources[mine]], np.arange(commodities)])
    units = pool.units[mine] / size[place[pool.resources[mine]]]
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
        asked = batch.setting.asked(YEAR, made.one(setting, i))
        part = asked.parts[0]
        shut = (part.needs < 0) | (part.needs & asked.missing != 0)
        cost = np.where(shut, 1e6, asked.cost(part))
        amount, free = asked.amount(part) / 1e3, np.nan_to_num(asked.free(part)[rows], nan=1e12) / size / 1e3
        start = time.perf_counter()
        model.changeColsCost(lp.num_col_, np.arange(lp.num_col_), np.concatenate([cost, asked.willing]))
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
