"""`python -m benchmarks`: ratios to the peers, each in its own process, medians of repeats.

Peers are looked for in this environment and in `.venv/peers` (`make bench`
makes it); absent ones are named. `--record` also writes what is printed to
`benchmarks/results/`, from which `python -m tools.docs` makes a page of the docs;
names of groups limit it to these.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks import assignment, draws, growth, kernels, large, page, routing, startup

RESULTS = Path(__file__).resolve().parent / "results"
GROUPS: Mapping[str, Callable[[], None]] = {
    "startup": startup.report,
    "kernels": kernels.report,
    "routing": routing.report,
    "assignment": assignment.report,
    "draws": draws.report,
    "page": page.report,
    "ways": large.ways,
    "flows": large.flows,
    "many": large.many,
    "users": large.users,
    "growth": growth.report,
}


def main(arguments: Sequence[str]) -> int:
    """Run the groups one after another and print their tables."""
    record = "--record" in arguments
    chosen = [a for a in arguments if a != "--record"] or list(GROUPS)
    unknown = [c for c in chosen if c not in GROUPS]
    if unknown:
        print(f"no group {', '.join(unknown)}; there are {', '.join(GROUPS)}", file=sys.stderr)
        return 2
    when = dt.datetime.now(tz=dt.UTC).date().isoformat()
    machine = f"Python {sys.version.split()[0]}, {os.cpu_count()} processors"
    head = f"{when}, {machine}; ratios within one run, the machine is shared"
    print(head)
    for name in chosen:
        kept = io.StringIO()
        with contextlib.redirect_stdout(kept):
            GROUPS[name]()
        print(kept.getvalue(), end="", flush=True)
        if record:
            RESULTS.mkdir(exist_ok=True)
            (RESULTS / f"{name}.txt").write_text(f"{head}\n{kept.getvalue()}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
