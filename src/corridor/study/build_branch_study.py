"""Put a setting together: all ways that works, seasons and events may open, and what limits them when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corridor import cache
from corridor.assignment.assign import locate
from corridor.assignment.choice_set import (
    ChoiceSet,
    SearchContext,
    choice_set_from_arrays,
    choice_set_of_paths,
    initial_choice_set,
)
from corridor.assignment.choice_set_cache import CHOICE_SET_VERSION, stored_choice_sets
from corridor.assignment.cost_decomposition import decompose_costs
from corridor.assignment.path_costs import Costs, moved_paths
from corridor.assignment.search_graph import cheapest_paths
from corridor.assignment.year_result import PeriodProblem, physical, solve_logit
from corridor.errors import DataError, Fault
from corridor.graph.periods import MONTHS_PER_QUARTER, MONTHS_PER_YEAR, Period, limits_of, open_features
from corridor.io.demand_tables import BASE_YEAR, demand, demand_ranges
from corridor.model.demand import Demand
from corridor.model.edits import applied
from corridor.model.network import Network
from corridor.model.trade import trade_factor
from corridor.study.applied_projects import EVENTS, SUSPENDED_YEAR, SUSPENSION, Project, limit_ratios, with_projects
from corridor.study.branch import branch_of
from corridor.study.branch_study import BranchStudy
from corridor.study.year_problem import SubPeriod, recorded_openings, unbuilt_projects

Array = np.ndarray[Any, Any]
GROWN_ON = (2024, 2026, 2030)
CENT = 1e-9  # USD/t: below it, rounding
PROJECT_PATHS_VERSION = 1  # of the algorithm: raise it when other paths can come out


def branch_study_of(network: Network, branch: str, year: int) -> BranchStudy:
    """Return the setting of a branch from the base year to a year.

    Raises
    ------
    DataError
        If a place of the demand is not in the network.
    """
    faults: list[Fault] = []
    rows = locate(replace(network, trade=()), demand("central", BASE_YEAR), faults)
    if faults:
        raise DataError(faults)
    years = tuple(range(BASE_YEAR, year + 1))
    every = with_projects(network)
    state = every.everything.at(BASE_YEAR, 1)
    context = SearchContext(state, rows)
    months = {
        (y, e): tuple(_months(network, y, e)) for y in range(BASE_YEAR, max(GROWN_ON) + 1) for e in _events(network, y)
    }
    key = _key(network, rows, every.projects)
    choice_set = _choice_set(network, context, every.projects, months, key)
    cost_decomposition = decompose_costs(choice_set)
    costs = Costs(choice_set)
    usual = costs.on(state)
    cost_change = {
        w: costs.on(applied(state, project.others)) - usual
        for w, project in enumerate(every.projects)
        if project.others
    }
    sub_periods = {
        key: tuple(_sub_period(costs, every.projects, usual, m) for m in found)
        for key, found in months.items()
        if key[0] in years
    }
    return BranchStudy(
        network,
        rows,
        demand_ranges(years),
        np.array([trade_factor(network, rows, y) for y in years]),
        years,
        every.projects,
        choice_set,
        cost_decomposition,
        branch_of(network, branch, rows),
        sub_periods,
        cost_change,
        cache.digest([branch.casefold().encode(), key.encode()]) if key else "",
    )


def _events(network: Network, year: int) -> tuple[str, ...]:
    after = SUSPENSION in network.history and year > SUSPENDED_YEAR
    return EVENTS if after else EVENTS[:1]


@dataclass(frozen=True)
class _Months:
    """Months of one quarter in which nothing changes: with all works, and without any."""

    full: Period
    bare: Period


def _months(network: Network, year: int, event: str) -> Iterator[_Months]:
    """Yield the parts of a year in the order of their first months."""
    both = with_projects(network, event, year)
    found: dict[Any, tuple[Network, Network, list[Array], list[int]]] = {}
    for month in range(1, MONTHS_PER_YEAR + 1):
        full, bare = both.everything.at(year, month), both.without.at(year, month)
        masks = [open_features(n, kind, year, month) for n in (full, bare) for kind in ("link", "transfer")]
        limits = (bare.resource_table["capacity"], bare.resource_table["base_load"])
        quarter = (month - 1) // MONTHS_PER_QUARTER
        key = (quarter, physical(full), *(m.tobytes() for m in masks), *(np.asarray(x).tobytes() for x in limits))
        found.setdefault(key, (full, bare, masks, []))[3].append(month)
    for (quarter, *_), (full, bare, masks, months) in found.items():
        yield _Months(
            Period(year, quarter, tuple(months), full, masks[0], masks[1]),
            Period(year, quarter, tuple(months), bare, masks[2], masks[3]),
        )


def _sub_period(costs: Costs, projects: Sequence[Project], usual: Array, months: _Months) -> SubPeriod:
    choice_set, full, bare = costs.choice_set, months.full, months.bare
    limit, other, in_demand = limits_of(bare)
    table = bare.network.resource_table
    limit[(table["kind"] == "locomotives") & np.isnan(table["base_load"])] = np.nan
    normal = choice_set.context.network
    capacity = table["capacity"].astype(np.float64)
    more = costs.on(full.network) - usual
    extra = more if np.abs(more).max(initial=0.0) > CENT else None
    required_projects = _required_projects(choice_set, projects, full, bare)
    there = (required_projects >= 0) & (
        required_projects & unbuilt_projects(projects, recorded_openings(projects), full.year) == 0
    )
    return SubPeriod(
        full,
        required_projects,
        limit,
        other,
        in_demand,
        tuple(limit_ratios(w, normal, capacity) for w in projects),
        np.where(there, choice_set.log_size(there), choice_set.log_size(required_projects >= 0)),
        extra,
    )


def _required_projects(choice_set: ChoiceSet, projects: Sequence[Project], full: Period, bare: Period) -> Array:
    """Return by path the works it goes by, as bits; -1 where it is shut whatever is built."""
    required_projects = np.where(choice_set.is_open(full), 0, -1)
    tables = full.network.tables
    for kind, first, uses, with_all, with_none in (
        ("link", choice_set.first_link, choice_set.links, full.open_links, bare.open_links),
        ("transfer", choice_set.first_transfer, choice_set.transfers, full.open_transfers, bare.open_transfers),
    ):
        by_projects = with_all & ~with_none
        owner = np.repeat(np.arange(len(choice_set)), np.diff(first))
        of_project = np.full(len(with_all), -1, dtype=np.int64)
        for w, project in enumerate(projects):
            of_project[[tables[kind].index[x] for x in project.opens if x in tables[kind].index]] = w
        hit = np.flatnonzero(by_projects[uses])
        unknown = of_project[uses[hit]] < 0
        required_projects[owner[hit[unknown]]] = -1
        for w in np.unique(of_project[uses[hit]]).tolist():
            if w >= 0:
                mine = owner[hit[of_project[uses[hit]] == w]]
                required_projects[mine] = np.where(required_projects[mine] >= 0, required_projects[mine] | 1 << w, -1)
    return required_projects


def _key(network: Network, rows: Demand, projects: Sequence[Project]) -> str:
    """Return a hash of what the pool depends on, or nothing for a network without one."""
    if not network.digest:
        return ""
    ends = "\n".join((*rows.origins, *rows.destinations, *rows.cargoes)).encode()
    arrays = [rows.max_cost_usd_t, *(t for _, t in rows.references)]
    known = [repr(projects).encode(), repr(network.edits).encode(), repr(network.history).encode()]
    sub_periods = [b"works", network.digest.encode(), ends, *known, *(a.tobytes() for a in arrays)]
    return cache.digest([*sub_periods, f"choice set {CHOICE_SET_VERSION}.{PROJECT_PATHS_VERSION}".encode()])


def _choice_set(
    network: Network,
    context: SearchContext,
    projects: Sequence[Project],
    months: dict[tuple[int, str], tuple[_Months, ...]],
    key: str,
) -> ChoiceSet:
    """Return the ways that all rules choose from, and those that works would open; kept."""
    rows = context.demand
    if key and (kept := cache.load_arrays(key)) is not None:
        return choice_set_from_arrays(context, kept)
    plain = [moved_paths(p, context) for p in stored_choice_sets(network.with_events(), rows)]
    wider = _grown(context, projects, months)
    needed = (
        _required_projects(
            wider, projects, months[max(GROWN_ON), EVENTS[0]][0].full, months[BASE_YEAR, EVENTS[0]][0].bare
        )
        > 0
    )
    for m in months[max(GROWN_ON), EVENTS[0]]:
        needed |= _required_projects(wider, projects, m.full, m.bare) > 0
    added = moved_paths(wider, context)
    cost = np.where(needed, 0.0, np.inf)  # ways without works are those of `plain` alone
    choice_set = choice_set_of_paths(context, [*plain, replace(added, cost=cost)])
    if key:
        cache.save_arrays(key, choice_set.arrays())
    return choice_set


def _grown(
    context: SearchContext, projects: Sequence[Project], months: dict[tuple[int, str], tuple[_Months, ...]]
) -> ChoiceSet:
    cache.log.warning("looking for the ways of all cargo by works that may come, once for this network")
    network = context.network
    last = months[max(GROWN_ON), EVENTS[0]]
    full = [replace(m.full, network=network) for m in last]
    choice_set = initial_choice_set(context, full)
    found = []
    for project in projects:  # each by itself, since another work may hide its ways
        if project.opens:
            links, transfers = last[-1].bare.open_links.copy(), last[-1].bare.open_transfers.copy()
            for name in project.opens:
                for kind, mask in (("link", links), ("transfer", transfers)):
                    if name in network.tables[kind].index:
                        mask[network.tables[kind].index[name]] = True
            found.append(cheapest_paths(context.search_graph, links, transfers))
    choice_set = choice_set.with_paths(found)
    lifted = {r: by for w in projects for r, by in limit_ratios(w, network, _capacity(network)).items()}
    tonnes = demand("central", max(GROWN_ON)).t_yr
    asked = [_asked(choice_set, m.full, tonnes, m.bare, lifted) for m in last]
    return solve_logit(asked, True, [None] * len(asked))[-1].choice_set


def _capacity(network: Network) -> Array:
    made: Array = network.resource_table["capacity"].astype(np.float64)
    return made


def _asked(
    choice_set: ChoiceSet, period: Period, tonnes: Array, bare: Period, lifted: dict[int, float]
) -> PeriodProblem:
    limit, other, in_demand = limits_of(bare)
    for r, by in lifted.items():
        limit[r] *= by
    free = np.maximum(limit - np.maximum(other - in_demand, 0.0), 0.0)
    table = bare.network.resource_table
    free[(table["kind"] == "locomotives") & np.isnan(table["base_load"])] = np.nan
    share = choice_set.context.demand.quarter_shares[:, period.quarter] * period.share_of_quarter
    return PeriodProblem(replace(period, network=choice_set.context.network), choice_set, tonnes * share, free)
