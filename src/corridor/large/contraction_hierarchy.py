"""A customisable contraction hierarchy: built once, customised in seconds, queried in microseconds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from threading import RLock
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np

from corridor import kernel
from corridor.arrays import Array
from corridor.errors import DataError, Fault
from corridor.graph.columns import ArrayChecker
from corridor.large.contraction_order import order_of
from corridor.memory import check_fits

Answer = TypeVar("Answer")
P = ParamSpec("P")
WORTH_COPYING = 4  # least number of sources for which the part above the targets is copied


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Shortcuts of a graph for any arc costs; arrays as in `kernel.hierarchy_shortcuts`.

    `rank` (states) is the position of each state in the order of contraction; `slot` (arcs of
    the graph) the position of the weight of an arc, -1 for loops; `own_first` and `own_arc` list
    the arcs of the graph on each arc of the hierarchy.
    """

    rank: Array
    parent: Array
    up_first: Array
    up_head: Array
    tail: Array
    down: tuple[Array, Array, Array]
    slot: Array
    own_first: Array
    own_arc: Array

    @staticmethod
    def of(states: int, tail: Array, head: Array, keys: Array | None = None) -> Hierarchy:
        """Return the hierarchy of arcs in any order.

        Parameters
        ----------
        states
            The number of states.
        tail, head
            Start and end states of arcs.
        keys
            Shape (k, states): coordinates, or other numbers that are similar for near states.

        Examples
        --------
        >>> made = Hierarchy.of(3, np.array([0, 1]), np.array([1, 2]))
        >>> made.priced([1.0, 2.0]).distances([0, 2], [2, 0]).tolist()
        [3.0, inf]
        """
        module = kernel.load("hierarchy_shortcuts", "numba")
        tail, head = np.asarray(tail, np.int32), np.asarray(head, np.int32)
        rank = order_of(states, tail, head, keys)
        parent = _completed(rank, tail, head, module)[2]
        postorder = np.empty(states, np.int64)
        module.number_in_postorder(parent, postorder)
        rank = postorder[rank].astype(np.int32)  # equal shortcuts, with better memory locality
        up_first, up_head, parent = _completed(rank, tail, head, module)
        slot = np.empty(len(tail), np.int64)
        module.place_arcs(rank[tail], rank[head], up_first, up_head, slot)
        placed = np.flatnonzero(slot >= 0)
        own_arc = placed[np.argsort(slot[placed] >> 1, kind="stable")].astype(np.int32)
        counts = np.bincount(slot[placed] >> 1, minlength=len(up_head))
        own_first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        return Hierarchy.from_parts(rank, parent, up_first, up_head, slot, own_first, own_arc)

    @staticmethod
    def from_parts(
        rank: Array, parent: Array, up_first: Array, up_head: Array, slot: Array, own_first: Array, own_arc: Array
    ) -> Hierarchy:
        """Return a hierarchy from its parts, with the derived arrays.

        Examples
        --------
        >>> made = Hierarchy.of(2, np.array([0]), np.array([1]))
        >>> parts = (made.rank, made.parent, made.up_first, made.up_head, made.slot, made.own_first, made.own_arc)
        >>> Hierarchy.from_parts(*parts).arcs
        1
        """
        states = len(rank)
        down = (np.empty(states + 1, np.int64), np.empty(len(up_head), np.int32), np.empty(len(up_head), np.int32))
        kernel.load("hierarchy_shortcuts", "numba").turn_round(up_first, up_head, *down)
        tail = np.repeat(np.arange(states, dtype=np.int32), np.diff(up_first))
        return Hierarchy(rank, parent, up_first, up_head, tail, down, slot, own_first, own_arc)

    @property
    def states(self) -> int:
        """The number of states."""
        return len(self.rank)

    @property
    def arcs(self) -> int:
        """The number of arcs of the hierarchy, shortcuts included; each has two directions."""
        return len(self.up_head)

    def priced(self, weight: Any) -> Metric:
        """Return the hierarchy under weights, one for each arc of the graph: from 0, infinite for a closed arc.

        Raises
        ------
        DataError
            If a weight is missing, negative or not a number.

        Examples
        --------
        >>> made = Hierarchy.of(2, np.array([0]), np.array([1]))
        >>> made.priced([math.inf]).distances([0], [1]).tolist()
        [inf]
        """
        columns = ArrayChecker("arcs")
        weights = columns.numbers("weight", weight, len(self.slot), infinite=True)
        columns.checked()
        module = kernel.load("hierarchy_shortcuts", "numba")
        by_slot = np.empty(2 * self.arcs, np.float64)
        module.enter(self.slot, weights, by_slot)
        place = np.empty(self.states, np.int32)
        module.customise(self.up_first, self.up_head, self.down, 0, self.states, by_slot, place)
        return Metric(self, weights, by_slot)


def _one_at_a_time(method: Callable[Concatenate[Metric, P], Answer]) -> Callable[Concatenate[Metric, P], Answer]:
    @wraps(method)
    def alone(self: Metric, /, *arguments: P.args, **named: P.kwargs) -> Answer:
        with self._lock:
            return method(self, *arguments, **named)

    return alone


@dataclass(frozen=True, eq=False)
class Metric:
    """A hierarchy under weights; states are numbered as in the graph.

    Queries share scratch arrays: those of several threads wait for each other. Threads that shall
    search at the same time take a metric each.
    """

    hierarchy: Hierarchy
    given: Array
    weight: Array
    _scratch: dict[str, Any] = field(default_factory=dict, repr=False)
    _lock: Any = field(default_factory=RLock, repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle without scratch and lock."""
        return Metric, (self.hierarchy, self.given, self.weight)

    @property
    def _tree(self) -> tuple[Array, Array, Array]:
        h = self.hierarchy
        return h.up_first, h.up_head, h.parent

    @property
    def _own(self) -> tuple[Array, Array, Array, Array]:
        h = self.hierarchy
        return self.given, h.own_first, h.own_arc, h.slot

    def _infinite(self, name: str) -> Array:
        if name not in self._scratch:
            self._scratch[name] = np.full(self.hierarchy.states, math.inf)
        array: Array = self._scratch[name]
        return array

    @property
    def _steps(self) -> Array:
        if "steps" not in self._scratch:
            self._scratch["steps"] = np.full(4 * self.hierarchy.arcs, -1, np.int32)
        steps: Array = self._scratch["steps"]
        return steps

    def _ranks(self, **ids: Any) -> Iterator[Array]:
        columns = ArrayChecker("states")
        states = [columns.ids(name, values, self.hierarchy.states) for name, values in ids.items()]
        columns.checked()
        return (self.hierarchy.rank[s] for s in states)

    def _pairs(self, sources: Any, targets: Any) -> tuple[Array, Array]:
        s, t = self._ranks(sources=sources, targets=targets)
        check_fits(8.0 * len(s) * len(t), f"a table of {len(s):,} by {len(t):,}", "ask for fewer rows at a time")
        if len(s) != len(t):
            fault = Fault("targets", "", len(t), f"are {len(t):,}", f"give one for each of the {len(s):,} sources")
            raise DataError(fault, "states")
        return s, t

    @_one_at_a_time
    def distances(self, sources: Any, targets: Any) -> Array:
        """Return the shortest distance of each pair; infinite without a path."""
        module = kernel.load("hierarchy_search", "numba")
        s, t = self._pairs(sources, targets)
        order = np.lexsort((t, s))  # consecutive pairs share ancestors
        found = np.empty(len(s))
        forward, backward = self._infinite("forward"), self._infinite("backward")
        module.distances(self._tree, self.weight, s[order], t[order], forward, backward, found)
        out = np.empty(len(s))
        out[order] = found
        return out

    @_one_at_a_time
    def paths(self, sources: Any, targets: Any) -> tuple[Array, Array]:
        """Return the arcs of the graph on the shortest path of each pair: first arc (pairs + 1), and all arcs."""
        module = kernel.load("hierarchy_search", "numba")
        h = self.hierarchy
        s, t = self._pairs(sources, targets)
        first, arcs = np.empty(len(s) + 1, np.int64), np.empty(64 + 32 * len(s), np.int32)
        if "found" not in self._scratch:
            ints = [np.empty(h.states + 1, np.int64) for _ in range(4)]
            self._scratch["found"] = (self._infinite("forward"), self._infinite("backward"), *ints)
        data = ((*self._tree, h.tail), self.weight, h.down, self._own)
        while True:
            needed = module.paths(data, self._steps, s, t, first, arcs, self._scratch["found"])
            if needed <= len(arcs):
                break
            arcs = np.empty(needed, np.int32)
        return first, arcs[:needed]

    @_one_at_a_time
    def table(self, sources: Any, targets: Any) -> Array:
        """Return the shortest distances from each source to each target."""
        module = kernel.load("hierarchy_search", "numba")
        s, t = self._ranks(sources=sources, targets=targets)
        check_fits(8.0 * len(s) * len(t), f"a table of {len(s):,} by {len(t):,}", "ask for fewer rows at a time")
        if "place" not in self._scratch:
            n = self.hierarchy.states
            self._scratch["place"] = (np.full(n, -1, np.int32), np.empty(n, np.int32), np.empty(n, np.int32))
        place, chosen, line = self._scratch["place"]
        out, forward = np.empty((len(s), len(t))), self._infinite("forward")
        if len(s) < WORTH_COPYING:
            far = self._infinite("far")
            for i, source in enumerate(s):
                many = module.to_few(self._tree, self.weight, source, t, forward, far, place, chosen, line)
                out[i] = far[t]
                place[chosen[:many]] = -1
            return out
        chosen = chosen[: module.above(self._tree[2], t, place, chosen, line)]
        first = self.hierarchy.up_first
        sizes = (first[chosen + 1] - first[chosen]).sum()
        part = (np.empty(len(chosen) + 1, np.int64), np.empty(sizes, np.int32), np.empty(sizes))
        module.thin(self._tree, self.weight, chosen, place, *part)
        distance = np.empty(len(chosen))
        for i, source in enumerate(s):
            module.to_many(self._tree, self.weight, part, chosen, source, forward, distance)
            out[i] = distance[place[t]]
        place[chosen] = -1
        return out

    def from_one(self, source: int) -> Array:
        """Return the shortest distances from one state to every state."""
        module = kernel.load("hierarchy_search", "numba")
        distance = np.empty(self.hierarchy.states)
        (start,) = self._ranks(source=[source])
        module.to_all(self._tree, self.weight, start[0], distance)
        return distance[self.hierarchy.rank]

    @_one_at_a_time
    def change(self, arcs: Any, weight: Any) -> None:
        """Change the weights of some arcs of the graph in place; only dependent weights are computed again.

        Raises
        ------
        DataError
            If there is no such arc, or a weight is negative or not a number; nothing is changed then.
        """
        columns, h = ArrayChecker("arcs"), self.hierarchy
        arcs = columns.ids("arcs", arcs, len(h.slot))
        new = columns.numbers("weight", weight, len(arcs), infinite=True)
        columns.checked()
        module = kernel.load("hierarchy_shortcuts", "numba")
        self.given[arcs] = new
        slots = h.slot[arcs]
        if "heap" not in self._scratch:
            self._scratch["heap"] = (np.empty(h.arcs, np.int64), np.zeros(h.arcs, np.bool_))
        edges = slots[slots >= 0] >> 1
        up = (h.tail, h.up_head)
        module.change(h.up_first, up, h.down, self._own, edges, self.weight, self._steps, *self._scratch["heap"])


def _completed(rank: Array, tail: Array, head: Array, module: Any) -> tuple[Array, Array, Array]:
    """Return the first arc of each rank, the heads of arcs, and the parent of each rank."""
    states = len(rank)
    tail, head = rank[tail], rank[head]
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    own = low < high
    low, high = low[own], high[own]
    by_low = np.argsort(low, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(low, minlength=states))]).astype(np.int64)
    up_first, parent = np.zeros(states + 1, np.int64), np.empty(states, np.int64)
    up_head = module.complete((first, high[by_low]), parent, up_first, 2 * len(low))
    return up_first, up_head, parent
