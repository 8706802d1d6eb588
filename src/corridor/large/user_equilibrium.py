"""User equilibrium and system optimum of a graph whose costs rise with flow."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor import kernel
from corridor.arrays import Array
from corridor.errors import ConvergenceError, NoAnswerError
from corridor.graph.columns import ArrayChecker
from corridor.graph.csr import CsrGraph
from corridor.large.delay import LINE, QUEUE, Delay
from corridor.large.graph import Graph
from corridor.memory import check_fits
from corridor.units import residue

SWEEPS = 20  # over the pairs between two searches for new paths, at most
ENOUGH = 0.1  # relative to the gap: new paths are searched when the known paths are this close to equilibrium
OVERSHOT = 0.5  # relative to the initial slope: a common step is undone if its slope reverses by more
LEAN = 3  # sweeps before an extrapolation in their common direction
TREES_AT_ONCE = 16
NOTHING = 1e-6  # relative to the cost of all units on the most expensive arc: a lower total counts as this
HALVINGS = 12  # of a step along tangents
FLAT = 1e-6  # relative to the slope at its start: a step that ends with less is not shortened


@dataclass(frozen=True, eq=False)
class TravelClass:
    """Travellers with equal perceived costs: capacity use of a unit, and additional cost.

    The perceived cost of an arc is `factor × delay + extra`. A factor that differs between
    arcs makes costs asymmetric: there may then be more than one equilibrium.
    """

    unit: float = 1.0
    extra: Any = 0.0
    factor: Any = 1.0


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """Flows at which no traveller can reduce its cost by another path, to `gap`.

    `flow` by arc in units of capacity, `cost` by arc from delay alone; `class_flow` by
    class and arc in the units of the class; `pair_cost` the cost of each row of the demand;
    `total` the cost of all. `gap` is the relative saving on shortest paths at these costs
    (relative to at least a millionth of the cost of all units on the most expensive arc);
    `gaps` after each of `passes`. If not `unique`, other flows may be equilibria too.
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
        """The number of searches of all shortest paths."""
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
        Arcs, and their costs by flow.
    origins, destinations, amounts
        Nodes and units by row of the demand; amounts from 0. Rows from a node to itself use no arc.
    gap
        Relative gap to be reached, above 0.
    system
        System optimum (minimum total cost) instead of user equilibrium.
    classes, class_of
        Classes, and the number of the class of each row; by default one class for all.
    closed_to_passage
        Nodes where paths begin and end but do not pass, such as zones.
    most_passes
        Limit of passes.
    workers
        Threads for shortest paths; by default all processors. Results do not depend on it.

    Raises
    ------
    DataError
        If numbers are not valid; lists all faults.
    NoAnswerError
        If some demand has no path.
    ConvergenceError
        If the gap is not reached in `most_passes`.

    Notes
    -----
    Projected Newton steps move flow between the known paths of each pair, with extrapolation
    between sweeps; new paths come from shortest path trees, which also certify the gap.

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
    """One problem, prepared for the kernel: rows that use arcs, sorted by tree; closed nodes split."""

    def __init__(
        self, graph: Graph, delay: Delay, rows: tuple[Array, ...], classes: tuple[Array, ...], closed: Array,
        system: bool, workers: int,
    ) -> None:  # fmt: skip
        self.graph, self.delay, self.system, self.workers = graph, delay, system, workers
        origin, destination, amount, chosen = rows
        self.rows = len(amount)
        self.used = np.flatnonzero((amount > 0) & (origin != destination))
        # A node closed to passage is split: its outgoing arcs leave from a second node without incoming arcs.
        departure_node = np.arange(graph.nodes)
        departure_node[closed] = graph.nodes + np.arange(len(closed))
        tail = departure_node[graph.tail]
        self.by_tail = np.lexsort((graph.head, tail))
        self.csr = CsrGraph.of(graph.nodes + len(closed), tail[self.by_tail], graph.head[self.by_tail])
        key = chosen[self.used] * (graph.nodes + len(closed)) + departure_node[origin[self.used]]
        self.used = self.used[np.lexsort((destination[self.used], key))]
        key = chosen[self.used] * (graph.nodes + len(closed)) + departure_node[origin[self.used]]
        trees, tree_of = np.unique(key, return_inverse=True)
        self.sources = (trees % max(1, graph.nodes + len(closed))).astype(np.int32)
        self.row = (trees // max(1, graph.nodes + len(closed))).astype(np.int32)
        self.units = float(amount[self.used].sum())
        self.pairs = (
            tree_of.astype(np.int32), chosen[self.used].astype(np.int32),
            destination[self.used].astype(np.int32), amount[self.used],
        )  # fmt: skip
        units, factor, extra = classes
        arc_order = self.by_tail
        self.classes = (units, np.ascontiguousarray(factor[:, arc_order]), np.ascontiguousarray(extra[:, arc_order]))
        self.unique = bool((factor == factor[:, :1]).all()) if factor.size else True
        self.functions = (delay.kind[arc_order], delay.a[arc_order], delay.b[arc_order], delay.c[arc_order])
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
                self._check_connected(distance)
            total_cost = max(float(totals[0]), NOTHING * self.units * float(state[3].max(initial=0.0)))
            is_first = many and not gaps  # no flow has been assigned yet
            gaps.append(1.0 if is_first else (float(totals[0] - totals[1]) / total_cost if total_cost > 0 else 0.0))
            if gaps[-1] <= gap and (len(gaps) > 1 or not many):
                return self._answer(state, paths, distance, totals[0], gaps)
            if len(gaps) >= most_passes:
                raise ConvergenceError(
                    f"the gap is {gaps[-1]:.1e} after {most_passes} passes, not {gap:.1e}; allow more passes, "
                    "or a larger gap", gaps[-1],
                )  # fmt: skip
            self.module.load(self.pairs, paths, self.classes[0], flow)
            if len(gaps) > 1:
                self._sweep(paths, flow, total_cost * min(1.0, gaps[-1]) * ENOUGH, total_cost * gap * ENOUGH)

    def _state(self, flow: Array) -> tuple[Array, Array, Array, Array]:
        """Return flows, costs, slopes and perceived costs; a user-defined function gets new tangents."""
        if self.delay.function is not None:
            input_flow = np.empty(len(flow))
            input_flow[self.by_tail] = flow
            cost, slope = (x[self.by_tail] for x in self.delay.at(input_flow))
            self.functions = (np.full(len(flow), LINE, np.int8), cost, slope, flow.copy())
        cost, slope, perceived = np.empty(len(flow)), np.empty(len(flow)), np.empty(self.classes[1].shape)
        self.module.price(self.functions, flow, self.system, cost, slope)
        self.module.perceived_cost(self.classes, cost, perceived)
        return flow, cost, slope, perceived

    def _trees(self, perceived: Array) -> tuple[Array, Array]:
        many = len(self.sources)
        distance, arc_in = np.empty((many, self.csr.states)), np.empty((many, self.csr.states), np.int32)
        csr = (self.csr.first_out, self.csr.head)

        def work(begin: int) -> None:
            end = min(begin + TREES_AT_ONCE, many)
            self.module.trees(csr, perceived, self.sources, self.row, begin, end, distance, arc_in)

        if self.workers == 1 or many * self.csr.arcs < kernel.COMPILE_FROM_ARCS:  # threads cost more than they save
            self.module.trees(csr, perceived, self.sources, self.row, 0, many, distance, arc_in)
        else:
            with ThreadPoolExecutor(self.workers) as pool:
                list(pool.map(work, range(0, many, TREES_AT_ONCE)))
        return distance, arc_in

    def _check_connected(self, distance: Array) -> None:
        """Raise if rows have no path."""
        apart = np.flatnonzero(~np.isfinite(distance[self.pairs[0], self.pairs[2]]))
        if len(apart):
            rows = np.sort(self.used[apart])
            named = ", ".join(str(r) for r in rows[:5]) + (f" and {len(rows) - 5:,} more" if len(rows) > 5 else "")
            raise NoAnswerError(f"no path connects the ends of rows {named} of the demand; add arcs, or leave them out")

    def _sweep(self, paths: tuple[Array, ...], flow: Array, sufficient: float, target: float) -> None:
        """Shift flow between the known paths towards equilibrium; fill `flow`."""
        state, mark, drift = self._state(flow), np.full(len(flow), -1, np.int32), np.empty(len(flow))
        start = before = paths[3].copy()
        for turn in range(SWEEPS):
            excess = self.module.sweep(
                self.pairs, paths, self.classes, self.functions, self.system, self.careful, state, mark
            )
            if excess <= max(sufficient, target):
                break
            if turn % LEAN == LEAN - 1 and self.unique:
                path_flow_before, cost = paths[3].copy(), state[1].copy()
                self.module.extrapolate(self.pairs, paths, before, self.classes[0], (state[1], state[2]), drift)
                self._price_again(paths, state)
                if (state[1] * drift).sum() > OVERSHOT * -(cost * drift).sum():  # the step overshot
                    paths[3][:] = path_flow_before
                    self._price_again(paths, state)
            elif turn % LEAN == LEAN - 2:
                before = paths[3].copy()
        if self.delay.function is not None:
            self._shorten(paths, start)
        self.module.load(self.pairs, paths, self.classes[0], flow)

    def _price_again(self, paths: tuple[Array, ...], state: tuple[Array, ...]) -> None:
        """Update flows, costs and slopes from the flows of paths."""
        flow, cost, slope, perceived = state
        self.module.load(self.pairs, paths, self.classes[0], flow)
        self.module.price(self.functions, flow, self.system, cost, slope)
        self.module.perceived_cost(self.classes, cost, perceived)

    def _shorten(self, paths: tuple[Array, ...], start: Array) -> None:
        """Shorten the step where tangents led too far: until costs along it no longer rise."""
        start_flow, end_flow = np.empty(self.csr.arcs), np.empty(self.csr.arcs)
        self.module.load(self.pairs, (*paths[:3], start), self.classes[0], start_flow)
        self.module.load(self.pairs, paths, self.classes[0], end_flow)

        def slope_at(share: float) -> float:
            return float(self._state(start_flow + share * (end_flow - start_flow))[1] @ (end_flow - start_flow))

        initial_fall = -slope_at(0.0)
        if slope_at(1.0) <= FLAT * initial_fall:
            return
        low, high = 0.0, 1.0
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            low, high = (low, middle) if slope_at(middle) > 0 else (middle, high)
        paths[3][:] = start + max(low, 0.5**HALVINGS) * (paths[3] - start)

    def _answer(
        self, state: tuple[Array, ...], paths: tuple[Array, ...], distance: Array, total: float, gaps: list[float]
    ) -> Equilibrium:
        position = np.empty(self.csr.arcs, np.int64)
        position[self.by_tail] = np.arange(self.csr.arcs)
        arc_flow = np.repeat(paths[3], np.diff(paths[1]))
        class_of_use = np.repeat(np.repeat(self.pairs[1], np.diff(paths[0])), np.diff(paths[1]))
        class_flow = np.zeros(self.classes[1].shape)
        np.add.at(class_flow, (class_of_use, paths[2]), arc_flow)
        pair_cost = np.zeros(self.rows)
        pair_cost[self.used] = distance[self.pairs[0], self.pairs[2]]
        flow, cost = state[0][position], state[1][position]
        if self.system:
            cost = self.delay.at(flow)[0]
        return Equilibrium(
            flow,
            cost,
            class_flow[:, position],
            pair_cost,
            float(total),
            gaps[-1],
            tuple(gaps),
            len(paths[3]),
            self.unique,
        )
