"""Comparison of scenarios: the effect of each on a branch."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from corridor.displayable import Plottable, Result, with_old_keys
from corridor.errors import DataError, Fault
from corridor.files.whole_files import path_of
from corridor.io.study_files import scenario_for, study_of
from corridor.model.network import Network
from corridor.model.provenance import provenance_entry, with_provenance
from corridor.model.scenario import Scenario
from corridor.study.comparison_text import comparison_text
from corridor.study.throughput import Throughput, throughput

BASELINE = "baseline"  # name of the row without a scenario


@dataclass(frozen=True)
class Compared:
    """One scenario: the reason for it, the throughput of the branch, and the difference from the baseline."""

    name: str
    why: str
    result: Throughput
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
            "rows": [_record(r) for r in self.rows],
            **provenance_entry(self),
        }

    def to_frame(self) -> Any:
        """Return Mt by scenario and year as a DataFrame."""
        import pandas as pd

        return pd.DataFrame(
            {r.name: {y.year: y.throughput_mt for y in r.result.years} for r in self.rows}
        ).T.rename_axis("scenario")

    def __str__(self) -> str:
        return comparison_text(self)

    def __repr__(self) -> str:
        return f"Comparison '{self.branch}' {self.year}: {', '.join(r.name for r in self.rows)}"


def _record(row: Compared) -> dict[str, Any]:
    last = row.result.years[-1]
    record: dict[str, Any] = {
        "scenario": row.name,
        "why": row.why,
        "throughput_mt": last.throughput_mt,
        "difference_mt": row.difference_mt,
        "reached": row.result.reached,
        "by_year_mt": {str(y.year): y.throughput_mt for y in row.result.years},
        "all_traffic_mt": last.all_traffic_mt,
        "capacity_mt": last.capacity_mt,
        "demand_mt": last.demand_mt,
        **with_old_keys({"unconstrained_mt": last.unconstrained_mt}),
        "bottleneck": last.bottlenecks[0].name if last.bottlenecks else None,
        "price_usd_t": last.bottlenecks[0].price_usd_t if last.bottlenecks else None,
    }
    if row.result.forecast is not None:
        forecast_record = row.result.forecast.to_dict()
        record |= {k: forecast_record[k] for k in ("draws", "seed", "probability", "mean_mt", "quantiles_mt")}
    return record


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
    chosen = _checked_scenarios(network, scenarios)
    states = [(s, s.apply(network)) for s in chosen]  # reports all faults before the first calculation
    options: dict[str, Any] = {"year": year, "target_mt": target_mt, "draws": draws, "seed": seed, "workers": workers}
    base = throughput(network, branch, **options)
    rows = [Compared(BASELINE, "", base, 0.0)]
    for scenario, state in states:
        if progress is not None:
            progress(1)
        found = throughput(state, branch, **options)
        difference = found.years[-1].throughput_mt - base.years[-1].throughput_mt
        rows.append(Compared(scenario.name, scenario.why, found, difference))
    return Comparison(
        network.name, str(network.meta.get("data_version", "")), base.branch, year, base.target_mt, tuple(rows)
    )
