"""`python -m tools.checks`: what `make test` runs before the tests, two at a time; not 0 where one fails."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON = (sys.executable, "-m")
CHECKS = (
    (*PYTHON, "tools.other_interpreters"),  # the longest comes first
    (*PYTHON, "tools.warm"),  # no check: it fills the time beside the longest, and the tests find it done
    (str(BIN / "mypy"),),
    (str(BIN / "ruff"), "check", "."),
    (str(BIN / "ruff"), "format", "--check", "."),
    (str(BIN / "lint-imports"), "--no-logo"),
    (*PYTHON, "tools.build_network", "--check"),
    (*PYTHON, "tools.derive", "--check"),
    (*PYTHON, "tools.data_report", "--check"),
)


def main() -> int:
    """Run all checks; print each with its output when it has ended."""
    with ThreadPoolExecutor(2) as beside:
        statuses = list(beside.map(_checked, CHECKS))
    return max(statuses)


def _checked(command: tuple[str, ...]) -> int:
    done = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(f"{' '.join(command).replace(str(BIN), '.venv/bin')}\n{done.stdout}", end="", flush=True)
    return abs(done.returncode)


if __name__ == "__main__":
    sys.exit(main())
