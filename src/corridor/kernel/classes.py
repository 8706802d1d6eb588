"""Logit choice by classes of paths at given resource prices.

The model is that of `logit`, prepared for repeated evaluation. The paths of a commodity with equal use of every
resource that could fill form a *class*. Shares within a class do not depend on prices,
so exponentials are computed once per draw and not once per step. The effect of prices
on a class is a product of *factors* exp(-scale · units · price), one for each unit use
of a resource by a cargo; classes with the same factors share a *bundle*. A step
therefore takes one exponential per factor and one multiplication per class.

`layout` is (first class of each commodity, bundle of each class, first use of each
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
def gather(class_of: Any, weight: Any, size: Any, required: Any, built: Any, class_weight: Any) -> None:
    """Fill the weight of each class: that of its open paths, which require only sets of projects that are `built`."""
    for k in range(len(class_weight)):
        class_weight[index(k)] = 0.0
    for p in range(len(weight)):
        if built[index(required[index(p)])] != 0:
            class_weight[index(class_of[index(p)])] += weight[index(p)] * size[index(p)]


@jit
def without_prices(first_class: Any, across: Any, gathered: Any, sums: Any) -> None:
    """Fill the tonnes that would cross the branch without prices, and those with any path across it."""
    amount, unserved, class_weight = gathered
    sums[index(0)] = 0.0
    sums[index(1)] = 0.0
    for c in range(len(amount)):
        total, crossing = unserved[index(c)], 0.0
        for k in range(first_class[index(c)], first_class[index(c + 1)]):
            total += class_weight[index(k)]
            crossing += class_weight[index(k)] * across[index(k)]
        sums[index(0)] += crossing * amount[index(c)] / total
        if crossing > 0.0:
            sums[index(1)] += amount[index(c)]


@jit
def pass_at(layout: Any, scaled_use: Any, price: Any, decay: Any, passes: Any) -> None:
    """Fill `passes`, the price factor of each bundle."""
    _, _, first_use, use, factor_resource = layout
    # One exponential per factor.
    for f in range(len(scaled_use)):
        paid = price[index(factor_resource[index(f)])]
        factor = 1.0
        if paid == INFINITY:
            factor = 0.0
        elif paid > 0.0:
            factor = math.exp(-scaled_use[index(f)] * paid)
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
    pass_at(layout, scaled_use, price, decay, passes)
    for b in range(len(carried)):
        carried[index(b)] = 0.0
    # Logit shares of each commodity over its classes and unserved demand.
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
