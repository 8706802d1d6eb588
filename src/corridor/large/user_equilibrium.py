"""Everybody takes the cheapest way, and ways cost more the more take them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor import kernel
from corridor.errors import ConvergenceError, NoAnswerError
from corridor.graph.columns import ArrayChecker
from corridor.graph.csr import CsrGraph
from corridor.large.delay import LINE, QUEUE, Delay
from corridor.large.graph import Graph
from corridor.memory import check_fits
from corridor.units import residue

Array = np.ndarray[Any, Any]
SWEEPS = 20  # over the pairs between two looks for new paths, at most
ENOUGH = 0.1  # of the gap: less is left among the known paths, and new ones are looked for
OVERSHOT = 0.5  # of a slope: a common step that ends so steep the other way is taken back
LEAN = 3  # sweeps, then a step in the direction in which they went
TREES_AT_ONCE = 16
NOTHING = 1e-6  # of what all would pay if each had to take the dearest arc: less in all counts as that
HALVINGS = 12  # of a step along tangents
FLAT = 1e-6  # of the slope at its start: a step that ends so flat was as far as it should be


@dataclass(frozen=True, eq=False)
class TravelClass:
    """Travellers who feel costs alike: how much room a unit takes, and what they pay besides.

    A class finds an arc to cost `factor × delay + extra`. A factor that differs from arc to
    arc makes costs asymmetric: there may then be more than one equilibrium.
    """

    unit: float = 1.0
    extra: Any = 0.0
    factor: Any = 1.0


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """Flows at which nobody gains by another way, to `gap`.

    `flow` and `cost` by arc, in units of room and as felt by delay alone; `class_flow` by
    class and arc in each class's own units; `pair_cost` what each row of the demand pays;
    `total` what all pay. `gap` is the share of that which would be saved on shortest paths at these
    costs (where all pay next to nothing, of a millionth of the dearest arc's cost for each);
    `gaps` after each of `passes`. Where not `unique`, other flows may be equilibria too.
    """

    flow: Array
    cost: Array
    class_flow: Array
    pair_cost: Array
    total: float
    gap: float
    gaps: tuple[float, ...]
    paths: int
    unique: bool

    @property
    def passes(self) -> int:
        """How often all shortest paths were found."""
        return len(self.gaps)

    def __repr__(self) -> str:
        kind = "" if self.unique else "; costs are asymmetric, so others may be equilibria too"
        return f"Equilibrium: gap {residue(self.gap)} after {self.passes} passes, {self.paths:,} paths{kind}"


def equilibrium(
    graph: Graph,
    delay: Delay,
    origins: Any,
    destinations: Any,
    amounts: Any,
    *,
    gap: float = 1e-6,
    system: bool = False,
    classes: Sequence[TravelClass] = (TravelClass(),),
    class_of: Any = None,
    closed_to_passage: Any = (),
    most_passes: int = 500,
    workers: int | None = None,
) -> Equilibrium:
    """Return the user equilibrium of a graph, or its system optimum.

    Parameters
    ----------
    graph, delay
        Arcs, and what they cost by flow.
    origins, destinations, amounts
        Nodes and units by row of the demand; amounts from 0. Rows from a node to itself use no arc.
    gap
        Relative gap to be reached, above 0.
    system
        Least cost to all together in place of equilibrium.
    classes, class_of
        Classes, and the number of the class of each row; one class for all without it.
    closed_to_passage
        Nodes where ways begin and end but do not pass, such as zones.
    most_passes
        When to give up.
    workers
        Threads for shortest paths; all processors without it. Results do not depend on it.

    Raises
    ------
    DataError
        If numbers cannot be; lists all.
    NoAnswerError
        If some demand has no way.
    ConvergenceError
        If the gap is not reached in `most_passes`.

    Notes
    -----
    Flow moves between the known paths of each pair by projected Newton steps, pair after
    pair; between sweeps a step in their common direction; new paths come from shortest path
    trees, which also certify the gap.

    References
    ----------
    Wardrop (1952), doi:10.1680/ipeds.1952.11259; Jayakrishnan et al. (1994), Transportation
    Research Record 1443.

    Examples
    --------
    >>> from corridor.large import Graph, bpr, equilibrium
    >>> two_roads = Graph.of([0, 0], [1, 1])
    >>> found = equilibrium(two_roads, bpr([10.0, 15.0], 100.0, b=1.0, power=1.0), [0], [1], [100.0])
    >>> found.flow.round(3).tolist(), bool(found.gap <= 1e-6)
    ([80.0, 20.0], True)
    """
    columns = ArrayChecker("equilibrium")
    rows = _rows(columns, graph, origins, destinations, amounts, class_of, len(classes))
    closed = columns.ids("closed_to_passage", np.asarray(closed_to_passage, dtype=np.int64), graph.nodes)
    if len(delay.kind) != graph.arcs:
        columns.fault("delay", len(delay.kind), f"is of {len(delay.kind):,} arcs", f"give one of {graph.arcs:,}")
    for name, value in (("gap", gap), ("most_passes", most_passes)):
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            columns.fault(name, value, f"is {value!r}", "give a number above 0")
    if system and delay.function is not None:
        columns.fault("system", True, "needs a second derivative", "give a function that is the marginal cost already")
    units = columns.numbers("unit of a class", [c.unit for c in classes], None)
    factor = np.array([columns.numbers("factor of a class", c.factor, graph.arcs) for c in classes])
    extra = np.array([columns.numbers("extra of a class", c.extra, graph.arcs) for c in classes])
    columns.checked()
    trees = len(np.unique(rows[3] * graph.nodes + rows[0]))
    check_fits(12.0 * trees * graph.nodes, f"shortest path trees from {trees:,} origins", "take larger zones")
    task = _Task(graph, delay, rows, (units, factor, extra), closed, system, workers or os.cpu_count() or 1)
    return task.solve(gap, most_passes)


def _rows(
    columns: ArrayChecker, graph: Graph, origins: Any, destinations: Any, amounts: Any, class_of: Any, classes: int
) -> tuple[Array, Array, Array, Array]:
    origin = columns.ids("origins", origins, graph.nodes)
    destination = columns.ids("destinations", destinations, graph.nodes, len(origin))
    amount = columns.numbers("amounts", amounts, len(origin))
    chosen = columns.ids("class_of", 0 if class_of is None else class_of, classes, len(origin))
    return origin, destination, amount, chosen


class _Task:
    """One problem laid out for the kernel: rows that use arcs, sorted by tree; zones as doors."""

    def __init__(
        self, graph: Graph, delay: Delay, rows: tuple[Array, ...], classes: tuple[Array, ...], closed: Array,
        system: bool, workers: int,
    ) -> None:  # fmt: skip
        self.graph, self.delay, self.system, self.workers = graph, delay, system, workers
        origin, destination, amount, chosen = rows
        self.rows = len(amount)
        self.used = np.flatnonzero((amount > 0) & (origin != destination))
        # What leaves a node that is closed to passage leaves from a door of its own, which nothing enters.
        door = np.arange(graph.nodes)
        door[closed] = graph.nodes + np.arange(len(closed))
        tail = door[graph.tail]
        self.by_tail = np.lexsort((graph.head, tail))
        self.csr = CsrGraph.of(graph.nodes + len(closed), tail[self.by_tail], graph.head[self.by_tail])
        key = chosen[self.used] * (graph.nodes + len(closed)) + door[origin[self.used]]
        self.used = self.used[np.lexsort((destination[self.used], key))]
        key = chosen[self.used] * (graph.nodes + len(closed)) + door[origin[self.used]]
        trees, tree_of = np.unique(key, return_inverse=True)
        self.sources = (trees % max(1, graph.nodes + len(closed))).astype(np.int32)
        self.row = (trees // max(1, graph.nodes + len(closed))).astype(np.int32)
        self.units = float(amount[self.used].sum())
        self.pairs = (
            tree_of.astype(np.int32), chosen[self.used].astype(np.int32),
            destination[self.used].astype(np.int32), amount[self.used],
        )  # fmt: skip
        units, factor, extra = classes
        inside = self.by_tail
        self.classes = (units, np.ascontiguousarray(factor[:, inside]), np.ascontiguousarray(extra[:, inside]))
        self.unique = bool((factor == factor[:, :1]).all()) if factor.size else True
        self.functions = (delay.kind[inside], delay.a[inside], delay.b[inside], delay.c[inside])
        self.careful = bool((delay.kind == QUEUE).any())
        self.module = kernel.load("path_flows", "numba")

    def solve(self, gap: float, most_passes: int) -> Equilibrium:
        arcs, many = self.csr.arcs, len(self.used)
        paths = (np.zeros(many + 1, np.int64), np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0))
        flow = np.zeros(arcs)
        gaps: list[float] = []
        totals = np.zeros(2)
        while True:
            state = self._state(flow)
            distance, arc_in = self._trees(state[3])
            paths = self.module.add_paths(self.pairs, paths, self.csr.tail, state[3], distance, arc_in, totals)
            if not gaps:
                self._refuse(distance)
            paid = max(float(totals[0]), NOTHING * self.units * float(state[3].max(initial=0.0)))
            first = many and not gaps  # nothing has been sent yet
            gaps.append(1.0 if first else (float(totals[0] - totals[1]) / paid if paid > 0 else 0.0))
            if gaps[-1] <= gap and (len(gaps) > 1 or not many):
                return self._answer(state, paths, distance, totals[0], gaps)
            if len(gaps) >= most_passes:
                raise ConvergenceError(
                    f"the gap is {gaps[-1]:.1e} after {most_passes} passes, not {gap:.1e}; allow more passes, "
                    "or a larger gap", gaps[-1],
                )  # fmt: skip
            self.module.load(self.pairs, paths, self.classes[0], flow)
            if len(gaps) > 1:
                self._sweep(paths, flow, paid * min(1.0, gaps[-1]) * ENOUGH, paid * gap * ENOUGH)

    def _state(self, flow: Array) -> tuple[Array, Array, Array, Array]:
        """Return flows, costs, slopes and what each class feels; a function of the caller's is touched anew."""
        if self.delay.function is not None:
            outside = np.empty(len(flow))
            outside[self.by_tail] = flow
            cost, slope = (x[self.by_tail] for x in self.delay.at(outside))
            self.functions = (np.full(len(flow), LINE, np.int8), cost, slope, flow.copy())
        cost, slope, felt = np.empty(len(flow)), np.empty(len(flow)), np.empty(self.classes[1].shape)
        self.module.price(self.functions, flow, self.system, cost, slope)
        self.module.perceived_cost(self.classes, cost, felt)
        return flow, cost, slope, felt

    def _trees(self, felt: Array) -> tuple[Array, Array]:
        many = len(self.sources)
        distance, arc_in = np.empty((many, self.csr.states)), np.empty((many, self.csr.states), np.int32)
        csr = (self.csr.first_out, self.csr.head)

        def work(begin: int) -> None:
            end = min(begin + TREES_AT_ONCE, many)
            self.module.trees(csr, felt, self.sources, self.row, begin, end, distance, arc_in)

        if self.workers == 1 or many * self.csr.arcs < kernel.COMPILE_FROM_ARCS:  # threads cost more than they save
            self.module.trees(csr, felt, self.sources, self.row, 0, many, distance, arc_in)
        else:
            with ThreadPoolExecutor(self.workers) as pool:
                list(pool.map(work, range(0, many, TREES_AT_ONCE)))
        return distance, arc_in

    def _refuse(self, distance: Array) -> None:
        """Say which rows have no way."""
        apart = np.flatnonzero(~np.isfinite(distance[self.pairs[0], self.pairs[2]]))
        if len(apart):
            rows = np.sort(self.used[apart])
            named = ", ".join(str(r) for r in rows[:5]) + (f" and {len(rows) - 5:,} more" if len(rows) > 5 else "")
            raise NoAnswerError(f"no way joins the ends of rows {named} of the demand; add arcs, or leave them out")

    def _sweep(self, paths: tuple[Array, ...], flow: Array, enough: float, done: float) -> None:
        """Bring the known paths nearer to equilibrium; fill `flow`."""
        state, mark, drift = self._state(flow), np.full(len(flow), -1, np.int32), np.empty(len(flow))
        start = before = paths[3].copy()
        for turn in range(SWEEPS):
            excess = self.module.sweep(
                self.pairs, paths, self.classes, self.functions, self.system, self.careful, state, mark
            )
            if excess <= max(enough, done):
                break
            if turn % LEAN == LEAN - 1 and self.unique:
                kept, cost = paths[3].copy(), state[1].copy()
                self.module.extrapolate(self.pairs, paths, before, self.classes[0], (state[1], state[2]), drift)
                self._price_again(paths, state)
                if (state[1] * drift).sum() > OVERSHOT * -(cost * drift).sum():  # it went too far
                    paths[3][:] = kept
                    self._price_again(paths, state)
            elif turn % LEAN == LEAN - 2:
                before = paths[3].copy()
        if self.delay.function is not None:
            self._shorten(paths, start)
        self.module.load(self.pairs, paths, self.classes[0], flow)

    def _price_again(self, paths: tuple[Array, ...], state: tuple[Array, ...]) -> None:
        """Bring flows, costs and slopes up to date with the flows of paths."""
        flow, cost, slope, felt = state
        self.module.load(self.pairs, paths, self.classes[0], flow)
        self.module.price(self.functions, flow, self.system, cost, slope)
        self.module.perceived_cost(self.classes, cost, felt)

    def _shorten(self, paths: tuple[Array, ...], start: Array) -> None:
        """Go back towards the start where tangents led too far: until costs along the step no longer rise."""
        here, there = np.empty(self.csr.arcs), np.empty(self.csr.arcs)
        self.module.load(self.pairs, (*paths[:3], start), self.classes[0], here)
        self.module.load(self.pairs, paths, self.classes[0], there)

        def rises(share: float) -> float:
            return float(self._state(here + share * (there - here))[1] @ (there - here))

        falls = -rises(0.0)
        if rises(1.0) <= FLAT * falls:
            return
        low, high = 0.0, 1.0
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            low, high = (low, middle) if rises(middle) > 0 else (middle, high)
        paths[3][:] = start + max(low, 0.5**HALVINGS) * (paths[3] - start)

    def _answer(
        self, state: tuple[Array, ...], paths: tuple[Array, ...], distance: Array, total: float, gaps: list[float]
    ) -> Equilibrium:
        outside = np.empty(self.csr.arcs, np.int64)
        outside[self.by_tail] = np.arange(self.csr.arcs)
        arc_flow = np.repeat(paths[3], np.diff(paths[1]))
        kind = np.repeat(np.repeat(self.pairs[1], np.diff(paths[0])), np.diff(paths[1]))
        class_flow = np.zeros(self.classes[1].shape)
        np.add.at(class_flow, (kind, paths[2]), arc_flow)
        pair_cost = np.zeros(self.rows)
        pair_cost[self.used] = distance[self.pairs[0], self.pairs[2]]
        flow, cost = state[0][outside], state[1][outside]
        if self.system:
            cost = self.delay.at(flow)[0]
        return Equilibrium(
            flow,
            cost,
            class_flow[:, outside],
            pair_cost,
            float(total),
            gaps[-1],
            tuple(gaps),
            len(paths[3]),
            self.unique,
        )
