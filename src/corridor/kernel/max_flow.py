"""Exact maximum flow of integers, and the cut that proves it.

The residual graph is in forward-star form: every arc `a` has a mate `mate[a]`
that runs the other way; pushing flow over `a` moves room from `room[a]` to
`room[mate[a]]`. A one-way arc starts with a mate without room, a two-way arc
with a mate of the same room.
"""

from __future__ import annotations

from typing import Any

from corridor.kernel.mode import tools

jit, index = tools(__name__, allocates=False)


@jit
def max_flow(
    first_out: Any,
    head: Any,
    mate: Any,
    room: Any,
    source: int,
    sink: int,
    level: Any,
    queue: Any,
    current: Any,
    path: Any,
) -> int:
    """Push the most from `source` to `sink`; `room` holds what is left over.

    `level`, `queue`, `current` and `path` are scratch of length n. Afterwards
    `level[u] >= 0` marks the source side of a least cut: the arcs that leave it
    have no room, so the value equals their capacity. Dinitz's algorithm,
    O(n² m); levels are counted back from the sink and no farther than the source,
    so that no path leads where the sink cannot be reached. Rooms must be
    non-negative integers whose sum fits 63 bits.
    """
    value = 0
    while find_levels_back(first_out, head, mate, room, source, sink, level, queue):
        for u in range(len(first_out) - 1):
            current[index(u)] = first_out[index(u)]
        value += push_all_paths(first_out, head, mate, room, source, sink, level, current, path)
    find_levels(first_out, head, room, source, sink, level, queue)
    return value


@jit
def find_levels_back(
    first_out: Any, head: Any, mate: Any, room: Any, source: int, sink: int, level: Any, queue: Any
) -> bool:
    """Number states by their distance in arcs with room to `sink`, until `source` has a number; say whether it has."""
    for u in range(len(first_out) - 1):
        level[index(u)] = -1
    level[index(sink)] = 0
    queue[0] = sink
    read, write = 0, 1
    while read < write:
        u = queue[index(read)]
        read += 1
        farther = level[index(u)] + 1
        if 0 <= level[index(source)] < farther:
            break
        for a in range(first_out[index(u)], first_out[index(u + 1)]):
            v = head[index(a)]
            if level[index(v)] < 0 and room[index(mate[index(a)])] > 0:
                level[index(v)] = farther
                queue[index(write)] = v
                write += 1
    return level[index(source)] >= 0  # type: ignore[no-any-return]


@jit
def find_levels(first_out: Any, head: Any, room: Any, source: int, sink: int, level: Any, queue: Any) -> bool:
    """Number all states by their distance in arcs with room; say whether `sink` has one."""
    for u in range(len(first_out) - 1):
        level[index(u)] = -1
    level[index(source)] = 0
    queue[0] = source
    read, write = 0, 1
    while read < write:
        u = queue[index(read)]
        read += 1
        for a in range(first_out[index(u)], first_out[index(u + 1)]):
            v = head[index(a)]
            if room[index(a)] > 0 and level[index(v)] < 0:
                level[index(v)] = level[index(u)] + 1
                queue[index(write)] = v
                write += 1
    return level[index(sink)] >= 0  # type: ignore[no-any-return]


@jit
def push_all_paths(
    first_out: Any,
    head: Any,
    mate: Any,
    room: Any,
    source: int,
    sink: int,
    level: Any,
    current: Any,
    path: Any,
) -> int:
    """Push along falling levels until no path is left; return what was pushed.

    After a push the search goes on from the first arc that is full; a dead end loses its level.
    """
    u, length, value = source, 0, 0
    while True:
        if u == sink:
            least, full = room[index(path[0])], 0
            for i in range(1, length):
                if room[index(path[index(i)])] < least:
                    least, full = room[index(path[index(i)])], i
            for i in range(length):
                a = path[index(i)]
                room[index(a)] -= least
                room[index(mate[index(a)])] += least
            value += least
            length = full
            u = head[index(mate[index(path[index(full)])])]
        a, stop, nearer = current[index(u)], first_out[index(u + 1)], level[index(u)] - 1
        while a < stop and not (room[index(a)] > 0 and level[index(head[index(a)])] == nearer):
            a += 1
        current[index(u)] = a
        if a < stop:
            path[index(length)] = a
            length += 1
            u = head[index(a)]
        elif length == 0:
            return value
        else:
            level[index(u)] = -1
            length -= 1
            u = head[index(mate[index(path[index(length)])])]
            current[index(u)] += 1


@jit
def max_flows(csr: Any, rooms: Any, place: Any, source: int, sink: int, room: Any, scratch: Any, out: Any) -> None:
    """Fill the maximum flow for rows of capacities; `place` says where arcs, then their mates, stand in the star."""
    first_out, head, mate = csr
    level, queue, current, path = scratch
    arcs = rooms.shape[1]
    for k in range(len(rooms)):
        for a in range(arcs):
            room[index(place[index(a)])] = rooms[index(k), index(a)]
            room[index(place[index(arcs + a)])] = 0
        out[index(k)] = max_flow(first_out, head, mate, room, source, sink, level, queue, current, path)
