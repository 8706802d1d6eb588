"""A customisable contraction hierarchy: shortcuts that do not depend on weights, and their weights.

States are numbered by rank in the order of contraction, from 0. Arc e of the hierarchy
joins `tail[e]` with a state of higher rank, `up_head[e]`; the arcs of u are
`up_first[u] … up_first[u + 1] - 1`, sorted by head. `weight[2 e]` is the upward cost,
`weight[2 e + 1]` the downward cost; infinite: closed.

Reference: Dibbelt, Strasser & Wagner (2016), doi:10.1145/2886843.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corridor.kernel.mode import tools

jit, index = tools(__name__)

INFINITY = float("inf")


@jit
def complete(up: Any, parent: Any, up_first: Any, capacity: int) -> Any:
    """Return the heads of all arcs after contraction, and fill `up_first`, `parent` (-1: none).

    `up` is (first, head) of the graph's own arcs to higher ranks, heads unsorted.
    The parent of a state is its lowest higher neighbour and inherits all the others.
    """
    own_first, own_head = up
    states = len(parent)
    heads = np.empty(max(1, capacity), np.int32)
    stamp = np.full(states, -1, np.int64)
    child, brother = np.full(states, -1, np.int64), np.full(states, -1, np.int64)
    higher = np.empty(states, np.int64)
    stored = 0
    for v in range(states):
        # Own higher neighbours.
        size = 0
        for a in range(own_first[index(v)], own_first[index(v + 1)]):
            w = own_head[index(a)]
            if stamp[index(w)] != v:
                stamp[index(w)] = v
                higher[index(size)] = w
                size += 1
        # Neighbours inherited from the children.
        c = child[index(v)]
        while c >= 0:
            for e in range(up_first[index(c)] + 1, up_first[index(c + 1)]):
                w = heads[index(e)]
                if stamp[index(w)] != v:
                    stamp[index(w)] = v
                    higher[index(size)] = w
                    size += 1
            c = brother[index(c)]
        # Store them sorted, in a longer array if needed.
        if stored + size > len(heads):
            longer = np.empty(2 * (stored + size), np.int32)
            longer[:stored] = heads[:stored]
            heads = longer
        up_first[index(v)] = stored
        _sort(higher, size)
        for i in range(size):
            heads[index(stored + i)] = higher[index(i)]
        stored += size
        up_first[index(v + 1)] = stored
        # The lowest one is the parent.
        parent[index(v)] = higher[0] if size > 0 else -1
        if size > 0:
            brother[index(v)] = child[index(higher[0])]
            child[index(higher[0])] = v
    return heads[:stored].copy()


@jit
def _sort(values: Any, size: int) -> None:
    """Sort the first `size` values; short runs by insertion sort."""
    if size > 40:
        values[:size] = np.sort(values[:size])
        return
    for i in range(1, size):
        value, k = values[index(i)], i
        while k > 0 and values[index(k - 1)] > value:
            values[index(k)] = values[index(k - 1)]
            k -= 1
        values[index(k)] = value


@jit
def number_in_postorder(parent: Any, rank: Any) -> None:
    """Fill `rank` with a postorder of the elimination tree: equal shortcuts, with better memory locality."""
    states = len(parent)
    child, brother = np.full(states, -1, np.int64), np.full(states, -1, np.int64)
    # Children and roots as linked lists, in ascending order.
    v: Any = 0
    root: Any = -1
    for v in range(states - 1, -1, -1):
        p = parent[index(v)]
        if p < 0:
            brother[index(v)] = root
            root = v
        else:
            brother[index(v)] = child[index(p)]
            child[index(p)] = v
    # Depth-first traversal without a stack.
    number = 0
    v = root
    while v >= 0:
        while child[index(v)] >= 0:
            v = child[index(v)]
        rank[index(v)] = number
        number += 1
        while brother[index(v)] < 0 and parent[index(v)] >= 0:
            v = parent[index(v)]
            rank[index(v)] = number
            number += 1
        v = brother[index(v)]


@jit
def place_arcs(tail_rank: Any, head_rank: Any, up_first: Any, up_head: Any, slot: Any) -> None:
    """Fill the slot of the weight of each arc in the hierarchy; -1 for loops."""
    for a in range(len(slot)):
        u, v = tail_rank[index(a)], head_rank[index(a)]
        low, high = min(u, v), max(u, v)
        slot[index(a)] = -1
        if low < high:
            slot[index(a)] = 2 * find_arc(up_first, up_head, low, high) + (0 if u < v else 1)


@jit
def find_arc(up_first: Any, up_head: Any, low: int, high: int) -> int:
    """Return the arc between two states, which must exist, by binary search."""
    begin, end = up_first[index(low)], up_first[index(low + 1)]
    while end - begin > 1:
        middle = (begin + end) >> 1
        if up_head[index(middle)] <= high:
            begin = middle
        else:
            end = middle
    return begin  # type: ignore[no-any-return]


@jit
def turn_round(up_first: Any, up_head: Any, down_first: Any, down_arc: Any, down_tail: Any) -> None:
    """Fill the arcs that reach each state from below, sorted by tail: a counting sort."""
    states = len(up_first) - 1
    for v in range(states + 1):
        down_first[index(v)] = 0
    for e in range(len(up_head)):
        down_first[index(up_head[index(e)] + 1)] += 1
    for v in range(states):
        down_first[index(v + 1)] += down_first[index(v)]
    for u in range(states):
        for e in range(up_first[index(u)], up_first[index(u + 1)]):
            place = down_first[index(up_head[index(e)])]
            down_arc[index(place)] = e
            down_tail[index(place)] = u
            down_first[index(up_head[index(e)])] += 1
    for v in range(states, 0, -1):
        down_first[index(v)] = down_first[index(v - 1)]
    down_first[0] = 0


@jit
def enter(slot: Any, own_weights: Any, weight: Any) -> None:
    """Fill the weights of the graph's own arcs, the minimum of parallel arcs; shortcuts are infinite."""
    for e in range(len(weight)):
        weight[index(e)] = INFINITY
    for a in range(len(slot)):
        s = slot[index(a)]
        if s >= 0 and own_weights[index(a)] < weight[index(s)]:
            weight[index(s)] = own_weights[index(a)]


@jit
def customise(up_first: Any, up_head: Any, down: Any, begin: int, end: int, weight: Any, place: Any) -> None:
    """Reduce the weights at the states `begin … end - 1` to the cost over lower states, which are final.

    `down` is the result of `turn_round`; `place` is scratch by state.
    """
    down_first, down_arc, down_tail = down
    for x in range(begin, end):
        # Arc of x to each higher neighbour.
        first, last = up_first[index(x)], up_first[index(x + 1)]
        for e in range(first, last):
            place[index(up_head[index(e)])] = e
        # Lower triangles: for each v below x, all states y above x.
        for k in range(down_first[index(x)], down_first[index(x + 1)]):
            e = down_arc[index(k)]  # from v below to x
            to_x, from_x = weight[index(2 * e)], weight[index(2 * e + 1)]
            if to_x == INFINITY and from_x == INFINITY:
                continue
            for f in range(e + 1, up_first[index(down_tail[index(k)] + 1)]):  # from v to y above x
                g = 2 * place[index(up_head[index(f)])]
                over = from_x + weight[index(2 * f)]
                weight[index(g)] = min(weight[index(g)], over)
                back = weight[index(2 * f + 1)] + to_x
                weight[index(g + 1)] = min(weight[index(g + 1)], back)


@jit
def least_over(up: Any, down: Any, e: int, weight: Any) -> tuple[float, float]:
    """Return the least cost of arc e over lower states, upwards and downwards."""
    tail, up_head = up
    down_first, down_arc, down_tail = down
    x, y = tail[index(e)], up_head[index(e)]
    i, j = down_first[index(x)], down_first[index(y)]
    last_i, last_j = down_first[index(x + 1)], down_first[index(y + 1)]
    upwards, downwards = INFINITY, INFINITY
    # Merge the lower neighbours of both ends.
    while i < last_i and j < last_j:
        v, w = down_tail[index(i)], down_tail[index(j)]
        if v == w:
            f, g = 2 * down_arc[index(i)], 2 * down_arc[index(j)]
            upwards = min(upwards, weight[index(f + 1)] + weight[index(g)])
            downwards = min(downwards, weight[index(g + 1)] + weight[index(f)])
            i += 1
            j += 1
        elif v < w:
            i += 1
        else:
            j += 1
    return upwards, downwards


@jit
def change(
    up_first: Any,
    up: Any,
    down: Any,
    own: Any,
    changed: Any,
    weight: Any,
    step: Any,
    heap: Any,
    waiting: Any,
) -> int:
    """Update all weights after changes of own weights of arcs `changed`; return the number of arcs examined.

    `own` is (weights of the graph's arcs, first own arc of each arc of the hierarchy, these
    own arcs, their slots), `step` the content of slots. `heap` and `waiting` (all false) are scratch by arc.
    """
    _, up_head = up
    size, done = 0, 0
    # Queue of arcs by number: lower arcs are final before higher ones.
    for e in changed:
        if not waiting[index(e)]:
            waiting[index(e)] = True
            size = _push(heap, size, e)
    while size > 0:
        e = heap[0]
        size = _pop(heap, size)
        waiting[index(e)] = False
        done += 1
        for k in range(4 * e, 4 * e + 4):  # the content of its slots is looked up again
            step[index(k)] = -1
        # New weights; continue only if they differ.
        upwards, downwards = least_over(up, down, e, weight)
        upwards = min(upwards, own_weight(own, e, 0))
        downwards = min(downwards, own_weight(own, e, 1))
        old_up, old_down = weight[index(2 * e)], weight[index(2 * e + 1)]
        if upwards == old_up and downwards == old_down:
            continue
        weight[index(2 * e)], weight[index(2 * e + 1)] = upwards, downwards
        # Arcs whose weight can depend on e: from x to each other higher neighbour y of v.
        v, x = up[0][index(e)], up_head[index(e)]
        for f in range(up_first[index(v)], up_first[index(v + 1)]):
            y = up_head[index(f)]
            if f == e:
                continue
            g = find_arc(up_first, up_head, min(x, y), max(x, y))
            if waiting[index(g)]:
                continue
            # From x to v (down e) and on to y (up f), and the reverse direction.
            there, back = (2 * g, 2 * g + 1) if x < y else (2 * g + 1, 2 * g)
            other_up, other_down = weight[index(2 * f)], weight[index(2 * f + 1)]
            lower = downwards + other_up < weight[index(there)] or other_down + upwards < weight[index(back)]
            if lower or held_by(old_down + other_up, weight[there]) or held_by(other_down + old_up, weight[back]):
                waiting[index(g)] = True
                size = _push(heap, size, g)
    return done


@jit
def held_by(sum_before: float, weight: float) -> bool:
    """Return whether a weight was the cost of a path that has changed."""
    return sum_before == weight and weight < INFINITY


@jit
def own_weight(own: Any, e: int, downwards: int) -> float:
    """Return the least weight of the graph's own arcs on arc e, upwards (0) or downwards (1)."""
    weights, own_first, own_arc, slot = own
    least = INFINITY
    for k in range(own_first[index(e)], own_first[index(e + 1)]):
        a = own_arc[index(k)]
        if slot[index(a)] & 1 == downwards:
            least = min(least, weights[index(a)])
    return least


@jit
def _push(heap: Any, size: int, value: int) -> int:
    """Insert a number into a min-heap; return the new size."""
    hole = size
    while hole > 0:
        above = (hole - 1) >> 1
        if heap[index(above)] <= value:
            break
        heap[index(hole)] = heap[index(above)]
        hole = above
    heap[index(hole)] = value
    return size + 1


@jit
def _pop(heap: Any, size: int) -> int:
    """Remove the minimum of a heap; return the new size."""
    size -= 1
    value, hole = heap[index(size)], 0
    while True:
        child = 2 * hole + 1
        if child >= size:
            break
        if child + 1 < size and heap[index(child + 1)] < heap[index(child)]:
            child += 1
        if heap[index(child)] >= value:
            break
        heap[index(hole)] = heap[index(child)]
        hole = child
    heap[index(hole)] = value
    return size
