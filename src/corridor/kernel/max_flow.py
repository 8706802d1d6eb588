"""Exact integer maximum flow, and the minimum cut that proves it.

The residual graph is in forward-star form: every arc `a` has a reverse arc `mate[a]`.
Flow on `a` moves residual capacity from `capacity[a]` to `capacity[mate[a]]`. The reverse
of a one-way arc starts with capacity 0, that of a two-way arc with the same capacity.
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
    capacity: Any,
    source: int,
    sink: int,
    level: Any,
    queue: Any,
    current: Any,
    path: Any,
) -> int:
    """Return the maximum flow from `source` to `sink`; `capacity` becomes the residual capacity.

    `level`, `queue`, `current` and `path` are scratch of length n. Afterwards
    `level[u] >= 0` marks the source side of a minimum cut: the arcs that leave it
    have no residual capacity, so the value equals their capacity. Dinitz's algorithm,
    O(n² m); levels are counted from the sink and no farther than the source,
    so that every path can reach the sink. Capacities must be non-negative integers
    whose sum fits 63 bits.
    """
    # Blocking flows until the source cannot reach the sink.
    value = 0
    while find_levels_back(first_out, head, mate, capacity, source, sink, level, queue):
        for u in range(len(first_out) - 1):
            current[index(u)] = first_out[index(u)]
        value += push_all_paths(first_out, head, mate, capacity, source, sink, level, current, path)
    # The source side of the minimum cut.
    find_levels(first_out, head, capacity, source, sink, level, queue)
    return value


@jit
def find_levels_back(
    first_out: Any, head: Any, mate: Any, capacity: Any, source: int, sink: int, level: Any, queue: Any
) -> bool:
    """Fill levels by residual distance to `sink`, no farther than `source`; return whether `source` is reached."""
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
            if level[index(v)] < 0 and capacity[index(mate[index(a)])] > 0:
                level[index(v)] = farther
                queue[index(write)] = v
                write += 1
    return level[index(source)] >= 0  # type: ignore[no-any-return]


@jit
def find_levels(first_out: Any, head: Any, capacity: Any, source: int, sink: int, level: Any, queue: Any) -> bool:
    """Fill levels by residual distance from `source`; return whether `sink` is reached."""
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
            if capacity[index(a)] > 0 and level[index(v)] < 0:
                level[index(v)] = level[index(u)] + 1
                queue[index(write)] = v
                write += 1
    return level[index(sink)] >= 0  # type: ignore[no-any-return]


@jit
def push_all_paths(
    first_out: Any,
    head: Any,
    mate: Any,
    capacity: Any,
    source: int,
    sink: int,
    level: Any,
    current: Any,
    path: Any,
) -> int:
    """Augment along falling levels until no path is left; return the flow added.

    After an augmentation the search continues from the first full arc; a dead end loses its level.
    """
    u, length, value = source, 0, 0
    while True:
        # The path is complete: send its least residual capacity.
        if u == sink:
            least, full = capacity[index(path[0])], 0
            for i in range(1, length):
                if capacity[index(path[index(i)])] < least:
                    least, full = capacity[index(path[index(i)])], i
            for i in range(length):
                a = path[index(i)]
                capacity[index(a)] -= least
                capacity[index(mate[index(a)])] += least
            value += least
            length = full
            u = head[index(mate[index(path[index(full)])])]
        # The next admissible arc: extend the path, or step back from a dead end.
        a, stop, nearer = current[index(u)], first_out[index(u + 1)], level[index(u)] - 1
        while a < stop and not (capacity[index(a)] > 0 and level[index(head[index(a)])] == nearer):
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
def max_flows(
    csr: Any, capacities: Any, place: Any, source: int, sink: int, residual: Any, scratch: Any, out: Any
) -> None:
    """Fill the maximum flow for rows of capacities; `place` is the position of arcs, then of their mates."""
    first_out, head, mate = csr
    level, queue, current, path = scratch
    arcs = capacities.shape[1]
    for k in range(len(capacities)):
        for a in range(arcs):
            residual[index(place[index(a)])] = capacities[index(k), index(a)]
            residual[index(place[index(arcs + a)])] = 0
        out[index(k)] = max_flow(first_out, head, mate, residual, source, sink, level, queue, current, path)
