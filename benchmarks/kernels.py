"""Kernels beside peers on the same graphs; every peer in its own process, equal answers asserted."""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median

from benchmarks.peers import printed, python_with

WORK = str(Path(__file__).with_name("kernel_work.py"))
ROUNDS = 5
PATH_PEERS = ("scipy", "rustworkx", "igraph", "networkx")
FLOW_PEERS = ("igraph", "scipy", "networkx")
SIZES = ("instc", "grid 316 x 316")


def report() -> None:
    """Print milliseconds and ratios for one-to-all shortest paths and maximum flow."""
    for task, peers in (("paths", PATH_PEERS), ("flow", FLOW_PEERS)):
        for size in SIZES:
            _compare(task, size, peers)


def _compare(task: str, size: str, peers: tuple[str, ...]) -> None:
    title = "one-to-all shortest paths" if task == "paths" else "maximum flow"
    who = {"corridor": sys.executable} | {p: python for p in peers if (python := python_with(p)) is not None}
    if size != "instc" and task == "flow":
        who.pop("networkx", None)  # minutes on this size
    absent = [p for p in peers if python_with(p) is None]
    times: dict[str, list[float]] = {name: [] for name in who}
    answers: dict[str, str] = {}
    for _ in range(ROUNDS):
        for name, python in who.items():
            milliseconds, answer = printed(python, WORK, task, size, name).split()
            times[name].append(float(milliseconds))
            answers[name] = answer
    assert len(set(answers.values())) == 1, f"different answers: {answers}"
    ours = median(times["corridor"])
    print(f"\n{title}, {size}, median of {ROUNDS}\n{'':<12}{'ms':>10}{'ratio':>8}")
    for name, values in times.items():
        print(f"{name:<12}{median(values):10.3f}{ours / median(values):8.2f}")
    if absent:
        print(f"absent: {', '.join(absent)}")
