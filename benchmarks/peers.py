"""Where peers are, and how a process is timed."""

from __future__ import annotations

import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".venv" / "peers" / "bin" / "python"


@cache
def python_with(module: str) -> str | None:
    """Return an interpreter that has a module: this one, or that of the peers."""
    for python in (sys.executable, str(PEERS)):
        if not Path(python).exists():
            continue
        code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
        if subprocess.run([python, "-c", code], check=False).returncode == 0:
            return python
    return None


def wall_s(command: list[str]) -> float:
    """Return the seconds that a whole process takes."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def medians(commands: dict[str, list[str]], repeats: int) -> dict[str, float]:
    """Return the median seconds of each command; rounds are interleaved, the first is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(repeats + 1):
        for name, command in commands.items():
            took = wall_s(command)
            if number:
                seconds[name].append(took)
    return {name: median(values) for name, values in seconds.items()}


def printed(python: str, module: str, *arguments: str) -> str:
    """Run a benchmark module in a process of its own and return what it prints."""
    run = subprocess.run(
        [python, "-c", f"import runpy; runpy.run_path({module!r}, run_name='__main__')", *arguments],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    return run.stdout
