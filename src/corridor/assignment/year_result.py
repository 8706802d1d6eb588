"""Solution of a year: period by period under one rule, from one growing choice set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.assignment.choice_set import NOTHING, ChoiceSet, initial_choice_set
from corridor.assignment.least_cost import cheapest_of, least_of, prices_of_paths, solve_least_cost
from corridor.assignment.logit_shares import assign_logit
from corridor.assignment.period_problem import PeriodProblem, PeriodResult, period_problem
from corridor.assignment.search_context import SearchContext
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


class ChoiceSets:
    """The choice sets of one query, one for each state of lines and prices; they grow during the solution.

    Every query starts from the initial choice sets cached with the network. Its answer
    therefore does not depend on earlier queries.
    """

    def __init__(self, first: dict[Any, ChoiceSet]) -> None:
        self._first = first

    def of(self, periods: Sequence[Period], demand: Demand) -> list[ChoiceSet]:
        """Return the choice set of each period."""
        keys = [physical(p.network) for p in periods]
        found = {}
        for key in dict.fromkeys(keys):
            found[key] = self._initial(key, [p for p, k in zip(periods, keys, strict=True) if k == key], demand)
        return [found[k] for k in keys]

    def _initial(self, key: tuple[int, ...], same_state: Sequence[Period], demand: Demand) -> ChoiceSet:
        states = (key, frozenset((p.open_links.tobytes(), p.open_transfers.tobytes()) for p in same_state))
        if states not in self._first:
            context_of_key = next((p.context for k, p in list(self._first.items()) if k[0] == key), None)
            context = SearchContext(same_state[0].network, demand) if context_of_key is None else context_of_key
            self._first[states] = initial_choice_set(context, same_state)
        return self._first[states]


def choice_sets_of(network: Network, demand: Demand) -> ChoiceSets:
    """Return the choice sets for one query about a demand; their initial state is cached with the network."""
    ends = (demand.origins, demand.destinations, demand.cargoes)
    return ChoiceSets(network.cache.setdefault(("choice sets", *ends, demand.max_cost_usd_t.tobytes()), {}))


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


def solve_year(network: Network, demand: Demand, year: int, rule: str, choice_sets: ChoiceSets) -> list[PeriodResult]:
    """Return the results of all periods of a year under a rule; paths are added while they save anything."""
    periods = periods_of(network, year)
    problems = []
    for period, choice_set in zip(periods, choice_sets.of(periods, demand), strict=True):
        amount = demand.t_yr * demand.quarter_shares[:, period.quarter] * period.share_of_quarter
        problems.append(period_problem(period, choice_set, amount, free_units(period)))
    return solve(problems, rule, search=True)


def solve(problems: Sequence[PeriodProblem], rule: str, *, search: bool = False) -> list[PeriodResult]:
    """Return the results of consecutive periods under a rule; without `search` on the paths that they have."""
    return _SOLVERS[rule](problems, search)


def _cheapest(problems: Sequence[PeriodProblem], _search: bool) -> list[PeriodResult]:
    """Assign each commodity to its cheapest path, without limits."""
    results = []
    for x in problems:
        best = cheapest_of(x.choice_set, x.choice_set.is_open(x.period), x.cost)
        has_path = best >= 0
        flow = np.zeros(len(x.choice_set))
        flow[best[has_path]] = x.amount[has_path]
        no_price = np.zeros(len(x.free))
        results.append(PeriodResult(x, flow, no_price, no_price, no_price, None, 0.0, 1))
    return results


def _capacitated(problems: Sequence[PeriodProblem], search: bool) -> list[PeriodResult]:
    """Solve period by period; each starts from the prices and the choice set of the previous one."""
    results: list[PeriodResult] = []
    grown: dict[int, ChoiceSet] = {}
    price: Array | None = None
    for problem in problems:
        x = problem
        if search:
            x = period_problem(x.period, grown.get(id(x.choice_set.context), x.choice_set), x.amount, x.free)
        price = _sharp_price(x, price)
        found = solve_least_cost(x, price, certified=search)
        grown[id(x.choice_set.context)] = found.problem.choice_set
        price = found.price
        gap = (found.objective_usd - found.bound_usd) / max(found.objective_usd, 1.0)
        prices = (found.price, found.price_low, found.price_high)
        results.append(PeriodResult(found.problem, found.flow, *prices, found.bound_usd, max(gap, 0.0), found.rounds))
    return results


def _sharp_price(x: PeriodProblem, price: Array | None) -> Array:
    """Return prices near those of the least-cost solution, for the first columns.

    With a growing scale of choice, logit shares approach the least-cost solution. Paths
    with negligible shares are removed as the scale grows.
    """
    even = np.zeros(len(x.choice_set))
    for sharper in SHARPER:
        price = assign_logit(x, price, sharper=sharper, log_size=even, tolerance=ROUGHLY).price
        paid = x.cost + prices_of_paths(x.choice_set, price)
        least = least_of(x.choice_set, x.is_open, paid)[x.choice_set.commodity]
        near = x.is_open & (paid <= least + NEGLIGIBLE / (x.scale[x.choice_set.commodity] * sharper))
        x = replace(x, is_open=near)
    assert price is not None
    return price


def _logit(problems: Sequence[PeriodProblem], search: bool) -> list[PeriodResult]:
    """Solve the prices of all periods and add paths that are cheaper under them, until the saving is small.

    Of periods with the same open links and transfers, the one with the largest payment
    represents all in the search.
    """
    prices: list[Array | None] = [None] * len(problems)
    for round_ in range(1, ROUNDS + 1):
        results = []
        for i, x in enumerate(problems):
            start = prices[i] if prices[i] is not None else prices[i - 1] if i else None
            share = assign_logit(x, start)
            prices[i] = share.price
            same_prices = (share.price, share.price, share.price)
            results.append(PeriodResult(x, share.flow, *same_prices, None, share.residual, round_))
        if not search:
            return results
        choice_sets = {id(x.choice_set.context): x.choice_set for x in problems}
        wider = _extended(choice_sets, _highest_payment(results))
        if all(wider[key] is choice_set for key, choice_set in choice_sets.items()):
            return results
        problems = [period_problem(x.period, wider[id(x.choice_set.context)], x.amount, x.free) for x in problems]
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
        total += float(s.flow @ s.problem.cost)
    if saved <= LARGEST_SAVING * total:
        return choice_sets
    return {key: choice_set.with_paths(better[key]) for key, choice_set in choice_sets.items()}


def _cheaper_paths(s: PeriodResult) -> tuple[list[Paths], float]:
    """Return paths that are cheaper under the prices than all known paths, and their saving in USD.

    Only commodities whose least cost rises under the prices are searched: a cheapest path
    that pays no price remains the cheapest.
    """
    x, choice_set = s.problem, s.choice_set
    paid = x.cost + prices_of_paths(choice_set, s.price)
    known, unpriced = least_of(choice_set, x.is_open, paid), least_of(choice_set, x.is_open, x.cost)
    wanted = (known > unpriced + SAVES_USD_T) & (x.amount > 0)
    if not wanted.any():
        return [], 0.0
    price = np.where(s.free < NOTHING, np.inf, s.price)
    found = cheapest_paths(choice_set.context.search_graph, s.period.open_links, s.period.open_transfers, price, wanted)
    least = np.minimum(known, x.max_cost)[found.commodity]
    cheaper = found.cost < least - SAVES_USD_T
    if not cheaper.any():
        return [], 0.0
    saves = float(x.amount[found.commodity[cheaper]] @ (least - found.cost)[cheaper])
    return [Paths(found.commodity, np.where(cheaper, found.cost, np.inf), found.first, found.arcs)], saves


_SOLVERS: dict[str, Callable[[Sequence[PeriodProblem], bool], list[PeriodResult]]] = {
    "cheapest": _cheapest,
    "capacitated": _capacitated,
    "logit": _logit,
}
RULES = tuple(_SOLVERS)
