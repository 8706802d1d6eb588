"""The shipped scenarios, by name."""

from __future__ import annotations

import os
from pathlib import Path

from corridor.errors import UnknownIdError
from corridor.io.shipped_files import shipped_path
from corridor.model.edits import Edit
from corridor.model.names import nearest
from corridor.model.scenario import Scenario


def shipped_scenarios() -> dict[str, Path]:
    """Return the files of the shipped scenarios by name."""
    return {p.stem: p for p in sorted((shipped_path().parent / "scenarios").glob("*.yaml"))}


def find_scenario(name_or_file: str) -> Scenario:
    """Return a shipped scenario by name, or the scenario in a file."""
    shipped = shipped_scenarios()
    if name_or_file in shipped:
        return Scenario.read(shipped[name_or_file])
    if not Path(name_or_file).suffix and not os.path.lexists(name_or_file):
        raise UnknownIdError("scenario", name_or_file, nearest(name_or_file, shipped) or list(shipped))
    return Scenario.read(name_or_file)


def edits_of_event(name: str) -> tuple[Edit, ...]:
    """Return the edits of a recorded event: a shipped scenario that a network names in its history."""
    return find_scenario(name).edits
