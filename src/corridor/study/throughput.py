"""Throughput of a branch, year by year."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

from corridor.assignment.aggregate import unserved_of
from corridor.assignment.period_problem import PeriodResult
from corridor.assignment.result import Unserved
from corridor.assignment.year_result import solve
from corridor.displayable import Plottable, Result, with_old_keys
from corridor.errors import DataError, Fault
from corridor.io.counts import Count, counts_of
from corridor.io.demand_tables import SCENARIOS
from corridor.io.study_files import study_of
from corridor.model.demand import Demand
from corridor.model.network import Network
from corridor.model.provenance import provenance_entry, with_provenance
from corridor.parallel import executor_faults
from corridor.study.branch import find_branch
from corridor.study.branch_study import BranchStudy, branch_study_of
from corridor.study.branch_year import branch_year, counted_mt, demand_of_year
from corridor.study.calibrate import calibrate
from corridor.study.forecast import Forecast, forecast
from corridor.study.option_checks import draw_faults, flag_faults, progress_faults, target_faults, year_faults
from corridor.study.outside_view import OutsideView, outside_view
from corridor.study.throughput_summary import summary
from corridor.study.throughput_text import throughput_text
from corridor.study.year_summary import Year, at_median


@dataclass(frozen=True)
class Throughput(Plottable, Result):
    """What a branch carries from the base year on, central case; `unserved` is of the last year.

    `forecast` is the result of many draws of all uncertain inputs, if draws were requested. `outside_view` is what
    earlier announcements say of the target (None without a target, or where the study has none of its kind).
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
    outside_view: OutsideView | None = None

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
            "outside_view": None if self.outside_view is None else self.outside_view.to_dict(),
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
    calibrated: bool | None = None,
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
        Whether the inputs are as the counts of the base year leave them (`calibrate`), in the central case and in the
        draws. By default they are where the study holds a calibration; True calibrates one that does not, which takes
        minutes; False takes all inputs and their ranges as recorded.
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
    faults = year_faults(network, year) + target_faults(target_mt)
    if demand_scenario not in SCENARIOS:
        fix = f"give {', '.join(SCENARIOS)}"
        faults.append(Fault("option", "demand", str(demand_scenario), f"is '{demand_scenario}'", fix))
    faults += (
        draw_faults(draws, seed, workers)
        + executor_faults(executor)
        + flag_faults(calibrated=False if calibrated is None else calibrated)
        + progress_faults(progress)
    )
    if draws and not faults and demand_scenario != "central":
        fix = "leave it out: draws span low to high growth"
        faults.append(Fault("option", "demand", demand_scenario, "cannot be combined with draws", fix))
    if faults:
        raise DataError(faults)
    branch = str(find_branch(network, branch)["id"])
    study = branch_study_of(network, branch, year)
    if calibrated is not None:
        study = study.given(calibrate(network).posterior if calibrated else None)
    demands = {y: demand_of_year(study, demand_scenario, y) for y in study.years}
    measured = study.branch
    years, solved = _solved_years(study, demands)
    rows = demands[year]
    drawn = None
    if draws:
        drawn = forecast(study, target_mt, draws, seed, executor or workers, progress)
        years = [at_median(y, likely.p50_mt) for y, likely in zip(years, drawn.years, strict=True)]
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
        forecast=drawn,
        outside_view=outside_view(study_of(network), target_mt, year),
    )


def _solved_years(study: BranchStudy, demands: Mapping[int, Demand]) -> tuple[list[Year], list[PeriodResult]]:
    """Return every year, the first and the last also with least total cost, and the periods of the last."""
    problems = {y: study.problem(y, tonnes=rows.t_yr) for y, rows in demands.items()}
    with ThreadPoolExecutor(1) as thread:  # solvers release the interpreter lock; the result is the same in sequence
        capacitated = {
            y: thread.submit(solve, problems[y].periods(), "capacitated") for y in {min(demands), max(demands)}
        }
        found = [branch_year(study.branch, demands[y], problem) for y, problem in problems.items()]
        years = [
            replace(year, capacitated_mt=counted_mt(study.branch, capacitated[year.year].result()))
            if year.year in capacitated
            else year
            for year, _ in found
        ]
    return years, found[-1][1]
