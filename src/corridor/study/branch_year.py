"""One year of a branch: its volumes, bounds and bottlenecks from the solved periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from corridor.arrays import Array
from corridor.assignment.period_problem import PeriodResult
from corridor.io.demand_tables import demand_of
from corridor.model.demand import Demand
from corridor.model.trade import trade_factor
from corridor.study.branch import Branch
from corridor.study.branch_capacity import capacity_mt
from corridor.study.branch_study import BranchStudy
from corridor.study.year_problem import YearProblem
from corridor.study.year_summary import Bottleneck, Year

MT = 1e6


def demand_of_year(study: BranchStudy, scenario: str, year: int) -> Demand:
    """Return the demand of a year in the central state, with changes of trade by scenarios, on the network's places."""
    grown = demand_of(study.network, scenario, year)
    factor = trade_factor(study.network, study.demand, year) * study.trade_factors(study.central_factors(year))
    return replace(study.demand, name=scenario, year=year, t_yr=grown.t_yr * factor)


def branch_year(branch: Branch, rows: Demand, problem: YearProblem) -> tuple[Year, list[PeriodResult]]:
    """Return a year of a branch, without the flow of least total cost, and its solved periods."""
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
    cheapest = counted_mt(branch, problem.solve("cheapest"))
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


def counted_mt(branch: Branch, solved: Sequence[PeriodResult]) -> float:
    """Return the Mt of a branch's own cargo across its screenline, both directions."""
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
