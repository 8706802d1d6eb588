"""How long a user waits before anything is asked: whole processes, warm files, against importing numpy."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.peers import PEERS, medians, python_with

REPEATS = 15
ACCEPT = {"import corridor": 1.5, "corridor --help": 3.0, "corridor route": 4.0}
BIN = Path(sys.executable).parent


def report() -> None:
    """Print seconds and ratios to `import numpy`."""
    corridor = str(BIN / "corridor")
    commands = {
        "import numpy": [sys.executable, "-c", "import numpy"],
        "import corridor": [sys.executable, "-c", "import corridor"],
        "corridor --help": [corridor, "--help"],
        "corridor route": [corridor, "route", "Chelyabinsk", "Bandar Abbas", "--cargo", "grain"],
        "corridor flow": [corridor, "flow", "Chelyabinsk", "Bandar Abbas", "--cargo", "grain", "--mode", "rail"],
    }
    absent = []
    for peer in ("networkx", "ngraph", "aequilibrae"):
        python = python_with(peer)
        if python is None:
            absent.append(peer)
            continue
        commands[f"import {peer}"] = [python, "-c", f"import {peer}"]
        script = Path(python).parent / peer
        if peer != "networkx" and script.exists():
            commands[f"{peer} --help"] = [str(script), "--help"]
    seconds = medians(commands, REPEATS)
    base = seconds["import numpy"]
    print(f"\nstart-up, whole process, median of {REPEATS}\n{'':<24}{'s':>8}{'x numpy':>9}{'accept':>8}")
    for name, took in seconds.items():
        limit = f"{ACCEPT[name]:8.1f}" if name in ACCEPT else ""
        print(f"{name:<24}{took:8.3f}{took / base:9.2f}{limit}")
    if absent:
        print(f"absent: {', '.join(absent)} (looked for here and in {PEERS.parent.parent})")
