"""The queries of the page and of its JSON routes on one network, with cached answers."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from corridor.errors import DataError, Fault, UnknownIdError
from corridor.model.names import nearest
from corridor.model.network import Network
from corridor.model.provenance import with_changed_options
from corridor.model.why import Why, why
from corridor.routing.itinerary import Route
from corridor.routing.route import route
from corridor.show.plots.basemap import outline
from corridor.show.plots.load_maps import UNKNOWN, colour_of, link_use, place_of
from corridor.show.plots.maps import labelled, mode_style
from corridor.study.branch import find_branch
from corridor.study.closures import ClosureResult, WhatIf
from corridor.study.throughput import Throughput, throughput
from corridor.web.forecasts import Forecasts
from corridor.web.state import State

BRANCHES_KEPT = 2
YEARS_AHEAD = 11  # offered for a network without a study
FULL = 0.98  # share of free capacity from which a resource is at capacity, as on maps


class AppSession:
    """The network of a page; safe for queries from several threads."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.forecasts = Forecasts(network)
        self._branches: dict[str, WhatIf] = {}
        self._by_year: dict[tuple[str, float], Throughput] = {}
        self._branch_lock, self._years_lock = threading.Lock(), threading.Lock()  # a closure does not wait for a chart

    @cached_property
    def years(self) -> range:
        """The years of the study; of a network without one, those from its base year."""
        base_year = self.network.base_year
        return self.network.study.settings.years if self.network.study else range(base_year, base_year + YEARS_AHEAD)

    @cached_property
    def places(self) -> dict[str, str]:
        """Name of every possible origin or destination by id, sorted by name."""
        table = self.network.node_table
        return dict(sorted(zip(table.ids, table["name"], strict=True), key=lambda x: (x[1], x[0])))

    @cached_property
    def cargoes(self) -> dict[str, str]:
        """Name of every cargo by id."""
        return {str(r["id"]): str(r["name"]) for r in self.network.cargo_records}

    @cached_property
    def branches(self) -> dict[str, str]:
        """Name of every branch by id; none of a network without a study."""
        if self.network.study is None:
            return {}
        return {str(b["id"]): str(b["name"]) for b in self.network.branches}

    @cached_property
    def closable(self) -> dict[str, str]:
        """Name of everything that can be closed, by id: yards and other limits, borders and ports, countries, links."""
        network, found = self.network, {}
        kinds = network.node_table["kind"]
        for i, (node, name) in enumerate(_named(network.node_table)):
            if kinds[i] in ("port", "border", "terminal"):
                found[node] = f"{name}, {kinds[i]}"
        found = dict(sorted(found.items(), key=lambda x: x[1]))
        found |= {r: f"{name} ({r})" for r, name in _named(network.resource_table)}
        found |= {c: f"all of {c}" for c in network.countries}
        changes = zip(network.transfer_table.ids, network.transfer_table["node"], strict=True)
        found |= {t: f"change at {network.name_of(node)} ({t})" for t, node in changes}
        return found | {x["id"]: x["name"] for x in self.links(network.base_year)}

    def carriers_of(self, ids: Sequence[str]) -> set[str]:
        """Return the carriers of the links among some ids."""
        table = self.network.link_table
        return {str(table["carrier"][table.index[i]]) for i in ids if i in table.index}

    @cached_property
    def named(self) -> list[dict[str, Any]]:
        """The labelled places of the map, the most important first."""
        network = self.network
        at = [(n, network.geometry[n][0]) for n in labelled(network)]
        return [{"name": network.name_of(n), "at": [y, x]} for n, (x, y) in at]

    def route(self, state: State) -> Route:
        """Return the route of a state without its closures; invalid closures raise the errors of the command line."""
        year = max(state.year, self.network.base_year)
        return route(
            self.network, state.origin, state.destination, cargo=state.cargo, by=state.by, year=year, avoid=state.closed
        )

    def closed(self, branch: str, year: int, ids: Sequence[str]) -> ClosureResult:
        """Return a branch in a year with closed ids; the first query of a branch prepares its study years."""
        self._check_closed(ids)
        return self._what_if(branch)(year, ids)

    def year(self, year: int | None, first: int | None = None) -> int:
        """Return a year of the study, the last by default; refuse others, and those before `first`."""
        years = self.years
        year = years[-1] if year is None else year
        if year not in years:
            raise DataError(Fault("address", "year", year, f"is {year}", f"give {years[0]} to {years[-1]}"))
        if first is not None and year < first:
            fix = f"give {first} or later: the network does not describe earlier years"
            raise DataError(Fault("address", "year", year, f"is {year}", fix))
        return year

    def branch(self, name: str | None) -> str:
        """Return the id of a branch; by default the headline of the study."""
        return str(find_branch(self.network, name)["id"])

    def target(self, target_mt: float | None) -> float:
        """Return a target in Mt a year; by default that of the study."""
        return self.usual().target_mt if target_mt is None else target_mt

    def _what_if(self, branch: str) -> WhatIf:
        with self._branch_lock:
            if branch not in self._branches:
                while len(self._branches) >= BRANCHES_KEPT:  # each takes much memory
                    del self._branches[next(iter(self._branches))]
                self._branches[branch] = WhatIf(self.network, branch)
            return self._branches[branch]

    def by_year(self, branch: str, target_mt: float) -> Throughput:
        """Return the central case of a branch, year by year."""
        with self._years_lock:
            key = (branch, target_mt)
            if key not in self._by_year:
                computed = next((t for (b, _), t in self._by_year.items() if b == branch), None)
                self._by_year[key] = (
                    throughput(self.network, branch, target_mt=target_mt)
                    if computed is None
                    else _with_target(computed, target_mt)
                )
            return self._by_year[key]

    def is_laid_out(self, branch: str) -> bool:
        """Whether the study years of a branch are prepared, so that queries are fast."""
        return branch in self._branches

    def resolved(self, state: State) -> State:
        """Return a state with places by their ids.

        Raises
        ------
        UnknownIdError
            If there is no such place, cargo or branch, or a closed id is unknown.
        """
        names = self.network.names
        for kind, name, known in (("cargo", state.cargo, self.cargoes), ("branch", state.branch, self.branches)):
            if name not in known and (known or kind == "cargo"):
                raise UnknownIdError(kind, name, nearest(name, known) or list(known))
        self._check_closed(state.closed)
        return replace(state, origin=names.resolve(state.origin), destination=names.resolve(state.destination))

    def _check_closed(self, ids: Sequence[str]) -> None:
        unknown = [i for i in ids if i not in self.closable]
        if unknown:
            raise UnknownIdError("id", unknown[0], nearest(unknown[0], self.closable))

    def usual(self) -> State:
        """Return the initial query of a page: that of the study, or the first and last place of a network."""
        first, *_, last = [*self.places, *self.places]
        state = State(first, last, next(iter(self.cargoes)), year=self.years[-1])
        if self.network.study is None:
            return state
        settings = self.network.study.settings
        branch = settings.branch or next(iter(self.branches), "")
        target_mt = State.target_mt if settings.target_mt is None else settings.target_mt
        start: dict[str, Any] = {**settings.start}
        return replace(state, **start, branch=branch, target_mt=target_mt)

    def links_of(self, id: str) -> list[str]:
        """Return the links that close with an id."""
        network = self.network
        table = network.link_table
        if id in table.index:
            return [id]
        if id in network.uses:
            return [u["feature"] for u in network.uses[id] if u["feature"] in table.index]
        ends = zip(table["from"], table["to"], strict=True)
        touches = [id in (a, b, network.country_of(a), network.country_of(b)) for a, b in ends]
        return [name for name, hit in zip(table.ids, touches, strict=True) if hit]

    def why(self, id: str, field: str | None = None) -> Why:
        """Return the sources of a feature or of one of its figures."""
        return why(self.network, id, field)

    @cached_property
    def land(self) -> list[dict[str, Any]]:
        """The outline of the map background: kind, and line as latitude, longitude."""
        return [{"kind": kind, "line": [[y, x] for x, y in line]} for kind, line in outline(self.network)]

    def links(self, year: int) -> list[dict[str, Any]]:
        """Return the links of a year: id, name, colour by mode, in operation or not, line as latitude, longitude."""
        network = self.network.at(max(year, self.network.base_year))
        table = network.link_table
        found = []
        for i, name in enumerate(table.ids):
            colour, mode = mode_style(table["mode"][i], table["gauge_mm"][i])
            ends = f"{network.name_of(table['from'][i])} – {network.name_of(table['to'][i])}"
            found.append(
                {
                    "id": name,
                    "name": f"{ends}, {mode}",
                    "mode": table["mode"][i],
                    "colour": colour,
                    "operates": table["status"][i] == "operating",
                    "line": [[y, x] for x, y in network.geometry[name]],
                }
            )
        return found

    def loads(self, closed: ClosureResult) -> dict[str, dict[str, Any]]:
        """Return per link tonnes a year, use of capacity and its colour."""
        fullness = link_use(self.network, closed.use)
        found = {}
        for link, tonnes in closed.links_t_yr.items():
            use = fullness.get(link)
            colour, _ = UNKNOWN if use is None else colour_of(use)
            found[link] = {"t_yr": round(tonnes), "use": None if use is None else round(use, 3), "colour": colour}
        return found

    def full(self, closed: ClosureResult) -> list[dict[str, Any]]:
        """Return name and position of the resources at capacity."""
        names = dict(_named(self.network.resource_table))
        full = [(names[r], place_of(self.network, r)) for r, use in closed.use.items() if use >= FULL]
        return [{"name": name, "at": [at[1], at[0]]} for name, at in full if at is not None]

    def lay_out(self, branch: str) -> None:
        """Prepare all study years of a branch, the last first, so that queries about it are fast."""
        for year in reversed(self.years):
            self.closed(branch, year, ())


def _named(table: Any) -> list[tuple[str, str]]:
    return list(zip(table.ids, map(str, table["name"]), strict=True))


def _with_target(t: Throughput, target_mt: float) -> Throughput:
    return with_changed_options(replace(t, target_mt=target_mt), t, target_mt=target_mt)


def ends_of(way: Route) -> list[dict[str, Any]]:
    """Return names and positions of both ends of a route."""
    at = (way.legs[0].line[0], way.legs[-1].line[-1]) if way.legs else ()
    return [{"name": n, "at": [y, x]} for n, (x, y) in zip((way.origin_name, way.destination_name), at, strict=False)]
