"""Location of the files shipped with the package."""

from __future__ import annotations

from pathlib import Path


def shipped_path() -> Path:
    """Return the path of the shipped network, in the wheel or in the source tree."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "data" / "network.geojson"
    return installed if installed.exists() else package.parent.parent / "data" / "network.geojson"
