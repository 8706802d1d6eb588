"""How much of a branch's cargo fits from north to south, whatever the demand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from corridor.assignment.year_result import PeriodResult
from corridor.errors import ConvergenceError
from corridor.study.branch import Branch

Array = np.ndarray[Any, Any]
UNIT_T = 1e3  # the program counts kilotonnes, so that its numbers are near one


def capacity_mt(branch: Branch, solved: Sequence[PeriodResult], mix: dict[str, float]) -> float | None:
    """Return the most of a mix of cargo that fits southbound across a branch in a year, in Mt.

    Over the ways known between any counted ends, other traffic taken off but no
    other demand; `mix` is the share of each cargo. None where nothing crosses or a
    way has no known limit.

    Raises
    ------
    ConvergenceError
        If HiGHS stops without an optimum.
    """
    total = 0.0
    known: dict[Any, float | None] = {}
    for s in solved:
        # Periods with the same open ways pass the same a month, where nothing else differs.
        monthly = s.free / len(s.period.months)
        key = (id(s.choice_set), s.choice_set.is_open(s.period).tobytes(), np.round(monthly, 6).tobytes())
        if key not in known:
            known[key] = _most_t(branch, s, mix, monthly)
        part = known[key]
        if part is None:
            return None
        total += part * len(s.period.months)
    return total / 1e6


def _most_t(branch: Branch, s: PeriodResult, mix: dict[str, float], free: Array) -> float | None:
    """Return tonnes a month of the mix."""
    import highspy

    choice_set = s.choice_set
    rows = choice_set.context.demand
    open_ = choice_set.is_open(s.period) & (branch.crossing(choice_set) > 0) & branch.counted[choice_set.commodity]
    cargo = np.array([mix.get(c, 0.0) > 0 for c in rows.cargoes])
    columns = np.flatnonzero(open_ & cargo[choice_set.commodity])
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
    met = np.unique(resource[entry])
    row_of = np.full(len(free), -1, dtype=np.int64)
    row_of[met] = np.arange(len(met))
    kinds = sorted(c for c, share in mix.items() if share > 0)
    kind_of = np.array([kinds.index(rows.cargoes[c]) for c in choice_set.commodity[columns].tolist()])
    if len(set(kind_of.tolist())) < len(kinds):
        return None  # a cargo of the mix has no open way: the mix as a whole does not pass
    n, m = len(columns) + 1, len(met) + len(kinds)
    size = np.maximum(free[met], 1e-9)
    all_rows = np.concatenate([row_of[resource[entry]], len(met) + kind_of, len(met) + np.arange(len(kinds))])
    at = np.concatenate([column, np.arange(len(columns)), np.full(len(kinds), len(columns))])
    values = np.concatenate(
        [
            units[entry] * UNIT_T / size[row_of[resource[entry]]],
            np.ones(len(columns)),
            [-mix[k] for k in kinds],
        ]
    )
    order = np.lexsort((all_rows, at))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n, m
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.concatenate([np.zeros(len(columns)), [1.0]])
    lp.col_lower_, lp.col_upper_ = np.zeros(n), np.full(n, highspy.kHighsInf)
    lp.row_lower_ = np.concatenate([np.full(len(met), -highspy.kHighsInf), np.zeros(len(kinds))])
    lp.row_upper_ = np.concatenate([free[met] / size, np.zeros(len(kinds))])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(np.bincount(at, minlength=n))])
    lp.a_matrix_.index_, lp.a_matrix_.value_ = all_rows[order], values[order]
    solver = highspy.Highs.__base__()  # type: ignore[misc]  # `Highs()` itself prints a banner
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("presolve", "off")
    solver.passModel(lp)
    solver.run()
    status = solver.getModelStatus()
    if status in (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return None
    if status != highspy.HighsModelStatus.kOptimal:
        raise ConvergenceError(f"the linear program ended {solver.modelStatusToString(status)}", math.inf)
    return float(solver.getInfo().objective_function_value) * UNIT_T


def _distinct(choice_set: Any, columns: Array) -> Array:
    """Return one column of those that take the same of every limit for the same cargo."""
    first, resource, units = choice_set.first_use, choice_set.resources, choice_set.units
    seen: dict[Any, int] = {}
    for p in columns.tolist():
        span = slice(first[p], first[p + 1])
        cargo = choice_set.context.demand.cargoes[choice_set.commodity[p]]
        seen.setdefault((cargo, resource[span].tobytes(), units[span].tobytes()), p)
    return np.array(sorted(seen.values()), dtype=np.int64)
