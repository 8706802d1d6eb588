"""The virtual network for flows: cost does not matter, so *boarding* and *arrived* are merged."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from corridor.errors import DataError, Fault, NoAnswerError
from corridor.graph.csr import LINK, LOAD, UNLOAD
from corridor.graph.resources import Limit
from corridor.graph.virtual import VirtualNetwork
from corridor.routing.constraints import Constraints, excluded_arcs


@dataclass(frozen=True)
class FlowGraph:
    """Arcs that can lie on a path from origins to destinations.

    State 0 is the source, 1 the sink. `arc_of` maps arcs of the virtual network
    to arcs here; `feature_arc` maps back to one of them.
    """

    graph: VirtualNetwork
    states: int
    tail: tuple[int, ...]
    head: tuple[int, ...]
    feature_arc: tuple[int, ...]
    arc_of: Mapping[int, int]

    def link_id(self, arc: int) -> str | None:
        """Return the id of the link behind an arc, or None if it is not a link."""
        a = self.feature_arc[arc]
        return self.graph.network.link_table.ids[self.graph.feature[a]] if self.graph.kind[a] == LINK else None

    def describe(self, arc: int) -> str:
        """Return the id or description of the feature behind an arc."""
        a = self.feature_arc[arc]
        if (link := self.link_id(arc)) is not None:
            return link
        if self.graph.feature[a] >= 0:
            return self.graph.network.transfer_table.ids[self.graph.feature[a]]
        node, carrier, _ = self.graph.states[self.graph.head[a] if self.graph.kind[a] == LOAD else self.graph.tail[a]]
        return f"{'loading' if self.graph.kind[a] == LOAD else 'unloading'} at {node} ({carrier})"

    def uses(self, limit: Limit) -> dict[int, float]:
        """Return the units of a resource that a tonne uses on each arc."""
        return {self.arc_of[a]: use for a, use in zip(limit.arcs, limit.use, strict=True) if a in self.arc_of}

    def path_without(self, barred: set[int]) -> list[int] | None:
        """Return a path from source to sink that avoids some arcs, or None."""
        out: dict[int, list[int]] = {}
        for arc, u in enumerate(self.tail):
            if arc not in barred:
                out.setdefault(u, []).append(arc)
        arc_into: dict[int, int] = {0: -1}
        queue = deque([0])
        while queue:
            u = queue.popleft()
            for arc in out.get(u, ()):
                v = self.head[arc]
                if v not in arc_into:
                    arc_into[v] = arc
                    queue.append(v)
        if 1 not in arc_into:
            return None
        path, state = [], 1
        while (arc := arc_into[state]) >= 0:
            path.append(arc)
            state = self.tail[arc]
        return path[::-1]


def flow_graph(
    graph: VirtualNetwork,
    origins: Sequence[str],
    destinations: Sequence[str],
    constraints: Constraints,
) -> FlowGraph:
    """Return the merged graph between the two sets; sets that are not connected are refused."""
    country = graph.network.country_of
    always, sometimes = _forbidden(graph, {(country(o), country(d)) for o in origins for d in destinations})
    closed = set(excluded_arcs(graph, constraints)) | always
    state_of: dict[tuple[str, str], int] = {}
    starts, ends = set(origins), set(destinations)
    rows: dict[tuple[int, int, int, int], int] = {}
    arc_of: dict[int, tuple[int, int, int, int]] = {}
    for a in range(graph.arcs):
        if a in closed:
            continue
        ends_of_arc = _merged(graph, a, starts, ends, state_of)
        if ends_of_arc is not None:
            key = (*ends_of_arc, graph.kind[a], graph.feature[a])
            rows.setdefault(key, a)
            arc_of[a] = key
    useful = _useful(list(rows), len(state_of) + 2)
    if not useful:
        raise NoAnswerError(
            f"no route connects {', '.join(map(graph.network.name_of, origins))} to "
            f"{', '.join(map(graph.network.name_of, destinations))} for {graph.cargo.name}"
            + (f" by {', '.join(constraints.modes)}" if constraints.modes else "")
            + "; `route` shows what blocks it"
        )
    number = {key: i for i, key in enumerate(useful)}
    numbers = {a: number[key] for a, key in arc_of.items() if key in number}
    _refuse_mixed_rules(sometimes, numbers)
    return FlowGraph(
        graph,
        len(state_of) + 2,
        tuple(k[0] for k in useful),
        tuple(k[1] for k in useful),
        tuple(rows[k] for k in useful),
        numbers,
    )


def _forbidden(graph: VirtualNetwork, pairs: set[tuple[str, str]]) -> tuple[set[int], dict[str, set[int]]]:
    """Return the arcs forbidden for all pairs of countries, and by rule those forbidden only for some pairs."""
    always: set[int] = set()
    sometimes: dict[str, set[int]] = {}
    for rule in graph.frictions.rules:
        if rule["effect"] == "forbid":
            applies = [rule in graph.frictions.holding(*pair) for pair in pairs]
            if all(applies):
                always.update(graph.frictions.arcs_of(rule))
            elif any(applies):
                sometimes[str(rule["id"])] = set(graph.frictions.arcs_of(rule))
    return always, sometimes


def _refuse_mixed_rules(rules: dict[str, set[int]], arc_of: Mapping[int, int]) -> None:
    """Refuse sets whose pairs differ in what is permitted: one flow cannot separate them."""
    mixed = [name for name, arcs in rules.items() if arcs & set(arc_of)]
    if mixed:
        fix = "solve the pairs separately, or close the rule by a scenario"
        field = "origins, destinations"
        messages = {name: f"mix trade to which rule '{name}' applies with other trade" for name in mixed}
        raise DataError([Fault(field, "", name, message, fix) for name, message in messages.items()])


def _merged(
    graph: VirtualNetwork, arc: int, starts: set[str], ends: set[str], state_of: dict[tuple[str, str], int]
) -> tuple[int, int] | None:
    (node, carrier, _), (end, after, _) = graph.states[graph.tail[arc]], graph.states[graph.head[arc]]
    if graph.kind[arc] == LOAD:
        return (0, state_of.setdefault((end, after), len(state_of) + 2)) if node in starts else None
    if graph.kind[arc] == UNLOAD:
        return (state_of.setdefault((node, carrier), len(state_of) + 2), 1) if end in ends else None
    return tuple(state_of.setdefault(s, len(state_of) + 2) for s in ((node, carrier), (end, after)))  # type: ignore[return-value]


def _useful(keys: list[tuple[int, int, int, int]], states: int) -> list[tuple[int, int, int, int]]:
    """Return arcs between source and sink without dead ends: no path passes a state with one neighbour."""
    while True:
        forward = _reached(states, [(k[0], k[1]) for k in keys], 0)
        backward = _reached(states, [(k[1], k[0]) for k in keys], 1)
        neighbours: list[set[int]] = [set() for _ in range(states)]
        for k in keys:
            neighbours[k[0]].add(k[1])
            neighbours[k[1]].add(k[0])
        remaining = [
            k
            for k in keys
            if k[0] in forward
            and k[1] in backward
            and k[0] != k[1]
            and all(s in (0, 1) or len(neighbours[s]) > 1 for s in k[:2])
        ]
        if len(remaining) == len(keys):
            return sorted(remaining)
        keys = remaining


def _reached(states: int, arcs: Iterable[tuple[int, int]], start: int) -> set[int]:
    out: list[list[int]] = [[] for _ in range(states)]
    for u, v in arcs:
        out[u].append(v)
    seen, stack = {start}, [start]
    while stack:
        for v in out[stack.pop()]:
            if v not in seen:
                seen.add(v)
                stack.append(v)
    return seen
