"""Comparison of scenarios: the effect of each on a branch."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from corridor.displayable import Plottable, Result, with_old_keys
from corridor.errors import DataError, Fault
from corridor.files.whole_files import path_of
from corridor.io.study_files import scenario_for, study_of
from corridor.model.network import Network
from corridor.model.provenance import provenance_entry, with_provenance
from corridor.model.scenario import Scenario
from corridor.study.branch import find_branch
from corridor.study.branch_study import BranchStudy, branch_study_of
from corridor.study.branch_year import branch_year, counted_mt, demand_of_year
from corridor.study.comparison_text import comparison_text
from corridor.study.forecast import Forecast, forecast
from corridor.study.option_checks import draw_faults, progress_faults, target_faults, year_faults
from corridor.study.year_summary import Year, at_median

BASELINE = "baseline"  # name of the row without a scenario
MOST_AT_ONCE = 2  # scenarios: each holds its own costs of all paths


@dataclass(frozen=True)
class Compared:
    """One scenario: the reason for it, Mt of the branch by year, its last year, and the difference from the baseline.

    `last` is without the flow of least total cost; `forecast` is the result of draws, if any were requested.
    """

    name: str
    why: str
    by_year_mt: Mapping[int, float]
    last: Year
    forecast: Forecast | None
    difference_mt: float


@dataclass(frozen=True)
class Comparison(Plottable, Result):
    """Scenarios in the given order, the baseline first."""

    _TABLES: ClassVar[Mapping[str, str]] = {"rows": "to_frame"}

    network: str
    data_version: str
    branch: str
    year: int
    target_mt: float | None
    rows: tuple[Compared, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the table with the JSON keys of the command line."""
        return {
            "network": self.network,
            "data_version": self.data_version,
            "branch": self.branch,
            "year": self.year,
            "target_mt": self.target_mt,
            "rows": [self._record(r) for r in self.rows],
            **provenance_entry(self),
        }

    def to_frame(self) -> Any:
        """Return Mt by scenario and year as a DataFrame."""
        import pandas as pd

        return pd.DataFrame({r.name: dict(r.by_year_mt) for r in self.rows}).T.rename_axis("scenario")

    def reached(self, row: Compared) -> bool | None:
        """Whether the last year of a row reaches the target; None without one."""
        return None if self.target_mt is None else row.last.throughput_mt >= self.target_mt

    def _record(self, row: Compared) -> dict[str, Any]:
        last = row.last
        record: dict[str, Any] = {
            "scenario": row.name,
            "why": row.why,
            "throughput_mt": last.throughput_mt,
            "difference_mt": row.difference_mt,
            "reached": self.reached(row),
            "by_year_mt": {str(y): mt for y, mt in row.by_year_mt.items()},
            "all_traffic_mt": last.all_traffic_mt,
            "capacity_mt": last.capacity_mt,
            "demand_mt": last.demand_mt,
            **with_old_keys({"unconstrained_mt": last.unconstrained_mt}),
            "bottleneck": last.bottlenecks[0].name if last.bottlenecks else None,
            "price_usd_t": last.bottlenecks[0].price_usd_t if last.bottlenecks else None,
        }
        if row.forecast is not None:
            forecast_record = row.forecast.to_dict()
            record |= {k: forecast_record[k] for k in ("draws", "seed", "probability", "mean_mt", "quantiles_mt")}
        return record

    def __str__(self) -> str:
        return comparison_text(self)

    def __repr__(self) -> str:
        return f"Comparison '{self.branch}' {self.year}: {', '.join(r.name for r in self.rows)}"


def _checked_scenarios(network: Network, scenarios: object) -> list[Scenario]:
    """Return the scenarios; raise a DataError for invalid values and names used twice."""
    listed = [scenarios] if isinstance(scenarios, str | os.PathLike | Scenario) else scenarios
    if not isinstance(listed, list | tuple) or not all(isinstance(s, str | os.PathLike | Scenario) for s in listed):
        fix = "give names, files or scenarios"
        raise DataError(Fault("option", "scenarios", repr(scenarios), f"are {scenarios!r}", fix))
    found = [s if isinstance(s, Scenario) else scenario_for(network, path_of(s, name="scenarios")) for s in listed]
    faults = [
        Fault("option", "scenarios", name, f"{name} is named twice", "keep one")
        for name, count in Counter(s.name for s in found).items()
        if count > 1
    ]
    if any(s.name == BASELINE for s in found):
        what = f"{BASELINE} is the name of the row without a scenario"
        faults.append(Fault("option", "scenarios", BASELINE, what, "rename the scenario"))
    if faults:
        raise DataError(faults)
    return found


@with_provenance
def compare(
    network: Network,
    scenarios: Sequence[str | os.PathLike[str] | Scenario],
    branch: str | None = None,
    *,
    year: int | None = None,
    target_mt: float | None = None,
    draws: int = 0,
    seed: int = 1,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Comparison:
    """Return the effect of each scenario on a branch, compared with the baseline.

    Parameters
    ----------
    network
        The baseline network, to which each scenario is applied by itself.
    scenarios
        Names of scenarios of the study, files, or `Scenario` objects.
    branch, year, target_mt, draws, seed, workers
        As for `throughput`; every scenario uses the same draws.
    progress
        Is called after every scenario.

    Returns
    -------
    Comparison
        One row for each scenario, the baseline first.

    Raises
    ------
    UnknownIdError, DataError
        If there is no such scenario or branch, or a scenario does not fit the network.

    Examples
    --------
    >>> import corridor
    >>> found = corridor.compare(corridor.load(), ["no-suspension"], "eastern", year=2024)
    >>> [r.name for r in found.rows]
    ['baseline', 'no-suspension']
    """
    year = study_of(network).settings.last_year if year is None else year
    faults = year_faults(network, year) + target_faults(target_mt) + draw_faults(draws, seed, workers)
    faults += progress_faults(progress)
    if faults:
        raise DataError(faults)
    chosen = _checked_scenarios(network, scenarios)
    states = [(s, s.apply(network)) for s in chosen]  # reports all faults before the first calculation
    branch = str(find_branch(network, branch)["id"])

    def row(name: str, why: str, state: Network) -> Compared:
        study = branch_study_of(state, branch, year)
        found = _compared(study, name, why)
        if draws:
            found = _at_median(found, forecast(study, target_mt, draws, seed, workers))
        if state is not network:
            state.cache.clear()  # the costs of all paths in every sub-period: too much to hold for every scenario
            if progress is not None:
                progress(1)
        return found

    base = row(BASELINE, "", network)
    with ThreadPoolExecutor(1 if draws else MOST_AT_ONCE) as executor:  # solvers release the interpreter lock
        rows = [base, *executor.map(lambda pair: row(pair[0].name, pair[0].why, pair[1]), states)]
    rows = [replace(r, difference_mt=r.last.throughput_mt - base.last.throughput_mt) for r in rows]
    target = None if target_mt is None else float(target_mt)
    return Comparison(network.name, str(network.meta.get("data_version", "")), branch, year, target, tuple(rows))


def _at_median(found: Compared, drawn: Forecast) -> Compared:
    """Return a row with the medians of its draws as volumes."""
    by_year = {x.year: x.p50_mt for x in drawn.years}
    last = at_median(found.last, drawn.years[-1].p50_mt)
    return replace(found, by_year_mt=by_year, last=last, forecast=drawn)


def _compared(study: BranchStudy, name: str, why: str) -> Compared:
    """Return the volumes of a branch by year, and everything about the last one."""
    year = study.years[-1]
    by_year = {}
    for y in study.years[:-1]:
        rows = demand_of_year(study, "central", y)
        by_year[y] = counted_mt(study.branch, study.problem(y, tonnes=rows.t_yr).solve())
    rows = demand_of_year(study, "central", year)
    last, _ = branch_year(study.branch, rows, study.problem(year, tonnes=rows.t_yr))
    return Compared(name, why, {**by_year, year: last.throughput_mt}, last, None, 0.0)
