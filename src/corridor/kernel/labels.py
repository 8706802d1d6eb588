"""Pareto-optimal paths by label setting, in the order of a weighted sum of criteria.

A label is a path from the source to a state with its value under each of C
criteria. It is dominated where another label of its state is no worse in any
criterion (within `slack`), or where an answer is no worse than its lower bound at the
target (`bound`); it is infeasible where it must exceed a limit. One criterion may be a
clock: arcs with a gate can then be entered only in the slots of the gate, and a label
waits for the slot with the earliest exit. Waiting makes every arc first-in-first-out:
an earlier arrival never leaves later, so that dominated labels can be removed.
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
    graph: Any,
    criteria: Any,
    slots: Any,
    labels: Any,
    answers: Any,
    source: int,
    target: int,
    most: int,
    ceiling: float,
    clock: int,
) -> int:
    """Fill `answers` with the first `most` labels that are settled at `target`; return their number.

    `graph`, `criteria`, `slots` and `labels` are those of `kernel.structs`. Labels are settled in order of the sum of
    order × (value + bound), so the first answer minimises this sum. Labels above `ceiling` are left out. `clock` is the
    time criterion (-1: none). If the arrays of labels are too short, NEEDS_ROOM is returned and the call must be
    repeated with longer ones. The number of labels can grow exponentially.
    """
    first_out, head, order, bound = graph.first_out, graph.head, criteria.order, criteria.bound
    value, key, parent, arc_in = labels.value, labels.key, labels.parent, labels.arc_in
    state_of, next_at, heap, first_at = labels.state_of, labels.next_at, labels.heap, labels.first_at
    many, capacity = len(order), len(key)
    # The first label, at the source.
    for s in range(len(first_at)):
        first_at[index(s)] = NO_LABEL
    for c in range(many):
        value[index(c)] = 0.0
    key[0] = 0.0
    parent[0], arc_in[0], state_of[0], next_at[0] = NO_LABEL, -1, source, NO_LABEL
    first_at[index(source)] = 0
    count, size, found = 1, 1, 0
    heap[0] = 0
    while size > 0 and found < most:
        # Settle the label with the least key.
        label = heap[0]
        size -= 1
        if size > 0:
            heap[0] = heap[index(size)]
            sink(heap, key, size)
        if parent[index(label)] < NO_LABEL:  # dominated by a later label
            continue
        u = state_of[index(label)]
        if u == target:
            answers[index(found)] = label
            found += 1
            continue
        for a in range(first_out[index(u)], first_out[index(u + 1)]):
            v = head[index(a)]
            if count == capacity:
                return NEEDS_ROOM
            # Time at the start of the arc, after waiting for its gate.
            ready = value[index(label * many + clock)] if clock >= 0 else 0.0
            if clock >= 0 and slots.gate[index(a)] >= 0:
                ready = through(ready, slots.gate[index(a)], slots)
            # Drop the new label if infeasible, dominated or above the ceiling.
            if not extend(label, a, v, count, ready, criteria, clock, value):
                continue
            if is_dominated(count, v, v, criteria, labels):
                continue
            if is_dominated(count, v, target, criteria, labels):
                continue
            total = 0.0
            for c in range(many):
                total += order[index(c)] * (value[index(count * many + c)] + bound[index(v * many + c)])
            if total > ceiling:
                continue
            # Remove the labels that it dominates, and add it.
            drop_dominated(count, v, labels, many)
            key[index(count)] = total
            parent[index(count)], arc_in[index(count)], state_of[index(count)] = label, a, v
            next_at[index(count)] = first_at[index(v)]
            first_at[index(v)] = count
            heap[index(size)] = count
            rise(heap, key, size)
            size += 1
            count += 1
    return found


@jit
def extend(label: int, a: int, v: int, new: int, ready: float, criteria: Any, clock: int, value: Any) -> bool:
    """Write the values of a label extended along an arc at `ready`; return whether it is feasible."""
    weight, bound, limit, many = criteria.weight, criteria.bound, criteria.limit, len(criteria.order)
    for c in range(many):
        extended = (ready if c == clock else value[index(label * many + c)]) + weight[index(a * many + c)]
        value[index(new * many + c)] = extended
        least = extended + bound[index(v * many + c)]
        if least > limit[index(c)] or least == INFINITY:
            return False
    return True


@jit
def through(time: float, gate: int, slots: Any) -> float:
    """Return the exit time of a gate for an arrival at `time`; infinite if no slot is left.

    Slots are sorted by their ends. An arrival in a slot with a long additional time may
    wait for a faster one.
    """
    low, high = slots.first_slot[index(gate)], slots.first_slot[index(gate + 1)]
    last = high
    # Binary search: the first slot that has not ended.
    while low < high:
        middle = (low + high) >> 1
        if slots.end[index(middle)] < time:
            low = middle + 1
        else:
            high = middle
    # The earliest exit; later slots cannot improve it once they begin after it.
    best = INFINITY
    for k in range(low, last):
        begin = max(time, slots.begin[index(k)])
        if begin >= best:
            break
        best = min(best, begin + slots.extra[index(k)])
    return best


@jit
def is_dominated(new: int, state: int, at: int, criteria: Any, labels: Any) -> bool:
    """Whether a label at `at` is no worse in any criterion than the lower bound there of the new label at `state`."""
    value, next_at, first_at = labels.value, labels.next_at, labels.first_at
    bound, slack, many = criteria.bound, criteria.slack, len(criteria.order)
    other = first_at[index(at)]
    while other != NO_LABEL:
        worse = False
        for c in range(many):
            least = value[index(new * many + c)]
            if at != state:
                least += bound[index(state * many + c)]
            if value[index(other * many + c)] > least + slack[index(c)]:
                worse = True
                break
        if not worse:
            return True
        other = next_at[index(other)]
    return False


@jit
def drop_dominated(new: int, state: int, labels: Any, many: int) -> None:
    """Remove the labels of a state that the new one dominates; those in the heap are skipped later."""
    value, parent, next_at, first_at = labels.value, labels.parent, labels.next_at, labels.first_at
    before, other = NO_LABEL, first_at[index(state)]
    while other != NO_LABEL:
        after = next_at[index(other)]
        incomparable = False
        for c in range(many):
            if value[index(other * many + c)] < value[index(new * many + c)]:
                incomparable = True
                break
        if incomparable:
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
    """Move the entry at `start` up until its parent is no larger."""
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
    """Move the entry at the root down until no child is smaller; equal keys in the order of the labels."""
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
