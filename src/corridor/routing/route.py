"""The best route for one cargo."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

from corridor.errors import DataError, Fault
from corridor.model.network import Network
from corridor.model.provenance import with_provenance
from corridor.routing.best_routes import best_path
from corridor.routing.blockers import no_route
from corridor.routing.build_route import route_of
from corridor.routing.constraints import Options
from corridor.routing.itinerary import Route
from corridor.routing.reliability import MOST_DRAWS, MOST_OF_ALL, most_reliable, ranges_of
from corridor.routing.route_query import RouteQuery, resolve_query
from corridor.routing.search import OBJECTIVES

RELIABLE, DRAWS = "p90_time", 1000


@with_provenance
def route(
    network: Network,
    origin: str,
    destination: str,
    *,
    cargo: str = "container",
    by: str = "generalised",
    year: int | None = None,
    depart: str | dt.date | None = None,
    draws: int = 0,
    seed: int = 1,
    **constraints: Unpack[Options],
) -> Route:
    """Return the best route between two places.

    Parameters
    ----------
    network
        The network.
    origin, destination
        Names or ids of places; case, accents and alphabet do not matter. Or
        coordinates, latitude first ("46.35,48.03"): the nearest place within 50 km.
    cargo
        Id of a cargo of the catalogue.
    by
        The objective to minimise: `generalised` (money + value of time × hours, USD/t),
        `cost` (USD/t), `time` (h), `length` (km), `co2` (kg/t), or the number of
        `transfers` or `borders` (of equal ones the cheapest by generalised cost); or
        `p90_time`: the hours that nine draws of ten do not exceed.
    year
        Year of the network, by default the base year; without seasons, as in summer.
    depart
        Day of departure, or time (UTC). It sets the year; seasons, ice and timetables
        apply, and the waits for them are shown.
    draws, seed
        How many times all figures of the route are drawn from their ranges, for P10, P50
        and P90 of hours and money (`ranges`). The same seed gives the same draws.
    **constraints
        `avoid`, `only`, `modes`, `via` and others: see `corridor.Options`.

    Returns
    -------
    Route
        Legs, transfers, borders, waits, loading and unloading, whose hours and
        costs sum to the totals.

    Raises
    ------
    UnknownIdError
        If a name matches no place or several.
    DataError
        If an option is wrong, or origin and destination are one place.
    NoRouteError
        If no route connects the two; states what blocks it.

    Notes
    -----
    Dijkstra on the virtual network of n states and m arcs, O((n + m) log n); with a
    day of departure, labels of money and time, exact because waiting is allowed.

    Examples
    --------
    >>> import corridor
    >>> net = corridor.load()
    >>> found = corridor.route(net, "Chelyabinsk", "Bandar Abbas", cargo="grain", modes=["rail"])
    >>> [(leg.mode, leg.gauge_mm) for leg in found.legs]
    [('rail', 1520), ('rail', 1435)]

    Without the yards between the gauges there is no route by rail:

    >>> corridor.route(net, "Chelyabinsk", "Bandar Abbas", modes=["rail"],
    ...     avoid=["sarakhs-yard", "incheh_borun-yard"])
    Traceback (most recent call last):
    ...
    corridor.errors.NoRouteError: no route from Chelyabinsk to Bandar Abbas...
    """
    query = resolve_query(
        network,
        origin,
        destination,
        cargo=cargo,
        by=by,
        year=year,
        depart=depart,
        options=constraints,
        objectives=(*OBJECTIVES, RELIABLE),
    )
    _check(query, draws, seed)
    if by == RELIABLE:
        return _most_reliable(query, draws or DRAWS, seed)
    arcs = best_path(query)
    if arcs is None:
        raise no_route(query)
    return with_ranges(query, arcs, draws, seed)


def with_ranges(query: RouteQuery, arcs: Sequence[int], draws: int, seed: int) -> Route:
    """Return the route of a path; with draws, also the ranges of its hours and money."""
    found = route_of(query, arcs)
    return replace(found, ranges=ranges_of(query, arcs, found.waits, draws, seed)) if draws else found


def _most_reliable(query: RouteQuery, draws: int, seed: int) -> Route:
    best = most_reliable(query, draws, seed)
    if best is None:
        raise no_route(replace(query, by="time"))
    arcs, bound = best
    found = with_ranges(query, arcs, draws, seed)
    assert found.ranges is not None
    return replace(found, ranges=replace(found.ranges, p90_bound_h=bound))


def _check(query: RouteQuery, draws: int, seed: int) -> None:
    faults = []
    most_draws = MOST_OF_ALL if query.by == RELIABLE else MOST_DRAWS
    for name, value, most in (("draws", draws, most_draws), ("seed", seed, 2**63)):
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            fix = f"give a whole number from 0 to {most}"
            faults.append(Fault("option", name, repr(value), f"is {value!r}", fix))
    if query.by == RELIABLE and query.clock is not None:
        message = f"cannot be combined with by {RELIABLE}"
        faults.append(Fault("option", "depart", str(query.clock.departure), message, "omit depart"))
    if faults:
        raise DataError(faults)
