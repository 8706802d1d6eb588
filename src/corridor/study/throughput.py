"""How much a branch really carries, year by year."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from corridor.assignment.aggregate import unserved_of
from corridor.assignment.assign import locate
from corridor.assignment.choice_set_cache import choice_sets_of
from corridor.assignment.least_cost import loads
from corridor.assignment.result import Unserved
from corridor.assignment.year_result import ChoiceSets, PeriodResult, solve_year
from corridor.displayable import Plottable, with_old_keys
from corridor.errors import DataError, Fault
from corridor.io.demand_tables import BASE_YEAR, LAST_YEAR, SCENARIOS, demand, shipped_table
from corridor.model.checks import is_number
from corridor.model.demand import Demand
from corridor.model.network import Network
from corridor.model.provenance import provenance_entry, with_provenance
from corridor.parallel import executor_faults
from corridor.study.branch import Branch, branch_of, find_branch
from corridor.study.branch_capacity import capacity_mt
from corridor.study.forecast import Forecast, forecast
from corridor.study.option_checks import draw_faults, flag_faults, progress_faults, year_faults
from corridor.study.throughput_summary import summary
from corridor.study.year_summary import Bottleneck, Year

Array = np.ndarray[Any, Any]
MT = 1e6


@dataclass(frozen=True)
class Throughput(Plottable):
    """What a branch carries from the base year on, central case; `unserved` is of the last year.

    `forecast` is what many draws of all that is uncertain give, where they were asked for.
    """

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
    observed: tuple[Mapping[str, str], ...]
    forecast: Forecast | None = None

    @property
    def reached(self) -> bool | None:
        """Whether the last year reaches the target; None without one."""
        return None if self.target_mt is None else self.years[-1].throughput_mt >= self.target_mt

    @property
    def summary(self) -> str:
        """Two sentences in plain words."""
        return summary(self)

    def to_frame(self) -> Any:
        """Return the years as a DataFrame."""
        import pandas as pd

        plain = [k for k in Year.__slots__ if k not in ("also_mt", "apart_mt", "throughput_by_cargo_mt", "bottlenecks")]
        rows = [{k: getattr(y, k) for k in plain} | {f"at_{k}_mt": v for k, v in y.also_mt.items()} for y in self.years]
        return pd.DataFrame(rows).set_index("year")

    def to_dict(self) -> dict[str, Any]:
        """Return the years with the JSON keys of the command line."""
        years = [with_old_keys(asdict(y)) for y in self.years]
        sampled = {} if self.forecast is None else self.forecast.to_dict()
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
            "observed": [dict(o) for o in self.observed],
            **sampled,
            **provenance_entry(self),
        }

    def __repr__(self) -> str:
        last = self.years[-1]
        return (
            f"Throughput '{self.branch}' {self.years[0].year}-{last.year}: {last.throughput_mt:.2f} Mt in {last.year}"
        )


@with_provenance
def throughput(
    network: Network,
    branch: str = "eastern",
    *,
    year: int = LAST_YEAR,
    target_mt: float | None = None,
    demand_scenario: str = "central",
    draws: int = 0,
    seed: int = 1,
    workers: int | None = None,
    executor: Executor | None = None,
    calibrated: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Throughput:
    """Return what a branch carries in every year from 2024 on, with all branches competing.

    Each year is an assignment of that year's demand on that year's network by
    *logit* with limits, quarter by quarter. Works open as recorded: what operates, and
    what is under construction the year after the recorded one. What happened, happened:
    the network's history (2026) is applied, unless a scenario leaves it out.

    Parameters
    ----------
    network
        The network, with the scenarios that are asked about applied.
    branch
        A branch of the network.
    year
        The last year, 2024 to 2030.
    target_mt
        Mt a year to compare the last year with.
    demand_scenario
        low, central or high growth of trade.
    draws
        How many draws of everything uncertain to add: figures in their ranges, growth,
        when and whether works open, what happens after 2026. 0: the central case alone.
    calibrated
        Draw a dozen doubtful inputs from what the counts of 2024 leave of their ranges
        (`calibrate`, half a minute more).
    seed, workers, executor, watch
        The same seed gives the same draws with any number of workers (default: threads on all
        processors), also those of somebody's `concurrent.futures.Executor`, processes or
        machines; `progress` is told of every few draws that are done.

    Returns
    -------
    Throughput
        Mt by year, bounds, bottlenecks with prices, what stays at home.

    Raises
    ------
    UnknownIdError
        If the network has no such branch, or a place of the demand is not in it.
    DataError
        If the year or the target cannot be.

    Examples
    --------
    >>> import corridor
    >>> t = corridor.throughput(corridor.load(), "eastern", year=2024)
    >>> 0 < t.years[0].throughput_mt < t.years[0].all_traffic_mt
    True
    """
    faults = year_faults(year)
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
        faults.append(Fault("option", "calibrated", "True", "is about draws, and none are asked", "give draws"))
    if draws and not faults and demand_scenario != "central":
        fix = "leave it out: draws span low to high growth"
        faults.append(Fault("option", "demand", demand_scenario, "goes without draws", fix))
    if faults:
        raise DataError(faults)
    find_branch(network, branch)
    asked = {y: _located(network, demand(demand_scenario, y)) for y in range(BASE_YEAR, year + 1)}
    chosen = branch_of(network, branch, asked[BASE_YEAR])
    happened = network.with_events()
    choice_sets = choice_sets_of(happened, asked[BASE_YEAR])
    years, solved = [], []
    with ThreadPoolExecutor(1) as beside:  # solvers let go of the interpreter; the answer is the same in turn
        packed = {
            y: beside.submit(
                solve_year, happened, asked[y], y, "capacitated", choice_sets_of(happened, asked[y]), search=False
            )
            for y in sorted({BASE_YEAR, year})
        }
        for y, rows in asked.items():
            solved = solve_year(happened, rows, y, "logit", choice_sets, search=False)
            years.append(_year(happened, chosen, rows, y, solved, choice_sets))
    for i, y in enumerate(asked):
        if y in packed:
            years[i] = replace(years[i], capacitated_mt=_counted_mt(chosen, packed[y].result()))
    rows = asked[year]
    return Throughput(
        network=network.name,
        data_version=str(network.meta.get("data_version", "")),
        scenarios=network.scenarios,
        history=network.history,
        branch=chosen.id,
        branch_name=chosen.name,
        screenlines=chosen.screenlines,
        screenline_names=chosen.names,
        demand=demand_scenario,
        target_mt=None if target_mt is None else float(target_mt),
        years=tuple(years),
        unserved=tuple(unserved_of(solved, rows, chosen.counted)),
        observed=tuple(r for r in shipped_table("counts") if r["screenline"] in chosen.screenlines),
        forecast=forecast(network, branch, year, target_mt, draws, seed, executor or workers, progress, calibrated)
        if draws
        else None,
    )


def _located(network: Network, rows: Demand) -> Demand:
    faults: list[Fault] = []
    located = locate(network, rows, faults)
    if faults:
        raise DataError(faults)
    return located


def _year(
    network: Network, branch: Branch, rows: Demand, year: int, solved: Sequence[PeriodResult], choice_sets: ChoiceSets
) -> Year:
    south, north = branch.tonnes(solved)
    also = {}
    for i, name in enumerate(branch.screenlines[1:], start=1):
        there = branch.tonnes(solved, i)
        also[name] = float((there[0] + there[1])[branch.counted].sum()) / MT
    apart: dict[str, float] = {}
    for i in np.flatnonzero(~branch.counted & (south + north > 0)).tolist():
        apart[branch.ends[i][0]] = apart.get(branch.ends[i][0], 0.0) + float(south[i] + north[i]) / MT
    unlimited = solve_year(network, rows, year, "logit", choice_sets, limited=False, search=False)
    free_south, free_north = branch.tonnes(unlimited)
    mix = _mix(rows, free_south * branch.counted)
    cheapest = _counted_mt(branch, solve_year(network, rows, year, "cheapest", choice_sets, search=False))
    served = sum(float(s.flow.sum()) for s in solved)
    counted = branch.counted
    base = branch.base_load_mt[0]
    return Year(
        year=year,
        throughput_mt=float((south + north)[counted].sum()) / MT,
        southbound_mt=float(south[counted].sum()) / MT,
        northbound_mt=float(north[counted].sum()) / MT,
        also_mt=also,
        apart_mt=dict(sorted(apart.items(), key=lambda x: -x[1])),
        all_traffic_mt=float((south + north).sum()) / MT + (base or 0.0),
        base_load_mt=base,
        capacity_mt=capacity_mt(branch, solved, mix) if mix else None,
        demand_mt=_could_use_mt(branch, rows, solved),
        unconstrained_mt=float((free_south + free_north)[counted].sum()) / MT,
        cheapest_mt=cheapest,
        capacitated_mt=None,
        served_share=served / max(rows.total_t_yr, 1.0),
        throughput_by_cargo_mt={c: t / MT for c, t in _by_cargo(rows, (south + north) * counted).items()},
        bottlenecks=tuple(_bottlenecks(branch, solved)),
    )


def _counted_mt(branch: Branch, solved: Sequence[PeriodResult]) -> float:
    south, north = branch.tonnes(solved)
    return float((south + north)[branch.counted].sum()) / MT


def _by_cargo(rows: Demand, tonnes: Array) -> dict[str, float]:
    found: dict[str, float] = {}
    for i in np.flatnonzero(tonnes > 0).tolist():
        found[rows.cargoes[i]] = found.get(rows.cargoes[i], 0.0) + float(tonnes[i])
    return dict(sorted(found.items(), key=lambda x: (-x[1], x[0])))


def _mix(rows: Demand, tonnes: Array) -> dict[str, float]:
    """Return the share of each cargo; traces that no line is built for are left out."""
    totals = _by_cargo(rows, tonnes)
    everything = sum(totals.values())
    kept = {c: t for c, t in totals.items() if t > 1e-3 * everything}
    return {c: t / sum(kept.values()) for c, t in kept.items()}


def _could_use_mt(branch: Branch, rows: Demand, solved: Sequence[PeriodResult]) -> float:
    """Return the counted demand that has some way across the branch which it would pay."""
    could = np.zeros(len(rows), dtype=np.bool_)
    for s in solved:
        crosses = (branch.crossing(s.choice_set) != 0) & s.choice_set.is_open(s.period)
        could[s.choice_set.commodity[crosses]] = True
    return float(rows.t_yr[could & branch.counted].sum()) / MT


def _bottlenecks(branch: Branch, solved: Sequence[PeriodResult]) -> list[Bottleneck]:
    table = solved[0].period.network.resource_table
    n = len(table)
    paid, tonnes, months = np.zeros(n), np.zeros(n), np.zeros(n)
    for s in solved:
        mine = s.flow * (branch.crossing(s.choice_set) != 0) * branch.counted[s.choice_set.commodity]
        paid += s.price * loads(s.choice_set, mine, n)
        through = np.bincount(s.choice_set.resources, weights=mine[s.choice_set.path_of_use], minlength=n)
        tonnes += through
        months += len(s.period.months) * ((s.price > 0) & (through > 0))
    found = [
        Bottleneck(table.ids[r], str(table["name"][r]), float(paid[r] / tonnes[r]), float(months[r] / 12))
        for r in np.flatnonzero((paid > 0) & (tonnes > 0)).tolist()
    ]
    return sorted(found, key=lambda b: (-b.price_usd_t * b.share, b.id))
