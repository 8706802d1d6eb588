"""One measurement of large graphs in one process: `large_work.py TASK INSTANCE WHO` prints JSON: milliseconds, answer.

Instances: `road-N` (the generator in ../shared/bench, once, into build/bench), `ne` (the
multimodal graph there), `grid-N`, `netgen-N`, `cargo-NODES-ARCS-ROWS-SHARE`, and cities of
the TransportationNetworks collection. All are seeded.
"""

from __future__ import annotations

import functools
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
SHARED, MADE = ROOT.parent / "shared" / "bench", ROOT / "build" / "bench"
REPEATS = 5


def timed(project: Callable[[], Any], repeats: int = REPEATS) -> tuple[float, Any]:
    """Return the median milliseconds of a call, and its last answer."""
    seconds, answer = [], None
    for _ in range(repeats):
        start = time.perf_counter()
        answer = project()
        seconds.append(time.perf_counter() - start)
    return 1000 * median(seconds), answer


def road(n: int) -> dict[str, Any]:
    """Return a road-like graph of n nodes."""
    path = MADE / f"road_{n}.npz"
    if not path.exists():
        MADE.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, SHARED / "gen_road.py", MADE, str(n)], check=True, capture_output=True)
    z = np.load(path)
    return {"n": n, "tail": z["tail"], "head": z["head"], "w": z["w"], "x": z["xy"][:, 0], "y": z["xy"][:, 1]}


def multimodal() -> dict[str, Any]:
    """Return the multimodal graph, both ways, weights in metres."""
    z = np.load(SHARED / "ne_multimodal.npz")
    u, v, w = z["u"], z["v"], np.maximum(1.0, np.round(1000 * z["km"].astype(float)))
    tail, head = np.concatenate([u, v]), np.concatenate([v, u])
    return {"n": len(z["lon"]), "tail": tail, "head": head, "w": np.concatenate([w, w]), "x": z["lon"], "y": z["lat"]}


def graph(instance: str) -> dict[str, Any]:
    """Return a graph for routing."""
    return multimodal() if instance == "ne" else road(int(instance.split("-")[1]))


def sent(instance: str) -> dict[str, Any]:
    """Return a problem of least cost: arcs, costs, capacities, supplies."""
    kind, size = instance.split("-")
    rng = np.random.default_rng(1)
    if kind == "grid":
        side = int(size)
        n, ids = side * side, np.arange(side * side).reshape(side, side)
        pairs = [(ids[:, :-1], ids[:, 1:]), (ids[:-1], ids[1:])]
        tail = np.concatenate([x.ravel() for a, b in pairs for x in (a, b)])
        head = np.concatenate([x.ravel() for a, b in pairs for x in (b, a)])
        cost, room, many, most = rng.integers(1, 1000, len(tail)), rng.integers(1, 1000, len(tail)), side // 2, 300
    elif kind == "road":
        made = road(int(size))
        n, tail, head = made["n"], made["tail"], made["head"]
        cost, room = made["w"].astype(np.int64) // 100 + 1, rng.integers(2000, 5000, len(tail))
        many, most = max(2, min(n // 500, 60)), 100
    else:
        return netgen(int(size), rng)
    supply = np.zeros(n, np.int64)
    for a, b, q in zip(rng.integers(0, n, many), rng.integers(0, n, many), rng.integers(1, most, many), strict=True):
        supply[a] += q
        supply[b] -= q
    return {"n": n, "tail": tail, "head": head, "cost": cost, "room": room, "supply": supply, "ends": (0, n - 1)}


def netgen(n: int, rng: Any) -> dict[str, Any]:
    """Return a graph as NETGEN makes them: √n sources and sinks, chains that make it feasible, 8 n arcs."""
    m, k = 8 * n, int(n**0.5)
    amount = rng.integers(100, 2000, k)
    supply = np.zeros(n, np.int64)
    supply[:k], supply[k : 2 * k] = amount, -rng.permutation(amount)
    chains = [
        np.r_[i, c, k + rng.integers(k)] for i, c in enumerate(np.array_split(rng.permutation(np.arange(2 * k, n)), k))
    ]
    tail = np.concatenate([*(c[:-1] for c in chains), np.arange(k, 2 * k), np.arange(k)])
    head = np.concatenate([*(c[1:] for c in chains), np.roll(np.arange(k, 2 * k), 1), np.roll(np.arange(k), 1)])
    fixed = len(tail)
    a = rng.integers(0, n, m - fixed)
    tail, head = np.concatenate([tail, a]), np.concatenate([head, (a + 1 + rng.integers(0, n - 1, m - fixed)) % n])
    cost, room = rng.integers(1, 10000, m), rng.integers(1, 1000, m)
    cost[:fixed], room[:fixed] = rng.integers(5000, 20000, fixed), amount.sum()
    return {"n": n, "tail": tail, "head": head, "cost": cost, "room": room, "supply": supply, "ends": None, "k": k}


def most(instance: str) -> dict[str, Any]:
    """Return a problem of maximum flow; sources and sinks of NETGEN hang on two more nodes."""
    made = sent(instance)
    if made["ends"] is None:
        n, k = made["n"], made["k"]
        made["tail"] = np.concatenate([made["tail"], np.full(k, n), np.arange(k, 2 * k)])
        made["head"] = np.concatenate([made["head"], np.arange(k), np.full(k, n + 1)])
        made["room"] = np.concatenate([np.minimum(made["room"], 1000), np.full(2 * k, 10**6)])
        made |= {"n": n + 2, "ends": (n, n + 1)}
    return made


def cargoes(instance: str) -> dict[str, Any]:
    """Return a problem of many cargoes between random nodes of a plane."""
    n, m, k = (int(x) for x in instance.split("-")[1:4])
    share = float(instance.split("-")[4])
    rng = np.random.default_rng(1)
    place, ring = rng.random((n, 2)), rng.permutation(n)
    near = np.argsort(((place[:, None] - place[None]) ** 2).sum(2), axis=1)[:, 1:8]
    more = m - 2 * n
    a = rng.integers(0, n, more)
    tail = np.concatenate([ring, np.roll(ring, 1), a])
    head = np.concatenate([np.roll(ring, 1), ring, near[a, rng.integers(0, 7, more)]])
    cost = np.round(1000 * np.hypot(*(place[tail] - place[head]).T) * (1 + rng.random(m)) + 1)
    room = rng.integers(50, 300, m).astype(float)
    o = rng.integers(0, n, k)
    d = (o + 1 + rng.integers(0, n - 1, k)) % n
    return {
        "n": n,
        "tail": tail,
        "head": head,
        "cost": cost,
        "room": room,
        "rows": (o, d, share * rng.integers(5, 60, k)),
    }


# --- ours


def corridor_ways(instance: str) -> dict[str, float]:
    """Measure plain trees and the hierarchy."""
    from corridor.large import Graph
    from corridor.routing.search import tree

    warm = Graph.of([0, 1], [1, 0]).hierarchy().priced([1.0, 1.0])  # compiled, or read from the cache
    for call in (warm.distances, warm.paths, warm.table):
        call([0], [1])
    warm.from_one(0)
    warm.change([0], [2.0])
    g = graph(instance)
    made = Graph.of(g["tail"], g["head"], nodes=g["n"], x=g["x"], y=g["y"])
    s, t, many = ends_of(g["n"])
    out = {}
    tree(made.csr, g["w"][made.by_tail], {int(s[0]): 0.0})
    out["one to all, plain"], (distance, _) = timed(lambda: tree(made.csr, g["w"][made.by_tail], {int(s[0]): 0.0}))
    out["order and build"], hierarchy = timed(made.hierarchy, 3 if g["n"] < 500_000 else 1)
    out["customise"], metric = timed(lambda: hierarchy.priced(g["w"]))
    out["one pair, distance"] = timed(lambda: metric.distances(s, t))[0] / len(s)
    metric.paths(s, t)
    out["one pair, path"] = timed(lambda: metric.paths(s, t))[0] / len(s)
    out["one to 1000"] = timed(lambda: metric.table(s[:1], many))[0]
    out["100 to 1000, each"] = timed(lambda: metric.table(s[:100], many), 3)[0] / 100
    out["one to all"], far = timed(lambda: metric.from_one(int(s[0])))
    arcs = np.random.default_rng(3).integers(0, len(g["w"]), 20)

    def change_and_back() -> None:
        metric.change(arcs, 2 * g["w"][arcs])
        metric.change(arcs, g["w"][arcs])

    out["change of 20 arcs"] = timed(change_and_back)[0] / 2
    assert np.array_equal(far, distance)
    return out | {"answer": float(metric.distances(s, t)[np.isfinite(metric.distances(s, t))].sum())}


def ends_of(n: int) -> tuple[Any, Any, Any]:
    """Return sources, targets, and a thousand targets."""
    rng = np.random.default_rng(2)
    return rng.integers(0, n, 2000), rng.integers(0, n, 2000), rng.integers(0, n, 1000)


def corridor_cost(instance: str) -> dict[str, float]:
    """Measure the network simplex."""
    from corridor.large import Graph, minimum_cost

    minimum_cost(Graph.of([0], [1]), [1], [1], [1, -1])
    p = sent(instance)
    made = Graph.of(p["tail"], p["head"], nodes=p["n"])
    ms, found = timed(lambda: minimum_cost(made, p["cost"], p["room"], p["supply"]), 3 if p["n"] < 50_000 else 1)
    return {"ms": ms, "answer": found.cost}


def corridor_most(instance: str) -> dict[str, float]:
    """Measure maximum flow; the residual graph is kept with the graph, as the peers keep theirs."""
    from corridor.large import Graph, maximum_flow

    maximum_flow(Graph.of([0], [1]), [1], 0, 1)
    p = most(instance)
    made = Graph.of(p["tail"], p["head"], nodes=p["n"])
    maximum_flow(made, p["room"], *p["ends"])
    ms, found = timed(lambda: maximum_flow(made, p["room"], *p["ends"]))
    return {"ms": ms, "answer": found.value}


def corridor_many(instance: str) -> dict[str, float]:
    """Measure many cargoes to a certified gap of 1e-6."""
    from corridor.large import Graph, multicommodity

    multicommodity(Graph.of([0], [1]), 1.0, 1.0, [0], [1], [1.0])
    p = cargoes(instance)
    made = Graph.of(p["tail"], p["head"], nodes=p["n"])
    ms, found = timed(lambda: multicommodity(made, p["cost"], p["room"], *p["rows"]), 3)
    return {"ms": ms, "gap": found.gap, "full": int((found.price > 0).sum()), "answer": found.cost}


def corridor_user(city: str) -> dict[str, float]:
    """Measure user equilibrium to four gaps, and one pass of all shortest paths."""
    import corridor
    from corridor.large import equilibrium
    from corridor.large.user_equilibrium import _Task

    folder = SHARED / "tntp" / city
    read = corridor.read_tntp(next(folder.glob("*_net.tntp")), next(folder.glob("*_trips.tntp")))
    made, delay, rows, closed = read.to_graph()
    equilibrium(made, delay, *rows, gap=0.1, closed_to_passage=closed)
    one = (np.ones(1), np.ones((1, made.arcs)), np.zeros((1, made.arcs)))
    task = _Task(made, delay, (*rows, np.zeros(len(rows[0]), int)), one, closed, system=False, workers=1)
    felt = task._state(np.zeros(made.arcs))[3]  # noqa: SLF001 - one pass by itself
    out = {"pass": timed(lambda: task._trees(felt), 9)[0]}  # noqa: SLF001
    for gap in (1e-4, 1e-6, 1e-8, 1e-10):
        asked: dict[str, Any] = {"gap": gap, "closed_to_passage": closed, "workers": 1}
        project = functools.partial(equilibrium, made, delay, *rows, **asked)
        out[f"{gap:.0e}"], found = timed(project, 3)
    return out | {"answer": found.total}


# --- peers


def scipy_ways(instance: str) -> dict[str, float]:
    """Measure one to all."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    g = graph(instance)
    order = np.lexsort((g["w"], g["head"], g["tail"]))
    tail, head, w = g["tail"][order], g["head"][order], g["w"][order]
    least = np.concatenate([[True], (np.diff(tail) != 0) | (np.diff(head) != 0)])
    matrix = csr_matrix((w[least], (tail[least], head[least])), shape=(g["n"], g["n"]))
    s = int(ends_of(g["n"])[0][0])
    ms, distance = timed(lambda: dijkstra(matrix, indices=s))
    return {"one to all, plain": ms, "answer": float(distance[np.isfinite(distance)].sum())}


def pyroutingkit_ways(instance: str) -> dict[str, float]:
    """Measure RoutingKit's hierarchy by its Python calls."""
    import pyroutingkit  # type: ignore[import-not-found]

    g = graph(instance)
    u32 = np.uint32
    topology = pyroutingkit.CCHTopology()
    place = [(v / max(1.0, float(np.abs(v).max()))).astype(np.float32) for v in (g["y"], g["x"])]
    out = {}
    given = (g["tail"].astype(u32), g["head"].astype(u32), *place, g["n"])
    out["order and build"] = timed(lambda: topology.build(*given), 1)[0]
    metric, w = pyroutingkit.CCHMetric(topology), g["w"].astype(u32)
    metric.customize(w, 1)
    out["customise"] = timed(lambda: metric.customize(w, 1))[0]
    s, t, many = ends_of(g["n"])
    pairs = [(int(a), int(b)) for a, b in zip(s, t, strict=True)]
    ms, found = timed(lambda: [metric.query(a, b)[0] for a, b in pairs])
    out["one pair, path"] = ms / len(pairs)
    out["one to 1000"] = timed(lambda: metric.distances_many_to_many(s[:1].astype(u32), many.astype(u32)))[0]
    out["100 to 1000, each"] = (
        timed(lambda: metric.distances_many_to_many(s[:100].astype(u32), many.astype(u32)), 3)[0] / 100
    )
    arcs = np.random.default_rng(3).integers(0, len(w), 20).astype(u32)
    out["change of 20 arcs"] = (
        timed(lambda: (metric.update_weights(arcs, 2 * w[arcs]), metric.update_weights(arcs, w[arcs])))[0] / 2
    )
    return out | {"answer": float(sum(d for d in found if d < 2**31 - 1))}


def ortools_cost(instance: str) -> dict[str, float]:
    """Measure OR-Tools' cost scaling; loading the arcs is not counted."""
    from ortools.graph.python import min_cost_flow

    p, times = sent(instance), list[float]()
    for _ in range(3 if p["n"] < 50_000 else 1):
        solver = min_cost_flow.SimpleMinCostFlow()
        solver.add_arcs_with_capacity_and_unit_cost(p["tail"], p["head"], p["room"], p["cost"])
        solver.set_nodes_supplies(np.arange(p["n"]), p["supply"])
        times.append(timed(solver.solve, 1)[0])
    return {"ms": median(times), "answer": solver.optimal_cost()}


def ortools_most(instance: str) -> dict[str, float]:
    """Measure OR-Tools' push-relabel; loading the arcs is not counted."""
    from ortools.graph.python import max_flow

    p, times = most(instance), []
    for _ in range(REPEATS):
        solver = max_flow.SimpleMaxFlow()
        solver.add_arcs_with_capacity(p["tail"], p["head"], p["room"])
        times.append(timed(functools.partial(solver.solve, *p["ends"]), 1)[0])
    return {"ms": median(times), "answer": solver.optimal_flow()}


def igraph_most(instance: str) -> dict[str, float]:
    """Measure igraph's push-relabel."""
    import igraph

    p = most(instance)
    made = igraph.Graph(p["n"], np.c_[p["tail"], p["head"]].tolist(), directed=True)
    room = p["room"].astype(float).tolist()
    ms, value = timed(lambda: made.maxflow_value(int(p["ends"][0]), int(p["ends"][1]), room))
    return {"ms": ms, "answer": int(value)}


def scipy_most(instance: str) -> dict[str, float]:
    """Measure scipy's Dinitz."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_flow

    p = most(instance)
    matrix = csr_array((p["room"].astype(np.int32), (p["tail"], p["head"])), shape=(p["n"], p["n"]))
    ms, found = timed(lambda: maximum_flow(matrix, *(int(e) for e in p["ends"])), 3)
    return {"ms": ms, "answer": int(found.flow_value)}


def highspy_many(instance: str) -> dict[str, float]:
    """Measure HiGHS' simplex on the linear program by arcs and origins."""
    import highspy

    p = cargoes(instance)
    n, m, (o, d, q) = p["n"], len(p["tail"]), p["rows"]
    origins = np.unique(o)
    k = len(origins)
    wanted = np.zeros((k, n))
    np.add.at(wanted, (np.searchsorted(origins, o), o), q)
    np.add.at(wanted, (np.searchsorted(origins, o), d), -q)
    columns = k * m
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns, k * n + m
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = (
        np.tile(p["cost"], k),
        np.zeros(columns),
        np.full(columns, highspy.kHighsInf),
    )
    lp.row_lower_ = np.concatenate([wanted.ravel(), np.full(m, -highspy.kHighsInf)])
    lp.row_upper_ = np.concatenate([wanted.ravel(), p["room"]])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = 3 * np.arange(columns + 1)
    c = np.repeat(np.arange(k), m)
    rows = np.stack(
        [c * n + np.tile(p["tail"], k), c * n + np.tile(p["head"], k), k * n + np.tile(np.arange(m), k)], axis=1
    )
    lp.a_matrix_.index_, lp.a_matrix_.value_ = rows.ravel(), np.tile([1.0, -1.0, 1.0], columns)
    times = []
    for _ in range(3):
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        solver.setOptionValue("output_flag", False)
        solver.passModel(lp)
        times.append(timed(solver.run, 1)[0])
    return {"ms": median(times), "answer": solver.getInfo().objective_function_value}


def aequilibrae_user(city: str) -> dict[str, float]:
    """Measure AequilibraE's bi-conjugate Frank-Wolfe to 1e-4, and to 1e-6 within a minute."""
    import logging

    import pandas as pd
    from aequilibrae.matrix import AequilibraeMatrix  # type: ignore[import-not-found]
    from aequilibrae.paths import Graph, TrafficAssignment, TrafficClass  # type: ignore[import-not-found]

    logging.disable(logging.CRITICAL)
    folder = SHARED / "tntp" / city
    lines = next(folder.glob("*_net.tntp")).read_text().split("<END OF METADATA>")[1].splitlines()
    rows = [line.split(";")[0].split() for line in lines if line.strip() and not line.strip().startswith("~")]
    net = pd.DataFrame(
        [[float(x) for x in r[:7]] for r in rows],
        columns=["a_node", "b_node", "capacity", "length", "free", "b", "power"],
    )
    trips = next(folder.glob("*_trips.tntp")).read_text().split("<END OF METADATA>")[1]
    table: dict[tuple[int, int], float] = {}
    for block in trips.split("Origin")[1:]:
        origin = int(block.split()[0])
        for part in block[block.index(str(origin)) + len(str(origin)) :].split(";"):
            if ":" in part:
                d, q = part.split(":")
                table[origin, int(d)] = float(q)
    net["free"] = net.free.clip(lower=1e-3)  # it refuses links that take no time
    zones = max(map(max, table))
    net = net.assign(link_id=np.arange(1, len(net) + 1), direction=1).astype({"a_node": int, "b_node": int})
    made = Graph()
    made.network, made.cost = net, net.free.to_numpy()
    made.prepare_graph(np.arange(1, zones + 1))
    made.set_graph("free")
    made.set_skimming(["free"])
    made.set_blocked_centroid_flows(city != "SiouxFalls")
    demand = AequilibraeMatrix()
    demand.create_empty(zones=zones, matrix_names=["trips"], memory_only=True)
    demand.index[:] = np.arange(1, zones + 1)
    demand.matrices[:] = 0.0
    for (start, end), amount in table.items():
        if start != end:
            demand.matrix["trips"][start - 1, end - 1] = amount
    demand.computational_view(["trips"])
    out = {}
    for gap, most_passes in ((1e-4, 1000), (1e-6, 1500)):
        task = TrafficAssignment()
        task.set_classes([TrafficClass("car", made, demand)])
        task.set_vdf("BPR")
        task.set_vdf_parameters({"alpha": "b", "beta": "power"})
        task.set_capacity_field("capacity")
        task.set_time_field("free")
        task.set_cores(1)
        task.set_algorithm("bfw")
        task.max_iter, task.rgap_target = most_passes, gap
        out[f"{gap:.0e}"] = timed(task.execute, 1)[0]
        out[f"gap at {gap:.0e}"] = float(task.assignment.rgap)
    return out


def main(task: str, instance: str, who: str) -> None:
    """Measure and print."""
    print(json.dumps(globals()[f"{who}_{task}"](instance)))


if __name__ == "__main__":
    main(*sys.argv[1:4])
