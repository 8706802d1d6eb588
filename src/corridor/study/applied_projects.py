"""Works and events as they act on a forecast: what they open, which limits they lift, when they come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corridor.errors import DataError, Fault
from corridor.io.project_files import projects
from corridor.io.scenario_files import find_scenario
from corridor.model.edits import ALWAYS, Edit, applied
from corridor.model.network import Network
from corridor.model.scenario import Scenario

Array = np.ndarray[Any, Any]
WORKS_IN_HAND = "works-under-construction"
SUSPENSION = "suspension-2026"
SUSPENDED_YEAR = 2026
DECEMBER = 12
MOST_WORKS = 62  # a way's works are the bits of one whole number
# What may happen after 2026, and the parameter that says how likely it is.
EVENTS = ("recovers", "stays", "repeats")


@dataclass(frozen=True)
class Project:
    """One work: status, year of opening (low, central, high), cost, and what it changes.

    `opens` are ids of links and transfers; `limits` edits of capacities, `others`
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
    """Return the shipped works that this network knows, and what else is being built on it.

    A work is known if all that it changes is in the network. A link or transfer under
    construction that belongs to no work is a work of its own.
    """
    found = [_project(network, p) for p in projects()]
    known = [w for w in found if w is not None]
    named = {name for w in known for name in w.opens}
    for kind in ("link", "transfer"):
        table = network.tables[kind]
        known += [
            _opening(table, i)
            for i in np.flatnonzero(table["status"] == "under_construction").tolist()
            if table.ids[i] not in named and table["opening_year"][i] == table["opening_year"][i]
        ]
    if len(known) > MOST_WORKS:
        fix = f"give at most {MOST_WORKS} works, links and transfers that are being built"
        raise DataError(Fault("network", "status", None, f"has {len(known)} works to be built or planned", fix))
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
    for end, otherwise in (("low", central - 1), ("high", central + 3)):  # assumed where no range is recorded
        column = f"opening_year_{end}"
        value = table[column][i] if column in table.columns else None
        ends.append(otherwise if value is None or value != value else float(value))
    year = (min(ends[0], central), central, max(ends[1], central))
    return Project(name, f"opening of {name}", "under_construction", year, None, (), (), (name,), (), ())


@dataclass(frozen=True)
class ProjectNetworks:
    """A network with everything open, and the same without the works.

    `everything` and `without` have the same tables but for status, limits and
    the numbers that dated edits change; what a scenario adds later stands in both,
    closed until its year. Where the scenario itself opens a work, `without` has it open.
    """

    everything: Network
    without: Network
    projects: tuple[Project, ...]


def with_projects(network: Network, event: str = "recovers", year: int = 0) -> ProjectNetworks:
    """Return what a network, with its scenarios and history, looks like with all works and without any.

    `event` is what happens after the suspension of 2026: it *stays*, or *repeats* in `year`.
    """
    projects = projects_of(network)
    additions, scenario = _undated_additions(network.edits)
    names = [name for w in projects for name in w.opens]
    # What the scenario opens in some year is in `everything`, and shut in `without` until then.
    later = [name for e in scenario if e.verb == "open" for name in e.ids]
    past: list[Edit] = []
    for name in network.history:
        if name != WORKS_IN_HAND:
            past += find_scenario(name).edits
    if event != "recovers" and SUSPENSION in network.history:
        past += suspended_again(find_scenario(SUSPENSION).edits, event, year)
    state = applied(network, additions)
    state = applied(state, [e for w in projects for e in w.limits if not _is_limited(state, e)])
    opened = applied(state, [Edit("open", [*names, *later])]) if names or later else state
    shut = applied(state, [Edit("close", names)]) if names else state
    edits = (*past, *scenario)
    return ProjectNetworks(replace(opened, edits=edits, cache={}), replace(shut, edits=edits, cache={}), projects)


def _is_limited(network: Network, edit: Edit) -> bool:
    """Whether what an edit lifts has a limit already, if only because a scenario shut it."""
    table = network.resource_table
    return all(table["capacity"][table.index[name]] == table["capacity"][table.index[name]] for name in edit.ids)


def _undated_additions(edits: Sequence[Edit]) -> tuple[list[Edit], list[Edit]]:
    """Return additions without their dates, and the edits in which they are shut outside these."""
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


def suspended_again(edits: Iterable[Edit], event: str, year: int) -> list[Edit]:
    """Return the edits of the suspension for another year, or, if it stays, its last state for good."""
    if event == "repeats":
        return [replace(e, first_year=year, last_year=year) for e in edits]
    last = [e for e in edits if not e.months or DECEMBER in e.months]
    return [replace(e, first_year=SUSPENDED_YEAR + 1, last_year=ALWAYS, months=()) for e in last]


def limit_ratios(project: Project, normal: Network, capacity: Array) -> dict[int, float]:
    """Return by which factor a work lifts each limit, given what the limits are in some year.

    What is *set* is the capacity as the works state it: where a limit is halved by
    an event, the lifted limit is halved too; where a scenario has lifted it already,
    nothing is added.
    """
    table = normal.resource_table
    found: dict[int, float] = {}
    for edit in project.limits:
        for name in edit.ids:
            r = table.index[name]
            now, usual = float(capacity[r]), float(table["capacity"][r])
            if not now > 0 or not usual > 0:
                continue
            if edit.verb == "scale":
                found[r] = found.get(r, 1.0) * float(edit.value)
            else:
                found[r] = max(1.0, min(float(edit.value) / usual, float(edit.value) / now))
    return found
