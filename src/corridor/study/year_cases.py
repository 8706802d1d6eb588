"""A year prepared for the kernel that solves it again and again with some paths closed.

The kernel solves the same problem as `YearProblem.solve`, to the same tolerance: every sub-period, every path,
and every limit that could bind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor import kernel
from corridor.arrays import Array
from corridor.assignment.choice_set import NOTHING
from corridor.assignment.logit_shares import TOLERANCE, limiting_uses
from corridor.assignment.period_problem import PeriodResult
from corridor.graph.virtual import HOURS
from corridor.study.branch_study import BranchStudy
from corridor.study.path_classes import UNKNOWN, PathClasses
from corridor.study.year_problem import YearProblem

STEPS = 400


@dataclass(frozen=True)
class YearCases:
    """A year as arguments of `kernel.failures`; processes can share it."""

    mode: kernel.Mode
    given: tuple[Any, ...]
    commodities: int
    paths: int

    def run(self, closed_sets: Sequence[Array]) -> tuple[Array, Array, Array, Array]:
        """Return outcomes, tonnes across by commodity, the most by path, and all tonnes by path of the last set."""
        n = len(closed_sets)
        first = np.concatenate([[0], np.cumsum([len(s) for s in closed_sets])]).astype(np.int64)
        closed_paths = np.concatenate(closed_sets).astype(np.int64)
        out = (np.zeros((n, 4)), np.zeros((n, self.commodities)), np.zeros(self.paths), np.zeros(self.paths))
        kernel.load("failures", self.mode).failures(0, n, first, closed_paths, *self.given, TOLERANCE, STEPS, out)
        return out


def year_cases_of(study: BranchStudy, year: int) -> tuple[YearCases, list[PeriodResult]]:
    """Return the central case of a year, prepared, and its solution with all paths."""
    problem = study.problem(year)
    solved = problem.solve()
    choice_set, n = study.choice_set, len(study.model.state.resource_table)
    can_fill = np.zeros(n, dtype=np.bool_)
    for s in solved:
        can_fill[limiting_uses(s.choice_set, s.problem.amount, s.free)[3]] = True
    resources = np.flatnonzero(can_fill)
    position = np.full(n, -1, dtype=np.int64)
    position[resources] = np.arange(len(resources))
    largest = choice_set.largest_use[resources]
    classes = PathClasses(study, position, largest)
    free = np.array([np.nan_to_num(s.free[resources], nan=UNKNOWN) for s in solved]) / largest
    start = np.array([s.price[resources] for s in solved]) * largest
    start[free * largest < NOTHING] = np.inf
    costs: list[Array] = []
    cost_of = np.zeros(len(solved), dtype=np.int64)
    for i, s in enumerate(solved):
        if not costs or (costs[-1] != s.problem.cost).any():
            costs.append(s.problem.cost)
        cost_of[i] = len(costs) - 1
    size_of, sizes, counts = _sizes(problem, solved)
    lengths = study.model.state.link_table["length_km"].astype(np.float64)
    hours = sum(choice_set.part(name) for name in HOURS)
    scaled_use = classes.scale["factor"] * classes.units
    use_count = np.bincount(classes.resource, minlength=len(resources))
    total_use = np.bincount(classes.resource, weights=scaled_use, minlength=len(resources))
    given = (
        (choice_set.first_path, classes.of_path),
        (np.array(costs), hours, (choice_set.first_link, choice_set.links, lengths)),
        (problem.scale, problem.max_cost, study.branch.counted),
        classes.layout,
        (scaled_use, classes.units, classes.scale["bundle"], classes.scale["commodity"]),
        (
            cost_of,
            size_of,
            sizes,
            counts,
            np.array([s.problem.amount for s in solved]),
            free,
            np.maximum(free, NOTHING),
            start,
            np.where(total_use > 0, 4.0 * use_count / np.maximum(total_use, 1e-300), UNKNOWN),
        ),
        classes.signs[0] + classes.signs[1],
    )
    mode = kernel.mode_for(len(choice_set.arcs))
    return YearCases(mode, given, len(study.demand), len(choice_set)), solved


def _sizes(problem: YearProblem, solved: Sequence[PeriodResult]) -> tuple[Array, Array, Array]:
    """Return which size each sub-period has; path sizes (0: closed); and the paths they are measured among."""
    found: dict[tuple[bytes, bytes], int] = {}
    sizes: list[Array] = []
    counts: list[Array] = []
    size_of = np.zeros(len(solved), dtype=np.int64)
    for i, (sub_period, s) in enumerate(zip(problem.sub_periods, solved, strict=True)):
        among = sub_period.is_open(problem.unbuilt)
        key = (s.problem.is_open.tobytes(), among.tobytes())
        if key not in found:
            found[key] = len(sizes)
            sizes.append(np.where(s.problem.is_open, np.exp(s.problem.log_size), 0.0))
            counts.append(among.astype(np.int64))
        size_of[i] = found[key]
    return size_of, np.array(sizes), np.array(counts)
