"""Throughput of a branch, year by year."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

import numpy as np

from corridor.arrays import Array
from corridor.assignment.aggregate import unserved_of
from corridor.assignment.period_problem import PeriodResult
from corridor.assignment.result import Unserved
from corridor.assignment.year_result import solve
from corridor.displayable import Plottable, Result, with_old_keys
from corridor.errors import DataError, Fault
from corridor.io.counts import Count, counts_of
from corridor.io.demand_tables import SCENARIOS, demand_of
from corridor.io.study_files import study_of
from corridor.model.checks import is_number
from corridor.model.demand import Demand
from corridor.model.network import Network
from corridor.model.provenance import provenance_entry, with_provenance
from corridor.model.trade import trade_factor
from corridor.parallel import executor_faults
from corridor.study.branch import Branch, find_branch
from corridor.study.branch_capacity import capacity_mt
from corridor.study.branch_study import BranchStudy, branch_study_of
from corridor.study.forecast import Forecast, forecast
from corridor.study.option_checks import draw_faults, flag_faults, progress_faults, year_faults
from corridor.study.throughput_summary import summary
from corridor.study.throughput_text import throughput_text
from corridor.study.year_problem import YearProblem
from corridor.study.year_summary import Bottleneck, Year

MT = 1e6


@dataclass(frozen=True)
class Throughput(Plottable, Result):
    """What a branch carries from the base year on, central case; `unserved` is of the last year.

    `forecast` is the result of many draws of all uncertain inputs, if draws were requested.
    """

    _TABLES: ClassVar[Mapping[str, str]] = {"years": "to_frame"}

    network: str
    data_version: str
    scenarios: tuple[str, ...]
    history: tuple[str, ...]
    branch: str
    branch_name: str
    screenlines: tuple[str, ...]
    screenline_names: tuple[str, ...]
    demand: str
    target_mt: float | None
    years: tuple[Year, ...]
    unserved: tuple[Unserved, ...]
    observed: tuple[Count, ...]
    forecast: Forecast | None = None

    @property
    def reached(self) -> bool | None:
        """Whether the last year reaches the target; None without one."""
        return None if self.target_mt is None else self.years[-1].throughput_mt >= self.target_mt

    @property
    def summary(self) -> str:
        """A summary of two sentences."""
        return summary(self)

    def to_frame(self) -> Any:
        """Return the years as a DataFrame."""
        import pandas as pd

        scalars = [
            k for k in Year.__slots__ if k not in ("also_mt", "apart_mt", "throughput_by_cargo_mt", "bottlenecks")
        ]
        rows = [
            {k: getattr(y, k) for k in scalars} | {f"at_{k}_mt": v for k, v in y.also_mt.items()} for y in self.years
        ]
        return pd.DataFrame(rows).set_index("year")

    def to_dict(self) -> dict[str, Any]:
        """Return the years with the JSON keys of the command line."""
        years = [with_old_keys(asdict(y)) for y in self.years]
        forecast_record = {} if self.forecast is None else self.forecast.to_dict()
        for record, likely in zip(years, self.forecast.years if self.forecast else (), strict=False):
            record |= {k: v for k, v in asdict(likely).items() if k != "year"}
        return {
            "network": self.network,
            "data_version": self.data_version,
            "scenarios": list(self.scenarios),
            "history": list(self.history),
            "branch": self.branch,
            "screenlines": list(self.screenlines),
            "demand": self.demand,
            "rule": "logit",
            "target_mt": self.target_mt,
            "reached": self.reached,
            "summary": self.summary,
            "years": years,
            "unserved": [{**asdict(u), "blocked_by": list(u.blocked_by)} for u in self.unserved],
            "observed": [c.to_dict() for c in self.observed],
            **forecast_record,
            **provenance_entry(self),
        }

    def __str__(self) -> str:
        return throughput_text(self)

    def __repr__(self) -> str:
        last = self.years[-1]
        return (
            f"Throughput '{self.branch}' {self.years[0].year}-{last.year}: {last.throughput_mt:.2f} Mt in {last.year}"
        )


@with_provenance
def throughput(
    network: Network,
    branch: str | None = None,
    *,
    year: int | None = None,
    target_mt: float | None = None,
    demand_scenario: str = "central",
    draws: int = 0,
    seed: int = 1,
    workers: int | None = None,
    executor: Executor | None = None,
    calibrated: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Throughput:
    """Return what a branch carries in every year from the base year on, with all branches competing.

    Each year is an assignment of that year's demand on that year's network by
    *logit* with limits, quarter by quarter. Projects that operate open as recorded, those
    under construction in the year after the recorded one. The recorded events of the
    network apply, unless a scenario leaves them out.

    Parameters
    ----------
    network
        The network, with the scenarios to be studied applied.
    branch
        A branch of the network; by default the headline of its study.
    year
        The last year; by default that of the study.
    target_mt
        Mt a year to compare the last year with.
    demand_scenario
        low, central or high growth of trade.
    draws
        Number of draws of all uncertain inputs: figures in their ranges, growth, whether and
        when projects open, what happens after an event. 0: the central case only.
    calibrated
        Draw a dozen uncertain inputs from their ranges as calibrated to the counts of the base year
        (`calibrate`, half a minute more).
    seed, workers, executor, progress
        The same seed gives the same draws with any number of workers (default: threads on all
        processors), and with any `concurrent.futures.Executor` of processes or machines;
        `progress` is called after every few draws.

    Returns
    -------
    Throughput
        Mt by year, bounds, bottlenecks with shadow prices, unserved demand.

    Raises
    ------
    UnknownIdError
        If the network has no such branch, or a place of the demand is not in it.
    DataError
        If the year, the target or another option is invalid.

    Examples
    --------
    >>> import corridor
    >>> t = corridor.throughput(corridor.load(), "eastern", year=2024)
    >>> 0 < t.years[0].throughput_mt < t.years[0].all_traffic_mt
    True
    """
    settings = study_of(network).settings
    year = settings.last_year if year is None else year
    faults = year_faults(network, year)
    if target_mt is not None and (not is_number(target_mt) or target_mt < 0):
        faults.append(Fault("option", "target", repr(target_mt), f"is {target_mt!r}", "give Mt a year, 0 or more"))
    if demand_scenario not in SCENARIOS:
        fix = f"give {', '.join(SCENARIOS)}"
        faults.append(Fault("option", "demand", str(demand_scenario), f"is '{demand_scenario}'", fix))
    faults += (
        draw_faults(draws, seed, workers)
        + executor_faults(executor)
        + flag_faults(calibrated=calibrated)
        + progress_faults(progress)
    )
    if calibrated is True and draws == 0:
        faults.append(Fault("option", "calibrated", "True", "applies to draws, and none are requested", "give draws"))
    if draws and not faults and demand_scenario != "central":
        fix = "leave it out: draws span low to high growth"
        faults.append(Fault("option", "demand", demand_scenario, "cannot be combined with draws", fix))
    if faults:
        raise DataError(faults)
    branch = str(find_branch(network, branch)["id"])
    study = branch_study_of(network, branch, year)
    demands = {y: _demand_of_year(study, demand_scenario, y) for y in study.years}
    measured = study.branch
    years, solved = _solved_years(study, demands)
    rows = demands[year]
    return Throughput(
        network=network.name,
        data_version=str(network.meta.get("data_version", "")),
        scenarios=network.scenarios,
        history=network.history,
        branch=measured.id,
        branch_name=measured.name,
        screenlines=measured.screenlines,
        screenline_names=measured.names,
        demand=demand_scenario,
        target_mt=None if target_mt is None else float(target_mt),
        years=tuple(years),
        unserved=tuple(unserved_of(solved, rows, measured.counted)),
        observed=tuple(
            c
            for c in counts_of(study_of(network))
            if len(c.at) == 1 and c.at[0] in measured.screenlines and not (c.cargo or c.ends or c.other_ends)
        ),
        forecast=forecast(network, branch, year, target_mt, draws, seed, executor or workers, progress, calibrated)
        if draws
        else None,
    )


def _solved_years(study: BranchStudy, demands: Mapping[int, Demand]) -> tuple[list[Year], list[PeriodResult]]:
    """Return every year, the first and the last also with least total cost, and the periods of the last."""
    problems = {y: study.problem(y, tonnes=rows.t_yr) for y, rows in demands.items()}
    with ThreadPoolExecutor(1) as thread:  # solvers release the interpreter lock; the result is the same in sequence
        capacitated = {
            y: thread.submit(solve, problems[y].periods(), "capacitated") for y in {min(demands), max(demands)}
        }
        found = [_year(study.branch, demands[y], problem) for y, problem in problems.items()]
        years = [
            replace(year, capacitated_mt=_counted_mt(study.branch, capacitated[year.year].result()))
            if year.year in capacitated
            else year
            for year, _ in found
        ]
    return years, found[-1][1]


def _demand_of_year(study: BranchStudy, scenario: str, year: int) -> Demand:
    """Return the demand of a year with the changes of trade by scenarios, on the places of the network."""
    grown = demand_of(study.network, scenario, year)
    return replace(
        study.demand, name=scenario, year=year, t_yr=grown.t_yr * trade_factor(study.network, study.demand, year)
    )


def _year(branch: Branch, rows: Demand, problem: YearProblem) -> tuple[Year, list[PeriodResult]]:
    solved = problem.solve()
    south, north = branch.tonnes(solved)
    other_lines = {}
    for i, name in enumerate(branch.screenlines[1:], start=1):
        both_directions = branch.tonnes(solved, i)
        other_lines[name] = float((both_directions[0] + both_directions[1])[branch.counted].sum()) / MT
    other_cargo: dict[str, float] = {}
    for i in np.flatnonzero(~branch.counted & (south + north > 0)).tolist():
        other_cargo[branch.ends[i][0]] = other_cargo.get(branch.ends[i][0], 0.0) + float(south[i] + north[i]) / MT
    unconstrained = problem.solve(limited=False)
    unconstrained_south, unconstrained_north = branch.tonnes(unconstrained)
    mix = _mix(rows, unconstrained_south * branch.counted)
    cheapest = _counted_mt(branch, problem.solve("cheapest"))
    served = sum(float(s.flow.sum()) for s in solved)
    counted = branch.counted
    base = branch.base_load_mt[0]
    result = Year(
        year=problem.year,
        throughput_mt=float((south + north)[counted].sum()) / MT,
        southbound_mt=float(south[counted].sum()) / MT,
        northbound_mt=float(north[counted].sum()) / MT,
        also_mt=other_lines,
        apart_mt=dict(sorted(other_cargo.items(), key=lambda x: -x[1])),
        all_traffic_mt=float((south + north).sum()) / MT + (base or 0.0),
        base_load_mt=base,
        capacity_mt=capacity_mt(branch, solved, mix) if mix else None,
        demand_mt=_could_use_mt(branch, rows, solved),
        unconstrained_mt=float((unconstrained_south + unconstrained_north)[counted].sum()) / MT,
        cheapest_mt=cheapest,
        capacitated_mt=None,
        served_share=served / max(rows.total_t_yr, 1.0),
        throughput_by_cargo_mt={c: t / MT for c, t in _by_cargo(rows, (south + north) * counted).items()},
        bottlenecks=tuple(_bottlenecks(branch, solved)),
    )
    return result, solved


def _counted_mt(branch: Branch, solved: Sequence[PeriodResult]) -> float:
    south, north = branch.tonnes(solved)
    return float((south + north)[branch.counted].sum()) / MT


def _by_cargo(rows: Demand, tonnes: Array) -> dict[str, float]:
    found: dict[str, float] = {}
    for i in np.flatnonzero(tonnes > 0).tolist():
        found[rows.cargoes[i]] = found.get(rows.cargoes[i], 0.0) + float(tonnes[i])
    return dict(sorted(found.items(), key=lambda x: (-x[1], x[0])))


def _mix(rows: Demand, tonnes: Array) -> dict[str, float]:
    """Return the share of each cargo; cargo with less than 0.1 % of the tonnes is left out."""
    totals = _by_cargo(rows, tonnes)
    everything = sum(totals.values())
    main_totals = {c: t for c, t in totals.items() if t > 1e-3 * everything}
    return {c: t / sum(main_totals.values()) for c, t in main_totals.items()}


def _could_use_mt(branch: Branch, rows: Demand, solved: Sequence[PeriodResult]) -> float:
    """Return the counted demand with an open path across the branch, at a cost that it would pay."""
    could_use = np.zeros(len(rows), dtype=np.bool_)
    for s in solved:
        crosses = (branch.crossing(s.choice_set) != 0) & s.choice_set.is_open(s.period)
        could_use[s.choice_set.commodity[crosses]] = True
    return float(rows.t_yr[could_use & branch.counted].sum()) / MT


def _bottlenecks(branch: Branch, solved: Sequence[PeriodResult]) -> list[Bottleneck]:
    table = solved[0].period.network.resource_table
    n = len(table)
    payments, tonnes, months = np.zeros(n), np.zeros(n), np.zeros(n)
    entries_of: dict[int, Array] = {}  # few: all uses would take most of the time
    for s in solved:
        choice_set = s.choice_set
        if id(choice_set) not in entries_of:
            crosses = (branch.crossing(choice_set) != 0) & branch.counted[choice_set.commodity]
            entries_of[id(choice_set)] = np.flatnonzero(crosses[choice_set.path_of_use])
        entries = entries_of[id(choice_set)]
        resource, flow = choice_set.resources[entries], s.flow[choice_set.path_of_use[entries]]
        payments += s.price * np.bincount(resource, weights=flow * choice_set.units[entries], minlength=n)
        through = np.bincount(resource, weights=flow, minlength=n)
        tonnes += through
        months += len(s.period.months) * ((s.price > 0) & (through > 0))
    found = [
        Bottleneck(table.ids[r], str(table["name"][r]), float(payments[r] / tonnes[r]), float(months[r] / 12))
        for r in np.flatnonzero((payments > 0) & (tonnes > 0)).tolist()
    ]
    return sorted(found, key=lambda b: (-b.price_usd_t * b.share, b.id))
