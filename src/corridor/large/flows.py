"""One cargo over a graph: the most that fits through, and the cheapest way to send what must be sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor import kernel
from corridor.errors import NoAnswerError
from corridor.graph.columns import ArrayChecker
from corridor.large.graph import Graph

Array = np.ndarray[Any, Any]
MOST = 2**62
LEAST_STRIDE = 10


@dataclass(frozen=True, eq=False)
class MaximumFlow:
    """The most that fits from source to sink: `flow` by arc, and the cut that proves it.

    `cut` are the arcs that are full and lead from `source_side` (nodes, true or false) to
    the other; their capacities sum to `value`.
    """

    value: int
    flow: Array
    cut: Array
    source_side: Array


@dataclass(frozen=True, eq=False)
class MinimumCost:
    """The cheapest flow: `flow` by arc, `cost` in all, and `price` by node.

    A price is what one unit more at a node is worth less: an arc with room never leads to a
    node whose price is higher by more than the arc's cost.
    """

    flow: Array
    cost: int
    price: Array
    pivots: int


def maximum_flow(graph: Graph, capacity: Any, source: int, sink: int) -> MaximumFlow:
    """Return the maximum flow of whole units from one node to another, and a least cut.

    Parameters
    ----------
    graph
        The graph.
    capacity
        Whole units that each arc takes, from 0.
    source, sink
        Two different nodes.

    Raises
    ------
    DataError
        If a capacity or node cannot be; lists all.

    Notes
    -----
    Dinitz's algorithm with levels counted from the sink, O(n² m) at worst.

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
    room = columns.whole("capacity", capacity, graph.arcs)
    ends = columns.ids("source and sink", [source, sink], graph.nodes)
    if not columns.faults and source == sink:
        columns.fault("sink", sink, "is the source", "give two different nodes")
    if float(np.sum(room, dtype=np.float64)) >= MOST:
        columns.fault("capacity", float(room.sum(dtype=np.float64)), "sums to more than 2^62", "count in larger units")
    columns.checked()
    csr, place = graph.residual
    left = np.zeros(2 * graph.arcs, np.int64)
    left[place[: graph.arcs]] = room
    level, *scratch = (np.empty(graph.nodes, np.int32) for _ in range(4))
    module = kernel.load("max_flow", "numba")
    value = module.max_flow(*csr, left, int(ends[0]), int(ends[1]), level, *scratch)
    side = level >= 0
    cut = np.flatnonzero(side[graph.tail] & ~side[graph.head])
    return MaximumFlow(int(value), room - left[place[: graph.arcs]], cut, side)


def maximum_flows(graph: Graph, capacities: Any, source: int, sink: int) -> Array:
    """Return the maximum flow for many capacities of one graph, such as cases in which something fails.

    Parameters
    ----------
    graph, source, sink
        As of `maximum_flow`.
    capacities
        Whole units, shape (cases, arcs).

    Raises
    ------
    DataError
        If a capacity or node cannot be; lists all.

    Examples
    --------
    >>> from corridor.large import Graph, maximum_flows
    >>> maximum_flows(Graph.of([0, 0, 1, 2], [1, 2, 3, 3]), [[3, 2, 2, 9], [0, 2, 2, 9]], 0, 3).tolist()
    [4, 2]
    """
    columns = ArrayChecker("maximum flow")
    rooms = _cases(columns, capacities, graph)
    ends = columns.ids("source and sink", [source, sink], graph.nodes)
    if not columns.faults and source == sink:
        columns.fault("sink", sink, "is the source", "give two different nodes")
    columns.checked()
    csr, place = graph.residual
    scratch = tuple(np.empty(graph.nodes, np.int32) for _ in range(4))
    out, room = np.empty(len(rooms), np.int64), np.empty(2 * graph.arcs, np.int64)
    kernel.load("max_flow", "numba").max_flows(csr, rooms, place, int(ends[0]), int(ends[1]), room, scratch, out)
    return out


def _cases(columns: ArrayChecker, capacities: Any, graph: Graph) -> Array:
    """Return rows of capacities, checked as one column."""
    given = np.asarray(capacities)
    if given.ndim != 2 or given.shape[1] != graph.arcs:
        columns.fault("capacities", str(given.shape), f"are of shape {given.shape}", f"give (cases, {graph.arcs})")
        return np.zeros((0, graph.arcs), np.int64)
    made = columns.whole("capacities", given.ravel(), None).reshape(given.shape)
    if float(made.sum(axis=1, dtype=np.float64).max(initial=0.0)) >= MOST / 4:
        columns.fault("capacities", None, "sum to more than 2^60", "count in larger units")
    return made


def minimum_cost(graph: Graph, cost: Any, capacity: Any, supply: Any) -> MinimumCost:
    """Return the cheapest flow of whole units that sends all supply to where it is wanted.

    Parameters
    ----------
    graph
        The graph.
    cost, capacity
        Whole numbers for each arc: what a unit costs, which may be less than nothing,
        and how many units it takes.
    supply
        Units that each node sends out, negative where it takes in; they sum to 0.

    Raises
    ------
    DataError
        If a number cannot be, or supplies do not sum to 0; lists all.
    NoAnswerError
        If not all can be sent; says how much, and which full arcs are in the way.

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
    room = columns.whole("capacity", capacity, graph.arcs)
    costs, supplies, dear = _asked(columns, graph, cost, room, supply)
    columns.checked()
    order = _mixed(graph.arcs)
    price, flow, pivots = _solved(graph, order, costs, room, supplies, dear)
    out = np.empty(graph.arcs, np.int64)
    out[order] = flow[: graph.arcs]
    unsent = int(flow[graph.arcs :][supplies < 0].sum())
    if unsent:
        _refuse(graph, unsent, price, dear)
    return MinimumCost(out, int(out @ costs), price[: graph.nodes], pivots)


def minimum_costs(graph: Graph, cost: Any, capacities: Any, supply: Any) -> tuple[Array, Array]:
    """Return the least cost for many capacities of one graph, and how many units cannot be sent in each case.

    Parameters
    ----------
    graph, cost, supply
        As of `minimum_cost`.
    capacities
        Whole units, shape (cases, arcs).

    Returns
    -------
    cost, unsent : ndarray
        By case. Where something is not sent, `cost` is that of the rest, as much as can be sent.

    Raises
    ------
    DataError
        As of `minimum_cost`.

    Notes
    -----
    Each case begins with the tree of the last, mended where it carries too much: cases that
    are alike should stand together.

    Examples
    --------
    >>> from corridor.large import Graph, minimum_costs
    >>> graph = Graph.of([0, 0, 1], [1, 2, 2])
    >>> [x.tolist() for x in minimum_costs(graph, [1, 5, 1], [[3, 9, 9], [0, 9, 9], [0, 3, 9]], [4, 0, -4])]
    [[11, 20, 15], [0, 0, 1]]
    """
    columns = ArrayChecker("minimum cost")
    rooms = _cases(columns, capacities, graph)
    largest = rooms.max(axis=0, initial=0) if len(rooms) else np.zeros(graph.arcs, np.int64)
    costs, supplies, dear = _asked(columns, graph, cost, largest, supply)
    columns.checked()
    order = _mixed(graph.arcs)
    module, problem, tree, state, price = _laid_out(graph, order, costs, largest, supplies, dear)
    flow, out = np.empty(graph.arcs + graph.nodes, np.int64), np.zeros((len(rooms), 2), np.int64)
    inside = np.ascontiguousarray(rooms[:, order])
    module.solve_many(problem, tree, state, price, inside, np.empty(graph.nodes, np.int32), flow, out)
    return out[:, 0], out[:, 1]


def _asked(columns: ArrayChecker, graph: Graph, cost: Any, room: Array, supply: Any) -> tuple[Array, Array, int]:
    """Return costs, supplies, and a price above that of any way; note what cannot be."""
    costs = columns.whole("cost", cost, graph.arcs, least=None)
    supplies = columns.whole("supply", supply, graph.nodes, least=None)
    if not columns.faults and supplies.sum() != 0:
        columns.fault("supply", int(supplies.sum()), f"sums to {supplies.sum():,}", "send out as much as is taken in")
    largest = int(np.abs(costs).max(initial=0))
    dear = (largest + 1) * (graph.nodes + 1)
    if 4 * dear >= MOST or float(np.abs(costs).astype(np.float64) @ room) >= MOST:
        columns.fault("cost", largest, "times capacity is more than 2^62", "count in larger units")
    if float(np.abs(supplies).sum(dtype=np.float64)) + float(room.sum(dtype=np.float64)) >= MOST / 4:
        columns.fault("supply", None, "and capacity sum to more than 2^60", "count in larger units")
    return costs, supplies, dear


def _mixed(arcs: int) -> Array:
    """Return an order in which neighbours are far apart: a block then offers arcs of everywhere."""
    stride = max(LEAST_STRIDE, int(np.sqrt(arcs)))
    made: Array = np.argsort(np.arange(arcs) % stride, kind="stable")
    return made


def _laid_out(
    graph: Graph, order: Array, costs: Array, room: Array, supplies: Array, dear: int
) -> tuple[Any, tuple[Array, ...], tuple[Array, ...], Array, Array]:
    """Return the kernel, the problem, and a first tree with its states and prices."""
    module = kernel.load("network_simplex", "numba")
    n, m = graph.nodes, graph.arcs
    tail, head = np.zeros(m + n, np.int32), np.zeros(m + n, np.int32)
    limit, cost = np.zeros(m + n, np.int64), np.zeros(m + n, np.int64)
    tail[:m], head[:m], limit[:m], cost[:m] = graph.tail[order], graph.head[order], room[order], costs[order]
    problem = (tail, head, limit, cost, supplies)
    threads = [np.empty(n + 1, np.int32) for _ in range(4)]
    tree: tuple[Array, ...] = (np.empty(4 * (n + 1), np.int64), *threads)
    state, price = np.empty(m + n, np.int8), np.empty(n + 1, np.int64)
    module.start(problem, tree, state, price, dear)
    return module, problem, tree, state, price


def _solved(
    graph: Graph, order: Array, costs: Array, room: Array, supplies: Array, dear: int
) -> tuple[Array, Array, int]:
    module, problem, tree, state, price = _laid_out(graph, order, costs, room, supplies, dear)
    flow = np.empty(graph.arcs + graph.nodes, np.int64)
    pivots = module.solve(problem, tree, state, price, MOST)
    module.read_flow(problem, tree, state, flow)
    return price, flow, int(pivots)


def _refuse(graph: Graph, unsent: int, price: Array, dear: int) -> None:
    """Say which arcs are full between where supply is left over and where it is missing."""
    beyond = price[: graph.nodes] - price[: graph.nodes].min() > dear // 2
    full = np.flatnonzero(~beyond[graph.tail] & beyond[graph.head])
    named = ", ".join(str(a) for a in full[:5]) + (f" and {len(full) - 5:,} more" if len(full) > 5 else "")
    way = f"raise the capacity of arcs {named}" if len(full) else "no arc leads there: join them"
    raise NoAnswerError(f"{unsent:,} units cannot be sent to {int(beyond.sum()):,} of {graph.nodes:,} nodes; {way}")
