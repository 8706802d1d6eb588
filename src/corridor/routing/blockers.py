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
from corridor.last_few import last_few
from corridor.model.network import Network
from corridor.model.table import Table
from corridor.routing.best_routes import best_path
from corridor.routing.constraints import closed_arcs, closed_limits, excluded_arcs, is_given, named
from corridor.routing.product_graph import product_graph_of
from corridor.routing.route_query import RouteQuery
from corridor.routing.search import path_to, tree, weights

# One closed feature weighs more than any number of open ones, a missing facility more than a closed feature.
CLOSED, BESIDE, MISSING = 1.0, 30.0, 1000.0
WHOLE = ("most_borders", "most_transfers", "one_gauge")
LIFTED: dict[str, Any] = {"most_borders": None, "most_transfers": None, "one_gauge": False}
NO_FACILITY = -2  # the feature of an arc that stands for a facility that does not exist


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The blockers, and a sentence that states the reason."""

    blockers: tuple[Blocker, ...]
    why: str = ""


def no_route(query: RouteQuery) -> NoRouteError:
    """Return the error that states why a query has no route."""
    found = blockers(query)
    place = query.network.name_of
    return NoRouteError(place(query.origin), place(query.destination), found.blockers, found.why)


def blockers(query: RouteQuery) -> Diagnosis:
    """Return the fewest closed, avoided or missing features without which a route would exist."""
    network, place = query.network, query.network.name_of
    for end in (query.origin, query.destination):
        country = network.country_of(end)
        if country in query.constraints.avoid:
            return Diagnosis(
                (Blocker(country, "country", f"{country} is avoided, and {place(end)} lies in it"),),
                f"{place(end)} is in {country}, which is avoided",
            )
    avoided = {found for kind, found in (named(network, x) for x in query.constraints.avoid) if kind == "place"}
    for node in (query.origin, *query.via, query.destination):
        if node in avoided:
            message = f"{place(node)} is avoided, and it is the origin, the destination or a place to pass"
            return Diagnosis((Blocker(node, "place", message),), message)
    return _limits_on_whole_route(query) or _obstacles(query).between(query)


def _weight(reason: Blocker | None) -> float:
    """Return the weight of an obstacle; arcs outside `modes` and `only` weigh more, since the query excludes them."""
    if reason is None:
        return 0.0
    return BESIDE if "is not among" in reason.why else CLOSED


def _obstacles(query: RouteQuery) -> _Obstacles:
    """Return the obstacles under the constraints and rules of a query; the last few are cached."""
    graph = query.graph
    rules = tuple(str(r["id"]) for r in graph.frictions.holding(*query.countries))
    key = (query.constraints, query.via, rules)
    stored: dict[Any, _Obstacles] = graph.cache.setdefault("obstacles", {})
    return last_few(stored, 16, key, lambda: _Obstacles(query))


class _Obstacles:
    """The network with everything open and every missing facility added, and the weight of each such change."""

    def __init__(self, query: RouteQuery) -> None:
        opened = _everything_open(query.graph)
        reasons = _reasons(query, opened)
        closed = [_weight(reasons.get(a)) for a in range(opened.arcs)]
        self.graph, weight = _with_missing_facilities(opened, closed)
        self.reasons = {k: reasons[a] for k, a in zip(_keys(opened), range(opened.arcs), strict=True) if a in reasons}
        self.carriers: dict[str, bool] = {}
        for n, carrier, _ in opened.states:
            self.carriers[n] = self.carriers.get(n, False) or carrier not in ("out", "in")
        # Places to pass stay in force; the other limits on the whole route are lifted.
        self.product_graph = product_graph_of(self.graph, replace(query.constraints, **LIFTED), query.via)
        self.weight = np.array(weight)
        self._trees: dict[str, Any] = {}

    def between(self, query: RouteQuery) -> Diagnosis:
        """Return the fewest obstacles between two places."""
        place = query.network.name_of
        target = self.product_graph.target(query.destination)
        distance, arc_in = self._tree(query.origin)
        if target is None or math.isinf(distance[target]):
            isolated = [place(n) for n in (query.origin, query.destination) if not self.carriers.get(n)]
            via = f" via {', '.join(map(place, query.via))}" if query.via else ""
            why = (
                f"no link leads to {' and '.join(isolated)}; add one"
                if isolated
                else f"the two places are not connected{via} even with everything open; a link is missing"
            )
            return Diagnosis((), why)
        arcs = self.product_graph.arcs(path_to(self.product_graph.csr, arc_in, target))
        graph = self.graph
        rows = [
            _missing(graph, a) if graph.feature[a] == NO_FACILITY else self.reasons[_key(graph, a)]
            for a in arcs
            if self.weight[a] > 0
        ]
        return Diagnosis(tuple({b.id: b for b in rows}.values()), "the fewest links and facilities that block it are")

    def _tree(self, origin: str) -> Any:
        source = self.product_graph.source(origin)
        assert source is not None  # every node has its doors
        csr, weight = self.product_graph.csr, self.product_graph.spread(self.weight)
        return last_few(self._trees, 2, origin, lambda: tree(csr, weight, {source: 0.0}))


def _limits_on_whole_route(query: RouteQuery) -> Diagnosis | None:
    """Return which limits on the whole route leave no route; None where there is none without them either."""
    constraints = query.constraints
    limits = {name: getattr(constraints, name) for name in WHOLE if is_given(getattr(constraints, name))}
    if not limits or best_path(replace(query, constraints=replace(constraints, **LIFTED), by="time")) is None:
        return None
    found = []
    for name, limit in limits.items():
        if name == "one_gauge":
            relaxed = replace(query, constraints=replace(constraints, **{**LIFTED, "one_gauge": True}), by="time")
            if best_path(relaxed) is None:
                found.append(Blocker(name, "limit", "every route changes gauge"))
            continue
        by = name.removeprefix("most_")
        arcs = best_path(replace(query, constraints=replace(constraints, **LIFTED), by=by))
        assert arcs is not None
        fewest = int(sum(weights(query.graph, by)[arcs]))
        if fewest > limit:
            found.append(Blocker(name, "limit", f"at most {limit} {by} are allowed, the fewest possible are {fewest}"))
    if found:
        return Diagnosis(tuple(found), "the limits on the whole route leave no route")
    names = ", ".join(f"{name.replace('_', ' ')} {limits[name]}" for name in limits)
    return Diagnosis((), f"each of {names} leaves a route, all together leave none; relax one")


def _everything_open(graph: VirtualNetwork) -> VirtualNetwork:
    """Return the virtual network with every link and transfer operating, all year."""
    network = graph.network

    def opened(table: Table) -> Table:
        positions = range(len(table))
        changes: dict[str, dict[int, object]] = {"status": dict.fromkeys(positions, "operating")}
        if "opened_year" in table.columns:
            changes["opened_year"] = dict.fromkeys(positions, float("nan"))
            changes["months_open"] = dict.fromkeys(positions, ())
        return table.replaced(changes)

    open_network: Network = replace(
        network, link_table=opened(network.link_table), transfer_table=opened(network.transfer_table), cache={}
    )
    return virtual_network(open_network, graph.cargo, graph.year)


def _reasons(query: RouteQuery, opened: VirtualNetwork) -> Mapping[int, Blocker]:
    """Return what closes each closed arc: its status, the query, or a permission rule."""
    network, found = opened.network, {}
    for rule in opened.frictions.holding(*query.countries):
        if rule["effect"] == "forbid":
            message = f"{rule.get('name') or 'this'} is forbidden; a scenario that closes this rule permits it"
            found.update(dict.fromkeys(opened.frictions.arcs_of(rule), Blocker(str(rule["id"]), "friction", message)))
    of_resource = {a: limit.id for limit in closed_limits(opened) for a in limit.arcs}
    excluded = excluded_arcs(opened, query.constraints)
    for a, why in closed_arcs(opened, query.constraints).items():
        country = why.removeprefix("avoided: ")
        blocker = (country, "country") if country in network.countries else _name(opened, a)
        if a in of_resource and a not in excluded:
            blocker = (of_resource[a], "resource")
        found[a] = Blocker(*blocker, why)
    for a in range(opened.arcs):
        if opened.feature[a] >= 0:
            tables = query.network.link_table, query.network.transfer_table
            table = tables[0] if opened.kind[a] == LINK else tables[1]
            reason = closed_reason(table, opened.feature[a], query.graph.year, query.graph.month)
            if reason:
                found[a] = Blocker(*_name(opened, a), reason)
    return found


def _name(graph: VirtualNetwork, arc: int) -> tuple[str, str]:
    """Return id and kind of the feature behind an arc."""
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
    message = f"no facility at {graph.network.name_of(node)} serves {graph.cargo.name}: {what}"
    return Blocker(f"{node}:{carrier}-{after}", "transfer", message)


def _with_missing_facilities(graph: VirtualNetwork, weight: Sequence[float]) -> tuple[VirtualNetwork, list[float]]:
    """Return the graph with transfers between all carriers of a node and loading of each, and the weights."""
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
    extended = replace(
        graph, first_out=begin, tail=tail, head=head, kind=kind, feature=feature, direction=direction, cache={}
    )
    return extended, weights


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
