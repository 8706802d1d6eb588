"""What kernels take together: named tuples of arrays, the same for interpreted and compiled kernels.

A field is an array, or a list where a kernel runs interpreted.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Graph(NamedTuple):
    """Arcs sorted by tail: those of state u are `first_out[u] … first_out[u + 1] - 1`, and lead to `head`."""

    first_out: Any
    head: Any


class Criteria(NamedTuple):
    """C criteria of paths: `weight` (m × C, flat, a row per arc), `bound` (n × C, the least from state to target).

    `order` weighs them in the order of settling; no path may exceed `limit`; a difference within `slack` counts as
    none. All three have length C. An infinite bound means that the target cannot be reached.
    """

    weight: Any
    bound: Any
    order: Any
    limit: Any
    slack: Any


class TimeSlots(NamedTuple):
    """When arcs can be entered: arc a by gate `gate[a]` (-1: always), in slots `first_slot[g] … first_slot[g + 1] - 1`.

    A slot lasts from `begin` to `end`, sorted by `end`, with the additional time `extra`.
    """

    gate: Any
    first_slot: Any
    begin: Any
    end: Any
    extra: Any


class Labels(NamedTuple):
    """Labels of a search and their heap; `value` has C entries per label, `first_at` one per state, the rest one each.

    `key` is the order of settling; `parent`, `arc_in` and `state_of` trace a path back; `next_at` chains the labels
    of a state.
    """

    value: Any
    key: Any
    parent: Any
    arc_in: Any
    state_of: Any
    next_at: Any
    heap: Any
    first_at: Any


class PathChoice(NamedTuple):
    """Commodities that choose among paths.

    Those of commodity c are `first_path[c] … first_path[c + 1] - 1`. `cost` and `log_size` by path; `amount`, `scale`
    and `max_cost` by commodity; path p uses `use` of `resource`, both from `first_use[p]`; `capacity` by resource.
    """

    first_path: Any
    cost: Any
    log_size: Any
    amount: Any
    scale: Any
    max_cost: Any
    first_use: Any
    resource: Any
    use: Any
    capacity: Any


class NewtonScratch(NamedTuple):
    """Scratch of the Newton steps: integers `place`, `touched`, `seen`, floats otherwise.

    All have one entry per resource, `hessian` one per pair.
    """

    trial: Any
    step: Any
    mean: Any
    hessian: Any
    place: Any
    touched: Any
    seen: Any
