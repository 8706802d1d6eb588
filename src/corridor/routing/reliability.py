"""How sure the hours and the money of a way are, and the way that is late least: draws of all its figures.

A draw gives every figure a factor on its recorded value, from its recorded range or
that of its basis (`model.uncertain_inputs`); the same seed gives a figure the same factors
whatever way it is on, so ways are compared draw by draw.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor.graph.cost_terms import HOURS, USD, CostTerms
from corridor.graph.csr import LOAD, UNLOAD
from corridor.model.uncertain_inputs import draw, uncertain_inputs_of
from corridor.routing.best_routes import ends_of
from corridor.routing.clock import ICE, SEASON, TIMETABLE
from corridor.routing.itinerary import Ranges, Wait
from corridor.routing.route_query import RouteQuery
from corridor.routing.search import closed_by, path_to, tree, weights_for

Array = np.ndarray[Any, Any]
P10, P50, P90 = 10, 50, 90
MOST_FIGURES = 4
MOST_DRAWS, MOST_OF_ALL = 100_000, 10_000  # of one way; of the whole network


@dataclass(frozen=True, eq=False)
class _Drawn:
    """Items of arcs in one unit, and the factors of their figures by draw (draws, 2 × figures + 1)."""

    arc: Array
    amount: Array
    figure: Array

    def by_draw(self, factors: Array, arcs: int) -> Iterable[Array]:
        """Yield, draw by draw, the amount of every arc."""
        for row in factors:
            yield np.bincount(self.arc, weights=self.amount * np.prod(row[self.figure], axis=1), minlength=arcs)


def ranges_of(query: RouteQuery, arcs: Sequence[int], waits: Sequence[Wait], draws: int, seed: int) -> Ranges:
    """Return P10, P50 and P90 of the hours and the money of a way.

    What is waited for a timetable or a season is that of the recorded figures.
    """
    kinds = query.graph.kind
    within = [i for i, a in enumerate(arcs) if kinds[a] not in (LOAD, UNLOAD)]
    read_off = {(w.node, w.link) for w in waits if w.why == TIMETABLE}
    fixed_h = sum(w.time_h for w in waits if w.why in (TIMETABLE, SEASON))
    rows = list(_rows(query, arcs, read_off))
    rows += [(len(arcs), HOURS, w.time_h, (f"{w.link} ice_h",)) for w in waits if w.why == ICE]
    factors, items = _drawn(query, rows, draws, seed)
    hours = np.array(list(items[HOURS].by_draw(factors, len(arcs) + 1)))
    money = np.array([values.sum() for values in items[USD].by_draw(factors, len(arcs) + 1)])
    inside = hours[:, [*within, len(arcs)]].sum(axis=1) + fixed_h
    door_to_door = hours.sum(axis=1) + fixed_h
    return Ranges(draws, seed, _quantiles(door_to_door), _quantiles(inside), _quantiles(money))


def _quantiles(values: Array) -> tuple[float, float, float]:
    low, middle, high = np.percentile(values, [P10, P50, P90]).tolist()
    return low, middle, high


def _rows(
    query: RouteQuery, arcs: Sequence[int], read_off: set[tuple[str, str]]
) -> Iterable[tuple[int, str, float, tuple[str, ...]]]:
    """Yield the items of a way: position of the arc, unit, amount, figures."""
    graph = query.graph
    items = CostTerms(graph)
    states, links = graph.states, graph.network.link_table.ids
    for i, a in enumerate(arcs):
        timed = bool(read_off) and (states[graph.tail[a]][0], links[graph.feature[a]]) in read_off
        for unit, amount, names in items.of(a):
            if amount and not (timed and "sailings_per_week" in names[0]):
                yield i, unit, amount, names
    for rule in graph.frictions.holding(*query.countries):
        if rule["effect"] == "charge":
            charges = graph.frictions.arcs_of(rule)
            yield from ((i, USD, charges[a], (f"{rule['id']} usd_t",)) for i, a in enumerate(arcs) if a in charges)


def _drawn(
    query: RouteQuery, rows: Sequence[tuple[int, str, float, tuple[str, ...]]], draws: int, seed: int
) -> tuple[Array, dict[str, _Drawn]]:
    """Return the factors (draws, figures, their reciprocals, and one), and the items by unit."""
    plain = list(dict.fromkeys(n.removeprefix("/") for *_, names in rows for n in names))
    uncertain_inputs = uncertain_inputs_of(query.network, plain)
    together = query.network.parameter.get("draw_correlation", 0.0)
    values = draw(uncertain_inputs, draws, seed, together)
    factors = np.concatenate([values, 1.0 / values, np.ones((draws, 1))], axis=1)
    position = {name: i for i, name in enumerate(plain)}
    made = {}
    for unit in (HOURS, USD):
        mine = [r for r in rows if r[1] == unit]
        figure = np.full((len(mine), MOST_FIGURES), 2 * len(plain), dtype=np.int64)
        for k, (*_, names) in enumerate(mine):
            for j, n in enumerate(names):
                figure[k, j] = position[n.removeprefix("/")] + (len(plain) if n.startswith("/") else 0)
        made[unit] = _Drawn(
            np.array([r[0] for r in mine], dtype=np.int64), np.array([r[2] for r in mine], dtype=np.float64), figure
        )
    return factors, made


def most_reliable(query: RouteQuery, draws: int, seed: int) -> tuple[list[int], float] | None:
    """Return the way whose hours are least in nine draws of ten, and what no way can be below.

    The ways looked at are those that are fastest in some draw. No way's P90 is below
    the P90 of the fastest way of each draw, since it is never faster than that.
    """
    ends, graph, product_graph = ends_of(query), query.graph, query.product_graph
    if ends is None:
        return None
    rows = [r for r in _rows(query, range(graph.arcs), set()) if r[1] == HOURS]
    factors, items = _drawn(query, rows, draws, seed)
    allowed = closed_by(weights_for(graph, "time", *query.countries), query.closed)
    forbidden = np.where(np.isinf(allowed), math.inf, 0.0)
    fastest: list[float] = []
    ways: dict[tuple[int, ...], None] = {}
    for hours in items[HOURS].by_draw(factors, graph.arcs):
        distance, arc_in = tree(product_graph.csr, product_graph.spread(hours + forbidden), {ends[0]: 0.0}, ends[1])
        if math.isinf(distance[ends[1]]):
            return None
        fastest.append(distance[ends[1]])
        ways[tuple(product_graph.arcs(path_to(product_graph.csr, arc_in, ends[1])))] = None
    # A second pass over the draws, since keeping the hours of every arc would take gigabytes.
    drawn = np.array([[hours[list(way)].sum() for way in ways] for hours in items[HOURS].by_draw(factors, graph.arcs)])
    late = dict(zip(ways, np.percentile(drawn, P90, axis=0).tolist(), strict=True))
    best = min(late, key=lambda way: (late[way], way))
    return list(best), float(np.percentile(fastest, P90))
