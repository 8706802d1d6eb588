"""Assignment by logit in one period: shares by cost, with prices that keep every resource within its limit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corridor import kernel
from corridor.arrays import Array
from corridor.assignment.choice_set import NOTHING, ChoiceSet
from corridor.assignment.period_problem import PeriodProblem
from corridor.errors import ConvergenceError
from corridor.kernel.structs import NewtonScratch, PathChoice

TOLERANCE = 1e-9  # relative to a limit: allowed load above it, or below it where a price is paid
STEPS = 400


@dataclass(frozen=True)
class Share:
    """Result of one period: tonnes by path, and the price of each resource in USD per native unit."""

    flow: Array
    price: Array
    residual: float
    steps: int


def assign_logit(
    problem: PeriodProblem,
    start: Array | None = None,
    *,
    sharper: float = 1.0,
    log_size: Array | None = None,
    tolerance: float = TOLERANCE,
) -> Share:
    """Return the stochastic equilibrium of a period.

    `start` are initial prices, `sharper` a factor on the scale of choice, `log_size` path sizes in place of those
    of the problem, `tolerance` the allowed relative violation of a limit.

    Raises
    ------
    ConvergenceError
        If no prices keep every limit to the tolerance.
    """
    choice_set, free = problem.choice_set, problem.free
    first, where, use, limited, size = limiting_uses(choice_set, problem.amount, free)
    capacity = free[limited] / size
    price = np.zeros(len(limited)) if start is None else start[limited] * size
    flow, load = np.zeros(len(choice_set)), np.zeros(len(limited))
    mode = kernel.mode_for(len(choice_set.arcs))
    module = kernel.load("logit", mode)
    n = max(len(limited), 1)
    trial, step, mean = np.zeros((3, n))
    place, touched, seen = np.zeros((3, n), np.int64)
    scratch = NewtonScratch(trial, step, mean, np.zeros(n * n), place, touched, seen)
    choice = PathChoice(
        choice_set.first_path,
        problem.open_cost,
        problem.log_size if log_size is None else log_size,
        problem.amount,
        problem.scale * sharper,
        problem.max_cost,
        first,
        where,
        use,
        capacity,
    )
    steps = module.find_prices(choice, price, flow, load, tolerance, STEPS, scratch)
    residual = module.residual(capacity, price, load)
    if steps < 0:
        raise ConvergenceError(f"the logit prices leave a residual of {residual:.2g} after {STEPS} steps", residual)
    all_prices = np.zeros(len(free))
    all_prices[limited] = price / size
    return Share(flow, all_prices, residual, steps)


def limiting_uses(choice_set: ChoiceSet, amount: Array, free: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Return the uses of the resources that could fill, renumbered and scaled near one, and these resources."""
    # The upper bound of a load: every commodity on the path with its largest use.
    commodity, used, most_units = choice_set.max_unit_use
    largest_load = np.bincount(used, weights=amount[commodity] * most_units, minlength=len(free))
    can_fill = (free >= NOTHING) & (largest_load > free)
    return choice_set.uses_of(can_fill)
