"""One year of a draw: what is open in its sub-periods, what goes, what it would pay, and its equilibrium."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor.assignment.choice_set import NOTHING, ChoiceSet
from corridor.assignment.logit_shares import TOLERANCE, Share, assign_logit
from corridor.graph.periods import Period
from corridor.study.applied_projects import Project

if TYPE_CHECKING:
    from corridor.study.branch_study import BranchStudy

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class SubPeriod:
    """Months of one quarter in which nothing changes.

    `period` is on the network with all works, masks included. `required_projects` (paths) are the
    works that a path goes by, as bits, -1 where it is shut whatever is built.
    `log_size` (paths) are the path sizes: among what the central case has, and with all
    works for other ways, so that a work that comes early or late adds ways and leaves
    the sizes of those that are there.
    `limit`, `other`, `in_demand` (resources) are in native units of the part, without works;
    `lifts` by work and resource. `extra_usd_t` (paths) is what an edit of this year adds
    to each path.
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
    """One state of all that is uncertain.

    `factors` (figures of the setting) on the recorded values; `opens` (works) is the
    first year in which each is there; `events` by year.
    """

    factors: Array
    opens: Array
    events: tuple[str, ...]


@dataclass(frozen=True)
class YearProblem:
    """One year of a draw: what goes, what it would pay, what is open."""

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
        """Return the tonnes of every commodity in a part of the year."""
        season = self.study.demand.quarter_shares[:, sub_period.period.quarter]
        made: Array = self.tonnes * season * sub_period.period.share_of_quarter
        return made

    def free(self, sub_period: SubPeriod) -> Array:
        """Return what is left of every resource in a part of the year."""
        return self.study.free(self.draw, self.year, sub_period)

    def cost(self, sub_period: SubPeriod) -> Array:
        """Return the cost of every path in a part of the year, without limits."""
        key = id(sub_period.extra_usd_t)
        if key not in self.kept:
            self.kept[key] = self.study.costs(self.draw, self.year, sub_period)
        return self.kept[key]

    def share(self, sub_period: SubPeriod, start: Array | None = None, tolerance: float = TOLERANCE) -> Share:
        """Return the equilibrium of a part of the year."""
        left = self.free(sub_period)
        is_open = (sub_period.required_projects >= 0) & (sub_period.required_projects & self.unbuilt == 0)
        shut = np.nan_to_num(left, nan=np.inf) < NOTHING
        if shut.any():
            is_open = is_open.copy()
            is_open[self.choice_set.path_of_use[shut[self.choice_set.resources]]] = False
        cost = np.where(is_open, self.cost(sub_period), np.inf)
        return assign_logit(
            self.choice_set,
            cost,
            sub_period.log_size,
            self.amount(sub_period),
            left,
            start,
            tolerance=tolerance,
            scale=self.scale,
            max_cost=self.max_cost,
        )


def recorded_openings(projects: Sequence[Project], also: Sequence[str] = ()) -> Array:
    """Return the first year of each work in the central case; never for what is only planned, but for `also`."""
    return np.array(
        [w.year[1] + 1 if w.status == "under_construction" else w.year[1] if w.id in also else np.inf for w in projects]
    )


def unbuilt_projects(projects: Sequence[Project], opens: Array, year: int) -> int:
    """Return the works that are not there in a year, as bits."""
    return sum(1 << w for w in range(len(projects)) if year < opens[w])
