"""Graphs as columns: every fast way equals the plain one, every answer carries its proof."""

from __future__ import annotations

import itertools
import math
import os
import signal
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor import kernel
from corridor.errors import ConvergenceError, DataError, NoAnswerError
from corridor.large import (
    Graph,
    TravelClass,
    bpr,
    by_function,
    davidson,
    equilibrium,
    maximum_flow,
    maximum_flows,
    minimum_cost,
    minimum_costs,
    multicommodity,
    queue,
    read_graph,
    read_hierarchy,
    write_graph,
    write_hierarchy,
)

SHARED = Path(__file__).resolve().parents[2] / "shared" / "bench" / "tntp"
PUBLISHED = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is absent")


@st.composite
def graphs(draw, most_nodes=12, most_arcs=40):
    """Give a graph with parallel arcs and loops, and whole weights, some nothing and some closed."""
    n = draw(st.integers(1, most_nodes))
    ends = st.integers(0, n - 1)
    arcs = draw(st.lists(st.tuples(ends, ends, st.sampled_from([0, 0, 1, 2, 3, 7, math.inf])), max_size=most_arcs))
    tail, head, weight = ([a[k] for a in arcs] for k in range(3))
    return Graph.of(tail, head, nodes=n), np.array(weight, dtype=float)


def road(n, seed=1, closed=0.05):
    """Give a grid of roads with some missing, some parallel, some closed, whole weights."""
    rng = np.random.default_rng(seed)
    ids = np.arange(n * n).reshape(n, n)
    u = np.concatenate([ids[:, :-1].ravel(), ids[:-1].ravel()])
    v = np.concatenate([ids[:, 1:].ravel(), ids[1:].ravel()])
    kept = rng.random(len(u)) < 0.8
    extra = rng.choice(np.flatnonzero(kept), 20)
    u, v = np.concatenate([u[kept], u[extra]]), np.concatenate([v[kept], v[extra]])
    tail, head = np.concatenate([u, v]), np.concatenate([v, u])
    weight = rng.integers(0, 30, len(tail)).astype(float)
    weight[rng.random(len(tail)) < closed] = math.inf
    return Graph.of(tail, head, nodes=n * n, x=ids.ravel() % n, y=ids.ravel() // n), weight


def plain(graph, weight, source):
    """Return distances by the plain kernel, interpreted."""
    from corridor.routing.search import tree

    return tree(graph.csr, weight[graph.by_tail], {source: 0.0})[0]


def check_paths(graph, weight, sources, targets, first, arcs, expected):
    """Check that paths are chains of open arcs from end to end that cost what they should."""
    for q, (s, t) in enumerate(zip(sources, targets, strict=True)):
        path = arcs[first[q] : first[q + 1]]
        if not np.isfinite(expected[q]) or s == t:
            assert len(path) == 0
            continue
        assert graph.tail[path[0]] == s and graph.head[path[-1]] == t
        assert np.array_equal(graph.head[path[:-1]], graph.tail[path[1:]])
        assert weight[path].sum() == expected[q]


@given(graphs(), st.data())
def test_a_hierarchy_gives_what_the_plain_search_gives(made, data):
    graph, weight = made
    n = graph.nodes
    metric = graph.hierarchy().priced(weight)
    expected = np.array([plain(graph, weight, s) for s in range(n)])
    sources, targets = np.divmod(np.arange(n * n), n)
    assert np.array_equal(metric.distances(sources, targets).reshape(n, n), expected)
    assert np.array_equal(metric.table(range(n), range(n)), expected)
    assert np.array_equal(metric.table([n - 1, 0], range(n)), expected[[n - 1, 0]])
    assert np.array_equal([metric.from_one(s) for s in range(n)], expected)
    check_paths(graph, weight, sources, targets, *metric.paths(sources, targets), expected.ravel())
    if graph.arcs:
        changes = st.tuples(st.integers(0, graph.arcs - 1), st.sampled_from([0.0, 1.0, 5.0, math.inf]))
        for arc, new in data.draw(st.lists(changes, max_size=5)):
            metric.change([arc], [new])
            weight[arc] = new
            assert np.array_equal(metric.weight, graph.hierarchy().priced(weight).weight)
        expected = np.array([plain(graph, weight, s) for s in range(n)]).ravel()
        check_paths(graph, weight, sources, targets, *metric.paths(sources, targets), expected)


@pytest.mark.parametrize("seed", range(12))
def test_a_hierarchy_of_a_graph_in_which_every_cut_is_large(seed):
    """Random arcs between any two nodes: a cut may have more edges than there are nodes."""
    rng = np.random.default_rng(seed)
    nodes = int(rng.integers(100, 250))
    tail, head = rng.integers(0, nodes, (2, 5 * nodes))
    graph, weight = Graph.of(tail, head, nodes=nodes), rng.integers(0, 30, 5 * nodes).astype(float)
    found = graph.hierarchy().priced(weight).table([0, 1], range(nodes))
    assert np.array_equal(found, [plain(graph, weight, s) for s in (0, 1)])


@pytest.mark.parametrize("placed", [True, False], ids=["placed", "nowhere"])
def test_a_hierarchy_of_a_larger_graph(placed):
    """Large enough that it is cut in two, with and without coordinates; shut, opened, and dearer arcs."""
    graph, weight = road(30)
    if not placed:
        graph = Graph.of(graph.tail, graph.head, nodes=graph.nodes)
    hierarchy = graph.hierarchy()
    metric = hierarchy.priced(weight)
    rng = np.random.default_rng(2)
    for _ in range(4):
        sources, targets = rng.integers(0, graph.nodes, 60), rng.integers(0, graph.nodes, 60)
        expected = np.array([plain(graph, weight, s)[t] for s, t in zip(sources, targets, strict=True)])
        assert np.isfinite(expected).any()
        assert np.array_equal(metric.distances(sources, targets), expected)
        assert np.array_equal(np.diag(metric.table(sources, targets)), expected)
        assert np.array_equal(metric.from_one(int(sources[0])), plain(graph, weight, int(sources[0])))
        check_paths(graph, weight, sources, targets, *metric.paths(sources, targets), expected)
        arcs = rng.choice(graph.arcs, 20, replace=False)
        weight[arcs] = rng.choice([0.0, 3.0, 50.0, math.inf], 20)
        metric.change(arcs, weight[arcs])
        assert np.array_equal(metric.weight, hierarchy.priced(weight).weight)


def test_a_matrix_over_a_hierarchy_is_that_of_trees(monkeypatch):
    import corridor
    from corridor.routing import distance_table as far

    network = corridor.load()
    places = ["Moscow", "Tehran", "Mumbai", "Almaty"]
    trees = corridor.matrix(network, places)
    monkeypatch.setattr(far, "WORTH_STATES", 0)
    monkeypatch.setattr(far, "WORTH_SOURCES", 0)
    fast = corridor.matrix(network, places)
    assert far._hierarchies and np.allclose(fast, trees, rtol=1e-13, atol=0)
    assert fast.attrs["unreachable"] == trees.attrs["unreachable"]


@given(graphs(8, 24), st.data())
def test_flows_against_networkx(made, data):
    """Least cost and most flow, with their proofs: prices, and a cut."""
    graph, _ = made
    whole = st.lists(st.integers(0, 9), min_size=graph.arcs, max_size=graph.arcs)
    room, cost = np.array(data.draw(whole), np.int64), np.array(data.draw(whole), np.int64) - 2
    supply = np.zeros(graph.nodes, np.int64)
    for u, v, q in data.draw(
        st.lists(st.tuples(*(st.integers(0, graph.nodes - 1),) * 2, st.integers(0, 6)), max_size=3)
    ):
        supply[u] += q
        supply[v] -= q
    other = nx.MultiDiGraph()
    other.add_nodes_from((u, {"demand": -int(s)}) for u, s in enumerate(supply))
    for u, v, r, c in zip(graph.tail, graph.head, room, cost, strict=True):
        other.add_edge(int(u), int(v), capacity=int(r), weight=int(c))
    try:
        least = nx.min_cost_flow_cost(nx_simple(other))
    except nx.NetworkXUnfeasible:
        with pytest.raises(NoAnswerError, match="units cannot be sent"):
            minimum_cost(graph, cost, room, supply)
    else:
        found = minimum_cost(graph, cost, room, supply)
        out = np.bincount(graph.tail, found.flow, graph.nodes) - np.bincount(graph.head, found.flow, graph.nodes)
        assert found.cost == least == int(found.flow @ cost)
        assert np.array_equal(out, supply) and (found.flow >= 0).all() and (found.flow <= room).all()
        gain = cost + found.price[graph.tail] - found.price[graph.head]
        assert (gain[found.flow < room] >= 0).all() and (gain[found.flow > 0] <= 0).all()
    if graph.nodes > 1:
        most = maximum_flow(graph, room, 0, graph.nodes - 1)
        simple = nx.DiGraph()
        simple.add_nodes_from(range(graph.nodes))
        for u, v, r in zip(graph.tail.tolist(), graph.head.tolist(), room.tolist(), strict=True):
            simple.add_edge(u, v, capacity=r + (simple[u][v]["capacity"] if simple.has_edge(u, v) else 0))
        assert most.value == nx.maximum_flow_value(simple, 0, graph.nodes - 1) == room[most.cut].sum()
        out = np.bincount(graph.tail, most.flow, graph.nodes) - np.bincount(graph.head, most.flow, graph.nodes)
        assert out[0] == most.value and not out[1:-1].any()
        assert (most.flow >= 0).all() and (most.flow <= room).all()


@given(st.integers(0, 10**6))
def test_many_cases_are_what_each_is_by_itself(seed):
    """Each begins with the tree of the last, mended; some cannot send all."""
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(2, 12)), int(rng.integers(1, 40))
    graph, cost = Graph.of(rng.integers(0, n, m), rng.integers(0, n, m), nodes=n), rng.integers(-3, 10, m)
    supply = np.zeros(n, np.int64)
    for u, v, q in zip(rng.integers(0, n, 3), rng.integers(0, n, 3), rng.integers(0, 6, 3), strict=True):
        supply[u] += q
        supply[v] -= q
    rooms = rng.integers(0, 8, (8, m))
    rooms[::3] = rooms[0]
    costs, unsent = minimum_costs(graph, cost, rooms, supply)
    for case in range(8):
        if unsent[case]:
            with pytest.raises(NoAnswerError, match=f"^{unsent[case]:,} units cannot be sent"):
                minimum_cost(graph, cost, rooms[case], supply)
        else:
            assert costs[case] == minimum_cost(graph, cost, rooms[case], supply).cost
    most = maximum_flows(graph, rooms, 0, n - 1)
    assert most.tolist() == [maximum_flow(graph, row, 0, n - 1).value for row in rooms]


def nx_simple(multi):
    """Return a graph with a node in the middle of every arc: networkx refuses parallel arcs."""
    made = nx.DiGraph()
    made.add_nodes_from(multi.nodes(data=True))
    for k, (u, v, data) in enumerate(multi.edges(data=True)):
        made.add_edge(u, ("middle", k), capacity=data["capacity"], weight=data["weight"])
        made.add_edge(("middle", k), v, capacity=data["capacity"], weight=0)
    return made


def test_larger_flows_against_another_solver():
    """OR-Tools on a grid: many pivots, deep trees."""
    solver = pytest.importorskip("ortools.graph.python.min_cost_flow", reason="a peer is absent: ortools")
    graph, weight = road(25, seed=5, closed=0.0)
    rng = np.random.default_rng(5)
    room = rng.integers(20, 90, graph.arcs)
    supply = np.zeros(graph.nodes, np.int64)
    for u, v in rng.integers(0, graph.nodes, (15, 2)):
        supply[u] += 5
        supply[v] -= 5
    cost = weight.astype(np.int64)
    other = solver.SimpleMinCostFlow()
    other.add_arcs_with_capacity_and_unit_cost(graph.tail, graph.head, room, cost)
    other.set_nodes_supplies(np.arange(graph.nodes), supply)
    if other.solve() != other.OPTIMAL:
        with pytest.raises(NoAnswerError):
            minimum_cost(graph, cost, room, supply)
    else:
        assert minimum_cost(graph, cost, room, supply).cost == other.optimal_cost()


def test_interpreted_and_compiled_give_the_same_bytes(monkeypatch):
    """The same source, once as Python and once as machine code."""
    graph, weight = road(9, seed=3)
    amounts = ([0, 8, 70, 3], [80, 40, 2, 77], [5.0, 9.0, 7.0, 3.0])
    finite = np.where(np.isfinite(weight), weight, 10.0) + 1.0

    def answers():
        metric = graph.hierarchy().priced(weight)
        metric.change([3, 9], [0.0, math.inf])
        first, arcs = metric.paths([0, 5, 60], [80, 33, 2])
        flow = maximum_flow(graph, finite.astype(int), 0, 80)
        sent = minimum_cost(graph, finite.astype(int), 4, np.eye(81, dtype=int)[10] - np.eye(81, dtype=int)[70])
        user = equilibrium(graph, bpr(finite, 6.0), *amounts, gap=1e-7)
        many = multicommodity(graph, finite, 6.0, *amounts)
        return [
            metric.weight, first, arcs, metric.table([0, 7], [1, 80]), metric.from_one(4), flow.flow, sent.flow,
            user.flow, np.array(user.gaps), many.flow, many.price, np.array([many.cost, many.bound]),
        ]  # fmt: skip

    compiled = answers()
    load = kernel.load
    monkeypatch.setattr(kernel, "load", lambda name, _mode: load(name, "python"))
    with np.errstate(over="ignore"):
        interpreted = answers()
    assert [a.tobytes() for a in interpreted] == [
        a.astype(b.dtype).tobytes() for a, b in zip(compiled, interpreted, strict=True)
    ]


# --- equilibrium


def test_braess():
    """A road more makes everybody slower: the textbook's 83 minutes become 92."""
    tail, head = [0, 0, 1, 2], [1, 2, 3, 3]
    free, slope = [0.0, 50.0, 50.0, 0.0], [10.0, 1.0, 1.0, 10.0]

    def delay(f, s):
        return by_function(lambda x: (np.array(f) + np.array(s) * x, np.array(s)), len(f))

    before = equilibrium(Graph.of(tail, head), delay(free, slope), [0], [3], [6.0], gap=1e-9)
    after = equilibrium(
        Graph.of([*tail, 1], [*head, 2]), delay([*free, 10.0], [*slope, 1.0]), [0], [3], [6.0], gap=1e-9
    )
    assert before.pair_cost[0] == pytest.approx(83.0, rel=1e-6) and after.pair_cost[0] == pytest.approx(92.0, rel=1e-6)
    assert after.flow == pytest.approx([4.0, 2.0, 2.0, 4.0, 2.0], rel=1e-4)


def test_every_function_of_delay_by_hand():
    """Two roads: what is used costs the same on both; the optimum evens out marginal costs."""
    roads = Graph.of([0, 0], [1, 1])
    for delay in (
        bpr([10.0, 12.0], [20.0, 30.0], 0.5, 4.0),
        davidson([10.0, 12.0], [60.0, 50.0], 0.4),
        queue([10.0, 12.0], [60.0, 50.0], [3.0, 2.0]),
        by_function(lambda x: (np.array([10.0, 12.0]) + x**2, 2 * x), 2),
    ):
        found = equilibrium(roads, delay, [0], [1], [50.0], gap=1e-10)
        assert found.flow.sum() == pytest.approx(50.0) and found.flow.min() > 1 and found.unique
        assert found.cost[0] == pytest.approx(found.cost[1], rel=1e-6)
        if delay.function is None:
            best = equilibrium(roads, delay, [0], [1], [50.0], gap=1e-10, system=True)
            marginal = delay.at(best.flow, system=True)[0]
            assert marginal[0] == pytest.approx(marginal[1], rel=1e-6)
            assert best.flow @ best.cost <= found.flow @ found.cost + 1e-9
        flows = np.linspace(0.0, 70.0, 141)
        for arc in range(2):  # slopes are those of the costs, beyond a queue's capacity too
            cost, slope = zip(*(delay.at(np.full(2, x)) for x in flows), strict=True)
            steps = np.diff([c[arc] for c in cost])
            between = [delay.at(np.full(2, x + 0.25))[1][arc] * 0.5 for x in flows[:-1]]
            assert np.allclose(steps, between, rtol=0.2, atol=1e-3) and (np.array([s[arc] for s in slope]) >= 0).all()


@given(st.integers(0, 10**6))
def test_nobody_gains_by_another_way(seed):
    """All paths of small random networks: those that are used cost the least, to the gap."""
    rng = np.random.default_rng(seed)
    n, m = 5, 12
    tail = np.concatenate([np.arange(n), rng.integers(0, n, m)])
    head = np.concatenate([(np.arange(n) + 1) % n, rng.integers(0, n, m)])
    graph = Graph.of(tail, head, nodes=n)
    delay = bpr(
        rng.integers(0, 9, n + m), rng.integers(1, 20, n + m), rng.integers(0, 3, n + m) / 2, rng.integers(1, 6, n + m)
    )
    rows = ([0, 1, 3], [2, 4, 3], [10.0, 4.0, 5.0])
    found = equilibrium(graph, delay, *rows, gap=1e-8)
    shortest = [plain(graph, found.cost, o)[d] for o, d in zip(*rows[:2], strict=True)]
    paid = float(found.flow @ found.cost)
    assert (
        found.gap <= 1e-8 and paid - 1e-7 * (1 + paid) <= float(np.dot(shortest, rows[2])) <= paid * (1 + 1e-9) + 1e-9
    )
    out = np.bincount(tail, found.flow, n) - np.bincount(head, found.flow, n)
    assert np.allclose(out, [10.0, 4.0, -10.0, 0.0, -4.0]) and (found.flow >= -1e-9).all()
    best = equilibrium(graph, delay, *rows, gap=1e-8, system=True)
    assert best.flow @ best.cost <= paid * (1 + 1e-6) + 1e-6


def test_classes_share_the_road():
    """Lorries take twice the room and pay a toll; where their factor varies, the answer is said not to be the only one."""
    roads = Graph.of([0, 0], [1, 1])
    delay = bpr([10.0, 12.0], [50.0, 50.0], 1.0, 1.0)
    rows = ([0, 0], [1, 1], [40.0, 10.0])
    cars, lorries = TravelClass(), TravelClass(unit=2.0, extra=[0.0, 1.0])
    found = equilibrium(roads, delay, *rows, classes=[cars, lorries], class_of=[0, 1], gap=1e-9)
    assert found.unique and np.allclose(found.class_flow[0] + 2 * found.class_flow[1], found.flow)
    assert found.class_flow.sum(axis=1) == pytest.approx([40.0, 10.0])
    assert found.class_flow[1, 1] == pytest.approx(0.0, abs=1e-6)  # the toll keeps all lorries on the first road
    slow = TravelClass(factor=[1.0, 1.5])
    asymmetric = equilibrium(roads, delay, *rows, classes=[cars, slow], class_of=[0, 1], gap=1e-6)
    assert not asymmetric.unique and "others may be" in repr(asymmetric)


@PUBLISHED
@pytest.mark.parametrize(
    ("city", "toll", "passes_1e6", "passes_1e10"),
    [
        ("SiouxFalls", 0.0, 15, 25),
        ("Anaheim", 0.0, 15, 30),
        ("Barcelona", 0.0, 20, 40),
        ("Chicago-Sketch", 0.04, 20, 40),
    ],
)
def test_published_equilibria(city, toll, passes_1e6, passes_1e10):
    """The best known solutions of the field: the same costs, and the same flows where costs rise."""
    import corridor

    folder = SHARED / city
    net, trips, flows = (next(folder.glob(f"*_{kind}.tntp")) for kind in ("net", "trips", "flow"))
    read = corridor.read_tntp(net, trips)
    graph, delay, rows, closed = read.to_graph(length_cost=toll)
    found = equilibrium(graph, delay, *rows, gap=1e-10, closed_to_passage=closed)
    assert found.gap <= 1e-10 and found.passes <= passes_1e10
    assert next(i for i, g in enumerate(found.gaps) if g <= 1e-6) < passes_1e6
    lines = [line.split() for line in flows.read_text().splitlines() if line.strip()[:1].isdigit()]
    best = {(int(float(r[0])), int(float(r[1]))): float(r[2]) for r in lines}
    known = np.array([best[u, v] for u, v in zip(read.init_node.tolist(), read.term_node.tolist(), strict=True)])
    cost, slope = delay.at(known)
    assert float(np.abs(found.cost - cost).max()) <= 2e-3 * float(cost.max())
    rises = slope * known > 1e-3 * cost  # else flows are not the only ones
    assert rises.mean() > 0.2 and np.allclose(found.flow[rises], known[rises], rtol=2e-3, atol=0.5)


# --- many cargoes


@given(st.integers(0, 10**6))
def test_many_cargoes_against_a_linear_program(seed):
    highs = pytest.importorskip("scipy.optimize", reason="a peer is absent: scipy")
    rng = np.random.default_rng(seed)
    n, m, k = 6, 16, 4
    tail = np.concatenate([np.arange(n), rng.integers(0, n, m)])
    head = np.concatenate([(np.arange(n) + 1) % n, rng.integers(0, n, m)])
    cost, room = rng.integers(0, 9, n + m).astype(float), rng.integers(1, 12, n + m).astype(float)
    room[rng.random(n + m) < 0.2] = math.inf
    origin = rng.integers(0, n, k)
    target = (origin + rng.integers(1, n, k)) % n
    amount, unserved = rng.integers(1, 9, k).astype(float), rng.integers(5, 60, k).astype(float)
    incidence = np.zeros((n, n + m))
    np.add.at(incidence, (tail, np.arange(n + m)), 1.0)
    np.add.at(incidence, (head, np.arange(n + m)), -1.0)
    equal, wanted = np.zeros((n * k, (n + m) * k + k)), np.zeros(n * k)
    for c in range(k):
        equal[n * c : n * (c + 1), (n + m) * c : (n + m) * (c + 1)] = incidence
        for node, sign in ((origin[c], 1.0), (target[c], -1.0)):
            equal[n * c + node, (n + m) * k + c] = sign
            wanted[n * c + node] = sign * amount[c]
    finite = np.isfinite(room)
    shared = np.hstack([np.tile(np.eye(n + m), k), np.zeros((n + m, k))])[finite]
    program = highs.linprog(
        np.concatenate([np.tile(cost, k), unserved]), shared, room[finite], equal, wanted, method="highs"
    )
    graph = Graph.of(tail, head, nodes=n)
    found = multicommodity(graph, cost, room, origin, target, amount, unsent_cost=unserved)
    assert program.status == 0 and found.cost == pytest.approx(program.fun, rel=1e-5, abs=1e-5)
    assert found.bound <= program.fun * (1 + 1e-9) + 1e-6 and found.gap <= 1e-6
    assert (found.flow <= room * (1 + 1e-6)).all() and (found.unsent >= 0).all()
    out = np.bincount(tail, found.flow, n) - np.bincount(head, found.flow, n)
    sent = amount - found.unsent
    assert np.allclose(out, np.bincount(origin, sent, n) - np.bincount(target, sent, n), atol=1e-4)
    first_path, first_arc, arcs, flow = found.paths
    for row in range(k):
        for p in range(first_path[row], first_path[row + 1]):
            way = arcs[first_arc[p] : first_arc[p + 1]]
            assert tail[way[0]] == origin[row] and head[way[-1]] == target[row]
            assert np.array_equal(head[way[:-1]], tail[way[1:]])
        assert flow[first_path[row] : first_path[row + 1]].sum() + found.unsent[row] == pytest.approx(
            amount[row], rel=1e-6
        )


def test_many_cargoes_that_do_not_fit():
    graph = Graph.of([0, 1], [1, 2])
    with pytest.raises(NoAnswerError, match="units cannot be sent.*more capacity on arc 1"):
        multicommodity(graph, 1.0, [9.0, 3.0], [0], [2], [5.0])
    with pytest.raises(NoAnswerError, match="no path connects the ends of rows 1 of the demand"):
        multicommodity(graph, 1.0, 9.0, [0, 2], [2, 0], [1.0, 1.0])


# --- what cannot be


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda g: Graph.of([0, -1], [1, 2]), r"tail\[1\] is -1; give a whole number"),
        (lambda g: Graph.of([0, 1], [1]), "head has 1 entries; give 2, one for each"),
        (lambda g: Graph.of([0.5], [1]), r"tail\[0\] is 0.5"),
        (lambda g: Graph.of(["a"], [1]), "tail is not a column of numbers"),
        (lambda g: Graph.of([[0]], [[1]]), "in one dimension"),
        (lambda g: Graph.of([0], [7], nodes=3), r"head\[0\] is 7; give a whole number from 0 to 2"),
        (lambda g: Graph.of([0], [1], nodes=True), "nodes is True"),
        (lambda g: Graph.of([0], [1], x=[1.0, 2.0]), "y is missing; give both"),
        (lambda g: Graph.of([0], [1], x=[1.0, math.nan], y=[0.0, 1.0]), r"x\[1\] is nan"),
        (lambda g: Graph.of([10**12], [1]), "is 1000000000000; give a whole number from 0 to"),
        (lambda g: g.hierarchy().priced([1.0, -1.0]), r"weight\[1\] is -1.0; give a number from 0, or infinity"),
        (lambda g: g.hierarchy().priced([1.0, math.nan]), r"weight\[1\] is nan"),
        (lambda g: g.hierarchy().priced([1.0, 1.0]).distances([0], [3]), r"targets\[0\] is 3"),
        (lambda g: g.hierarchy().priced([1.0, 1.0]).distances([0, 1], [2]), "targets are 1; give one for each of the 2"),
        (lambda g: g.hierarchy().priced([1.0, 1.0]).from_one(-1), r"source\[0\] is -1"),
        (lambda g: g.hierarchy().priced([1.0, 1.0]).change([0, 2], 1.0), r"arcs\[1\] is 2"),
        (lambda g: maximum_flow(g, [1, 2], 1, 1), "sink is the source"),
        (lambda g: maximum_flow(g, [1.5, math.inf], 0, 2), "2 faults"),
        (lambda g: maximum_flow(g, [2**61, 2**61], 0, 2), "sums to more than 2\\^62"),
        (lambda g: minimum_cost(g, [1, 1], [1, 1], [1, 0, 0]), "supply sums to 1; make supply equal to demand"),
        (lambda g: minimum_costs(g, 1, [1, 1], [1, 0, -1]), r"capacities are of shape \(2,\); give \(cases, 2\)"),
        (lambda g: maximum_flows(g, [[1, -1]], 0, 0), r"capacities\[1\] is -1"),
        (lambda g: minimum_cost(g, [2**60, 1], [9, 9], [1, 0, -1]), "count in larger units"),
        (lambda g: bpr([1.0, 1.0], 0.0), r"capacity\[0\] is 0; give a number above 0 where b is"),
        (lambda g: bpr([1.0, 1.0], 1.0, power=0.5), r"power\[0\] is 0.5; give a number from 1"),
        (lambda g: davidson(1.0, -1.0, 0.5, arcs=2), r"capacity\[0\] is -1.0"),
        (lambda g: by_function(lambda x: x, 2), "result is not a pair of arrays"),
        (lambda g: by_function(lambda x: (x - 1, x), 2), r"cost\[0\] is -1.0"),
        (lambda g: equilibrium(g, bpr([1.0], 1.0), [0], [2], [1.0]), "delay is of 1 arcs; give one of 2"),
        (lambda g: equilibrium(g, bpr([1.0, 1.0], 1.0), [0], [9], [-1.0], gap=0), "3 faults"),
        (lambda g: multicommodity(g, 1.0, 0.0, [0], [0], [0.0], gap=2), "faults"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_place(call, said):
    with pytest.raises(DataError, match=said):
        call(Graph.of([0, 1], [1, 2]))


def test_no_answer_says_why():
    graph = Graph.of([0, 1], [1, 2], nodes=4)
    with pytest.raises(NoAnswerError, match="2 units cannot be sent to 1 of 4 nodes; raise the capacity of arcs 1"):
        minimum_cost(graph, 1, [5, 3], [5, 0, -5, 0])
    with pytest.raises(NoAnswerError, match="no arc leads there: join them"):
        minimum_cost(graph, 1, 9, [1, 0, 0, -1])
    with pytest.raises(NoAnswerError, match="no path connects the ends of rows 0 of the demand"):
        equilibrium(graph, bpr([1.0, 1.0], 1.0), [0], [3], [1.0])
    roads = Graph.of([0, 0], [1, 1])
    with pytest.raises(ConvergenceError, match="after 2 passes"):
        equilibrium(roads, bpr([1.0, 2.0], 1.0), [0], [1], [9.0], gap=1e-12, most_passes=2)


def test_nothing_at_all():
    empty = Graph.of([], [])
    assert minimum_cost(empty, [], [], []).cost == 0
    assert equilibrium(empty, bpr([], []), [], [], []).total == 0
    assert equilibrium(Graph.of([0], [1]), bpr([1.0], 1.0), [0, 1], [0, 0], [3.0, 0.0]).flow.tolist() == [0.0]
    assert multicommodity(Graph.of([0], [1]), 1.0, 1.0, [], [], []).cost == 0
    assert empty.hierarchy().priced([]).distances([], []).tolist() == []


def test_what_does_not_fit_in_memory_is_said_before(monkeypatch):
    from corridor import memory

    monkeypatch.setattr(memory, "free_bytes", lambda: 10_000)
    monkeypatch.setattr(memory, "WORTH_ASKING", 0)
    graph, weight = road(20)
    with pytest.raises(NoAnswerError, match="a table of 300 by 300 needs about 0.0 GB .* ask for fewer rows"):
        graph.hierarchy().priced(weight).table(range(300), range(300))
    with pytest.raises(NoAnswerError, match="shortest path trees from 3 origins"):
        equilibrium(graph, bpr(np.ones(graph.arcs), 1.0), [0, 1, 2], [5, 5, 5], 1.0)


# --- files


def test_files_come_back_as_they_went(tmp_path):
    graph, weight = road(12)
    write_graph(graph, tmp_path / "graph.npz")
    write_hierarchy(graph.hierarchy(), graph, tmp_path / "ways.npz")
    back = read_graph(tmp_path / "graph.npz")
    assert all(np.array_equal(getattr(back, k), getattr(graph, k)) for k in ("nodes", "tail", "head", "x", "y"))
    ways = read_hierarchy(back, tmp_path / "ways.npz").priced(weight)
    assert np.array_equal(ways.from_one(3), plain(graph, weight, 3))
    write_graph(graph, tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "graph.npz").read_bytes()


def test_damaged_and_foreign_files_are_refused(tmp_path):
    graph, _ = road(12)
    path = tmp_path / "graph.npz"
    write_graph(graph, path)
    whole = path.read_bytes()
    for damage in (
        b"",
        whole[: len(whole) // 2],
        whole[:-3],
        b"PK" + whole[9:],
        b"\x93NUMPY junk",
        b"tail,head\n0,1\n",
    ):
        path.write_bytes(damage)
        with pytest.raises(DataError, match="damaged|no zip|cannot be read"):
            read_graph(path)
    middle = whole.index(graph.tail.tobytes()[:64]) + 8
    path.write_bytes(whole[:middle] + b"\x07" + whole[middle + 1 :])
    with pytest.raises(DataError):
        read_graph(path)
    np.savez(path, tail=graph.tail, head=graph.head)
    with pytest.raises(DataError, match="does not state its format"):
        read_graph(path)
    np.savez(path, format=np.array(["corridor graph 1"]), tail=np.array([{}], dtype=object))
    with pytest.raises(DataError, match="damaged"):
        read_graph(path)
    write_hierarchy(graph.hierarchy(), graph, path)
    with pytest.raises(DataError, match="'corridor hierarchy 1', not 'corridor graph 1'"):
        read_graph(path)
    with pytest.raises(DataError, match="belongs to another graph"):
        read_hierarchy(Graph.of([0], [1]), path)
    with pytest.raises(DataError, match="not a regular file"):
        read_graph(tmp_path)


# --- many workers


def squares(shared, begin, end):
    """Return what a test shares out."""
    return [shared["times"] * i * i for i in range(begin, end)]


def kill_once(shared, begin, end):
    """Kill the worker that gets item 7, the first time."""
    flag = Path(shared["flag"])
    if begin <= 7 < end and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return squares({"times": 1}, begin, end)


def fail(shared, begin, end):
    """Fail as a fault of ours would."""
    raise ZeroDivisionError


@pytest.mark.parametrize("run_on", [None, 1, 3])
def test_work_is_shared_out_in_order(run_on):
    from corridor.parallel import map_chunks

    told = []
    found = map_chunks(run_on, squares, {"times": 2}, 20, told.append)
    assert list(itertools.chain(*found)) == [2 * i * i for i in range(20)] and sum(told) == 20


def test_processes_and_a_lost_worker(tmp_path):
    """A killed process breaks the pool of the standard library: what is left is done here."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    from corridor.parallel import map_chunks

    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as choice_set:
        assert list(itertools.chain(*map_chunks(choice_set, squares, {"times": 3}, 50))) == [
            3 * i * i for i in range(50)
        ]
        with pytest.raises(ZeroDivisionError):
            map_chunks(choice_set, fail, {}, 3)
        found = map_chunks(choice_set, kill_once, {"flag": str(tmp_path / "killed")}, 30)
    assert (tmp_path / "killed").exists() and list(itertools.chain(*found)) == [i * i for i in range(30)]


def test_a_pool_that_breaks_before_it_takes_anything():
    """What could not even be handed out is done here too."""
    from concurrent.futures import BrokenExecutor, Executor

    from corridor.parallel import map_chunks

    class Broken(Executor):
        def submit(self, *_args, **_kwargs):
            raise BrokenExecutor

    assert list(itertools.chain(*map_chunks(Broken(), squares, {"times": 1}, 9))) == [i * i for i in range(9)]


def test_an_interrupt_cancels_what_waits():
    from concurrent.futures import ThreadPoolExecutor

    from corridor.parallel import map_chunks

    done = []

    def stop(_):
        raise KeyboardInterrupt

    with ThreadPoolExecutor(1) as choice_set, pytest.raises(KeyboardInterrupt):
        map_chunks(choice_set, lambda _s, b, _e: done.append(b), None, 1000, stop)
    assert len(done) < 10


def test_a_cluster_of_dask_with_a_worker_killed(tmp_path, monkeypatch):
    """Three worker processes on this machine, one killed during the run: the same bytes as in one process."""
    distributed = pytest.importorskip("distributed", reason="a peer is absent: distributed")
    import corridor
    from corridor import memory
    from corridor.parallel import map_chunks

    network = corridor.load()
    alone = corridor.throughput(network, year=2025, draws=100, seed=2)
    options = {"n_workers": 3, "threads_per_worker": 1, "dashboard_address": None, "local_directory": str(tmp_path)}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        run_on = client.get_executor()
        shared = corridor.throughput(network, year=2025, draws=100, seed=2, executor=run_on)
        places = ["Moscow", "Tehran", "Mumbai"]
        matrix = corridor.matrix(network, places, executor=run_on)
        found = map_chunks(run_on, kill_once, {"flag": str(tmp_path / "killed")}, 30)
        run_on.shutdown()
    assert shared.to_dict() == alone.to_dict()
    assert matrix.equals(corridor.matrix(network, places))
    monkeypatch.setattr(memory, "WORTH_ASKING", 0)
    monkeypatch.setattr(memory, "free_bytes", lambda: 10_000)
    with pytest.raises(NoAnswerError, match="100 draws of .* figures needs about .*; ask for fewer draws"):
        corridor.throughput(network, year=2025, draws=100)
    assert (tmp_path / "killed").exists() and list(itertools.chain(*found)) == [i * i for i in range(30)]


def test_what_is_no_executor_is_refused(tmp_path):
    import corridor

    network = corridor.load()
    asked = tmp_path / "asked.csv"
    asked.write_text("origin,destination\nMoscow,Tehran\n")
    for call in (
        lambda: corridor.throughput(network, draws=10, executor=3),
        lambda: corridor.criticality(network, executor="two"),
        lambda: corridor.plan(network, executor=object()),
        lambda: corridor.matrix(network, ["Moscow"], ["Tehran"], executor=2),
        lambda: corridor.batch(network, asked, executor=2),
    ):
        with pytest.raises(DataError, match="is not an executor; give a concurrent.futures.Executor"):
            call()
