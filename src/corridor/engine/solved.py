"""A year solved: period by period under one rule, all from one growing pool of paths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor.engine.capacitated import cheapest_of, pack, prices_of_paths
from corridor.engine.ground import Paths, cheapest_paths, make_ground
from corridor.engine.logit import assign_logit
from corridor.engine.pool import Pool, first_pool
from corridor.errors import ConvergenceError
from corridor.graph.periods import Period, free_units, periods_of
from corridor.model.demand import Demand
from corridor.model.network import Network

Array = np.ndarray[Any, Any]
RULES = ("cheapest", "capacitated", "logit")
ROUNDS = 40
SHARPER = (4.0, 20.0, 100.0, 400.0)
POOL_GAP = 1e-4  # of all costs: what ways not yet in the pool could save at most
SAVES_USD_T = 1.0  # a way that saves less under the prices is no other way to those who choose by logit


@dataclass(frozen=True)
class Solved:
    """One period of one year.

    `amount` (commodities) in tonnes of the period; `flow` (paths of `pool`);
    `price` with `price_low`, `price_high` (resources, USD per native unit);
    `free` (resources, native units of the period, NaN: no limit known).
    `bound_usd` is None where the rule has no bound; `gap` is the relative
    distance to it, or the residual of the logit prices.
    """

    period: Period
    pool: Pool
    amount: Array
    flow: Array
    free: Array
    price: Array
    price_low: Array
    price_high: Array
    bound_usd: float | None
    gap: float
    rounds: int

    @property
    def paid_usd(self) -> float:
        """What the prices of full resources add up to."""
        limited = np.isfinite(self.free)
        return float(self.price[limited] @ self.free[limited])

    @property
    def home(self) -> Array:
        """Tonnes by commodity that stay at home."""
        served = np.bincount(self.pool.commodity, weights=self.flow, minlength=len(self.amount))
        left: Array = np.maximum(self.amount - served, 0.0)
        return left


class Pools:
    """The pools of one question, one for each state of the lines and prices; they grow while it is answered.

    A question starts from first pools that are kept on the network as they were
    made, so that its answer does not depend on what was asked before.
    """

    def __init__(self, first: dict[Any, tuple[Pool, Network]]) -> None:
        self._first = first
        self._now: dict[tuple[int, ...], Pool] = {}

    def of(self, periods: Sequence[Period], demand: Demand) -> list[Pool]:
        """Return the pool of each period."""
        keys = [_physical(p.network) for p in periods]
        for key in dict.fromkeys(keys):
            if key not in self._now:
                alike = [p for p, k in zip(periods, keys, strict=True) if k == key]
                self._now[key] = self._begun(key, alike, demand)
        return [self._now[k] for k in keys]

    def _begun(self, key: tuple[int, ...], alike: Sequence[Period], demand: Demand) -> Pool:
        states = (key, frozenset((p.open_links.tobytes(), p.open_transfers.tobytes()) for p in alike))
        if states not in self._first:
            made = next((p for k, (p, _) in self._first.items() if k[0] == key), None)
            ground = make_ground(alike[0].network, demand) if made is None else made.ground
            self._first[states] = (first_pool(ground, alike), alike[0].network)
        return self._first[states][0]

    def keep(self, solved: Sequence[Solved]) -> None:
        """Go on with the pools of a year."""
        for s in solved:
            self._now[_physical(s.period.network)] = s.pool


def _physical(network: Network) -> tuple[int, ...]:
    """Return what decides paths and their costs; limits do not."""
    parts = (
        network.link_table,
        network.transfer_table,
        network.tariffs,
        network.frictions,
        network.parameters,
        network.cargo_records,
    )
    return tuple(id(p) for p in parts)


def solve_year(
    network: Network,
    demand: Demand,
    year: int,
    rule: str,
    pools: Pools,
    *,
    base_load: bool = True,
    limited: bool = True,
    certified: bool = True,
) -> list[Solved]:
    """Return the periods of a year assigned under a rule; `limited=False` lifts all limits."""
    periods = periods_of(network, year)
    asked = []
    for period, pool in zip(periods, pools.of(periods, demand), strict=True):
        amount = demand.t_yr * demand.quarter_shares[:, period.quarter] * period.share_of_quarter
        free = free_units(period, without_base_load=not base_load)
        asked.append(_Asked(period, pool, amount, free if limited else np.full(len(free), np.nan)))
    solved = _SOLVERS[rule](asked, certified)
    pools.keep(solved)
    return solved


@dataclass(frozen=True)
class _Asked:
    """One period to be solved: tonnes by commodity, what is free of each resource."""

    period: Period
    pool: Pool
    amount: Array
    free: Array


def _cheapest(asked: Sequence[_Asked], certified: bool) -> list[Solved]:
    """Put everything on its cheapest path, whatever the limits."""
    solved = []
    for x in asked:
        best = cheapest_of(x.pool, x.pool.is_open(x.period), x.pool.cost)
        goes = best >= 0
        flow = np.zeros(len(x.pool))
        flow[best[goes]] = x.amount[goes]
        nothing = np.zeros(len(x.free))
        solved.append(Solved(x.period, x.pool, x.amount, flow, x.free, nothing, nothing, nothing, None, 0.0, 1))
    return solved


def _capacitated(asked: Sequence[_Asked], certified: bool) -> list[Solved]:
    """Pack period by period; each starts from the prices and the pool of the one before."""
    solved: list[Solved] = []
    grown: dict[int, Pool] = {}
    price: Array | None = None
    for x in asked:
        pool = grown.get(id(x.pool.ground), x.pool)
        # Shares that follow cost ever more sharply end in the least cost: their prices are where to look for columns.
        is_open = pool.is_open(x.period)
        cost, even = np.where(is_open, pool.cost, np.inf), np.zeros(len(pool))
        for sharper in SHARPER:
            price = assign_logit(pool, cost, even, x.amount, x.free, price, sharper).price
        found = pack(pool, x.period, x.amount, x.free, price, certified=certified)
        grown[id(pool.ground)] = found.pool
        price = found.price
        gap = (found.objective_usd - found.bound_usd) / max(found.objective_usd, 1.0)
        prices = (found.price, found.price_low, found.price_high)
        solved.append(
            Solved(
                x.period, found.pool, x.amount, found.flow, x.free, *prices, found.bound_usd, max(gap, 0.0), found.rounds
            )
        )
    return solved


def _logit(asked: Sequence[_Asked], certified: bool) -> list[Solved]:
    """Solve the prices of all periods, add paths that are cheaper under them than any known, until they are few.

    Periods with the same open ways are searched together, under the prices of the
    one that pays most; when that finds nothing, every period is looked at.
    """
    pools = {id(x.pool.ground): x.pool for x in asked}
    prices: list[Array | None] = [None] * len(asked)
    everywhere = False
    for round_ in range(1, ROUNDS + 1):
        solved = []
        for i, x in enumerate(asked):
            pool = pools[id(x.pool.ground)]
            is_open = pool.is_open(x.period)
            cost = np.where(is_open, pool.cost, np.inf)
            start = prices[i] if prices[i] is not None else prices[i - 1] if i else None
            share = assign_logit(pool, cost, pool.log_size(is_open), x.amount, x.free, start)
            prices[i] = share.price
            all_prices = (share.price, share.price, share.price)
            solved.append(Solved(x.period, pool, x.amount, share.flow, x.free, *all_prices, None, share.residual, round_))
        if not certified:
            return solved
        wider = _grown(pools, solved if everywhere else _dearest(solved))
        if all(wider[key] is pool for key, pool in pools.items()):
            if everywhere:
                return solved
            wider = _grown(pools, solved)
            if all(wider[key] is pool for key, pool in pools.items()):
                return solved
        pools = wider
    raise ConvergenceError(f"paths were still getting cheaper after {ROUNDS} rounds", np.inf)


def _dearest(solved: Sequence[Solved]) -> list[Solved]:
    """Return, of periods with the same open ways, the one whose limits cost most."""
    found: dict[Any, Solved] = {}
    for s in solved:
        key = (id(s.pool.ground), s.period.open_links.tobytes(), s.period.open_transfers.tobytes())
        if key not in found or s.paid_usd > found[key].paid_usd:
            found[key] = s
    return list(found.values())


def _grown(pools: dict[int, Pool], solved: Sequence[Solved]) -> dict[int, Pool]:
    """Return the pools with what is cheaper under the prices of some periods, where that saves enough."""
    better: dict[int, list[Paths]] = {key: [] for key in pools}
    saved = total = 0.0
    for s in solved:
        found, saves = _better(s)
        better[id(s.pool.ground)] += found
        saved += saves
        total += float(s.flow @ s.pool.cost)
    if saved <= POOL_GAP * total:
        return pools
    return {key: pool.with_paths(better[key]) for key, pool in pools.items()}


def _better(s: Solved) -> tuple[list[Paths], float]:
    """Return paths that are cheaper under the prices than every path known, and what they would save in USD.

    Only for commodities whose cheapest way costs more under the prices: no way can
    beat a cheapest one that pays none.
    """
    pool, is_open = s.pool, s.pool.is_open(s.period)
    paid = pool.cost + prices_of_paths(pool, s.price)
    best, plain = cheapest_of(pool, is_open, paid), cheapest_of(pool, is_open, pool.cost)
    known = np.where(best >= 0, paid[best], np.inf)
    unpriced = np.where(plain >= 0, pool.cost[plain], np.inf)
    wanted = (known > unpriced + SAVES_USD_T) & (s.amount > 0)
    if not wanted.any():
        return [], 0.0
    found = cheapest_paths(pool.ground, s.period.open_links, s.period.open_transfers, s.price, wanted)
    least = np.minimum(known, pool.ground.demand.willing_usd_t)[found.commodity]
    cheaper = found.cost < least - SAVES_USD_T
    if not cheaper.any():
        return [], 0.0
    saves = float(s.amount[found.commodity[cheaper]] @ (least - found.cost)[cheaper])
    return [Paths(found.commodity, np.where(cheaper, found.cost, np.inf), found.first, found.arcs)], saves


_SOLVERS: dict[str, Callable[[Sequence[_Asked], bool], list[Solved]]] = {"cheapest": _cheapest, "capacitated": _capacitated, "logit": _logit}

