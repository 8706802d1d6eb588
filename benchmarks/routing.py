"""Routes on the shipped network beside peers: one route, five alternatives, a front, a matrix of all cities.

Ours includes the itinerary or the table; a peer gives what it can (states of a path, distances).
"""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median

from benchmarks.peers import printed, python_with

WORK = str(Path(__file__).with_name("routing_work.py"))
ROUNDS = 3
TASKS = {
    "route": ("one route with its itinerary", ("scgraph", "rustworkx", "scipy", "igraph", "networkx")),
    "alternatives": ("five routes that differ; of peers five shortest paths (Yen)", ("scipy", "igraph", "networkx")),
    "front": ("front of cost, time and CO2, median over all city pairs; no peer has it", ()),
    "matrix": (
        "matrix of all cities, unreachable pairs explained; of peers distances",
        ("scipy", "rustworkx", "igraph", "networkx")),
}  # fmt: skip


def report() -> None:
    """Print milliseconds and ratios."""
    for task, (title, peers) in TASKS.items():
        who = {"corridor": sys.executable} | {p: python for p in peers if (python := python_with(p)) is not None}
        times: dict[str, list[float]] = {name: [] for name in who}
        answers: dict[str, str] = {}
        for _ in range(ROUNDS):
            for name, python in who.items():
                milliseconds, answer = printed(python, WORK, task, name).split()
                times[name].append(float(milliseconds))
                answers[name] = answer
        if task in ("route", "matrix"):
            assert len(set(answers.values())) == 1, f"different answers: {answers}"
        ours = median(times["corridor"])
        print(f"\n{title}, median of {ROUNDS}\n{'':<12}{'ms':>10}{'ratio':>8}")
        for name, values in times.items():
            print(f"{name:<12}{median(values):10.3f}{ours / median(values):8.2f}")
        absent = [p for p in peers if python_with(p) is None]
        if absent:
            print(f"absent: {', '.join(absent)}")


if __name__ == "__main__":
    report()
