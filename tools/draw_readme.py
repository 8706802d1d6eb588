"""`python -m tools.draw_readme`: draw the pictures of the README and of the docs."""

from __future__ import annotations

from pathlib import Path

import corridor
from corridor.show.answers import draw
from corridor.show.plots.sheet import save

EXTENT = (25.0, 84.0, 16.0, 61.0)  # leaves out the ends of ocean lanes and the way to Xi'an
FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"


def main() -> None:
    """Write the network, and the route that the README prints."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    network = corridor.load()
    save(draw(network, extent=EXTENT, background="outline"), str(FOLDER / "network.png"))
    way = corridor.route(network, "Chelyabinsk", "Bandar Abbas", cargo="grain", modes=["rail"])
    save(draw(way, network, background="outline"), str(FOLDER / "route.png"))


if __name__ == "__main__":
    main()
