"""Assignment and throughput on the shipped network: seconds, as a user waits for them.

Each row is a process of its own; the first one of all starts with an empty cache
folder. Peers that answer the same question (hard shared capacities in native
units, prices, a forecast) are not known.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

IN_PROCESS = """
import time, corridor
net = corridor.load()
demand = corridor.demand("central", 2024)
corridor.assign(net, demand, rule="cheapest")
for rule in ("cheapest", "logit", "capacitated"):
    took = []
    for _ in range(5):
        start = time.perf_counter()
        corridor.assign(net, demand, rule=rule)
        took.append(time.perf_counter() - start)
    print(rule, sorted(took)[2])
"""


def report() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        kept = {**os.environ, "CORRIDOR_CACHE": folder}
        command = [sys.executable, "-m", "corridor", "throughput", "eastern", "--year", "2030"]
        took = [_timed(command, kept) for _ in range(6)]
        later = statistics.median(took[1:])
        print(f"corridor throughput eastern --year 2030: first ever {took[0]:.1f} s, then {later:.2f} s")
        done = subprocess.run([sys.executable, "-c", IN_PROCESS], env=kept, capture_output=True, text=True, check=True)
        for line in done.stdout.splitlines():
            rule, seconds = line.split()
            print(f"corridor.assign, shipped demand of 2024, {rule}, after start-up: {float(seconds):.2f} s")


def _timed(command: list[str], env: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, env=env, capture_output=True, check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    report()
