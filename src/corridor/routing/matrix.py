"""Many pairs at once: distance tables between places, and the places within reach of one."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from corridor.arrays import Array
from corridor.errors import DataError, Fault
from corridor.model.network import Network
from corridor.model.provenance import with_provenance
from corridor.parallel import executor_faults, map_chunks
from corridor.routing.best_routes import best_path, ordered_weights
from corridor.routing.blockers import blockers
from corridor.routing.build_route import route_of
from corridor.routing.constraints import Options
from corridor.routing.differences import UNITS, value_of
from corridor.routing.distance_table import distances
from corridor.routing.route_query import RouteQuery, places_of, resolve_query
from corridor.routing.search import COUNTS, OBJECTIVES, path_to, tree, weights

if TYPE_CHECKING:
    import geopandas
    import pandas


@dataclass(frozen=True)
class Unreachable:
    """A pair without a route: the reason as a sentence, and the ids of the blockers."""

    origin: str
    destination: str
    why: str
    blocked_by: tuple[str, ...]


@with_provenance
def matrix(
    network: Network,
    origins: Sequence[str],
    destinations: Sequence[str] | None = None,
    *,
    cargo: str = "container",
    by: str = "generalised",
    year: int | None = None,
    depart: str | dt.date | None = None,
    executor: Executor | None = None,
    **constraints: Unpack[Options],
) -> pandas.DataFrame:
    """Return the values of the best routes between all pairs of places.

    Parameters
    ----------
    network, cargo, by, year, depart, **constraints
        As of `route`.
    origins, destinations
        Names, ids or coordinates. Without destinations, they are the origins.
    executor
        A `concurrent.futures.Executor` that computes rows in parallel; the answer is the same.

    Returns
    -------
    pandas.DataFrame
        Rows are ids of origins, columns of destinations, values in the unit of the
        objective (`attrs["unit"]`); 0 from a place to itself. A pair without a route
        is missing (NaN), and explained in `attrs["unreachable"]`; `attrs["snap_km"]` gives
        the distances of places from coordinates.

    Raises
    ------
    UnknownIdError, DataError
        As of `route`.

    Notes
    -----
    One tree for each origin and set of permission rules; with a day of departure one search for each pair.

    Examples
    --------
    >>> import corridor
    >>> net = corridor.load()
    >>> table = corridor.matrix(net, ["Moscow", "Astrakhan"], ["Tehran", "Mumbai"], by="time")
    >>> table.shape, table.attrs["unit"], bool((table > 0).all().all())
    ((2, 2), 'h', True)

    A pair without a route states the reason:

    >>> cut = corridor.matrix(net, ["Moscow"], ["Tehran"], avoid=["IR"])
    >>> cut.attrs["unreachable"][0].why
    'Tehran is in IR, which is avoided'
    """
    import pandas

    faults = executor_faults(executor)
    if faults:
        raise DataError(faults)
    starts = _place_list("origins", origins)
    ends = starts if destinations is None else _place_list("destinations", destinations)
    rows, columns, query = _table_query(network, starts, ends, cargo, by, year, depart, constraints)
    # one thread without an executor: several threads would compute the cached parts of a query twice
    found = map_chunks(executor or 1, _table_rows, (query, rows, columns), len(rows))
    frame = pandas.DataFrame(
        np.concatenate([f[0] for f in found]),
        index=pandas.Index(rows, name="origin"),
        columns=pandas.Index(columns, name="destination"),
    )
    snap_km = {p.text: p.snap_km for p in places_of(network, [*starts, *ends]) if p.snap_km > 0}
    frame.attrs.update(
        by=by, unit=UNITS[by], cargo=cargo, snap_km=snap_km, unreachable=[u for f in found for u in f[1]]
    )
    return frame


@with_provenance
def reach(
    network: Network,
    place: str,
    *,
    within_h: float | None = None,
    within_usd_t: float | None = None,
    cargo: str = "container",
    year: int | None = None,
    depart: str | dt.date | None = None,
    **constraints: Unpack[Options],
) -> geopandas.GeoDataFrame:
    """Return the places that can be reached from one within a limit of hours or money.

    Parameters
    ----------
    network, cargo, year, depart, **constraints
        As of `route`.
    place
        Name, id or coordinates.
    within_h, within_usd_t
        Upper limit of hours, or USD per net tonne, door to door; give one of the two.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per place (index: id), nearest first: `name`, `country`, `time_h` or `cost_usd_t`, point;
        in `attrs` the `origin` and its `snap_km`.

    Raises
    ------
    UnknownIdError, DataError
        As of `route`; also if not exactly one limit is given.

    Examples
    --------
    >>> import corridor
    >>> near = corridor.reach(corridor.load(), "Turkmenbashi", within_h=72)
    >>> "ashgabat" in near.index, bool(near.time_h.is_monotonic_increasing), bool((near.time_h <= 72).all())
    (True, True, True)
    """
    import geopandas
    from shapely.geometry import Point

    options = {"within_h": within_h, "within_usd_t": within_usd_t}
    limits = {name: value for name, value in options.items() if value is not None}
    faults = [
        Fault("option", name, repr(value), f"is {value!r}", "give a number above 0")
        for name, value in limits.items()
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf
    ]
    if len(limits) != 1:
        faults.append(
            Fault("option", "within", sorted(limits), f"is given {len(limits)} times", "give within_h or within_usd_t")
        )
    if faults:
        raise DataError(faults)
    by, column, limit = ("time", "time_h", within_h) if within_h is not None else ("cost", "cost_usd_t", within_usd_t)
    assert limit is not None
    found_place = places_of(network, [place])[0]
    start = found_place.id
    others = [n for n in network.node_table.ids if n != start]
    _, _, query = _table_query(network, [start], others, cargo, by, year, depart, constraints)
    found = list(zip(_values_from(query, start, others), others, strict=True))
    near = sorted((value, node) for value, node in found if value <= limit)
    state = query.network
    frame = geopandas.GeoDataFrame(
        {
            "name": [state.name_of(n) for _, n in near],
            "country": [state.country_of(n) for _, n in near],
            column: [value for value, _ in near],
        },
        index=[n for _, n in near],
        geometry=[Point(state.geometry[n][0]) for _, n in near],
        crs="EPSG:4326",
    )
    frame.attrs.update(
        origin=start, snap_km=found_place.snap_km, why="" if near else _why_none(query, found, limit, by)
    )
    return frame.rename_axis("id")


def _why_none(query: RouteQuery, found: Sequence[tuple[float, str]], limit: float, by: str) -> str:
    """Return the reason why no place is within reach."""
    state = query.network
    reached = [(value, node) for value, node in found if value == value]
    if reached:
        value, node = min(reached)
        message = f"no place is within {limit:g} {UNITS[by]} of {state.name_of(query.origin)}"
        return f"{message}: the nearest is {state.name_of(node)}, {value:.1f} {UNITS[by]} away"
    diagnosis = blockers(query)
    return f"no place can be reached from {state.name_of(query.origin)}: {diagnosis.why}"


def _place_list(what: str, places: Sequence[Any]) -> list[Any]:
    if not isinstance(places, Iterable):
        raise DataError(Fault("option", what, repr(places), f"is {places!r}", "give a list of places"))
    listed = [places] if isinstance(places, str) else list(places)
    if not listed:
        raise DataError(Fault(what, "", None, "are empty", "give one place or more"))
    return listed


def _table_query(
    network: Network,
    origins: Sequence[Any],
    destinations: Sequence[Any],
    cargo: str,
    by: str,
    year: int | None,
    depart: str | dt.date | None,
    options: Any,
) -> tuple[list[str], list[str], RouteQuery]:
    """Return the ids of rows and columns, and a query for all of them whose ends are replaced for each pair."""
    places = [p.id for p in places_of(network, [*origins, *destinations])]
    rows, columns = (list(dict.fromkeys(x)) for x in (places[: len(origins)], places[len(origins) :]))
    first_pair = next(((o, d) for o in rows for d in columns if o != d), None)
    if first_pair is None:
        raise DataError(Fault("destinations", "", columns, "contain only the origin", "give two places"))
    return (
        rows,
        columns,
        resolve_query(
            network, *first_pair, cargo=cargo, by=by, year=year, depart=depart, options=options, objectives=OBJECTIVES
        ),
    )


def _table_rows(shared: Any, begin: int, end: int) -> tuple[Array, list[Unreachable]]:
    """Return some rows of a table, and the pairs in them without a route."""
    query, rows, columns = shared
    values, unreachable = np.full((end - begin, len(columns)), math.nan), []
    for i, origin in enumerate(rows[begin:end]):
        values[i] = _values_from(query, origin, columns, len(rows))
        for j in np.flatnonzero(np.isnan(values[i])).tolist():
            diagnosis = blockers(query.between(origin, columns[j]))
            ids = tuple(b.id for b in diagnosis.blockers)
            unreachable.append(Unreachable(origin, columns[j], diagnosis.why, ids))
    return values, unreachable


def _values_from(query: RouteQuery, origin: str, destinations: Sequence[str], origins: int = 1) -> list[float]:
    """Return the values of the best routes from one of `origins` places; NaN: no route; 0: to itself."""
    by, values = query.by, dict[str, float]()
    if query.clock is not None:
        for node in destinations:
            if node != origin:
                pair_query = query.between(origin, node)
                arcs = best_path(pair_query)
                values[node] = math.nan if arcs is None else value_of(route_of(pair_query, arcs), by)
        return [0.0 if node == origin else values[node] for node in destinations]
    country, groups = query.network.country_of, dict[tuple[str, ...], list[str]]()
    for node in destinations:
        rules = query.graph.frictions.holding(country(origin), country(node))
        groups.setdefault(tuple(str(r["id"]) for r in rules), []).append(node)
    product_graph = query.product_graph
    source = product_graph.source(origin)
    for nodes in groups.values():
        pair_query = query.between(origin, nodes[0])
        if source is None:
            break
        weight = ordered_weights(pair_query, by)
        if by in COUNTS:
            distance, arc_in = tree(product_graph.csr, weight, {source: 0.0})
        else:
            distance = distances(product_graph.csr, weight, source, origins)
        for node in nodes:
            target = product_graph.target(node)
            if target is None or math.isinf(distance[target]):
                continue
            values[node] = float(distance[target])
            if by in COUNTS:  # the tie-break is not part of the count
                values[node] = float(
                    weights(query.graph, by)[product_graph.arcs(path_to(product_graph.csr, arc_in, target))].sum()
                )
    return [0.0 if node == origin else values.get(node, math.nan) for node in destinations]
