"""`python -m benchmarks`: ratios to the peers, each in its own process, medians of repeats.

Peers are looked for in this environment and in `.venv/peers` (`make bench`
makes it); absent ones are named.
"""

from __future__ import annotations

import sys

from benchmarks import assignment, draws, kernels, routing, startup


def main() -> int:
    """Run the groups one after another and print their tables."""
    print(f"Python {sys.version.split()[0]}; ratios within one run, the machine is shared")
    startup.report()
    kernels.report()
    routing.report()
    assignment.report()
    draws.report()
    return 0


if __name__ == "__main__":
    sys.exit(main())
