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
    "ci", derandomize=True, deadline=None, max_examples=int(150 * SOAK), suppress_health_check=list(HealthCheck)
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
