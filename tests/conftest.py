"""What the tests share: the shipped network, and the folder of dossiers where it is there."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import corridor

SOAK = float(os.environ.get("CORRIDOR_SOAK", "1"))  # times as many random instances
SHARED = Path(__file__).resolve().parents[2] / "shared"
ROOT = Path(__file__).resolve().parents[1]

settings.register_profile(
    "ci", derandomize=True, deadline=None, max_examples=int(100 * SOAK), suppress_health_check=list(HealthCheck)
)
settings.load_profile("ci")


@pytest.fixture(scope="session", autouse=True)
def small_ensembles():
    """Small studies are calibrated with few members and draws: the shipped one holds its calibration already."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("corridor.study.calibrate.MEMBERS", 6)
        patch.setattr("corridor.study.median.DRAWS", 40)
        yield


@pytest.fixture(scope="session")
def net():
    return corridor.load()


@pytest.fixture(scope="session")
def facts():
    folder = SHARED / "facts"
    if not folder.exists():
        pytest.skip("../shared is absent: the dossiers cannot be compared")
    return folder


@pytest.fixture(scope="session")
def toy_folder(tmp_path_factory):
    from toy_study import write_study

    return write_study(tmp_path_factory.mktemp("toy") / "study")


@pytest.fixture(scope="module")
def toy(toy_folder):
    """Return the toy network; while a module uses it, its folder stands in for the shipped data."""
    from toy_study import use_as_shipped

    with pytest.MonkeyPatch.context() as patch:
        use_as_shipped(toy_folder, patch)
        yield corridor.load()


@pytest.fixture(scope="module")
def interpreted(tmp_path_factory):
    """Run everything interpreted, with few screening draws and a cache of its own."""
    from corridor.study import screening

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORRIDOR_KERNELS", "python")
        patch.setenv("CORRIDOR_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(screening, "SCREENING_DRAWS", 20)
        yield


# The loops: `--stage check` runs what is quick and needs nothing compiled, `test` what every commit needs, `all`
# (also without the option) everything. A file not named here is of the last stage; `@pytest.mark.stage` sets a test's own.
STAGES = ("check", "test", "all")
STAGE_OF_FILE = {
    "test_structure": "check", "test_cache": "check", "test_words": "check", "test_toy": "check", "test_counts": "check", "test_house": "check", "test_study": "check",
    "test_threads": "test",
    "test_kernel": "test", "test_draws": "test", "test_plan": "test", "test_same": "test", "test_route": "test",
    "test_flow": "test", "test_assign": "test", "test_scenario": "test", "test_safety": "test", "test_wheel": "test",
}  # fmt: skip
SLOWEST_FIRST = ("test_wheel", "test_large", "test_page", "test_shipped", "test_pictures", "test_draws", "test_docs")


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files; review the diff")
    parser.addoption("--stage", choices=STAGES, default="all", help="how much to run: check, test or all")


def pytest_configure(config):
    config.addinivalue_line("markers", "stage(name): the first loop that runs the test: check, test or all")


def stage_of(item):
    mark = item.get_closest_marker("stage")
    return mark.args[0] if mark else STAGE_OF_FILE.get(item.path.stem, "all")


def pytest_ignore_collect(collection_path, config):
    """Leave out files of later loops without importing them: what they need is not installed before."""
    stage = STAGE_OF_FILE.get(collection_path.stem, "all")
    later = STAGES.index(stage) > STAGES.index(config.getoption("--stage"))
    is_tests = collection_path.suffix == ".py" and collection_path.stem.startswith("test_")
    return True if is_tests and later and "mark.stage(" not in collection_path.read_text(encoding="utf-8") else None


def pytest_collection_modifyitems(config, items):
    """Leave out what later loops run; begin with the files that take longest, so that no worker waits at the end."""
    last = STAGES.index(config.getoption("--stage"))
    later = [item for item in items if STAGES.index(stage_of(item)) > last]
    if later:
        config.hook.pytest_deselected(items=later)
        items[:] = [item for item in items if item not in set(later)]
    order = {name: i for i, name in enumerate(SLOWEST_FIRST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


def pytest_terminal_summary(terminalreporter):
    """Say how slow the machine is: budgets hold where importing numpy takes 0.10 s."""
    if os.environ.get("PYTEST_XDIST_WORKER") is None:
        command = [sys.executable, "-c", "import numpy"]
        seconds = []
        for _ in range(3):
            start = time.perf_counter()
            subprocess.run(command, check=True)
            seconds.append(time.perf_counter() - start)
        factor = max(1.0, statistics.median(seconds) / 0.10)
        terminalreporter.write_line(
            f"import numpy takes {statistics.median(seconds):.2f} s: budgets times {factor:.1f}"
        )
