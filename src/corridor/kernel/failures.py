"""One year solved anew with some ways shut, case by case."""

from __future__ import annotations

from typing import Any

import numpy as np

from corridor.kernel.mode import sibling, tools

jit, index = tools(__name__)
_classes = sibling(__name__, "classes")
weigh_paths, gather, pass_at = (getattr(_classes, name) for name in ("weigh_paths", "gather", "pass_at"))
settle = sibling(__name__, "equilibrium").settle
work_space = sibling(__name__, "draws").work_space
INFINITY, LEAST_LEFT, LEAST_PASSING = _classes.INFINITY, _classes.LEAST_LEFT, _classes.LEAST_PASSING


@jit
def tally(
    ways: Any,
    bundle_of: Any,
    weight: Any,
    unserved: Any,
    amount: Any,
    size: Any,
    max_cost: Any,
    passes: Any,
    taken: Any,
    now: Any,
    hours: Any,
    counted: Any,
    across: Any,
    totals: Any,
) -> None:
    """Add what a quarter comes to, path by path, to the answers of its case."""
    first_path, class_of, _ = ways
    answer, crossed, mine, every = totals
    for c in range(len(amount)):
        total = unserved[index(c)]
        for p in range(first_path[index(c)], first_path[index(c + 1)]):
            w = weight[index(p)] * size[index(p)] * passes[index(bundle_of[index(class_of[index(p)])])]
            taken[index(p)] = w
            total += w
        share = amount[index(c)] / total
        answer[index(1)] += unserved[index(c)] * share * max_cost[index(c)]
        for p in range(first_path[index(c)], first_path[index(c + 1)]):
            x = taken[index(p)] * share
            if x > 0.0:
                answer[index(1)] += x * now[index(p)]
                every[index(p)] += x
                y = x * across[index(class_of[index(p)])]
                crossed[index(c)] += y
                mine[index(p)] += y
                if counted[index(c)]:
                    answer[index(2)] += x * hours[index(p)]
                    answer[index(3)] += x


@jit
def start_at(start: Any, limits: Any, price: Any) -> None:
    """Fill the starting prices; one of which nothing is left is infinite."""
    for r in range(len(price)):
        price[index(r)] = start[index(r)]
        if limits[0][index(r)] <= LEAST_LEFT * limits[1][index(r)]:
            price[index(r)] = INFINITY


@jit
def failures(
    first_case: int,
    last_case: int,
    first_shut: Any,
    shut: Any,
    ways: Any,
    paths: Any,
    commodity_data: Any,
    layout: Any,
    taste: Any,
    periods: Any,
    across: Any,
    tolerance: float,
    most_steps: int,
    out: Any,
) -> int:
    """Solve one year anew with some paths shut, case by case; return how many quarters did not settle.

    Case k shuts the paths `shut[first_shut[k] … first_shut[k + 1] - 1]`. `paths`: USD/t,
    hours, and nought for the works they need; `commodity_data`: scale of choice, willingness to
    pay, whether counted; `periods`: size (quarters, paths; 0: shut), amount (quarters,
    commodities), what is left, the whole limit, starting prices (quarters, resources), reach.
    `out`: answer (cases, 4) of tonnes across the branch, USD of all cargo with what stays at
    home at its willingness to pay, hours times tonnes and tonnes of what is counted; crossed
    (cases, commodities), tonnes across; most (paths), the most of them in any case; every
    (paths), all tonnes of the last case.
    """
    (cost, hours, needs), (scale, max_cost, counted) = paths, commodity_data
    size, amount, capacity, whole, start, reach = periods
    answer, crossed, most, every = out
    resources, quarters, n, groups = capacity.shape[1], len(amount), len(cost), len(taste[3])
    scratch, flow, load = work_space(layout, resources)
    weight, taken, now, mine = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    unserved, price, sums = np.zeros(len(scale)), np.zeros(resources), np.zeros(2)
    gathered = (np.zeros(groups), np.zeros(groups), np.zeros(len(layout[1])))
    unsettled = 0
    for k in range(first_case, last_case):
        now[:] = cost
        mine[:] = 0.0
        every[:] = 0.0
        totals = (answer[index(k)], crossed[index(k)], mine, every)
        for i in range(first_shut[index(k)], first_shut[index(k + 1)]):
            now[index(shut[index(i)])] = INFINITY
        weigh_paths(ways[0], now, scale, max_cost, weight, unserved)
        for q in range(quarters):
            limits = (capacity[index(q)], whole[index(q)], reach)
            start_at(start[index(q)], limits, price)
            pass_at(layout, taste[0], price, scratch[0], scratch[1], LEAST_PASSING)
            gather(
                ways,
                layout[1],
                weight,
                unserved,
                amount[index(q)],
                size[index(q)],
                needs,
                0,
                across,
                scratch[1],
                taken,
                gathered,
                sums,
            )
            steps = settle(layout, taste, gathered, limits, price, flow, load, tolerance, most_steps, scratch)
            unsettled += 1 if steps < 0 else 0
            pass_at(layout, taste[0], price, scratch[0], scratch[1], 0.0)
            tally(
                ways,
                layout[1],
                weight,
                unserved,
                amount[index(q)],
                size[index(q)],
                max_cost,
                scratch[1],
                taken,
                now,
                hours,
                counted,
                across,
                totals,
            )
        for c in range(len(scale)):
            answer[index(k), 0] += crossed[index(k), index(c)]
        for p in range(n):
            most[index(p)] = max(most[index(p)], mine[index(p)])
    return unsettled
