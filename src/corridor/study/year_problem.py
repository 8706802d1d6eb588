"""One year of a draw: the demand and what it pays at most, the open paths by sub-period, and the equilibrium."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from corridor.arrays import Array
from corridor.assignment.choice_set import NOTHING, ChoiceSet
from corridor.assignment.period_problem import PeriodProblem, PeriodResult
from corridor.assignment.year_result import solve
from corridor.study.sub_period import SubPeriod

if TYPE_CHECKING:
    from corridor.study.branch_study import BranchStudy


@dataclass(frozen=True)
class Draw:
    """One state of all uncertain inputs.

    `factors` (inputs of the study) apply to the recorded values, None for these themselves; `opens` (projects) is the
    first year in which each is open; `events` by year.
    """

    factors: Array | None
    opens: Array
    events: tuple[str, ...]


@dataclass(frozen=True)
class YearProblem:
    """One year of a draw, ready to be solved by sub-periods under any rule."""

    study: BranchStudy
    draw: Draw
    year: int
    sub_periods: tuple[SubPeriod, ...]
    unbuilt: int
    tonnes: Array
    scale: Array
    max_cost: Array

    def free(self, sub_period: SubPeriod) -> Array:
        """Return the free capacity of every resource in a sub-period."""
        return self.study.free(self.draw, self.year, sub_period)

    def periods(self, *, limited: bool = True) -> list[PeriodProblem]:
        """Return the sub-periods, one problem each; `limited=False` removes all limits."""
        found = []
        priced: dict[int, tuple[ChoiceSet, Array]] = {}
        for sub_period in self.sub_periods:
            key = id(sub_period.choice_set)
            if key not in priced:
                cost = self.study.costs(self.draw, self.year, sub_period)
                priced[key] = self.study.with_loads(sub_period.choice_set, self.draw.factors), cost
            choice_set, cost = priced[key]
            period = sub_period.period(self.unbuilt)
            free = self.free(sub_period)
            is_open = sub_period.is_open(self.unbuilt)
            if not limited:
                free = np.full(len(free), np.nan)
            elif (free < NOTHING).any():
                is_open = is_open & choice_set.passable(period, free)
            season = self.study.demand.quarter_shares[:, sub_period.quarter]
            amount = self.tonnes * season * period.share_of_quarter
            found.append(
                PeriodProblem(
                    period, choice_set, amount, free, is_open, cost, self.scale, self.max_cost, sub_period.log_size
                )
            )
        return found

    def solve(self, rule: str = "logit", *, limited: bool = True) -> list[PeriodResult]:
        """Return the sub-periods solved under a rule, each to its own tolerance."""
        return solve(self.periods(limited=limited), rule)
