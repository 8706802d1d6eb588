"""The choice set of a study: the paths of all its cargo, with all projects and events among the alternatives.

It holds the paths that are cheapest in some state of the reference years of the study, with each screenline,
border and mode closed in turn, the cheapest through each gate, those that become cheapest under the prices of full
resources, and those that each project opens. It is the same for all verbs, years, branches and draws. A scenario
starts from the choice set of its baseline; paths are added where its own changes make them cheapest.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from corridor import cache
from corridor.arrays import Array
from corridor.assignment.choice_set import (
    ChoiceSet,
    choice_set_from_arrays,
    choice_set_of_paths,
    initial_choice_set,
)
from corridor.assignment.gate_paths import MIXED, NO_GATE, gate_closures, gate_of_paths
from corridor.assignment.path_costs import PRICED, moved_paths, shares_paths, values_of
from corridor.assignment.period_problem import PeriodProblem, period_problem
from corridor.assignment.search_context import SearchContext
from corridor.assignment.search_graph import Paths, cheapest_paths
from corridor.assignment.year_result import solve
from corridor.graph.periods import Period, limits_of, with_unknown_locomotives
from corridor.io.demand_tables import allowed_of, demand_of
from corridor.io.gates import gates_of
from corridor.io.study_files import study_of
from corridor.model.demand import Demand
from corridor.model.gate import allowed_gates
from corridor.model.network import Network
from corridor.study.applied_projects import ProjectNetworks, limit_ratios, recorded_openings
from corridor.study.sub_period import central_period, months_of, projects_of_features
from corridor.study.voyages import with_direct_voyages

log = logging.getLogger("corridor")
SHIPPED = "choice_set.npz"
CHOICE_SET_VERSION = 4  # of the algorithm: increase it when the resulting paths can change


def study_choice_set(
    network: Network, state: Network, rows: Demand, networks: ProjectNetworks, baseline: tuple[ChoiceSet, str] | None
) -> tuple[ChoiceSet, str]:
    """Return the choice set of the study of a network, and the hash of all that it depends on.

    `state` has all projects and no dated edits; `networks` are those with all projects and without any;
    `baseline` is the same of the network before its scenarios (None: it has none).
    """
    context = SearchContext(state, rows)
    if baseline is not None and shares_paths(state, baseline[0].context.network):
        context = baseline[0].context
    key = _key(network, state, rows, networks, "" if baseline is None else baseline[1])
    stored = cache.load_arrays(key) or _shipped(network, key)
    if stored is not None:
        return choice_set_from_arrays(context, stored), key
    growth = _Growth(network, context, networks)
    if baseline is None:
        log.warning("building the choice set of all cargo, once for this network")
        choice_set = growth.whole()
    else:
        choice_set = growth.after(baseline[0])
    if network.digest:
        cache.save_arrays(key, choice_set.arrays())
    return choice_set, key


def _key(network: Network, state: Network, rows: Demand, networks: ProjectNetworks, baseline: str) -> str:
    """Return a hash of what the choice set depends on; ranges, sources and notes are not among it."""
    ends = "\n".join((*rows.origins, *rows.destinations, *rows.cargoes)).encode()
    arrays = [rows.max_cost_usd_t, rows.quarter_shares, *(t for _, t in rows.references)]
    events = [network.event(name).edits for name in network.history]
    years = [y for y, _ in rows.references]
    projects = [(p.id, p.year, p.status, p.opens, p.limits, p.others) for p in networks.projects]
    gates, allowed = gates_of(study_of(network)), allowed_of(network)
    known = (years, projects, network.edits, events, network.trade, network.uses, network.screenlines, gates, allowed)
    tables = [part for name in (*PRICED, "node_table", "resource_table") for part in values_of(getattr(state, name))]
    parts = [baseline.encode(), ends, *(repr(x).encode() for x in known), *tables, *(a.tobytes() for a in arrays)]
    return cache.digest([*parts, f"choice set {CHOICE_SET_VERSION}".encode()])


def _shipped(network: Network, key: str) -> dict[str, Array] | None:
    """Return the choice set in the folder of the study, if it belongs to this network."""
    path = study_of(network).file(SHIPPED)
    if path is None:
        return None
    arrays = cache.arrays_in(path)
    if arrays is None or str(arrays.pop("key", "")) != key:
        return None
    return {name: values.astype(np.int64) if values.dtype.kind == "u" else values for name, values in arrays.items()}


def write_choice_set(path: Path, choice_set: ChoiceSet, key: str) -> None:
    """Write a choice set in the form in which a study can hold it: integers as short as possible, compressed."""
    arrays = {name: _short(values) for name, values in choice_set.arrays().items()}
    np.savez_compressed(path, key=np.array(key), **arrays)  # type: ignore[arg-type]


def _short(values: Array) -> Array:
    if values.dtype.kind != "i":
        return values
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))


class _Growth:
    """Finds the paths of a choice set year by year."""

    def __init__(self, network: Network, context: SearchContext, networks: ProjectNetworks) -> None:
        self.network, self.context, self.projects = network, context, networks.projects
        self.settings = study_of(network).settings
        self.project_of = projects_of_features(context.network, self.projects)
        self.opens = recorded_openings(self.projects)
        self.gates, self.allowed = gates_of(study_of(network)), allowed_of(network)
        self.months = {
            y: list(months_of(networks, y)) for y in {*self.settings.choice_set_years, self.settings.last_year}
        }

    def whole(self) -> ChoiceSet:
        """Return the paths of the central case in the reference years, and those that need a project."""
        years = self.settings.choice_set_years
        initial = [initial_choice_set(self.context, self._central(y)) for y in years]
        found = choice_set_of_paths(self.context, [moved_paths(c, self.context) for c in initial])
        found = found.with_paths(self._through_gates(years))
        found = self._settled(self._permitted(found), years)
        found = found.with_paths([self._only_with_projects(self._with_projects())])
        return self._finished(found)

    def after(self, baseline: ChoiceSet) -> ChoiceSet:
        """Return the paths of a baseline, and those that the changes of a scenario make cheapest."""
        years = self.settings.choice_set_years
        if self.context is baseline.context:
            found = baseline
        else:
            found = choice_set_of_paths(self.context, [moved_paths(baseline, self.context)])
        states = {(p.open_links.tobytes(), p.open_transfers.tobytes()): p for y in years for p in self._central(y)}
        graph = self.context.search_graph
        found = found.with_paths(cheapest_paths(graph, p.open_links, p.open_transfers) for p in states.values())
        if self.context is not baseline.context:
            found = found.with_paths(self._through_gates(years))
        return self._finished(self._settled(self._permitted(found), years))

    def _through_gates(self, years: Sequence[int]) -> Iterator[Paths]:
        """Yield the cheapest paths through each gate, with all that is open in some month of the years."""
        periods = [p for y in years for p in self._central(y)]
        links = np.logical_or.reduce([p.open_links for p in periods])
        transfers = np.logical_or.reduce([p.open_transfers for p in periods])
        for other_links, other_transfers in gate_closures(self.context.network, self.gates):
            yield cheapest_paths(self.context.search_graph, links & ~other_links, transfers & ~other_transfers)

    def _permitted(self, choice_set: ChoiceSet) -> ChoiceSet:
        """Return the choice set without mixtures, and without gates that the row of the demand does not allow.

        No cargo loses its last path to the first of these.
        """
        gate = gate_of_paths(choice_set, self.gates)
        by_names = {names: np.array(allowed_gates(self.gates, names)) for names in set(self.allowed)}
        may = np.array([by_names[names] for names in self.allowed])
        permitted = may[choice_set.commodity, np.maximum(gate, NO_GATE)]  # without a gate: the last column
        single = permitted & (gate != MIXED)
        left = np.bincount(choice_set.commodity[single], minlength=len(self.allowed))
        permitted &= single | (left[choice_set.commodity] == 0)
        return choice_set if permitted.all() else choice_set.renumbered(np.flatnonzero(permitted))

    def _finished(self, choice_set: ChoiceSet) -> ChoiceSet:
        return with_direct_voyages(self._permitted(choice_set), self.settings.base_year)

    def _central(self, year: int) -> list[Period]:
        """Return the sub-periods of a year in the central case, on the network of the context."""
        return [
            replace(
                central_period(full, bare, self.projects, self.project_of, self.opens), network=self.context.network
            )
            for full, bare in self.months[year]
        ]

    def _settled(self, choice_set: ChoiceSet, years: Sequence[int]) -> ChoiceSet:
        """Return the choice set with all paths that save enough under the prices of some years."""
        for year in years:
            tonnes = demand_of(self.network, "central", year).t_yr
            periods = zip(self._central(year), self.months[year], strict=True)
            problems = [self._problem(choice_set, p, tonnes, bare, {}) for p, (_, bare) in periods]
            choice_set = solve(problems, "logit", search=True)[-1].choice_set
        return choice_set

    def _problem(
        self, choice_set: ChoiceSet, period: Period, tonnes: Array, bare: Period, lifted: dict[int, float]
    ) -> PeriodProblem:
        limit, other, in_demand = limits_of(bare)
        for r, factor in lifted.items():
            limit[r] *= factor
        limit = with_unknown_locomotives(bare.network, limit)
        share = self.context.demand.quarter_shares[:, period.quarter] * period.share_of_quarter
        free = np.maximum(limit - np.maximum(other - in_demand, 0.0), 0.0)
        return period_problem(period, choice_set, tonnes * share, free)

    def _with_projects(self) -> ChoiceSet:
        """Return the paths of the last year with all projects, and with each by itself."""
        network, last = self.context.network, self.months[self.settings.last_year]
        full = [replace(f, network=network) for f, _ in last]
        choice_set = initial_choice_set(self.context, full)
        choice_set = self._permitted(choice_set.with_paths(self._with_each_project()))
        lifted: dict[int, float] = {}
        capacity = network.resource_table["capacity"].astype(np.float64)
        for project in self.projects:
            lifted |= limit_ratios(project, network, capacity)
        tonnes = demand_of(self.network, "central", self.settings.last_year).t_yr
        problems = [self._problem(choice_set, f, tonnes, bare, lifted) for f, (_, bare) in zip(full, last, strict=True)]
        return solve(problems, "logit", search=True)[-1].choice_set

    def _with_each_project(self) -> Iterator[Paths]:
        """Yield the cheapest paths with each project by itself, since another project may hide its paths."""
        bare = self.months[self.settings.last_year][-1][1]
        for project in self.projects:
            if not project.opens:
                continue
            masks = bare.open_links.copy(), bare.open_transfers.copy()
            for mask, kind in zip(masks, ("link", "transfer"), strict=True):
                table = self.context.network.tables[kind]
                mask[[table.index[name] for name in project.opens if name in table.index]] = True
            yield cheapest_paths(self.context.search_graph, *masks)

    def _only_with_projects(self, choice_set: ChoiceSet) -> Paths:
        """Return the paths that use a link or transfer of a project; all others come from the central case."""
        needs = np.zeros(len(choice_set), dtype=np.bool_)
        sides = ((choice_set.first_link, choice_set.links), (choice_set.first_transfer, choice_set.transfers))
        for (first, uses), owners in zip(sides, self.project_of, strict=True):
            hit = np.flatnonzero(owners[uses] >= 0)
            needs[np.searchsorted(first, hit, side="right") - 1] = True
        paths = moved_paths(choice_set, self.context)
        return replace(paths, cost=np.where(needs, paths.cost, np.inf))
