"""Nested dissection: an order of states in which few shortcuts arise when they are contracted one by one.

Graphs here are undirected, without loops and parallel edges, in forward-star form
with every edge both ways. Ends and chains go first (`strip`); what is left is cut
in two where few states hold it together, again and again (`dissect`), each cut
found as a maximum flow between the outer quarters in one of several directions.

References: George (1973), doi:10.1137/0710032; Schild & Sommer (2015),
doi:10.1007/978-3-319-20086-6_22.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corridor.kernel.mode import tools

jit, index = tools(__name__)

SMALL = 60  # states of a cell that is no longer cut: one machine word holds who is whose neighbour
OUTER = 0.25  # share of a cell on either side that is not cut apart


@jit
def strip(first: Any, head: Any, degree: Any, order: Any) -> int:
    """Contract states of one or two neighbours in rounds; return how many went, in `order`.

    `head` and `degree` are changed to the graph that remains: the neighbours of u are
    `head[first[u] … first[u] + degree[u] - 1]`. No two neighbours go in one round, so
    a chain of k states becomes a tree of depth log k.
    """
    states = len(degree)
    gone, held = np.zeros(states, np.bool_), np.full(states, -1, np.int64)
    now, later = np.empty(states, np.int64), np.empty(states, np.int64)
    many = 0
    u: Any = 0
    for u in range(states):
        if degree[u] <= 2:
            now[many] = u
            many += 1
    stripped, turn = 0, 0
    while many > 0:
        kept = 0
        for i in range(many):
            u = now[index(i)]
            if gone[index(u)] or degree[index(u)] > 2:
                continue
            if held[index(u)] == turn:
                later[index(kept)] = u
                kept += 1
                continue
            gone[index(u)] = True
            order[index(stripped)] = u
            stripped += 1
            begin = first[index(u)]
            for k in range(degree[index(u)]):
                v = head[index(begin + k)]
                held[index(v)] = turn
                before = degree[index(v)]
                other = head[index(begin + 1 - k)] if degree[index(u)] == 2 else -1
                _forget(first, head, degree, v, u, other)
                if degree[index(v)] <= 2 and before > 2:
                    later[index(kept)] = v
                    kept += 1
        now, later = later, now
        many = kept
        turn += 1
    return stripped


@jit
def _forget(first: Any, head: Any, degree: Any, v: int, u: int, other: int) -> None:
    """Take u from the neighbours of v, and put `other` there unless it is one already or is -1."""
    begin = first[index(v)]
    end = begin + degree[index(v)]
    place, known = end, other < 0
    for a in range(begin, end):
        if head[index(a)] == u:
            place = a
        elif head[index(a)] == other:
            known = True
    if known:
        head[index(place)] = head[index(end - 1)]
        degree[index(v)] -= 1
    else:
        head[index(place)] = other


@jit
def dissect(first: Any, head: Any, mate: Any, keys: Any, nodes: Any) -> None:
    """Bring `nodes` (at first all states in any order) into an order of nested dissection.

    `mate[a]` is arc a turned round; `keys`, shape (directions, states), are the
    directions in which cuts are sought, such as coordinates.
    """
    states = len(nodes)
    cell, level = np.zeros(states, np.int64), np.empty(states, np.int64)
    current, queue, path = np.empty(states, np.int64), np.empty(states, np.int64), np.empty(states + 1, np.int64)
    flow = np.zeros(len(head), np.int8)
    side, best = np.empty(states, np.int8), np.empty(states, np.int8)
    stack = np.empty((256, 2), np.int64)
    stack[0, 0], stack[0, 1] = 0, states
    deep, name = 1, 0
    while deep > 0:
        deep -= 1
        begin, end = stack[deep, 0], stack[deep, 1]
        name += 1
        for i in range(begin, end):
            cell[index(nodes[index(i)])] = name
        if end - begin <= SMALL:
            _order_small(first, head, cell, nodes, begin, end, level)
            continue
        least = states + 1
        for d in range(len(keys) + 1):
            if d == len(keys) and least <= states:
                break
            if not _outer(keys, d, nodes, begin, end, side):
                continue
            scratch = (level, current, queue, path, flow)
            cut = _cut(first, head, mate, cell, nodes, begin, end, side, least, scratch)
            if cut < least:
                least = cut
                for i in range(begin, end):
                    best[index(nodes[index(i)])] = side[index(nodes[index(i)])]
        _separate(first, head, cell, nodes, begin, end, best)
        middle, last = _partition(nodes, begin, end, best, queue)
        # the larger part is left for later, so that the stack stays as low as the logarithm of the states
        small, large = (begin, middle), (middle, last)
        if middle - begin > last - middle:
            small, large = large, small
        for b, e in (large, small):
            if e > b:
                stack[deep, 0], stack[deep, 1] = b, e
                deep += 1


@jit
def _outer(keys: Any, d: int, nodes: Any, begin: int, end: int, side: Any) -> bool:
    """Mark the outer quarters 1 and 2 by direction d, or by position after the last one; say whether they are two."""
    size = end - begin
    few = int(size * OUTER)
    if d == len(keys):
        for i in range(size):
            mark = 1 if i <= few else (2 if i >= size - 1 - few else 0)
            side[index(nodes[index(begin + i)])] = mark
        return True
    values = np.empty(size, np.float64)
    for i in range(size):
        values[index(i)] = keys[d, index(nodes[index(begin + i)])]
    parted = np.partition(values, np.array([few, size - 1 - few]))
    low, high = parted[few], parted[size - 1 - few]
    if not low < high:
        return False
    for i in range(size):
        v = values[index(i)]
        mark = 1 if v <= low else (2 if v >= high else 0)
        side[index(nodes[index(begin + i)])] = mark
    return True


@jit
def _cut(
    first: Any, head: Any, mate: Any, cell: Any, nodes: Any, begin: int, end: int, side: Any, least: int, scratch: Any
) -> int:
    """Cut a cell between its marked quarters by as few edges as can be; return how many, or `least` if not fewer.

    `side` becomes 1 or 2 throughout. Dinitz's algorithm with unit rooms.
    """
    level, current, queue, path, flow = scratch
    for i in range(begin, end):
        u = nodes[index(i)]
        for a in range(first[index(u)], first[index(u + 1)]):
            flow[index(a)] = 0
    cut = 0
    while True:
        met = _levels(first, head, cell, nodes, begin, end, side, level, queue, flow)
        if not met:
            break
        for i in range(begin, end):
            u = nodes[index(i)]
            current[index(u)] = first[index(u)]
        for i in range(begin, end):
            s = nodes[index(i)]
            if side[index(s)] == 1:
                cut += _push_all(first, head, mate, cell, side, level, current, path, flow, s)
                if cut >= least:
                    return least
    for i in range(begin, end):
        u = nodes[index(i)]
        side[index(u)] = 1 if level[index(u)] >= 0 else 2
    return cut


@jit
def _levels(
    first: Any, head: Any, cell: Any, nodes: Any, begin: int, end: int, side: Any, level: Any, queue: Any, flow: Any
) -> bool:
    """Number the states of a cell by their distance from its first quarter; say whether the last is met."""
    write = 0
    for i in range(begin, end):
        u = nodes[index(i)]
        level[index(u)] = -1
        if side[index(u)] == 1:
            level[index(u)] = 0
            queue[index(write)] = u
            write += 1
    name, read, met = cell[index(nodes[index(begin)])], 0, False
    while read < write:
        u = queue[index(read)]
        read += 1
        for a in range(first[index(u)], first[index(u + 1)]):
            v = head[index(a)]
            if flow[index(a)] < 1 and cell[index(v)] == name and level[index(v)] < 0:
                level[index(v)] = level[index(u)] + 1
                if side[index(v)] == 2:
                    met = True
                else:
                    queue[index(write)] = v
                    write += 1
    return met


@jit
def _push_all(
    first: Any, head: Any, mate: Any, cell: Any, side: Any, level: Any, current: Any, path: Any, flow: Any, s: int
) -> int:
    """Push all paths from s along rising levels to the second quarter; return how many there were."""
    name, pushed, length, u = cell[index(s)], 0, 0, s
    while True:
        if side[index(u)] == 2:
            for k in range(length):
                a = path[index(k)]
                flow[index(a)] += 1
                flow[index(mate[index(a)])] -= 1
            pushed += 1
            length, u = 0, s
        a = current[index(u)]
        if a == first[index(u + 1)]:
            if u == s:
                return pushed
            length -= 1
            u = head[index(mate[index(path[index(length)])])]
            current[index(u)] += 1
            continue
        v = head[index(a)]
        if flow[index(a)] < 1 and cell[index(v)] == name and level[index(v)] == level[index(u)] + 1:
            path[index(length)] = a
            length += 1
            u = v
        else:
            current[index(u)] += 1


@jit
def _separate(first: Any, head: Any, cell: Any, nodes: Any, begin: int, end: int, side: Any) -> None:
    """Mark 3 the ends of cut edges on that side which has fewer of them."""
    ends_1, ends_2 = 0, 0
    for i in range(begin, end):
        u = nodes[index(i)]
        if _touches(first, head, cell, side, u):
            if side[index(u)] == 1:
                ends_1 += 1
            else:
                ends_2 += 1
    taken = 1 if ends_1 <= ends_2 else 2
    for i in range(begin, end):
        u = nodes[index(i)]
        # marks of 3 count as the side they were on: they are all of the side that is taken
        if side[index(u)] == taken and _touches(first, head, cell, side, u):
            side[index(u)] = 3


@jit
def _touches(first: Any, head: Any, cell: Any, side: Any, u: int) -> bool:
    """Say whether a state of side 1 or 2 has a neighbour on the other of the two."""
    for a in range(first[index(u)], first[index(u + 1)]):
        v = head[index(a)]
        if cell[index(v)] == cell[index(u)] and side[index(v)] == 3 - side[index(u)]:
            return True
    return False


@jit
def _partition(nodes: Any, begin: int, end: int, side: Any, scratch: Any) -> tuple[int, int]:
    """Bring a cell into the order of its sides; return where side 2 and side 3 begin."""
    place = begin
    bounds = np.empty(3, np.int64)
    for wanted in range(1, 4):
        bounds[wanted - 1] = place
        for i in range(begin, end):
            u = nodes[index(i)]
            if side[index(u)] == wanted:
                scratch[index(place - begin)] = u
                place += 1
    for i in range(begin, end):
        nodes[index(i)] = scratch[index(i - begin)]
    return bounds[1], bounds[2]


@jit
def _order_small(first: Any, head: Any, cell: Any, nodes: Any, begin: int, end: int, local: Any) -> None:
    """Order a cell by least degree: who has fewest neighbours left goes next, and makes them neighbours."""
    size = end - begin
    one = 1
    near, taken = np.zeros(size, np.int64), nodes[begin:end].copy()
    for i in range(size):
        local[index(taken[index(i)])] = i
    for i in range(size):
        u = taken[index(i)]
        for a in range(first[index(u)], first[index(u + 1)]):
            v = head[index(a)]
            if cell[index(v)] == cell[index(u)]:
                near[index(i)] |= one << local[index(v)]
    left = (one << size) - one
    for rank in range(size):
        pick, fewest = -1, size + 1
        for i in range(size):
            if (left >> i) & 1:
                many = _bits(near[index(i)], fewest)
                if many < fewest:
                    pick, fewest = i, many
        left &= ~(one << pick)
        ring = near[index(pick)] & left
        for i in range(size):
            if (ring >> i) & 1:
                near[index(i)] = ((near[index(i)] | ring) & left) & ~(one << i)
        nodes[index(begin + rank)] = taken[index(pick)]


@jit
def _bits(word: int, most: int) -> int:
    """Count the bits of a word, up to `most`."""
    many = 0
    while word != 0 and many < most:
        word &= word - 1
        many += 1
    return many
