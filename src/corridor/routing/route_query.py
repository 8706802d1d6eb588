"""Route queries, resolved to ids and states before the search."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from corridor.errors import DataError, Fault
from corridor.graph.virtual import VirtualNetwork, virtual_network
from corridor.model.arguments import coerce_arguments
from corridor.model.checks import is_number
from corridor.model.header import YEARS
from corridor.model.network import Network
from corridor.routing.clock import Clock, clock_of
from corridor.routing.constraints import Constraints, choice_fault, closed_arcs, constraints_of
from corridor.routing.product_graph import ProductGraph, product_graph_of
from corridor.routing.search import OBJECTIVES, closed_by, weights_for
from corridor.units import great_circle_km

SNAP_KM = 50.0  # the greatest distance of a place from given coordinates
COORDINATES = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*")


@dataclass(frozen=True)
class Place:
    """A place of the network, and its distance from the requested position."""

    id: str
    text: str
    snap_km: float = 0.0


@dataclass(frozen=True)
class RouteQuery:
    """A route query in ids; `graph` is the network in the requested year.

    `by` is the objective to minimise. With a day of departure, `clock` gives the time windows.
    """

    graph: VirtualNetwork
    start: Place
    end: Place
    by: str
    constraints: Constraints
    via: tuple[str, ...]
    year: int
    clock: Clock | None = None

    @property
    def network(self) -> Network:
        """The network of the query."""
        return self.graph.network

    @property
    def origin(self) -> str:
        """Id of the origin."""
        return self.start.id

    @property
    def destination(self) -> str:
        """Id of the destination."""
        return self.end.id

    @property
    def countries(self) -> tuple[str, str]:
        """The countries of origin and destination."""
        return self.network.country_of(self.origin), self.network.country_of(self.destination)

    @cached_property
    def closed(self) -> Mapping[int, str]:
        """The arcs that the constraints close, with the reason."""
        return closed_arcs(self.graph, self.constraints)

    @cached_property
    def product_graph(self) -> ProductGraph:
        """The network in as many layers as the constraints on the whole route need."""
        return product_graph_of(self.graph, self.constraints, self.via)

    def weights(self, by: str) -> Any:
        """Return the weight of each arc of the layers under an objective; closed arcs are infinite."""
        return self.product_graph.spread(closed_by(weights_for(self.graph, by, *self.countries), self.closed))

    def with_closed(self, arcs: Sequence[int]) -> RouteQuery:
        """Return the same query with further arcs closed."""
        query = replace(self)
        query.__dict__["closed"] = {**self.closed, **dict.fromkeys(arcs, "closed")}
        return query

    def between(self, origin: str, destination: str) -> RouteQuery:
        """Return the same query for other ends, by id."""
        return replace(self, start=Place(origin, origin), end=Place(destination, destination))


def resolve_query(
    network: Network,
    origin: Any,
    destination: Any,
    *,
    cargo: str,
    by: str,
    year: int | None,
    depart: str | dt.date | None,
    options: Mapping[str, Any],
    objectives: Sequence[str] = OBJECTIVES,
) -> RouteQuery:
    """Return the query: names resolved, options checked, network expanded; all option errors are raised at once."""
    faults: list[Fault] = []
    if by not in objectives:
        faults.append(choice_fault("by", by, objectives))
    constraints = constraints_of(options, faults)
    query_year, departure = when_of(network, year, depart, faults)
    if faults:
        raise DataError(faults)
    month = None if departure is None else departure.month
    state = network.in_year(query_year, month)
    start, end, *via = places_of(state, [origin, destination, *constraints.via])
    if start.id == end.id:
        message = f"is the origin too: {state.name_of(end.id)}"
        raise DataError(Fault("destination", "", end.text, message, "give two places"))
    ids = tuple(v.id for v in via)
    if departure is None:
        graph = virtual_network(state, state.cargo(cargo), query_year, None)
        return RouteQuery(graph, start, end, by, constraints, ids, query_year)
    if query_year >= network.base_year:  # the journey may end in a later year
        network = network.with_events()
    graph, clock = clock_of(network, state.cargo(cargo), departure)
    return RouteQuery(graph, start, end, by, constraints, ids, query_year, clock)


def places_of(network: Network, names: Sequence[Any]) -> list[Place]:
    """Return the places of names, ids or coordinates (latitude, longitude); all errors are raised at once."""
    positions = [_position(n) for n in names]
    network.names.resolve_all([n for n, p in zip(names, positions, strict=True) if p is None])
    return [
        Place(network.names.resolve(n), n) if p is None else nearest_place(network, *p)
        for n, p in zip(names, positions, strict=True)
    ]


def _position(name: Any) -> tuple[float, float] | None:
    if isinstance(name, str):
        match = COORDINATES.fullmatch(name)
        return None if match is None else (float(match[1]), float(match[2]))
    is_pair = isinstance(name, tuple | list) and len(name) == 2
    if is_pair and all(is_number(x) or (isinstance(x, float) and x != x) for x in name):
        return float(name[0]), float(name[1])
    return None


@coerce_arguments
def nearest_place(network: Network, latitude: float, longitude: float, within_km: float = SNAP_KM) -> Place:
    """Return the place of the network nearest to a position, and its distance over the sphere.

    Parameters
    ----------
    network
        The network.
    latitude, longitude
        Degrees, WGS 84.
    within_km
        Maximum distance.

    Raises
    ------
    DataError
        If the position is invalid, or no place is near enough; names the nearest.

    Examples
    --------
    >>> import corridor
    >>> near = corridor.nearest_place(corridor.load(), 55.75, 37.62)
    >>> near.id, near.snap_km < 5
    ('moscow', True)
    """
    faults = [
        Fault("option", name, repr(x), f"is {x!r}", "give degrees as a number")
        for name, x in (("latitude", latitude), ("longitude", longitude))
        if not is_number(x)
    ]
    if not is_number(within_km) or not within_km > 0:
        faults.append(Fault("option", "within_km", repr(within_km), f"is {within_km!r}", "give kilometres above 0"))
    if faults:
        raise DataError(faults)
    text = f"{latitude:g},{longitude:g}"
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        fix = "give latitude (-90 to 90), then longitude (-180 to 180)"
        raise DataError(Fault("place", "", text, f"is {text}, which is not a position", fix))
    position = (longitude, latitude)
    distance, best = min((great_circle_km(position, network.geometry[n][0]), n) for n in network.node_table.ids)
    if not distance <= within_km:
        nearest = f"{network.name_of(best)} ({best}), {distance:.0f} km away"
        raise DataError(
            Fault("place", "", text, f"is {text}, and no place is within {within_km:g} km", f"the nearest is {nearest}")
        )
    return Place(best, text, distance)


def when_of(
    network: Network, year: int | None, depart: str | dt.date | None, faults: list[Fault]
) -> tuple[int, dt.datetime | None]:
    """Return the year, and the time of departure (UTC) if one is given."""
    departure = None
    if depart is not None:
        if year is not None:
            message = "sets the year, and `year` is given too"
            faults.append(Fault("option", "depart", str(depart), message, "give one of depart and year"))
        try:
            departure = _time(depart)
        except (TypeError, ValueError, OverflowError):
            fix = "give a day as 2027-01-15, or with its hour in UTC as 2027-01-15T06:00"
            faults.append(Fault("option", "depart", repr(depart), f"is {depart!r}", fix))
            return network.base_year, None
        year = departure.year
    when = network.base_year if year is None else year
    if isinstance(when, bool) or not isinstance(when, int) or not YEARS[0] <= when <= YEARS[1]:
        faults.append(Fault("option", "year", repr(when), f"is {when!r}", f"give a year from {YEARS[0]} to {YEARS[1]}"))
        return network.base_year, None
    return when, departure


def _time(depart: str | dt.date) -> dt.datetime:
    if isinstance(depart, dt.datetime):
        at = depart
    elif isinstance(depart, dt.date):
        at = dt.datetime.combine(depart, dt.time(), dt.UTC)
    elif isinstance(depart, str):
        at = dt.datetime.fromisoformat(depart)
    else:
        raise TypeError
    return at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at.astimezone(dt.UTC)
