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
Questions = tuple[Any, list[tuple[int, int]]]


def graph() -> dict[str, Any]:
    """Return the virtual network of containers with whole weights, and the doors of the cities."""
    if not CACHE.exists():
        CACHE.write_text(json.dumps(_instc()), encoding="utf-8")
    made: dict[str, Any] = json.loads(CACHE.read_text(encoding="utf-8"))
    return made


def _instc() -> dict[str, Any]:
    import corridor
    from corridor.engine.routing.search import weights
    from corridor.graph.virtual import virtual_network

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


def corridor_(task: str) -> tuple[list[Callable[[], Any]], Callable[[Any], float]]:
    """Return ours: a call per question, and what adds up."""
    import corridor

    net = corridor.load()
    cities = [n for n, kind in zip(net.node_table.ids, net.node_table["kind"], strict=True) if kind == "city"]
    every = [(a, b) for a, b in itertools.permutations(range(len(cities)), 2)]
    random.Random(1).shuffle(every)

    def answer(call: Callable[..., Any], a: str, b: str, **options: Any) -> Any:
        try:
            return call(net, a, b, **options)
        except corridor.NoRouteError:
            return None

    if task == "matrix":
        return [lambda: corridor.matrix(net, cities, by="length")], lambda m: float((m > 0).sum().sum())
    asked = every if task == "front" else every[:PAIRS]
    call, options = {
        "route": (corridor.route, {"by": "length"}),
        "alternatives": (corridor.routes, {"k": K}),
        "front": (corridor.routes, {"by": ["cost", "time", "co2"]}),
    }[task]
    calls = [lambda a=a, b=b: answer(call, cities[a], cities[b], **options) for a, b in asked]
    return calls, lambda r: 0.0 if r is None else 1.0


def networkx_(task: str, g: dict[str, Any]) -> tuple[list[Callable[[], Any]], Callable[[Any], float]]:
    """Return networkx."""
    import networkx as nx

    made = nx.DiGraph()
    made.add_nodes_from(range(g["n"]))
    made.add_weighted_edges_from(g["arcs"])
    ends = [d[1] for d in g["doors"]]

    def safely(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except nx.NetworkXNoPath:
            return None

    if task == "matrix":
        return [
            lambda: sum(
                sum(e in d for e in ends)
                for d in (nx.single_source_dijkstra_path_length(made, s) for s, _ in g["doors"])
            )
        ], lambda x: float(x - len(ends))
    if task == "route":
        return [lambda p=p: safely(lambda: nx.dijkstra_path(made, *p)) for p in pairs_of(g["doors"])], _there
    return [
        lambda p=p: safely(lambda: list(itertools.islice(nx.shortest_simple_paths(made, *p, weight="weight"), K)))
        for p in pairs_of(g["doors"])[:10]
    ], _there


def _there(path: Any) -> float:
    return 1.0 if path is not None and len(path) else 0.0


def scipy_(task: str, g: dict[str, Any]) -> tuple[list[Callable[[], Any]], Callable[[Any], float]]:
    """Return scipy."""
    import numpy as np
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra, yen

    u, v, w = np.array(g["arcs"]).T
    matrix = csr_array((w.astype(float), (u, v)), shape=(g["n"], g["n"]))
    starts, ends = (np.array(x) for x in zip(*g["doors"], strict=True))
    if task == "matrix":
        return [lambda: dijkstra(matrix, indices=starts)[:, ends]], lambda d: float(np.isfinite(d).sum() - len(ends))

    def path(s: int, t: int) -> Any:
        distance, before = dijkstra(matrix, indices=s, return_predecessors=True)
        if not np.isfinite(distance[t]):
            return None
        found = [t]
        while found[-1] != s:
            found.append(int(before[found[-1]]))
        return found

    if task == "route":
        return [lambda p=p: path(*p) for p in pairs_of(g["doors"])], _there
    return [lambda p=p: yen(matrix, *p, K) for p in pairs_of(g["doors"])[:50]], _there


def rustworkx_(task: str, g: dict[str, Any]) -> tuple[list[Callable[[], Any]], Callable[[Any], float]]:
    """Return rustworkx."""
    import rustworkx as rx

    made = rx.PyDiGraph()
    made.add_nodes_from(range(g["n"]))
    made.add_edges_from([tuple(a) for a in g["arcs"]])
    ends = [d[1] for d in g["doors"]]
    if task == "matrix":
        return [
            lambda: sum(
                sum(e in d for e in ends)
                for d in (rx.dijkstra_shortest_path_lengths(made, s, float) for s, _ in g["doors"])
            )
        ], lambda x: float(x - len(ends))
    return [
        lambda p=p: rx.dijkstra_shortest_paths(made, p[0], p[1], weight_fn=float) for p in pairs_of(g["doors"])
    ], lambda d: float(len(d) > 0)


def igraph_(task: str, g: dict[str, Any]) -> tuple[list[Callable[[], Any]], Callable[[Any], float]]:
    """Return igraph."""
    import igraph

    made = igraph.Graph(g["n"], [(u, v) for u, v, _ in g["arcs"]], directed=True)
    weight = [float(w) for *_, w in g["arcs"]]
    starts, ends = (list(x) for x in zip(*g["doors"], strict=True))
    if task == "matrix":
        return [lambda: made.distances(starts, ends, weights=weight)], lambda d: float(
            sum(x < float("inf") for row in d for x in row) - len(ends)
        )
    if task == "route":
        import warnings

        warnings.simplefilter("ignore")
        return [lambda p=p: made.get_shortest_path(*p, weights=weight) for p in pairs_of(g["doors"])], _there
    return [lambda p=p: made.get_k_shortest_paths(*p, k=K, weights=weight) for p in pairs_of(g["doors"])[:50]], _there


def scgraph_(task: str, g: dict[str, Any]) -> tuple[list[Callable[[], Any]], Callable[[Any], float]]:
    """Return scgraph."""
    from scgraph import Graph

    assert task == "route"
    rows: list[dict[int, int]] = [{} for _ in range(g["n"])]
    for u, v, w in g["arcs"]:
        rows[u][v] = w
    made = Graph(rows)

    def path(s: int, t: int) -> Any:
        try:
            return made.dijkstra(s, t)["path"]
        except Exception:  # noqa: BLE001 - its error where there is no way has no type of its own
            return None

    return [lambda p=p: path(*p) for p in pairs_of(g["doors"])], _there


def main(task: str, who: str) -> None:
    """Measure one peer: every question once to warm up, then the median over questions."""
    calls, adds = corridor_(task) if who == "corridor" else globals()[f"{who}_"](task, graph())
    total = sum(adds(call()) for call in calls)
    seconds = []
    for _ in range(1 if len(calls) > 1 else 5):
        for call in calls:
            start = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - start)
    print(1000 * median(seconds), round(total))


if __name__ == "__main__":
    main(*sys.argv[1:3])
