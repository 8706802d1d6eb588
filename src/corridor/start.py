"""Where the command `corridor` begins: so little is imported that an interruption is caught from the start."""

from __future__ import annotations

import contextlib
import os
import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line and leave with its status."""
    try:
        from corridor.cli import cli
        from corridor.cli.run import run

        status = run(cli, sys.argv[1:])
    except KeyboardInterrupt:
        status = INTERRUPTED
    if status == INTERRUPTED:  # threads of a solver still run: ending the interpreter under them would abort
        with contextlib.suppress(OSError, ValueError):  # nobody reads any more
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)
    sys.exit(status)
