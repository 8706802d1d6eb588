"""Nested dissection: an elimination order of states that creates few shortcuts.

Graphs are undirected, without loops and parallel edges, in forward-star form with
every edge in both directions. Dead ends and chains are contracted first (`strip`).
The remaining graph is cut recursively at small separators (`dissect`); each cut is a
minimum cut between the outer quarters in one of several directions.

References: George (1973), doi:10.1137/0710032; Schild & Sommer (2015),
doi:10.1007/978-3-319-20086-6_22.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corridor.kernel.mode import tools

jit, index = tools(__name__)

SMALL = 60  # states of a cell that is not cut further: one machine word holds the neighbours of a state
OUTER = 0.25  # share of a cell on each side that stays uncut


@jit
def strip(first: Any, head: Any, degree: Any, order: Any) -> int:
    """Contract states with at most two neighbours in rounds; return their number, and fill `order`.

    `head` and `degree` become those of the remaining graph: the neighbours of u are
    `head[first[u] … first[u] + degree[u] - 1]`. Neighbours are never contracted in the same
    round, so that a chain of k states becomes a tree of depth log k. O(states) in total.
    """
    states = len(degree)
    contracted, blocked_in = np.zeros(states, np.bool_), np.full(states, -1, np.int64)
    now, later = np.empty(states, np.int64), np.empty(states, np.int64)
    # Candidates of the first round: all states of degree 2 or less.
    many = 0
    u: Any = 0
    for u in range(states):
        if degree[u] <= 2:
            now[many] = u
            many += 1
    stripped, turn = 0, 0
    while many > 0:
        later_count = 0
        for i in range(many):
            u = now[index(i)]
            if contracted[index(u)] or degree[index(u)] > 2:
                continue
            # A neighbour was contracted in this round: postpone.
            if blocked_in[index(u)] == turn:
                later[index(later_count)] = u
                later_count += 1
                continue
            # Contract u: join its neighbours, which may become candidates.
            contracted[index(u)] = True
            order[index(stripped)] = u
            stripped += 1
            begin = first[index(u)]
            for k in range(degree[index(u)]):
                v = head[index(begin + k)]
                blocked_in[index(v)] = turn
                before = degree[index(v)]
                other = head[index(begin + 1 - k)] if degree[index(u)] == 2 else -1
                _replace_neighbour(first, head, degree, v, u, other)
                if degree[index(v)] <= 2 and before > 2:
                    later[index(later_count)] = v
                    later_count += 1
        now, later = later, now
        many = later_count
        turn += 1
    return stripped


@jit
def _replace_neighbour(first: Any, head: Any, degree: Any, v: int, u: int, other: int) -> None:
    """Remove u from the neighbours of v, and add `other` unless it is a neighbour already or -1."""
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
    """Sort `nodes` (initially all states in any order) into an order of nested dissection.

    `mate[a]` is the reverse of arc a; `keys`, shape (directions, states), are the
    directions in which cuts are searched, such as coordinates.
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
        # Label the states of the cell.
        name += 1
        for i in range(begin, end):
            cell[index(nodes[index(i)])] = name
        if end - begin <= SMALL:
            _order_small(first, head, cell, nodes, begin, end, level)
            continue
        # Smallest cut over all directions; by position if no direction has a small one. Every cut is below the bound.
        least = len(head) + 1
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
        # Separator to the end of the cell, then continue with both sides.
        _separate(first, head, cell, nodes, begin, end, best)
        middle, last = _partition(nodes, begin, end, best, queue)
        # The larger part is pushed first: the stack then has logarithmic depth.
        small, large = (begin, middle), (middle, last)
        if middle - begin > last - middle:
            small, large = large, small
        for b, e in (large, small):
            if e > b:
                stack[deep, 0], stack[deep, 1] = b, e
                deep += 1


@jit
def _outer(keys: Any, d: int, nodes: Any, begin: int, end: int, side: Any) -> bool:
    """Mark the outer quarters 1 and 2 by direction d, or by position if d is too large; return whether they differ."""
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
    """Find a minimum cut of a cell between its marked quarters; return its edges, or `least` if not fewer.

    `side` becomes 1 or 2 for all states. Dinitz's algorithm with unit capacities.
    """
    level, current, queue, path, flow = scratch
    # Start from zero flow.
    for i in range(begin, end):
        u = nodes[index(i)]
        for a in range(first[index(u)], first[index(u + 1)]):
            flow[index(a)] = 0
    cut = 0
    # Blocking flows until the second quarter cannot be reached.
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
    # The states reached from the first quarter form side 1.
    for i in range(begin, end):
        u = nodes[index(i)]
        side[index(u)] = 1 if level[index(u)] >= 0 else 2
    return cut


@jit
def _levels(
    first: Any, head: Any, cell: Any, nodes: Any, begin: int, end: int, side: Any, level: Any, queue: Any, flow: Any
) -> bool:
    """Fill the levels of a cell, breadth first from its first quarter; return whether the second is reached."""
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
    """Augment all paths from s along rising levels to the second quarter; return their number."""
    name, pushed, length, u = cell[index(s)], 0, 0, s
    while True:
        # The path is complete: add one unit of flow and restart at s.
        if side[index(u)] == 2:
            for k in range(length):
                a = path[index(k)]
                flow[index(a)] += 1
                flow[index(mate[index(a)])] -= 1
            pushed += 1
            length, u = 0, s
        # Dead end: step back.
        a = current[index(u)]
        if a == first[index(u + 1)]:
            if u == s:
                return pushed
            length -= 1
            u = head[index(mate[index(path[index(length)])])]
            current[index(u)] += 1
            continue
        # Extend the path along an admissible arc.
        v = head[index(a)]
        if flow[index(a)] < 1 and cell[index(v)] == name and level[index(v)] == level[index(u)] + 1:
            path[index(length)] = a
            length += 1
            u = v
        else:
            current[index(u)] += 1


@jit
def _separate(first: Any, head: Any, cell: Any, nodes: Any, begin: int, end: int, side: Any) -> None:
    """Mark as separator (3) the ends of cut edges on the side that has fewer of them."""
    ends_1, ends_2 = 0, 0
    for i in range(begin, end):
        u = nodes[index(i)]
        if _touches(first, head, cell, side, u):
            if side[index(u)] == 1:
                ends_1 += 1
            else:
                ends_2 += 1
    chosen_side = 1 if ends_1 <= ends_2 else 2
    for i in range(begin, end):
        u = nodes[index(i)]
        # States already marked 3 belong to the chosen side, so that marks do not change the test.
        if side[index(u)] == chosen_side and _touches(first, head, cell, side, u):
            side[index(u)] = 3


@jit
def _touches(first: Any, head: Any, cell: Any, side: Any, u: int) -> bool:
    """Return whether a state of side 1 or 2 has a neighbour on the other side."""
    for a in range(first[index(u)], first[index(u + 1)]):
        v = head[index(a)]
        if cell[index(v)] == cell[index(u)] and side[index(v)] == 3 - side[index(u)]:
            return True
    return False


@jit
def _partition(nodes: Any, begin: int, end: int, side: Any, scratch: Any) -> tuple[int, int]:
    """Sort a cell by side; return where side 2 and side 3 begin."""
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
    """Order a cell by minimum degree: eliminate the state with the fewest neighbours, which become adjacent."""
    size = end - begin
    one = 1
    neighbours, states = np.zeros(size, np.int64), nodes[begin:end].copy()
    # Local numbers, and neighbours as bit sets.
    for i in range(size):
        local[index(states[index(i)])] = i
    for i in range(size):
        u = states[index(i)]
        for a in range(first[index(u)], first[index(u + 1)]):
            v = head[index(a)]
            if cell[index(v)] == cell[index(u)]:
                neighbours[index(i)] |= one << local[index(v)]
    # Eliminate the states one by one.
    remaining = (one << size) - one
    for rank in range(size):
        chosen, fewest = -1, size + 1
        for i in range(size):
            if (remaining >> i) & 1:
                many = _bits(neighbours[index(i)], fewest)
                if many < fewest:
                    chosen, fewest = i, many
        remaining &= ~(one << chosen)
        clique = neighbours[index(chosen)] & remaining
        for i in range(size):
            if (clique >> i) & 1:
                neighbours[index(i)] = ((neighbours[index(i)] | clique) & remaining) & ~(one << i)
        nodes[index(begin + rank)] = states[index(chosen)]


@jit
def _bits(word: int, most: int) -> int:
    """Count the bits of a word, up to `most`."""
    many = 0
    while word != 0 and many < most:
        word &= word - 1
        many += 1
    return many
