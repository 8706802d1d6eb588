"""How do I get there: the best route for one cargo."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

from corridor.engine.routing.blockers import blockers
from corridor.engine.routing.itinerary import Route
from corridor.engine.routing.question import Question, ask, closed_arcs
from corridor.engine.routing.search import shortest_path, weights_for
from corridor.engine.routing.words import route_of
from corridor.errors import NoRouteError
from corridor.model.network import Network


def route(
    network: Network,
    origin: str,
    destination: str,
    *,
    cargo: str = "container",
    by: str = "generalised",
    year: int | None = None,
    depart: str | dt.date | None = None,
    avoid: Sequence[str] = (),
    via: Sequence[str] = (),
    modes: Sequence[str] = (),
) -> Route:
    """Return the best route between two places.

    Parameters
    ----------
    network
        The network.
    origin, destination
        Names or ids of places; case, accents and alphabet do not matter.
    cargo
        Id of a cargo of the catalogue.
    by
        What is least: `generalised` (money + value of time × hours, USD/t),
        `cost` (USD/t), `time` (h), `length` (km) or `co2` (kg/t).
    year
        Year whose network is asked; the base year without it.
    depart
        Day of departure: sets the year, and closes what is closed in that month.
    avoid
        Countries (codes), places, links, transfers or resources not to be used.
    via
        Places to pass, in this order.
    modes
        Modes that may be used; all without it.

    Returns
    -------
    Route
        Legs, transfers, borders, waits, loading and unloading, whose hours and
        costs sum to the totals.

    Raises
    ------
    UnknownIdError
        If a name fits nothing or several places.
    DataError
        If an option is wrong, or origin and destination are one place.
    NoRouteError
        If nothing joins the two; says what stands in the way.

    Notes
    -----
    Dijkstra on the virtual network of n states and m arcs, O((n + m) log n).

    Examples
    --------
    >>> import corridor
    >>> net = corridor.load()
    >>> way = corridor.route(net, "Chelyabinsk", "Bandar Abbas", cargo="grain", modes=["rail"])
    >>> [(leg.mode, leg.gauge_mm) for leg in way.legs]
    [('rail', 1520), ('rail', 1435)]

    Without the yards between the gauges there is no way by rail:

    >>> corridor.route(net, "Chelyabinsk", "Bandar Abbas", modes=["rail"],
    ...     avoid=["sarakhs-yard", "incheh_borun-yard"])
    Traceback (most recent call last):
    ...
    corridor.errors.NoRouteError: no route from Chelyabinsk to Bandar Abbas...
    """
    question = ask(
        network, origin, destination, cargo=cargo, by=by, year=year, depart=depart, avoid=avoid, via=via, modes=modes
    )
    arcs = _best(question)
    if arcs is None:
        found = blockers(question)
        raise NoRouteError(
            question.network.name_of(question.origin),
            question.network.name_of(question.destination),
            found.blockers,
            found.why,
        )
    return route_of(question, arcs)


def _best(question: Question) -> list[int] | None:
    graph = question.graph
    weight = weights_for(
        graph, question.by, graph.network.country_of(question.origin), graph.network.country_of(question.destination)
    )
    closed = closed_arcs(graph, question.modes, question.avoid)
    if closed:
        weight = list(weight)
        for a in closed:
            weight[a] = math.inf
    return shortest_path(graph, weight, question.origin, question.destination, question.via)
