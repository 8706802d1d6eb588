"""A graph as columns: tails and heads of arcs, and coordinates of nodes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.graph.columns import MOST, ArrayChecker
from corridor.graph.csr import CsrGraph
from corridor.large.contraction_hierarchy import Hierarchy


@dataclass(frozen=True, eq=False)
class Graph:
    """Directed arcs between numbered nodes; parallel arcs and loops are allowed.

    `tail` and `head` (arcs) are numbers of nodes, int32. `x` and `y` (nodes) are coordinates
    in any unit, or None: they only improve hierarchies.

    Examples
    --------
    >>> from corridor.large import Graph
    >>> graph = Graph.of([0, 1, 0], [1, 2, 2])
    >>> graph
    Graph: 3 nodes, 3 arcs
    >>> graph.hierarchy().priced([1.0, 1.0, 5.0]).distances([0], [2]).tolist()
    [2.0]
    """

    nodes: int
    tail: Array
    head: Array
    x: Array | None = None
    y: Array | None = None

    @staticmethod
    def of(tail: Any, head: Any, *, nodes: int | None = None, x: Any = None, y: Any = None) -> Graph:
        """Return a graph from columns, checked.

        Parameters
        ----------
        tail, head
            Numbers of the start and end nodes of each arc, from 0.
        nodes
            The number of nodes; by default one more than the largest node number.
        x, y
            Coordinates of nodes, such as longitude and latitude; both or none.

        Raises
        ------
        DataError
            If a value is missing, negative, too large or not a number; lists all faults.
        """
        columns = ArrayChecker("graph")
        tail = columns.whole("tail", tail, None, most=MOST - 1)
        head = columns.whole("head", head, len(tail), most=MOST - 1)
        if nodes is None:
            nodes = int(max(tail.max(initial=-1), head.max(initial=-1))) + 1
        elif isinstance(nodes, bool) or not isinstance(nodes, int | np.integer) or not 0 <= nodes <= MOST:
            columns.fault("nodes", nodes, f"is {nodes!r}", f"give a whole number from 0 to {MOST}")
            nodes = MOST
        if not columns.faults:
            columns.ids("tail", tail, int(nodes))
            columns.ids("head", head, int(nodes))
        if (x is None) != (y is None):
            columns.fault("x" if x is None else "y", None, "is missing", "give both x and y, or none")
        elif x is not None and not columns.faults:
            x = columns.numbers("x", x, int(nodes), least=None)
            y = columns.numbers("y", y, int(nodes), least=None)
        columns.checked()
        return Graph(int(nodes), tail.astype(np.int32), head.astype(np.int32), x, y)

    @property
    def arcs(self) -> int:
        """The number of arcs."""
        return len(self.tail)

    @cached_property
    def by_tail(self) -> Array:
        """The arcs in the order of their tails, as in `csr`."""
        order: Array = np.lexsort((self.head, self.tail))
        return order

    @cached_property
    def csr(self) -> CsrGraph:
        """The graph in forward-star form; its arc k is arc `by_tail[k]` of this graph."""
        return CsrGraph.of(self.nodes, self.tail[self.by_tail], self.head[self.by_tail])

    @cached_property
    def residual(self) -> tuple[tuple[Array, Array, Array], Array]:
        """All arcs and their mates in forward-star form (first, head, mate), and the positions of arcs, then mates."""
        m = self.arcs
        tail, head = np.concatenate([self.tail, self.head]), np.concatenate([self.head, self.tail])
        order = np.lexsort((head, tail))
        place = np.empty(2 * m, np.int32)
        place[order] = np.arange(2 * m, dtype=np.int32)
        mate = place[np.concatenate([np.arange(m, 2 * m), np.arange(m)])][order]
        first = np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=self.nodes))]).astype(np.int32)
        return (first, head[order], mate), place

    def hierarchy(self) -> Hierarchy:
        """Return a customisable contraction hierarchy: built once, for any weights.

        Notes
        -----
        Nested dissection by minimum cuts along `x` and `y`, or along steps from two
        distant nodes without coordinates; see `corridor.kernel.hierarchy_shortcuts`.
        """
        keys = None if self.x is None else np.stack([self.x, self.y])  # type: ignore[list-item]
        return Hierarchy.of(self.nodes, self.tail, self.head, keys)

    def __repr__(self) -> str:
        return f"Graph: {self.nodes:,} nodes, {self.arcs:,} arcs"
