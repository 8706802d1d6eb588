"""Large graphs beside peers: hierarchies, flows, equilibria, many cargoes; each in a process of its own."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.peers import printed, python_with

WORK = str(Path(__file__).with_name("large_work.py"))
ROUNDS = 3
MODULE = {"pyroutingkit": "pyroutingkit", "ortools": "ortools", "highspy": "highspy", "igraph": "igraph"}
ROADS = ("road-10000", "road-100000", "road-1000000", "ne")
SENT = ("grid-18", "netgen-1000", "road-10000", "grid-100", "netgen-10000", "road-100000", "grid-322", "netgen-100000")
CARGOES = ("cargo-400-1500-30-2", "cargo-1052-2836-4344-0.08", "cargo-3000-12000-300-1.5")
CITIES = ("SiouxFalls", "Anaheim", "Barcelona", "Chicago-Sketch")
SMALL_ONLY = {("most", "scipy"): SENT[:4], ("many", "highspy"): CARGOES[:1]}  # minutes or more on the others


def ways() -> None:
    """Print milliseconds of shortest paths, plain and over a hierarchy, and the ratios to peers."""
    for instance in ROADS:
        _table("ways", instance, ("scipy", "pyroutingkit"))


def flows() -> None:
    """Print milliseconds of least-cost and maximum flow, with geometric means of the ratios."""
    for task, peers, title in (
        ("cost", ("ortools",), "least cost"), ("most", ("ortools", "igraph", "scipy"), "maximum flow"),
    ):  # fmt: skip
        print(
            f"\n{title}, ms, median of {ROUNDS}\n{'':<16}" + "".join(f"{w:>12}" for w in ("corridor", *peers, "ratio"))
        )
        ratios = []
        for instance in SENT:
            found = _measured(task, instance, peers)
            best = min((v["ms"] for who, v in found.items() if who != "corridor"), default=math.nan)
            ratios.append(found["corridor"]["ms"] / best)
            cells = [f"{found[w]['ms']:12.3f}" if w in found else f"{'':>12}" for w in ("corridor", *peers)]
            print(f"{instance:<16}" + "".join(cells) + f"{ratios[-1]:12.2f}", flush=True)
        known = [r for r in ratios if r == r]
        if known:
            mean = math.exp(sum(map(math.log, known)) / len(known))
            print(f"ratio to the best peer: geometric mean {mean:.2f}, worst {max(known):.2f}")


def many() -> None:
    """Print milliseconds of many cargoes to a certified 1e-6."""
    print(f"\nmany cargoes to a certified 1e-6, ms, median of {ROUNDS}")
    for instance in CARGOES:
        found = _measured("many", instance, ("highspy",))
        ours = found["corridor"]
        beside = (
            f", HiGHS on arcs {found['highspy']['ms']:,.0f}, ratio {ours['ms'] / found['highspy']['ms']:.3f}"
            if "highspy" in found
            else ""
        )
        print(
            f"{instance:<28}{ours['ms']:12,.1f}  gap {ours['gap']:.0e}, {ours['full']:.0f} arcs with a price{beside}",
            flush=True,
        )


def users() -> None:
    """Print user equilibria to four gaps, in milliseconds and in passes of all shortest paths."""
    print(f"\nuser equilibrium, one thread, ms (passes of all shortest paths), median of {ROUNDS}")
    print(f"{'':<16}{'one pass':>10}" + "".join(f"{g:>18}" for g in ("1e-04", "1e-06", "1e-08", "1e-10")))
    for city in CITIES:
        ours = _measured("user", city, ())["corridor"]
        cells = [f"{ours[g]:10,.1f} ({ours[g] / ours['pass']:4.0f}) " for g in ("1e-04", "1e-06", "1e-08", "1e-10")]
        print(f"{city:<16}{ours['pass']:10.3f}" + "".join(f"{c:>18}" for c in cells), flush=True)
    python = python_with("aequilibrae")
    if python is None:
        print("absent: aequilibrae")
        return
    peer = json.loads(printed(python, WORK, "user", "Chicago-Sketch", "aequilibrae").splitlines()[-1])
    said = ", ".join(f"{g}: {peer[g]:,.0f} ms, reached {peer['gap at ' + g]:.1e}" for g in ("1e-04", "1e-06"))
    print(f"AequilibraE bfw, Chicago-Sketch: {said}; ratio at 1e-06 {peer['1e-06'] / ours['1e-06']:.0f} or more")


def _measured(task: str, instance: str, peers: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return the medians of each quantity by who measured it; answers must agree."""
    who = {"corridor": sys.executable}
    for peer in peers:
        python = python_with(MODULE.get(peer, peer))
        if python is None:
            print(f"absent: {peer}")
        elif instance in SMALL_ONLY.get((task, peer), (instance,)):
            who[peer] = python
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in who}
    for _ in range(ROUNDS):
        for name, python in who.items():
            runs[name].append(json.loads(printed(python, WORK, task, instance, name).splitlines()[-1]))
    found = {name: {k: median(r[k] for r in made) for k in made[0]} for name, made in runs.items()}
    answers = [v["answer"] for name, v in found.items() if name != "scipy" or task != "ways"]
    assert all(abs(a - answers[0]) <= 1e-5 * abs(answers[0]) for a in answers), f"{instance}: {found}"
    return found


def _table(task: str, instance: str, peers: Sequence[str]) -> None:
    found = _measured(task, instance, peers)
    ours = found.pop("corridor")
    print(
        f"\nshortest paths, {instance}, ms, median of {ROUNDS}\n{'':<22}{'corridor':>12}"
        + "".join(f"{p:>14}{'ratio':>8}" for p in found)
    )
    for name, ms in ours.items():
        if name != "answer":
            cells = [f"{v[name]:14.4f}{ms / v[name]:8.2f}" if name in v else " " * 22 for v in found.values()]
            print(f"{name:<22}{ms:12.4f}" + "".join(cells), flush=True)
