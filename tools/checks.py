"""`python -m tools.checks check|test|all`: what each loop runs before its tests, two at a time."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON = (sys.executable, "-m")
STAGES = ("check", "test", "all")
CHECKS = (  # the first loop that runs it, and the command; the longest come first
    ("all", (*PYTHON, "tools.other_interpreters")),
    ("test", (*PYTHON, "tools.warm")),  # fills the cache while types are checked, so that two workers need not both
    ("check", (str(BIN / "mypy"),)),
    ("check", (str(BIN / "ruff"), "check", ".")),
    ("check", (str(BIN / "ruff"), "format", "--check", ".")),
    ("check", (str(BIN / "lint-imports"), "--no-logo")),
    ("test", (*PYTHON, "tools.build_network", "--check")),
    ("all", (*PYTHON, "tools.derive", "--check")),
    ("all", (*PYTHON, "tools.data_report", "--check")),
)


def main(stage: str) -> int:
    """Run the checks of a loop; print each with its output when it has ended."""
    last = STAGES.index(stage)
    commands = [command for first, command in CHECKS if STAGES.index(first) <= last]
    if stage == "all":
        commands = [(*command, "all") if "tools.warm" in command else command for command in commands]
    with ThreadPoolExecutor(2) as executor:
        statuses = list(executor.map(_status, commands))
    return max(statuses)


def _status(command: tuple[str, ...]) -> int:
    run = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(f"{' '.join(command).replace(str(BIN), '.venv/bin')}\n{run.stdout}", end="", flush=True)
    return abs(run.returncode)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "all"))
