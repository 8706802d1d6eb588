"""Maximum flow where every resource is a gate: whole tonnes, exact.

A gate joins two states. Its arcs in one direction may have limits of their own
and share others; flow in both directions at once cancels, so a limit over both
directions limits the net flow. A resource that fits no gate is left out at first: if the
flow found keeps within it all the same, that flow is the answer; otherwise the
question is a linear program (see `linear`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from corridor import kernel
from corridor.flow.flow_graph import FlowGraph
from corridor.graph.csr import first_out
from corridor.graph.resources import Limit


class Cut(NamedTuple):
    """A limit of the cut, its tonnes a year per unit a year, and the tonnes it lets through."""

    limit: Limit
    weight: float
    tonnes: float


@dataclass(frozen=True, slots=True)
class Solution:
    """Value, tonnes a year per arc, and the cut."""

    value_t_yr: float
    arc_t_yr: dict[int, float]
    cut: tuple[Cut, ...]


@dataclass(frozen=True, slots=True)
class Direction:
    """One direction of a gate: its arcs with their room, and what limits them together."""

    arcs: tuple[int, ...]
    own: tuple[tuple[Limit, float, int] | None, ...]
    shared: tuple[Limit, float, int] | None

    @property
    def free_t(self) -> int | None:
        """Whole tonnes a year that fit; None: no limit."""
        rooms = [None if x is None else x[2] for x in self.own]
        together = None if self.shared is None else self.shared[2]
        if not rooms:
            return 0
        total = None if any(r is None for r in rooms) else sum(r for r in rooms if r is not None)
        return min((r for r in (total, together) if r is not None), default=None)

    def binding(self) -> list[Cut]:
        """Return the limits that make the room what it is."""
        room = self.free_t
        if self.shared is not None and self.shared[2] == room:
            limit, use, tonnes = self.shared
            return [Cut(limit, 1 / use, float(tonnes))]
        return [Cut(x[0], 1 / x[1], float(x[2])) for x in self.own if x is not None]


@dataclass(frozen=True, slots=True)
class Edge:
    """Two states and the ways between them."""

    low: int
    high: int
    up: Direction
    down: Direction


def solve_edges(flows: FlowGraph, known: Sequence[Limit]) -> Solution | None:
    """Return the maximum flow in whole tonnes with its cut, or None where it takes a linear program."""
    edges, wide = _edges_of(flows, known)
    solution = _solve(flows, edges)
    if solution is None:
        return None
    for limit in wide:
        taken = sum(use * solution.arc_t_yr.get(arc, 0.0) for arc, use in flows.uses(limit).items())
        if limit.free_yr is None or taken > limit.free_yr + 1e-9:
            return None
    return solution


def _edges_of(flows: FlowGraph, known: Sequence[Limit]) -> tuple[list[Edge], list[Limit]]:
    """Return the gates, and the limits that span more than one."""
    pair_of = [(min(u, v), max(u, v)) for u, v in zip(flows.tail, flows.head, strict=True)]
    pairs: dict[tuple[int, int], list[int]] = {}
    for arc, pair in enumerate(pair_of):
        pairs.setdefault(pair, []).append(arc)
    limits_at: dict[tuple[int, int], list[tuple[Limit, float, frozenset[int]]]] = {}
    wide = []
    for limit in known:
        arcs = flows.uses(limit)
        places = {pair_of[arc] for arc in arcs}
        if len(places) > 1 or len({round(u, 12) for u in arcs.values()}) > 1:
            wide.append(limit)
        elif arcs:
            limits_at.setdefault(places.pop(), []).append((limit, next(iter(arcs.values())), frozenset(arcs)))
    edges = []
    for pair, arcs_here in sorted(pairs.items()):
        edge, partial = _edge(flows, pair, arcs_here, limits_at.get(pair, []))
        edges.append(edge)
        wide.extend(partial)
    return edges, wide


def _edge(
    flows: FlowGraph, pair: tuple[int, int], arcs: list[int], found: list[tuple[Limit, float, frozenset[int]]]
) -> tuple[Edge, list[Limit]]:
    """Return a gate, and the limits that cover some of its parallel arcs and not others."""
    up = tuple(a for a in arcs if flows.tail[a] == pair[0])
    down = tuple(a for a in arcs if flows.tail[a] != pair[0])
    own: dict[int, tuple[Limit, float, int]] = {}
    shared: dict[tuple[int, ...], tuple[Limit, float, int]] = {}
    partial = []
    for limit, use, covered in found:
        assert limit.free_yr is not None
        entry = (limit, use, int(limit.free_yr / use + 1e-9))
        sides = [side for side in (up, down) if covered & set(side)]
        if all(len(covered & set(side)) == 1 for side in sides):
            # One arc, or one each way: the net flow runs one way only, so it meets the limit once.
            for arc in covered:
                if arc not in own or entry[2] < own[arc][2]:
                    own[arc] = entry
        elif all(set(side) <= covered for side in sides):
            for side in sides:
                if side not in shared or entry[2] < shared[side][2]:
                    shared[side] = entry
        else:
            partial.append(limit)
    up_way = Direction(up, tuple(own.get(a) for a in up), shared.get(up))
    return Edge(*pair, up_way, Direction(down, tuple(own.get(a) for a in down), shared.get(down))), partial


def _solve(flows: FlowGraph, edges: Sequence[Edge]) -> Solution | None:
    """Return the maximum flow over the gates; None where the gates alone do not limit it."""
    finite = sum(r for g in edges for r in (g.up.free_t, g.down.free_t) if r is not None)
    unlimited = finite + 1
    rooms = [tuple(unlimited if w.free_t is None else w.free_t for w in (g.up, g.down)) for g in edges]
    begin, head, mate, room, position = _residual(flows.states, edges, rooms)
    value, source_side, left = _run(begin, head, mate, room)
    if value > finite:
        return None
    arc_t_yr: dict[int, float] = {}
    cut: list[Cut] = []
    for i, edge in enumerate(edges):
        net = rooms[i][0] - left[position[2 * i]]
        _spread(edge.up if net > 0 else edge.down, abs(net), arc_t_yr)
        for way, start, end in ((edge.up, edge.low, edge.high), (edge.down, edge.high, edge.low)):
            if start in source_side and end not in source_side and way.arcs:
                cut.extend(row for row in way.binding() if row.tonnes > 0 or way.free_t == 0)
    return Solution(float(value), arc_t_yr, tuple(cut))


def _residual(
    states: int, edges: Sequence[Edge], rooms: Sequence[tuple[int, ...]]
) -> tuple[list[int], list[int], list[int], list[int], list[int]]:
    """Return the residual graph; arc 2i runs up gate i, its mate 2i + 1 down."""
    rows = []
    for i, edge in enumerate(edges):
        rows += [(edge.low, edge.high, rooms[i][0], 2 * i), (edge.high, edge.low, rooms[i][1], 2 * i + 1)]
    rows.sort(key=lambda r: r[0])
    position = [0] * len(rows)
    for place, row in enumerate(rows):
        position[row[3]] = place
    begin = first_out((row[0] for row in rows), states)
    return begin, [r[1] for r in rows], [position[r[3] ^ 1] for r in rows], [r[2] for r in rows], position


def _run(begin: list[int], head: list[int], mate: list[int], room: list[int]) -> tuple[int, set[int], Any]:
    # Compiled, the sums are of 63 bits; interpreted, they have no end.
    mode = kernel.mode_for(len(head)) if sum(room) < 2**62 else "python"
    module = kernel.load("max_flow", mode)
    n = len(begin) - 1
    if mode == "python":
        level, scratch = [0] * n, [[0] * n for _ in range(3)]
        value = module.max_flow(begin, head, mate, room, 0, 1, level, *scratch)
        return value, {u for u in range(n) if level[u] >= 0}, room
    import numpy as np

    csr = [np.asarray(x, np.int32) for x in (begin, head, mate)]
    left = np.array(room, np.int64)
    levels, *others = [np.empty(n, np.int32) for _ in range(4)]
    value = module.max_flow(*csr, left, 0, 1, levels, *others)
    return int(value), set(np.flatnonzero(levels >= 0).tolist()), left.tolist()


def _spread(way: Direction, tonnes: int, arc_t_yr: dict[int, float]) -> None:
    """Put the flow of a way on its arcs, in their order."""
    for arc, own in zip(way.arcs, way.own, strict=True):
        here = tonnes if own is None else min(tonnes, own[2])
        if here:
            arc_t_yr[arc] = float(here)
        tonnes -= here
