"""`python -m tools.other_interpreters`: run the tests on every other Python from 3.11 up that is found.

Each gets a virtual environment of its own under `.venv/`, one of them the oldest versions of what we
need that `pyproject.toml` allows; what is found is said either way. The conclusions must be those of
`.venv`, where the full run is, with lint and types.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

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
NEEDED = ("pytest", "hypothesis", "networkx", "scipy", "ortools")  # of the extra `test`, what these tests import
OLDEST = 12  # tested with the oldest versions that we allow of what we need


def found() -> dict[int, str]:
    """Return the interpreters on this machine by minor version, the running one left out."""
    interpreters = {}
    for minor in MINORS:
        name = f"python3.{minor}"
        candidates = [
            shutil.which(name),
            *map(str, sorted(Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/{name}"))),
        ]
        for path in candidates:
            if minor != sys.version_info.minor and path is not None and _version(path) == (3, minor):
                interpreters[minor] = path
                break
    return interpreters


def _version(path: str) -> tuple[int, int] | None:
    code = "import sys; print(*sys.version_info[:2])"
    run = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False)
    if run.returncode != 0:  # a shim without an interpreter behind it
        return None
    major, minor = run.stdout.split()
    return int(major), int(minor)


def main() -> int:
    """Test on each interpreter found, side by side; the status is not 0 where one fails."""
    interpreters = found()
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    others = ", ".join(f"3.{m}" for m in interpreters) or "none"
    print(f"tested on Python {here}; others found here: {others}", flush=True)
    with ThreadPoolExecutor() as beside:
        runs = list(beside.map(_tested, interpreters.items()))
    for run in runs:
        print(run.stdout, end="")
    return max((run.returncode for run in runs), default=0)


def _tested(interpreter: tuple[int, str]) -> subprocess.CompletedProcess[str]:
    minor, path = interpreter
    folder = ROOT / ".venv" / f"python3.{minor}"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([path, "-m", "venv", str(folder)], check=True)
    install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    oldest = ["-c", "tools/oldest.txt"] if minor == OLDEST else []
    subprocess.run([*install, "-e", ".[plot]", *NEEDED, *oldest], check=True, cwd=ROOT, stderr=subprocess.DEVNULL)
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS]
    fewer = {**os.environ, "CORRIDOR_SOAK": "0.15"}  # random instances: all of them are tried on the first interpreter
    return subprocess.run(
        command, check=False, cwd=ROOT, env=fewer, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


if __name__ == "__main__":
    sys.exit(main())
