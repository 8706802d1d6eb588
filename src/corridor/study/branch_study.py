"""A branch of a study: what its draws have in common, and one year of any of them as a problem to be solved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from corridor import cache
from corridor.arrays import Array
from corridor.assignment.choice_set import ChoiceSet
from corridor.assignment.cost_decomposition import CostDecomposition, extended
from corridor.assignment.period_problem import PeriodResult
from corridor.io.demand_tables import DemandRanges, demand_ranges
from corridor.io.study_files import study_of
from corridor.model.demand import Demand
from corridor.model.network import Network
from corridor.model.trade import trade_factor
from corridor.model.uncertain_inputs import UncertainInput, uncertain_inputs_of, uncertain_resources
from corridor.study.applied_projects import EVENTS, Project, unbuilt_projects
from corridor.study.branch import Branch, branch_of, no_branch
from corridor.study.calibration_store import posterior_of
from corridor.study.posterior import Posterior
from corridor.study.study_model import StudyModel, study_model_of
from corridor.study.sub_period import SubPeriod
from corridor.study.year_problem import Draw, YearProblem

MOST_TAKEN = 0.9  # largest share of a limit that other traffic takes in a draw; assumed


@dataclass(frozen=True)
class BranchStudy:
    """A branch of a network from the base year on, with all paths that projects, seasons and events may open.

    `trade` (years, commodities) are factors of scenarios on the demand; `chosen` (positions, ascending) are the
    paths of the study to which it is restricted, None for all; `key` identifies the study in the cache. `posterior`
    is what counts leave of the inputs, None before a calibration.
    """

    model: StudyModel
    ranges: DemandRanges
    trade: Array
    years: tuple[int, ...]
    branch: Branch
    key: str
    chosen: Array | None = None
    posterior: Posterior | None = None

    @property
    def network(self) -> Network:
        """The network, with its scenarios."""
        return self.model.network

    @property
    def demand(self) -> Demand:
        """The demand of the base year."""
        return self.model.demand

    @property
    def projects(self) -> tuple[Project, ...]:
        """All projects of the study."""
        return self.model.projects

    @cached_property
    def choice_set(self) -> ChoiceSet:
        """The paths, with the costs of normal operation."""
        choice_set = self.model.choice_set
        return choice_set if self.chosen is None else choice_set.only(self.chosen)

    @cached_property
    def cost_decomposition(self) -> CostDecomposition:
        """The costs of the paths by figure."""
        decomposition = self.model.cost_decomposition
        return decomposition if self.chosen is None else decomposition.only(self.chosen)

    @cached_property
    def cost_change(self) -> dict[int, Array]:
        """The change of each path's cost in USD/t, by project."""
        change = self.model.cost_change
        return change if self.chosen is None else {w: extra[self.chosen] for w, extra in change.items()}

    def events(self, year: int) -> tuple[str, ...]:
        """Return the possible events of a year."""
        return self.model.events(year)

    def sub_periods(self, year: int, event: str = EVENTS[0]) -> tuple[SubPeriod, ...]:
        """Return the sub-periods of a year, with the paths of this study; path sizes are those among all paths."""
        found = self.model.sub_periods(year, event)
        if self.chosen is None:
            return found
        if (year, event) not in self._narrowed:
            self._narrowed[year, event] = tuple(map(self._narrow, found))
        return self._narrowed[year, event]

    @cached_property
    def _narrowed(self) -> dict[tuple[int, str], tuple[SubPeriod, ...]]:
        return {}

    @cached_property
    def _narrowed_choice_sets(self) -> dict[int, ChoiceSet]:
        return {id(self.model.choice_set): self.choice_set}

    def _narrow(self, sub_period: SubPeriod) -> SubPeriod:
        whole, known = sub_period.choice_set, self._narrowed_choice_sets
        assert self.chosen is not None
        if id(whole) not in known:
            known[id(whole)] = whole.only(self.chosen)
        return replace(sub_period, choice_set=known[id(whole)], log_size=sub_period.log_size[self.chosen])

    @cached_property
    def uncertain_inputs(self) -> tuple[UncertainInput, ...]:
        """All uncertain inputs, in the order of a draw's factors."""
        base, rows = self.network, self.ranges.rows
        cargoes = [str(c["id"]) for c in base.cargo_records]
        trade = [
            _demand_input(f"trade {n}", a, b, "trade of the base year", basis)
            for n, (a, b), basis in zip(rows, self.ranges.t_yr, self.ranges.basis_of_rows, strict=True)
        ]
        max_costs = [
            _demand_input(f"willing {n}", a, b, "willingness to pay", basis)
            for n, (a, b), basis in zip(rows, self.ranges.max_cost, self.ranges.basis_of_max_costs, strict=True)
        ]
        growth = [
            UncertainInput(f"growth {n}", 0.0, 2.0, True, "growth", "growth of trade", basis)
            for n, basis in zip(self.ranges.rules, self.ranges.basis_of_rules, strict=True)
        ]
        network = self.model.state
        constants = self.model.gate_constants.inputs
        figures = self.cost_decomposition.figures
        return (
            *uncertain_inputs_of(network, figures[: len(figures) - len(constants)]),
            *constants,
            *(self._scale_input(n) for n in self._scales),  # by class, as the draws index them
            *uncertain_inputs_of(network, [f"{c} t_per_wagon" for c in cargoes]),
            *trade,
            *max_costs,
            *growth,
            *uncertain_resources(network),
        )

    @cached_property
    def _scales(self) -> list[str]:
        return [f"choice_scale_t_usd.{c}" for c in sorted({str(r["class"]) for r in self.network.cargo_records})]

    def _scale_input(self, name: str) -> UncertainInput:
        if name in self.network.parameter:
            return uncertain_inputs_of(self.model.state, [name])[0]
        return UncertainInput(name, 1.0, 1.0, True, "", "scale of choice")

    @cached_property
    def _counts(self) -> dict[str, int]:
        """Number of factors of each kind of input after those of costs."""
        constants = len(self.model.gate_constants.inputs)
        cargoes, rows, n = len(self.network.cargo_records), len(self.ranges.rows), len(self.model.state.resource_table)
        kinds = ("constant", "scale", "wagon", "trade", "willing", "growth", "capacity", "base_load")
        return dict(
            zip(kinds, (constants, len(self._scales), cargoes, rows, rows, len(self.ranges.rules), n, n), strict=True)
        )

    @cached_property
    def first(self) -> dict[str, int]:
        """Position of the first factor of each kind of input."""
        recorded = len(self.cost_decomposition.figures) - self._counts["constant"]
        ends = np.cumsum([recorded, *self._counts.values()]).tolist()
        return {"cost": 0, **dict(zip((*self._counts, "end"), ends, strict=True))}

    def _drawn(self, factors: Array | None, kind: str) -> Array:
        """Return the factors of one kind of input; None: of the central case."""
        if factors is None:
            return np.ones(self._counts[kind])
        return factors[self.first[kind] : self.first[kind] + self._counts[kind]]

    @cached_property
    def position(self) -> dict[str, int]:
        """Position of each input among the factors, by its name."""
        return {d.name: i for i, d in enumerate(self.uncertain_inputs)}

    def central(self, year: int) -> Draw:
        """Return the central case of a year: projects under construction as recorded, no planned ones.

        The inputs have the central state of the calibration; without one, their recorded values.
        """
        return Draw(self.central_factors(year), self.model.opens, (EVENTS[0],) * len(self.years))

    def central_factors(self, year: int) -> Array | None:
        """Return the factors of all inputs in the central state of a year; None: the recorded values."""
        if self.posterior is None:
            return None
        if year not in self._central_factors:
            self._central_factors[year] = self.posterior.central_factors(self.uncertain_inputs, year)
        return self._central_factors[year]

    @cached_property
    def _central_factors(self) -> dict[int, Array]:
        return {}

    def unbuilt(self, draw: Draw, year: int) -> int:
        """Return the projects that are not open in a year, as bits."""
        return unbuilt_projects(self.projects, draw.opens, year)

    def scale(self, factors: Array | None) -> Array:
        """Return the scale of choice of each commodity."""
        scales: Array = self.choice_set.context.scale * self._drawn(factors, "scale")[self.class_of_commodity]
        return scales

    @cached_property
    def class_of_commodity(self) -> Array:
        """The number of the cargo class of each commodity."""
        names = [n.split(".", 1)[1] for n in self._scales]
        return np.array([names.index(self.network.cargo(c).cargo_class) for c in self.demand.cargoes])

    @cached_property
    def cargo_of_commodity(self) -> Array:
        """The number of the cargo of each commodity."""
        ids = [str(c["id"]) for c in self.network.cargo_records]
        return np.array([ids.index(c) for c in self.demand.cargoes])

    @cached_property
    def in_wagons(self) -> Array:
        """Whether each resource is measured in wagons."""
        mask: Array = np.asarray(self.choice_set.context.network.resource_table["unit"] == "wagons")
        return mask

    def tonnes(self, factors: Array | None, year: int) -> Array:
        """Return the tonnes of every commodity in a year."""
        growth = self.ranges.growth[:, self.years.index(year)]
        deviation = self._drawn(factors, "growth") - 1.0
        growth_factor = np.where(
            deviation > 0,
            growth[:, 1] + deviation * (growth[:, 2] - growth[:, 1]),
            growth[:, 1] + deviation * (growth[:, 1] - growth[:, 0]),
        )
        base_tonnes = self.demand.t_yr * self.trade[self.years.index(year)]
        tonnes: Array = base_tonnes * self.trade_factors(factors) * growth_factor[self.ranges.rule_of]
        return tonnes

    def trade_factors(self, factors: Array | None) -> Array:
        """Return the factor on the trade of the base year of every commodity; None: the recorded values."""
        of_rows: Array = self._drawn(factors, "trade")[self.ranges.row_of]
        return of_rows

    def costs(self, draw: Draw, year: int, sub_period: SubPeriod) -> Array:
        """Return the cost of every path in a sub-period, in USD/t, before prices of resources."""
        cost = sub_period.choice_set.cost
        if draw.factors is not None:
            factors = extended(draw.factors[: self.first["scale"]])
            cost = cost - self.choice_set.cost + self.cost_decomposition.costs(factors)
        unbuilt = self.unbuilt(draw, year)
        for w, project in enumerate(self.projects):
            if project.others and not unbuilt >> w & 1:
                cost = cost + self.cost_change[w]
        return cost

    def free(self, draw: Draw, year: int, sub_period: SubPeriod) -> Array:
        """Return the free capacity of every resource in a sub-period; NaN where no limit is known.

        Other traffic was observed, so it fits the limit. In no draw does it take more than
        `MOST_TAKEN` of a limit, or its recorded share if that is larger.
        """
        n = len(sub_period.limit)
        capacity = sub_period.limit * self._drawn(draw.factors, "capacity")
        unbuilt = self.unbuilt(draw, year)
        set_ratio, scale_ratio = np.ones(n), np.ones(n)
        for w, lifts in enumerate(sub_period.lifts):
            if not unbuilt >> w & 1:
                is_set = any(e.verb == "set" for e in self.projects[w].limits)
                for r, factor in lifts.items():
                    if is_set:
                        set_ratio[r] = max(set_ratio[r], factor)
                    else:
                        scale_ratio[r] *= factor
        capacity = capacity * set_ratio * scale_ratio
        other_traffic = np.maximum(
            sub_period.other * self._drawn(draw.factors, "base_load") - sub_period.in_demand, 0.0
        )
        recorded = np.maximum(sub_period.other - sub_period.in_demand, 0.0)
        max_share = np.maximum(
            MOST_TAKEN, np.divide(recorded, sub_period.limit, out=np.zeros(n), where=sub_period.limit > 0)
        )
        free_capacity: Array = np.maximum(capacity - np.fmin(other_traffic, max_share * capacity), 0.0)
        return free_capacity

    def problem(self, year: int, draw: Draw | None = None, tonnes: Array | None = None) -> YearProblem:
        """Return one year of a draw, by default of the central case; `tonnes` (commodities) replace its demand."""
        draw = draw or self.central(year)
        factors = draw.factors
        event = draw.events[self.years.index(year)] if year in self.years else EVENTS[0]
        return YearProblem(
            self,
            draw,
            year,
            self.sub_periods(year, event),
            self.unbuilt(draw, year),
            self.tonnes(factors, year) if tonnes is None else tonnes,
            self.scale(factors),
            self.demand.max_cost_usd_t * self._drawn(factors, "willing")[self.ranges.row_of],
        )

    def solve(self, year: int, draw: Draw | None = None) -> list[PeriodResult]:
        """Return one year of a draw by the logit rule: every path, every limit, to its own tolerance."""
        return self.problem(year, draw).solve()

    def with_loads(self, choice_set: ChoiceSet, factors: Array | None) -> ChoiceSet:
        """Return a choice set with the use of resources measured in wagons for the wagon loads of a draw."""
        loads = self._drawn(factors, "wagon")
        if (loads == 1.0).all():
            return choice_set
        by_commodity = 1 / loads[self.cargo_of_commodity]
        factor = np.where(
            self.in_wagons[choice_set.resources], by_commodity[choice_set.commodity[choice_set.path_of_use]], 1
        )
        loaded = replace(choice_set, units=choice_set.units * factor)
        commodity, resource, most = choice_set.max_unit_use  # all uses of a commodity change alike
        scaled = most * np.where(self.in_wagons[resource], by_commodity[commodity], 1)
        vars(loaded)["max_unit_use"] = commodity, resource, scaled
        return loaded

    def given(self, posterior: Posterior | None) -> BranchStudy:
        """Return the study with what some counts leave of its inputs; None: with their recorded ranges."""
        if posterior is self.posterior:
            return self
        before = "" if self.posterior is None else self.posterior.digest
        key = self.key.removesuffix(before) + ("" if posterior is None else posterior.digest)
        return replace(self, posterior=posterior, key=key if self.key else "")

    def only(self, paths: Array) -> BranchStudy:
        """Return the study with some of the paths (positions, ascending); path sizes stay those among all."""
        return replace(self, chosen=paths)


def branch_study_of(network: Network, branch: str | None, year: int, *, measured: bool = True) -> BranchStudy:
    """Return the study of a branch from the base year to a year; without `measured` none is needed.

    Its inputs are as the calibration in the folder of the study leaves them, if there is one.

    Raises
    ------
    DataError
        If a place of the demand is not in the network.
    """
    model = study_model_of(network)
    years = tuple(range(study_of(network).settings.base_year, year + 1))
    line = branch_of(network, branch, model.demand) if measured else no_branch(network, model.demand)
    study = BranchStudy(
        model,
        demand_ranges(network, years),
        np.array([trade_factor(network, model.demand, y) for y in years]),
        years,
        line,
        cache.digest(x.encode() for x in (line.id.casefold(), model.key, network.digest)) if network.digest else "",
    )
    return study.given(posterior_of(network))


def _demand_input(name: str, low: float, high: float, group: str, basis: str) -> UncertainInput:
    return UncertainInput(name, low, high, True, group.split(maxsplit=1)[0], group, basis)
