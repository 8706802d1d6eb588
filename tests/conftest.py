"""What the tests share: the shipped network, and the folder of dossiers where it is there."""

from __future__ import annotations

import os
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


@pytest.fixture(scope="session")
def net():
    return corridor.load()


@pytest.fixture(scope="session")
def facts():
    folder = SHARED / "facts"
    if not folder.exists():
        pytest.skip("../shared is absent: the dossiers cannot be compared")
    return folder


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden itineraries; review the diff")


SLOWEST = (
    "test_wheel",
    "test_large",
    "test_page",
    "test_draws",
    "test_plan",
    "test_pictures",
    "test_throughput",
    "study",
    "test_docs",
)


def pytest_collection_modifyitems(items):
    """Begin with the files that take longest, so that no worker waits for another at the end."""

    def place(item):
        return next((i for i, name in enumerate(SLOWEST) if name in str(item.path)), len(SLOWEST))

    items.sort(key=place)
