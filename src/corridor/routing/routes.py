"""Several routes at once: alternatives, or the Pareto front of several objectives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from corridor.displayable import Plottable, Result
from corridor.errors import DataError, Fault
from corridor.model.network import Network
from corridor.model.provenance import provenance_entry, with_provenance
from corridor.routing.alternatives import alternatives
from corridor.routing.best_routes import ValuedPath, front
from corridor.routing.blockers import no_route
from corridor.routing.build_route import route_of
from corridor.routing.constraints import Options, choice_fault, one
from corridor.routing.differences import value_of
from corridor.routing.itinerary import Route
from corridor.routing.route_query import RouteQuery, resolve_query
from corridor.routing.routes_text import routes_text
from corridor.routing.search import OBJECTIVES

if TYPE_CHECKING:
    import geopandas

MOST_ROUTES, MOST_OBJECTIVES = 50, 4
SHARE, DETOUR = 0.8, 1.5  # upper limits: overlap with better routes, and value in times the best


@dataclass(frozen=True, slots=True)
class Dropped:
    """A route left out of the front: its values under the objectives, and the position of the similar route kept."""

    values: tuple[float, ...]
    near: int


@dataclass(frozen=True)
class Routes(Plottable, Result):
    """Routes in order, best first; of a front in the order of the first objective.

    `by` are the objectives, `values` those of each route. `why_fewer` states why there are
    fewer than requested; `dropped` lists what thinning left out. `exact` says whether each is
    proven the best that differs enough: a rejected cheaper near-copy may dominate another.
    """

    _TABLES: ClassVar[Mapping[str, str]] = {"legs": "to_geodataframe"}

    routes: tuple[Route, ...]
    by: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    requested: int | None = None
    why_fewer: str = ""
    dropped: tuple[Dropped, ...] = ()
    exact: bool = True

    def __iter__(self) -> Iterator[Route]:
        return iter(self.routes)

    def __len__(self) -> int:
        return len(self.routes)

    def __getitem__(self, position: int) -> Route:
        return self.routes[position]

    def to_dict(self) -> dict[str, Any]:
        """Return the routes with the JSON keys of the command line."""
        return {
            "by": list(self.by),
            "requested": self.requested,
            "asked": self.requested,  # the name of version 0.1
            "routes": [r.to_dict() for r in self.routes],
            "exact": self.exact,
            "why_fewer": self.why_fewer,
            "dropped": [{"values": list(d.values), "near": d.near} for d in self.dropped],
            **provenance_entry(self),
        }

    def to_geodataframe(self) -> geopandas.GeoDataFrame:
        """Return one row per leg with its line and the number of its route."""
        from corridor.routing.route_frames import routes_frame

        return routes_frame(self)

    def __str__(self) -> str:
        return routes_text(self)

    def __repr__(self) -> str:
        first = self.routes[0]
        return f"Routes {first.origin} → {first.destination}, {first.cargo}: {len(self)} by {', '.join(self.by)}"


@with_provenance
def routes(
    network: Network,
    origin: str,
    destination: str,
    *,
    k: int | None = None,
    by: str | Sequence[str] = "generalised",
    cargo: str = "container",
    year: int | None = None,
    depart: str | dt.date | None = None,
    share: float = SHARE,
    detour: float = DETOUR,
    thin: float = 0.0,
    **constraints: Unpack[Options],
) -> Routes:
    """Return k alternative routes, or all Pareto-optimal routes under several objectives.

    Parameters
    ----------
    network, origin, destination, cargo, year, depart, **constraints
        As of `route`.
    k
        Number of routes with one objective, best first; default 3.
    by
        One objective, or 2 to 4 for the front: `generalised`, `cost`, `time`, `length`,
        `co2`, `transfers`, `borders`.
    share
        The part of the length (of the shorter) that any two routes may have in common;
        at most half where carriers, transfer points and borders are the same.
    detour
        Upper limit of the objective of a route, in times the best.
    thin
        Leave out routes of the front that are within this share of a kept route under every
        objective (0: none; 0.05: five per cent); they are listed in `dropped`.

    Returns
    -------
    Routes
        A front has every combination of values once, in the order of the first objective.

    Raises
    ------
    UnknownIdError, DataError, NoRouteError
        As of `route`.

    Notes
    -----
    Label setting with bounds; values within 1e-9 count as equal. A front is exact. The
    number of its routes can grow fast with the objectives, and a search of over four million
    labels is refused. Of k routes the first is the best, the others are the best found.

    Examples
    --------
    >>> import corridor
    >>> net = corridor.load()
    >>> found = corridor.routes(net, "Moscow", "Mumbai", k=3)
    >>> [round(r.generalised_usd_t) for r in found] == sorted(round(r.generalised_usd_t) for r in found)
    True
    >>> front = corridor.routes(net, "Moscow", "Mumbai", by=["cost", "time"])
    >>> front[0].cost_usd_t < front[1].cost_usd_t, front[0].time_h > front[1].time_h
    (True, True)

    If there are fewer than requested, `why_fewer` gives the reason:

    >>> few = corridor.routes(net, "Sarahs", "Sarakhs", k=9, modes=["rail"])
    >>> len(few) < 9, few.why_fewer
    (True, 'no other route within 1.5 times the best shares at most 80 % of its length with these')
    """
    objectives: tuple[Any, ...] = tuple(one(by)) if isinstance(by, str | list | tuple) else (by,)
    _check(objectives, k, share, detour, thin)
    query = resolve_query(
        network,
        origin,
        destination,
        cargo=cargo,
        by=objectives[0],
        year=year,
        depart=depart,
        options=constraints,
    )
    if len(objectives) > 1:
        return _front(query, objectives, thin)
    wanted = 3 if k is None else k
    paths, exact = alternatives(query, wanted, share, detour)
    if not paths:
        raise no_route(query)
    why_fewer = (
        f"no other route within {detour:g} times the best shares at most {100 * share:g} % of its length with these"
    )
    found = tuple(route_of(query, path.arcs) for path in paths)
    return Routes(
        found,
        objectives,
        tuple((value_of(r, objectives[0]),) for r in found),
        wanted,
        why_fewer if len(paths) < wanted else "",
        exact=exact,
    )


def _check(by: tuple[str, ...], k: int | None, share: float, detour: float, thin: float) -> None:
    faults = [choice_fault("by", b, OBJECTIVES) for b in by if b not in OBJECTIVES]
    if not 1 <= len(by) <= MOST_OBJECTIVES or len(set(map(str, by))) < len(by):
        fix = f"give one objective, or 2 to {MOST_OBJECTIVES} different ones"
        faults.append(Fault("option", "by", ", ".join(map(str, by)), f"is {', '.join(map(str, by)) or 'empty'}", fix))
    if k is not None and (isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= MOST_ROUTES):
        faults.append(Fault("option", "k", repr(k), f"is {k!r}", f"give a whole number from 1 to {MOST_ROUTES}"))
    if k is not None and len(by) > 1:
        faults.append(
            Fault("option", "k", k, "applies to one objective, and several are given", "a front has all routes: omit k")
        )
    if thin and len(by) == 1:
        faults.append(Fault("option", "thin", thin, "applies to a front, and one objective is given", "omit thin"))
    if (share, detour) != (SHARE, DETOUR) and len(by) > 1:
        message = "apply to k routes, and a front is requested"
        faults.append(Fault("option", "share, detour", f"{share}, {detour}", message, "omit them"))
    for name, value, low, high in (
        ("share", share, 0.0, 1.0),
        ("detour", detour, 1.0, 100.0),
        ("thin", thin, 0.0, 1.0),
    ):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not low <= value <= high:
            faults.append(
                Fault("option", name, repr(value), f"is {value!r}", f"give a number from {low:g} to {high:g}")
            )
    if faults:
        raise DataError(faults)


def _front(query: RouteQuery, by: tuple[str, ...], thin: float) -> Routes:
    paths = front(query, by)
    if not paths:
        raise no_route(query)
    kept, dropped = _thinned(paths, thin)
    return Routes(
        tuple(route_of(query, path.arcs) for path in kept), by, tuple(path.values for path in kept), dropped=dropped
    )


def _thinned(paths: Sequence[ValuedPath], thin: float) -> tuple[list[ValuedPath], tuple[Dropped, ...]]:
    """Return representative paths, with the best under each objective, and the dropped ones with the nearest kept."""
    if thin <= 0:
        return list(paths), ()
    objectives = range(len(paths[0].values))
    best = {min(range(len(paths)), key=lambda i, c=c: (paths[i].values[c], paths[i].values)) for c in objectives}  # type: ignore[misc]
    kept = sorted(best)
    near: dict[int, int] = {}
    for i, path in enumerate(paths):
        if i in best:
            continue
        similar = [j for j in kept if _within(paths[j].values, path.values, thin)]
        if similar:
            near[i] = similar[0]
        else:
            kept.append(i)
    kept.sort()
    position = {j: p for p, j in enumerate(kept)}
    return [paths[i] for i in kept], tuple(Dropped(paths[i].values, position[j]) for i, j in near.items())


def _within(kept: Sequence[float], other: Sequence[float], thin: float) -> bool:
    return all(a <= b + thin * abs(b) + 1e-12 for a, b in zip(kept, other, strict=True))
