"""Why not this way: what blocks it or makes it worse, and the smallest change that would make it the answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Unpack

from corridor.displayable import Displayable
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
from corridor.routing.smallest_change import Asked, Change, fulfils, smallest_flip


@dataclass(frozen=True)
class WhyNot(Displayable):
    """The answer: the best route, the wanted one, and what lies between them.

    `best` is None where there is no route at all, `wanted` where the wanted way is
    blocked; then `blocked_by` lists the fewest things in the way. `extra` is what the
    wanted route is more under the objective (`unit`), `differences` where that arises.
    `change` is a scenario as plain data; applied, it makes a way as wanted the answer, `after`.
    """

    by: str
    unit: str
    asked: Mapping[str, Any]
    best: Route | None
    wanted: Route | None
    blocked_by: tuple[Blocker, ...]
    why: str
    extra: float | None
    differences: tuple[Difference, ...]
    change: Mapping[str, Any] | None
    after: Route | None = None

    @property
    def scenario(self) -> Scenario | None:
        """The change as a scenario, to be applied."""
        return None if self.change is None else Scenario.of(**self.change)

    def to_dict(self) -> dict[str, Any]:
        """Return the answer with the JSON keys of the command line: the best route's, and what is asked beside it."""
        best, wanted = self.best, self.wanted
        both = best is not None and wanted is not None
        return {
            **({} if best is None else best.to_dict()),
            "why_not": dict(self.asked),
            "why": self.why,
            "blocked_by": [asdict(b) for b in self.blocked_by],
            "wanted": None if wanted is None else wanted.to_dict(),
            "extra": self.extra,
            "unit": self.unit,
            "extra_usd_t": wanted.generalised_usd_t - best.generalised_usd_t if both else None,  # type: ignore[union-attr]
            "differences": [{**asdict(d), "extra": d.extra} for d in self.differences],
            "change": self.change,
            "after": None if self.after is None else self.after.to_dict(),
            **provenance_entry(self),
        }

    def __repr__(self) -> str:
        return f"WhyNot {', '.join(f'{k} {v}' for k, v in self.asked.items()) or 'at all'}: {self.why}"


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
    """Return why the answer is not the wanted way, and what would make it so.

    Parameters
    ----------
    network, origin, destination, cargo, by, year, depart
        As of `route`.
    **wanted
        The constraints of `route`: what the way was expected to be (`via`, `modes`, ...).
        Without any: why there is no route at all.

    Returns
    -------
    WhyNot
        What blocks, or by how much the wanted route is worse and where; and the change.

    Raises
    ------
    UnknownIdError, DataError
        As of `route`.

    Notes
    -----
    The change is one edit: a figure scaled by the factor nearest to 1 that was found to
    do it (tariff, border, transfer, speed, sailings, friction), otherwise what has to be shut.
    What blocks is opened first. Every change is tried before it is told. A missing
    facility is not invented: then there is no change, and `why` says what to add.

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

    What is blocked says by what, and what opens it:

    >>> rail = corridor.why_not(net, "Mashhad", "Herat", cargo="grain", modes=["rail"])
    >>> rail.wanted is None, all("under construction" in b.why for b in rail.blocked_by)
    (True, True)
    >>> corridor.route(rail.scenario.apply(net), "Mashhad", "Herat", cargo="grain").legs[0].mode
    'rail'
    """

    def asked_of(options: Mapping[str, Any]) -> Any:
        def of(net: Network) -> RouteQuery:
            return resolve_query(
                net, origin, destination, cargo=cargo, by=by, year=year, depart=depart, options=options
            )

        return of

    plain, expected = asked_of({}), asked_of(wanted)
    asked = Asked(network, plain, expected)
    query, hoped = plain(network), expected(network)
    arcs, other = best_path(query), best_path(hoped)
    best = None if arcs is None else route_of(query, arcs)
    unit = UNITS[by]
    said = hoped.constraints.given()
    if other is None:
        found = blockers(hoped)
        change = _opening(asked, hoped, found.blockers)
        return WhyNot(by, unit, said, best, None, found.blockers, found.why, None, (), change, _after(asked, change))
    desired = route_of(hoped, other)
    assert best is not None  # a way under constraints is one without them
    assert arcs is not None
    extra = value_of(desired, by) - value_of(best, by)
    if fulfils(hoped, arcs):
        return WhyNot(by, unit, said, best, desired, (), "the best route is as wanted", extra, (), None)
    edits = smallest_flip(asked, []) if extra > 1e-9 else None
    why = f"it is {extra:.3g} {unit} worse".replace("  ", " ") if extra > 1e-9 else "another route is as good"
    change = None if edits is None else _scenario(edits, said)
    rows = differences(query.graph, best, desired)
    if extra > 1e-9 and change is None:
        why += "; no small change of the data was found that makes it the best"
    return WhyNot(by, unit, said, best, desired, (), why, extra, rows, change, _after(asked, change))


def _opening(asked: Asked, hoped: RouteQuery, found: Sequence[Blocker]) -> Mapping[str, Any] | None:
    """Return the scenario that opens what blocks, and makes the wanted way the best.

    None where something is missing, or the constraints themselves shut it.
    """
    network, edits = hoped.network, list[Change]()
    for b in found:
        if b.kind == "friction":
            edits.append({"close": b.id})
        elif b.id in network.link_table.index or b.id in network.transfer_table.index:
            edits.append({"open": b.id})
        else:
            return None
    try:
        opened = Scenario.of("opened", "", edits).apply(asked.network)
    except DataError:
        return None
    if not edits or best_path(asked.wanted(opened)) is None:
        return None
    made: list[Change] | None = edits
    if not asked.flips(edits):
        made = smallest_flip(asked, edits)
    return None if made is None else _scenario(made, hoped.constraints.given())


def _after(asked: Asked, change: Mapping[str, Any] | None) -> Route | None:
    """Return the best route under the change."""
    if change is None:
        return None
    query = asked.plain(Scenario.of(**change).apply(asked.network))
    arcs = best_path(query)
    assert arcs is not None  # that is what the change was tried for
    return route_of(query, arcs)


def _scenario(edits: Sequence[Change], asked: Mapping[str, Any]) -> Mapping[str, Any]:
    said = ", ".join(f"{k.replace('_', ' ')} {', '.join(v) if isinstance(v, list) else v}" for k, v in asked.items())
    return {
        "name": "flip",
        "why": f"the smallest change found that makes the way {said or 'possible'} the best",
        "edits": list(edits),
    }
