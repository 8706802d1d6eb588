"""`python -m tools.lock`: write the newest versions of all packages that the project needs to tools/lock.txt.

`make` installs with that file as constraints, so a release of somebody else's package changes nothing unseen;
`make test-all` also tests the newest versions.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "tools" / "lock.txt"


def main() -> int:
    """Install the newest versions into an empty environment and write them down."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        pip = [str(Path(folder) / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--quiet", f"{ROOT}[test-all]"], check=True)
        run = subprocess.run([*pip, "freeze"], check=True, capture_output=True, text=True)
    versions = [line for line in run.stdout.splitlines() if "==" in line]
    major, minor = sys.version_info[:2]
    head = f"# Constraints for pip, written by `python -m tools.lock` with Python {major}.{minor}.\n"
    LOCK.write_text(head + "\n".join(versions) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
