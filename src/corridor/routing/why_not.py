"""Why not this route: what blocks it or makes it worse, and the smallest change that makes it the best."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Unpack

from corridor.displayable import Result
from corridor.errors import Blocker, DataError
from corridor.model.network import Network
from corridor.model.provenance import provenance_entry, with_provenance
from corridor.model.scenario import Scenario
from corridor.routing.best_routes import best_path
from corridor.routing.blockers import blockers
from corridor.routing.build_route import route_of
from corridor.routing.constraints import Options
from corridor.routing.differences import UNITS, Difference, differences, value_of
from corridor.routing.itinerary import Route
from corridor.routing.route_query import RouteQuery, resolve_query
from corridor.routing.smallest_change import Change, RoutePair, beyond_range, fulfils, smallest_flip
from corridor.routing.why_not_text import why_not_text


@dataclass(frozen=True)
class WhyNot(Result):
    """The answer: the best route, the wanted one, and the differences between them.

    `best` is None where there is no route, `wanted` where the wanted route is blocked;
    then `blocked_by` lists the fewest blockers. `extra` is how much more the wanted
    route costs under the objective (in `unit`), `differences` where this arises.
    `change` is a scenario as plain data; with it, a wanted route is the best: `after`. `beyond_range` says
    where it leaves the recorded range of a figure; empty where it stays inside.
    """

    _TABLES: ClassVar[Mapping[str, str]] = {"differences": "differences", "blocked_by": "blocked_by"}

    by: str
    unit: str
    wanted_by: Mapping[str, Any]
    best: Route | None
    wanted: Route | None
    blocked_by: tuple[Blocker, ...]
    why: str
    extra: float | None
    differences: tuple[Difference, ...]
    change: Mapping[str, Any] | None
    after: Route | None = None
    beyond_range: str = ""

    @property
    def scenario(self) -> Scenario | None:
        """The change as a scenario, to be applied."""
        return None if self.change is None else Scenario.of(**self.change)

    def to_dict(self) -> dict[str, Any]:
        """Return the answer with the JSON keys of the command line: those of the best route, and its own."""
        best, wanted = self.best, self.wanted
        found = best is not None and wanted is not None
        return {
            **({} if best is None else best.to_dict()),
            "why_not": dict(self.wanted_by),
            "why": self.why,
            "blocked_by": [asdict(b) for b in self.blocked_by],
            "wanted": None if wanted is None else wanted.to_dict(),
            "extra": self.extra,
            "unit": self.unit,
            "extra_usd_t": wanted.generalised_usd_t - best.generalised_usd_t if found else None,  # type: ignore[union-attr]
            "differences": [{**asdict(d), "extra": d.extra} for d in self.differences],
            "change": self.change,
            "beyond_range": self.beyond_range,
            "after": None if self.after is None else self.after.to_dict(),
            **provenance_entry(self),
        }

    def __str__(self) -> str:
        return why_not_text(self)

    def __repr__(self) -> str:
        return f"WhyNot {', '.join(f'{k} {v}' for k, v in self.wanted_by.items()) or 'at all'}: {self.why}"


@with_provenance
def why_not(
    network: Network,
    origin: str,
    destination: str,
    *,
    cargo: str = "container",
    by: str = "generalised",
    year: int | None = None,
    depart: str | dt.date | None = None,
    **wanted: Unpack[Options],
) -> WhyNot:
    """Return why the wanted route is not the best, and what would make it the best.

    Parameters
    ----------
    network, origin, destination, cargo, by, year, depart
        As of `route`.
    **wanted
        The constraints of `route` that describe the expected route (`via`, `modes`, ...).
        Without any: why there is no route.

    Returns
    -------
    WhyNot
        The blockers, or how much worse the wanted route is and where; and the change.

    Raises
    ------
    UnknownIdError, DataError
        As of `route`.

    Notes
    -----
    The change is one edit: a figure (tariff, border, transfer, speed, sailings, friction)
    scaled by the factor nearest to 1 that was found to be enough, within its recorded range
    where one is enough there (`beyond_range` says where it is not), otherwise closures.
    Blockers are opened first. Every change is tested before it is reported. A missing
    facility is not added: then there is no change, and `why` says what to add.

    Examples
    --------
    >>> import corridor
    >>> net = corridor.load()
    >>> answer = corridor.why_not(net, "Moscow", "Mumbai", cargo="container", via="Turkmenbashi")
    >>> round(answer.extra) == round(sum(d.extra for d in answer.differences))
    True
    >>> then = corridor.route(answer.scenario.apply(net), "Moscow", "Mumbai", cargo="container")
    >>> "turkmenbashi" in [node for leg in then.legs for node in leg.nodes]
    True

    A blocked route states its blockers, and what opens them:

    >>> rail = corridor.why_not(net, "Mashhad", "Herat", cargo="grain", modes=["rail"])
    >>> rail.wanted is None, all("under construction" in b.why for b in rail.blocked_by)
    (True, True)
    >>> corridor.route(rail.scenario.apply(net), "Mashhad", "Herat", cargo="grain").legs[0].mode
    'rail'
    """

    def query_of(options: Mapping[str, Any]) -> Any:
        def query_on(net: Network) -> RouteQuery:
            return resolve_query(
                net, origin, destination, cargo=cargo, by=by, year=year, depart=depart, options=options
            )

        return query_on

    plain, wanted_query = query_of({}), query_of(wanted)
    test = RoutePair(network, plain, wanted_query)
    query, constrained = plain(network), wanted_query(network)
    arcs, wanted_arcs = best_path(query), best_path(constrained)
    best = None if arcs is None else route_of(query, arcs)
    unit = UNITS[by]
    constraints = constrained.constraints.given()
    if wanted_arcs is None:
        found = blockers(constrained)
        change = _opening(test, constrained, found.blockers)
        return WhyNot(
            *(by, unit, constraints, best, None, found.blockers, found.why, None, (), change),
            after=_after(test, change),
            beyond_range=beyond_range(query.network, change),
        )
    wanted_route = route_of(constrained, wanted_arcs)
    assert best is not None  # a route under constraints is also one without them
    assert arcs is not None
    extra = value_of(wanted_route, by) - value_of(best, by)
    if fulfils(constrained, arcs):
        return WhyNot(by, unit, constraints, best, wanted_route, (), "the best route is as wanted", extra, (), None)
    edits = smallest_flip(test, []) if extra > 1e-9 else None
    why = f"it is {extra:.3g} {unit} worse".replace("  ", " ") if extra > 1e-9 else "another route is as good"
    change = None if edits is None else _scenario(edits, constraints)
    rows = differences(query.graph, best, wanted_route)
    if extra > 1e-9 and change is None:
        why += "; no small change of the data was found that makes it the best"
    return WhyNot(
        *(by, unit, constraints, best, wanted_route, (), why, extra, rows, change),
        after=_after(test, change),
        beyond_range=beyond_range(query.network, change),
    )


def _opening(test: RoutePair, constrained: RouteQuery, blocking: Sequence[Blocker]) -> Mapping[str, Any] | None:
    """Return the scenario that opens the blockers and makes the wanted route the best.

    None where a feature is missing, or the constraints themselves close the route.
    """
    network, edits = constrained.network, list[Change]()
    for b in blocking:
        if b.kind == "friction":
            edits.append({"close": b.id})
        elif b.id in network.link_table.index or b.id in network.transfer_table.index:
            edits.append({"open": b.id})
        else:
            return None
    try:
        opened = Scenario.of("opened", "", edits).apply(test.network)
    except DataError:
        return None
    if not edits or best_path(test.wanted(opened)) is None:
        return None
    complete: list[Change] | None = edits
    if not test.flips(edits):
        complete = smallest_flip(test, edits)
    return None if complete is None else _scenario(complete, constrained.constraints.given())


def _after(test: RoutePair, change: Mapping[str, Any] | None) -> Route | None:
    """Return the best route under the change."""
    if change is None:
        return None
    query = test.plain(Scenario.of(**change).apply(test.network))
    arcs = best_path(query)
    assert arcs is not None  # the change was tested for this
    return route_of(query, arcs)


def _scenario(edits: Sequence[Change], wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    text = ", ".join(f"{k.replace('_', ' ')} {', '.join(v) if isinstance(v, list) else v}" for k, v in wanted.items())
    return {
        "name": "flip",
        "why": f"the smallest change found that makes the route {text or 'possible'} the best",
        "edits": list(edits),
    }
