"""Cargo that chooses alike, taken together: what goes by each class of ways at given prices of full resources.

The same logit as in `logit`, laid out for repetition. Commodities of one cargo
between two zones that choose alike form a *group*; its ways that take the same of
every resource that could fill form a *class*. Within a class shares do not depend on
prices, so exponentials are taken once a draw and not once a step. What prices do to a
class is a product of *factors* exp(-scale · units · price), one for each amount that
some cargo takes of some resource; classes with the same factors share a *bundle*. So
a step costs as many exponentials as there are factors, and one multiplication for
each class.

`layout` is (first class of each group, bundle of each class, first use of each
bundle, factors used, resource of each factor).
"""

from __future__ import annotations

import math
from typing import Any

from corridor.kernel.mode import tools

jit, index = tools(__name__)

SMALLEST = 1e-280  # a weight that is never nothing, so that a commodity without a way stays at home
FIGURES = 4  # of an item
INFINITY = float("inf")
LEAST_LEFT = 1e-3  # of a limit: with less than this left a resource is shut
LEAST_PASSING = 1e-30  # what is left of a weight where groups are gathered: nothing, but it can come back


@jit
def price_paths(factors: Any, items: Any, arc_cost: Any, cost: Any) -> None:
    """Fill `cost` by path under `factors`, as `assignment.cost_decomposition` lays them out; `arc_cost` is scratch."""
    first_item, item_usd, item_figure, first_arc, arc, first_charge, charge_usd, charge_figure, rest = items
    for a in range(len(arc_cost)):
        total = 0.0
        for i in range(first_item[index(a)], first_item[index(a + 1)]):
            value = item_usd[index(i)]
            for k in range(FIGURES):
                value *= factors[index(item_figure[index(FIGURES * i + k)])]
            total += value
        arc_cost[index(a)] = total
    for p in range(len(cost)):
        total = rest[index(p)]
        for i in range(first_arc[index(p)], first_arc[index(p + 1)]):
            total += arc_cost[index(arc[index(i)])]
        for i in range(first_charge[index(p)], first_charge[index(p + 1)]):
            total += charge_usd[index(i)] * factors[index(charge_figure[index(i)])]
        cost[index(p)] = total


@jit
def weigh_paths(first_path: Any, cost: Any, scale: Any, max_cost: Any, weight: Any, unserved: Any) -> None:
    """Fill the weight of each path, and that of staying at home, relative to the cheapest path of its commodity."""
    for c in range(len(scale)):
        begin, end = first_path[index(c)], first_path[index(c + 1)]
        least = max_cost[index(c)]
        for p in range(begin, end):
            least = min(least, cost[index(p)])
        unserved[index(c)] = max(SMALLEST, math.exp(-scale[index(c)] * (max_cost[index(c)] - least)))
        for p in range(begin, end):
            weight[index(p)] = math.exp(-scale[index(c)] * (cost[index(p)] - least))


@jit
def gather(
    ways: Any,
    bundle_of: Any,
    weight: Any,
    unserved: Any,
    amount: Any,
    size: Any,
    needs: Any,
    unbuilt: int,
    across: Any,
    passes: Any,
    taken: Any,
    gathered: Any,
    sums: Any,
) -> None:
    """Gather commodities into groups that choose as one: at the prices behind `passes` every class gets what it would.

    `ways` is (first path, class of each path, group of each commodity). Paths are open if
    they need none of the `unbuilt` works. `gathered`, (tonnes, weight of staying at home)
    by group and weight by class, is filled; `sums` gets the tonnes that would cross the
    branch without prices, and those that have some way across. `taken` is scratch by path.
    """
    first_path, class_of, group_of = ways
    group_amount, group_unserved, class_weight = gathered
    for k in range(len(class_weight)):
        class_weight[index(k)] = 0.0
    for g in range(len(group_unserved)):
        group_unserved[index(g)] = 0.0
        group_amount[index(g)] = 0.0
    sums[index(0)] = 0.0
    sums[index(1)] = 0.0
    for c in range(len(amount)):
        if amount[index(c)] <= 0.0:
            continue
        begin, end = first_path[index(c)], first_path[index(c + 1)]
        unpriced, total, crossing = unserved[index(c)], unserved[index(c)], 0.0
        for p in range(begin, end):
            left = 0.0
            if needs[index(p)] & unbuilt == 0:
                w = weight[index(p)] * size[index(p)]
                k = class_of[index(p)]
                crossing += w * across[index(k)]
                unpriced += w
                left = w * passes[index(bundle_of[index(k)])]
            taken[index(p)] = left
            total += left
        share = amount[index(c)] / total
        g = group_of[index(c)]
        group_unserved[index(g)] += unserved[index(c)] * share
        group_amount[index(g)] += amount[index(c)]
        for p in range(begin, end):
            class_weight[index(class_of[index(p)])] += taken[index(p)] * share
        sums[index(0)] += crossing * amount[index(c)] / unpriced
        if crossing > 0.0:
            sums[index(1)] += amount[index(c)]
    for k in range(len(class_weight)):
        if class_weight[index(k)] > 0.0:
            class_weight[index(k)] /= passes[index(bundle_of[index(k)])]


@jit
def pass_at(layout: Any, scaled_use: Any, price: Any, decay: Any, passes: Any, least: float) -> None:
    """Fill `passes` by bundle: what prices leave of a weight, each of them at least `least` unless it is infinite."""
    _, _, first_use, use, factor_resource = layout
    for f in range(len(scaled_use)):
        paid = price[index(factor_resource[index(f)])]
        left = 1.0
        if paid == INFINITY:
            left = 0.0
        elif paid > 0.0:
            left = max(least, math.exp(-scaled_use[index(f)] * paid))
        decay[index(f)] = left
    for b in range(len(passes)):
        left = 1.0
        for u in range(first_use[index(b)], first_use[index(b + 1)]):
            left *= decay[index(use[index(u)])]
        passes[index(b)] = left


@jit
def logit_shares(
    layout: Any,
    scaled_use: Any,
    units: Any,
    gathered: Any,
    price: Any,
    decay: Any,
    passes: Any,
    carried: Any,
    flow: Any,
    load: Any,
) -> None:
    """Fill `flow` by class, `carried` by bundle and `load` by resource at given prices.

    `decay` (factors) and `passes` (bundles) are scratch: what the prices leave of a weight.
    """
    first_class, bundle_of, first_use, use, factor_resource = layout
    amount, unserved, weight = gathered
    pass_at(layout, scaled_use, price, decay, passes, 0.0)
    for b in range(len(carried)):
        carried[index(b)] = 0.0
    for g in range(len(amount)):
        begin, end = first_class[index(g)], first_class[index(g + 1)]
        total = unserved[index(g)]
        for k in range(begin, end):
            w = weight[index(k)] * passes[index(bundle_of[index(k)])]
            flow[index(k)] = w
            total += w
        share = 0.0
        if total > 0.0:
            share = amount[index(g)] / total
        for k in range(begin, end):
            x = flow[index(k)] * share
            flow[index(k)] = x
            carried[index(bundle_of[index(k)])] += x
    for r in range(len(load)):
        load[index(r)] = 0.0
    for b in range(len(passes)):
        x = carried[index(b)]
        if x > 0.0:
            for u in range(first_use[index(b)], first_use[index(b + 1)]):
                f = use[index(u)]
                load[index(factor_resource[index(f)])] += x * units[index(f)]


@jit
def worst_of(capacity: Any, whole: Any, price: Any, load: Any) -> float:
    """Return the largest miss of a limit, as a share of it: load above, or a price where there is room."""
    worst = 0.0
    for r in range(len(capacity)):
        if price[index(r)] == INFINITY:  # nothing is left of it, and nothing goes there
            continue
        over = (load[index(r)] - capacity[index(r)]) / whole[index(r)]
        if price[index(r)] > 0.0:
            over = abs(over)
        worst = max(worst, over)
    return worst
