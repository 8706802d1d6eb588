"""`python -m tools.other_interpreters`: run the central tests on other Pythons, with the oldest and newest versions.

Each environment stands under `.venv/`. Every other Python from 3.11 up that is found gets the newest versions of all
packages, one of them the oldest that `pyproject.toml` allows; without another Python the running one gets both. The
golden values must be those of `.venv`, which has the versions of `tools/lock.txt`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
MINORS = (11, 12, 13, 14)
TESTS = (
    "tests/test_kernel.py",
    "tests/test_route.py",
    "tests/test_flow.py",
    "tests/test_input.py",
    "tests/test_same.py",
    "tests/test_cli.py::test_status_and_message",
    "tests/test_cli.py::test_matrix_and_reach",
)
NEEDED = ("pytest", "hypothesis", "networkx", "scipy", "ortools")  # of the extra `test-all`, what these tests import
LAST_WITH_OLDEST = 12  # later Pythons came after the oldest versions that we allow
OLDEST = ("--constraint", "tools/oldest.txt")


class Environment(NamedTuple):
    """A Python with the oldest or the newest versions."""

    name: str
    python: str
    constraints: tuple[str, ...]


def interpreters() -> dict[int, str]:
    """Return the other interpreters on this machine by minor version."""
    found = {}
    for minor in MINORS:
        name = f"python3.{minor}"
        candidates = [
            shutil.which(name),
            *map(str, sorted(Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/{name}"))),
        ]
        for path in candidates:
            if minor != sys.version_info.minor and path is not None and _version(path) == (3, minor):
                found[minor] = path
                break
    return found


def _version(path: str) -> tuple[int, int] | None:
    code = "import sys; print(*sys.version_info[:2])"
    run = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False)
    if run.returncode != 0:  # a shim without an interpreter behind it
        return None
    major, minor = run.stdout.split()
    return int(major), int(minor)


def environments() -> list[Environment]:
    """Return the environments to test in: the oldest versions once, the newest once at least."""
    others = interpreters()
    old = next((minor for minor in others if minor <= LAST_WITH_OLDEST), None)
    own = f"python3.{sys.version_info.minor}"
    found = [Environment(f"python3.{m}", path, OLDEST if m == old else ()) for m, path in others.items()]
    if old is None:
        found.append(Environment(f"{own}-oldest", sys.executable, OLDEST))
    if all(e.constraints for e in found):
        found.append(Environment(f"{own}-newest", sys.executable, ()))
    return found


def main() -> int:
    """Test in each environment, side by side; the status is not 0 where one fails."""
    chosen = environments()
    names = ", ".join(f"{e.name} ({'oldest' if e.constraints else 'newest'} versions)" for e in chosen)
    print(f"Python 3.{sys.version_info.minor} with the versions of tools/lock.txt; also tested: {names}", flush=True)
    with ThreadPoolExecutor() as executor:
        runs = list(executor.map(_run, chosen))
    for run in runs:
        print(run.stdout, end="")
    return max((run.returncode for run in runs), default=0)


def _run(environment: Environment) -> subprocess.CompletedProcess[str]:
    folder = ROOT / ".venv" / environment.name
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([environment.python, "-m", "venv", str(folder)], check=True)
    install = [str(python), "-m", "pip", "install", "-q", "--no-compile", "--disable-pip-version-check"]
    subprocess.run(
        [*install, "-e", ".[plot]", *NEEDED, *environment.constraints], check=True, cwd=ROOT, stderr=subprocess.DEVNULL
    )
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS]
    fewer = {**os.environ, "CORRIDOR_SOAK": "0.15"}  # random instances: `.venv` tries all of them
    return subprocess.run(
        command, check=False, cwd=ROOT, env=fewer, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


if __name__ == "__main__":
    sys.exit(main())
