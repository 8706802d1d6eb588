"""Shortest paths from one or several sources over a graph in forward-star form.

Arcs of state `u` are `first_out[u] … first_out[u + 1] - 1`, arc `a` leads to
`head[a]` and costs `weight[a] >= 0`; an arc of infinite weight is closed.
Parallel arcs, loops and zero weights are allowed.
"""

from __future__ import annotations

from typing import Any

from corridor.kernel.mode import tools

jit, index = tools(__name__)

INFINITY = float("inf")


@jit
def shortest_path_tree(
    first_out: Any,
    head: Any,
    weight: Any,
    sources: Any,
    source_cost: Any,
    target: int,
    distance: Any,
    arc_in: Any,
    heap: Any,
    place: Any,
) -> int:
    """Settle states in order of distance; stop at `target` (-1: settle all).

    Fills `distance` (infinite: not reached) and `arc_in` (arc by which a state
    is reached; -1: source or not reached), both of length n; `heap` and `place`
    are scratch of length n. Returns how many states were settled. Among equal
    distances the arc that was met first stays, so the answer depends on the
    order of the arcs only. O((n + m) log n), a heap of four children.
    """
    states = len(first_out) - 1
    for u in range(states):
        distance[index(u)] = INFINITY
        arc_in[index(u)] = -1
        place[index(u)] = -1
    size = 0
    for i in range(len(sources)):
        source = sources[index(i)]
        if source_cost[index(i)] < distance[index(source)]:
            distance[index(source)] = source_cost[index(i)]
            if place[index(source)] < 0:
                place[index(source)] = size
                heap[index(size)] = source
                size += 1
            rise(heap, place, distance, place[index(source)])
    settled = 0
    while size > 0:
        u = heap[0]
        size -= 1
        last = heap[index(size)]
        if size > 0:
            heap[0] = last
            place[index(last)] = 0
            sink(heap, place, distance, size)
        place[index(u)] = -2  # settled
        settled += 1
        if u == target:
            break
        near = distance[index(u)]
        for a in range(first_out[index(u)], first_out[index(u + 1)]):
            far = near + weight[index(a)]
            v = head[index(a)]
            if far < distance[index(v)]:
                distance[index(v)] = far
                arc_in[index(v)] = a
                if place[index(v)] == -1:
                    place[index(v)] = size
                    heap[index(size)] = v
                    size += 1
                rise(heap, place, distance, place[index(v)])
    return settled


@jit
def rise(heap: Any, place: Any, distance: Any, start: int) -> None:
    """Move the entry at `start` towards the root until its parent is no farther."""
    state = heap[index(start)]
    key = distance[index(state)]
    hole = start
    while hole > 0:
        parent = (hole - 1) >> 2
        above = heap[index(parent)]
        if distance[index(above)] <= key:
            break
        heap[index(hole)] = above
        place[index(above)] = hole
        hole = parent
    heap[index(hole)] = state
    place[index(state)] = hole


@jit
def sink(heap: Any, place: Any, distance: Any, size: int) -> None:
    """Move the entry at the root away from it until no child is nearer."""
    state = heap[0]
    key = distance[index(state)]
    hole = 0
    while True:
        child = (hole << 2) + 1
        if child >= size:
            break
        best = child
        nearest = distance[index(heap[index(child)])]
        for other in range(child + 1, min(child + 4, size)):
            d = distance[index(heap[index(other)])]
            if d < nearest:
                best, nearest = other, d
        if nearest >= key:
            break
        moved = heap[index(best)]
        heap[index(hole)] = moved
        place[index(moved)] = hole
        hole = best
    heap[index(hole)] = state
    place[index(state)] = hole
