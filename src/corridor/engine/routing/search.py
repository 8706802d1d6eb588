"""Shortest paths on a virtual network, by the kernels, for one pair of ends."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from corridor import kernel
from corridor.graph.virtual import VirtualNetwork

OBJECTIVES = ("generalised", "cost", "time", "length", "co2")


def weights(graph: VirtualNetwork, by: str) -> list[float]:
    """Return what an arc costs under an objective: the one definition of generalised cost.

    generalised (USD/t) = money + value of time × hours + carbon price × kg.
    """
    key = ("weights", by)
    if key not in graph.cache:
        graph.cache[key] = _weights(graph, by)
    made: list[float] = graph.cache[key]
    return made


def _weights(graph: VirtualNetwork, by: str) -> list[float]:
    p = graph.parts
    if by == "length":
        return list(p["length_km"])
    if by == "co2":
        return list(p["co2_kg_t"])
    hours = [sum(t) for t in zip(p["run_h"], p["wait_h"], p["border_h"], p["handling_h"], strict=True)]
    if by == "time":
        return hours
    money = [sum(t) for t in zip(p["run_usd_t"], p["border_usd_t"], p["handling_usd_t"], strict=True)]
    if by == "cost":
        return money
    hour, carbon = graph.cargo.value_of_time_usd_t_h, graph.network.parameter.get("carbon_price_usd_kg", 0.0)
    return [m + hour * h + carbon * k for m, h, k in zip(money, hours, p["co2_kg_t"], strict=True)]


def weights_for(graph: VirtualNetwork, by: str, origin_country: str, destination_country: str) -> list[float]:
    """Return the weights with the frictions that hold between two countries.

    What is forbidden is closed under every objective; charges count where money does.
    """
    rules = graph.frictions.holding(origin_country, destination_country)
    key = ("weights", by, tuple(r["id"] for r in rules))
    if key not in graph.cache:
        values = list(weights(graph, by))
        for rule in rules:
            forbids = rule["effect"] == "forbid"
            if forbids or by in ("generalised", "cost"):
                for a, amount in graph.frictions.arcs_of(rule).items():
                    values[a] += amount
        graph.cache[key] = values
    made: list[float] = graph.cache[key]
    return made


def shortest_path(
    graph: VirtualNetwork, weight: Sequence[float], origin: str, destination: str, via: Sequence[str] = ()
) -> list[int] | None:
    """Return the arcs of a shortest path between two nodes, by others in their order, or None.

    Goes place by place, carrying the cost of every state at the place passed.
    """
    start, end = graph.out_door(origin), graph.in_door(destination)
    if start is None or end is None:
        return None
    sources, layers = {start: 0.0}, []
    for node in via:
        distance, arc_in = tree(graph, weight, sources)
        layers.append(arc_in)
        at = (i for i, s in enumerate(graph.states) if s[0] == node and s[1] not in ("out", "in"))
        sources = {s: float(distance[s]) for s in at if not math.isinf(distance[s])}
        if not sources:
            return None
    distance, arc_in = tree(graph, weight, sources, end)
    if math.isinf(distance[end]):
        return None
    arcs, state = [], end
    for layer in [arc_in, *reversed(layers)]:
        while (a := int(layer[state])) >= 0:
            arcs.append(a)
            state = graph.tail[a]
    return arcs[::-1]


def tree(
    graph: VirtualNetwork, weight: Sequence[float], sources: Mapping[int, float], target: int = -1
) -> tuple[Any, Any]:
    """Return distances and incoming arcs of all states from `sources` (state: cost to start with)."""
    mode = kernel.mode_for(graph.arcs)
    module = kernel.load("shortest_path", mode)
    n = len(graph.states)
    starts, costs = list(sources), list(sources.values())
    if mode == "python":
        distance, arc_in, heap, place = [0.0] * n, [0] * n, [0] * n, [0] * n
        module.shortest_path_tree(
            graph.first_out, graph.head, weight, starts, costs, target, distance, arc_in, heap, place
        )
        return distance, arc_in
    import numpy as np

    arrays = [
        np.asarray(graph.first_out, np.int64),
        np.asarray(graph.head, np.int64),
        np.asarray(weight, np.float64),
        np.asarray(starts, np.int64),
        np.asarray(costs, np.float64),
    ]
    out = [np.empty(n, np.float64), np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)]
    module.shortest_path_tree(*arrays, target, *out)
    return out[0], out[1]
