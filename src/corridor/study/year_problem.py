"""One year of a draw: the demand and what it pays at most, the open paths by sub-period, and the equilibrium."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from corridor.arrays import Array
from corridor.assignment.choice_set import NOTHING, ChoiceSet
from corridor.assignment.logit_shares import TOLERANCE, Share, assign_logit
from corridor.graph.periods import Period
from corridor.study.applied_projects import Project

if TYPE_CHECKING:
    from corridor.study.branch_study import BranchStudy


@dataclass(frozen=True)
class SubPeriod:
    """Months of one quarter in which nothing changes.

    `period` is on the network with all projects, masks included. `required_projects` (paths) are the
    projects that a path requires, as bits, -1 where it is closed whatever is built.
    `log_size` (paths) are the path sizes: those among the paths of the central case and, for
    other paths, those with all projects. So an earlier or later project adds paths and does
    not change the sizes of the others.
    `limit`, `other`, `in_demand` (resources) are in native units of the sub-period, without
    projects; `lifts` is by project and resource. `extra_usd_t` (paths) is the cost that an
    edit of this year adds to each path.
    """

    period: Period
    required_projects: Array
    limit: Array
    other: Array
    in_demand: Array
    lifts: tuple[dict[int, float], ...]
    log_size: Array
    extra_usd_t: Array | None


@dataclass(frozen=True)
class Draw:
    """One state of all uncertain inputs.

    `factors` (inputs of the study) apply to the recorded values; `opens` (projects) is the
    first year in which each is open; `events` by year.
    """

    factors: Array
    opens: Array
    events: tuple[str, ...]


@dataclass(frozen=True)
class YearProblem:
    """One year of a draw: the demand and what it pays at most, and the open paths."""

    study: BranchStudy
    draw: Draw
    year: int
    sub_periods: tuple[SubPeriod, ...]
    choice_set: ChoiceSet
    unbuilt: int
    tonnes: Array
    scale: Array
    max_cost: Array
    kept: dict[int, Array]

    def amount(self, sub_period: SubPeriod) -> Array:
        """Return the tonnes of every commodity in a sub-period."""
        season = self.study.demand.quarter_shares[:, sub_period.period.quarter]
        amount: Array = self.tonnes * season * sub_period.period.share_of_quarter
        return amount

    def free(self, sub_period: SubPeriod) -> Array:
        """Return the free capacity of every resource in a sub-period."""
        return self.study.free(self.draw, self.year, sub_period)

    def cost(self, sub_period: SubPeriod) -> Array:
        """Return the cost of every path in a sub-period in USD/t, before prices of resources."""
        key = id(sub_period.extra_usd_t)
        if key not in self.kept:
            self.kept[key] = self.study.costs(self.draw, self.year, sub_period)
        return self.kept[key]

    def share(self, sub_period: SubPeriod, start: Array | None = None, tolerance: float = TOLERANCE) -> Share:
        """Return the equilibrium of a sub-period."""
        free_capacity = self.free(sub_period)
        is_open = (sub_period.required_projects >= 0) & (sub_period.required_projects & self.unbuilt == 0)
        exhausted = np.nan_to_num(free_capacity, nan=np.inf) < NOTHING
        if exhausted.any():
            is_open = is_open.copy()
            is_open[self.choice_set.path_of_use[exhausted[self.choice_set.resources]]] = False
        cost = np.where(is_open, self.cost(sub_period), np.inf)
        return assign_logit(
            self.choice_set,
            cost,
            sub_period.log_size,
            self.amount(sub_period),
            free_capacity,
            start,
            tolerance=tolerance,
            scale=self.scale,
            max_cost=self.max_cost,
        )


def recorded_openings(projects: Sequence[Project], also: Sequence[str] = ()) -> Array:
    """Return the first year of each project in the central case; infinity if only planned and not in `also`."""
    return np.array(
        [w.year[1] + 1 if w.status == "under_construction" else w.year[1] if w.id in also else np.inf for w in projects]
    )


def unbuilt_projects(projects: Sequence[Project], opens: Array, year: int) -> int:
    """Return the projects that are not open in a year, as bits."""
    return sum(1 << w for w in range(len(projects)) if year < opens[w])
