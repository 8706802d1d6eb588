"""Build a branch study: all paths that projects, seasons and events may open, and the limits of each sub-period."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corridor import cache
from corridor.arrays import Array
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
from corridor.io.demand_tables import demand_of, demand_ranges
from corridor.io.study_files import study_of
from corridor.model.demand import Demand
from corridor.model.edits import applied
from corridor.model.network import Network
from corridor.model.trade import trade_factor
from corridor.study.applied_projects import (
    EVENTS,
    Project,
    last_year_of,
    limit_ratios,
    uncertain_edits,
    with_projects,
)
from corridor.study.branch import branch_of
from corridor.study.branch_study import BranchStudy
from corridor.study.year_problem import SubPeriod, recorded_openings, unbuilt_projects

CENT = 1e-9  # USD/t: smaller differences are rounding
PROJECT_PATHS_VERSION = 1  # of the algorithm: raise it when the paths may change


def branch_study_of(network: Network, branch: str | None, year: int) -> BranchStudy:
    """Return the study of a branch from the base year to a year.

    Raises
    ------
    DataError
        If a place of the demand is not in the network.
    """
    faults: list[Fault] = []
    base_year, all_years = study_of(network).settings.base_year, study_of(network).settings.years
    rows = locate(replace(network, trade=()), demand_of(network), faults)
    if faults:
        raise DataError(faults)
    years = tuple(range(base_year, year + 1))
    networks = with_projects(network)
    state = networks.everything.at(base_year, 1)
    context = SearchContext(state, rows)
    uncertain_from = last_year_of(uncertain_edits(network)) + 1
    months = {
        (y, e): tuple(_months(network, y, e))
        for y in all_years
        for e in (EVENTS if y >= uncertain_from else EVENTS[:1])
    }
    key = _key(network, rows, networks.projects)
    choice_set = _choice_set(network, context, networks.projects, months, key)
    cost_decomposition = decompose_costs(choice_set)
    costs = Costs(choice_set)
    base_cost = costs.on(state)
    cost_change = {
        w: costs.on(applied(state, project.others)) - base_cost
        for w, project in enumerate(networks.projects)
        if project.others
    }
    sub_periods = {
        key: tuple(_sub_period(costs, networks.projects, base_cost, m) for m in found)
        for key, found in months.items()
        if key[0] in years
    }
    measured = branch_of(network, branch, rows)
    return BranchStudy(
        network,
        rows,
        demand_ranges(network, years),
        np.array([trade_factor(network, rows, y) for y in years]),
        years,
        networks.projects,
        choice_set,
        cost_decomposition,
        measured,
        sub_periods,
        cost_change,
        cache.digest([measured.id.casefold().encode(), key.encode()]) if key else "",
    )


@dataclass(frozen=True)
class _Months:
    """Months of one quarter in which nothing changes: with all projects, and without any."""

    full: Period
    bare: Period


def _months(network: Network, year: int, event: str) -> Iterator[_Months]:
    """Yield the sub-periods of a year in the order of their first months."""
    networks = with_projects(network, event, year)
    found: dict[Any, tuple[Network, Network, list[Array], list[int]]] = {}
    for month in range(1, MONTHS_PER_YEAR + 1):
        full, bare = networks.everything.at(year, month), networks.without.at(year, month)
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


def _sub_period(costs: Costs, projects: Sequence[Project], base_cost: Array, months: _Months) -> SubPeriod:
    choice_set, full, bare = costs.choice_set, months.full, months.bare
    limit, other, in_demand = limits_of(bare)
    table = bare.network.resource_table
    limit[(table["kind"] == "locomotives") & np.isnan(table["base_load"])] = np.nan
    normal = choice_set.context.network
    capacity = table["capacity"].astype(np.float64)
    cost_difference = costs.on(full.network) - base_cost
    extra = cost_difference if np.abs(cost_difference).max(initial=0.0) > CENT else None
    required_projects = _required_projects(choice_set, projects, full, bare)
    in_central_case = (required_projects >= 0) & (
        required_projects & unbuilt_projects(projects, recorded_openings(projects), full.year) == 0
    )
    return SubPeriod(
        full,
        required_projects,
        limit,
        other,
        in_demand,
        tuple(limit_ratios(w, normal, capacity) for w in projects),
        np.where(in_central_case, choice_set.log_size(in_central_case), choice_set.log_size(required_projects >= 0)),
        extra,
    )


def _required_projects(choice_set: ChoiceSet, projects: Sequence[Project], full: Period, bare: Period) -> Array:
    """Return the projects that each path requires, as bits; -1 where it is closed whatever is built."""
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
                owners = owner[hit[of_project[uses[hit]] == w]]
                required_projects[owners] = np.where(
                    required_projects[owners] >= 0, required_projects[owners] | 1 << w, -1
                )
    return required_projects


def _key(network: Network, rows: Demand, projects: Sequence[Project]) -> str:
    """Return a hash of what the choice set depends on; empty for a network without a digest."""
    if not network.digest:
        return ""
    ends = "\n".join((*rows.origins, *rows.destinations, *rows.cargoes)).encode()
    arrays = [rows.max_cost_usd_t, *(t for _, t in rows.references)]
    known = [repr(projects).encode(), repr(network.edits).encode(), repr(network.history).encode()]
    parts = [b"works", network.digest.encode(), ends, *known, *(a.tobytes() for a in arrays)]
    return cache.digest([*parts, f"choice set {CHOICE_SET_VERSION}.{PROJECT_PATHS_VERSION}".encode()])


def _choice_set(
    network: Network,
    context: SearchContext,
    projects: Sequence[Project],
    months: dict[tuple[int, str], tuple[_Months, ...]],
    key: str,
) -> ChoiceSet:
    """Return the paths that all rules choose from, and those that projects would open; cached."""
    rows = context.demand
    if key and (stored := cache.load_arrays(key)) is not None:
        return choice_set_from_arrays(context, stored)
    baseline_sets = [moved_paths(p, context) for p in stored_choice_sets(network.with_events(), rows)]
    project_set = _choice_set_with_projects(context, projects, months)
    settings = study_of(network).settings
    last = months[settings.last_year, EVENTS[0]]
    first_bare = months[settings.base_year, EVENTS[0]][0].bare
    needed = _required_projects(project_set, projects, last[0].full, first_bare) > 0
    for m in last:
        needed |= _required_projects(project_set, projects, m.full, m.bare) > 0
    added = moved_paths(project_set, context)
    cost = np.where(needed, 0.0, np.inf)  # all paths without projects come from `baseline_sets`
    choice_set = choice_set_of_paths(context, [*baseline_sets, replace(added, cost=cost)])
    if key:
        cache.save_arrays(key, choice_set.arrays())
    return choice_set


def _choice_set_with_projects(
    context: SearchContext,
    projects: Sequence[Project],
    months: dict[tuple[int, str], tuple[_Months, ...]],
) -> ChoiceSet:
    cache.log.warning("building the choice set of all cargo with possible projects, once for this network")
    network = context.network
    last_year = study_of(network).settings.last_year
    last = months[last_year, EVENTS[0]]
    full = [replace(m.full, network=network) for m in last]
    choice_set = initial_choice_set(context, full)
    found = []
    for project in projects:  # each by itself, since another project may hide its paths
        if project.opens:
            links, transfers = last[-1].bare.open_links.copy(), last[-1].bare.open_transfers.copy()
            for name in project.opens:
                for kind, mask in (("link", links), ("transfer", transfers)):
                    if name in network.tables[kind].index:
                        mask[network.tables[kind].index[name]] = True
            found.append(cheapest_paths(context.search_graph, links, transfers))
    choice_set = choice_set.with_paths(found)
    lifted = {r: factor for w in projects for r, factor in limit_ratios(w, network, _capacity(network)).items()}
    tonnes = demand_of(network, "central", last_year).t_yr
    problems = [_period_problem(choice_set, m.full, tonnes, m.bare, lifted) for m in last]
    return solve_logit(problems, True, [None] * len(problems))[-1].choice_set


def _capacity(network: Network) -> Array:
    capacity: Array = network.resource_table["capacity"].astype(np.float64)
    return capacity


def _period_problem(
    choice_set: ChoiceSet, period: Period, tonnes: Array, bare: Period, lifted: dict[int, float]
) -> PeriodProblem:
    limit, other, in_demand = limits_of(bare)
    for r, factor in lifted.items():
        limit[r] *= factor
    free = np.maximum(limit - np.maximum(other - in_demand, 0.0), 0.0)
    table = bare.network.resource_table
    free[(table["kind"] == "locomotives") & np.isnan(table["base_load"])] = np.nan
    share = choice_set.context.demand.quarter_shares[:, period.quarter] * period.share_of_quarter
    return PeriodProblem(replace(period, network=choice_set.context.network), choice_set, tonnes * share, free)
