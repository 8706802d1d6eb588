"""Solution of a year: period by period under one rule, from one growing choice set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.assignment.choice_set import NOTHING, ChoiceSet, SearchContext, initial_choice_set
from corridor.assignment.least_cost import cheapest_of, least_of, prices_of_paths, solve_least_cost
from corridor.assignment.logit_shares import assign_logit
from corridor.assignment.search_graph import Paths, cheapest_paths
from corridor.errors import ConvergenceError
from corridor.graph.periods import Period, free_units, periods_of
from corridor.model.demand import Demand
from corridor.model.network import Network

ROUNDS = 400  # of searches for further paths
SHARPER = (6.0, 50.0, 400.0)  # factors on the scale: the shares approach least cost
ROUGHLY = 1e-2  # relative to a limit: the tolerance of the solutions before the last
NEGLIGIBLE = 12.0  # cost difference times scale: a share of 1 in 160 000
LARGEST_SAVING = 1e-4  # relative to all costs: the largest saving by paths outside the choice set
SAVES_USD_T = 1.0  # under the prices: the logit rule ignores paths that save less


@dataclass(frozen=True)
class PeriodResult:
    """The result of one period of a year.

    `amount` (commodities) in tonnes of the period; `flow` (paths of `choice_set`);
    `price` with `price_low`, `price_high` (resources, USD per native unit);
    `free` (resources, native units of the period, NaN: no limit known).
    `bound_usd` is None for a rule without a bound; `gap` is the relative
    distance to the bound, or the residual of the logit prices.
    """

    period: Period
    choice_set: ChoiceSet
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
        """Total payment for full resources: price times capacity, in USD."""
        limited = np.isfinite(self.free)
        return float(self.price[limited] @ self.free[limited])

    @property
    def unserved(self) -> Array:
        """Unserved demand by commodity, in tonnes."""
        served = np.bincount(self.choice_set.commodity, weights=self.flow, minlength=len(self.amount))
        tonnes: Array = np.maximum(self.amount - served, 0.0)
        return tonnes


class ChoiceSets:
    """The choice sets of one query, one for each state of lines and prices; they grow during the solution.

    `prices` by rule and months are those of the last year; the next year starts from them.

    Every query starts from the initial choice sets stored with the network. Its answer
    therefore does not depend on earlier queries.
    """

    def __init__(self, first: dict[Any, ChoiceSet]) -> None:
        self._first = first
        self._now: dict[tuple[int, ...], ChoiceSet] = {}
        self.prices: dict[tuple[str, tuple[int, ...]], Array] = {}

    def of(self, periods: Sequence[Period], demand: Demand) -> list[ChoiceSet]:
        """Return the choice set of each period."""
        keys = [physical(p.network) for p in periods]
        for key in dict.fromkeys(keys):
            if key not in self._now:
                same_state = [p for p, k in zip(periods, keys, strict=True) if k == key]
                self._now[key] = self._initial(key, same_state, demand)
        return [self._now[k] for k in keys]

    def _initial(self, key: tuple[int, ...], same_state: Sequence[Period], demand: Demand) -> ChoiceSet:
        if key in self._first:
            return self._first[key]
        states = (key, frozenset((p.open_links.tobytes(), p.open_transfers.tobytes()) for p in same_state))
        if states not in self._first:
            context_of_key = next((p.context for k, p in list(self._first.items()) if k[0] == key), None)
            context = SearchContext(same_state[0].network, demand) if context_of_key is None else context_of_key
            self._first[states] = initial_choice_set(context, same_state)
        return self._first[states]

    def keep(self, solved: Sequence[PeriodResult]) -> None:
        """Keep the choice sets of a solved year for the next one."""
        for s in solved:
            self._now[physical(s.period.network)] = s.choice_set

    def is_grown(self, network: Network) -> bool:
        """Whether a choice set for this state of the network is stored."""
        return physical(network) in self._first

    def now(self) -> dict[tuple[int, ...], ChoiceSet]:
        """Return the current choice sets by state of lines and prices."""
        return dict(self._now)


def physical(network: Network) -> tuple[int, ...]:
    """Return the key of everything that determines paths and their costs; limits do not."""
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
    choice_sets: ChoiceSets,
    *,
    limited: bool = True,
    search: bool = True,
) -> list[PeriodResult]:
    """Return the results of all periods of a year under a rule.

    `limited=False` removes all limits. Without `search` no further paths are searched,
    except where the state of the lines has no stored choice set yet.
    """
    periods = periods_of(network, year)
    problems = []
    for period, choice_set in zip(periods, choice_sets.of(periods, demand), strict=True):
        amount = demand.t_yr * demand.quarter_shares[:, period.quarter] * period.share_of_quarter
        free = free_units(period)
        problems.append(PeriodProblem(period, choice_set, amount, free if limited else np.full(len(free), np.nan)))
    is_stored = all(choice_sets.is_grown(p.network) for p in periods)
    starts = [choice_sets.prices.get((rule, p.months)) if limited else None for p in periods]
    results = _SOLVERS[rule](problems, limited and (search or not is_stored), starts)
    choice_sets.keep(results)
    if limited:
        choice_sets.prices |= {(rule, s.period.months): s.price for s in results}
    return results


@dataclass(frozen=True)
class PeriodProblem:
    """One period to be solved: tonnes by commodity, free capacity of each resource."""

    period: Period
    choice_set: ChoiceSet
    amount: Array
    free: Array


def _cheapest(problems: Sequence[PeriodProblem], _search: bool, _starts: Sequence[Array | None]) -> list[PeriodResult]:
    """Assign each commodity to its cheapest path, without limits."""
    results = []
    for x in problems:
        best = cheapest_of(x.choice_set, x.choice_set.is_open(x.period), x.choice_set.cost)
        has_path = best >= 0
        flow = np.zeros(len(x.choice_set))
        flow[best[has_path]] = x.amount[has_path]
        no_price = np.zeros(len(x.free))
        results.append(
            PeriodResult(x.period, x.choice_set, x.amount, flow, x.free, no_price, no_price, no_price, None, 0.0, 1)
        )
    return results


def _capacitated(problems: Sequence[PeriodProblem], search: bool, starts: Sequence[Array | None]) -> list[PeriodResult]:
    """Solve period by period; each starts from the prices and the choice set of the previous one."""
    results: list[PeriodResult] = []
    grown: dict[int, ChoiceSet] = {}
    price: Array | None = None
    for x, start in zip(problems, starts, strict=True):
        choice_set = grown.get(id(x.choice_set.context), x.choice_set)
        price = _sharp_price(choice_set, x, price if start is None else start)
        found = solve_least_cost(choice_set, x.period, x.amount, x.free, price, certified=search)
        grown[id(choice_set.context)] = found.choice_set
        price = found.price
        gap = (found.objective_usd - found.bound_usd) / max(found.objective_usd, 1.0)
        prices = (found.price, found.price_low, found.price_high)
        results.append(
            PeriodResult(
                x.period,
                found.choice_set,
                x.amount,
                found.flow,
                x.free,
                *prices,
                found.bound_usd,
                max(gap, 0.0),
                found.rounds,
            )
        )
    return results


def _sharp_price(choice_set: ChoiceSet, x: PeriodProblem, price: Array | None) -> Array:
    """Return prices near those of the least-cost solution, for the first columns.

    With a growing scale of choice, logit shares approach the least-cost solution. Paths
    with negligible shares are removed as the scale grows.
    """
    is_open = choice_set.passable(x.period, x.free)
    even, scale = np.zeros(len(choice_set)), choice_set.context.scale[choice_set.commodity]
    for sharper in SHARPER:
        cost = np.where(is_open, choice_set.cost, np.inf)
        price = assign_logit(choice_set, cost, even, x.amount, x.free, price, sharper, ROUGHLY).price
        paid = choice_set.cost + prices_of_paths(choice_set, price)
        least = least_of(choice_set, is_open, paid)[choice_set.commodity]
        is_open = is_open & (paid <= least + NEGLIGIBLE / (scale * sharper))
    assert price is not None
    return price


def solve_logit(problems: Sequence[PeriodProblem], search: bool, starts: Sequence[Array | None]) -> list[PeriodResult]:
    """Solve the prices of all periods and add paths that are cheaper under them, until the saving is small.

    Of periods with the same open links and transfers, the one with the largest payment
    represents all in the search.
    """
    choice_sets = {id(x.choice_set.context): x.choice_set for x in problems}
    prices: list[Array | None] = list(starts)
    for round_ in range(1, ROUNDS + 1):
        results = []
        for i, x in enumerate(problems):
            choice_set = choice_sets[id(x.choice_set.context)]
            is_open = choice_set.passable(x.period, x.free)
            cost = np.where(is_open, choice_set.cost, np.inf)
            start = prices[i] if prices[i] is not None else prices[i - 1] if i else None
            share = assign_logit(choice_set, cost, choice_set.log_size(is_open), x.amount, x.free, start)
            prices[i] = share.price
            all_prices = (share.price, share.price, share.price)
            results.append(
                PeriodResult(
                    x.period, choice_set, x.amount, share.flow, x.free, *all_prices, None, share.residual, round_
                )
            )
        if not search:
            return results
        wider = _extended(choice_sets, _highest_payment(results))
        if all(wider[key] is choice_set for key, choice_set in choice_sets.items()):
            return results
        choice_sets = wider
    raise ConvergenceError(f"paths were still getting cheaper after {ROUNDS} rounds", np.inf)


def _highest_payment(solved: Sequence[PeriodResult]) -> list[PeriodResult]:
    """Return the period with the largest payment for each set of open links and transfers."""
    found: dict[Any, PeriodResult] = {}
    for s in solved:
        key = (id(s.choice_set.context), s.period.open_links.tobytes(), s.period.open_transfers.tobytes())
        if key not in found or s.paid_usd > found[key].paid_usd:
            found[key] = s
    return list(found.values())


def _extended(choice_sets: dict[int, ChoiceSet], solved: Sequence[PeriodResult]) -> dict[int, ChoiceSet]:
    """Return the choice sets with paths that are cheaper under the prices of some periods, if the saving is large."""
    better: dict[int, list[Paths]] = {key: [] for key in choice_sets}
    saved = total = 0.0
    for s in solved:
        found, saves = _cheaper_paths(s)
        better[id(s.choice_set.context)] += found
        saved += saves
        total += float(s.flow @ s.choice_set.cost)
    if saved <= LARGEST_SAVING * total:
        return choice_sets
    return {key: choice_set.with_paths(better[key]) for key, choice_set in choice_sets.items()}


def _cheaper_paths(s: PeriodResult) -> tuple[list[Paths], float]:
    """Return paths that are cheaper under the prices than all known paths, and their saving in USD.

    Only commodities whose least cost rises under the prices are searched: a cheapest path
    that pays no price remains the cheapest.
    """
    choice_set, is_open = s.choice_set, s.choice_set.passable(s.period, s.free)
    paid = choice_set.cost + prices_of_paths(choice_set, s.price)
    known, unpriced = least_of(choice_set, is_open, paid), least_of(choice_set, is_open, choice_set.cost)
    wanted = (known > unpriced + SAVES_USD_T) & (s.amount > 0)
    if not wanted.any():
        return [], 0.0
    price = np.where(s.free < NOTHING, np.inf, s.price)
    found = cheapest_paths(choice_set.context.search_graph, s.period.open_links, s.period.open_transfers, price, wanted)
    least = np.minimum(known, choice_set.context.max_cost_usd_t)[found.commodity]
    cheaper = found.cost < least - SAVES_USD_T
    if not cheaper.any():
        return [], 0.0
    saves = float(s.amount[found.commodity[cheaper]] @ (least - found.cost)[cheaper])
    return [Paths(found.commodity, np.where(cheaper, found.cost, np.inf), found.first, found.arcs)], saves


_SOLVERS: dict[str, Callable[[Sequence[PeriodProblem], bool, Sequence[Array | None]], list[PeriodResult]]] = {
    "cheapest": _cheapest,
    "capacitated": _capacitated,
    "logit": solve_logit,
}
RULES = tuple(_SOLVERS)
