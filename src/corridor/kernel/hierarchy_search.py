"""Distances and paths over a customised contraction hierarchy, as defined in `hierarchy_shortcuts`.

A shortest path climbs to a state of higher rank and descends from it. Only the
ancestors in the elimination tree can be reached by climbing: a query follows the
ancestors of both states, without a queue.

References: Bauer, Columbus, Rutter & Wagner (2016), doi:10.1016/j.tcs.2016.07.003;
Buchhold, Sanders & Wagner (2019), doi:10.1145/3362693; Delling et al. (2013),
doi:10.1016/j.jpdc.2012.02.007, for one to all.
"""

from __future__ import annotations

from typing import Any

from corridor.kernel.mode import tools

jit, index = tools(__name__)

INFINITY = float("inf")


@jit
def distances(hierarchy: Any, weight: Any, sources: Any, targets: Any, forward: Any, backward: Any, out: Any) -> None:
    """Fill the distance of each pair of ranks; `forward` and `backward` are scratch by state, infinite throughout."""
    for q in range(len(sources)):
        out[index(q)] = _between(hierarchy, weight, sources[index(q)], targets[index(q)], forward, backward)


@jit
def _between(hierarchy: Any, weight: Any, u: int, v: int, forward: Any, backward: Any) -> float:
    up_first, up_head, parent = hierarchy
    forward[index(u)] = 0.0
    backward[index(v)] = 0.0
    # Climb from both states to their first common ancestor; a parent has the higher rank, so the lower one climbs.
    while u != v:
        if v < 0 or (u >= 0 and u < v):
            near = forward[index(u)]
            forward[index(u)] = INFINITY
            if near < INFINITY:
                for e in range(up_first[index(u)], up_first[index(u + 1)]):
                    far = near + weight[index(2 * e)]
                    forward[index(up_head[index(e)])] = min(forward[index(up_head[index(e)])], far)
            u = parent[index(u)]
        else:
            near = backward[index(v)]
            backward[index(v)] = INFINITY
            if near < INFINITY:
                for e in range(up_first[index(v)], up_first[index(v + 1)]):
                    far = near + weight[index(2 * e + 1)]
                    backward[index(up_head[index(e)])] = min(backward[index(up_head[index(e)])], far)
            v = parent[index(v)]
    # All common ancestors: the least sum is the distance. Scratch is reset on the climb.
    best = INFINITY
    while u >= 0:
        there, back = forward[index(u)], backward[index(u)]
        forward[index(u)] = INFINITY
        backward[index(u)] = INFINITY
        best = min(best, there + back)
        if there < best:
            for e in range(up_first[index(u)], up_first[index(u + 1)]):
                far = there + weight[index(2 * e)]
                forward[index(up_head[index(e)])] = min(forward[index(up_head[index(e)])], far)
        if back < best:
            for e in range(up_first[index(u)], up_first[index(u + 1)]):
                far = back + weight[index(2 * e + 1)]
                backward[index(up_head[index(e)])] = min(backward[index(up_head[index(e)])], far)
        u = parent[index(u)]
    return best


@jit
def paths(data: Any, step: Any, sources: Any, targets: Any, first_arc: Any, out: Any, scratch: Any) -> int:
    """Find the arcs of the graph on the shortest path of each pair of ranks; return the required length of `out`.

    `data` is (hierarchy with tails, weights, arcs from below, own arcs as in `hierarchy_shortcuts.change`),
    `step` as in `_unpack`. Fills `first_arc` (pairs + 1) and `out`; if `out` is too short,
    the call must be repeated with a longer one. A pair without a path has no arcs. `scratch` is
    (forward, backward: infinite throughout; arcs by which they were reached; a stack; arcs).
    """
    (up_first, up_head, parent, tail), weight, _, _ = data
    forward, backward, by_forward, by_backward, stack, found = scratch
    needed = 0
    first_arc[0] = 0
    for q in range(len(sources)):
        s, t = sources[index(q)], targets[index(q)]
        # Both searches, and the state where they meet.
        meeting = _climb(up_first, up_head, parent, weight, s, t, forward, backward, by_forward, by_backward)
        many = 0
        if meeting >= 0:
            # Unpack the arcs from the source to the meeting state, then from there to the target.
            size, u = 0, meeting
            while u != s:
                e = by_forward[index(u)]
                stack[index(size)] = 2 * e
                size += 1
                u = tail[index(e)]
            many = _unpack(data, step, stack, size, found, 0)
            u = meeting
            while u != t:
                e = by_backward[index(u)]
                stack[0] = 2 * e + 1
                many = _unpack(data, step, stack, 1, found, many)
                u = tail[index(e)]
        # Store the arcs as far as there is space, and reset the scratch.
        for k in range(many):
            if needed < len(out):
                out[index(needed)] = found[index(k)]
            needed += 1
        first_arc[index(q + 1)] = needed
        _clear(parent, s, forward)
        _clear(parent, t, backward)
    return needed


@jit
def _climb(
    up_first: Any,
    up_head: Any,
    parent: Any,
    weight: Any,
    u: int,
    v: int,
    forward: Any,
    backward: Any,
    by_forward: Any,
    by_backward: Any,
) -> int:
    """Fill distances and arcs of the ancestors of both states; return the top of the best path, -1 if none."""
    forward[index(u)] = 0.0
    backward[index(v)] = 0.0
    best, meeting = INFINITY, -1
    while u >= 0 or v >= 0:
        forward_moves, backward_moves = u >= 0 and (v < 0 or u <= v), v >= 0 and (u < 0 or v <= u)
        if forward_moves and backward_moves and forward[index(u)] + backward[index(u)] < best:
            best, meeting = forward[index(u)] + backward[index(u)], u
        if forward_moves:
            near = forward[index(u)]
            if near < best:
                for e in range(up_first[index(u)], up_first[index(u + 1)]):
                    far = near + weight[index(2 * e)]
                    if far < forward[index(up_head[index(e)])]:
                        forward[index(up_head[index(e)])] = far
                        by_forward[index(up_head[index(e)])] = e
        if backward_moves:
            near = backward[index(v)]
            if near < best:
                for e in range(up_first[index(v)], up_first[index(v + 1)]):
                    far = near + weight[index(2 * e + 1)]
                    if far < backward[index(up_head[index(e)])]:
                        backward[index(up_head[index(e)])] = far
                        by_backward[index(up_head[index(e)])] = e
        u, v = parent[index(u)] if forward_moves else u, parent[index(v)] if backward_moves else v
    return meeting


@jit
def _clear(parent: Any, u: int, distance: Any) -> None:
    while u >= 0:
        distance[index(u)] = INFINITY
        u = parent[index(u)]


@jit
def _unpack(data: Any, step: Any, stack: Any, size: int, found: Any, many: int) -> int:
    """Write the arcs of the graph for the slots on a stack, the top slot first; return the new number of arcs.

    `step[2 s]` is the arc of the graph of slot s, or the first slot of its shortcut; `step[2 s + 1]`
    is the second slot of the shortcut, -1 for an arc. Both are -1 before the first look-up.
    """
    while size > 0:
        s = stack[index(size - 1)]
        first, second = step[index(2 * s)], step[index(2 * s + 1)]
        if first < 0:
            _look_up(data, step, s)
        elif second < 0:
            found[index(many)] = first
            many += 1
            size -= 1
        else:
            stack[index(size - 1)] = second
            stack[index(size)] = first
            size += 1
    return many


@jit
def _look_up(data: Any, step: Any, s: int) -> None:
    """Fill the content of a slot: an arc of the graph, or two slots over a lower state with exactly this sum."""
    (_, up_head, _, tail), weight, (down_first, down_arc, down_tail), (own, own_first, own_arc, slot) = data
    e, wanted = s >> 1, weight[index(s)]
    # An own arc of this weight.
    for k in range(own_first[index(e)], own_first[index(e + 1)]):
        a = own_arc[index(k)]
        if slot[index(a)] == s and own[index(a)] == wanted:
            step[index(2 * s)] = a
            return
    x, y = tail[index(e)], up_head[index(e)]
    i, j = down_first[index(x)], down_first[index(y)]
    # Otherwise merge the lower neighbours of both ends; a finite weight always has such a pair.
    while True:
        v, w = down_tail[index(i)], down_tail[index(j)]
        if v == w:
            f, g = 2 * down_arc[index(i)], 2 * down_arc[index(j)]
            if s & 1 == 0 and weight[index(f + 1)] + weight[index(g)] == wanted:
                step[index(2 * s)], step[index(2 * s + 1)] = f + 1, g
                return
            if s & 1 == 1 and weight[index(g + 1)] + weight[index(f)] == wanted:
                step[index(2 * s)], step[index(2 * s + 1)] = g + 1, f
                return
        i, j = i + (1 if v <= w else 0), j + (1 if w <= v else 0)


@jit
def above(parent: Any, targets: Any, place: Any, chosen: Any, line: Any) -> int:
    """Fill `chosen` with the targets and all their ancestors, parents first; return their number.

    `place`, -1 throughout, becomes the position of each in `chosen`; `line` is scratch.
    """
    many = 0
    for t in targets:
        # Climb to the first chosen ancestor, then number the states in reverse.
        size, u = 0, t
        while u >= 0 and place[index(u)] < 0:
            line[index(size)] = u
            size += 1
            u = parent[index(u)]
        while size > 0:
            size -= 1
            place[index(line[index(size)])] = many
            chosen[index(many)] = line[index(size)]
            many += 1
    return many


@jit
def thin(hierarchy: Any, weight: Any, chosen: Any, place: Any, first: Any, head: Any, downwards: Any) -> None:
    """Copy the part of the hierarchy above some targets: arcs of `chosen` by position, and their downward costs."""
    up_first, up_head, _ = hierarchy
    many = 0
    first[0] = 0
    for k in range(len(chosen)):
        u = chosen[index(k)]
        for e in range(up_first[index(u)], up_first[index(u + 1)]):
            head[index(many)] = place[index(up_head[index(e)])]
            downwards[index(many)] = weight[index(2 * e + 1)]
            many += 1
        first[index(k + 1)] = many


@jit
def to_many(hierarchy: Any, weight: Any, part: Any, chosen: Any, s: int, forward: Any, distance: Any) -> None:
    """Fill the distances from s to all of `chosen`; `forward` is scratch by state, infinite throughout."""
    # Upwards from the source.
    climb(hierarchy, weight, s, forward)
    # Downwards, parents before children.
    first, head, downwards = part
    for k in range(len(chosen)):
        nearest = forward[index(chosen[index(k)])]
        for e in range(first[index(k)], first[index(k + 1)]):
            nearest = min(nearest, distance[index(head[index(e)])] + downwards[index(e)])
        distance[index(k)] = nearest
    _clear(hierarchy[2], s, forward)


@jit
def to_few(
    hierarchy: Any, weight: Any, s: int, targets: Any, forward: Any, distance: Any, place: Any, chosen: Any, line: Any
) -> int:
    """Fill the distances from s to the targets and their ancestors, by rank; return the number of `chosen`.

    Combines `above`, `thin` and `to_many` without copies, for few sources.
    """
    up_first, up_head, parent = hierarchy
    climb(hierarchy, weight, s, forward)
    many = 0
    for t in targets:
        # Ancestors that are not settled yet, then downwards, parents first.
        size, u = 0, t
        while u >= 0 and place[index(u)] < 0:
            line[index(size)] = u
            size += 1
            u = parent[index(u)]
        while size > 0:
            size -= 1
            u = line[index(size)]
            nearest = forward[index(u)]
            for e in range(up_first[index(u)], up_first[index(u + 1)]):
                nearest = min(nearest, distance[index(up_head[index(e)])] + weight[index(2 * e + 1)])
            distance[index(u)] = nearest
            place[index(u)] = many
            chosen[index(many)] = u
            many += 1
    _clear(parent, s, forward)
    return many


@jit
def to_all(hierarchy: Any, weight: Any, s: int, distance: Any) -> None:
    """Fill the distances from s to all states, by rank."""
    up_first, up_head, _ = hierarchy
    for u in range(len(distance)):
        distance[index(u)] = INFINITY
    climb(hierarchy, weight, s, distance)
    # Downwards over all states, O(arcs of the hierarchy).
    for u in range(len(distance) - 1, -1, -1):
        nearest = distance[index(u)]
        for e in range(up_first[index(u)], up_first[index(u + 1)]):
            nearest = min(nearest, distance[index(up_head[index(e)])] + weight[index(2 * e + 1)])
        distance[index(u)] = nearest


@jit
def climb(hierarchy: Any, weight: Any, s: int, forward: Any) -> None:
    """Fill the cost of climbing from s to each of its ancestors."""
    up_first, up_head, parent = hierarchy
    forward[index(s)] = 0.0
    u = s
    while u >= 0:
        near = forward[index(u)]
        if near < INFINITY:
            for e in range(up_first[index(u)], up_first[index(u + 1)]):
                far = near + weight[index(2 * e)]
                forward[index(up_head[index(e)])] = min(forward[index(up_head[index(e)])], far)
        u = parent[index(u)]
