"""One measurement in one process: `routing_work.py TASK WHO` prints milliseconds a question and a checksum."""

from __future__ import annotations

import itertools
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

CACHE = Path(__file__).resolve().parent.parent / ".venv" / "benchmark-routes.json"
PAIRS, K = 200, 5


def graph() -> dict[str, Any]:
    """Return the virtual network of containers with whole weights, and the doors of the cities."""
    if not CACHE.exists():
        CACHE.write_text(json.dumps(_instc()), encoding="utf-8")
    made: dict[str, Any] = json.loads(CACHE.read_text(encoding="utf-8"))
    return made


def _instc() -> dict[str, Any]:
    import corridor
    from corridor.graph.virtual import virtual_network
    from corridor.routing.search import weights

    net = corridor.load()
    made = virtual_network(net, net.cargo("container"), 2025)
    least: dict[tuple[int, int], int] = {}
    for u, v, w in zip(made.tail, made.head, weights(made, "length").tolist(), strict=True):
        least[u, v] = min(least.get((u, v), 10**9), 1 + round(1000 * w))
    cities = [n for n, kind in zip(net.node_table.ids, net.node_table["kind"], strict=True) if kind == "city"]
    doors = [(made.out_door(n), made.in_door(n)) for n in cities]
    return {"n": len(made.states), "arcs": [(u, v, w) for (u, v), w in sorted(least.items())], "doors": doors}


def pairs_of(doors: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return doors of random pairs of cities, the same for all."""
    every = [(i, j) for i, j in itertools.permutations(range(len(doors)), 2)]
    random.Random(1).shuffle(every)
    return [(doors[i][0], doors[j][1]) for i, j in every[:PAIRS]]


Call = Callable[..., Any]


def corridor_(task: str) -> tuple[Call, list[tuple[Any, ...]]]:
    """Return ours, and its questions."""
    import corridor

    net = corridor.load()
    cities = [n for n, kind in zip(net.node_table.ids, net.node_table["kind"], strict=True) if kind == "city"]
    every = list(itertools.permutations(cities, 2))
    random.Random(1).shuffle(every)
    asked: dict[str, dict[str, Any]] = {
        "route": {"by": "length"}, "alternatives": {"k": K}, "front": {"by": ["cost", "time", "co2"]}, "matrix": {},
    }  # fmt: skip
    options = asked[task]
    verb = corridor.route if task == "route" else corridor.routes

    def ask(origin: str, destination: str) -> bool:
        try:
            verb(net, origin, destination, **options)
        except corridor.NoRouteError:
            return False
        return True

    def table() -> int:
        return int((corridor.matrix(net, cities, by="length") > 0).to_numpy().sum())

    if task == "matrix":
        return table, [()] * 5
    return ask, every if task == "front" else every[:PAIRS]


def networkx_(g: dict[str, Any]) -> dict[str, Call]:
    """Return networkx."""
    import networkx as nx

    made = nx.DiGraph()
    made.add_nodes_from(range(g["n"]))
    made.add_weighted_edges_from(g["arcs"])

    def path(s: int, t: int) -> bool:
        try:
            return len(nx.dijkstra_path(made, s, t)) > 0
        except nx.NetworkXNoPath:
            return False

    def several(s: int, t: int) -> bool:
        try:
            return len(list(itertools.islice(nx.shortest_simple_paths(made, s, t, weight="weight"), K))) > 0
        except nx.NetworkXNoPath:
            return False

    def table() -> int:
        return reached([nx.single_source_dijkstra_path_length(made, s) for s, _ in g["doors"]], g)

    return {"route": path, "alternatives": several, "matrix": table}


def reached(trees: list[Any], g: dict[str, Any]) -> int:
    """Return how many pairs of different cities are in trees given as mappings."""
    return sum(t in d for i, d in enumerate(trees) for j, (_, t) in enumerate(g["doors"]) if i != j)


def scipy_(g: dict[str, Any]) -> dict[str, Call]:
    """Return scipy."""
    import numpy as np
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra, yen

    u, v, w = np.array(g["arcs"]).T
    matrix = csr_array((w.astype(float), (u, v)), shape=(g["n"], g["n"]))
    matrix.indices, matrix.indptr = (x.astype(np.int32) for x in (matrix.indices, matrix.indptr))  # as yen wants them
    starts, ends = (np.array(x) for x in zip(*g["doors"], strict=True))

    def path(s: int, t: int) -> bool:
        distance, before = dijkstra(matrix, indices=s, return_predecessors=True)
        found = [t]
        while np.isfinite(distance[t]) and found[-1] != s:
            found.append(int(before[found[-1]]))
        return len(found) > 1

    def several(s: int, t: int) -> bool:
        return len(yen(matrix, s, t, K)) > 0

    def table() -> int:
        distance = dijkstra(matrix, indices=starts)[:, ends]
        return int(np.isfinite(distance).sum() - np.isfinite(np.diag(distance)).sum())

    return {"route": path, "alternatives": several, "matrix": table}


def rustworkx_(g: dict[str, Any]) -> dict[str, Call]:
    """Return rustworkx."""
    import rustworkx as rx

    made = rx.PyDiGraph()
    made.add_nodes_from(range(g["n"]))
    made.add_edges_from([tuple(a) for a in g["arcs"]])

    def path(s: int, t: int) -> bool:
        return len(rx.dijkstra_shortest_paths(made, s, t, weight_fn=float)) > 0

    def table() -> int:
        return reached([rx.dijkstra_shortest_path_lengths(made, s, float) for s, _ in g["doors"]], g)

    return {"route": path, "matrix": table}


def igraph_(g: dict[str, Any]) -> dict[str, Call]:
    """Return igraph."""
    import warnings

    import igraph

    warnings.simplefilter("ignore")  # it warns where there is no path
    made = igraph.Graph(g["n"], [(u, v) for u, v, _ in g["arcs"]], directed=True)
    weight = [float(w) for *_, w in g["arcs"]]
    starts, ends = (list(x) for x in zip(*g["doors"], strict=True))

    def path(s: int, t: int) -> bool:
        return len(made.get_shortest_path(s, t, weights=weight)) > 0

    def several(s: int, t: int) -> bool:
        return any(made.get_k_shortest_paths(s, t, k=K, weights=weight))

    def table() -> int:
        rows = made.distances(starts, ends, weights=weight)
        return sum(x < float("inf") for i, row in enumerate(rows) for j, x in enumerate(row) if i != j)

    return {"route": path, "alternatives": several, "matrix": table}


def scgraph_(g: dict[str, Any]) -> dict[str, Call]:
    """Return scgraph."""
    from scgraph import Graph

    rows: list[dict[int, int]] = [{} for _ in range(g["n"])]
    for u, v, w in g["arcs"]:
        rows[u][v] = w
    made = Graph(rows)

    def path(s: int, t: int) -> bool:
        try:
            return len(made.dijkstra(s, t)["path"]) > 0
        except Exception:  # noqa: BLE001 - its error where there is no way has no type of its own
            return False

    return {"route": path}


def main(task: str, who: str) -> None:
    """Measure one peer: every question once to warm up, then the median over questions."""
    given = graph()  # ours makes it, since peers do not know the network
    if who == "corridor":
        call, questions = corridor_(task)
    else:
        call = globals()[f"{who}_"](given)[task]
        questions = [()] * 5 if task == "matrix" else pairs_of(given["doors"])[: PAIRS if task == "route" else 50]
    answers = sum(int(call(*q)) for q in questions)
    seconds = []
    for q in questions:
        start = time.perf_counter()
        call(*q)
        seconds.append(time.perf_counter() - start)
    print(1000 * median(seconds), answers)


if __name__ == "__main__":
    main(*sys.argv[1:3])
