"""Exact maximum flow of integers, and the cut that proves it.

The residual graph is in forward-star form: every arc `a` has a mate `mate[a]`
that runs the other way; pushing flow over `a` moves room from `room[a]` to
`room[mate[a]]`. A one-way arc starts with a mate without room, a two-way arc
with a mate of the same room.
"""

from __future__ import annotations

from typing import Any

from corridor.kernel.mode import tools

jit, index = tools(__name__)


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
    O(n² m). Rooms must be non-negative integers whose sum fits 63 bits.
    """
    value = 0
    while find_levels(first_out, head, room, source, sink, level, queue):
        for u in range(len(first_out) - 1):
            current[index(u)] = first_out[index(u)]
        while True:
            pushed = push_one_path(first_out, head, mate, room, source, sink, level, current, path)
            if pushed == 0:
                break
            value += pushed
    return value


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
def push_one_path(
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
    """Follow arcs to the next level, backing out of dead ends; return what was pushed."""
    u = source
    length = 0
    while u != sink:
        a = current[index(u)]
        if a == first_out[index(u + 1)]:  # dead end: nothing more leaves u
            if u == source:
                return 0
            length -= 1
            back = path[index(length)]
            u = head[index(mate[index(back)])]
            current[index(u)] += 1
        elif room[index(a)] > 0 and level[index(head[index(a)])] == level[index(u)] + 1:
            path[index(length)] = a
            length += 1
            u = head[index(a)]
        else:
            current[index(u)] += 1
    pushed = room[index(path[0])]
    for i in range(1, length):
        pushed = min(pushed, room[index(path[index(i)])])
    for i in range(length):
        a = path[index(i)]
        room[index(a)] -= pushed
        room[index(mate[index(a)])] += pushed
    return pushed  # type: ignore[no-any-return]
