"""One period of a year to be solved by a rule, and its result."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from corridor.arrays import Array
from corridor.assignment.choice_set import ChoiceSet
from corridor.graph.periods import Period


@dataclass(frozen=True)
class PeriodProblem:
    """One period to be solved.

    `amount`, `scale` (t/USD) and `max_cost` (USD/t) are by commodity, `amount` in tonnes of the period; `free` by
    resource, in native units of the period (NaN: no limit known). `cost` (USD/t, before prices of resources) and
    `is_open` are by path of `choice_set`; `sizes` are the logarithms of the path sizes (None: among the open paths).
    """

    period: Period
    choice_set: ChoiceSet
    amount: Array
    free: Array
    is_open: Array
    cost: Array
    scale: Array
    max_cost: Array
    sizes: Array | None = None

    @cached_property
    def log_size(self) -> Array:
        """The logarithm of the size of each path."""
        return self.choice_set.log_size(self.is_open) if self.sizes is None else self.sizes

    @cached_property
    def open_cost(self) -> Array:
        """`cost`, infinite where a path is closed."""
        return np.where(self.is_open, self.cost, np.inf)


def period_problem(period: Period, choice_set: ChoiceSet, amount: Array, free: Array) -> PeriodProblem:
    """Return the problem of a period with the costs, scales and maximum costs of its choice set."""
    context = choice_set.context
    is_open = choice_set.passable(period, free)
    return PeriodProblem(
        period, choice_set, amount, free, is_open, choice_set.cost, context.scale, context.max_cost_usd_t
    )


@dataclass(frozen=True)
class PeriodResult:
    """The result of one period of a year.

    `flow` (paths) in tonnes of the period; `price` with `price_low`, `price_high` (resources, USD per native unit).
    `bound_usd` is None for a rule without a bound; `gap` is the relative distance to the bound, or the
    residual of the logit prices.
    """

    problem: PeriodProblem
    flow: Array
    price: Array
    price_low: Array
    price_high: Array
    bound_usd: float | None
    gap: float
    rounds: int

    @property
    def period(self) -> Period:
        """The period."""
        return self.problem.period

    @property
    def choice_set(self) -> ChoiceSet:
        """The paths of `flow`."""
        return self.problem.choice_set

    @property
    def free(self) -> Array:
        """Free capacity by resource, in native units of the period (NaN: no limit known)."""
        return self.problem.free

    @property
    def paid_usd(self) -> float:
        """Total payment for full resources: price times capacity, in USD."""
        limited = np.isfinite(self.free)
        return float(self.price[limited] @ self.free[limited])

    @property
    def unserved(self) -> Array:
        """Unserved demand by commodity, in tonnes."""
        amount = self.problem.amount
        served = np.bincount(self.choice_set.commodity, weights=self.flow, minlength=len(amount))
        tonnes: Array = np.maximum(amount - served, 0.0)
        return tonnes
