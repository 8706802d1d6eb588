"""Why there is no route: the fewest links and facilities that would have to open."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corridor.errors import Blocker, NoRouteError
from corridor.graph.csr import FORWARD, LINK, LOAD, TRANSFER, UNLOAD, first_out
from corridor.graph.virtual import BOARDING, State, VirtualNetwork, closed_reason, virtual_network
from corridor.model.network import Network
from corridor.model.table import Table
from corridor.routing.best_routes import best_path
from corridor.routing.constraints import closed_arcs, is_given, named
from corridor.routing.product_graph import product_graph_of
from corridor.routing.route_query import RouteQuery
from corridor.routing.search import path_to, tree, weights

# One closed thing weighs more than any number of open ones, a missing facility more than a closed one.
CLOSED, BESIDE, MISSING = 1.0, 30.0, 1000.0
WHOLE = ("most_borders", "most_transfers", "one_gauge")
LIFTED: dict[str, Any] = {"most_borders": None, "most_transfers": None, "one_gauge": False}
NO_FACILITY = -2  # the feature of an arc that stands for a facility nobody has built


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What stands in the way, and a sentence where no list can say it."""

    blockers: tuple[Blocker, ...]
    why: str = ""


def no_route(query: RouteQuery) -> NoRouteError:
    """Return the error that says why a question has no route."""
    found = blockers(query)
    place = query.network.name_of
    return NoRouteError(place(query.origin), place(query.destination), found.blockers, found.why)


def blockers(query: RouteQuery) -> Diagnosis:
    """Return the fewest closed, avoided or missing things on a way that would otherwise exist."""
    network, place = query.network, query.network.name_of
    for end in (query.origin, query.destination):
        country = network.country_of(end)
        if country in query.constraints.avoid:
            return Diagnosis(
                (Blocker(country, "country", f"{country} is avoided, and {place(end)} lies in it"),),
                f"{place(end)} is in {country}, which is avoided",
            )
    shunned = {found for kind, found in (named(network, x) for x in query.constraints.avoid) if kind == "place"}
    for node in (query.origin, *query.via, query.destination):
        if node in shunned:
            said = f"{place(node)} is avoided, and it is an end or to be passed"
            return Diagnosis((Blocker(node, "place", said),), said)
    return _limits_of_the_whole(query) or _obstacles(query).between(query)


def _weight(reason: Blocker | None) -> float:
    """Return what an obstacle counts; what `modes` and `only` leave out is not what was asked for, so rather others."""
    if reason is None:
        return 0.0
    return BESIDE if "is not among" in reason.why else CLOSED


def _obstacles(query: RouteQuery) -> _Obstacles:
    """Return what stands in ways under a question's constraints and rules; kept for the last few."""
    graph = query.graph
    rules = tuple(str(r["id"]) for r in graph.frictions.holding(*query.countries))
    key = (query.constraints, query.via, rules)
    kept: dict[Any, _Obstacles] = graph.cache.setdefault("obstacles", {})
    if key not in kept:
        while len(kept) >= 16:
            del kept[next(iter(kept))]
        kept[key] = _Obstacles(query)
    return kept[key]


class _Obstacles:
    """The network with everything open and every missing facility there, and what each of that costs."""

    def __init__(self, query: RouteQuery) -> None:
        opened = _everything_open(query.graph)
        reasons = _reasons(query, opened)
        closed = [_weight(reasons.get(a)) for a in range(opened.arcs)]
        self.graph, weight = _with_missing_facilities(opened, closed)
        self.reasons = {k: reasons[a] for k, a in zip(_keys(opened), range(opened.arcs), strict=True) if a in reasons}
        self.carriers: dict[str, bool] = {}
        for n, carrier, _ in opened.states:
            self.carriers[n] = self.carriers.get(n, False) or carrier not in ("out", "in")
        # Whatever else limits the whole way, it goes by the places to pass.
        self.product_graph = product_graph_of(self.graph, replace(query.constraints, **LIFTED), query.via)
        self.weight = np.array(weight)
        self._trees: dict[str, Any] = {}

    def between(self, query: RouteQuery) -> Diagnosis:
        """Return the fewest of them between two places."""
        place = query.network.name_of
        target = self.product_graph.target(query.destination)
        distance, arc_in = self._tree(query.origin)
        if target is None or math.isinf(distance[target]):
            lonely = [place(n) for n in (query.origin, query.destination) if not self.carriers.get(n)]
            by = f" by {', '.join(map(place, query.via))}" if query.via else ""
            why = (
                f"nothing leads to {' and '.join(lonely)}; add a link to it"
                if lonely
                else f"the two are not joined{by} even with everything open; a link is missing"
            )
            return Diagnosis((), why)
        arcs = self.product_graph.arcs(path_to(self.product_graph.csr, arc_in, target))
        graph = self.graph
        listed = [
            _missing(graph, a) if graph.feature[a] == NO_FACILITY else self.reasons[_key(graph, a)]
            for a in arcs
            if self.weight[a] > 0
        ]
        return Diagnosis(tuple({b.id: b for b in listed}.values()), "the fewest links and facilities in the way are")

    def _tree(self, origin: str) -> Any:
        if origin not in self._trees:
            while len(self._trees) >= 2:
                del self._trees[next(iter(self._trees))]
            source = self.product_graph.source(origin)
            assert source is not None  # every node has its doors
            self._trees[origin] = tree(self.product_graph.csr, self.product_graph.spread(self.weight), {source: 0.0})
        return self._trees[origin]


def _limits_of_the_whole(query: RouteQuery) -> Diagnosis | None:
    """Return which limit on the whole way leaves none, where there is one without them; otherwise None."""
    strict = query.constraints
    given = {name: getattr(strict, name) for name in WHOLE if is_given(getattr(strict, name))}
    if not given or best_path(replace(query, constraints=replace(strict, **LIFTED), by="time")) is None:
        return None
    found = []
    for name, most in given.items():
        if name == "one_gauge":
            eased = replace(query, constraints=replace(strict, **{**LIFTED, "one_gauge": True}), by="time")
            if best_path(eased) is None:
                found.append(Blocker(name, "limit", "every way changes its gauge"))
            continue
        by = name.removeprefix("most_")
        arcs = best_path(replace(query, constraints=replace(strict, **LIFTED), by=by))
        assert arcs is not None
        fewest = int(sum(weights(query.graph, by)[arcs]))
        if fewest > most:
            found.append(Blocker(name, "limit", f"at most {most} {by} are asked, the fewest are {fewest}"))
    if found:
        return Diagnosis(tuple(found), "the limits on the whole way leave none")
    said = ", ".join(f"{name.replace('_', ' ')} {given[name]}" for name in given)
    return Diagnosis((), f"each of {said} leaves a way, all together leave none; ease one")


def _everything_open(graph: VirtualNetwork) -> VirtualNetwork:
    """Return the virtual network with every link and transfer operating, all year."""
    network = graph.network

    def opened(table: Table) -> Table:
        everywhere = range(len(table))
        changes: dict[str, dict[int, object]] = {"status": dict.fromkeys(everywhere, "operating")}
        if "opened_year" in table.columns:
            changes["opened_year"] = dict.fromkeys(everywhere, float("nan"))
            changes["months_open"] = dict.fromkeys(everywhere, ())
        return table.replaced(changes)

    free: Network = replace(
        network, link_table=opened(network.link_table), transfer_table=opened(network.transfer_table), cache={}
    )
    return virtual_network(free, graph.cargo, graph.year)


def _reasons(query: RouteQuery, opened: VirtualNetwork) -> Mapping[int, Blocker]:
    """Return what closes each closed arc: its state, the question, or a rule of permission."""
    network, found = opened.network, {}
    for rule in opened.frictions.holding(*query.countries):
        if rule["effect"] == "forbid":
            said = f"{rule.get('name') or 'this'} is forbidden; a scenario that closes this rule opens it"
            found.update(dict.fromkeys(opened.frictions.arcs_of(rule), Blocker(str(rule["id"]), "friction", said)))
    for a, why in closed_arcs(opened, query.constraints).items():
        country = why.removeprefix("avoided: ")
        who = (country, "country") if country in network.countries else _name(opened, a)
        found[a] = Blocker(*who, why)
    for a in range(opened.arcs):
        if opened.feature[a] >= 0:
            tables = query.network.link_table, query.network.transfer_table
            table = tables[0] if opened.kind[a] == LINK else tables[1]
            reason = closed_reason(table, opened.feature[a], query.graph.year, query.graph.month)
            if reason:
                found[a] = Blocker(*_name(opened, a), reason)
    return found


def _name(graph: VirtualNetwork, arc: int) -> tuple[str, str]:
    """Return id and kind of what an arc stands for."""
    if graph.kind[arc] == LINK:
        return graph.network.link_table.ids[graph.feature[arc]], "link"
    if graph.feature[arc] >= 0:
        return graph.network.transfer_table.ids[graph.feature[arc]], "transfer"
    (node, carrier, _), (_, after, _) = graph.states[graph.tail[arc]], graph.states[graph.head[arc]]
    return (f"loading {after} at {node}" if carrier == "out" else f"unloading {carrier} at {node}"), "loading"


def _missing(graph: VirtualNetwork, arc: int) -> Blocker:
    node, carrier, _ = graph.states[graph.tail[arc]]
    after = graph.states[graph.head[arc]][1]
    what = f"{carrier} to {after}"
    if graph.kind[arc] != TRANSFER:
        what = f"loading or unloading of {after if carrier == 'out' else carrier}"
    said = f"no facility at {graph.network.name_of(node)} serves {graph.cargo.name}: {what}"
    return Blocker(f"{node}:{carrier}-{after}", "transfer", said)


def _with_missing_facilities(graph: VirtualNetwork, weight: Sequence[float]) -> tuple[VirtualNetwork, list[float]]:
    """Return the graph with a transfer between any two carriers of a node and loading of each, and the weights."""
    rows = [
        (graph.tail[a], graph.head[a], graph.kind[a], graph.feature[a], graph.direction[a], weight[a])
        for a in range(graph.arcs)
    ]
    rows += [
        (graph.state_of[tail], graph.state_of[head], kind, NO_FACILITY, FORWARD, MISSING)
        for tail, head, kind in _missing_arcs(graph)
    ]
    rows.sort(key=lambda r: r[0])
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(6)]
    tail, head, kind, feature, direction, weights = columns
    begin = first_out(tail, len(graph.states))
    made = replace(
        graph, first_out=begin, tail=tail, head=head, kind=kind, feature=feature, direction=direction, cache={}
    )
    return made, weights


def _missing_arcs(graph: VirtualNetwork) -> Iterator[tuple[State, State, int]]:
    carriers: dict[str, set[str]] = {}
    for node, carrier, _ in graph.states:
        if carrier not in ("out", "in"):
            carriers.setdefault(node, set()).add(carrier)
    for state in graph.states:
        node, carrier, area = state
        if carrier in ("out", "in"):
            continue
        for other in sorted(carriers[node] - {carrier}):
            yield state, (node, other, BOARDING), TRANSFER
        if area == BOARDING:
            yield (node, "out", BOARDING), state, LOAD
        yield state, (node, "in", BOARDING), UNLOAD


def _key(graph: VirtualNetwork, arc: int) -> tuple[int, int, int, int]:
    return graph.tail[arc], graph.head[arc], graph.kind[arc], graph.feature[arc]


def _keys(graph: VirtualNetwork) -> Iterator[tuple[int, int, int, int]]:
    return zip(graph.tail, graph.head, graph.kind, graph.feature, strict=True)
