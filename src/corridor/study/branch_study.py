"""What is the same in every draw of a study: choice set, sub-periods, limits, projects, events, uncertain inputs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from corridor.arrays import Array
from corridor.assignment.choice_set import ChoiceSet
from corridor.assignment.cost_decomposition import CostDecomposition, extended
from corridor.assignment.year_result import PeriodResult
from corridor.io.demand_tables import DemandRanges
from corridor.model.demand import Demand
from corridor.model.network import Network
from corridor.model.uncertain_inputs import UncertainInput, uncertain_inputs_of, uncertain_resources
from corridor.study.applied_projects import EVENTS, Project
from corridor.study.branch import Branch
from corridor.study.year_problem import Draw, SubPeriod, YearProblem, recorded_openings, unbuilt_projects

MOST_TAKEN = 0.9  # largest share of a limit that other traffic takes in a draw; assumed


@dataclass(frozen=True)
class BranchStudy:
    """A branch of a network from the base year on, with all paths that projects, seasons and events may open.

    `trade` (years, commodities) are factors of scenarios on the demand; `sub_periods` by year
    and event; `cost_change` by project, the change of each path's cost in USD/t; `key`
    identifies the study in the cache.
    """

    network: Network
    demand: Demand
    ranges: DemandRanges
    trade: Array
    years: tuple[int, ...]
    projects: tuple[Project, ...]
    choice_set: ChoiceSet
    cost_decomposition: CostDecomposition
    branch: Branch
    sub_periods: dict[tuple[int, str], tuple[SubPeriod, ...]]
    cost_change: dict[int, Array]
    key: str

    def events(self, year: int) -> tuple[str, ...]:
        """Return the possible events of a year."""
        return tuple(e for e in EVENTS if (year, e) in self.sub_periods)

    @cached_property
    def uncertain_inputs(self) -> tuple[UncertainInput, ...]:
        """All uncertain inputs, in the order of a draw's factors."""
        base, rows = self.network, self.ranges.rows
        cargoes = [str(c["id"]) for c in base.cargo_records]
        trade = [
            _demand_input(f"trade {n}", a, b, "trade of the base year")
            for n, (a, b) in zip(rows, self.ranges.t_yr, strict=True)
        ]
        max_costs = [
            _demand_input(f"willing {n}", a, b, "willingness to pay")
            for n, (a, b) in zip(rows, self.ranges.max_cost, strict=True)
        ]
        growth = [UncertainInput(f"growth {n}", 0.0, 2.0, True, "growth", "growth of trade") for n in self.ranges.rules]
        network = self.choice_set.context.network
        return (
            *uncertain_inputs_of(network, self.cost_decomposition.figures),
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
            return uncertain_inputs_of(self.choice_set.context.network, [name])[0]
        return UncertainInput(name, 1.0, 1.0, True, "", "scale of choice")

    @cached_property
    def first(self) -> dict[str, int]:
        """Position of the first factor of each kind of input."""
        cargoes, rows, rules = len(self.network.cargo_records), len(self.ranges.rows), len(self.ranges.rules)
        n = len(self.choice_set.context.network.resource_table)
        kinds = ("cost", "scale", "wagon", "trade", "willing", "growth", "capacity", "base_load", "end")
        sizes = (len(self.cost_decomposition.figures), len(self._scales), cargoes, rows, rows, rules, n, n)
        return dict(zip(kinds, np.concatenate([[0], np.cumsum(sizes)]).tolist(), strict=True))

    @cached_property
    def position(self) -> dict[str, int]:
        """Position of each input among the factors, by its name."""
        return {d.name: i for i, d in enumerate(self.uncertain_inputs)}

    def central(self) -> Draw:
        """Return the central case: recorded values, projects under construction as recorded, no planned ones."""
        return Draw(
            np.ones(len(self.uncertain_inputs)), recorded_openings(self.projects), (EVENTS[0],) * len(self.years)
        )

    def unbuilt(self, draw: Draw, year: int) -> int:
        """Return the projects that are not open in a year, as bits."""
        return unbuilt_projects(self.projects, draw.opens, year)

    def scale(self, factors: Array) -> Array:
        """Return the scale of choice of each commodity."""
        scales: Array = self.choice_set.context.scale * factors[self.first["scale"] + self.class_of_commodity]
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

    def tonnes(self, factors: Array, year: int) -> Array:
        """Return the tonnes of every commodity in a year."""
        growth = self.ranges.growth[:, self.years.index(year)]
        deviation = factors[self.first["growth"] : self.first["capacity"]] - 1.0
        growth_factor = np.where(
            deviation > 0,
            growth[:, 1] + deviation * (growth[:, 2] - growth[:, 1]),
            growth[:, 1] + deviation * (growth[:, 1] - growth[:, 0]),
        )
        base_tonnes = self.demand.t_yr * self.trade[self.years.index(year)]
        tonnes: Array = (
            base_tonnes * factors[self.first["trade"] + self.ranges.row_of] * growth_factor[self.ranges.rule_of]
        )
        return tonnes

    def costs(self, draw: Draw, year: int, sub_period: SubPeriod) -> Array:
        """Return the cost of every path in a sub-period, in USD/t."""
        cost = self.cost_decomposition.costs(extended(draw.factors[: self.first["scale"]]))
        unbuilt = self.unbuilt(draw, year)
        for w, extra in self.cost_change.items():
            if not unbuilt >> w & 1:
                cost = cost + extra
        return cost if sub_period.extra_usd_t is None else cost + sub_period.extra_usd_t

    def free(self, draw: Draw, year: int, sub_period: SubPeriod) -> Array:
        """Return the free capacity of every resource in a sub-period; NaN where no limit is known.

        Other traffic was observed, so it fits the limit. In no draw does it take more than
        `MOST_TAKEN` of a limit, or its recorded share if that is larger.
        """
        first, n = self.first, len(sub_period.limit)
        capacity = sub_period.limit * draw.factors[first["capacity"] : first["capacity"] + n]
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
            sub_period.other * draw.factors[first["base_load"] : first["base_load"] + n] - sub_period.in_demand, 0.0
        )
        recorded = np.maximum(sub_period.other - sub_period.in_demand, 0.0)
        max_share = np.maximum(
            MOST_TAKEN, np.divide(recorded, sub_period.limit, out=np.zeros(n), where=sub_period.limit > 0)
        )
        free_capacity: Array = np.maximum(capacity - np.fmin(other_traffic, max_share * capacity), 0.0)
        return free_capacity

    def problem(self, year: int, draw: Draw | None = None) -> YearProblem:
        """Return one year of a draw, ready to be solved by sub-periods."""
        draw = draw or self.central()
        factors = draw.factors
        rows = self.ranges.row_of
        return YearProblem(
            self,
            draw,
            year,
            self.sub_periods[year, draw.events[self.years.index(year)]],
            self._choice_set_with_loads(factors),
            self.unbuilt(draw, year),
            self.tonnes(factors, year),
            self.scale(factors),
            self.demand.max_cost_usd_t * factors[self.first["willing"] + rows],
            {},
        )

    def solve(self, year: int, draw: Draw | None = None) -> list[PeriodResult]:
        """Return one year of a draw by the full logit rule: every path, every limit, to its own tolerance."""
        problem = self.problem(year, draw)
        solved: list[PeriodResult] = []
        price: Array | None = None
        for sub_period in problem.sub_periods:
            free = problem.free(sub_period)
            share = problem.share(sub_period, price)
            price = share.price
            prices = (share.price, share.price, share.price)
            amount = problem.amount(sub_period)
            solved.append(
                PeriodResult(
                    sub_period.period,
                    problem.choice_set,
                    amount,
                    share.flow,
                    free,
                    *prices,
                    None,
                    share.residual,
                    share.steps,
                )
            )
        return solved

    def _choice_set_with_loads(self, factors: Array) -> ChoiceSet:
        """Return the choice set with the use of resources measured in wagons for the wagon loads of a draw."""
        loads = factors[self.first["wagon"] : self.first["trade"]]
        if (loads == 1.0).all():
            return self.choice_set
        choice_set = self.choice_set
        factor = np.where(
            self.in_wagons[choice_set.resources],
            1 / loads[self.cargo_of_commodity[choice_set.commodity[choice_set.path_of_use]]],
            1,
        )
        return replace(choice_set, units=choice_set.units * factor)

    def only(self, paths: Array) -> BranchStudy:
        """Return the study with some of the paths (positions, ascending); path sizes stay those among all."""

        def narrowed(sub_period: SubPeriod) -> SubPeriod:
            extra = None if sub_period.extra_usd_t is None else sub_period.extra_usd_t[paths]
            return replace(
                sub_period,
                required_projects=sub_period.required_projects[paths],
                log_size=sub_period.log_size[paths],
                extra_usd_t=extra,
            )

        return replace(
            self,
            choice_set=self.choice_set.only(paths),
            cost_decomposition=self.cost_decomposition.only(paths),
            sub_periods={key: tuple(map(narrowed, sub_periods)) for key, sub_periods in self.sub_periods.items()},
            cost_change={w: extra[paths] for w, extra in self.cost_change.items()},
        )


def _demand_input(name: str, low: float, high: float, group: str) -> UncertainInput:
    return UncertainInput(name, low, high, True, group.split(maxsplit=1)[0], group)
