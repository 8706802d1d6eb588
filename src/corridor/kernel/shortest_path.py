"""Shortest paths from one or several sources over a graph in forward-star form.

The arcs of state `u` are `first_out[u] … first_out[u + 1] - 1`, arc `a` leads to
`head[a]` and costs `weight[a] >= 0`; an arc of infinite weight is closed.
Parallel arcs, loops and zero weights are allowed; a distance beyond all floats
(1.8e308) counts as not reached.
"""

from __future__ import annotations

from typing import Any

from corridor.kernel.mode import tools

jit, index = tools(__name__, allocates=False)

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
    key: Any,
    place: Any,
) -> int:
    """Settle states in order of distance; stop at `target` (-1: settle all).

    Fills `distance` (infinite: not reached) and `arc_in` (arc by which a state
    is reached; -1: source or not reached), both of length n; `heap`, `key` and
    `place` are scratch of length n. Returns the number of settled states. Among equal
    distances the first arc found remains, so the result depends only on the order of
    the arcs. A negative weight that affects the result raises ValueError.
    Dijkstra's algorithm, O((n + m) log n), with a 4-ary heap that stores distances next
    to states, for memory locality.
    """
    states = len(first_out) - 1
    for u in range(states):
        distance[index(u)] = INFINITY
        arc_in[index(u)] = -1
        place[index(u)] = -1
    # Start with all sources in the heap.
    size = 0
    for i in range(len(sources)):
        source = sources[index(i)]
        if source_cost[index(i)] < distance[index(source)]:
            distance[index(source)] = source_cost[index(i)]
            hole = place[index(source)]
            if hole < 0:
                hole = size
                size += 1
            rise(heap, key, place, hole, source, source_cost[index(i)])
    settled = 0
    while size > 0:
        # Settle the nearest state.
        u = heap[0]
        near = key[0]
        size -= 1
        if size > 0:
            sink(heap, key, place, size)
        place[index(u)] = -2  # settled
        settled += 1
        if u == target:
            break
        # Relax its arcs.
        for a in range(first_out[index(u)], first_out[index(u + 1)]):
            far = near + weight[index(a)]
            v = head[index(a)]
            if far < distance[index(v)]:
                hole = place[index(v)]
                if hole == -2:
                    raise ValueError("an arc has a negative weight")
                distance[index(v)] = far
                arc_in[index(v)] = a
                if hole == -1:
                    hole = size
                    size += 1
                rise(heap, key, place, hole, v, far)
    return settled


@jit
def shortest_paths(
    first_out: Any,
    tail: Any,
    head: Any,
    weights: Any,
    tree_source: Any,
    tree_row: Any,
    first_query: Any,
    query_target: Any,
    cost: Any,
    first_arc: Any,
    arcs: Any,
    distance: Any,
    source: Any,
    source_cost: Any,
    arc_in: Any,
    heap: Any,
    key: Any,
    place: Any,
) -> int:
    """Find one tree per source and the paths of its queries; the arcs of a path run from its end to its start.

    Tree t starts at `tree_source[t]` under row `tree_row[t]` of `weights` and
    answers queries `first_query[t] … first_query[t + 1] - 1`, each to
    `query_target`. Fills `cost` (infinite: no path), `first_arc` (length
    queries + 1) and `arcs`. Returns the required length of `arcs`; if it is too
    short, the call must be repeated with a longer one. `source` and
    `source_cost` are scratch of length 1, the rest of length n.
    """
    needed = 0
    first_arc[0] = 0
    source_cost[0] = 0.0
    for t in range(len(tree_source)):
        source[0] = tree_source[index(t)]
        shortest_path_tree(
            first_out,
            head,
            weights[index(tree_row[index(t)])],
            source,
            source_cost,
            -1,
            distance,
            arc_in,
            heap,
            key,
            place,
        )
        # Follow the tree from each target back to the source.
        for q in range(first_query[index(t)], first_query[index(t + 1)]):
            state = query_target[index(q)]
            cost[index(q)] = distance[index(state)]
            a = arc_in[index(state)]
            while a >= 0:
                if needed < len(arcs):
                    arcs[index(needed)] = a
                needed += 1
                a = arc_in[index(tail[index(a)])]
            first_arc[index(q + 1)] = needed
    return needed


@jit
def rise(heap: Any, key: Any, place: Any, hole: int, state: int, distance: float) -> None:
    """Insert a state at a hole and move it up until its parent is no farther."""
    while hole > 0:
        parent = (hole - 1) >> 2
        above = key[index(parent)]
        if above <= distance:
            break
        moved = heap[index(parent)]
        heap[index(hole)], key[index(hole)] = moved, above
        place[index(moved)] = hole
        hole = parent
    heap[index(hole)], key[index(hole)] = state, distance
    place[index(state)] = hole


@jit
def sink(heap: Any, key: Any, place: Any, size: int) -> None:
    """Insert the entry at `size` at the root and move it down until no child is nearer."""
    state, distance = heap[index(size)], key[index(size)]
    hole = 0
    while True:
        child = (hole << 2) + 1
        if child >= size:
            break
        best, nearest = child, key[index(child)]
        for other in range(child + 1, min(child + 4, size)):
            if key[index(other)] < nearest:
                best, nearest = other, key[index(other)]
        if nearest >= distance:
            break
        moved = heap[index(best)]
        heap[index(hole)], key[index(hole)] = moved, nearest
        place[index(moved)] = hole
        hole = best
    heap[index(hole)], key[index(hole)] = state, distance
    place[index(state)] = hole
