"""Forward-star form: arcs sorted by tail, and where the arcs of each state begin."""

from __future__ import annotations

from collections.abc import Iterable


def first_out(tails: Iterable[int], states: int) -> list[int]:
    """Return where the arcs of each state begin, of length states + 1; arcs are sorted by tail.

    Examples
    --------
    >>> first_out([0, 0, 2], 3)
    [0, 2, 2, 3]
    """
    begin = [0] * (states + 1)
    for tail in tails:
        begin[tail + 1] += 1
    for state in range(states):
        begin[state + 1] += begin[state]
    return begin
