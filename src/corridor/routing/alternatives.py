"""Ways that a person would call different: each the best of those that share little with the better ones.

The first is the best way. Each further one is the best found among the ways that have
at most a share of the length of every earlier one in common with it, by a search with
one count of shared kilometres per earlier way (k shortest paths with limited overlap,
Chondrogiannis et al. 2020, doi:10.1007/s00778-020-00604-x). Ways with the same carriers,
places of change and borders are one to a forwarder, unless most of the way differs.

On dense networks of many thousand places that search can take too many labels; then
the best way by each single place is what is left.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from corridor.graph.csr import LINK
from corridor.graph.virtual import VirtualNetwork, crossings
from corridor.routing.best_routes import ValuedPath, ends_of, in_order, ordered_weights
from corridor.routing.route_query import RouteQuery
from corridor.routing.search import ALL, TooManyLabelsError, path_to, tree

FEW_LABELS = 1 << 15  # some 50 ms
SAME_PLAN_SHARE = 0.5  # assumed: what ways of one plan may have in common
Array = np.ndarray[Any, Any]


def alternatives(query: RouteQuery, k: int, share: float, detour: float) -> tuple[list[ValuedPath], bool]:
    """Return up to k ways, best first, within `detour` times the best, and whether each is surely the best left."""
    found: list[ValuedPath] = []
    ceiling, exact = math.inf, True
    while len(found) < k:
        way, surely = _next(query, found, share, ceiling)
        exact = exact and surely
        if way is None:
            break
        found.append(way)
        ceiling = detour * found[0].values[0] * (1 + 1e-12)
    return sorted(found, key=lambda way: way.values), exact


def _next(
    query: RouteQuery, found: Sequence[ValuedPath], share: float, ceiling: float
) -> tuple[ValuedPath | None, bool]:
    """Return the best way found that differs from those found, and whether it is surely the best.

    A near-copy that is passed over may have hidden others on its way; so the search is
    repeated under the stricter share, and beside it stand the best ways by single places.
    """
    rule, surely = _Different(query.graph, found, share), True
    candidates: list[ValuedPath] = []
    for limit in dict.fromkeys((share, min(share, SAME_PLAN_SHARE))):
        try:
            for way in _cheapest_first(query, rule, limit, ceiling):
                if rule.admits(way):
                    candidates.append(way)
                    break
                surely = False
        except TooManyLabelsError:
            if query.clock is not None:
                raise
            surely = False
        if surely:
            break
    if not surely and query.clock is None:
        candidates += itertools.islice(filter(rule.admits, _by_single_places(query, ceiling)), 1)
    return min(candidates, key=lambda way: way.values, default=None), surely


class _Different:
    """What ways must differ from: the ways found so far."""

    def __init__(self, graph: VirtualNetwork, found: Sequence[ValuedPath], share: float) -> None:
        self.graph, self.share = graph, share
        self.stretches = [_stretches(graph, way.arcs) for way in found]
        self.plans = [_plan(graph, way.arcs) for way in found]
        self.links = [_links(graph, way.arcs) for way in found]

    def admits(self, way: ValuedPath) -> bool:
        """Whether a way shares little enough with each of them."""
        mine, plan = _stretches(self.graph, way.arcs), _plan(self.graph, way.arcs)
        for other, its in zip(self.stretches, self.plans, strict=True):
            most = min(self.share, SAME_PLAN_SHARE) if its == plan else self.share
            shorter = min(sum(mine.values()), sum(other.values()))
            if sum(km for stretch, km in mine.items() if stretch in other) > most * shorter + 1e-9:
                return False
        return True


def _cheapest_first(query: RouteQuery, rule: _Different, share: float, ceiling: float) -> Iterator[ValuedPath]:
    """Yield the ways that no other beats in the objective and in all that they share with the ways found."""
    beside = [(_shared_km(rule.graph, km), share * sum(km.values())) for km in rule.links]
    return in_order(query, beside, ceiling, most=ALL if rule.links else 1, most_labels=FEW_LABELS)


def _by_single_places(query: RouteQuery, ceiling: float) -> Iterator[ValuedPath]:
    """Yield the best way by each state, cheapest first: where an exact search would take too long."""
    product_graph, ends = query.product_graph, ends_of(query)
    assert ends is not None
    weight, csr = ordered_weights(query, query.by), product_graph.csr
    there, arc_there = tree(csr, weight, {ends[0]: 0.0})
    turned, order = csr.reverse
    back, arc_back = tree(turned, weight[order], {ends[1]: 0.0})
    total = there + back
    last = -1.0
    for state in np.argsort(total, kind="stable").tolist():
        if not total[state] <= ceiling:
            return
        if total[state] - last < 1e-9 * (1.0 + last):
            continue  # on the way just seen
        last = float(total[state])
        arcs = path_to(csr, arc_there, state) + [int(order[a]) for a in reversed(path_to(turned, arc_back, state))]
        if len({int(csr.head[a]) for a in arcs}) == len(arcs):
            yield ValuedPath(tuple(product_graph.arcs(arcs)), (last,))


def _plan(graph: VirtualNetwork, arcs: Sequence[int]) -> tuple[tuple[str, ...], ...]:
    """Return what a forwarder would call the way: carriers, where they change, and the borders crossed."""
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
    """Return the links of a way with their km."""
    return {graph.feature[a]: graph.parts["length_km"][a] for a in arcs if graph.kind[a] == LINK}


def _stretches(graph: VirtualNetwork, arcs: Sequence[int]) -> dict[Any, float]:
    """Return links with their km, but a voyage as one: from quay to quay it is the same, whatever it passes."""
    found: dict[Any, float] = {}
    start, km = "", 0.0
    for a in arcs:
        node, carrier, _ = graph.states[graph.tail[a]]
        if graph.kind[a] != LINK:
            if km:
                found[start, node] = km
            km = 0.0
        elif carrier == "sea":
            start = start if km else node
            km += graph.parts["length_km"][a]
        else:
            found[graph.feature[a]] = graph.parts["length_km"][a]
    return found


def _shared_km(graph: VirtualNetwork, links: dict[int, float]) -> Array:
    """Return by arc the km that it shares with some links."""
    return np.array([links.get(f, 0.0) if k == LINK else 0.0 for k, f in zip(graph.kind, graph.feature, strict=True)])
