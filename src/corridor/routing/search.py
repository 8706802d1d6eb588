"""Arc weights under an objective, and the searches on one graph: trees, and labels of several criteria."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor import kernel
from corridor.arrays import Array
from corridor.errors import NoAnswerError
from corridor.graph.csr import TRANSFER, CsrGraph
from corridor.graph.virtual import HOURS, MONEY, VirtualNetwork, crossings, total
from corridor.kernel.structs import Criteria, Graph, Labels, TimeSlots

OBJECTIVES = ("generalised", "cost", "time", "length", "co2", "transfers", "borders")
BESIDE_TIME = "beside_time"  # generalised cost without the hours
CHARGED = ("generalised", "cost", BESIDE_TIME)
COUNTS = ("transfers", "borders")
SLACK = 1e-9  # values closer than this share of the minimum count as equal
ALL = 1 << 40
ROOM = 1 << 14  # initial number of labels
MOST_LABELS = 1 << 22  # some 500 MB
TIE = 1e-7  # weight of 1 USD/t beside a count: of equal counts the cheapest comes first


def weights(graph: VirtualNetwork, by: str) -> Array:
    """Return the weight of each arc under an objective: the one definition of generalised cost.

    generalised (USD/t) = money + value of time × hours + carbon price × kg.
    """
    key = ("weights", by)
    if key not in graph.cache:
        graph.cache[key] = _read_only(_weights(graph, by))
    stored: Array = graph.cache[key]
    return stored


def _read_only(values: Array) -> Array:
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
    usd_t_h = 0.0 if by == BESIDE_TIME else graph.cargo.value_of_time_usd_t_h
    generalised: Array = money + usd_t_h * hours + carbon * part["co2_kg_t"]
    return generalised


def weights_for(graph: VirtualNetwork, by: str, origin_country: str, destination_country: str) -> Array:
    """Return the weights with the frictions that apply between two countries.

    Forbidden arcs are closed under every objective; charges count where money counts.
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
        graph.cache[key] = _read_only(values)
    stored: Array = graph.cache[key]
    return stored


def tree(csr: CsrGraph, weight: Array, sources: Mapping[int, float], target: int = -1) -> tuple[Array, Array]:
    """Return distances and incoming arcs of all states from `sources` (state: cost to start with)."""
    mode = kernel.questions.mode_for(csr.arcs)
    module = kernel.load("shortest_path", mode)
    n = csr.states
    starts, costs = list(sources), list(sources.values())
    if mode == "python":
        distance, arc_in, heap, key, position = [0.0] * n, [0] * n, [0] * n, [0.0] * n, [0] * n
        first_out, head = csr.lists
        module.shortest_path_tree(
            first_out, head, weight.tolist(), starts, costs, target, distance, arc_in, heap, key, position
        )
        return np.array(distance), np.array(arc_in, dtype=np.int32)
    arrays = (np.empty(n), np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n), np.empty(n, np.int32))
    module.shortest_path_tree(
        csr.first_out, csr.head, weight, np.array(starts, np.int32), np.array(costs, np.float64), target, *arrays
    )
    return arrays[0], arrays[1]


def path_to(csr: CsrGraph, arc_in: Array, state: int) -> list[int]:
    """Return the arcs by which a tree reaches a state, in order."""
    arcs = []
    while (a := int(arc_in[state])) >= 0:
        arcs.append(a)
        state = int(csr.tail[a])
    return arcs[::-1]


def least_to(csr: CsrGraph, weight: Array, target: int) -> Array:
    """Return the least weight from every state to the target."""
    reverse, order = csr.reverse
    return tree(reverse, weight[order], {target: 0.0})[0]


def closed_by(weight: Array, closed: Mapping[int, str]) -> Array:
    """Return weights with some arcs closed (infinite)."""
    if not closed:
        return weight
    values = weight.copy()
    values[list(closed)] = math.inf
    return values


@dataclass(frozen=True)
class TimeWindows:
    """When arcs can be entered: slots in hours after the departure, in the order of their ends.

    `of_arc` is the time window of each arc, -1 where there is none. A slot whose end is
    its start is a departure; `extra_h` is the extra time of an arc entered in it.
    """

    of_arc: Array
    first_slot: Array
    start_h: Array
    end_h: Array
    extra_h: Array


class TooManyLabelsError(NoAnswerError):
    """The search needs more labels than allowed."""

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(f"more than {most:,} partial paths compete; use fewer objectives, or more constraints")

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
    """Return the Pareto-optimal paths under the criteria, as arcs and values, in order of the weighted sum.

    One array of weights per criterion; `order` weighs them, `limit` bounds each and `ceiling` the sum.

    Raises
    ------
    TooManyLabelsError
        If the search needs more than `most_labels` labels.
    """
    many = len(weights_of)
    bounds = [least_to(csr, w, target) for w in weights_of]
    if not all(np.isfinite(b[source]) for b in bounds):
        return []
    mode = kernel.questions.mode_for(4 * many * csr.arcs)
    module = kernel.load("labels", mode)
    always = TimeWindows(np.full(csr.arcs, -1), np.zeros(1, np.int64), *(np.zeros(0) for _ in range(3)))
    windows = time_windows or always
    limits = np.array(limit if len(limit) else [math.inf] * many, dtype=np.float64)
    slack = np.array([SLACK * (1.0 + b[source]) for b in bounds])
    graph = Graph(csr.first_out, csr.head)
    criteria = Criteria(
        np.stack(weights_of, axis=1).ravel(),
        np.stack(bounds, axis=1).ravel(),
        np.array(order, dtype=np.float64),
        limits + slack,
        slack,
    )
    slots = TimeSlots(windows.of_arc, windows.first_slot, windows.start_h, windows.end_h, windows.extra_h)
    capacity = min(ROOM, most_labels)
    while True:
        parent, arc_in, state_of, next_at, heap = np.empty((5, capacity), np.int64)
        labels = Labels(
            value=np.empty(capacity * many),
            key=np.empty(capacity),
            parent=parent,
            arc_in=arc_in,
            state_of=state_of,
            next_at=next_at,
            heap=heap,
            first_at=np.empty(csr.states, np.int64),
        )
        answers = np.empty(min(most, capacity), np.int64)
        structs: tuple[Any, ...] = (graph, criteria, slots, labels)
        if mode == "python":
            structs = tuple(type(x)(*(array.tolist() for array in x)) for x in structs)
        found = module.best_labels(*structs, answers, source, target, len(answers), ceiling, clock)
        if found >= 0:
            return [_path_of(structs[-1], int(answers[i]), many) for i in range(found)]
        if capacity >= most_labels:
            raise TooManyLabelsError(most_labels)
        capacity = min(8 * capacity, most_labels)


def _path_of(labels: Labels, label: int, criteria: int) -> tuple[list[int], tuple[float, ...]]:
    value, parent, arc_in = labels.value, labels.parent, labels.arc_in
    values = tuple(float(value[label * criteria + c]) for c in range(criteria))
    arcs: list[int] = []
    while int(arc_in[label]) >= 0:
        arcs.append(int(arc_in[label]))
        previous = int(parent[label])
        # A label that was dominated later stores its parent as -3 - parent.
        label = previous if previous >= -1 else -3 - previous
    return arcs[::-1], values
