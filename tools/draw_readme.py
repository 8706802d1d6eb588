"""`python -m tools.draw_readme`: draw the pictures of the README and of the docs."""

from __future__ import annotations

from pathlib import Path

import corridor
from corridor.show.plot import save_network, save_route

EXTENT = (25.0, 84.0, 16.0, 61.0)  # leaves out the ends of ocean lanes and the way to Xi'an
FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"


def main() -> None:
    """Write the network, and the route that the README prints."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    network = corridor.load()
    save_network(network, str(FOLDER / "network.png"), EXTENT)
    way = corridor.route(network, "Chelyabinsk", "Bandar Abbas", cargo="grain", modes=["rail"])
    save_route(network, way, str(FOLDER / "route.png"))


if __name__ == "__main__":
    main()
