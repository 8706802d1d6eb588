"""Maximum flow where every resource lies on one edge: whole tonnes, exact.

An edge joins two states. Its arcs in one direction may have limits of their own
and share others. Flow in both directions at once cancels, so a limit over both
directions limits the net flow. A resource that spans several edges is ignored at first.
If the flow found stays within it, that flow is the answer; otherwise the problem is
a linear program (see `linear_flow`).
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
    """A limit of the cut, its tonnes a year per unit a year, and the tonnes that pass it."""

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
    """One direction of an edge: its arcs, their own limits, and the limit that they share."""

    arcs: tuple[int, ...]
    own: tuple[tuple[Limit, float, int] | None, ...]
    shared: tuple[Limit, float, int] | None

    @property
    def free_t(self) -> int | None:
        """Free capacity in whole tonnes a year; None: no limit."""
        own_t = [None if x is None else x[2] for x in self.own]
        shared_t = None if self.shared is None else self.shared[2]
        if not own_t:
            return 0
        total = None if any(t is None for t in own_t) else sum(t for t in own_t if t is not None)
        return min((t for t in (total, shared_t) if t is not None), default=None)

    def binding(self) -> list[Cut]:
        """Return the binding limits."""
        free_t = self.free_t
        if self.shared is not None and self.shared[2] == free_t:
            limit, use, tonnes = self.shared
            return [Cut(limit, 1 / use, float(tonnes))]
        return [Cut(entry[0], 1 / entry[1], float(entry[2])) for entry in self.own if entry is not None]


@dataclass(frozen=True, slots=True)
class Edge:
    """Two states and the arcs between them, by direction."""

    low: int
    high: int
    up: Direction
    down: Direction


def solve_edges(flows: FlowGraph, known: Sequence[Limit]) -> Solution | None:
    """Return the maximum flow in whole tonnes with its cut, or None where a linear program is needed."""
    edges, wide = _edges_of(flows, known)
    solution = _solve(flows, edges)
    if solution is None:
        return None
    for limit in wide:
        used = sum(use * solution.arc_t_yr.get(arc, 0.0) for arc, use in flows.uses(limit).items())
        if limit.free_yr is None or used > limit.free_yr + 1e-9:
            return None
    return solution


def _edges_of(flows: FlowGraph, known: Sequence[Limit]) -> tuple[list[Edge], list[Limit]]:
    """Return the edges, and the limits that span more than one."""
    pair_of = [(min(u, v), max(u, v)) for u, v in zip(flows.tail, flows.head, strict=True)]
    pairs: dict[tuple[int, int], list[int]] = {}
    for arc, pair in enumerate(pair_of):
        pairs.setdefault(pair, []).append(arc)
    limits_at: dict[tuple[int, int], list[tuple[Limit, float, frozenset[int]]]] = {}
    wide = []
    for limit in known:
        arcs = flows.uses(limit)
        pairs_of_limit = {pair_of[arc] for arc in arcs}
        if len(pairs_of_limit) > 1 or len({round(u, 12) for u in arcs.values()}) > 1:
            wide.append(limit)
        elif arcs:
            limits_at.setdefault(pairs_of_limit.pop(), []).append((limit, next(iter(arcs.values())), frozenset(arcs)))
    edges = []
    for pair, arcs_here in sorted(pairs.items()):
        edge, partial = _edge(flows, pair, arcs_here, limits_at.get(pair, []))
        edges.append(edge)
        wide.extend(partial)
    return edges, wide


def _edge(
    flows: FlowGraph, pair: tuple[int, int], arcs: list[int], found: list[tuple[Limit, float, frozenset[int]]]
) -> tuple[Edge, list[Limit]]:
    """Return an edge, and the limits that cover only some of its parallel arcs."""
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
            # One arc, or one in each direction: the net flow has one direction, so it meets the limit once.
            for arc in covered:
                if arc not in own or entry[2] < own[arc][2]:
                    own[arc] = entry
        elif all(set(side) <= covered for side in sides):
            for side in sides:
                if side not in shared or entry[2] < shared[side][2]:
                    shared[side] = entry
        else:
            partial.append(limit)
    upward = Direction(up, tuple(own.get(a) for a in up), shared.get(up))
    return Edge(*pair, upward, Direction(down, tuple(own.get(a) for a in down), shared.get(down))), partial


def _solve(flows: FlowGraph, edges: Sequence[Edge]) -> Solution | None:
    """Return the maximum flow over the edges; None where the edges alone do not limit it."""
    finite = sum(r for g in edges for r in (g.up.free_t, g.down.free_t) if r is not None)
    unbounded = finite + 1
    free_t = [tuple(unbounded if w.free_t is None else w.free_t for w in (g.up, g.down)) for g in edges]
    begin, head, mate, residual, position = _residual(flows.states, edges, free_t)
    value, source_side, residual_after = _run(begin, head, mate, residual)
    if value > finite:
        return None
    arc_t_yr: dict[int, float] = {}
    cut: list[Cut] = []
    for i, edge in enumerate(edges):
        net = free_t[i][0] - residual_after[position[2 * i]]
        _spread(edge.up if net > 0 else edge.down, abs(net), arc_t_yr)
        for direction, start, end in ((edge.up, edge.low, edge.high), (edge.down, edge.high, edge.low)):
            if start in source_side and end not in source_side and direction.arcs:
                cut.extend(row for row in direction.binding() if row.tonnes > 0 or direction.free_t == 0)
    return Solution(float(value), arc_t_yr, tuple(cut))


def _residual(
    states: int, edges: Sequence[Edge], free_t: Sequence[tuple[int, ...]]
) -> tuple[list[int], list[int], list[int], list[int], list[int]]:
    """Return the residual graph; arc 2i runs up edge i, its mate 2i + 1 down."""
    rows = []
    for i, edge in enumerate(edges):
        rows += [(edge.low, edge.high, free_t[i][0], 2 * i), (edge.high, edge.low, free_t[i][1], 2 * i + 1)]
    rows.sort(key=lambda r: r[0])
    position = [0] * len(rows)
    for i, row in enumerate(rows):
        position[row[3]] = i
    begin = first_out((row[0] for row in rows), states)
    return begin, [r[1] for r in rows], [position[r[3] ^ 1] for r in rows], [r[2] for r in rows], position


def _run(begin: list[int], head: list[int], mate: list[int], capacity: list[int]) -> tuple[int, set[int], Any]:
    # Compiled sums have 63 bits; interpreted integers have no limit.
    mode = kernel.mode_for(len(head)) if sum(capacity) < 2**62 else "python"
    module = kernel.load("max_flow", mode)
    n = len(begin) - 1
    if mode == "python":
        level, scratch = [0] * n, [[0] * n for _ in range(3)]
        value = module.max_flow(begin, head, mate, capacity, 0, 1, level, *scratch)
        return value, {u for u in range(n) if level[u] >= 0}, capacity
    import numpy as np

    csr = [np.asarray(x, np.int32) for x in (begin, head, mate)]
    residual = np.array(capacity, np.int64)
    levels, *others = [np.empty(n, np.int32) for _ in range(4)]
    value = module.max_flow(*csr, residual, 0, 1, levels, *others)
    return int(value), set(np.flatnonzero(levels >= 0).tolist()), residual.tolist()


def _spread(direction: Direction, tonnes: int, arc_t_yr: dict[int, float]) -> None:
    """Assign the flow of a direction to its arcs, in their order."""
    for arc, own in zip(direction.arcs, direction.own, strict=True):
        on_arc = tonnes if own is None else min(tonnes, own[2])
        if on_arc:
            arc_t_yr[arc] = float(on_arc)
        tonnes -= on_arc
