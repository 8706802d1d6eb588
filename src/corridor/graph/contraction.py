"""A smaller graph with the same shortest paths between chosen states: chains of stations become one arc.

A state that is no end of any path is taken out, and each way through it becomes
an arc, as long as that makes the graph no larger. What no path can use is
dropped first. Weights are not looked at, so one contraction serves all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor.graph.csr import first_out

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Contraction:
    """The smaller graph in forward-star form.

    `state_of` gives the small number of a state of the large graph (-1: gone).
    Arc a runs over the large arcs `arcs[first_arc[a] … first_arc[a + 1] - 1]`, in order.
    """

    state_of: Array
    first_out: Array
    tail: Array
    head: Array
    first_arc: Array
    arcs: Array

    def sums(self, weights: Array) -> Array:
        """Return the weights of the small arcs; `weights` has one row per way of weighing."""
        if not len(self.tail):
            return np.zeros((len(weights), 0))
        made: Array = np.add.reduceat(weights[:, self.arcs], self.first_arc[:-1], axis=1)
        return made

    def expanded(self, first: Array, arcs: Array) -> tuple[Array, Array]:
        """Return paths, listed from their end to their start, in large arcs."""
        counts = np.diff(self.first_arc)[arcs]
        total = np.concatenate([[0], np.cumsum(counts)])
        # Backward within each arc, as the paths are.
        position = np.arange(total[-1]) - np.repeat(total[:-1], counts)
        large = self.arcs[np.repeat(self.first_arc[arcs + 1] - 1, counts) - position]
        return total[first], large


def contract(
    states: int, tail: Sequence[int], head: Sequence[int], sources: Collection[int], targets: Collection[int]
) -> Contraction:
    """Return the smaller graph for paths from any of `sources` to any of `targets`."""
    ahead = _reached(states, zip(tail, head, strict=True), sources)
    behind = _reached(states, zip(head, tail, strict=True), targets)
    out: list[dict[int, None]] = [{} for _ in range(states)]
    into: list[dict[int, None]] = [{} for _ in range(states)]
    ends: list[tuple[int, int]] = []
    chains: list[tuple[int, ...]] = []

    def add(u: int, v: int, chain: tuple[int, ...]) -> None:
        out[u][len(chains)] = None
        into[v][len(chains)] = None
        ends.append((u, v))
        chains.append(chain)

    for a, (u, v) in enumerate(zip(tail, head, strict=True)):
        if ahead[u] and behind[u] and ahead[v] and behind[v] and u != v:
            add(u, v, (a,))
    kept = {*sources, *targets}
    waiting = [s for s in range(states) if s not in kept and (out[s] or into[s])]
    while waiting:
        touched: dict[int, None] = {}
        for s in waiting:
            ways = [(a, b) for a in into[s] for b in out[s] if ends[a][0] != ends[b][1]]
            if len(ways) > len(into[s]) + len(out[s]):
                continue
            made = [(ends[a][0], ends[b][1], chains[a] + chains[b]) for a, b in ways]
            for a in into[s]:
                del out[ends[a][0]][a]
                touched[ends[a][0]] = None
            for b in out[s]:
                del into[ends[b][1]][b]
                touched[ends[b][1]] = None
            into[s], out[s] = {}, {}
            for u, v, chain in made:
                add(u, v, chain)
        waiting = [s for s in touched if s not in kept and (out[s] or into[s])]
    return _numbered(states, out, ends, chains, kept)


def _reached(states: int, arcs: Any, starts: Collection[int]) -> list[bool]:
    follow: list[list[int]] = [[] for _ in range(states)]
    for u, v in arcs:
        follow[u].append(v)
    seen = [False] * states
    stack = list(starts)
    for s in stack:
        seen[s] = True
    while stack:
        for v in follow[stack.pop()]:
            if not seen[v]:
                seen[v] = True
                stack.append(v)
    return seen


def _numbered(
    states: int,
    out: Sequence[dict[int, None]],
    ends: Sequence[tuple[int, int]],
    chains: Sequence[tuple[int, ...]],
    kept: Collection[int],
) -> Contraction:
    live = sorted((ends[a], chains[a]) for arcs in out for a in arcs)
    used = sorted({*kept, *(s for pair, _ in live for s in pair)})
    state_of = np.full(states, -1, dtype=np.int64)
    state_of[used] = np.arange(len(used))
    small = [(int(state_of[u]), int(state_of[v])) for (u, v), _ in live]
    lengths = [len(chain) for _, chain in live]
    return Contraction(
        state_of,
        np.array(first_out((u for u, _ in small), len(used)), dtype=np.int32),
        np.array([u for u, _ in small], dtype=np.int32),
        np.array([v for _, v in small], dtype=np.int32),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.array([a for _, chain in live for a in chain], dtype=np.int64),
    )
