"""`python -m tools.differential N [ORACLE ...]`: our kernels against others on N random graphs.

The others are networkx, scipy, HiGHS and OR-Tools. Each oracle is a process of its own that makes the
same graphs from their numbers and prints what it finds; nothing of ours is imported there. Weights are
quarters and capacities whole numbers, so that all values are exact and equal means equal. The status is
not 0 where one disagrees.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
CHUNK = 5_000  # graphs of one process of an oracle
NOT_REACHED = -1.0


class Graph(NamedTuple):
    """Arcs (tail, head, weight, capacity) among n nodes; asked from the first node to the last."""

    n: int
    arcs: tuple[tuple[int, int, float, int], ...]


def graph(number: int) -> Graph:
    """Return the random graph of a number: small ones with ties, loops, parallel arcs; now and then a larger one."""
    rng = random.Random(number)
    n = rng.randint(2, 9) if number % 50 else rng.randint(30, 80)
    weights = rng.choice(([0.0, 0.25, 1.0], [1.0, 2.5, 3.25, 7.0], [0.0, 1e9, 2e9 + 0.25]))
    rooms = rng.choice(([0, 1, 2, 3], [1, 5, 1_000_000], [0, 10, 10, 10]))
    many = rng.randint(0, 4 * n)
    return Graph(
        n, tuple((rng.randrange(n), rng.randrange(n), rng.choice(weights), rng.choice(rooms)) for _ in range(many))
    )


def ours(g: Graph, mode: str) -> dict[str, Any]:
    """Return what our kernels find: distances from the first node, and the flow to the last with the cut's capacity."""
    distance, _ = shortest(mode, g.n, [(u, v, w) for u, v, w, _ in g.arcs], {0: 0.0})
    value, side, left = flow(mode, g.n, [(u, v, room) for u, v, _, room in g.arcs])
    cut = sum(room for u, v, _, room in g.arcs if u in side and v not in side)
    assert value == cut, "the cut does not prove the flow"
    assert min(left, default=0) >= 0, "more flows than fits"
    return {"distances": [NOT_REACHED if d == float("inf") else d for d in distance], "flow": value}


def forward_star(n: int, rows: Sequence[tuple[Any, ...]]) -> tuple[list[int], list[int]]:
    """Sort rows by their first element and return first_out and the order."""
    from corridor.graph.csr import first_out

    order = sorted(range(len(rows)), key=lambda i: rows[i][0])
    return first_out((rows[i][0] for i in order), n), order


def as_mode(mode: str, values: Sequence[Any], dtype: Any) -> Any:
    """Return what a kernel takes: lists interpreted, arrays compiled."""
    import numpy as np

    return list(values) if mode == "python" else np.array(values, dtype=dtype)


def shortest(
    mode: Any, n: int, arcs: Sequence[tuple[int, int, float]], sources: dict[int, float], target: int = -1
) -> tuple[list[float], list[int]]:
    """Return distances and the arcs by which nodes are reached."""
    from corridor import kernel

    first_out, order = forward_star(n, arcs)
    out = [as_mode(mode, [0] * n, t) for t in ("float64", "int32", "int32", "float64", "int32")]
    kernel.load("shortest_path", mode).shortest_path_tree(
        as_mode(mode, first_out, "int32"), as_mode(mode, [arcs[i][1] for i in order], "int32"),
        as_mode(mode, [arcs[i][2] for i in order], "float64"), as_mode(mode, list(sources), "int32"),
        as_mode(mode, list(sources.values()), "float64"), target, *out,
    )  # fmt: skip
    return [float(d) for d in out[0]], [int(a) for a in out[1]]


def flow(mode: Any, n: int, rows: Sequence[tuple[int, int, int]]) -> tuple[int, set[int], list[int]]:
    """Return the maximum flow from 0 to n - 1 over (tail, head, room) arcs: value, source side, room left."""
    from corridor import kernel

    both = [r for i, (u, v, room) in enumerate(rows) for r in ((u, v, room, 2 * i), (v, u, 0, 2 * i + 1))]
    first_out, order = forward_star(n, both)
    place = {both[i][3]: k for k, i in enumerate(order)}
    mate = [place[both[i][3] ^ 1] for i in order]
    arrays = [
        as_mode(mode, first_out, "int32"), as_mode(mode, [both[i][1] for i in order], "int32"),
        as_mode(mode, mate, "int32"), as_mode(mode, [both[i][2] for i in order], "int64"),
    ]  # fmt: skip
    scratch = [as_mode(mode, [0] * n, "int32") for _ in range(4)]
    value = kernel.load("max_flow", mode).max_flow(*arrays, 0, n - 1, *scratch)
    return int(value), {u for u in range(n) if scratch[0][u] >= 0}, [int(x) for x in arrays[3]]


def networkx(g: Graph) -> dict[str, Any]:
    """Ask networkx for both."""
    import networkx as nx

    ways, pipes = nx.MultiDiGraph(), nx.DiGraph()
    for made in (ways, pipes):
        made.add_nodes_from(range(g.n))
    for u, v, weight, room in g.arcs:
        ways.add_edge(u, v, weight=weight)
        if pipes.has_edge(u, v):
            pipes[u][v]["capacity"] += room
        else:
            pipes.add_edge(u, v, capacity=room)
    found = nx.single_source_dijkstra_path_length(ways, 0)
    distances = [float(found.get(v, NOT_REACHED)) for v in range(g.n)]
    return {"distances": distances, "flow": int(nx.maximum_flow_value(pipes, 0, g.n - 1))}


def scipy(g: Graph) -> dict[str, Any]:
    """Ask scipy for both; it adds parallel arcs, so that of weights the least is given."""
    import numpy as np
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra, maximum_flow

    least: dict[tuple[int, int], float] = {}
    total: dict[tuple[int, int], int] = {}
    for u, v, weight, room in g.arcs:
        least[u, v] = min(weight, least.get((u, v), weight))
        total[u, v] = total.get((u, v), 0) + room
    pairs = sorted(least)
    rows, columns = [p[0] for p in pairs], [p[1] for p in pairs]
    ways = csr_array((np.array([least[p] for p in pairs], float), (rows, columns)), shape=(g.n, g.n))
    pipes = csr_array((np.array([total[p] for p in pairs], np.int32), (rows, columns)), shape=(g.n, g.n))
    found = dijkstra(ways, indices=0)
    distances = [NOT_REACHED if d == np.inf else float(d) for d in found]
    return {"distances": distances, "flow": int(maximum_flow(pipes, 0, g.n - 1).flow_value) if g.arcs else 0}


def highs(g: Graph) -> dict[str, Any]:
    """Ask HiGHS for the flow as a linear program."""
    import highspy

    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    arcs = [solver.addVariable(lb=0, ub=room) for _, _, _, room in g.arcs]
    value = solver.addVariable(lb=0, ub=10**9)
    for u in range(g.n):
        terms = [(1 if a[0] == u else -1) * x for a, x in zip(g.arcs, arcs, strict=True) if (a[0] == u) != (a[1] == u)]
        out = value if u == 0 else -value if u == g.n - 1 else 0 * value
        solver.addConstr(sum(terms, 0 * value) == out)
    solver.maximize(value)
    return {"flow": round(solver.getObjectiveValue())}


def ortools(g: Graph) -> dict[str, Any]:
    """Ask OR-Tools for the flow."""
    from ortools.graph.python.max_flow import SimpleMaxFlow

    solver = SimpleMaxFlow()
    for u, v, _, room in g.arcs:
        if u != v:
            solver.add_arc_with_capacity(u, v, room)
    if solver.num_nodes() < g.n:
        solver.add_arc_with_capacity(0, g.n - 1, 0)
    assert solver.solve(0, g.n - 1) == solver.OPTIMAL
    return {"flow": solver.optimal_flow()}


ORACLES: dict[str, Callable[[Graph], dict[str, Any]]] = {
    "networkx": networkx,
    "scipy": scipy,
    "highs": highs,
    "ortools": ortools,
}


def disagreements(count: int, oracles: Sequence[str], first: int = 0) -> Iterator[str]:
    """Yield a sentence for every graph on which an oracle finds something else, or ours differ compiled."""
    for start in range(first, first + count, CHUNK):
        numbers = range(start, min(start + CHUNK, first + count))
        command = [sys.executable, "-m", "tools.differential", "--oracle"]
        asked = {
            name: subprocess.Popen(
                [*command, name, str(numbers.start), str(numbers.stop)], cwd=ROOT, stdout=subprocess.PIPE, text=True
            )
            for name in oracles
        }
        found = {}
        for number in numbers:
            found[number] = ours(graph(number), "numba")
            if number % 10 == 0 and ours(graph(number), "python") != found[number]:
                yield f"graph {number}: interpreted and compiled differ"
        for name, process in asked.items():
            lines, _ = process.communicate()
            answers = [x for x in lines.splitlines() if x.startswith("{")]  # HiGHS greets
            if process.returncode or len(answers) != len(numbers):
                yield f"{name} answered {len(answers)} of {len(numbers)} graphs from {numbers.start} on"
            for number, line in zip(numbers, answers, strict=False):
                answer = json.loads(line)
                if any(answer[key] != found[number][key] for key in answer):
                    yield f"graph {number}: {name} finds {answer}, ours {found[number]}"


def main(arguments: Sequence[str]) -> int:
    """Compare, or answer as an oracle."""
    if arguments[0] == "--oracle":
        name, first, last = arguments[1], int(arguments[2]), int(arguments[3])
        for number in range(first, last):
            print(json.dumps(ORACLES[name](graph(number))))
        return 0
    count, oracles = int(arguments[0]), arguments[1:] or tuple(ORACLES)
    wrong = list(disagreements(count, oracles))
    print("\n".join([*wrong, f"{count} graphs, {', '.join(oracles)}: {len(wrong)} disagreements"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
