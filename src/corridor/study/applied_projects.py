"""Projects and events in a forecast: what they open, which limits they raise, when they take effect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.io.study_files import study_of
from corridor.model.edits import ALWAYS, Edit, applied
from corridor.model.network import Network
from corridor.model.scenario import Scenario

DECEMBER = 12
# What may happen after the uncertain event of a study; parameters `chance.*` hold the probabilities.
EVENTS = ("recovers", "stays", "repeats")


@dataclass(frozen=True)
class Project:
    """One project: status, year of opening (low, central, high), cost, and what it changes.

    `opens` are ids of links and transfers; `limits` are edits of capacities, `others`
    edits of speeds and hours.
    """

    id: str
    name: str
    status: str
    year: tuple[float, float, float]
    cost_musd: float | None
    requires: tuple[str, ...]
    excludes: tuple[str, ...]
    opens: tuple[str, ...]
    limits: tuple[Edit, ...]
    others: tuple[Edit, ...]


def projects_of(network: Network) -> tuple[Project, ...]:
    """Return the projects of a study that apply to its network, and what else is under construction on it.

    A project applies if all that it changes is in the network. A link or transfer under
    construction that belongs to no project is a project of its own.
    """
    found = [_project(network, p) for p in study_of(network).projects]
    known = [w for w in found if w is not None]
    named = {name for w in known for name in w.opens}
    for kind in ("link", "transfer"):
        table = network.tables[kind]
        known += [
            _opening(table, i)
            for i in np.flatnonzero(table["status"] == "under_construction").tolist()
            if table.ids[i] not in named and table["opening_year"][i] == table["opening_year"][i]
        ]
    return tuple(known)


def _project(network: Network, record: Mapping[str, Any]) -> Project | None:
    edits = Scenario.of(record["id"], record["why"], record["edits"]).edits
    names = [name for e in edits for name in e.ids]
    if not all(any(name in t.index for t in network.tables.values()) for name in names):
        return None
    year = record["year"]
    return Project(
        record["id"],
        record["name"],
        record["status"],
        (float(year["low"]), float(year["central"]), float(year["high"])),
        record["cost_musd"],
        tuple(record["requires"]),
        tuple(record["excludes"]),
        tuple(name for e in edits if e.verb == "open" for name in e.ids),
        tuple(e for e in edits if e.verb != "open" and e.field == "capacity"),
        tuple(e for e in edits if e.verb != "open" and e.field != "capacity"),
    )


def _opening(table: Any, i: int) -> Project:
    name, central = table.ids[i], float(table["opening_year"][i])
    ends = []
    for end, default in (("low", central - 1), ("high", central + 3)):  # assumed where no range is recorded
        column = f"opening_year_{end}"
        value = table[column][i] if column in table.columns else None
        ends.append(default if value is None or value != value else float(value))
    year = (min(ends[0], central), central, max(ends[1], central))
    return Project(name, f"opening of {name}", "under_construction", year, None, (), (), (name,), (), ())


@dataclass(frozen=True)
class ProjectNetworks:
    """A network with all projects open, and the same network without them.

    `everything` and `without` have the same tables except for status, limits and the
    numbers that dated edits change. What a scenario adds later is in both, closed until
    its year. If the scenario itself opens a project, the project is open in `without`.
    """

    everything: Network
    without: Network
    projects: tuple[Project, ...]


def with_projects(network: Network, event: str = "recovers", year: int = 0) -> ProjectNetworks:
    """Return a network, its scenarios and history applied, with all projects and without any.

    `event` is what happens after the uncertain event of the study: it *stays*, or *repeats* in `year`.
    """
    projects = projects_of(network)
    additions, scenario = _undated_additions(network.edits)
    names = [name for w in projects for name in w.opens]
    # What the scenario opens in some year is open in `everything`, and closed in `without` until then.
    opened_later = [name for e in scenario if e.verb == "open" for name in e.ids]
    past: list[Edit] = []
    for name in network.history:
        if name != study_of(network).settings.construction:
            past += network.event(name).edits
    if event != "recovers":
        past += happened_again(uncertain_edits(network), event, year)
    state = applied(network, additions)
    state = applied(state, [e for w in projects for e in w.limits if _is_first_limit(state, w, e)])
    opened = applied(state, [Edit("open", [*names, *opened_later])]) if names or opened_later else state
    closed = applied(state, [Edit("close", names)]) if names else state
    edits = (*past, *scenario)
    return ProjectNetworks(replace(opened, edits=edits, cache={}), replace(closed, edits=edits, cache={}), projects)


def _is_first_limit(network: Network, project: Project, edit: Edit) -> bool:
    """Return whether an edit gives a limit to something that only its project uses, and whose capacity is not known.

    What is in use today without a known limit gets none by a project: there is nothing that it could raise.
    """
    table, uses = network.resource_table, network.uses
    return edit.verb == "set" and all(
        table["capacity"][table.index[name]] != table["capacity"][table.index[name]]
        and all(u["feature"] in project.opens for u in uses[name])
        for name in edit.ids
    )


def _undated_additions(edits: Sequence[Edit]) -> tuple[list[Edit], list[Edit]]:
    """Return the additions without their dates, and all other edits; these close the additions outside their dates."""
    additions, rest = [], []
    for edit in edits:
        if edit.verb != "add":
            rest.append(edit)
            continue
        additions.append(replace(edit, first_year=0, last_year=ALWAYS, months=()))
        if edit.is_dated and edit.target["feature"] in ("link", "transfer"):
            name = str(edit.target["id"])
            dates = {"first_year": edit.first_year, "last_year": edit.last_year, "months": edit.months}
            rest += [Edit("close", name), Edit("open", name, **dates)]  # type: ignore[arg-type]
    return additions, rest


def uncertain_edits(network: Network) -> tuple[Edit, ...]:
    """Return the edits of the event that may stay or repeat; none if it is not in the history of the network."""
    name = study_of(network).settings.uncertain_event
    return network.event(name).edits if name in network.history and name is not None else ()


def last_year_of(edits: Iterable[Edit]) -> int:
    """Return the last year of an event."""
    return max((e.last_year for e in edits), default=ALWAYS)


def happened_again(edits: Sequence[Edit], event: str, year: int) -> list[Edit]:
    """Return the edits of an event for another year or, if it stays, its last state from then on."""
    if event == "repeats":
        return [replace(e, first_year=year, last_year=year) for e in edits]
    last = [e for e in edits if not e.months or DECEMBER in e.months]
    return [replace(e, first_year=last_year_of(edits) + 1, last_year=ALWAYS, months=()) for e in last]


def limit_ratios(project: Project, normal: Network, capacity: Array) -> dict[int, float]:
    """Return the factor by which a project raises each limit, given the limits of some year.

    A *set* edit states the capacity of normal operation. Where an event halves a limit, the
    raised limit is halved too; where a scenario has raised it already, nothing is added.
    """
    table = normal.resource_table
    found: dict[int, float] = {}
    for edit in project.limits:
        for name in edit.ids:
            r = table.index[name]
            current, recorded = float(capacity[r]), float(table["capacity"][r])
            if not current > 0 or not recorded > 0:
                continue
            if edit.verb == "scale":
                found[r] = found.get(r, 1.0) * float(edit.value)
            else:
                found[r] = max(1.0, min(float(edit.value) / recorded, float(edit.value) / current))
    return found


def recorded_openings(projects: Sequence[Project], also: Sequence[str] = ()) -> Array:
    """Return the first year of each project in the central case; infinity if only planned and not in `also`."""
    return np.array(
        [w.year[1] + 1 if w.status == "under_construction" else w.year[1] if w.id in also else np.inf for w in projects]
    )


def unbuilt_projects(projects: Sequence[Project], opens: Array, year: int) -> int:
    """Return the projects that are not open in a year, as bits."""
    return sum(1 << w for w in range(len(projects)) if year < opens[w])
