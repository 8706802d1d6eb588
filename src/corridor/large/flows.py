"""Flow of one commodity over a graph: maximum flow and minimum-cost flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor import kernel
from corridor.arrays import Array
from corridor.errors import NoAnswerError
from corridor.graph.columns import ArrayChecker
from corridor.large.graph import Graph

MOST = 2**62
LEAST_STRIDE = 10


@dataclass(frozen=True, eq=False)
class MaximumFlow:
    """The maximum flow from source to sink: `flow` by arc, and the minimum cut that proves it.

    `cut` are the full arcs that leave `source_side` (nodes, true or false); their
    capacities sum to `value`.
    """

    value: int
    flow: Array
    cut: Array
    source_side: Array


@dataclass(frozen=True, eq=False)
class MinimumCost:
    """The minimum-cost flow: `flow` by arc, total `cost`, and `price` by node.

    Prices are the node potentials: an arc with residual capacity never leads to a node whose
    price is higher by more than the cost of the arc.
    """

    flow: Array
    cost: int
    price: Array
    pivots: int


def maximum_flow(graph: Graph, capacity: Any, source: int, sink: int) -> MaximumFlow:
    """Return the maximum flow of whole units from one node to another, and a minimum cut.

    Parameters
    ----------
    graph
        The graph.
    capacity
        Capacity of each arc in whole units, from 0.
    source, sink
        Two different nodes.

    Raises
    ------
    DataError
        If a capacity or node is not valid; lists all faults.

    Notes
    -----
    Dinitz's algorithm with levels counted from the sink, O(n² m) in the worst case.

    References
    ----------
    Dinitz (1970), Soviet Math. Doklady 11, 1277.

    Examples
    --------
    >>> from corridor.large import Graph, maximum_flow
    >>> found = maximum_flow(Graph.of([0, 0, 1, 2], [1, 2, 3, 3]), [3, 2, 2, 9], 0, 3)
    >>> found.value, found.cut.tolist()
    (4, [1, 2])
    """
    columns = ArrayChecker("maximum flow")
    capacities = columns.whole("capacity", capacity, graph.arcs)
    ends = columns.ids("source and sink", [source, sink], graph.nodes)
    if not columns.faults and source == sink:
        columns.fault("sink", sink, "is the source", "give two different nodes")
    if float(np.sum(capacities, dtype=np.float64)) >= MOST:
        columns.fault(
            "capacity", float(capacities.sum(dtype=np.float64)), "sums to more than 2^62", "count in larger units"
        )
    columns.checked()
    csr, place = graph.residual
    residual = np.zeros(2 * graph.arcs, np.int64)
    residual[place[: graph.arcs]] = capacities
    level, *scratch = (np.empty(graph.nodes, np.int32) for _ in range(4))
    module = kernel.load("max_flow", "numba")
    value = module.max_flow(*csr, residual, int(ends[0]), int(ends[1]), level, *scratch)
    side = level >= 0
    cut = np.flatnonzero(side[graph.tail] & ~side[graph.head])
    return MaximumFlow(int(value), capacities - residual[place[: graph.arcs]], cut, side)


def maximum_flows(graph: Graph, capacities: Any, source: int, sink: int) -> Array:
    """Return the maximum flow for many capacities of one graph, such as failures.

    Parameters
    ----------
    graph, source, sink
        As for `maximum_flow`.
    capacities
        Whole units, shape (cases, arcs).

    Raises
    ------
    DataError
        If a capacity or node is not valid; lists all faults.

    Examples
    --------
    >>> from corridor.large import Graph, maximum_flows
    >>> maximum_flows(Graph.of([0, 0, 1, 2], [1, 2, 3, 3]), [[3, 2, 2, 9], [0, 2, 2, 9]], 0, 3).tolist()
    [4, 2]
    """
    columns = ArrayChecker("maximum flow")
    rows = _cases(columns, capacities, graph)
    ends = columns.ids("source and sink", [source, sink], graph.nodes)
    if not columns.faults and source == sink:
        columns.fault("sink", sink, "is the source", "give two different nodes")
    columns.checked()
    csr, place = graph.residual
    scratch = tuple(np.empty(graph.nodes, np.int32) for _ in range(4))
    out, residual = np.empty(len(rows), np.int64), np.empty(2 * graph.arcs, np.int64)
    kernel.load("max_flow", "numba").max_flows(csr, rows, place, int(ends[0]), int(ends[1]), residual, scratch, out)
    return out


def _cases(columns: ArrayChecker, capacities: Any, graph: Graph) -> Array:
    """Return the rows of capacities, checked."""
    rows = np.asarray(capacities)
    if rows.ndim != 2 or rows.shape[1] != graph.arcs:
        columns.fault("capacities", str(rows.shape), f"are of shape {rows.shape}", f"give (cases, {graph.arcs})")
        return np.zeros((0, graph.arcs), np.int64)
    checked = columns.whole("capacities", rows.ravel(), None).reshape(rows.shape)
    if float(checked.sum(axis=1, dtype=np.float64).max(initial=0.0)) >= MOST / 4:
        columns.fault("capacities", None, "sum to more than 2^60", "count in larger units")
    return checked


def minimum_cost(graph: Graph, cost: Any, capacity: Any, supply: Any) -> MinimumCost:
    """Return the minimum-cost flow of whole units that sends all supply to the demand nodes.

    Parameters
    ----------
    graph
        The graph.
    cost, capacity
        Whole numbers for each arc: cost of a unit, which may be negative, and capacity
        in units.
    supply
        Units that each node supplies, negative for demand; they sum to 0.

    Raises
    ------
    DataError
        If a number is not valid, or supplies do not sum to 0; lists all faults.
    NoAnswerError
        If not all units can be sent; gives the amount and the full arcs that limit it.

    Notes
    -----
    Network simplex: strongly feasible trees, block search; see `corridor.kernel.network_simplex`.

    References
    ----------
    Király & Kovács (2012), arXiv:1207.6381, for the comparison of algorithms.

    Examples
    --------
    >>> from corridor.large import Graph, minimum_cost
    >>> graph = Graph.of([0, 0, 1], [1, 2, 2])
    >>> found = minimum_cost(graph, cost=[1, 5, 1], capacity=[3, 9, 9], supply=[4, 0, -4])
    >>> found.flow.tolist(), found.cost
    ([3, 1, 3], 11)
    """
    columns = ArrayChecker("minimum cost")
    capacities = columns.whole("capacity", capacity, graph.arcs)
    costs, supplies, penalty = _checked_problem(columns, graph, cost, capacities, supply)
    columns.checked()
    order = _spread_order(graph.arcs)
    price, flow, pivots = _solve(graph, order, costs, capacities, supplies, penalty)
    out = np.empty(graph.arcs, np.int64)
    out[order] = flow[: graph.arcs]
    unsent = int(flow[graph.arcs :][supplies < 0].sum())
    if unsent:
        _raise_unsent(graph, unsent, price, penalty)
    return MinimumCost(out, int(out @ costs), price[: graph.nodes], pivots)


def minimum_costs(graph: Graph, cost: Any, capacities: Any, supply: Any) -> tuple[Array, Array]:
    """Return the minimum cost for many capacities of one graph, and the unsent units of each case.

    Parameters
    ----------
    graph, cost, supply
        As for `minimum_cost`.
    capacities
        Whole units, shape (cases, arcs).

    Returns
    -------
    cost, unsent : ndarray
        By case. With unsent units, `cost` is that of the largest possible flow.

    Raises
    ------
    DataError
        As for `minimum_cost`.

    Notes
    -----
    Each case starts from the tree of the previous one, repaired where capacities are exceeded:
    similar cases should follow each other.

    Examples
    --------
    >>> from corridor.large import Graph, minimum_costs
    >>> graph = Graph.of([0, 0, 1], [1, 2, 2])
    >>> [x.tolist() for x in minimum_costs(graph, [1, 5, 1], [[3, 9, 9], [0, 9, 9], [0, 3, 9]], [4, 0, -4])]
    [[11, 20, 15], [0, 0, 1]]
    """
    columns = ArrayChecker("minimum cost")
    rows = _cases(columns, capacities, graph)
    largest = rows.max(axis=0, initial=0) if len(rows) else np.zeros(graph.arcs, np.int64)
    costs, supplies, penalty = _checked_problem(columns, graph, cost, largest, supply)
    columns.checked()
    order = _spread_order(graph.arcs)
    module, problem, tree, state, price = _initial_state(graph, order, costs, largest, supplies, penalty)
    flow, out = np.empty(graph.arcs + graph.nodes, np.int64), np.zeros((len(rows), 2), np.int64)
    inside = np.ascontiguousarray(rows[:, order])
    module.solve_many(problem, tree, state, price, inside, np.empty(graph.nodes, np.int32), flow, out)
    return out[:, 0], out[:, 1]


def _checked_problem(
    columns: ArrayChecker, graph: Graph, cost: Any, capacities: Array, supply: Any
) -> tuple[Array, Array, int]:
    """Return costs, supplies, and a penalty above the cost of any path; record faults."""
    costs = columns.whole("cost", cost, graph.arcs, least=None)
    supplies = columns.whole("supply", supply, graph.nodes, least=None)
    if not columns.faults and supplies.sum() != 0:
        columns.fault("supply", int(supplies.sum()), f"sums to {supplies.sum():,}", "make supply equal to demand")
    largest = int(np.abs(costs).max(initial=0))
    penalty = (largest + 1) * (graph.nodes + 1)
    if 4 * penalty >= MOST or float(np.abs(costs).astype(np.float64) @ capacities) >= MOST:
        columns.fault("cost", largest, "times capacity is more than 2^62", "count in larger units")
    if float(np.abs(supplies).sum(dtype=np.float64)) + float(capacities.sum(dtype=np.float64)) >= MOST / 4:
        columns.fault("supply", None, "and capacity sum to more than 2^60", "count in larger units")
    return costs, supplies, penalty


def _spread_order(arcs: int) -> Array:
    """Return an order of arcs that spreads neighbours: every block then contains arcs of all regions."""
    stride = max(LEAST_STRIDE, int(np.sqrt(arcs)))
    order: Array = np.argsort(np.arange(arcs) % stride, kind="stable")
    return order


def _initial_state(
    graph: Graph, order: Array, costs: Array, capacities: Array, supplies: Array, penalty: int
) -> tuple[Any, tuple[Array, ...], tuple[Array, ...], Array, Array]:
    """Return the kernel, the problem, and an initial tree with its states and prices."""
    module = kernel.load("network_simplex", "numba")
    n, m = graph.nodes, graph.arcs
    tail, head = np.zeros(m + n, np.int32), np.zeros(m + n, np.int32)
    limit, cost = np.zeros(m + n, np.int64), np.zeros(m + n, np.int64)
    tail[:m], head[:m], limit[:m], cost[:m] = graph.tail[order], graph.head[order], capacities[order], costs[order]
    problem = (tail, head, limit, cost, supplies)
    threads = [np.empty(n + 1, np.int32) for _ in range(4)]
    tree: tuple[Array, ...] = (np.empty(4 * (n + 1), np.int64), *threads)
    state, price = np.empty(m + n, np.int8), np.empty(n + 1, np.int64)
    module.start(problem, tree, state, price, penalty)
    return module, problem, tree, state, price


def _solve(
    graph: Graph, order: Array, costs: Array, capacities: Array, supplies: Array, penalty: int
) -> tuple[Array, Array, int]:
    module, problem, tree, state, price = _initial_state(graph, order, costs, capacities, supplies, penalty)
    flow = np.empty(graph.arcs + graph.nodes, np.int64)
    pivots = module.solve(problem, tree, state, price, MOST)
    module.read_flow(problem, tree, state, flow)
    return price, flow, int(pivots)


def _raise_unsent(graph: Graph, unsent: int, price: Array, penalty: int) -> None:
    """Raise with the full arcs between nodes with unsent supply and nodes with unmet demand."""
    beyond = price[: graph.nodes] - price[: graph.nodes].min() > penalty // 2
    full = np.flatnonzero(~beyond[graph.tail] & beyond[graph.head])
    named = ", ".join(str(a) for a in full[:5]) + (f" and {len(full) - 5:,} more" if len(full) > 5 else "")
    remedy = f"raise the capacity of arcs {named}" if len(full) else "no arc leads there: join them"
    raise NoAnswerError(f"{unsent:,} units cannot be sent to {int(beyond.sum()):,} of {graph.nodes:,} nodes; {remedy}")
