"""`python -m benchmarks.page`: how long the local page takes to answer, as seen in headless Chromium.

Things are closed and opened again, another cargo is asked; the time runs in the browser, from the press
to the change of the answer on the page. Needs Debian's package chromium and the extra `test`.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
from pathlib import Path

from tools.server import serving

SHUT = ("sarakhs-yard", "incheh_borun-yard", "samur-yalama-rail-1520", "bolashak-serhetyaka-rail-1520", "astara-port")
CLOSING, CARGO = "close or open again, throughput", "another cargo, route"
REPEATS = 4
ACCEPT_MS = 300
# Runs in the page: starts the clock, presses, and waits for the answer to change.
TIMED = """async ([pressed, watched]) => {
  const box = document.querySelector(watched), before = box.innerHTML, start = performance.now();
  document.querySelector(pressed).click();
  while (document.querySelector(watched).innerHTML === before) {
    if (performance.now() - start > 10000) throw new Error(`${watched} did not change`);
    await new Promise(requestAnimationFrame);
  }
  return performance.now() - start;
}"""


def report() -> None:
    """Print medians and the slowest of closures and of routes, in ms."""
    if shutil.which("chromium") is None:
        print("\nthe local page: not measured, as chromium is not installed")
        return
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        found = _measured(server.address)
    print("\nthe local page, from the press to the answer on the page, ms")
    print(f"{'':<34}{'median':>8}{'slowest':>9}{'accept':>8}")
    for what, times in found.items():
        print(f"{what:<34}{statistics.median(times):8.0f}{max(times):9.0f}{ACCEPT_MS:8}")


def _measured(address: str) -> dict[str, list[float]]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1300, "height": 1000})
        page.goto(address)
        page.wait_for_selector("#branch-answer .totals", timeout=120_000)
        page.wait_for_selector("#chart canvas", timeout=120_000)
        page.wait_for_timeout(15_000)  # the years of the chart are worked out behind
        found: dict[str, list[float]] = {CLOSING: [], CARGO: []}
        for _ in range(REPEATS):
            for name in SHUT:
                for _close_and_open in range(2):
                    page.evaluate("id => emitEvent('open', {id})", name)
                    page.wait_for_selector("#toggle", state="visible")
                    page.wait_for_timeout(400)
                    found[CLOSING].append(float(page.evaluate(TIMED, ["#toggle", "#branch-answer"])))
                    page.wait_for_timeout(600)
            for number in (1, 3, 5, 2):  # containers, oilseeds, chilled food, grain
                page.click("#cargo")
                page.wait_for_selector(".q-menu .q-item")
                item = f".q-menu .q-item:nth-child({number})"
                found[CARGO].append(float(page.evaluate(TIMED, [item, "#route-answer"])))
                page.wait_for_timeout(600)
        browser.close()
    return found


if __name__ == "__main__":
    report()
