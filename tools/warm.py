"""`python -m tools.warm`: look for all ways and compile all kernels once, before two test workers both do."""

from __future__ import annotations

import corridor


def main() -> None:
    """Ask what the slowest tests ask; what is worked out stays in the cache folder."""
    network = corridor.load()
    corridor.throughput(network, "eastern", draws=25, calibrated=True)
    corridor.criticality(network, "eastern")
    print("ways of all cargo, calibration and compiled kernels are in the cache folder")


if __name__ == "__main__":
    main()
