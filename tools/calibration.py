"""Write the calibration that the shipped study holds: `python -m tools.calibration`, some minutes on two cores."""

from __future__ import annotations

from pathlib import Path

import corridor
from corridor.study.calibrate import calibrated
from corridor.study.calibration_store import SHIPPED, write_calibration

DATA = Path(__file__).parents[1] / "data"


def main() -> None:
    """Fit the counts anew and write the ensemble."""
    network = corridor.load(DATA)
    found = calibrated(network)
    write_calibration(DATA / SHIPPED, network, found)
    print(
        f"{SHIPPED}: {found.members} members, p = {found.p_value:.2f}, {(DATA / SHIPPED).stat().st_size / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    main()
