"""Ways that a person would call different: each the best of those that share little with the better ones.

The first is the best way. Each further one is the best among the ways that have at
most a share of the length of every earlier one in common with it, an exact search with
one count of shared kilometres per earlier way (k shortest paths with limited overlap,
Chondrogiannis et al. 2020, doi:10.1007/s00778-020-00604-x). Ways with the same carriers,
places of change and borders are one to a forwarder, unless most of the way differs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from corridor.engine.routing.best import Way, in_order
from corridor.engine.routing.question import Question
from corridor.engine.routing.search import ALL
from corridor.graph.kinds import LINK
from corridor.graph.virtual import VirtualNetwork, crossings

SAME_PLAN_SHARE = 0.5  # assumed: what ways of one plan may have in common
Array = np.ndarray[Any, Any]


def alternatives(question: Question, k: int, share: float, detour: float) -> list[Way]:
    """Return up to k ways, best first; each within `detour` times the best."""
    found: list[Way] = []
    ceiling = math.inf
    while len(found) < k:
        way = _next(question, found, share, ceiling)
        if way is None:
            break
        found.append(way)
        ceiling = detour * found[0].values[0] * (1 + 1e-12)
    return found


def _next(question: Question, found: Sequence[Way], share: float, ceiling: float) -> Way | None:
    graph = question.graph
    earlier = [_stretches(graph, way.arcs) for way in found]
    plans = [_plan(graph, way.arcs) for way in found]
    links = [_links(graph, way.arcs) for way in found]
    beside = [(_shared_km(graph, km), share * sum(km.values())) for km in links]
    for way in in_order(question, beside, ceiling, most=ALL if found else 1):
        mine, plan = _stretches(graph, way.arcs), _plan(graph, way.arcs)
        for other, its in zip(earlier, plans, strict=True):
            most = min(share, SAME_PLAN_SHARE) if its == plan else share
            shorter = min(sum(mine.values()), sum(other.values()))
            if sum(km for stretch, km in mine.items() if stretch in other) > most * shorter + 1e-9:
                break
        else:
            return way
    return None


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
