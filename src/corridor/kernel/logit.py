"""Path choice by logit, and the prices at which every resource stays within its limit.

Commodity `c` chooses among paths `first_path[c] … first_path[c + 1] - 1` and
unserved demand. A path has the utility `log_size - scale (cost + Σ price use)`,
unserved demand `-scale max_cost`; shares are proportional to their exponentials.
An infinite cost closes a path. The prices are the minimum of the convex

    D(price) = Σ price capacity + Σ (amount / scale) log Σ exp(utility),  price ≥ 0,

whose gradient is capacity minus load: a price is positive only where the limit
binds. The method is projected Newton steps on the binding resources (Bertsekas 1982,
doi:10.1137/0320018), each accepted only if D or the residual falls.
"""

from __future__ import annotations

import math
from typing import Any

from corridor.kernel.mode import sibling, tools

jit, index = tools(__name__)
_cholesky = sibling(__name__, "cholesky")
factorise, substitute = _cholesky.factorise, _cholesky.substitute

INFINITY = float("inf")


@jit
def choose(choice: Any, price: Any, flow: Any, load: Any) -> float:
    """Fill `flow` by path and `load` by resource at given prices; return D."""
    first_path, cost, log_size, amount = choice.first_path, choice.cost, choice.log_size, choice.amount
    first_use, use_resource, use, capacity = choice.first_use, choice.resource, choice.use, choice.capacity
    dual = 0.0
    for r in range(len(capacity)):
        load[index(r)] = 0.0
        dual += price[index(r)] * capacity[index(r)]
    for c in range(len(amount)):
        # Utilities of the paths and the largest of all, which avoids overflow.
        begin, end = first_path[index(c)], first_path[index(c + 1)]
        theta = choice.scale[index(c)]
        unserved = -theta * choice.max_cost[index(c)]
        best = unserved
        for p in range(begin, end):
            paid = cost[index(p)]
            if paid < INFINITY:
                for u in range(first_use[index(p)], first_use[index(p + 1)]):
                    paid += price[index(use_resource[index(u)])] * use[index(u)]
                value = log_size[index(p)] - theta * paid
                flow[index(p)] = value
                best = max(best, value)
            else:
                flow[index(p)] = -INFINITY
        # Exponentials and their sum.
        total = math.exp(unserved - best)
        for p in range(begin, end):
            weight = 0.0
            if flow[index(p)] > -INFINITY:
                weight = math.exp(flow[index(p)] - best)
            flow[index(p)] = weight
            total += weight
        # Term of D, flows of paths and loads of resources.
        dual += amount[index(c)] / theta * (best + math.log(total))
        for p in range(begin, end):
            carried = amount[index(c)] * flow[index(p)] / total
            flow[index(p)] = carried
            if carried > 0.0:
                for u in range(first_use[index(p)], first_use[index(p + 1)]):
                    load[index(use_resource[index(u)])] += carried * use[index(u)]
    return dual


@jit
def residual(capacity: Any, price: Any, load: Any) -> float:
    """Return the largest relative violation: load above a limit, or a price where capacity is left."""
    worst = 0.0
    for r in range(len(capacity)):
        over = (load[index(r)] - capacity[index(r)]) / capacity[index(r)]
        if price[index(r)] > 0.0:
            over = abs(over)
        worst = max(worst, over)
    return worst


@jit
def curvature(choice: Any, flow: Any, size: int, scratch: Any) -> None:
    """Fill the second derivatives of D for the `size` resources that `place` numbers (-1: left out)."""
    first_path, amount, first_use = choice.first_path, choice.amount, choice.first_use
    use_resource, use, place = choice.resource, choice.use, scratch.place
    hessian, mean, touched, seen = scratch.hessian, scratch.mean, scratch.touched, scratch.seen
    for k in range(size * size):
        hessian[index(k)] = 0.0
    for k in range(size):
        mean[index(k)] = 0.0
        seen[index(k)] = 0
    for c in range(len(amount)):
        if amount[index(c)] <= 0.0:
            continue
        # Second moments of the uses of each commodity.
        theta = choice.scale[index(c)]
        many = 0
        for p in range(first_path[index(c)], first_path[index(c + 1)]):
            carried = flow[index(p)]
            if carried <= 0.0:
                continue
            for u in range(first_use[index(p)], first_use[index(p + 1)]):
                k = place[index(use_resource[index(u)])]
                if k < 0:
                    continue
                if seen[index(k)] == 0:
                    seen[index(k)] = 1
                    touched[index(many)] = k
                    many += 1
                a = use[index(u)]
                mean[index(k)] += carried * a
                for v in range(first_use[index(p)], first_use[index(p + 1)]):
                    other = place[index(use_resource[index(v)])]
                    if other >= 0:
                        hessian[index(k * size + other)] += theta * carried * a * use[index(v)]
        # Subtract the product of the means, and reset the scratch.
        for i in range(many):
            k = touched[index(i)]
            for j in range(many):
                other = touched[index(j)]
                hessian[index(k * size + other)] -= theta * mean[index(k)] * mean[index(other)] / amount[index(c)]
        for i in range(many):
            k = touched[index(i)]
            mean[index(k)] = 0.0
            seen[index(k)] = 0


@jit
def newton_step(choice: Any, price: Any, flow: Any, load: Any, reach: float, lift: float, scratch: Any) -> float:
    """Fill `step` for the binding resources, numbered in `place`; return its largest component."""
    capacity, place, hessian, step = choice.capacity, scratch.place, scratch.hessian, scratch.step
    # Number the binding resources.
    size = 0
    for r in range(len(capacity)):
        place[index(r)] = -1
        if price[index(r)] > 0.0 or load[index(r)] > capacity[index(r)]:
            place[index(r)] = size
            size += 1
    curvature(choice, flow, size, scratch)
    for r in range(len(capacity)):
        k = place[index(r)]
        if k >= 0:
            step[index(k)] = load[index(r)] - capacity[index(r)]
            # D is flat where nearly all or none of the cargo passes: an addition to the diagonal limits the step
            # and turns it towards steepest descent.
            excess = abs(step[index(k)])
            hessian[index(k * size + k)] += 1e-12 * hessian[index(k * size + k)] + lift * excess / reach
    # Solve for the step, O(size³).
    factorise(hessian, size)
    substitute(hessian, size, step)
    longest = 0.0
    for k in range(size):
        longest = max(longest, abs(step[index(k)]))
    return longest


@jit
def moved_prices(capacity: Any, price: Any, load: Any, place: Any, step: Any, length: float, trial: Any) -> float:
    """Fill `trial` with the prices after a step of a given length; return the change of D to first order."""
    slope = 0.0
    for r in range(len(capacity)):
        k = place[index(r)]
        trial[index(r)] = price[index(r)]
        if k >= 0:
            trial[index(r)] = max(0.0, price[index(r)] + length * step[index(k)])
            slope += (capacity[index(r)] - load[index(r)]) * (trial[index(r)] - price[index(r)])
    return slope


@jit
def find_prices(choice: Any, price: Any, flow: Any, load: Any, tolerance: float, limit: int, scratch: Any) -> int:
    """Move `price` until the residual is below `tolerance`; return the steps, or -1 if `limit` steps are too few.

    `price` holds the start and the result; `flow` and `load` are filled. `choice` is a `PathChoice`, `scratch` a
    `NewtonScratch` of `kernel.structs`.
    """
    capacity, scale, trial, mean = choice.capacity, choice.scale, scratch.trial, scratch.mean
    # The step limit: four times the largest inverse scale.
    reach = 1.0
    for c in range(len(scale)):
        reach = max(reach, 4.0 / scale[index(c)])
    lift = 1e-3
    dual = choose(choice, price, flow, load)
    worst = residual(capacity, price, load)
    for done in range(limit):
        if worst <= tolerance:
            return done
        # Newton step, shortened to the step limit.
        longest = newton_step(choice, price, flow, load, reach, lift, scratch)
        length = 1.0
        if longest > reach:
            length = reach / longest
        moved = False
        # Line search by halving.
        for _ in range(40):
            slope = moved_prices(capacity, price, load, scratch.place, scratch.step, length, trial)
            new = choose(choice, trial, flow, mean)
            trial_residual = residual(capacity, trial, mean)
            falls = new <= dual + 1e-4 * slope and slope < 0.0
            if falls or (trial_residual < worst and new <= dual + 1e-9 * abs(dual)):
                if falls and length * longest >= 0.99 * reach:
                    reach *= 2.0
                dual, worst, moved = new, trial_residual, True
                break
            length *= 0.5
        # No improvement: a larger addition to the diagonal shortens and turns the next step.
        if not moved:
            choose(choice, price, flow, load)
            lift *= 100.0
            if lift > 1e15:
                return -1
            continue
        lift = max(1e-3, 0.1 * lift)
        for r in range(len(capacity)):
            price[index(r)] = trial[index(r)]
            load[index(r)] = mean[index(r)]
    if worst <= tolerance:
        return limit
    return -1


@jit
def sizes(first_path: Any, cost: Any, first_link: Any, link: Any, length: Any, count: Any, log_size: Any) -> None:
    """Fill the logarithm of the path size: the unshared part of a path among the open paths of its commodity.

    Path p runs over links `link[first_link[p] … first_link[p + 1] - 1]` of `length`.
    `count` is scratch, zero throughout, by link.
    Ben-Akiva & Bierlaire (1999), doi:10.1007/978-1-4615-5203-1_2.
    """
    for c in range(len(first_path) - 1):
        # Count the paths on each link.
        for p in range(first_path[index(c)], first_path[index(c + 1)]):
            if cost[index(p)] < INFINITY:
                for i in range(first_link[index(p)], first_link[index(p + 1)]):
                    count[index(link[index(i)])] += 1
        # Path size: lengths divided by these counts, relative to the whole length.
        for p in range(first_path[index(c)], first_path[index(c + 1)]):
            log_size[index(p)] = 0.0
            if cost[index(p)] < INFINITY:
                total = 0.0
                own = 0.0
                for i in range(first_link[index(p)], first_link[index(p + 1)]):
                    x = length[index(link[index(i)])]
                    total += x
                    own += x / count[index(link[index(i)])]
                if total > 0.0:
                    log_size[index(p)] = math.log(own / total)
        # Reset the counts.
        for p in range(first_path[index(c)], first_path[index(c + 1)]):
            for i in range(first_link[index(p)], first_link[index(p + 1)]):
                count[index(link[index(i)])] = 0
