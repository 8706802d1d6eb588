"""The shipped projects: their effects, years, costs and required projects."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from corridor.files.yaml_file import load_yaml
from corridor.io.shipped_files import shipped_path
from corridor.model.scenario import Scenario


@cache
def _records(folder: Path) -> tuple[dict[str, Any], ...]:
    return tuple(load_yaml((folder / "projects.yaml").read_text(encoding="utf-8")))


def projects() -> tuple[dict[str, Any], ...]:
    """Return the shipped projects as records, with their effects as scenario edits.

    Examples
    --------
    >>> from corridor.io.project_files import projects
    >>> next(p for p in projects() if p["id"] == "rasht-astara")["status"]
    'planned'
    """
    return tuple(dict(p) for p in _records(shipped_path().parent))


def as_scenario(project: dict[str, Any]) -> Scenario:
    """Return a scenario with the effects of a project from its central opening year."""
    dated = [{**edit, "years": f"{project['year']['central']}-"} for edit in project["edits"]]
    return Scenario.of(project["id"], project["why"], dated)
