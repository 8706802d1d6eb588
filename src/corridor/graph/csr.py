"""A graph in forward-star (CSR) form as arrays, with its reverse, for interpreted and compiled kernels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from corridor.arrays import Array

LINK, TRANSFER, LOAD, UNLOAD = range(4)  # what an arc of the virtual network stands for
FORWARD, BACKWARD = 0, 1


@dataclass(frozen=True, eq=False)
class CsrGraph:
    """Arcs sorted by tail: those of state u are `first_out[u] … first_out[u + 1] - 1`; int32 throughout."""

    first_out: Array
    tail: Array
    head: Array

    @staticmethod
    def of(states: int, tail: Sequence[int] | Array, head: Sequence[int] | Array) -> CsrGraph:
        """Return the graph of arcs that are sorted by tail.

        Examples
        --------
        >>> CsrGraph.of(3, [0, 0, 2], [1, 2, 0]).first_out.tolist()
        [0, 2, 2, 3]
        """
        tails = np.asarray(tail, dtype=np.int32)
        counts = np.bincount(tails, minlength=states) if len(tails) else np.zeros(states, np.int64)
        first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        return CsrGraph(first, tails, np.asarray(head, dtype=np.int32))

    @property
    def states(self) -> int:
        """The number of states."""
        return len(self.first_out) - 1

    @property
    def arcs(self) -> int:
        """The number of arcs."""
        return len(self.head)

    @cached_property
    def reverse(self) -> tuple[CsrGraph, Array]:
        """The graph with every arc reversed, and the position here of each of its arcs."""
        order = np.argsort(self.head, kind="stable")
        return CsrGraph.of(self.states, self.head[order], self.tail[order]), order

    @cached_property
    def lists(self) -> tuple[list[int], list[int]]:
        """`first_out` and `head` as lists, which interpreted kernels read faster."""
        return self.first_out.tolist(), self.head.tolist()


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
