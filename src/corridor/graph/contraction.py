"""A smaller graph with the same shortest paths between chosen states: chains of stations become one arc.

A state that is not the end of a path is removed, and each path through it becomes
an arc, as long as this does not enlarge the graph. Arcs that no path can use are
removed first. Weights play no role, so one contraction serves all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.graph.csr import first_out


@dataclass(frozen=True)
class Contraction:
    """The smaller graph in forward-star (CSR) form.

    `state_of` gives the small number of a state of the large graph (-1: removed).
    Arc a runs over the large arcs `arcs[first_arc[a] … first_arc[a + 1] - 1]`, in order.
    """

    state_of: Array
    first_out: Array
    tail: Array
    head: Array
    first_arc: Array
    arcs: Array

    def sums(self, weights: Array) -> Array:
        """Return the weights of the small arcs; `weights` has one row per set of weights."""
        if not len(self.tail):
            return np.zeros((len(weights), 0))
        sums: Array = np.add.reduceat(weights[:, self.arcs], self.first_arc[:-1], axis=1)
        return sums

    def expanded(self, first: Array, arcs: Array) -> tuple[Array, Array]:
        """Return paths, listed from end to start, in large arcs."""
        counts = np.diff(self.first_arc)[arcs]
        total = np.concatenate([[0], np.cumsum(counts)])
        # Backward within each arc, since the paths run backward.
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
    terminals = {*sources, *targets}
    removable = [s for s in range(states) if s not in terminals and (out[s] or into[s])]
    while removable:
        touched: dict[int, None] = {}
        for s in removable:
            pairs = [(a, b) for a in into[s] for b in out[s] if ends[a][0] != ends[b][1]]
            if len(pairs) > len(into[s]) + len(out[s]):
                continue
            shortcuts = [(ends[a][0], ends[b][1], chains[a] + chains[b]) for a, b in pairs]
            for a in into[s]:
                del out[ends[a][0]][a]
                touched[ends[a][0]] = None
            for b in out[s]:
                del into[ends[b][1]][b]
                touched[ends[b][1]] = None
            into[s], out[s] = {}, {}
            for u, v, chain in shortcuts:
                add(u, v, chain)
        removable = [s for s in touched if s not in terminals and (out[s] or into[s])]
    return _numbered(states, out, ends, chains, terminals)


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
    terminals: Collection[int],
) -> Contraction:
    remaining = sorted((ends[a], chains[a]) for arcs in out for a in arcs)
    used = sorted({*terminals, *(s for pair, _ in remaining for s in pair)})
    state_of = np.full(states, -1, dtype=np.int64)
    state_of[used] = np.arange(len(used))
    small = [(int(state_of[u]), int(state_of[v])) for (u, v), _ in remaining]
    lengths = [len(chain) for _, chain in remaining]
    return Contraction(
        state_of,
        np.array(first_out((u for u, _ in small), len(used)), dtype=np.int32),
        np.array([u for u, _ in small], dtype=np.int32),
        np.array([v for _, v in small], dtype=np.int32),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.array([a for _, chain in remaining for a in chain], dtype=np.int64),
    )
