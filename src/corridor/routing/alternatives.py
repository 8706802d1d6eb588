"""Alternative routes: each is the best of those that overlap little with the better ones.

The first is the best route. Each further one is the best found among the routes that
share at most a given part of their length with every earlier one. The search counts
the shared kilometres for each earlier route (k shortest paths with limited overlap,
Chondrogiannis et al. 2020, doi:10.1007/s00778-020-00604-x). Routes with the same carriers,
transfer points and borders count as the same plan, unless most of their length differs.

On dense networks of many thousand places this search can take too many labels. Then
the candidates are the best routes via each single place.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.graph.csr import LINK
from corridor.graph.virtual import VirtualNetwork, crossings
from corridor.routing.best_routes import ValuedPath, ends_of, in_order, ordered_weights
from corridor.routing.route_query import RouteQuery
from corridor.routing.search import ALL, TooManyLabelsError, path_to, tree

FEW_LABELS = 1 << 15  # some 50 ms
SAME_PLAN_SHARE = 0.5  # assumed: the most that routes of one plan may have in common


def alternatives(query: RouteQuery, k: int, share: float, detour: float) -> tuple[list[ValuedPath], bool]:
    """Return up to k paths, best first, within `detour` times the best, and whether each is proven the best left."""
    found: list[ValuedPath] = []
    ceiling, exact = math.inf, True
    while len(found) < k:
        path, proven = _next_path(query, found, share, ceiling)
        exact = exact and proven
        if path is None:
            break
        found.append(path)
        ceiling = detour * found[0].values[0] * (1 + 1e-12)
    return sorted(found, key=lambda path: path.values), exact


def _next_path(
    query: RouteQuery, found: Sequence[ValuedPath], share: float, ceiling: float
) -> tuple[ValuedPath | None, bool]:
    """Return the best path that differs from those found, and whether it is proven the best.

    A near-copy that is passed over may have dominated others. So the search is repeated
    with the stricter share, and the best paths via single places are candidates too.
    """
    rule, proven = _OverlapRule(query.graph, found, share), True
    candidates: list[ValuedPath] = []
    for share_limit in dict.fromkeys((share, min(share, SAME_PLAN_SHARE))):
        try:
            for path in _cheapest_first(query, rule, share_limit, ceiling):
                if rule.admits(path):
                    candidates.append(path)
                    break
                proven = False
        except TooManyLabelsError:
            if query.clock is not None:
                raise
            proven = False
        if proven:
            break
    if not proven and query.clock is None:
        candidates += itertools.islice(filter(rule.admits, _via_single_places(query, ceiling)), 1)
    return min(candidates, key=lambda path: path.values, default=None), proven


class _OverlapRule:
    """The overlap rule: what a further path may share with the paths found so far."""

    def __init__(self, graph: VirtualNetwork, found: Sequence[ValuedPath], share: float) -> None:
        self.graph, self.share = graph, share
        self.stretches = [_stretches(graph, path.arcs) for path in found]
        self.plans = [_plan(graph, path.arcs) for path in found]
        self.links = [_links(graph, path.arcs) for path in found]

    def admits(self, path: ValuedPath) -> bool:
        """Whether a path shares little enough with each of them."""
        stretches, plan = _stretches(self.graph, path.arcs), _plan(self.graph, path.arcs)
        for other, other_plan in zip(self.stretches, self.plans, strict=True):
            share_limit = min(self.share, SAME_PLAN_SHARE) if other_plan == plan else self.share
            shorter_km = min(sum(stretches.values()), sum(other.values()))
            if sum(km for stretch, km in stretches.items() if stretch in other) > share_limit * shorter_km + 1e-9:
                return False
        return True


def _cheapest_first(query: RouteQuery, rule: _OverlapRule, share: float, ceiling: float) -> Iterator[ValuedPath]:
    """Yield the paths that are Pareto-optimal in the objective and in the km shared with each path found."""
    overlaps = [(_shared_km(rule.graph, km), share * sum(km.values())) for km in rule.links]
    return in_order(query, overlaps, ceiling, most=ALL if rule.links else 1, most_labels=FEW_LABELS)


def _via_single_places(query: RouteQuery, ceiling: float) -> Iterator[ValuedPath]:
    """Yield the best path via each state, cheapest first: used where an exact search takes too long."""
    product_graph, ends = query.product_graph, ends_of(query)
    assert ends is not None
    weight, csr = ordered_weights(query, query.by), product_graph.csr
    cost_from, arc_from = tree(csr, weight, {ends[0]: 0.0})
    reverse, order = csr.reverse
    cost_to, arc_to = tree(reverse, weight[order], {ends[1]: 0.0})
    total = cost_from + cost_to
    last_cost = -1.0
    for state in np.argsort(total, kind="stable").tolist():
        if not total[state] <= ceiling:
            return
        if total[state] - last_cost < 1e-9 * (1.0 + last_cost):
            continue  # the path just yielded also passes this state
        last_cost = float(total[state])
        arcs = path_to(csr, arc_from, state) + [int(order[a]) for a in reversed(path_to(reverse, arc_to, state))]
        if len({int(csr.head[a]) for a in arcs}) == len(arcs):
            yield ValuedPath(tuple(product_graph.arcs(arcs)), (last_cost,))


def _plan(graph: VirtualNetwork, arcs: Sequence[int]) -> tuple[tuple[str, ...], ...]:
    """Return the plan of a path as a forwarder states it: carriers, transfer points and borders crossed."""
    crossed, ids = crossings(graph), graph.network.link_table.ids
    plan: list[tuple[str, ...]] = []
    for a in arcs:
        node, carrier, _ = graph.states[graph.tail[a]]
        if graph.kind[a] != LINK:
            plan.append((node, carrier, graph.states[graph.head[a]][1]))
        elif crossed[a]:
            plan.append((ids[graph.feature[a]],))
    return tuple(plan)


def _links(graph: VirtualNetwork, arcs: Sequence[int]) -> dict[int, float]:
    """Return the links of a path with their km."""
    return {graph.feature[a]: graph.parts["length_km"][a] for a in arcs if graph.kind[a] == LINK}


def _stretches(graph: VirtualNetwork, arcs: Sequence[int]) -> dict[Any, float]:
    """Return links with their km, each voyage as one: two voyages between the same quays are the same stretch."""
    km_of: dict[Any, float] = {}
    start, km = "", 0.0
    for a in arcs:
        node, carrier, _ = graph.states[graph.tail[a]]
        if graph.kind[a] != LINK:
            if km:
                km_of[start, node] = km
            km = 0.0
        elif carrier == "sea":
            start = start if km else node
            km += graph.parts["length_km"][a]
        else:
            km_of[graph.feature[a]] = graph.parts["length_km"][a]
    return km_of


def _shared_km(graph: VirtualNetwork, links: dict[int, float]) -> Array:
    """Return for each arc the km that it shares with the links."""
    return np.array([links.get(f, 0.0) if k == LINK else 0.0 for k, f in zip(graph.kind, graph.feature, strict=True)])
