"""Logit choice by groups of commodities and classes of paths at given resource prices.

The model is that of `logit`, prepared for repeated evaluation. Commodities of one cargo
between two zones with equal choices form a *group*; its paths with equal use of every
resource that could fill form a *class*. Shares within a class do not depend on prices,
so exponentials are computed once per draw and not once per step. The effect of prices
on a class is a product of *factors* exp(-scale · units · price), one for each unit use
of a resource by a cargo; classes with the same factors share a *bundle*. A step
therefore takes one exponential per factor and one multiplication per class.

`layout` is (first class of each group, bundle of each class, first use of each
bundle, factors used, resource of each factor).
"""

from __future__ import annotations

import math
from typing import Any

from corridor.kernel.mode import tools

jit, index = tools(__name__)

SMALLEST = 1e-280  # a positive weight, so that a commodity without a path is unserved
FIGURES = 4  # per cost item
INFINITY = float("inf")
LEAST_LEFT = 1e-3  # relative to a limit: with less capacity left a resource is closed
LEAST_PASSING = 1e-30  # the smallest price factor in the aggregation: positive, so that it can be divided out again


@jit
def price_paths(factors: Any, items: Any, arc_cost: Any, cost: Any) -> None:
    """Fill `cost` by path under `factors` of `assignment.cost_decomposition`; `arc_cost` is scratch."""
    first_item, item_usd, item_figure, first_arc, arc, first_charge, charge_usd, charge_figure, rest = items
    # Cost of each arc: the sum of its items under the factors.
    for a in range(len(arc_cost)):
        total = 0.0
        for i in range(first_item[index(a)], first_item[index(a + 1)]):
            value = item_usd[index(i)]
            for k in range(FIGURES):
                value *= factors[index(item_figure[index(FIGURES * i + k)])]
            total += value
        arc_cost[index(a)] = total
    # Cost of each path: its constant part, its arcs and its charges.
    for p in range(len(cost)):
        total = rest[index(p)]
        for i in range(first_arc[index(p)], first_arc[index(p + 1)]):
            total += arc_cost[index(arc[index(i)])]
        for i in range(first_charge[index(p)], first_charge[index(p + 1)]):
            total += charge_usd[index(i)] * factors[index(charge_figure[index(i)])]
        cost[index(p)] = total


@jit
def weigh_paths(first_path: Any, cost: Any, scale: Any, max_cost: Any, weight: Any, unserved: Any) -> None:
    """Fill the logit weight of each path and of unserved demand, relative to the cheapest option of the commodity."""
    for c in range(len(scale)):
        begin, end = first_path[index(c)], first_path[index(c + 1)]
        # Subtracting the least cost avoids underflow.
        least = max_cost[index(c)]
        for p in range(begin, end):
            least = min(least, cost[index(p)])
        unserved[index(c)] = max(SMALLEST, math.exp(-scale[index(c)] * (max_cost[index(c)] - least)))
        for p in range(begin, end):
            weight[index(p)] = math.exp(-scale[index(c)] * (cost[index(p)] - least))


@jit
def gather(
    path_table: Any,
    bundle_of: Any,
    weight: Any,
    unserved: Any,
    amount: Any,
    size: Any,
    required: Any,
    built: Any,
    across: Any,
    passes: Any,
    weight_at_prices: Any,
    gathered: Any,
    sums: Any,
) -> None:
    """Aggregate commodities into groups, exactly at the prices behind `passes`: each class gets its total flow.

    `path_table` is (first path, class of each path, group of each commodity). Paths are open
    if all projects of the set that they require are `built`. `gathered` is filled: (tonnes, weight of
    unserved demand) by group, and weight by class. `sums` gets the tonnes that would cross the
    branch without prices, and those with any path across it. `weight_at_prices` is scratch by path.
    """
    first_path, class_of, group_of = path_table
    group_amount, group_unserved, class_weight = gathered
    # Clear the sums.
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
        # Weights of the open paths, without and with prices.
        begin, end = first_path[index(c)], first_path[index(c + 1)]
        unpriced, total, crossing = unserved[index(c)], unserved[index(c)], 0.0
        for p in range(begin, end):
            priced = 0.0
            if built[index(required[index(p)])] != 0:
                w = weight[index(p)] * size[index(p)]
                k = class_of[index(p)]
                crossing += w * across[index(k)]
                unpriced += w
                priced = w * passes[index(bundle_of[index(k)])]
            weight_at_prices[index(p)] = priced
            total += priced
        # Add the flows at these prices to the group and its classes.
        share = amount[index(c)] / total
        g = group_of[index(c)]
        group_unserved[index(g)] += unserved[index(c)] * share
        group_amount[index(g)] += amount[index(c)]
        for p in range(begin, end):
            class_weight[index(class_of[index(p)])] += weight_at_prices[index(p)] * share
        sums[index(0)] += crossing * amount[index(c)] / unpriced
        if crossing > 0.0:
            sums[index(1)] += amount[index(c)]
    # Divide the price factors out: the weights are then valid for all prices.
    for k in range(len(class_weight)):
        if class_weight[index(k)] > 0.0:
            class_weight[index(k)] /= passes[index(bundle_of[index(k)])]


@jit
def pass_at(layout: Any, scaled_use: Any, price: Any, decay: Any, passes: Any, least: float) -> None:
    """Fill `passes`, the price factor of each bundle; finite prices give factors of at least `least` each."""
    _, _, first_use, use, factor_resource = layout
    # One exponential per factor.
    for f in range(len(scaled_use)):
        paid = price[index(factor_resource[index(f)])]
        factor = 1.0
        if paid == INFINITY:
            factor = 0.0
        elif paid > 0.0:
            factor = max(least, math.exp(-scaled_use[index(f)] * paid))
        decay[index(f)] = factor
    # The product of the factors of each bundle.
    for b in range(len(passes)):
        factor = 1.0
        for u in range(first_use[index(b)], first_use[index(b + 1)]):
            factor *= decay[index(use[index(u)])]
        passes[index(b)] = factor


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

    `decay` (factors) and `passes` (bundles) are scratch: the price factors.
    """
    first_class, bundle_of, first_use, use, factor_resource = layout
    amount, unserved, weight = gathered
    pass_at(layout, scaled_use, price, decay, passes, 0.0)
    for b in range(len(carried)):
        carried[index(b)] = 0.0
    # Logit shares of each group over its classes and unserved demand.
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
    # Loads of resources by bundle.
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
    """Return the largest relative violation: load above a limit, or a price where capacity is left."""
    worst = 0.0
    for r in range(len(capacity)):
        if price[index(r)] == INFINITY:  # exhausted: no flow uses it
            continue
        over = (load[index(r)] - capacity[index(r)]) / whole[index(r)]
        if price[index(r)] > 0.0:
            over = abs(over)
        worst = max(worst, over)
    return worst
