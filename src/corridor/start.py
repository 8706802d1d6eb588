"""The entry point of the command `corridor`; few imports, so that an interruption is caught from the start."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with its status."""
    try:
        from corridor.cli import cli
        from corridor.cli.run import run

        status = run(cli, sys.argv[1:])
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)
