"""The ways of a question as arcs: the best one, and those that no other beats under several objectives."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corridor.routing.route_query import Question
from corridor.routing.search import (
    ALL,
    BESIDE_TIME,
    COUNTS,
    MOST_LABELS,
    SLACK,
    TIE,
    Gates,
    best_labels,
    least_to,
    path_to,
    tree,
)

Array = np.ndarray[Any, Any]
FIRST = 4  # ways that are looked for at once
LATER = 1e-9  # what an hour weighs where none is asked for: of equal ways the faster


@dataclass(frozen=True)
class Way:
    """The arcs of a way, and what it is under the objectives that were asked."""

    arcs: tuple[int, ...]
    values: tuple[float, ...]


def best_path(question: Question) -> list[int] | None:
    """Return the arcs of the best way, or None where there is none."""
    ends = ends_of(question)
    if ends is None:
        return None
    if question.clock is not None:
        first = next(in_order(question, most=1), None)
        return None if first is None else list(first.arcs)
    layers = question.layers
    distance, arc_in = tree(layers.star, ordered_weights(question, question.by), {ends[0]: 0.0}, ends[1])
    return None if math.isinf(distance[ends[1]]) else layers.arcs(path_to(layers.star, arc_in, ends[1]))


def front(question: Question, by: Sequence[str]) -> list[Way]:
    """Return the ways that no other beats under the objectives, in the order of the first of them."""
    if ends_of(question) is None:
        return []
    criteria = criteria_of(question, by)
    found = best_labels(
        question.layers.star,
        criteria.weights,
        *_known_ends(question),
        order=_even(question, criteria.weights),
        clock=criteria.clock,
        gates=criteria.gates,
    )
    return _unbeaten([Way(tuple(question.layers.arcs(arcs)), criteria.asked(values)) for arcs, values in found])


def in_order(
    question: Question,
    beside: Sequence[tuple[Array, float]] = (),
    ceiling: float = math.inf,
    most: int = ALL,
    most_labels: int = MOST_LABELS,
) -> Iterator[Way]:
    """Yield ways from the best on; none that another beats both in the objective and in all that counts beside it.

    `beside` are weights by arc of the virtual network, each with the most that a way
    may come to; ways above `ceiling` in the objective are left out.
    """
    if ends_of(question) is None:
        return
    criteria, layers = criteria_of(question, [question.by]), question.layers
    more = [layers.spread(w) for w, _ in beside]
    limit = [*(math.inf for _ in criteria.weights), *(x for _, x in beside)]
    asked = min(most, FIRST)
    done = 0
    while True:
        found = best_labels(
            layers.star,
            [*criteria.weights, *more],
            *_known_ends(question),
            order=[*criteria.order, *(0.0 for _ in beside)],
            limit=limit,
            most=asked,
            ceiling=ceiling,
            clock=criteria.clock,
            gates=criteria.gates,
            most_labels=most_labels,
        )
        yield from (Way(tuple(layers.arcs(arcs)), criteria.asked(values)) for arcs, values in found[done:])
        if len(found) < asked or asked >= most:
            return
        done, asked = asked, min(most, 8 * asked)


def ends_of(question: Question) -> tuple[int, int] | None:
    """Return the states between which the ways run, if there are any."""
    source, target = question.layers.source(question.origin), question.layers.target(question.destination)
    return None if source is None or target is None else (source, target)


def ordered_weights(question: Question, by: str) -> Array:
    """Return the weights of an objective; among equal counts the cheapest goes first."""
    weight: Array = question.weights(by)
    return weight + TIE * question.weights("generalised") if by in COUNTS else weight


@dataclass(frozen=True)
class Criteria:
    """What labels add up for objectives, and how what was asked follows from it.

    `order` weighs the criteria so that the first objective comes first. `of` gives
    for each objective its criterion (-1: hours alone) and what an hour adds to it.
    """

    weights: list[Array]
    order: list[float]
    of: tuple[tuple[int, float], ...]
    clock: int = -1
    gates: Gates | None = None

    def asked(self, values: Sequence[float]) -> tuple[float, ...]:
        """Return the objectives of a way from the criteria of its label."""
        hours = values[self.clock] if self.clock >= 0 else 0.0
        return tuple((values[c] if c >= 0 else 0.0) + per_hour * hours for c, per_hour in self.of)


def criteria_of(question: Question, by: Sequence[str]) -> Criteria:
    """Return what labels add up for objectives, with or without a day of departure."""
    if question.clock is not None:
        return timed_criteria(question, by)
    given = [_weights(question, b, by) for b in by]
    return Criteria(given, [1.0], tuple((i, 0.0) for i in range(len(by))))


def _weights(question: Question, by: str, all_of: Sequence[str]) -> Array:
    """Return the weights of one of several objectives; a tie is broken only where there is nothing beside it."""
    made: Array = ordered_weights(question, by) if len(all_of) == 1 else question.weights(by)
    return made


def timed_criteria(question: Question, by: Sequence[str]) -> Criteria:
    """Return criteria of which the last is the clock."""
    clock, layers = question.clock, question.layers
    assert clock is not None
    hour = question.graph.cargo.value_of_time_usd_t_h
    bases = {b: _weights(question, BESIDE_TIME if b == "generalised" else b, by) for b in by if b != "time"}
    position = {b: i for i, b in enumerate(bases)}
    per_hour = {"time": 1.0, "generalised": hour}
    return Criteria(
        [*bases.values(), question.weights("time") - layers.spread(waits_read_off(question))],
        [*(float(b == by[0]) for b in bases), max(per_hour.get(by[0], 0.0), LATER)],
        tuple((position.get(b, -1), per_hour.get(b, 0.0)) for b in by),
        len(bases),
        replace(clock.gates, of_arc=layers.spread(clock.gates.of_arc)),
    )


def waits_read_off(question: Question) -> Array:
    """Return the expected waits that a timetable takes the place of, by arc."""
    assert question.clock is not None
    waits: Array = np.where(question.clock.runs_by_timetable, question.graph.parts["wait_h"], 0.0)
    return waits


def _unbeaten(ways: Sequence[Way]) -> list[Way]:
    """Return the ways that no other is at least as good as in everything; of equal ones the first."""
    kept: list[Way] = []
    for way in sorted(ways, key=lambda w: w.values):
        if not any(all(a <= b + SLACK * (1 + b) for a, b in zip(k.values, way.values, strict=True)) for k in kept):
            kept.append(way)
    return kept


def _known_ends(question: Question) -> tuple[int, int]:
    ends = ends_of(question)
    assert ends is not None
    return ends


def _even(question: Question, given: Sequence[Array]) -> list[float]:
    """Return weights of the criteria under which the least of each counts the same."""
    source, target = _known_ends(question)
    least = [float(least_to(question.layers.star, w, target)[source]) for w in given]
    return [1.0 / x if 0.0 < x < math.inf else 1.0 for x in least]
