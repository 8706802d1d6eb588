"""Paths that no other path beats in every criterion: labels, settled in order of a weighted sum.

A label is a way from the source to a state with its value under each of C
criteria. It is dropped where another label of its state is no worse in any of
them (within `slack`), where an answer is no worse than the least it can still
become (`bound`), or where it must break a limit. One criterion may be a clock:
arcs with a gate are then entered only in the gate's slots, and a label waits for
the slot that lets it through first. Waiting makes every arc first-in-first-out:
the later one comes, the fewer slots are left, so nobody who comes earlier leaves
later, and dropping labels loses nothing.
"""

from __future__ import annotations

from typing import Any

from corridor.kernel.mode import tools

jit, index = tools(__name__)

INFINITY = float("inf")
NO_LABEL = -1
NEEDS_ROOM = -1


@jit
def best_labels(
    first_out: Any,
    head: Any,
    weight: Any,
    bound: Any,
    order: Any,
    limit: Any,
    slack: Any,
    source: int,
    target: int,
    most: int,
    ceiling: float,
    clock: int,
    gate: Any,
    first_slot: Any,
    slot_start: Any,
    slot_end: Any,
    slot_extra: Any,
    value: Any,
    key: Any,
    parent: Any,
    arc_in: Any,
    state_of: Any,
    next_at: Any,
    heap: Any,
    first_at: Any,
    answers: Any,
) -> int:
    """Fill `answers` with the first `most` labels that are settled at `target`; return how many there are.

    `weight` (m × C) and `bound` (n × C, the least from a state to the target;
    infinite: it cannot be reached) are flat, a row per arc and state. Labels are
    settled in order of the sum of `order` × (value + bound), so the first answer is
    least in that sum. What comes to more
    than `ceiling` in it is left out. `limit` and `slack` have length C. `clock` is the criterion
    that tells the time (-1: none); arc a is entered by gate `gate[a]` (-1: always
    open) in slots `first_slot[g] … first_slot[g + 1] - 1`, of which `slot_extra` takes longer. Room for labels:
    `value` (room × C), `key`, `parent`, `arc_in`, `state_of`, `next_at`, `heap`;
    where it does not suffice, NEEDS_ROOM is returned and the call is to be repeated with more.
    `first_at` is scratch of length n.
    """
    criteria, room = len(order), len(key)
    for s in range(len(first_at)):
        first_at[index(s)] = NO_LABEL
    for c in range(criteria):
        value[index(c)] = 0.0
    key[0] = 0.0
    parent[0], arc_in[0], state_of[0], next_at[0] = NO_LABEL, -1, source, NO_LABEL
    first_at[index(source)] = 0
    labels, size, found = 1, 1, 0
    heap[0] = 0
    while size > 0 and found < most:
        label = heap[0]
        size -= 1
        if size > 0:
            heap[0] = heap[index(size)]
            sink(heap, key, size)
        if parent[index(label)] < NO_LABEL:  # beaten since it was made
            continue
        u = state_of[index(label)]
        if u == target:
            answers[index(found)] = label
            found += 1
            continue
        for a in range(first_out[index(u)], first_out[index(u + 1)]):
            v = head[index(a)]
            if labels == room:
                return NEEDS_ROOM
            ready = value[index(label * criteria + clock)] if clock >= 0 else 0.0
            if clock >= 0 and gate[index(a)] >= 0:
                ready = through(ready, gate[index(a)], first_slot, slot_start, slot_end, slot_extra)
            if not extend(label, a, v, labels, ready, weight, bound, limit, clock, value, criteria):
                continue
            if beaten(labels, v, v, bound, slack, value, next_at, first_at, criteria):
                continue
            if beaten(labels, v, target, bound, slack, value, next_at, first_at, criteria):
                continue
            total = 0.0
            for c in range(criteria):
                total += order[index(c)] * (value[index(labels * criteria + c)] + bound[index(v * criteria + c)])
            if total > ceiling:
                continue
            drop_beaten(labels, v, value, parent, next_at, first_at, criteria)
            key[index(labels)] = total
            parent[index(labels)], arc_in[index(labels)], state_of[index(labels)] = label, a, v
            next_at[index(labels)] = first_at[index(v)]
            first_at[index(v)] = labels
            heap[index(size)] = labels
            rise(heap, key, size)
            size += 1
            labels += 1
    return found


@jit
def extend(
    label: int,
    a: int,
    v: int,
    made: int,
    ready: float,
    weight: Any,
    bound: Any,
    limit: Any,
    clock: int,
    value: Any,
    criteria: int,
) -> bool:
    """Write the values of a label that goes on along an arc at `ready`; return whether it can still be an answer."""
    for c in range(criteria):
        there = (ready if c == clock else value[index(label * criteria + c)]) + weight[index(a * criteria + c)]
        value[index(made * criteria + c)] = there
        least = there + bound[index(v * criteria + c)]
        if least > limit[index(c)] or least == INFINITY:
            return False
    return True


@jit
def through(time: float, gate: int, first_slot: Any, slot_start: Any, slot_end: Any, slot_extra: Any) -> float:
    """Return when one who comes to a gate at a time is through it; infinite where it opens no more.

    Slots stand in the order of their ends. Whoever comes in a slot that takes
    long may wait for one that does not.
    """
    low, high = first_slot[index(gate)], first_slot[index(gate + 1)]
    last = high
    while low < high:  # the first slot that has not ended
        middle = (low + high) >> 1
        if slot_end[index(middle)] < time:
            low = middle + 1
        else:
            high = middle
    best = INFINITY
    for k in range(low, last):
        begin = max(time, slot_start[index(k)])
        if begin >= best:
            break
        best = min(best, begin + slot_extra[index(k)])
    return best


@jit
def beaten(
    made: int,
    state: int,
    at: int,
    bound: Any,
    slack: Any,
    value: Any,
    next_at: Any,
    first_at: Any,
    criteria: int,
) -> bool:
    """Whether some label at `at` is no worse in any criterion than what the new one at `state` can become there."""
    other = first_at[index(at)]
    while other != NO_LABEL:
        worse = False
        for c in range(criteria):
            least = value[index(made * criteria + c)]
            if at != state:
                least += bound[index(state * criteria + c)]
            if value[index(other * criteria + c)] > least + slack[index(c)]:
                worse = True
                break
        if not worse:
            return True
        other = next_at[index(other)]
    return False


@jit
def drop_beaten(made: int, state: int, value: Any, parent: Any, next_at: Any, first_at: Any, criteria: int) -> None:
    """Take labels off a state that the new one beats; those in the heap are passed over when they come up."""
    before, other = NO_LABEL, first_at[index(state)]
    while other != NO_LABEL:
        after = next_at[index(other)]
        better = False
        for c in range(criteria):
            if value[index(other * criteria + c)] < value[index(made * criteria + c)]:
                better = True
                break
        if better:
            before = other
        else:
            if before == NO_LABEL:
                first_at[index(state)] = after
            else:
                next_at[index(before)] = after
            if parent[index(other)] >= NO_LABEL:
                parent[index(other)] = NO_LABEL - 1 - (parent[index(other)] + 1)
        other = after


@jit
def rise(heap: Any, key: Any, start: int) -> None:
    """Move the entry at `start` towards the root until its parent is no larger."""
    label = heap[index(start)]
    hole = start
    while hole > 0:
        above = heap[index((hole - 1) >> 1)]
        if key[index(above)] < key[index(label)] or (key[index(above)] == key[index(label)] and above < label):
            break
        heap[index(hole)] = above
        hole = (hole - 1) >> 1
    heap[index(hole)] = label


@jit
def sink(heap: Any, key: Any, size: int) -> None:
    """Move the entry at the root away from it until no child is smaller; equal keys in the order of the labels."""
    label = heap[0]
    hole = 0
    while True:
        child = 2 * hole + 1
        if child >= size:
            break
        other = child + 1
        if other < size:
            one, two = heap[index(child)], heap[index(other)]
            if key[index(two)] < key[index(one)] or (key[index(two)] == key[index(one)] and two < one):
                child = other
        below = heap[index(child)]
        if key[index(label)] < key[index(below)] or (key[index(label)] == key[index(below)] and label < below):
            break
        heap[index(hole)] = below
        hole = child
    heap[index(hole)] = label
