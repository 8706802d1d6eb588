"""Reliability: ranges of the hours and money of a path, and the path with the least P90 of hours.

A draw gives every figure a factor on its recorded value, from its recorded range or
that of its basis (`model.uncertain_inputs`). With the same seed a figure has the same
factors on every path, so paths are compared draw by draw.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from corridor.arrays import Array
from corridor.graph.cost_terms import HOURS, USD, CostTerms
from corridor.graph.csr import LOAD, UNLOAD
from corridor.model.uncertain_inputs import draw, uncertain_inputs_of
from corridor.routing.best_routes import ends_of
from corridor.routing.clock import ICE, SEASON, TIMETABLE
from corridor.routing.itinerary import Ranges, Wait
from corridor.routing.route_query import RouteQuery
from corridor.routing.search import closed_by, path_to, tree, weights_for

P10, P50, P90 = 10, 50, 90
MOST_FIGURES = 4
MOST_DRAWS, MOST_OF_ALL = 100_000, 10_000  # of one path; of the whole network


@dataclass(frozen=True, eq=False)
class _SampledTerms:
    """Cost terms of arcs in one unit, and which factors (of 2 × figures + 1) each is proportional to."""

    arc: Array
    amount: Array
    figure: Array

    def by_draw(self, factors: Array, arcs: int) -> Iterable[Array]:
        """Yield, draw by draw, the amount of every arc."""
        for row in factors:
            yield np.bincount(self.arc, weights=self.amount * np.prod(row[self.figure], axis=1), minlength=arcs)


def ranges_of(query: RouteQuery, arcs: Sequence[int], waits: Sequence[Wait], draws: int, seed: int) -> Ranges:
    """Return P10, P50 and P90 of the hours and the money of a path.

    Waits for a timetable or a season are those of the recorded figures.
    """
    kinds = query.graph.kind
    in_transit = [i for i, a in enumerate(arcs) if kinds[a] not in (LOAD, UNLOAD)]
    read_off = {(w.node, w.link) for w in waits if w.why == TIMETABLE}
    fixed_h = sum(w.time_h for w in waits if w.why in (TIMETABLE, SEASON))
    rows = list(_rows(query, arcs, read_off))
    rows += [(len(arcs), HOURS, w.time_h, (f"{w.link} ice_h",)) for w in waits if w.why == ICE]
    factors, items = _sampled_terms(query, rows, draws, seed)
    hours = np.array(list(items[HOURS].by_draw(factors, len(arcs) + 1)))
    money = np.array([values.sum() for values in items[USD].by_draw(factors, len(arcs) + 1)])
    transit = hours[:, [*in_transit, len(arcs)]].sum(axis=1) + fixed_h
    door_to_door = hours.sum(axis=1) + fixed_h
    return Ranges(draws, seed, _quantiles(door_to_door), _quantiles(transit), _quantiles(money))


def _quantiles(values: Array) -> tuple[float, float, float]:
    low, middle, high = np.percentile(values, [P10, P50, P90]).tolist()
    return low, middle, high


def _rows(
    query: RouteQuery, arcs: Sequence[int], read_off: set[tuple[str, str]]
) -> Iterable[tuple[int, str, float, tuple[str, ...]]]:
    """Yield the cost terms of a path: position of the arc, unit, amount, figures."""
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


def _sampled_terms(
    query: RouteQuery, rows: Sequence[tuple[int, str, float, tuple[str, ...]]], draws: int, seed: int
) -> tuple[Array, dict[str, _SampledTerms]]:
    """Return the factors (draws × figures, their reciprocals, and one), and the cost terms by unit."""
    figures = list(dict.fromkeys(n.removeprefix("/") for *_, names in rows for n in names))
    uncertain_inputs = uncertain_inputs_of(query.network, figures)
    correlation = query.network.parameter.get("draw_correlation", 0.0)
    values = draw(uncertain_inputs, draws, seed, correlation)
    factors = np.concatenate([values, 1.0 / values, np.ones((draws, 1))], axis=1)
    position = {name: i for i, name in enumerate(figures)}
    terms = {}
    for unit in (HOURS, USD):
        rows_of_unit = [r for r in rows if r[1] == unit]
        figure = np.full((len(rows_of_unit), MOST_FIGURES), 2 * len(figures), dtype=np.int64)
        for k, (*_, names) in enumerate(rows_of_unit):
            for j, n in enumerate(names):
                figure[k, j] = position[n.removeprefix("/")] + (len(figures) if n.startswith("/") else 0)
        terms[unit] = _SampledTerms(
            np.array([r[0] for r in rows_of_unit], dtype=np.int64),
            np.array([r[2] for r in rows_of_unit], dtype=np.float64),
            figure,
        )
    return factors, terms


def most_reliable(query: RouteQuery, draws: int, seed: int) -> tuple[list[int], float] | None:
    """Return the path with the least P90 of hours, and a lower bound of the P90 of all paths.

    The candidates are the paths that are fastest in some draw. The bound is the P90 of
    the fastest time in each draw, since no path is faster than that.
    """
    ends, graph, product_graph = ends_of(query), query.graph, query.product_graph
    if ends is None:
        return None
    rows = [r for r in _rows(query, range(graph.arcs), set()) if r[1] == HOURS]
    factors, items = _sampled_terms(query, rows, draws, seed)
    weight = closed_by(weights_for(graph, "time", *query.countries), query.closed)
    forbidden = np.where(np.isinf(weight), math.inf, 0.0)
    fastest: list[float] = []
    paths: dict[tuple[int, ...], None] = {}
    for hours in items[HOURS].by_draw(factors, graph.arcs):
        distance, arc_in = tree(product_graph.csr, product_graph.spread(hours + forbidden), {ends[0]: 0.0}, ends[1])
        if math.isinf(distance[ends[1]]):
            return None
        fastest.append(distance[ends[1]])
        paths[tuple(product_graph.arcs(path_to(product_graph.csr, arc_in, ends[1])))] = None
    # A second pass over the draws, since storing the hours of every arc would take gigabytes.
    time_h = np.array(
        [[hours[list(path)].sum() for path in paths] for hours in items[HOURS].by_draw(factors, graph.arcs)]
    )
    p90_h = dict(zip(paths, np.percentile(time_h, P90, axis=0).tolist(), strict=True))
    best = min(p90_h, key=lambda path: (p90_h[path], path))
    return list(best), float(np.percentile(fastest, P90))
