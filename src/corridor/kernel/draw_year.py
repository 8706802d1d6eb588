"""A year of a draw: which projects are built, what they cost and lift, the demand, the free capacities."""

from __future__ import annotations

from typing import Any

import numpy as np

from corridor.kernel.mode import sibling, tools

jit, index = tools(__name__)
_classes = sibling(__name__, "classes")
INFINITY, LEAST_LEFT = _classes.INFINITY, _classes.LEAST_LEFT


@jit
def open_sets(opens: Any, year: int, sets: Any, is_open: Any) -> None:
    """Fill for each set of required projects whether all are built by a year."""
    first_project, project = sets
    for k in range(len(is_open)):
        is_open[index(k)] = 1
        for i in range(first_project[index(k)], first_project[index(k + 1)]):
            if year < opens[index(project[index(i)])]:
                is_open[index(k)] = 0


@jit
def price_year(projects: Any, opens: Any, year: int, shifted: int, cost: Any, now: Any) -> None:
    """Fill `now` with the cost of each path after the changes by projects and by the sub-period."""
    cost_change_project, cost_change, shift = projects[4], projects[5], projects[6]
    for p in range(len(cost)):
        now[index(p)] = cost[index(p)]
    for x in range(len(cost_change)):
        if year >= opens[index(cost_change_project[index(x)])]:
            for p in range(len(cost)):
                now[index(p)] += cost_change[index(x), index(p)]
    if shifted >= 0:
        for p in range(len(cost)):
            now[index(p)] += shift[index(shifted), index(p)]


@jit
def changes_cost(projects: Any, opens: Any, year: int) -> bool:
    """Return whether a project that changes costs opens in a year."""
    opens_now = False
    for x in range(len(projects[4])):
        opens_now = opens_now or opens[index(projects[4][index(x)])] == year
    return opens_now


@jit
def lift_limits(projects: Any, opens: Any, year: int, row: int, s: int, lifted: Any, raised: Any) -> None:
    """Fill the factor of each limit by projects: the largest of those that set it, times all that scale it."""
    lift_project, lift_resource, lift, lift_is_set = projects[0], projects[1], projects[2], projects[3]
    # Maximum of the setting projects and product of the scaling ones; `raised` is scratch.
    for r in range(len(lifted)):
        lifted[index(r)] = 1.0
        raised[index(r)] = 1.0
    for x in range(len(lift_project)):
        if year >= opens[index(lift_project[index(x)])]:
            r = lift_resource[index(x)]
            factor = lift[index(row), index(s), index(x)]
            if lift_is_set[index(x)]:
                raised[index(r)] = max(raised[index(r)], factor)
            else:
                lifted[index(r)] *= factor
    for r in range(len(lifted)):
        lifted[index(r)] *= raised[index(r)]


@jit
def trade_of_year(f: Any, trade: Any, year: int, yearly: Any) -> None:
    """Fill the tonnes of each commodity in a year."""
    tonnes, row_figure, rule, growth, rule_figure, _ = trade
    # Growth of each rule: linear from the middle to the upper or lower bound.
    grown = np.zeros(len(rule_figure))
    for g in range(len(grown)):
        swing, middle = f[index(rule_figure[index(g)])] - 1.0, growth[index(g), index(year), 1]
        if swing > 0.0:
            grown[index(g)] = middle + swing * (growth[index(g), index(year), 2] - middle)
        else:
            grown[index(g)] = middle + swing * (middle - growth[index(g), index(year), 0])
    for c in range(len(yearly)):
        before = tonnes[index(year), index(c)] * f[index(row_figure[index(c)])]
        yearly[index(c)] = before * grown[index(rule[index(c)])]


@jit
def limits_of(f: Any, periods: Any, row: int, s: int, lifted: Any, most_taken: float, limits: Any, price: Any) -> None:
    """Fill the free capacity of each resource in a sub-period; an exhausted resource gets an infinite price."""
    _, _, _, limit, limit_figure, other, other_figure, in_demand, _ = periods
    capacity, whole, _ = limits
    for r in range(len(capacity)):
        recorded = other[index(row), index(s), index(r)]
        counted = in_demand[index(row), index(s), index(r)]
        base_limit = limit[index(row), index(s), index(r)]
        # The whole limit, and the other traffic that is not part of the demand.
        whole_limit = base_limit * f[index(limit_figure[index(r)])] * lifted[index(r)]
        other_load = max(0.0, recorded * f[index(other_figure[index(r)])] - counted)
        if base_limit > 0.0:
            other_load = min(other_load, max(most_taken, max(0.0, recorded - counted) / base_limit) * whole_limit)
        whole[index(r)] = whole_limit
        capacity[index(r)] = whole_limit - other_load
        if capacity[index(r)] <= LEAST_LEFT * whole_limit:
            price[index(r)] = INFINITY
