"""Run the commands that README and docs show, and put what they print beneath them.

A block that begins with `$ corridor` is a list of commands, each with its output.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("README.md", "docs/eastern-branch-2030.md")
BLOCK = re.compile(r"```\n\$ (corridor.*?)```", re.DOTALL)


def with_outputs(text: str) -> str:
    """Return a page with every command run anew."""
    return BLOCK.sub(lambda found: "```\n$ " + "\n$ ".join(_ran(found[1])) + "```", text)


def _ran(block: str) -> list[str]:
    commands = [entry.split("\n", 1)[0] for entry in block.split("\n$ ")]
    made = []
    for command in commands:
        print(command, file=sys.stderr)
        words = [str(Path(sys.executable).with_name("corridor")), *shlex.split(command)[1:]]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        made.append(f"{command}\n{done.stdout.strip()}\n")
    return made


def main(pages: list[str]) -> int:
    """Rewrite pages in place."""
    for page in pages or PAGES:
        path = ROOT / page
        path.write_text(with_outputs(path.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
