"""In which order the states of a graph are contracted: ends and chains first, then what little holds together last."""

from __future__ import annotations

from typing import Any

import numpy as np

from corridor import kernel
from corridor.graph.csr import Star

Array = np.ndarray[Any, Any]


def order_of(states: int, tail: Array, head: Array, keys: Array | None) -> Array:
    """Return the rank of each state in an order of nested dissection."""
    module = kernel.load("dissection", "numba")
    first, head = _undirected(states, tail, head)
    degree = np.diff(first)
    order = np.empty(states, np.int64)
    stripped = module.strip(first, head, degree, order)
    left = np.ones(states, np.bool_)
    left[order[:stripped]] = False
    core = np.flatnonzero(left)
    if len(core):
        place = np.cumsum(left) - 1
        kept = _kept(first, degree, core)
        tails = np.repeat(np.arange(len(core)), degree[core])
        inner = Star.of(len(core), tails, place[head[kept]])
        mate = _mates(inner)
        lines = _directions(inner, None if keys is None else keys[:, core])
        nodes = np.arange(len(core))
        module.dissect(inner.first_out, inner.head, mate, lines, nodes)
        order[stripped:] = core[nodes]
    rank = np.empty(states, np.int32)
    rank[order] = np.arange(states, dtype=np.int32)
    return rank


def _kept(first: Array, degree: Array, core: Array) -> Array:
    """Return the positions of the neighbours of some states."""
    sizes = degree[core]
    begin = np.repeat(first[core] - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes)
    made: Array = begin + np.arange(sizes.sum())
    return made


def _undirected(states: int, tail: Array, head: Array) -> tuple[Array, Array]:
    """Return who is joined with whom, both ways, once each, without loops."""
    low, high = np.minimum(tail, head).astype(np.int64), np.maximum(tail, head)
    pair = np.unique((low * states + high)[low < high])
    low, high = pair // max(states, 1), pair % max(states, 1)
    ends, others = np.concatenate([low, high]), np.concatenate([high, low])
    by_end = np.argsort(ends, kind="stable")
    made = Star.of(states, ends[by_end], others[by_end])
    return made.first_out, made.head.copy()


def _mates(star: Star) -> Array:
    """Return which arc of an undirected graph is each arc turned round."""
    ahead = np.lexsort((star.head, star.tail))
    turned = np.lexsort((star.tail, star.head))
    mate = np.empty(star.arcs, np.int64)
    mate[ahead] = turned
    return mate


def _directions(star: Star, keys: Array | None) -> Array:
    """Return the directions in which cuts are sought: along, across and aslant of two coordinates."""
    if keys is None:
        keys = _far_apart(star)
    rows = list(np.asarray(keys, dtype=np.float64))
    if len(rows) == 2:
        rows += [rows[0] + rows[1], rows[0] - rows[1]]
    return np.ascontiguousarray(rows)


def _far_apart(star: Star) -> Array:
    """Return steps from two states that lie far apart, where nobody knows coordinates."""
    from_any = _steps(star, 0)
    one = int(np.argmax(from_any))
    from_one = _steps(star, one)
    from_other = _steps(star, int(np.argmax(from_one)))
    return np.stack([from_one - from_other, from_one + from_other])


def _steps(star: Star, source: int) -> Array:
    module = kernel.load("shortest_path", "numba")
    n = star.states
    out = (np.empty(n), np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n), np.empty(n, np.int32))
    start = (np.array([source], dtype=np.int32), np.zeros(1))
    module.shortest_path_tree(star.first_out, star.head, np.ones(star.arcs), *start, -1, *out)
    far = out[0]
    return np.where(np.isfinite(far), far, far[np.isfinite(far)].max() + 1.0)
