"""Where the command `corridor` begins: so little is imported that an interruption is caught from the start."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its status."""
    try:
        from corridor.cli import cli
        from corridor.cli.run import run

        status = run(cli, sys.argv[1:])
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)
