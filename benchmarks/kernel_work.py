"""One measurement in one process: `kernel_work.py TASK SIZE WHO` prints milliseconds and a checksum."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Arcs = list[tuple[int, int, int]]
CACHE = Path(__file__).resolve().parent.parent / ".venv" / "benchmark-graph.json"


def graph(size: str) -> tuple[int, Arcs]:
    """Return vertices and arcs with whole weights: the shipped network's virtual graph, or a grid."""
    if size == "instc":
        if not CACHE.exists():
            CACHE.write_text(json.dumps(_instc()), encoding="utf-8")
        n, arcs = json.loads(CACHE.read_text(encoding="utf-8"))
        return n, [(u, v, w) for u, v, w in arcs]
    side = int(size.split()[1])
    draw = random.Random(1)
    arcs = []
    for x in range(side):
        for y in range(side):
            for dx, dy in ((1, 0), (0, 1), (-1, 0), (0, -1)):
                if 0 <= x + dx < side and 0 <= y + dy < side:
                    arcs.append((x * side + y, (x + dx) * side + y + dy, draw.randint(1, 1000)))
    return side * side, arcs


def _instc() -> tuple[int, Arcs]:
    """Write the virtual network of grain with whole weights; parallel arcs keep the least, for peers that add them."""
    import corridor
    from corridor.graph.virtual import virtual_network
    from corridor.routing.search import weights

    network = corridor.load()
    made = virtual_network(network, network.cargo("grain"), 2025)
    least: dict[tuple[int, int], int] = {}
    for u, v, w in zip(made.tail, made.head, weights(made, "generalised"), strict=True):
        least[(u, v)] = min(least.get((u, v), 10**9), 1 + int(1000 * w))
    start = made.out_door("moscow")
    assert start is not None
    swap = {start: 0, 0: start}
    return len(made.states), [(swap.get(u, u), swap.get(v, v), w) for (u, v), w in sorted(least.items()) if u != v]


def corridor_paths(n: int, arcs: Arcs) -> Callable[[], Any]:
    """Prepare ours."""
    from corridor import kernel

    first_out, head, weight, _ = _star(n, arcs)
    mode = kernel.mode_for(len(arcs))
    module = kernel.load("shortest_path", mode)
    made = [first_out, head, [float(w) for w in weight], [0], [0.0]]
    scratch: list[Any] = [[0.0] * n, [0] * n, [0] * n, [0.0] * n, [0] * n]
    if mode == "numba":
        import numpy as np

        made = [np.array(x, dtype=np.float64 if i in (2, 4) else np.int32) for i, x in enumerate(made)]
        scratch = [np.empty(n), np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n), np.empty(n, np.int32)]

    def project() -> float:
        module.shortest_path_tree(*made, -1, *scratch)
        return float(sum(d for d in scratch[0] if d < float("inf")))

    return project


def _star(n: int, rows: list[Any]) -> tuple[list[int], list[int], list[int], list[int]]:
    from corridor.graph.csr import first_out

    order = sorted(range(len(rows)), key=lambda i: rows[i][0])
    return first_out((rows[i][0] for i in order), n), [rows[i][1] for i in order], [rows[i][2] for i in order], order


def corridor_flow(n: int, arcs: Arcs) -> Callable[[], Any]:
    """Prepare ours: every arc gets a mate without room."""
    from corridor import kernel

    both = [r for i, (u, v, w) in enumerate(arcs) for r in ((u, v, w, 2 * i), (v, u, 0, 2 * i + 1))]
    first_out, head, room, order = _star(n, both)
    place = [0] * len(both)
    for k, i in enumerate(order):
        place[both[i][3]] = k
    mate = [place[both[i][3] ^ 1] for i in order]
    mode = kernel.mode_for(len(both))
    module = kernel.load("max_flow", mode)
    if mode == "python":
        return lambda: module.max_flow(first_out, head, mate, list(room), 0, n - 1, *([0] * n for _ in range(4)))
    import numpy as np

    fixed = [np.array(x, np.int32) for x in (first_out, head, mate)]
    rooms, scratch = np.array(room, np.int64), [np.empty(n, np.int32) for _ in range(4)]
    return lambda: module.max_flow(*fixed, rooms.copy(), 0, n - 1, *scratch)


def scipy_paths(n: int, arcs: Arcs) -> Callable[[], Any]:
    """Prepare scipy."""
    import numpy as np
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    u, v, w = np.array(arcs).T
    matrix = csr_array((w.astype(float), (u, v)), shape=(n, n))

    def project() -> float:
        distance = dijkstra(matrix, indices=0)
        return float(distance[np.isfinite(distance)].sum())

    return project


def scipy_flow(n: int, arcs: Arcs) -> Callable[[], Any]:
    """Prepare scipy."""
    import numpy as np
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_flow

    u, v, w = np.array(arcs).T
    matrix = csr_array((w.astype(np.int32), (u, v)), shape=(n, n))
    return lambda: maximum_flow(matrix, 0, n - 1).flow_value


def networkx_paths(n: int, arcs: Arcs) -> Callable[[], Any]:
    """Prepare networkx."""
    import networkx as nx

    made = nx.DiGraph()
    made.add_nodes_from(range(n))
    made.add_weighted_edges_from(arcs)
    return lambda: float(sum(nx.single_source_dijkstra_path_length(made, 0).values()))


def networkx_flow(n: int, arcs: Arcs) -> Callable[[], Any]:
    """Prepare networkx."""
    import networkx as nx

    made = nx.DiGraph()
    made.add_nodes_from(range(n))
    made.add_weighted_edges_from(arcs, weight="capacity")
    return lambda: nx.maximum_flow_value(made, 0, n - 1)


def rustworkx_paths(n: int, arcs: Arcs) -> Callable[[], Any]:
    """Prepare rustworkx."""
    import rustworkx as rx

    made = rx.PyDiGraph()
    made.add_nodes_from(range(n))
    made.add_edges_from(arcs)
    return lambda: float(sum(rx.dijkstra_shortest_path_lengths(made, 0, float).values()))


def igraph_paths(n: int, arcs: Arcs) -> Callable[[], Any]:
    """Prepare igraph."""
    import igraph

    made = igraph.Graph(n, [(u, v) for u, v, _ in arcs], directed=True)
    weight = [float(w) for *_, w in arcs]
    return lambda: sum(d for d in made.distances(0, weights=weight)[0] if d < float("inf"))


def igraph_flow(n: int, arcs: Arcs) -> Callable[[], Any]:
    """Prepare igraph."""
    import igraph

    made = igraph.Graph(n, [(u, v) for u, v, _ in arcs], directed=True)
    room = [float(w) for *_, w in arcs]
    return lambda: made.maxflow_value(0, n - 1, room)


def main(task: str, size: str, who: str) -> None:
    """Measure one peer and print milliseconds and its answer."""
    n, arcs = graph(size)
    project = globals()[f"{who}_{task}"](n, arcs)
    answer = project()  # warm
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        project()
        seconds.append(time.perf_counter() - start)
    print(1000 * sorted(seconds)[2], round(float(answer)))


if __name__ == "__main__":
    main(*sys.argv[1:4])
