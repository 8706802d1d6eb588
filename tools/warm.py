"""`python -m tools.warm [all]`: build choice sets and compile kernels once, before two test workers both do.

Without `all` what `make test` needs: the choice set of the shipped demand. With it also that with projects, the
calibration, and the kernels of draws and failures.
"""

from __future__ import annotations

import sys

import corridor


def main(arguments: list[str]) -> None:
    """Ask what the slowest tests ask; the results stay in the cache folder."""
    network = corridor.load()
    if "all" in arguments:
        corridor.throughput(network, "eastern", draws=25, calibrated=True)
        corridor.criticality(network, "eastern")
    else:
        corridor.throughput(network, "eastern", year=2024)
    print("choice sets and compiled kernels are in the cache folder")


if __name__ == "__main__":
    main(sys.argv[1:])
