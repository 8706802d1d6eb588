"""Southbound capacity of a branch for a mix of cargo, independent of the demand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.assignment.period_problem import PeriodResult
from corridor.linear_program import ensure_optimal, linear_program
from corridor.study.branch import Branch

UNIT_T = 1e3  # the linear program is in kilotonnes, so that its numbers are near one


def capacity_mt(branch: Branch, solved: Sequence[PeriodResult], mix: dict[str, float]) -> float | None:
    """Return the most of a mix of cargo that fits southbound across a branch in a year, in Mt.

    All paths of the choice set between counted ends may be used. Other traffic is
    deducted, other demand is not. `mix` is the share of each cargo. None if nothing
    crosses, or if a path has no known limit.

    Raises
    ------
    ConvergenceError
        If HiGHS stops without an optimum.
    """
    total = 0.0
    known: dict[Any, float | None] = {}
    for s in solved:
        # Periods with the same open paths and the same free capacity a month have the same result.
        monthly = s.free / len(s.period.months)
        key = (id(s.choice_set), s.choice_set.is_open(s.period).tobytes(), np.round(monthly, 6).tobytes())
        if key not in known:
            known[key] = _monthly_capacity_t(branch, s, mix, monthly)
        monthly_t = known[key]
        if monthly_t is None:
            return None
        total += monthly_t * len(s.period.months)
    return total / 1e6


def _monthly_capacity_t(branch: Branch, s: PeriodResult, mix: dict[str, float], free: Array) -> float | None:
    """Return tonnes of the mix a month; None if a cargo has no open path or the program is unbounded."""
    import highspy

    choice_set = s.choice_set
    rows = choice_set.context.demand
    eligible = choice_set.is_open(s.period) & (branch.crossing(choice_set) > 0) & branch.counted[choice_set.commodity]
    cargo = np.array([mix.get(c, 0.0) > 0 for c in rows.cargoes])
    columns = np.flatnonzero(eligible & cargo[choice_set.commodity])
    if not len(columns):
        return None
    columns = _distinct(choice_set, columns)
    first, resource, units = choice_set.first_use, choice_set.resources, choice_set.units
    counts = np.diff(first)[columns]
    entry = np.repeat(first[:-1][columns] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts) + np.arange(
        counts.sum()
    )
    column = np.repeat(np.arange(len(columns)), counts)
    limited = np.isfinite(free[resource[entry]])
    entry, column = entry[limited], column[limited]
    used_resources = np.unique(resource[entry])
    row_of = np.full(len(free), -1, dtype=np.int64)
    row_of[used_resources] = np.arange(len(used_resources))
    kinds = sorted(c for c, share in mix.items() if share > 0)
    kind_of = np.array([kinds.index(rows.cargoes[c]) for c in choice_set.commodity[columns].tolist()])
    if len(set(kind_of.tolist())) < len(kinds):
        return None  # a cargo of the mix has no open path: the mix cannot pass
    size = np.maximum(free[used_resources], 1e-9)
    entry_row = np.concatenate(
        [row_of[resource[entry]], len(used_resources) + kind_of, len(used_resources) + np.arange(len(kinds))]
    )
    entry_column = np.concatenate([column, np.arange(len(columns)), np.full(len(kinds), len(columns))])
    values = np.concatenate(
        [
            units[entry] * UNIT_T / size[row_of[resource[entry]]],
            np.ones(len(columns)),
            [-mix[k] for k in kinds],
        ]
    )
    solver = linear_program(
        np.concatenate([np.zeros(len(columns)), [1.0]]),
        (entry_row, entry_column, values),
        (
            np.concatenate([np.full(len(used_resources), -np.inf), np.zeros(len(kinds))]),
            np.concatenate([free[used_resources] / size, np.zeros(len(kinds))]),
        ),
        maximise=True,
        options={"presolve": "off"},
    )
    solver.run()
    status = solver.getModelStatus()
    if status in (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return None
    ensure_optimal(solver)
    return float(solver.getInfo().objective_function_value) * UNIT_T


def _distinct(choice_set: Any, columns: Array) -> Array:
    """Return one column of each group with the same cargo and the same use of every limit."""
    first, resource, units = choice_set.first_use, choice_set.resources, choice_set.units
    seen: dict[Any, int] = {}
    for p in columns.tolist():
        span = slice(first[p], first[p + 1])
        cargo = choice_set.context.demand.cargoes[choice_set.commodity[p]]
        seen.setdefault((cargo, resource[span].tobytes(), units[span].tobytes()), p)
    return np.array(sorted(seen.values()), dtype=np.int64)
