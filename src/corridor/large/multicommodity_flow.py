"""Multicommodity flow with hard capacities: minimum cost, with a proved bound."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor import kernel
from corridor.arrays import Array
from corridor.errors import ConvergenceError, NoAnswerError
from corridor.graph.columns import ArrayChecker
from corridor.large.graph import Graph
from corridor.large.master_problem import Master
from corridor.memory import check_fits
from corridor.units import residue

MOST_ROUNDS = 200
SOFT_ROUNDS, SOFT_SWEEPS, SOFT_POWER = 12, 3, 8.0  # soft capacities (increasing costs) for the initial paths
FIRST_GAP, SHARE_OF_GAP = 0.1, 0.1  # the master problem is solved to a tenth of the remaining gap
LEAST_ROOM = 1e-6  # relative to the mean amount: smaller capacities count as this
LEAST_PRICE = 1e-7  # relative to the mean cost of a path: smaller prices are the distance from a vertex
TREES_AT_ONCE = 16
DEARER = 4  # times that the penalty of unsent units rises tenfold before the problem counts as infeasible
NOTHING = 1e-6  # relative to the cost of all amounts on the most expensive arc: a lower cost counts as this
LOOSE = 1e-3  # relative to amounts and capacities: the tolerance of early rounds
NEARLY = 10.0  # relative to the required gap: below it flows must be feasible
MET = 1e-7  # relative to amounts and capacities: the tolerance of feasible flows
DEAR = 20.0  # relative to the most expensive shortest path: the initial penalty of an unsent unit


@dataclass(frozen=True, eq=False)
class Multicommodity:
    """Flows of minimum cost within the capacities.

    `flow` by arc, `price` by arc (shadow price of its capacity), `unsent` by row of
    the demand; `cost` of all flows and unsent demand, `bound` its lower bound; `gap` is their
    difference relative to the cost (at least a millionth of the cost of all amounts on the most
    expensive arc). `paths` are (first path of each row, first arc of each path,
    arcs from start to end, flow of each path).
    """

    flow: Array
    price: Array
    unsent: Array
    cost: float
    bound: float
    gap: float
    rounds: int
    paths: tuple[Array, Array, Array, Array]

    def __repr__(self) -> str:
        full = int((self.price > 0).sum())
        return f"Multicommodity: cost {self.cost:,.6g}, gap {residue(self.gap)}, {full:,} arcs with a price"


def multicommodity(
    graph: Graph,
    cost: Any,
    capacity: Any,
    origins: Any,
    destinations: Any,
    amounts: Any,
    *,
    unsent_cost: Any = None,
    gap: float = 1e-6,
    workers: int | None = None,
) -> Multicommodity:
    """Return the minimum-cost flow of many commodities that share the capacities of arcs.

    Parameters
    ----------
    graph
        The graph.
    cost, capacity
        By arc: cost of a unit, from 0; capacity in units, above 0 or infinite.
    origins, destinations, amounts
        By row: two different nodes, and units above 0.
    unsent_cost
        Cost of an unsent unit by row; without it everything must be sent.
    gap
        Required relative gap between cost and bound, 1e-7 to 0.1.
    workers
        Threads; by default all processors. Results do not depend on it.

    Raises
    ------
    DataError
        If numbers are not valid; lists all faults.
    NoAnswerError
        If not all units can be sent and `unsent_cost` is not given; gives the amount.
    ConvergenceError
        If the gap is not reached.

    Notes
    -----
    Column generation with a structured master problem (`corridor.large.master_problem`); the
    first columns are the paths of an equilibrium in which the cost of arcs rises with their load.
    The bound is Lagrangian: amounts × shortest distances at the prices, less prices × capacities.

    Examples
    --------
    >>> from corridor.large import Graph, multicommodity
    >>> graph = Graph.of([0, 0, 2], [1, 2, 1])
    >>> found = multicommodity(graph, [1.0, 2.0, 2.0], [3.0, 9.0, 9.0], [0, 0], [1, 2], [5.0, 1.0])
    >>> found.flow.round(4).tolist(), found.price.round(3).tolist(), bool(found.gap < 1e-6)
    ([3.0, 3.0, 2.0], [3.0, 0.0, 0.0], True)
    """
    columns = ArrayChecker("multicommodity")
    costs = columns.numbers("cost", cost, graph.arcs)
    capacities = columns.numbers("capacity", capacity, graph.arcs, infinite=True)
    origin = columns.ids("origins", origins, graph.nodes)
    destination = columns.ids("destinations", destinations, graph.nodes, len(origin))
    amount = columns.numbers("amounts", amounts, len(origin))
    unserved = None if unsent_cost is None else columns.numbers("unsent_cost", unsent_cost, len(origin))
    if not columns.faults:
        for name, values, bad in (
            ("capacity", capacities, capacities <= 0), ("amounts", amount, amount <= 0),
            ("destinations", destination, origin == destination),
        ):  # fmt: skip
            for position in np.flatnonzero(bad)[:5]:
                fix = "leave the row out" if name == "destinations" else "give a number above 0, or leave it out"
                problem = "is the origin" if name == "destinations" else f"is {values[position]:g}"
                columns.fault(f"{name}[{position}]", float(values[position]), problem, fix)
    if isinstance(gap, bool) or not isinstance(gap, int | float) or not 1e-7 <= gap <= 0.1:
        columns.fault("gap", gap, f"is {gap!r}", "give a number from 1e-7 to 0.1")
    columns.checked()
    trees = len(np.unique(origin))
    check_fits(12.0 * trees * graph.nodes, f"shortest path trees from {trees:,} origins", "use fewer origins")
    threads = workers or os.cpu_count() or 1
    with ThreadPoolExecutor(threads) as executor:
        task = _Task(
            graph, costs, capacities, (origin, destination, amount), unserved, executor if threads > 1 else None
        )
        return task.solve(float(gap))


class _Task:
    """One problem, prepared by trees: rows sorted by origin, arcs by tail."""

    def __init__(
        self, graph: Graph, cost: Array, capacity: Array, rows: tuple[Array, ...], unserved: Array | None,
        executor: ThreadPoolExecutor | None,
    ) -> None:  # fmt: skip
        self.graph, self.csr, self.pool = graph, graph.csr, executor
        self.cost, self.capacity = cost[graph.by_tail], capacity[graph.by_tail]
        origin, destination, amount = rows
        self.order = np.lexsort((destination, origin))
        sources, tree_of = np.unique(origin[self.order], return_inverse=True)
        self.sources, self.row = sources.astype(np.int32), np.zeros(len(sources), np.int32)
        many = len(origin)
        self.pairs = (
            tree_of.astype(np.int32), np.zeros(many, np.int32), destination[self.order].astype(np.int32),
            amount[self.order],
        )  # fmt: skip
        self.unserved = None if unserved is None else unserved[self.order]
        self.module = kernel.load("path_flows", "numba")

    def solve(self, gap: float) -> Multicommodity:
        """Add paths and full arcs round by round until the gap is reached."""
        shortest = self._shortest_distances(np.zeros(self.csr.arcs))[0]
        self._check_connected(shortest)
        unserved = (
            self.unserved
            if self.unserved is not None
            else np.full(len(shortest), DEAR * max(float(shortest.max(initial=0.0)), 1e-9))
        )
        master = Master(self.cost, self.capacity, self.pairs[3], unserved, self.pool)
        most_expensive = max(
            float(self.cost.max(initial=0.0)),
            float(self.unserved.max(initial=0.0)) if self.unserved is not None else 0.0,
        )
        master.least = NOTHING * float(self.pairs[3].sum()) * most_expensive
        price, paths = self._initial_paths()
        bound, remaining, increases, is_feasible = -np.inf, 1.0, 0, False
        for round_ in range(MOST_ROUNDS):
            shortest, distance, arc_in = self._shortest_distances(price)
            payment = np.where(price > 0, self.capacity, 0.0) @ price
            bound = max(bound, float(self.pairs[3] @ np.minimum(shortest, master.unserved) - payment))
            if round_:
                remaining = max(0.0, master.total - bound) / max(abs(master.total), master.least, 1e-300)
                if remaining <= gap and is_feasible:
                    unsent = float(master.unsent.sum())
                    if self.unserved is not None or unsent <= MET * float(self.pairs[3].sum()):
                        return self._answer(master, price, bound, round_)
                    if increases == DEARER:
                        most_expensive = int(self.graph.by_tail[int(np.argmax(price))])
                        raise NoAnswerError(
                            f"{unsent:,.6g} units cannot be sent within the capacities, and more capacity on "
                            f"arc {most_expensive} would help most: raise capacities, or give unsent_cost"
                        )
                    master.unserved, increases = 10.0 * master.unserved, increases + 1
                paths = (master.first_path, master.first_arc, master.arc, master.flow)
            perceived = (self.cost + price)[None, :]
            paths = self.module.add_paths(self.pairs, paths, self.csr.tail, perceived, distance, arc_in, np.zeros(2))
            master.set_paths(paths)
            if not round_:
                master.add_rows(np.flatnonzero(master.load > self.capacity))
            master_gap = min(FIRST_GAP, max(SHARE_OF_GAP * remaining, gap / 3))
            violation = master.solve(
                master_gap, 0.5 * MET if remaining <= NEARLY * gap else min(LOOSE, SHARE_OF_GAP * master_gap)
            )
            price = np.zeros(self.csr.arcs)
            price[master.rows] = master.price
            over = np.flatnonzero((master.load > self.capacity * (1 + MET)) & (master.row_of < 0))
            is_feasible = violation <= MET and not len(over)
            master.add_rows(over)
        raise ConvergenceError(
            f"the gap is {remaining:.1e} after {MOST_ROUNDS} rounds, not {gap:.1e}; allow a larger one", remaining
        )

    def _shortest_distances(self, price: Array) -> tuple[Array, Array, Array]:
        """Return the shortest distance of each row at prices, and the trees."""
        distance, arc_in = self._trees(price)
        return distance[self.pairs[0], self.pairs[2]], distance, arc_in

    def _trees(self, price: Array) -> tuple[Array, Array]:
        many, states = len(self.sources), self.csr.states
        distance, arc_in = np.empty((many, states)), np.empty((many, states), np.int32)
        csr, perceived = (self.csr.first_out, self.csr.head), (self.cost + price)[None, :]

        def work(begin: int) -> None:
            end = min(begin + TREES_AT_ONCE, many)
            self.module.trees(csr, perceived, self.sources, self.row, begin, end, distance, arc_in)

        if self.pool is None or many * self.csr.arcs < kernel.COMPILE_FROM_ARCS:  # threads cost more than they save
            self.module.trees(csr, perceived, self.sources, self.row, 0, many, distance, arc_in)
        else:
            list(self.pool.map(work, range(0, many, TREES_AT_ONCE)))
        return distance, arc_in

    def _check_connected(self, shortest: Array) -> None:
        apart = np.sort(self.order[np.flatnonzero(~np.isfinite(shortest))])
        if len(apart):
            named = ", ".join(str(r) for r in apart[:5]) + (f" and {len(apart) - 5:,} more" if len(apart) > 5 else "")
            raise NoAnswerError(f"no path connects the ends of rows {named} of the demand; add arcs, or leave them out")

    def _initial_paths(self) -> tuple[Array, tuple[Array, ...]]:
        """Return prices and paths of an equilibrium in which a full arc costs a mean arc more."""
        many, arcs, module = len(self.pairs[3]), self.csr.arcs, self.module
        paths = (np.zeros(many + 1, np.int64), np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0))
        classes = (np.ones(1), np.ones((1, arcs)), np.zeros((1, arcs)))
        capacity = np.maximum(self.capacity, LEAST_ROOM * float(self.pairs[3].mean()) if many else 1.0)
        level = float(self.cost.mean()) if arcs else 0.0
        functions = (np.zeros(arcs, np.int8), self.cost, level / capacity**SOFT_POWER, np.full(arcs, SOFT_POWER))
        flow, mark = np.zeros(arcs), np.full(arcs, -1, np.int32)
        cost, slope, perceived = np.empty(arcs), np.empty(arcs), np.empty((1, arcs))
        for turn in range(SOFT_ROUNDS):
            module.price(functions, flow, False, cost, slope)
            distance, arc_in = self._trees(cost - self.cost)
            module.perceived_cost(classes, cost, perceived)
            paths = module.add_paths(self.pairs, paths, self.csr.tail, perceived, distance, arc_in, np.zeros(2))
            module.load(self.pairs, paths, classes[0], flow)
            if turn == 0:
                continue
            module.price(functions, flow, False, cost, slope)
            module.perceived_cost(classes, cost, perceived)
            for _ in range(SOFT_SWEEPS):
                module.sweep(self.pairs, paths, classes, functions, False, False, (flow, cost, slope, perceived), mark)
        return cost - self.cost, paths

    def _answer(self, master: Master, price: Array, bound: float, rounds: int) -> Multicommodity:
        flow, unsent = master.flow, master.unsent
        if self.unserved is None:  # the remainder of a commodity, at most 1e-7, follows its paths
            flow = flow * (self.pairs[3] / (self.pairs[3] - unsent))[master.owner]
            unsent = np.zeros(len(unsent))
        cost = float(master.path_cost @ flow + master.unserved @ unsent)
        gap = max(0.0, cost - bound) / max(abs(cost), master.least, 1e-300)
        load = np.bincount(master.arc, weights=np.repeat(flow, np.diff(master.first_arc)), minlength=self.csr.arcs)
        arcs = np.empty((3, self.csr.arcs))
        by_tail = self.graph.by_tail
        arcs[0, by_tail], arcs[1, by_tail] = load, np.where(price > LEAST_PRICE * master.scale, price, 0.0)
        unsent_by_row = np.empty(len(unsent))
        unsent_by_row[self.order] = unsent
        # Paths in the order of the input rows.
        place = np.argsort(self.order)
        counts = np.diff(master.first_path)[place]
        first_path = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        path_order = np.repeat(master.first_path[:-1][place] - first_path[:-1], counts) + np.arange(len(flow))
        lengths = np.diff(master.first_arc)[path_order]
        first_arc = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        # The kernel follows trees backwards: its arcs run from the end of a path to its start.
        order = np.repeat(master.first_arc[1:][path_order] - 1 + first_arc[:-1], lengths) - np.arange(len(master.arc))
        paths = (first_path, first_arc, by_tail[master.arc[order]], flow[path_order])
        return Multicommodity(arcs[0], arcs[1], unsent_by_row, cost, bound, gap, rounds, paths)
