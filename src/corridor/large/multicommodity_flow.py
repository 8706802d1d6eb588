"""Many cargoes that share hard capacities: least cost, with a bound that proves it."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor import kernel
from corridor.errors import ConvergenceError, NoAnswerError
from corridor.graph.columns import ArrayChecker
from corridor.large.graph import Graph
from corridor.large.master_problem import Master
from corridor.memory import check_fits
from corridor.units import residue

Array = np.ndarray[Any, Any]
MOST_ROUNDS = 200
SOFT_ROUNDS, SOFT_SWEEPS, SOFT_POWER = 12, 3, 8.0  # of capacities as costs that rise, for paths to begin with
FIRST_GAP, SHARE_OF_GAP = 0.1, 0.1  # the master is solved to a tenth of the gap that is left
LEAST_ROOM = 1e-6  # of a mean amount: a capacity below that is as good as none
LEAST_PRICE = 1e-7  # of the mean cost of a way: what is less is the distance from a vertex
TREES_AT_ONCE = 16
DEARER = 4  # times that leaving a unit is made ten times dearer before it is said to be impossible
NOTHING = 1e-6  # of what all amounts would cost on the dearest arc: a cost below that is none
LOOSE = 1e-3  # of amounts and capacities: far from the end flows may miss by that
NEARLY = 10.0  # times the gap that is wanted: from there flows are to be feasible
MET = 1e-7  # of amounts and capacities: flows that miss by less are feasible
DEAR = 20.0  # times the dearest shortest way: what it costs to leave a unit, to begin with


@dataclass(frozen=True, eq=False)
class Multicommodity:
    """Flows at least cost within the capacities.

    `flow` by arc, `price` by arc (what one unit more of capacity would save), `unsent` by row of
    the demand; `cost` of all flows with what is not sent, `bound` from below; `gap` is
    what they differ by, relative to the cost (or, where it is next to nothing, to a millionth of
    what all amounts would cost on the dearest arc). `paths` are (first path of each row, first arc of each path,
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
    """Return the least-cost flow of many commodities that share the capacities of arcs.

    Parameters
    ----------
    graph
        The graph.
    cost, capacity
        By arc: cost of a unit, from 0; units it takes, above 0 or infinite.
    origins, destinations, amounts
        By row: two different nodes, and units above 0.
    unsent_cost
        What it costs by row to leave a unit where it is; without it everything must be sent.
    gap
        Share of the cost to which it is to be proved, 1e-7 to 0.1.
    workers
        Threads; all processors without it. Results do not depend on it.

    Raises
    ------
    DataError
        If numbers cannot be; lists all.
    NoAnswerError
        If not all can be sent and `unsent_cost` is not given; says how much.
    ConvergenceError
        If the gap is not proved.

    Notes
    -----
    Column generation with a master that knows its structure (`corridor.large.master_problem`); the
    first columns are the ways of an equilibrium in which arcs become dear as they fill. The
    bound is Lagrange's: amounts × shortest ways at the prices, less prices × capacities.

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
    room = columns.numbers("capacity", capacity, graph.arcs, infinite=True)
    origin = columns.ids("origins", origins, graph.nodes)
    destination = columns.ids("destinations", destinations, graph.nodes, len(origin))
    amount = columns.numbers("amounts", amounts, len(origin))
    unserved = None if unsent_cost is None else columns.numbers("unsent_cost", unsent_cost, len(origin))
    if not columns.faults:
        for name, values, bad in (
            ("capacity", room, room <= 0), ("amounts", amount, amount <= 0),
            ("destinations", destination, origin == destination),
        ):  # fmt: skip
            for place in np.flatnonzero(bad)[:5]:
                fix = "leave the row out" if name == "destinations" else "give a number above 0, or leave it out"
                what = "is the origin" if name == "destinations" else f"is {values[place]:g}"
                columns.fault(f"{name}[{place}]", float(values[place]), what, fix)
    if isinstance(gap, bool) or not isinstance(gap, int | float) or not 1e-7 <= gap <= 0.1:
        columns.fault("gap", gap, f"is {gap!r}", "give a number from 1e-7 to 0.1")
    columns.checked()
    trees = len(np.unique(origin))
    check_fits(12.0 * trees * graph.nodes, f"shortest path trees from {trees:,} origins", "take fewer origins")
    threads = workers or os.cpu_count() or 1
    with ThreadPoolExecutor(threads) as pool:
        task = _Task(graph, costs, room, (origin, destination, amount), unserved, pool if threads > 1 else None)
        return task.solve(float(gap))


class _Task:
    """One problem laid out by trees: rows sorted by origin, arcs by tail."""

    def __init__(
        self, graph: Graph, cost: Array, room: Array, rows: tuple[Array, ...], unserved: Array | None,
        pool: ThreadPoolExecutor | None,
    ) -> None:  # fmt: skip
        self.graph, self.csr, self.pool = graph, graph.csr, pool
        self.cost, self.room = cost[graph.by_tail], room[graph.by_tail]
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
        """Add paths and full arcs round by round until the bound meets the cost."""
        way = self._ways(np.zeros(self.csr.arcs))[0]
        self._refuse(way)
        unserved = (
            self.unserved
            if self.unserved is not None
            else np.full(len(way), DEAR * max(float(way.max(initial=0.0)), 1e-9))
        )
        master = Master(self.cost, self.room, self.pairs[3], unserved, self.pool)
        dearest = max(
            float(self.cost.max(initial=0.0)),
            float(self.unserved.max(initial=0.0)) if self.unserved is not None else 0.0,
        )
        master.least = NOTHING * float(self.pairs[3].sum()) * dearest
        price, paths = self._soft()
        bound, left, dearer, settled = -np.inf, 1.0, 0, False
        for done in range(MOST_ROUNDS):
            way, distance, arc_in = self._ways(price)
            bought = np.where(price > 0, self.room, 0.0) @ price
            bound = max(bound, float(self.pairs[3] @ np.minimum(way, master.unserved) - bought))
            if done:
                left = max(0.0, master.total - bound) / max(abs(master.total), master.least, 1e-300)
                if left <= gap and settled:
                    unsent = float(master.unsent.sum())
                    if self.unserved is not None or unsent <= MET * float(self.pairs[3].sum()):
                        return self._answer(master, price, bound, done)
                    if dearer == DEARER:
                        dearest = int(self.graph.by_tail[int(np.argmax(price))])
                        raise NoAnswerError(
                            f"{unsent:,.6g} units cannot be sent within the capacities, and more room on arc {dearest} "
                            "would help most: raise capacities, or give unsent_cost"
                        )
                    master.unserved, dearer = 10.0 * master.unserved, dearer + 1
                paths = (master.first_path, master.first_arc, master.arc, master.flow)
            felt = (self.cost + price)[None, :]
            paths = self.module.add_paths(self.pairs, paths, self.csr.tail, felt, distance, arc_in, np.zeros(2))
            master.use(paths)
            if not done:
                master.progress(np.flatnonzero(master.load > self.room))
            wanted = min(FIRST_GAP, max(SHARE_OF_GAP * left, gap / 3))
            missed = master.solve(wanted, 0.5 * MET if left <= NEARLY * gap else min(LOOSE, SHARE_OF_GAP * wanted))
            price = np.zeros(self.csr.arcs)
            price[master.rows] = master.price
            over = np.flatnonzero((master.load > self.room * (1 + MET)) & (master.row_of < 0))
            settled = missed <= MET and not len(over)
            master.progress(over)
        raise ConvergenceError(
            f"the gap is {left:.1e} after {MOST_ROUNDS} rounds, not {gap:.1e}; allow a larger one", left
        )

    def _ways(self, price: Array) -> tuple[Array, Array, Array]:
        """Return what the shortest way of each row costs at prices, and the trees."""
        distance, arc_in = self._trees(price)
        return distance[self.pairs[0], self.pairs[2]], distance, arc_in

    def _trees(self, price: Array) -> tuple[Array, Array]:
        many, states = len(self.sources), self.csr.states
        distance, arc_in = np.empty((many, states)), np.empty((many, states), np.int32)
        csr, felt = (self.csr.first_out, self.csr.head), (self.cost + price)[None, :]

        def work(begin: int) -> None:
            end = min(begin + TREES_AT_ONCE, many)
            self.module.trees(csr, felt, self.sources, self.row, begin, end, distance, arc_in)

        if self.pool is None or many * self.csr.arcs < kernel.COMPILE_FROM_ARCS:  # threads cost more than they save
            self.module.trees(csr, felt, self.sources, self.row, 0, many, distance, arc_in)
        else:
            list(self.pool.map(work, range(0, many, TREES_AT_ONCE)))
        return distance, arc_in

    def _refuse(self, way: Array) -> None:
        apart = np.sort(self.order[np.flatnonzero(~np.isfinite(way))])
        if len(apart):
            named = ", ".join(str(r) for r in apart[:5]) + (f" and {len(apart) - 5:,} more" if len(apart) > 5 else "")
            raise NoAnswerError(f"no way joins the ends of rows {named} of the demand; add arcs, or leave them out")

    def _soft(self) -> tuple[Array, tuple[Array, ...]]:
        """Return prices and paths of an equilibrium in which an arc that is full costs one mean arc more."""
        many, arcs, module = len(self.pairs[3]), self.csr.arcs, self.module
        paths = (np.zeros(many + 1, np.int64), np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0))
        one = (np.ones(1), np.ones((1, arcs)), np.zeros((1, arcs)))
        room = np.maximum(self.room, LEAST_ROOM * float(self.pairs[3].mean()) if many else 1.0)
        level = float(self.cost.mean()) if arcs else 0.0
        functions = (np.zeros(arcs, np.int8), self.cost, level / room**SOFT_POWER, np.full(arcs, SOFT_POWER))
        flow, mark = np.zeros(arcs), np.full(arcs, -1, np.int32)
        cost, slope, felt = np.empty(arcs), np.empty(arcs), np.empty((1, arcs))
        for turn in range(SOFT_ROUNDS):
            module.price(functions, flow, False, cost, slope)
            distance, arc_in = self._trees(cost - self.cost)
            module.perceived_cost(one, cost, felt)
            paths = module.add_paths(self.pairs, paths, self.csr.tail, felt, distance, arc_in, np.zeros(2))
            module.load(self.pairs, paths, one[0], flow)
            if turn == 0:
                continue
            module.price(functions, flow, False, cost, slope)
            module.perceived_cost(one, cost, felt)
            for _ in range(SOFT_SWEEPS):
                module.sweep(self.pairs, paths, one, functions, False, False, (flow, cost, slope, felt), mark)
        return cost - self.cost, paths

    def _answer(self, master: Master, price: Array, bound: float, rounds: int) -> Multicommodity:
        flow, unsent = master.flow, master.unsent
        if self.unserved is None:  # what the method leaves of every commodity, a ten-millionth at most, goes its ways
            flow = flow * (self.pairs[3] / (self.pairs[3] - unsent))[master.owner]
            unsent = np.zeros(len(unsent))
        cost = float(master.path_cost @ flow + master.unserved @ unsent)
        gap = max(0.0, cost - bound) / max(abs(cost), master.least, 1e-300)
        load = np.bincount(master.arc, weights=np.repeat(flow, np.diff(master.first_arc)), minlength=self.csr.arcs)
        arcs = np.empty((3, self.csr.arcs))
        by_tail = self.graph.by_tail
        arcs[0, by_tail], arcs[1, by_tail] = load, np.where(price > LEAST_PRICE * master.scale, price, 0.0)
        left = np.empty(len(unsent))
        left[self.order] = unsent
        # paths in the order of the rows as they were given
        place = np.argsort(self.order)
        counts = np.diff(master.first_path)[place]
        first_path = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        picked = np.repeat(master.first_path[:-1][place] - first_path[:-1], counts) + np.arange(len(flow))
        lengths = np.diff(master.first_arc)[picked]
        first_arc = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        # the kernel walks trees back: its arcs stand from the end of a path to its start
        inside = np.repeat(master.first_arc[1:][picked] - 1 + first_arc[:-1], lengths) - np.arange(len(master.arc))
        paths = (first_path, first_arc, by_tail[master.arc[inside]], flow[picked])
        return Multicommodity(arcs[0], arcs[1], left, cost, bound, gap, rounds, paths)
