"""Solutions of one year with some paths closed, case by case."""

from __future__ import annotations

from typing import Any

import numpy as np

from corridor.kernel.mode import sibling, tools

jit, index = tools(__name__)
_classes = sibling(__name__, "classes")
weigh_paths, gather, pass_at = (getattr(_classes, name) for name in ("weigh_paths", "gather", "pass_at"))
settle = sibling(__name__, "equilibrium").settle
work_space = sibling(__name__, "draws").work_space
INFINITY = _classes.INFINITY


@jit
def tally(
    path_table: Any,
    bundle_of: Any,
    weight: Any,
    unserved: Any,
    amount: Any,
    size: Any,
    max_cost: Any,
    passes: Any,
    priced: Any,
    now: Any,
    hours: Any,
    counted: Any,
    across: Any,
    totals: Any,
) -> None:
    """Add the results of a sub-period, path by path, to those of its case."""
    first_path, class_of = path_table
    answer, crossed, across_by_path, every = totals
    for c in range(len(amount)):
        # Logit weights at the prices of the sub-period.
        total = unserved[index(c)]
        for p in range(first_path[index(c)], first_path[index(c + 1)]):
            w = weight[index(p)] * size[index(p)] * passes[index(bundle_of[index(class_of[index(p)])])]
            priced[index(p)] = w
            total += w
        # Costs of unserved demand and of each path, and tonnes across the branch.
        share = amount[index(c)] / total
        answer[index(1)] += unserved[index(c)] * share * max_cost[index(c)]
        for p in range(first_path[index(c)], first_path[index(c + 1)]):
            x = priced[index(p)] * share
            if x > 0.0:
                answer[index(1)] += x * now[index(p)]
                every[index(p)] += x
                y = x * across[index(class_of[index(p)])]
                crossed[index(c)] += y
                across_by_path[index(p)] += y
                if counted[index(c)]:
                    answer[index(2)] += x * hours[index(p)]
                    answer[index(3)] += x


@jit
def resize(first_path: Any, is_closed: Any, counts: Any, links: Any, count: Any, size: Any) -> None:
    """Fill the path sizes of the commodities that lose a path, among the paths that `counts` and stay open.

    `links`: first link of each path, links, lengths by link; `count` is scratch, zero throughout, by link. As
    `logit.sizes`, for some commodities.
    """
    first_link, link, length = links
    for c in range(len(first_path) - 1):
        begin, end = first_path[index(c)], first_path[index(c + 1)]
        loses = False
        for p in range(begin, end):
            loses = loses or (is_closed[index(p)] != 0 and counts[index(p)] != 0)
        if not loses:
            continue
        # Count the paths on each link.
        for p in range(begin, end):
            if is_closed[index(p)] == 0 and counts[index(p)] != 0:
                for i in range(first_link[index(p)], first_link[index(p + 1)]):
                    count[index(link[index(i)])] += 1
        # Path size: lengths divided by these counts, relative to the whole length.
        for p in range(begin, end):
            if size[index(p)] > 0.0 and is_closed[index(p)] == 0 and counts[index(p)] != 0:
                total, own = 0.0, 0.0
                for i in range(first_link[index(p)], first_link[index(p + 1)]):
                    x = length[index(link[index(i)])]
                    total += x
                    own += x / count[index(link[index(i)])]
                if total > 0.0:
                    size[index(p)] = own / total
        # Reset the counts.
        for p in range(begin, end):
            for i in range(first_link[index(p)], first_link[index(p + 1)]):
                count[index(link[index(i)])] = 0


@jit
def failures(
    first_case: int,
    last_case: int,
    first_closed: Any,
    closed: Any,
    path_table: Any,
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
    """Solve one year with some paths closed, case by case; return the number of sub-periods without equilibrium.

    Case k closes the paths `closed[first_closed[k] … first_closed[k + 1] - 1]`. `paths`: USD/t
    (different costs, paths), hours, links as for `resize`; `commodity_data`: scale of choice, maximum cost,
    whether counted; `periods`: which cost and which size (sub-periods), size (different sizes, paths; 0: closed), the
    paths among which it is measured, amount (sub-periods, commodities), free capacity, whole limit, starting prices
    (sub-periods, resources; infinite: exhausted), step limits. `out`: answer (cases, 4) of tonnes across the branch,
    USD of all cargo with unserved demand at its maximum cost, hours times tonnes and tonnes of counted cargo; crossed
    (cases, commodities), tonnes across; most (paths), the largest of them in any case; every
    (paths), all tonnes of the last case.
    """
    (costs, hours, links), (scale, max_cost, counted) = paths, commodity_data
    cost_of, size_of, sizes, counts, amount, capacity, whole, start, reach = periods
    answer, crossed, most, every = out
    resources, parts, n = capacity.shape[1], len(amount), costs.shape[1]
    scratch, flow, load = work_space(layout, resources)
    weight, priced, now, across_by_path = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    unserved, price, class_weight = np.zeros(len(scale)), np.zeros(resources), np.zeros(len(layout[1]))
    required, built = np.zeros(n, np.int64), np.ones(1, np.int64)
    is_closed, count, size = np.zeros(n, np.int64), np.zeros(len(links[2]), np.int64), sizes.copy()
    unsettled = 0
    for k in range(first_case, last_case):
        # Path sizes without the closed paths.
        is_closed[:] = 0
        for i in range(first_closed[index(k)], first_closed[index(k + 1)]):
            is_closed[index(closed[index(i)])] = 1
        size[:] = sizes
        for x in range(len(sizes)):
            resize(path_table[0], is_closed, counts[index(x)], links, count, size[index(x)])
        across_by_path[:] = 0.0
        every[:] = 0.0
        totals = (answer[index(k)], crossed[index(k)], across_by_path, every)
        weighed = -1
        for s in range(parts):
            # Path weights with the closed paths at infinite cost.
            if cost_of[index(s)] != weighed:
                weighed = cost_of[index(s)]
                now[:] = costs[index(weighed)]
                for i in range(first_closed[index(k)], first_closed[index(k + 1)]):
                    now[index(closed[index(i)])] = INFINITY
                weigh_paths(path_table[0], now, scale, max_cost, weight, unserved)
            # Equilibrium of the sub-period, from the starting prices.
            limits = (capacity[index(s)], whole[index(s)], reach)
            price[:] = start[index(s)]
            open_size = size[index(size_of[index(s)])]
            gather(path_table[1], weight, open_size, required, built, class_weight)
            gathered = (amount[index(s)], unserved, class_weight)
            steps = settle(layout, taste, gathered, limits, price, flow, load, tolerance, most_steps, scratch)
            # Results of the sub-period at its prices.
            unsettled += 1 if steps < 0 else 0
            pass_at(layout, taste[0], price, scratch[0], scratch[1])
            tally(
                path_table,
                layout[1],
                weight,
                unserved,
                amount[index(s)],
                open_size,
                max_cost,
                scratch[1],
                priced,
                now,
                hours,
                counted,
                across,
                totals,
            )
        for c in range(len(scale)):
            answer[index(k), 0] += crossed[index(k), index(c)]
        for p in range(n):
            most[index(p)] = max(most[index(p)], across_by_path[index(p)])
    return unsettled
