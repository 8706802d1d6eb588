"""The search graph that all periods of an assignment share: one virtual network per cargo, in arrays."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corridor import kernel
from corridor.arrays import Array
from corridor.graph.contraction import Contraction, contract
from corridor.graph.csr import FORWARD, LINK
from corridor.graph.resources import limits
from corridor.graph.virtual import PARTS, VirtualNetwork, virtual_network
from corridor.model.demand import Demand
from corridor.model.network import Network
from corridor.routing.search import weights_for

WORKERS = 2  # kernels release the GIL; results do not depend on the number
LENGTH_GUESS = 80  # arcs of a path; a longer buffer is allocated if needed


@dataclass(frozen=True)
class CargoSearchGraph:
    """The virtual network of one cargo and the commodities that move on it.

    `rows` (one per set of rules of permission and friction, m) holds generalised
    cost in USD/t; `commodities` are positions in the demand, sorted so that each
    tree (`tree_source`, `tree_row`) answers a run of them (`first_query`).
    """

    graph: VirtualNetwork
    first_arc: int
    rows: Array
    small: Contraction
    is_link: Array
    is_transfer: Array
    feature: Array
    use_arc: Array
    use_resource: Array
    use_units: Array
    commodities: Array
    tree_source: Array
    tree_row: Array
    first_query: Array
    query_target: Array
    query_row: Array


@dataclass(frozen=True)
class SearchGraph:
    """The virtual networks of all cargoes of a demand, with consecutive arc numbers.

    `arc_*` and `parts` have one entry per arc of all cargoes: link and transfer (-1:
    none), the direction on a link, hours, money, km, kg. `first_use`, `use_resource`,
    `use_units` hold the units of each resource that a tonne on an arc uses.
    """

    network: Network
    demand: Demand
    cargoes: tuple[CargoSearchGraph, ...]
    arc_link: Array
    arc_transfer: Array
    arc_backward: Array
    parts: dict[str, Array]
    first_use: Array
    use_resource: Array
    use_units: Array


@dataclass(frozen=True)
class Paths:
    """Paths found, one per commodity: `cost` (infinite: none) and its arcs, as numbered in the search graph."""

    commodity: Array
    cost: Array
    first: Array
    arcs: Array


def build_search_graph(network: Network, demand: Demand) -> SearchGraph:
    """Return the search graph of a network (edits resolved) for the cargoes, origins and destinations of a demand."""
    by_cargo: dict[str, list[int]] = {}
    for c, cargo in enumerate(demand.cargoes):
        by_cargo.setdefault(cargo, []).append(c)
    graphs: list[CargoSearchGraph] = []
    first = 0
    for cargo in sorted(by_cargo):
        graph = _cargo_search_graph(network, demand, cargo, by_cargo[cargo], first)
        graphs.append(graph)
        first += graph.graph.arcs
    return _joined(network, demand, tuple(graphs))


def _joined(network: Network, demand: Demand, graphs: tuple[CargoSearchGraph, ...]) -> SearchGraph:
    arc_link = [np.where(g.is_link, g.feature, -1) for g in graphs]
    backward = [np.array(g.graph.direction) != FORWARD for g in graphs]
    parts = {name: np.concatenate([np.array(g.graph.parts[name]) for g in graphs]) for name in PARTS}
    arcs = np.concatenate([g.use_arc + g.first_arc for g in graphs])
    order = np.argsort(arcs, kind="stable")
    total = sum(g.graph.arcs for g in graphs)
    return SearchGraph(
        network,
        demand,
        graphs,
        np.concatenate(arc_link).astype(np.int64),
        np.concatenate([np.where(g.is_transfer, g.feature, -1) for g in graphs]).astype(np.int64),
        np.concatenate(backward),
        parts,
        np.concatenate([[0], np.cumsum(np.bincount(arcs, minlength=total))]).astype(np.int64),
        np.concatenate([g.use_resource for g in graphs])[order],
        np.concatenate([g.use_units for g in graphs])[order],
    )


def _cargo_search_graph(
    network: Network, demand: Demand, cargo: str, rows: Sequence[int], first_arc: int
) -> CargoSearchGraph:
    graph = virtual_network(network, network.cargo(cargo), None)
    kind, feature = np.array(graph.kind), np.array(graph.feature, dtype=np.int64)
    table: list[Array] = []
    row_of: dict[tuple[str, ...], int] = {}
    queries = []
    for c in rows:
        ends = network.country_of(demand.origins[c]), network.country_of(demand.destinations[c])
        key = tuple(str(r["id"]) for r in graph.frictions.holding(*ends))
        if key not in row_of:
            row_of[key] = len(table)
            table.append(weights_for(graph, "generalised", *ends))
        start, end = graph.out_door(demand.origins[c]), graph.in_door(demand.destinations[c])
        assert start is not None
        assert end is not None
        queries.append((row_of[key], start, end, c))
    queries.sort()
    small = _contracted(graph, demand)
    trees = sorted({q[:2] for q in queries})
    counts = _counts(queries)
    uses = limits(graph)
    position = network.resource_table.index
    return CargoSearchGraph(
        graph=graph,
        first_arc=first_arc,
        rows=np.array(table, dtype=np.float64),
        small=small,
        is_link=kind == LINK,
        is_transfer=(kind != LINK) & (feature >= 0),
        feature=feature,
        use_arc=np.array([a for x in uses for a in x.arcs], dtype=np.int64),
        use_resource=np.array([position[x.id] for x in uses for _ in x.arcs], dtype=np.int64),
        use_units=np.array([u for x in uses for u in x.use], dtype=np.float64),
        commodities=np.array([q[3] for q in queries], dtype=np.int64),
        tree_source=small.state_of[[t[1] for t in trees]],
        tree_row=np.array([t[0] for t in trees], dtype=np.int64),
        first_query=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        query_target=small.state_of[[q[2] for q in queries]],
        query_row=np.array([q[0] for q in queries], dtype=np.int64),
    )


def _contracted(graph: VirtualNetwork, demand: Demand) -> Contraction:
    """Return the contracted graph between all ends of a demand; cargoes with equal networks share it."""
    cached: dict[Any, Contraction] = graph.network.cache.setdefault("contractions", {})
    doors = (
        [graph.out_door(o) for o in sorted(set(demand.origins))],
        [graph.in_door(d) for d in sorted(set(demand.destinations))],
    )
    starts, ends = ([s for s in side if s is not None] for side in doors)
    key = (tuple(graph.tail), tuple(graph.head), tuple(starts), tuple(ends))
    if key not in cached:
        cached[key] = contract(len(graph.states), graph.tail, graph.head, starts, ends)
    return cached[key]


def _counts(queries: Sequence[tuple[int, int, int, int]]) -> list[int]:
    counts: dict[tuple[int, int], int] = {}
    for row, start, *_ in queries:
        counts[(row, start)] = counts.get((row, start), 0) + 1
    return [counts[t] for t in sorted(counts)]


def cheapest_paths(
    search_graph: SearchGraph,
    open_links: Array,
    open_transfers: Array,
    price: Array | None = None,
    wanted: Array | None = None,
) -> Paths:
    """Return the cheapest open path of every commodity.

    `price` (USD per native unit, by resource) is added to the cost; `wanted` (by
    commodity) restricts the search to the trees of these commodities.
    """
    graphs = search_graph.cargoes if wanted is None else tuple(_only(g, wanted) for g in search_graph.cargoes)
    with ThreadPoolExecutor(WORKERS) as executor:
        found = list(executor.map(lambda g: _of_cargo(g, open_links, open_transfers, price), graphs))
    commodity = np.concatenate([g.commodities for g in graphs])
    cost = np.concatenate([f[0] for f in found])
    lengths = np.concatenate([np.diff(f[1]) for f in found])
    arcs = np.concatenate([f[2] + g.first_arc for f, g in zip(found, graphs, strict=True)])
    return Paths(commodity, cost, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), arcs)


def _only(g: CargoSearchGraph, wanted: Array) -> CargoSearchGraph:
    """Return the search graph of a cargo, restricted to the trees of wanted commodities."""
    tree_of = np.repeat(np.arange(len(g.tree_source)), np.diff(g.first_query))
    trees = np.unique(tree_of[wanted[g.commodities]])
    chosen = np.isin(tree_of, trees)
    counts = np.diff(g.first_query)[trees]
    return replace(
        g,
        commodities=g.commodities[chosen],
        tree_source=g.tree_source[trees],
        tree_row=g.tree_row[trees],
        first_query=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        query_target=g.query_target[chosen],
        query_row=g.query_row[chosen],
    )


def open_arcs(g: CargoSearchGraph, open_links: Array, open_transfers: Array) -> Array:
    """Return which arcs of a cargo are open; general loading always is."""
    is_open = np.ones(len(g.feature), dtype=np.bool_)
    is_open[g.is_link] = open_links[g.feature[g.is_link]]
    is_open[g.is_transfer] = open_transfers[g.feature[g.is_transfer]]
    return is_open


def _of_cargo(
    g: CargoSearchGraph, open_links: Array, open_transfers: Array, price: Array | None
) -> tuple[Array, Array, Array]:
    weights = g.rows
    if price is not None:
        extra = np.bincount(g.use_arc, weights=price[g.use_resource] * g.use_units, minlength=len(g.feature))
        weights = weights + extra
    if not len(g.tree_source):
        return np.zeros(0), np.zeros(1, np.int64), np.zeros(0, np.int64)
    weights = g.small.sums(np.where(open_arcs(g, open_links, open_transfers), weights, np.inf))
    # The work of a tree grows with its arcs: trees × arcs in total.
    small = g.small
    mode = kernel.mode_for(len(g.tree_source) * len(small.tail))
    module = kernel.load("shortest_path", mode)
    states, queries = len(small.first_out) - 1, len(g.query_target)
    buffer_size = queries * LENGTH_GUESS
    while True:
        out = (np.empty(queries), np.empty(queries + 1, np.int64), np.empty(buffer_size, np.int64))
        scratch = (np.empty(states), np.empty(1, np.int32), np.empty(1))
        more = (np.empty(states, np.int32), np.empty(states, np.int32), np.empty(states), np.empty(states, np.int32))
        inputs = (
            small.first_out,
            small.tail,
            small.head,
            weights,
            g.tree_source,
            g.tree_row,
            g.first_query,
            g.query_target,
        )
        if mode == "python":
            lists = [x.tolist() for x in (*inputs, *out, *scratch, *more)]
            needed = module.shortest_paths(*lists)
            out = tuple(np.array(x, dtype=y.dtype) for x, y in zip(lists[8:11], out, strict=True))  # type: ignore[assignment]
        else:
            needed = module.shortest_paths(*inputs, *out, *scratch, *more)
        if needed <= buffer_size:
            return out[0], *small.expanded(out[1], out[2][:needed])
        buffer_size = needed
