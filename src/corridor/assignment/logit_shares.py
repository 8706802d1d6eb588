"""Assignment by logit in one period: shares by cost, with prices that keep every resource within its limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor import kernel
from corridor.assignment.choice_set import NOTHING, ChoiceSet
from corridor.errors import ConvergenceError

Array = np.ndarray[Any, Any]
TOLERANCE = 1e-9  # of a limit: how far a load may stand above it, or below it where a price is paid
STEPS = 400
ROOM_ENOUGH = 1e30  # native units: what is never filled


@dataclass(frozen=True)
class Share:
    """What one period carries: tonnes by path, and the price of each resource in USD per native unit."""

    flow: Array
    price: Array
    residual: float
    steps: int


def assign_logit(
    choice_set: ChoiceSet,
    cost: Array,
    log_size: Array,
    amount: Array,
    free: Array,
    start: Array | None = None,
    sharper: float = 1.0,
    tolerance: float = TOLERANCE,
    scale: Array | None = None,
    max_cost: Array | None = None,
) -> Share:
    """Return the stochastic equilibrium of a period.

    `cost` (paths; infinite: shut, as is what needs a resource of which nothing is
    left), `amount` (commodities) in tonnes of the period, `free` (resources; NaN: no
    limit known) in native units of the period, `start` prices to begin with,
    `sharper` a factor on the scale of choice,
    `tolerance` the part of a limit by which a load may miss it; `scale` and `max_cost`
    (commodities) stand for those of the footing.

    Raises
    ------
    ConvergenceError
        If no prices keep every limit to the tolerance.
    """
    first, where, use, limited, size = _rows(choice_set, amount, free)
    limits = free[limited] >= NOTHING
    capacity = np.where(limits, free[limited], ROOM_ENOUGH) / size
    price = np.zeros(len(limited)) if start is None else np.where(limits, start[limited] * size, 0.0)
    flow, load = np.zeros(len(choice_set)), np.zeros(len(limited))
    mode = kernel.mode_for(len(choice_set.arcs))
    module = kernel.load("logit", mode)
    n = max(len(limited), 1)
    scratch = (
        np.zeros(n),
        np.zeros(n, np.int64),
        np.zeros(n * n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
    )
    context = choice_set.context
    scale = (context.scale if scale is None else scale) * sharper
    max_cost = context.max_cost_usd_t if max_cost is None else max_cost
    given = (choice_set.first_path, cost, log_size, amount, scale, max_cost, first, where, use, capacity)
    steps = module.find_prices(*given, price, flow, load, tolerance, STEPS, *scratch)
    left = module.residual(capacity, price, load)
    if steps < 0:
        raise ConvergenceError(f"the prices of the logit rule leave a residual of {left:.2g} after {STEPS} steps", left)
    full = np.zeros(len(free))
    full[limited] = price / size
    return Share(flow, full, left, steps)


def _rows(choice_set: ChoiceSet, amount: Array, free: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Return the uses of resources that could fill at all, renumbered and scaled near one, and which these are."""
    resource, units, owner = choice_set.resources, choice_set.units, choice_set.path_of_use
    # At most what every commodity would take of it on its max_unit_use path.
    n = len(free)
    commodity, eaten, most_units = choice_set.max_unit_use
    most = np.bincount(eaten, weights=amount[commodity] * most_units, minlength=n)
    can_fill = (free >= NOTHING) & (most > free)
    known = choice_set.rows
    if "limited" not in known or (can_fill & ~known["limited"]).any():
        # What could fill in an earlier period stays among the rows: without a price it changes nothing.
        limited = can_fill | known.get("limited", False)
        renumbered = np.cumsum(limited) - 1
        kept = limited[resource]
        counts = np.bincount(owner[kept], minlength=len(choice_set))
        known |= {
            "limited": limited,
            "first": np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            "where": renumbered[resource[kept]].astype(np.int64),
            "use": units[kept] / choice_set.largest_use[resource[kept]],
        }
    rows = np.flatnonzero(known["limited"])
    return known["first"], known["where"], known["use"], rows, choice_set.largest_use[rows]
