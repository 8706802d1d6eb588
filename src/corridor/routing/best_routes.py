"""Paths for a route query, as arcs: the best one, and the Pareto-optimal ones under several objectives."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from corridor.arrays import Array
from corridor.routing.route_query import RouteQuery
from corridor.routing.search import (
    ALL,
    BESIDE_TIME,
    COUNTS,
    MOST_LABELS,
    SLACK,
    TIE,
    TimeWindows,
    best_labels,
    least_to,
    path_to,
    tree,
)

FIRST = 4  # paths that the first search looks for
LATER = 1e-9  # weight of an hour where time is no objective: of equal paths the faster


@dataclass(frozen=True)
class ValuedPath:
    """The arcs of a path, and its value under each requested objective."""

    arcs: tuple[int, ...]
    values: tuple[float, ...]


def best_path(query: RouteQuery) -> list[int] | None:
    """Return the arcs of the best path, or None where there is none."""
    ends = ends_of(query)
    if ends is None:
        return None
    if query.clock is not None:
        first = next(in_order(query, most=1), None)
        return None if first is None else list(first.arcs)
    product_graph = query.product_graph
    distance, arc_in = tree(product_graph.csr, ordered_weights(query, query.by), {ends[0]: 0.0}, ends[1])
    return None if math.isinf(distance[ends[1]]) else product_graph.arcs(path_to(product_graph.csr, arc_in, ends[1]))


def front(query: RouteQuery, by: Sequence[str]) -> list[ValuedPath]:
    """Return the Pareto-optimal paths under the objectives, in the order of the first objective."""
    if ends_of(query) is None:
        return []
    criteria = criteria_of(query, by)
    found = best_labels(
        query.product_graph.csr,
        criteria.weights,
        *_known_ends(query),
        order=_equal_weights(query, criteria.weights),
        clock=criteria.clock,
        time_windows=criteria.time_windows,
    )
    return _pareto_optimal(
        [ValuedPath(tuple(query.product_graph.arcs(arcs)), criteria.objectives(values)) for arcs, values in found]
    )


def in_order(
    query: RouteQuery,
    beside: Sequence[tuple[Array, float]] = (),
    ceiling: float = math.inf,
    most: int = ALL,
    most_labels: int = MOST_LABELS,
) -> Iterator[ValuedPath]:
    """Yield paths, best first, that are Pareto-optimal in the objective and the additional criteria.

    `beside` gives the additional criteria: weights by arc of the virtual network, each with
    the upper limit for a path. Paths above `ceiling` in the objective are left out.
    """
    if ends_of(query) is None:
        return
    criteria, product_graph = criteria_of(query, [query.by]), query.product_graph
    extra_weights = [product_graph.spread(w) for w, _ in beside]
    limits = [*(math.inf for _ in criteria.weights), *(x for _, x in beside)]
    wanted = min(most, FIRST)
    done = 0
    while True:
        found = best_labels(
            product_graph.csr,
            [*criteria.weights, *extra_weights],
            *_known_ends(query),
            order=[*criteria.order, *(0.0 for _ in beside)],
            limit=limits,
            most=wanted,
            ceiling=ceiling,
            clock=criteria.clock,
            time_windows=criteria.time_windows,
            most_labels=most_labels,
        )
        yield from (
            ValuedPath(tuple(product_graph.arcs(arcs)), criteria.objectives(values)) for arcs, values in found[done:]
        )
        if len(found) < wanted or wanted >= most:
            return
        done, wanted = wanted, min(most, 8 * wanted)


def ends_of(query: RouteQuery) -> tuple[int, int] | None:
    """Return the source and target state of the query, or None where one is missing."""
    source, target = query.product_graph.source(query.origin), query.product_graph.target(query.destination)
    return None if source is None or target is None else (source, target)


def ordered_weights(query: RouteQuery, by: str) -> Array:
    """Return the weights of an objective; of equal counts the cheapest comes first."""
    weight: Array = query.weights(by)
    return weight + TIE * query.weights("generalised") if by in COUNTS else weight


@dataclass(frozen=True)
class Criteria:
    """The criteria that labels sum, and how the requested objectives follow from them.

    `order` weighs the criteria so that the first objective comes first. `of` gives
    for each objective its criterion (-1: hours alone) and what an hour adds to it.
    """

    weights: list[Array]
    order: list[float]
    of: tuple[tuple[int, float], ...]
    clock: int = -1
    time_windows: TimeWindows | None = None

    def objectives(self, values: Sequence[float]) -> tuple[float, ...]:
        """Return the objectives of a path from the criteria of its label."""
        hours = values[self.clock] if self.clock >= 0 else 0.0
        return tuple((values[c] if c >= 0 else 0.0) + per_hour * hours for c, per_hour in self.of)


def criteria_of(query: RouteQuery, by: Sequence[str]) -> Criteria:
    """Return the criteria for objectives, with or without a day of departure."""
    if query.clock is not None:
        return timed_criteria(query, by)
    weights = [_weights(query, b, by) for b in by]
    return Criteria(weights, [1.0], tuple((i, 0.0) for i in range(len(by))))


def _weights(query: RouteQuery, by: str, all_of: Sequence[str]) -> Array:
    """Return the weights of one of several objectives; ties are broken only where it is the single one."""
    weight: Array = ordered_weights(query, by) if len(all_of) == 1 else query.weights(by)
    return weight


def timed_criteria(query: RouteQuery, by: Sequence[str]) -> Criteria:
    """Return the criteria with a day of departure; the last one is the clock."""
    clock, product_graph = query.clock, query.product_graph
    assert clock is not None
    hour = query.graph.cargo.value_of_time_usd_t_h
    bases = {b: _weights(query, BESIDE_TIME if b == "generalised" else b, by) for b in by if b != "time"}
    position = {b: i for i, b in enumerate(bases)}
    per_hour = {"time": 1.0, "generalised": hour}
    return Criteria(
        [*bases.values(), query.weights("time") - product_graph.spread(waits_read_off(query))],
        [*(float(b == by[0]) for b in bases), max(per_hour.get(by[0], 0.0), LATER)],
        tuple((position.get(b, -1), per_hour.get(b, 0.0)) for b in by),
        len(bases),
        replace(clock.time_windows, of_arc=product_graph.spread(clock.time_windows.of_arc)),
    )


def waits_read_off(query: RouteQuery) -> Array:
    """Return by arc the expected waits that a timetable replaces."""
    assert query.clock is not None
    waits: Array = np.where(query.clock.runs_by_timetable, query.graph.parts["wait_h"], 0.0)
    return waits


def _pareto_optimal(paths: Sequence[ValuedPath]) -> list[ValuedPath]:
    """Return the Pareto-optimal paths; of equal ones the first."""
    front: list[ValuedPath] = []
    for path in sorted(paths, key=lambda w: w.values):
        if not any(all(a <= b + SLACK * (1 + b) for a, b in zip(k.values, path.values, strict=True)) for k in front):
            front.append(path)
    return front


def _known_ends(query: RouteQuery) -> tuple[int, int]:
    ends = ends_of(query)
    assert ends is not None
    return ends


def _equal_weights(query: RouteQuery, weights: Sequence[Array]) -> list[float]:
    """Return weights under which the minimum of each criterion counts the same."""
    source, target = _known_ends(query)
    least = [float(least_to(query.product_graph.csr, w, target)[source]) for w in weights]
    return [1.0 / x if 0.0 < x < math.inf else 1.0 for x in least]
