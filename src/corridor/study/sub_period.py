"""Sub-periods of a year: months of one quarter in which nothing changes, with and without the projects of a study."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.assignment.choice_set import ChoiceSet
from corridor.assignment.path_costs import Costs
from corridor.assignment.year_result import physical
from corridor.graph.periods import (
    MONTHS_PER_QUARTER,
    MONTHS_PER_YEAR,
    Period,
    limits_of,
    open_features,
    with_unknown_locomotives,
)
from corridor.model.network import Network
from corridor.study.applied_projects import Project, ProjectNetworks, limit_ratios, unbuilt_projects

KINDS = ("link", "transfer")


@dataclass(frozen=True)
class SubPeriod:
    """Months of one quarter in which nothing changes.

    `full` is the period with all projects, `bare` the same without any; `choice_set` has the costs of these months.
    `limit`, `other`, `in_demand` (resources) are in native units of the sub-period, without projects; `lifts` is by
    project and resource. `project_of` gives the project of each link and each transfer, -1 for none.
    `log_size` (paths) are the path sizes: those among the paths of the central case and, for
    other paths, those with all projects. So an earlier or later project adds paths and does
    not change the sizes of the others.
    """

    full: Period
    bare: Period
    choice_set: ChoiceSet
    limit: Array
    other: Array
    in_demand: Array
    lifts: tuple[dict[int, float], ...]
    project_of: tuple[Array, Array]
    log_size: Array

    @property
    def quarter(self) -> int:
        """The quarter, counted from 0."""
        return self.full.quarter

    @property
    def months(self) -> tuple[int, ...]:
        """The months, counted from 1."""
        return self.full.months

    def period(self, unbuilt: int) -> Period:
        """Return the period without some projects, given as bits."""
        return _without(self.full, self.bare, self.project_of, unbuilt)

    def is_open(self, unbuilt: int) -> Array:
        """Return which paths are open without some projects."""
        return self.choice_set.passable(self.period(unbuilt), self.limit)

    @cached_property
    def required(self) -> tuple[Array, tuple[int, ...]]:
        """The projects that each path requires: the position of its set, -1 if it is closed; and the sets, as bits."""
        choice_set = self.choice_set
        required = np.where(choice_set.passable(self.full, self.limit), 0, -1)
        needed: dict[int, int] = {}
        sides = ((choice_set.first_link, choice_set.links), (choice_set.first_transfer, choice_set.transfers))
        opened = (
            self.full.open_links & ~self.bare.open_links,
            self.full.open_transfers & ~self.bare.open_transfers,
        )
        for (first, uses), by_projects, project_of in zip(sides, opened, self.project_of, strict=True):
            hit = np.flatnonzero(by_projects[uses])
            owner = np.searchsorted(first, hit, side="right") - 1
            for path, w in zip(owner.tolist(), project_of[uses[hit]].tolist(), strict=True):
                if w < 0:
                    required[path] = -1
                else:
                    needed[path] = needed.get(path, 0) | 1 << w
        sets = {0: 0}
        for path, bits in needed.items():
            if required[path] >= 0:
                required[path] = sets.setdefault(bits, len(sets))
        return required, tuple(sets)


def _without(full: Period, bare: Period, project_of: tuple[Array, Array], unbuilt: int) -> Period:
    masks = []
    sides = ((full.open_links, bare.open_links), (full.open_transfers, bare.open_transfers))
    for (with_all, with_none), owners in zip(sides, project_of, strict=True):
        by_projects = np.flatnonzero(with_all & ~with_none)
        closed = [
            i
            for i, w in zip(by_projects.tolist(), owners[by_projects].tolist(), strict=True)
            if w < 0 or unbuilt >> w & 1
        ]
        mask = with_all.copy()
        mask[closed] = False
        masks.append(mask)
    return replace(full, open_links=masks[0], open_transfers=masks[1])


def projects_of_features(network: Network, projects: Sequence[Project]) -> tuple[Array, Array]:
    """Return which project opens each link and each transfer, -1 for none."""
    found = []
    for kind in KINDS:
        table = network.tables[kind]
        owners = np.full(len(table), -1, dtype=np.int64)
        for w, project in enumerate(projects):
            owners[[table.index[x] for x in project.opens if x in table.index]] = w
        found.append(owners)
    return found[0], found[1]


def months_of(networks: ProjectNetworks, year: int) -> Iterator[tuple[Period, Period]]:
    """Yield the sub-periods of a year in the order of their first months: with all projects, and without any."""
    found: dict[Any, tuple[Network, Network, list[Array], list[int]]] = {}
    for month in range(1, MONTHS_PER_YEAR + 1):
        full, bare = networks.everything.at(year, month), networks.without.at(year, month)
        masks = [open_features(n, kind, year, month) for n in (full, bare) for kind in KINDS]
        limits = (bare.resource_table["capacity"], bare.resource_table["base_load"])
        quarter = (month - 1) // MONTHS_PER_QUARTER
        key = (quarter, physical(full), *(m.tobytes() for m in masks), *(np.asarray(x).tobytes() for x in limits))
        found.setdefault(key, (full, bare, masks, []))[3].append(month)
    for (quarter, *_), (full, bare, masks, months) in found.items():
        yield (
            Period(year, quarter, tuple(months), full, masks[0], masks[1]),
            Period(year, quarter, tuple(months), bare, masks[2], masks[3]),
        )


def central_period(
    full: Period, bare: Period, projects: Sequence[Project], project_of: tuple[Array, Array], opens: Array
) -> Period:
    """Return a period with the projects that are open in its year."""
    return _without(full, bare, project_of, unbuilt_projects(projects, opens, full.year))


def sub_period_of(
    costs: Costs,
    normal: Network,
    full: Period,
    bare: Period,
    projects: Sequence[Project],
    project_of: tuple[Array, Array],
    opens: Array,
) -> SubPeriod:
    """Return a sub-period with the costs, limits and path sizes of its months.

    `normal` is the network without dated edits, `opens` the first year of each project in the central case.
    """
    choice_set = costs.on(full.network)
    limit, other, in_demand = limits_of(bare)
    limit = with_unknown_locomotives(bare.network, limit)
    capacity = bare.network.resource_table["capacity"].astype(np.float64)
    central = central_period(full, bare, projects, project_of, opens)
    is_open, with_all = choice_set.passable(central, limit), choice_set.passable(full, limit)
    return SubPeriod(
        full,
        bare,
        choice_set,
        limit,
        other,
        in_demand,
        tuple(limit_ratios(w, normal, capacity) for w in projects),
        project_of,
        np.where(is_open, costs.choice_set.log_size(is_open), costs.choice_set.log_size(with_all)),
    )
