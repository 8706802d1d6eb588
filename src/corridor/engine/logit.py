"""Assignment by logit in one period: shares by cost, with prices that keep every resource within its limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor import kernel
from corridor.engine.pool import Pool
from corridor.errors import ConvergenceError

Array = np.ndarray[Any, Any]
TOLERANCE = 1e-9  # of a limit: how far a load may stand above it, or below it where a price is paid
STEPS = 400
NOTHING = 1e-9  # units: a resource with less than this left is shut


@dataclass(frozen=True)
class Share:
    """What one period carries: tonnes by path, and the price of each resource in USD per native unit."""

    flow: Array
    price: Array
    residual: float
    steps: int


def assign_logit(
    pool: Pool,
    cost: Array,
    log_size: Array,
    amount: Array,
    free: Array,
    start: Array | None = None,
    sharper: float = 1.0,
) -> Share:
    """Return the stochastic equilibrium of a period.

    `cost` (paths; infinite: shut), `amount` (commodities) in tonnes of the
    period, `free` (resources; NaN: no limit known) in native units of the
    period, `start` prices to begin with, `sharper` a factor on the scale of choice.

    Raises
    ------
    ConvergenceError
        If no prices keep every limit to 1e-9.
    """
    ground = pool.ground
    first_use, resource, units = pool.uses
    shut = np.flatnonzero(free < NOTHING)
    if len(shut):
        blocked = np.isin(resource, shut)
        owner = np.repeat(np.arange(len(pool)), np.diff(first_use))
        cost = cost.copy()
        cost[owner[blocked]] = np.inf
    first, where, use, limited, size = _rows(pool, cost, amount, free)
    capacity = free[limited] / size
    price = np.zeros(len(limited)) if start is None else start[limited] * size
    flow, load = np.zeros(len(pool)), np.zeros(len(limited))
    mode = kernel.mode_for(len(pool.arcs))
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
    willing = ground.demand.willing_usd_t
    given = (pool.first_path, cost, log_size, amount, ground.scale * sharper, willing, first, where, use, capacity)
    steps = module.find_prices(*given, price, flow, load, TOLERANCE, STEPS, *scratch)
    left = module.residual(capacity, price, load)
    if steps < 0:
        raise ConvergenceError(f"the prices of the logit rule leave a residual of {left:.2g} after {STEPS} steps", left)
    full = np.zeros(len(free))
    full[limited] = price / size
    return Share(flow, full, left, steps)


def _rows(pool: Pool, cost: Array, amount: Array, free: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Return the uses of resources that could fill at all, renumbered and scaled near one, and which these are."""
    first_use, resource, units = pool.uses
    counts = np.diff(first_use)
    owner = np.repeat(np.arange(len(pool)), counts)
    passable = np.isfinite(cost)
    # At most what every commodity would take of it on its hungriest path.
    n = len(free)
    key = pool.commodity[owner] * n + resource
    hungriest = np.zeros(len(amount) * n)
    np.maximum.at(hungriest, key[passable[owner]], units[passable[owner]])
    most = amount @ hungriest.reshape(len(amount), n)
    can_fill = (free >= NOTHING) & (most > free)
    limited = np.flatnonzero(can_fill)
    renumbered = np.full(n, -1, dtype=np.int64)
    renumbered[limited] = np.arange(len(limited))
    kept = can_fill[resource]
    size = np.ones(n)
    np.maximum.at(size, resource[kept], 0.0)
    largest = np.zeros(n)
    np.maximum.at(largest, resource[kept], units[kept])
    size = np.where(largest > 0, largest, 1.0)
    first = np.concatenate([[0], np.cumsum(np.bincount(owner[kept], minlength=len(pool)))]).astype(np.int64)
    return first, renumbered[resource[kept]], units[kept] / size[resource[kept]], limited, size[limited]
