"""What arcs cost under an objective, and the kernels on one graph: trees, and labels of several criteria."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor import kernel
from corridor.errors import NoAnswerError
from corridor.graph.csr import TRANSFER, CsrGraph
from corridor.graph.virtual import HOURS, MONEY, VirtualNetwork, crossings, total

Array = np.ndarray[Any, Any]
OBJECTIVES = ("generalised", "cost", "time", "length", "co2", "transfers", "borders")
BESIDE_TIME = "beside_time"  # what generalised cost is without its hours
CHARGED = ("generalised", "cost", BESIDE_TIME)
COUNTS = ("transfers", "borders")
SLACK = 1e-9  # what is nearer than this share of the least is the same
ALL = 1 << 40
ROOM = 1 << 14  # labels to begin with
MOST_LABELS = 1 << 22  # some 500 MB
TIE = 1e-7  # USD/t in which a count of 1 outweighs all: among equal counts the cheapest goes first


def weights(graph: VirtualNetwork, by: str) -> Array:
    """Return what an arc costs under an objective: the one definition of generalised cost.

    generalised (USD/t) = money + value of time × hours + carbon price × kg.
    """
    key = ("weights", by)
    if key not in graph.cache:
        graph.cache[key] = _fixed(_weights(graph, by))
    made: Array = graph.cache[key]
    return made


def _fixed(values: Array) -> Array:
    values.flags.writeable = False
    return values


def _weights(graph: VirtualNetwork, by: str) -> Array:
    part = {name: np.array(values, dtype=np.float64) for name, values in graph.parts.items()}
    if by == "transfers":
        return np.array([k == TRANSFER for k in graph.kind], dtype=np.float64)
    if by == "borders":
        return crossings(graph).astype(np.float64)
    if by in ("length", "co2"):
        return part["length_km" if by == "length" else "co2_kg_t"]
    hours: Array = total(part, HOURS)
    if by == "time":
        return hours
    money: Array = total(part, MONEY)
    if by == "cost":
        return money
    carbon = graph.network.parameter.get("carbon_price_usd_kg", 0.0)
    hour = 0.0 if by == BESIDE_TIME else graph.cargo.value_of_time_usd_t_h
    made: Array = money + hour * hours + carbon * part["co2_kg_t"]
    return made


def weights_for(graph: VirtualNetwork, by: str, origin_country: str, destination_country: str) -> Array:
    """Return the weights with the frictions that hold between two countries.

    What is forbidden is closed under every objective; charges count where money does.
    """
    rules = graph.frictions.holding(origin_country, destination_country)
    key = ("weights", by, tuple(r["id"] for r in rules))
    if key not in graph.cache:
        values = weights(graph, by).copy()
        for rule in rules:
            forbids = rule["effect"] == "forbid"
            if forbids or by in CHARGED:
                for a, amount in graph.frictions.arcs_of(rule).items():
                    values[a] += amount
        graph.cache[key] = _fixed(values)
    made: Array = graph.cache[key]
    return made


def tree(csr: CsrGraph, weight: Array, sources: Mapping[int, float], target: int = -1) -> tuple[Array, Array]:
    """Return distances and incoming arcs of all states from `sources` (state: cost to start with)."""
    mode = kernel.questions.mode_for(csr.arcs)
    module = kernel.load("shortest_path", mode)
    n = csr.states
    starts, costs = list(sources), list(sources.values())
    if mode == "python":
        distance, arc_in, heap, key, place = [0.0] * n, [0] * n, [0] * n, [0.0] * n, [0] * n
        first_out, head = csr.lists
        module.shortest_path_tree(
            first_out, head, weight.tolist(), starts, costs, target, distance, arc_in, heap, key, place
        )
        return np.array(distance), np.array(arc_in, dtype=np.int32)
    out = (np.empty(n), np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n), np.empty(n, np.int32))
    module.shortest_path_tree(
        csr.first_out, csr.head, weight, np.array(starts, np.int32), np.array(costs, np.float64), target, *out
    )
    return out[0], out[1]


def path_to(csr: CsrGraph, arc_in: Array, state: int) -> list[int]:
    """Return the arcs by which a tree reaches a state, in order."""
    arcs = []
    while (a := int(arc_in[state])) >= 0:
        arcs.append(a)
        state = int(csr.tail[a])
    return arcs[::-1]


def least_to(csr: CsrGraph, weight: Array, target: int) -> Array:
    """Return the least that every state needs to the target."""
    turned, order = csr.reverse
    return tree(turned, weight[order], {target: 0.0})[0]


def closed_by(weight: Array, closed: Mapping[int, str]) -> Array:
    """Return weights with some arcs shut."""
    if not closed:
        return weight
    values = weight.copy()
    values[list(closed)] = math.inf
    return values


@dataclass(frozen=True)
class TimeWindows:
    """When arcs can be entered: slots in hours after the departure, in the order of their ends.

    `of_arc` is the gate of each arc, -1 where there is none. A slot that ends as it
    begins is a departure; `extra_h` is what passing in it takes longer.
    """

    of_arc: Array
    first_slot: Array
    start_h: Array
    end_h: Array
    extra_h: Array


class TooManyLabelsError(NoAnswerError):
    """More ways compete than can be kept in mind."""

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(f"more than {most:,} partial ways compete; ask fewer objectives, or narrow it by constraints")

    def __reduce__(self) -> tuple[type[TooManyLabelsError], tuple[int]]:
        return (TooManyLabelsError, (self.most,))


def best_labels(
    csr: CsrGraph,
    weights_of: Sequence[Array],
    source: int,
    target: int,
    *,
    order: Sequence[float],
    limit: Sequence[float] = (),
    most: int = ALL,
    ceiling: float = math.inf,
    clock: int = -1,
    time_windows: TimeWindows | None = None,
    most_labels: int = MOST_LABELS,
) -> list[tuple[list[int], tuple[float, ...]]]:
    """Return paths that no other beats under the criteria, as arcs and values, in order of the weighted sum.

    One array of weights per criterion; `order` weighs them, `limit` bounds each and `ceiling` the sum.

    Raises
    ------
    TooManyLabelsError
        If that takes more labels than there may be.
    """
    criteria = len(weights_of)
    bounds = [least_to(csr, w, target) for w in weights_of]
    if not all(np.isfinite(b[source]) for b in bounds):
        return []
    mode = kernel.questions.mode_for(4 * criteria * csr.arcs)
    module = kernel.load("labels", mode)
    nowhere = TimeWindows(np.full(csr.arcs, -1), np.zeros(1, np.int64), *(np.zeros(0) for _ in range(3)))
    given = time_windows or nowhere
    limits = np.array(limit if len(limit) else [math.inf] * criteria, dtype=np.float64)
    slack = np.array([SLACK * (1.0 + b[source]) for b in bounds])
    arrays = (
        csr.first_out,
        csr.head,
        np.stack(weights_of, axis=1).ravel(),
        np.stack(bounds, axis=1).ravel(),
        np.array(order, dtype=np.float64),
        limits + slack,
        slack,
    )
    slots = (given.of_arc, given.first_slot, given.start_h, given.end_h, given.extra_h)
    room = min(ROOM, most_labels)
    while True:
        answers_room = min(most, room)
        scratch = (np.empty(room * criteria), np.empty(room), *(np.empty(room, np.int64) for _ in range(5)))
        last = (np.empty(csr.states, np.int64), np.empty(answers_room, np.int64))
        whole = (*arrays, *slots, *scratch, *last)
        if mode == "python":
            whole = tuple(x.tolist() for x in whole)
        found = module.best_labels(*whole[:7], source, target, answers_room, ceiling, clock, *whole[7:])
        if found >= 0:
            return [_told(whole, int(whole[-1][i]), criteria) for i in range(found)]
        if room >= most_labels:
            raise TooManyLabelsError(most_labels)
        room = min(8 * room, most_labels)


def _told(whole: Sequence[Any], label: int, criteria: int) -> tuple[list[int], tuple[float, ...]]:
    value, _, parent, arc_in = whole[12:16]
    found = tuple(float(value[label * criteria + c]) for c in range(criteria))
    arcs: list[int] = []
    while int(arc_in[label]) >= 0:
        arcs.append(int(arc_in[label]))
        up = int(parent[label])
        label = up if up >= -1 else -3 - up  # a label that was beaten later carries its mark
    return arcs[::-1], found
