"""How cost grows: with draws, nodes, cargoes and workers; measured, and the exponent that fits."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.peers import printed

WORK = str(Path(__file__).with_name("growth_work.py"))
DRAWS = (100, 1_000, 10_000)  # 100,000 take minutes more: time grows with them as it stands
NODES = (1_000, 10_000, 100_000, 1_000_000)
CARGOES = (10, 100, 1_000, 10_000)


def report() -> None:
    """Print seconds and peak memory by size, and the exponent between the last sizes."""
    _series("draws of one year, s; peak MB", DRAWS, lambda n: _run("draws", n))
    _series("order and build a hierarchy, s; peak MB", NODES, lambda n: _run("build", n))
    _series("one plain tree, s; peak MB", NODES, lambda n: _run("tree", n))
    _series("one pair over a hierarchy, s; peak MB", NODES, lambda n: _run("pair", n))
    _series("cargoes over 1,000 nodes and 4,000 arcs to 1e-4, s; peak MB", CARGOES, lambda n: _run("cargoes", n))
    workers = sorted({1, 2, os.cpu_count() or 1})
    _series("2,000 draws by workers: threads, s; peak MB", workers, lambda n: _run("threads", n))
    _series(
        "2,000 draws by workers: processes, s; peak MB of the one that asks", workers, lambda n: _run("processes", n)
    )


def _run(task: str, size: int) -> tuple[float, float]:
    found = json.loads(printed(sys.executable, WORK, task, str(size)).splitlines()[-1])
    return float(found["s"]), float(found["mb"])


def _series(title: str, sizes: Sequence[int], measure: Callable[[int], tuple[float, float]]) -> None:
    print(f"\n{title}")
    found = []
    for size in sizes:
        found.append((size, *measure(size)))
        print(f"{size:>12,}{found[-1][1]:14.6f}{found[-1][2]:12,.0f}", flush=True)
    (a, s, _), (b, t, _) = found[-2], found[-1]
    if a != b:
        print(f"grows as size^{math.log(t / s) / math.log(b / a):.2f} between the last two")
