"""What all years, branches and draws of a study share: projects, choice set, costs, sub-periods."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from functools import cached_property

from corridor.arrays import Array
from corridor.assignment.choice_set import ChoiceSet
from corridor.assignment.cost_decomposition import CostDecomposition, decompose_costs
from corridor.assignment.locate import locate
from corridor.assignment.path_costs import Costs
from corridor.errors import DataError, Fault
from corridor.io.demand_tables import demand_of
from corridor.io.gates import gates_of
from corridor.io.study_files import study_of
from corridor.model.demand import Demand
from corridor.model.edits import applied
from corridor.model.network import Network
from corridor.study.applied_projects import (
    EVENTS,
    Project,
    ProjectNetworks,
    last_year_of,
    recorded_openings,
    uncertain_edits,
    with_projects,
)
from corridor.study.gate_constants import SPREAD, UNIT_USD_T, GateConstants, gate_constants_of
from corridor.study.study_choice_set import study_choice_set
from corridor.study.sub_period import SubPeriod, months_of, projects_of_features, sub_period_of


@dataclass(frozen=True)
class StudyModel:
    """The study of a network: its demand in the base year, its projects, and the paths that everything chooses from.

    `state` is the network with all projects and without dated edits; `key` is a hash of all that the choice set
    depends on.
    """

    network: Network
    state: Network
    demand: Demand
    projects: tuple[Project, ...]
    choice_set: ChoiceSet
    key: str
    networks: ProjectNetworks
    _sub_periods: dict[tuple[int, str], tuple[SubPeriod, ...]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @cached_property
    def costs(self) -> Costs:
        """The costs of the paths in other states of the network."""
        return Costs(self.choice_set)

    @cached_property
    def opens(self) -> Array:
        """The first year of each project in the central case."""
        return recorded_openings(self.projects)

    @cached_property
    def project_of(self) -> tuple[Array, Array]:
        """The project that opens each link and each transfer, -1 for none."""
        return projects_of_features(self.state, self.projects)

    @cached_property
    def gate_constants(self) -> GateConstants:
        """The constants of the gates of the study."""
        study = study_of(self.network)
        spread = self.network.parameter.get("gate_constant_sd", SPREAD)
        return gate_constants_of(self.choice_set, gates_of(study), study.settings.cargo_groups, spread)

    @cached_property
    def cost_decomposition(self) -> CostDecomposition:
        """The costs of all paths by figure; the constants of gates come last."""
        constants = self.gate_constants
        names = [i.name for i in constants.inputs]
        return decompose_costs(self.choice_set).with_charges(names, constants.of_path, UNIT_USD_T)

    @cached_property
    def cost_change(self) -> dict[int, Array]:
        """The change of each path's cost in USD/t by the projects that change speeds or hours."""
        return {
            w: self.costs.on(applied(self.state, project.others)).cost - self.choice_set.cost
            for w, project in enumerate(self.projects)
            if project.others
        }

    def events(self, year: int) -> tuple[str, ...]:
        """Return what may happen in a year after the uncertain event of the study."""
        return EVENTS if year > last_year_of(uncertain_edits(self.network)) else EVENTS[:1]

    def sub_periods(self, year: int, event: str = EVENTS[0]) -> tuple[SubPeriod, ...]:
        """Return the sub-periods of a year."""
        with self._lock:
            if (year, event) not in self._sub_periods:
                networks = self.networks if event == EVENTS[0] else with_projects(self.network, event, year)
                self._sub_periods[year, event] = tuple(
                    sub_period_of(self.costs, self.state, full, bare, self.projects, self.project_of, self.opens)
                    for full, bare in months_of(networks, year)
                )
            return self._sub_periods[year, event]


def study_model_of(network: Network) -> StudyModel:
    """Return the model of the study of a network; cached with the network.

    Raises
    ------
    DataError
        If a place of the demand is not in the network, or the network has no study.
    """
    if "study model" not in network.cache:
        network.cache["study model"] = _study_model_of(network)
    model: StudyModel = network.cache["study model"]
    return model


def _study_model_of(network: Network) -> StudyModel:
    faults: list[Fault] = []
    rows = locate(replace(network, trade=()), demand_of(network), faults)
    if faults:
        raise DataError(faults)
    baseline = None if network.baseline is None else study_model_of(network.baseline)
    networks = with_projects(network)
    state = replace(networks.everything, edits=(), cache={})
    before = None if baseline is None else (baseline.choice_set, baseline.key)
    choice_set, key = study_choice_set(network, state, rows, networks, before)
    return StudyModel(network, state, rows, networks.projects, choice_set, key, networks)
