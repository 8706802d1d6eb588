"""`python -m tools.draw_readme`: draw the pictures of the README and of the docs; the page needs chromium."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import corridor
from corridor.show.answers import draw
from corridor.show.plots.figure_style import save
from tools.server import serving

EXTENT = (25.0, 84.0, 16.0, 61.0)  # leaves out the ends of ocean lanes and the way to Xi'an
FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"


def main() -> None:
    """Write the network, the route that the README prints, the fan chart, and the page."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    network = corridor.load()
    save(draw(network, extent=EXTENT, background="outline"), str(FOLDER / "network.png"))
    way = corridor.route(network, "Chelyabinsk", "Bandar Abbas", cargo="grain", modes=["rail"])
    save(draw(way, network, background="outline"), str(FOLDER / "route.png"))
    likely = corridor.throughput(network, "eastern", target_mt=15, draws=2000)
    save(draw(likely), str(FOLDER / "fan.png"))
    chromium = shutil.which("chromium")
    if chromium is None:
        print("page.png is left as it is: chromium is not installed")
    else:
        _draw_page(chromium)


def _draw_page(chromium: str) -> None:
    """Photograph the local page with the gauge change at Sarakhs shut."""
    from playwright.sync_api import sync_playwright

    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 1120})
        page.goto(f"{server.address}/?to=mashhad&closed=sarakhs-yard")
        page.wait_for_selector("#chart canvas", timeout=120_000)
        page.wait_for_timeout(20_000)
        page.screenshot(path=str(FOLDER / "page.png"))
        browser.close()


if __name__ == "__main__":
    main()
