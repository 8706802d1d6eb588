"""The contraction order of a graph: dead ends and chains first, then nested dissection, separators last."""

from __future__ import annotations

import numpy as np

from corridor import kernel
from corridor.arrays import Array
from corridor.graph.csr import CsrGraph


def order_of(states: int, tail: Array, head: Array, keys: Array | None) -> Array:
    """Return the rank of each state in an order of nested dissection."""
    module = kernel.load("dissection", "numba")
    first, head = _undirected(states, tail, head)
    degree = np.diff(first)
    order = np.empty(states, np.int64)
    stripped = module.strip(first, head, degree, order)
    remaining = np.ones(states, np.bool_)
    remaining[order[:stripped]] = False
    core = np.flatnonzero(remaining)
    if len(core):
        place = np.cumsum(remaining) - 1
        chosen = _neighbour_positions(first, degree, core)
        tails = np.repeat(np.arange(len(core)), degree[core])
        inner = CsrGraph.of(len(core), tails, place[head[chosen]])
        mate = _mates(inner)
        directions = _directions(inner, None if keys is None else keys[:, core])
        nodes = np.arange(len(core))
        module.dissect(inner.first_out, inner.head, mate, directions, nodes)
        order[stripped:] = core[nodes]
    rank = np.empty(states, np.int32)
    rank[order] = np.arange(states, dtype=np.int32)
    return rank


def _neighbour_positions(first: Array, degree: Array, core: Array) -> Array:
    """Return the positions of the neighbours of some states."""
    sizes = degree[core]
    begin = np.repeat(first[core] - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes)
    positions: Array = begin + np.arange(sizes.sum())
    return positions


def _undirected(states: int, tail: Array, head: Array) -> tuple[Array, Array]:
    """Return the undirected graph in both directions, without parallel arcs and loops: first, head."""
    low, high = np.minimum(tail, head).astype(np.int64), np.maximum(tail, head)
    pair = np.unique((low * states + high)[low < high])
    low, high = pair // max(states, 1), pair % max(states, 1)
    ends, others = np.concatenate([low, high]), np.concatenate([high, low])
    by_end = np.argsort(ends, kind="stable")
    csr = CsrGraph.of(states, ends[by_end], others[by_end])
    return csr.first_out, csr.head.copy()


def _mates(csr: CsrGraph) -> Array:
    """Return the reverse of each arc of an undirected graph."""
    ahead = np.lexsort((csr.head, csr.tail))
    turned = np.lexsort((csr.tail, csr.head))
    mate = np.empty(csr.arcs, np.int64)
    mate[ahead] = turned
    return mate


def _directions(csr: CsrGraph, keys: Array | None) -> Array:
    """Return the directions in which cuts are searched: both coordinates and both diagonals."""
    if keys is None:
        keys = _far_apart(csr)
    rows = list(np.asarray(keys, dtype=np.float64))
    if len(rows) == 2:
        rows += [rows[0] + rows[1], rows[0] - rows[1]]
    return np.ascontiguousarray(rows)


def _far_apart(csr: CsrGraph) -> Array:
    """Return substitute coordinates: numbers of steps from two distant states."""
    from_any = _steps(csr, 0)
    farthest = int(np.argmax(from_any))
    from_one = _steps(csr, farthest)
    from_other = _steps(csr, int(np.argmax(from_one)))
    return np.stack([from_one - from_other, from_one + from_other])


def _steps(csr: CsrGraph, source: int) -> Array:
    module = kernel.load("shortest_path", "numba")
    n = csr.states
    out = (np.empty(n), np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n), np.empty(n, np.int32))
    start = (np.array([source], dtype=np.int32), np.zeros(1))
    module.shortest_path_tree(csr.first_out, csr.head, np.ones(csr.arcs), *start, -1, *out)
    far = out[0]
    return np.where(np.isfinite(far), far, far[np.isfinite(far)].max() + 1.0)
