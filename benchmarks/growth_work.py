"""One point of a curve in one process: `growth_work.py TASK SIZE` prints JSON: seconds, peak megabytes."""

from __future__ import annotations

import json
import resource
import runpy
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent


def draws(n: int) -> float:
    """Time draws of one year, after those that warm up."""
    return _throughput(n, {})


def threads(n: int) -> float:
    """Time 2,000 draws on n threads."""
    return _throughput(2_000, {"workers": n})


def processes(n: int) -> float:
    """Time 2,000 draws on n processes, which have their network already."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(n, mp_context=get_context("spawn")) as choice_set:
        return _throughput(2_000, {"executor": choice_set})


def _throughput(n: int, how: dict[str, Any]) -> float:
    import corridor

    network = corridor.load()
    corridor.throughput(network, year=2025, draws=200, **how)
    start = time.perf_counter()
    corridor.throughput(network, year=2025, draws=n, **how)
    return time.perf_counter() - start


def _graph(n: int) -> tuple[Any, Any]:
    from corridor.large import Graph

    g = runpy.run_path(str(HERE / "large_work.py"))["road"](n)
    made = Graph.of(g["tail"], g["head"], nodes=g["n"], x=g["x"], y=g["y"])
    made.hierarchy() if n < 20_000 else Graph.of([0, 1], [1, 0]).hierarchy()
    return made, g["w"]


def build(n: int) -> float:
    """Time the order and the shortcuts of a hierarchy."""
    made, _ = _graph(n)
    start = time.perf_counter()
    made.hierarchy()
    return time.perf_counter() - start


def tree(n: int) -> float:
    """Time one plain tree."""
    from corridor.routing.search import tree as grown

    made, w = _graph(n)
    inside = w[made.by_tail]
    grown(made.csr, inside, {0: 0.0})
    start = time.perf_counter()
    for source in range(5):
        grown(made.csr, inside, {source: 0.0})
    return (time.perf_counter() - start) / 5


def pair(n: int) -> float:
    """Time one distance of many."""
    made, w = _graph(n)
    metric = made.hierarchy().priced(w)
    rng = np.random.default_rng(0)
    s, t = rng.integers(0, n, 5_000), rng.integers(0, n, 5_000)
    metric.distances(s, t)
    start = time.perf_counter()
    metric.distances(s, t)
    return (time.perf_counter() - start) / 5_000


def cargoes(n: int) -> float:
    """Time n cargoes; from 60 on their sum stays the same."""
    from corridor.large import Graph, multicommodity

    p = runpy.run_path(str(HERE / "large_work.py"))["cargoes"](f"cargo-1000-4000-{n}-{min(1.0, 60 / n)}")
    made = Graph.of(p["tail"], p["head"], nodes=p["n"])
    multicommodity(Graph.of([0], [1]), 1.0, 1.0, [0], [1], [1.0])
    start = time.perf_counter()
    multicommodity(made, p["cost"], p["room"], *p["rows"], gap=1e-4)
    return time.perf_counter() - start


if __name__ == "__main__":
    seconds = globals()[sys.argv[1]](int(sys.argv[2]))
    print(json.dumps({"s": seconds, "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3}))
