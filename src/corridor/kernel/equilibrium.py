"""Prices of full resources for cargo in classes: projected Newton steps on a convex function.

Its derivative by the price of a resource is the free capacity; its second derivatives
are the changes of loads with prices. The names are those of `classes`.
"""

from __future__ import annotations

from typing import Any

from corridor.kernel.mode import sibling, tools

jit, index = tools(__name__)
_classes, _cholesky = sibling(__name__, "classes"), sibling(__name__, "cholesky")
INFINITY: float = _classes.INFINITY
logit_shares, worst_of = _classes.logit_shares, _classes.worst_of
factorise, substitute = _cholesky.factorise, _cholesky.substitute

MINOR = 1e-5  # relative to all tonnes: the mean term of smaller commodities is left out of the curvature
LIFT = 0.02  # relative to the violation of a limit: addition to the diagonal
HALVINGS = 20
WATCHED = 0.8  # of a limit: a resource with a higher load is looked at in every step
FAST = 0.2  # relative to the violation before a step: if less remains, the next step uses the same curvature


@jit
def bundle_curvature(
    layout: Any, units: Any, bundle_scale: Any, carried: Any, place: Any, size: int, hessian: Any, uses: Any
) -> None:
    """Fill the second derivatives of each bundle by itself, and its uses of the numbered resources."""
    _, _, first_use, use, factor_resource = layout
    first_bound, bound, used_units = uses
    for k in range(size * size):
        hessian[index(k)] = 0.0
    many = 0
    for b in range(len(carried)):
        # Uses of the resources that bind.
        first_bound[index(b)] = many
        x = carried[index(b)]
        for u in range(first_use[index(b)], first_use[index(b + 1)]):
            f = use[index(u)]
            i = place[index(factor_resource[index(f)])]
            if i >= 0:
                bound[index(many)] = i
                used_units[index(many)] = units[index(f)]
                many += 1
        # Their products, lower triangle.
        if x > 0.0:
            for u in range(first_bound[index(b)], many):
                i = bound[index(u)]
                part = bundle_scale[index(b)] * x * used_units[index(u)]
                for v in range(first_bound[index(b)], u + 1):
                    j = bound[index(v)]
                    hessian[index(max(i, j) * size + min(i, j))] += part * used_units[index(v)]
    first_bound[index(len(carried))] = many


@jit
def curvature(
    layout: Any,
    taste: Any,
    amount: Any,
    carried: Any,
    flow: Any,
    place: Any,
    size: int,
    hessian: Any,
    uses: Any,
    mean: Any,
    touched: Any,
) -> None:
    """Fill the lower triangle of the second derivatives for the `size` resources that `place` numbers (-1: left out).

    `uses`, `mean` and `touched` are scratch.
    """
    first_class, bundle_of, _, _, _ = layout
    _, units, bundle_scale, scale = taste
    first_bound, bound, used_units = uses
    bundle_curvature(layout, units, bundle_scale, carried, place, size, hessian, uses)
    everything = 0.0
    for g in range(len(amount)):
        everything += amount[index(g)]
    for k in range(size):
        mean[index(k)] = 0.0
    for g in range(len(amount)):
        if amount[index(g)] <= MINOR * everything:  # negligible: leaving it out hardly slows the steps
            continue
        # Mean use of each resource by the commodity.
        seen = 0
        for k in range(first_class[index(g)], first_class[index(g + 1)]):
            b = bundle_of[index(k)]
            x = flow[index(k)]
            for u in range(first_bound[index(b)], first_bound[index(b + 1)]):
                part = x * used_units[index(u)]
                if part > 0.0:
                    i = bound[index(u)]
                    if mean[index(i)] == 0.0:
                        touched[index(seen)] = i
                        seen += 1
                    mean[index(i)] += part
        # Subtract the product of the means.
        turned = scale[index(g)] / amount[index(g)]
        for x in range(seen):
            i = touched[index(x)]
            part = turned * mean[index(i)]
            for y in range(x + 1):
                j = touched[index(y)]
                hessian[index(max(i, j) * size + min(i, j))] -= part * mean[index(j)]
        for x in range(seen):
            mean[index(touched[index(x)])] = 0.0


@jit
def number_active(capacity: Any, price: Any, load: Any, place: Any, step: Any, size: int) -> int:
    """Number the binding resources, with their excess load in `step`; return how many, -1 - n if the set changed."""
    many, same = 0, size >= 0
    for r in range(len(capacity)):
        paid = price[index(r)]
        if paid < INFINITY and (paid > 0.0 or load[index(r)] > capacity[index(r)]):
            same = same and place[index(r)] == many
            place[index(r)] = many
            step[index(many)] = load[index(r)] - capacity[index(r)]
            many += 1
        else:
            same = same and place[index(r)] == -1
            place[index(r)] = -1
    if same and many == size:
        return many
    return -1 - many


@jit
def lift_and_factorise(price: Any, reach: Any, place: Any, step: Any, size: int, hessian: Any) -> None:
    """Increase the diagonal, which limits the step where loads hardly react to prices, and factorise."""
    for r in range(len(price)):
        k = place[index(r)]
        if k >= 0:
            limit = max(reach[index(r)], price[index(r)])
            bend = hessian[index(k * size + k)]
            hessian[index(k * size + k)] = bend + 1e-9 * bend + LIFT * abs(step[index(k)]) / limit
    factorise(hessian, size)


@jit
def search(
    layout: Any,
    taste: Any,
    gathered: Any,
    limits: Any,
    price: Any,
    load: Any,
    flow: Any,
    tolerance: float,
    scratch: Any,
) -> float:
    """Take `step`, shortened where the function rises at its end; return the largest violation there."""
    scaled_use, units, _, _ = taste
    capacity, whole, reach = limits
    decay, passes, carried, trial, step, trial_load, place, _, _, _, _, _, _ = scratch
    # Limit each component of the step.
    for r in range(len(capacity)):
        k = place[index(r)]
        if k >= 0:
            limit = max(reach[index(r)], price[index(r)])
            step[index(k)] = min(limit, max(-limit, step[index(k)]))
    length, worst = 1.0, INFINITY
    for attempt in range(HALVINGS):
        # Trial prices, projected to 0, and the slope at the start of the step.
        falls = 0.0
        for r in range(len(capacity)):
            k = place[index(r)]
            trial[index(r)] = price[index(r)]
            if k >= 0:
                trial[index(r)] = max(0.0, price[index(r)] + length * step[index(k)])
                falls += (capacity[index(r)] - load[index(r)]) * (trial[index(r)] - price[index(r)])
        logit_shares(layout, scaled_use, units, gathered, trial, decay, passes, carried, flow, trial_load)
        # Accept if the slope at the end is small; otherwise shorten by interpolation.
        rises = 0.0
        for r in range(len(capacity)):
            if place[index(r)] >= 0:
                rises += (capacity[index(r)] - trial_load[index(r)]) * (trial[index(r)] - price[index(r)])
        worst = worst_of(capacity, whole, trial, trial_load)
        if worst <= tolerance or rises <= 0.5 * abs(falls) or attempt == HALVINGS - 1:
            break
        length *= min(0.7, max(0.1, abs(falls) / (abs(falls) + rises)))
    for r in range(len(capacity)):
        price[index(r)] = trial[index(r)]
        load[index(r)] = trial_load[index(r)]
    return worst


@jit
def watch(layout: Any, capacity: Any, price: Any, load: Any, near: Any) -> None:
    """Fill the uses of each bundle that matter for the next steps: of resources with a price or a high load."""
    _, _, first_use, use, factor_resource = layout
    first_near, near_use, is_near = near
    for r in range(len(capacity)):
        is_near[index(r)] = 1 if price[index(r)] > 0.0 or load[index(r)] > WATCHED * capacity[index(r)] else 0
    many = 0
    for b in range(len(first_use) - 1):
        first_near[index(b)] = many
        for u in range(first_use[index(b)], first_use[index(b + 1)]):
            f = use[index(u)]
            if is_near[index(factor_resource[index(f)])] != 0:
                near_use[index(many)] = f
                many += 1
    first_near[index(len(first_use) - 1)] = many


@jit
def settle(
    layout: Any,
    taste: Any,
    gathered: Any,
    limits: Any,
    price: Any,
    flow: Any,
    load: Any,
    tolerance: float,
    most_steps: int,
    scratch: Any,
) -> int:
    """Move `price` until every limit holds to a relative `tolerance`; return the steps, or -1 if they were too few.

    `taste` is (scaled use and units of each factor, scale of each bundle and commodity);
    `gathered` is (amount, weight of unserved demand, weight of each class); `limits` is (free capacity, whole limit,
    step limit of the price) by resource. `price` holds the start and the result, `flow` and `load`
    are filled, the rest is scratch. An infinite price closes a resource.

    The steps look only at resources that are full or nearly so; at their end all are looked at.
    """
    scaled_use, units, _, _ = taste
    capacity, whole, _ = limits
    decay, passes, carried, near = scratch[0], scratch[1], scratch[2], scratch[12]
    few = (layout[0], layout[1], near[0], near[1], layout[4])
    done = 0
    while True:
        logit_shares(layout, scaled_use, units, gathered, price, decay, passes, carried, flow, load)
        if worst_of(capacity, whole, price, load) <= tolerance:
            return done
        if done >= most_steps:
            return -1
        watch(layout, capacity, price, load, near)
        done += newton(few, taste, gathered, limits, price, flow, load, tolerance, most_steps - done, scratch)


@jit
def newton(
    layout: Any,
    taste: Any,
    gathered: Any,
    limits: Any,
    price: Any,
    flow: Any,
    load: Any,
    tolerance: float,
    most_steps: int,
    scratch: Any,
) -> int:
    """Take Newton steps until the limits in `layout` hold, or `most_steps`; return their number, at least 1."""
    capacity, whole, _ = limits
    _, _, carried, _, step, other, place, touched, hessian, first_bound, bound, used_units, _ = scratch
    worst = worst_of(capacity, whole, price, load)
    before, size = INFINITY, -1
    for done in range(most_steps):
        # New curvature if other resources bind or the last step gained little.
        many = number_active(capacity, price, load, place, step, size)
        if many < 0 or worst >= FAST * before:
            size = many if many >= 0 else -1 - many
            uses = (first_bound, bound, used_units)
            curvature(layout, taste, gathered[0], carried, flow, place, size, hessian, uses, other, touched)
            lift_and_factorise(price, limits[2], place, step, size, hessian)
        # Newton step with line search.
        before = worst
        substitute(hessian, size, step)
        worst = search(layout, taste, gathered, limits, price, load, flow, tolerance, scratch)
        if worst <= tolerance:
            return done + 1
    return most_steps
