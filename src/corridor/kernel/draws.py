"""Many forecasts in a row: each draw of all figures is priced, and each of its quarters brought to equilibrium.

The same logit with prices of full resources as in `logit`, laid out for repetition.
Commodities of one cargo between two zones that choose alike form a *group*; its
ways that take the same of every resource that could fill form a *class*. Within a
class shares do not depend on prices, so exponentials are taken once a draw and not
once a step. What prices do to a class is a product of *factors*
exp(-scale · units · price), one for each amount that some cargo takes of some
resource; classes with the same factors share a *bundle*. So a step costs as many
exponentials as there are factors, and one multiplication for each class.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from corridor.kernel.mode import tools

jit, index = tools(__name__)

SMALLEST = 1e-280  # a weight that is never nothing, so that a commodity without a way stays at home
FIGURES = 4  # of an item
INFINITY = float("inf")
LEAST_LEFT = 1e-3  # of a limit: with less than this left a resource is shut
MINOR = 1e-5  # of all tonnes: a group so small is taken as if it had no choice when curvature is summed
FARTHEST = 1e12
LIFT = 0.02  # of what a limit is missed by
HALVINGS = 20
LEAST_PASSING = 1e-30  # what is left of a weight where groups are gathered: nothing, but it can come back
FAST = 0.5  # a step that leaves less than this of the miss is followed by one with the same curvature


@jit
def price_paths(
    factors: Any,
    first_item: Any,
    item_usd: Any,
    item_figure: Any,
    first_arc: Any,
    arc: Any,
    first_charge: Any,
    charge_usd: Any,
    charge_figure: Any,
    rest: Any,
    arc_cost: Any,
    cost: Any,
) -> None:
    """Fill `cost` by path under `factors`, as `engine.anatomy` lays them out; `arc_cost` is scratch."""
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
def weigh_paths(first_path: Any, cost: Any, scale: Any, willing: Any, weight: Any, home: Any) -> None:
    """Fill the weight of each path, and that of staying at home, relative to the cheapest path of its commodity."""
    for c in range(len(scale)):
        begin, end = first_path[index(c)], first_path[index(c + 1)]
        least = willing[index(c)]
        for p in range(begin, end):
            least = min(least, cost[index(p)])
        home[index(c)] = max(SMALLEST, math.exp(-scale[index(c)] * (willing[index(c)] - least)))
        for p in range(begin, end):
            weight[index(p)] = math.exp(-scale[index(c)] * (cost[index(p)] - least))


@jit
def gather(
    first_path: Any,
    class_of: Any,
    group_of: Any,
    bundle_of: Any,
    weight: Any,
    home: Any,
    amount: Any,
    size: Any,
    needs: Any,
    missing: int,
    across: Any,
    passes: Any,
    taken: Any,
    class_weight: Any,
    group_home: Any,
    group_amount: Any,
    sums: Any,
) -> None:
    """Gather commodities into groups that choose as one: at the prices behind `passes` every class gets what it would.

    Paths are open if they need none of the `missing` works. `class_weight`, `group_home`
    and `group_amount` are filled in tonnes; `sums` gets the tonnes that would cross the
    branch without prices, and those that have some way across. `taken` is scratch by path.
    """
    for k in range(len(class_weight)):
        class_weight[index(k)] = 0.0
    for g in range(len(group_home)):
        group_home[index(g)] = 0.0
        group_amount[index(g)] = 0.0
    sums[index(0)] = 0.0
    sums[index(1)] = 0.0
    for c in range(len(amount)):
        if amount[index(c)] <= 0.0:
            continue
        begin, end = first_path[index(c)], first_path[index(c + 1)]
        unpriced = home[index(c)]
        total = home[index(c)]
        crossing = 0.0
        for p in range(begin, end):
            left = 0.0
            if needs[index(p)] & missing == 0:
                w = weight[index(p)] * size[index(p)]
                k = class_of[index(p)]
                crossing += w * across[index(k)]
                unpriced += w
                left = w * passes[index(bundle_of[index(k)])]
            taken[index(p)] = left
            total += left
        share = amount[index(c)] / total
        g = group_of[index(c)]
        group_home[index(g)] += home[index(c)] * share
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
def pass_at(
    first_use: Any, use: Any, factor_resource: Any, steep: Any, price: Any, decay: Any, passes: Any, least: float
) -> None:
    """Fill `passes` by bundle: what prices leave of a weight, each of them at least `least` unless it is infinite."""
    for f in range(len(steep)):
        paid = price[index(factor_resource[index(f)])]
        left = 1.0
        if paid == INFINITY:
            left = 0.0
        elif paid > 0.0:
            left = max(least, math.exp(-steep[index(f)] * paid))
        decay[index(f)] = left
    for b in range(len(passes)):
        left = 1.0
        for u in range(first_use[index(b)], first_use[index(b + 1)]):
            left *= decay[index(use[index(u)])]
        passes[index(b)] = left


@jit
def share_out(
    first_class: Any,
    bundle_of: Any,
    first_use: Any,
    use: Any,
    factor_resource: Any,
    steep: Any,
    units: Any,
    amount: Any,
    home: Any,
    weight: Any,
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
    pass_at(first_use, use, factor_resource, steep, price, decay, passes, 0.0)
    for b in range(len(carried)):
        carried[index(b)] = 0.0
    for g in range(len(amount)):
        begin, end = first_class[index(g)], first_class[index(g + 1)]
        total = home[index(g)]
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


@jit
def curvature(
    first_class: Any,
    bundle_of: Any,
    first_use: Any,
    use: Any,
    factor_resource: Any,
    units: Any,
    bundle_scale: Any,
    scale: Any,
    amount: Any,
    carried: Any,
    flow: Any,
    place: Any,
    size: int,
    hessian: Any,
    first_bound: Any,
    bound: Any,
    eaten: Any,
    mean: Any,
    touched: Any,
) -> None:
    """Fill the second derivatives of the convex function for the `size` resources that `place` numbers (-1: left out).

    Only the lower triangle.

    `first_bound`, `bound`, `eaten` are scratch: the uses of those resources alone.
    """
    for k in range(size * size):
        hessian[index(k)] = 0.0
    for k in range(size):
        mean[index(k)] = 0.0
    many = 0
    for b in range(len(carried)):
        first_bound[index(b)] = many
        x = carried[index(b)]
        for u in range(first_use[index(b)], first_use[index(b + 1)]):
            f = use[index(u)]
            i = place[index(factor_resource[index(f)])]
            if i >= 0:
                bound[index(many)] = i
                eaten[index(many)] = units[index(f)]
                many += 1
        if x > 0.0:
            for u in range(first_bound[index(b)], many):
                i = bound[index(u)]
                part = bundle_scale[index(b)] * x * eaten[index(u)]
                for v in range(first_bound[index(b)], u + 1):
                    j = bound[index(v)]
                    hessian[index(max(i, j) * size + min(i, j))] += part * eaten[index(v)]
    first_bound[index(len(carried))] = many
    everything = 0.0
    for g in range(len(amount)):
        everything += amount[index(g)]
    for g in range(len(amount)):
        if amount[index(g)] <= MINOR * everything:  # bends the steps hardly, and so only slows them hardly
            continue
        seen = 0
        for k in range(first_class[index(g)], first_class[index(g + 1)]):
            b = bundle_of[index(k)]
            x = flow[index(k)]
            for u in range(first_bound[index(b)], first_bound[index(b + 1)]):
                part = x * eaten[index(u)]
                if part > 0.0:
                    i = bound[index(u)]
                    if mean[index(i)] == 0.0:
                        touched[index(seen)] = i
                        seen += 1
                    mean[index(i)] += part
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
def factorise(matrix: Any, size: int) -> None:
    """Take the Cholesky factor of a positive definite matrix in place; where nothing bends nothing will move."""
    largest = 0.0
    for k in range(size):
        largest = max(largest, matrix[index(k * size + k)])
    floor = 1e-13 * largest + 1e-300
    for j in range(size):
        pivot = matrix[index(j * size + j)]
        for k in range(j):
            pivot -= matrix[index(j * size + k)] * matrix[index(j * size + k)]
        if pivot < floor:
            pivot = largest + 1.0
        root = math.sqrt(pivot)
        matrix[index(j * size + j)] = root
        for i in range(j + 1, size):
            value = matrix[index(i * size + j)]
            for k in range(j):
                value -= matrix[index(i * size + k)] * matrix[index(j * size + k)]
            matrix[index(i * size + j)] = value / root


@jit
def substitute(factor: Any, size: int, right: Any) -> None:
    """Solve for `right` in place, given a Cholesky factor."""
    for j in range(size):
        value = right[index(j)]
        for k in range(j):
            value -= factor[index(j * size + k)] * right[index(k)]
        right[index(j)] = value / factor[index(j * size + j)]
    for i in range(size):
        j = size - 1 - i
        value = right[index(j)]
        for k in range(j + 1, size):
            value -= factor[index(k * size + j)] * right[index(k)]
        right[index(j)] = value / factor[index(j * size + j)]


@jit
def settle(
    first_class: Any,
    bundle_of: Any,
    first_use: Any,
    use: Any,
    factor_resource: Any,
    steep: Any,
    units: Any,
    bundle_scale: Any,
    scale: Any,
    amount: Any,
    home: Any,
    weight: Any,
    capacity: Any,
    whole: Any,
    reach: Any,
    price: Any,
    flow: Any,
    load: Any,
    tolerance: float,
    limit: int,
    decay: Any,
    passes: Any,
    carried: Any,
    trial: Any,
    step: Any,
    other: Any,
    place: Any,
    touched: Any,
    hessian: Any,
    first_bound: Any,
    bound: Any,
    eaten: Any,
) -> int:
    """Move `price` until every limit holds to `tolerance` of it; return the steps, or -1 if `limit` were not enough.

    Projected Newton steps, none longer than `reach` or the price itself, shortened
    where the convex function would rise again at their end. `price` holds the start
    and the answer, `flow` and `load` are filled, the rest is scratch.
    """
    share_out(
        first_class,
        bundle_of,
        first_use,
        use,
        factor_resource,
        steep,
        units,
        amount,
        home,
        weight,
        price,
        decay,
        passes,
        carried,
        flow,
        load,
    )
    worst = worst_of(capacity, whole, price, load)
    before, size = INFINITY, -1
    for taken in range(limit):
        if worst <= tolerance:
            return taken
        many, same = 0, True
        for r in range(len(capacity)):
            paid = price[index(r)]
            if paid < INFINITY and (paid > 0.0 or load[index(r)] > capacity[index(r)]):
                same = same and size >= 0 and place[index(r)] == many
                place[index(r)] = many
                step[index(many)] = load[index(r)] - capacity[index(r)]
                many += 1
            else:
                same = same and size >= 0 and place[index(r)] == -1
                place[index(r)] = -1
        if same and many == size and worst < FAST * before:
            before = worst  # the last factor still serves
            substitute(hessian, size, step)
        else:
            before, size = worst, many
            curvature(
                first_class,
                bundle_of,
                first_use,
                use,
                factor_resource,
                units,
                bundle_scale,
                scale,
                amount,
                carried,
                flow,
                place,
                size,
                hessian,
                first_bound,
                bound,
                eaten,
                other,
                touched,
            )
            for r in range(len(capacity)):
                k = place[index(r)]
                if k >= 0:  # flat where nearly all or nothing passes: a lift keeps the step in reach
                    far = max(reach[index(r)], price[index(r)])
                    bend = hessian[index(k * size + k)]
                    hessian[index(k * size + k)] = bend + 1e-9 * bend + LIFT * abs(step[index(k)]) / far
            factorise(hessian, size)
            substitute(hessian, size, step)
        for r in range(len(capacity)):
            k = place[index(r)]
            if k >= 0:
                far = max(reach[index(r)], price[index(r)])
                step[index(k)] = min(far, max(-far, step[index(k)]))
        length = 1.0
        for tried in range(HALVINGS):
            falls = 0.0
            for r in range(len(capacity)):
                k = place[index(r)]
                trial[index(r)] = price[index(r)]
                if k >= 0:
                    trial[index(r)] = max(0.0, price[index(r)] + length * step[index(k)])
                    falls += (capacity[index(r)] - load[index(r)]) * (trial[index(r)] - price[index(r)])
            share_out(
                first_class,
                bundle_of,
                first_use,
                use,
                factor_resource,
                steep,
                units,
                amount,
                home,
                weight,
                trial,
                decay,
                passes,
                carried,
                flow,
                other,
            )
            rises = 0.0
            for r in range(len(capacity)):
                if place[index(r)] >= 0:
                    rises += (capacity[index(r)] - other[index(r)]) * (trial[index(r)] - price[index(r)])
            worst = worst_of(capacity, whole, trial, other)
            if worst <= tolerance or rises <= 0.5 * abs(falls) or tried == HALVINGS - 1:
                break
            length *= min(0.7, max(0.1, abs(falls) / (abs(falls) + rises)))
        for r in range(len(capacity)):
            price[index(r)] = trial[index(r)]
            load[index(r)] = other[index(r)]
    if worst <= tolerance:
        return limit
    return -1


@jit
def forecast(
    first_draw: int,
    last_draw: int,
    factors: Any,
    first_item: Any,
    item_usd: Any,
    item_figure: Any,
    first_arc: Any,
    arc: Any,
    first_charge: Any,
    charge_usd: Any,
    charge_figure: Any,
    rest: Any,
    first_path: Any,
    scale: Any,
    scale_figure: Any,
    willing: Any,
    willing_figure: Any,
    class_of: Any,
    group_of: Any,
    needs: Any,
    size: Any,
    group_scale: Any,
    group_scale_figure: Any,
    first_class: Any,
    bundle_of: Any,
    first_use: Any,
    use: Any,
    factor_resource: Any,
    factor_scale: Any,
    factor_scale_figure: Any,
    units: Any,
    units_figure: Any,
    bundle_scale: Any,
    bundle_scale_figure: Any,
    tonnes: Any,
    row_figure: Any,
    rule: Any,
    growth: Any,
    rule_figure: Any,
    season: Any,
    limit: Any,
    limit_figure: Any,
    other: Any,
    other_figure: Any,
    in_demand: Any,
    lift_work: Any,
    lift_resource: Any,
    lift: Any,
    lift_is_set: Any,
    dearer_work: Any,
    dearer: Any,
    shift_of: Any,
    shift: Any,
    setting: Any,
    event: Any,
    opens: Any,
    start: Any,
    begin: Any,
    south: Any,
    north: Any,
    beside: Any,
    most_taken: float,
    tolerance: float,
    most_steps: int,
    answer: Any,
    paid: Any,
    full: Any,
) -> int:
    """Fill the answers of draws `first_draw … last_draw - 1`; return how many quarters did not settle.

    `factors` (draws, figures). Years run over the rows of `setting` (years, events),
    which numbers the rows of `needs`, `size` (by setting and quarter), `limit`, `other`,
    `in_demand`, `lift`, `shift_of` (rows of `shift`, what all paths cost more then; -1: none).
    `event` (draws, years); `opens` (draws, works) is the first
    year, counted from the first one, in which a work is there.
    The prices of a year start from those of the year `begin` (the number of years: from
    `start` (quarters, resources), of which the first quarter is used).
    `answer` (draws, years, 8): southbound, northbound, beside, without limits, could use, served
    (tonnes), worst miss of a limit, steps; `paid`, `full` (draws, years, resources): mean
    price in USD per native unit, and share of the quarters in which it is paid.
    """
    figures = factors.shape[1]
    years, works = setting.shape[0], opens.shape[1]
    resources, commodities, quarters = limit.shape[2], tonnes.shape[1], season.shape[1]
    groups, classes, bundles = len(group_scale), len(bundle_of), len(first_use) - 1
    f = np.ones(2 * figures + 1)
    arc_cost, cost, now = np.zeros(len(first_item) - 1), np.zeros(len(rest)), np.zeros(len(rest))
    weight, taken = np.zeros(len(rest)), np.zeros(len(rest))
    theta, pays, amount, home = (
        np.zeros(commodities),
        np.zeros(commodities),
        np.zeros(commodities),
        np.zeros(commodities),
    )
    group_theta, group_amount, group_home = np.zeros(groups), np.zeros(groups), np.zeros(groups)
    class_weight, flow, across = np.zeros(classes), np.zeros(classes), south + north
    steep, eats, decay = np.zeros(len(units)), np.zeros(len(units)), np.zeros(len(units))
    bundle_theta, passes, carried = np.zeros(bundles), np.zeros(bundles), np.zeros(bundles)
    first_bound, bound, eaten = np.zeros(bundles + 1, np.int64), np.zeros(len(use), np.int64), np.zeros(len(use))
    price, capacity, whole, load = np.zeros(resources), np.zeros(resources), np.zeros(resources), np.zeros(resources)
    paid_now = 0.0
    trial, step, other_load = np.zeros(resources), np.zeros(resources), np.zeros(resources)
    place, touched = np.zeros(resources, np.int64), np.zeros(resources, np.int64)
    hessian, ratio, raised = np.zeros(resources * resources), np.ones(resources), np.ones(resources)
    reach, met = np.zeros(resources), np.zeros(resources)
    known, sums = np.zeros((years + 1, quarters, resources)), np.zeros(2)
    for q in range(quarters):
        for r in range(resources):
            known[index(years), index(q), index(r)] = start[index(q), index(r)]
    yearly, grown = np.zeros(commodities), np.zeros(len(rule_figure))
    unsettled = 0
    for d in range(first_draw, last_draw):
        for i in range(figures):
            value = factors[index(d), index(i)]
            f[index(i)] = value
            f[index(figures + i)] = 1.0 / value
        price_paths(
            f,
            first_item,
            item_usd,
            item_figure,
            first_arc,
            arc,
            first_charge,
            charge_usd,
            charge_figure,
            rest,
            arc_cost,
            cost,
        )
        for c in range(commodities):
            theta[index(c)] = scale[index(c)] * f[index(scale_figure[index(c)])]
            pays[index(c)] = willing[index(c)] * f[index(willing_figure[index(c)])]
        for g in range(groups):
            group_theta[index(g)] = group_scale[index(g)] * f[index(group_scale_figure[index(g)])]
        for b in range(bundles):
            bundle_theta[index(b)] = bundle_scale[index(b)] * f[index(bundle_scale_figure[index(b)])]
        for r in range(resources):
            reach[index(r)] = 0.0
            met[index(r)] = 0.0
        for k in range(len(units)):
            r = factor_resource[index(k)]
            eats[index(k)] = units[index(k)] * f[index(units_figure[index(k)])]
            steep[index(k)] = factor_scale[index(k)] * f[index(factor_scale_figure[index(k)])] * eats[index(k)]
            reach[index(r)] += steep[index(k)]
            met[index(r)] += 1.0
        for r in range(resources):
            # Four times the scale of choice: a price so high moves nearly all that can go elsewhere.
            reach[index(r)] = 4.0 * met[index(r)] / reach[index(r)] if reach[index(r)] > 0.0 else FARTHEST
        priced, shifted = -1, -2
        for y in range(years):
            missing, dear = 0, 0
            for w in range(works):
                if y < opens[index(d), index(w)]:
                    missing |= 1 << w
            for x in range(len(dearer_work)):
                if missing & (1 << dearer_work[index(x)]) == 0:
                    dear |= 1 << x
            s = setting[index(y), index(event[index(d), index(y)])]
            if dear != priced or shift_of[index(s)] != shifted:
                priced, shifted = dear, shift_of[index(s)]
                for p in range(len(rest)):
                    total = cost[index(p)]
                    for x in range(len(dearer_work)):
                        if dear & (1 << x) != 0:
                            total += dearer[index(x), index(p)]
                    if shifted >= 0:
                        total += shift[index(shifted), index(p)]
                    now[index(p)] = total
                weigh_paths(first_path, now, theta, pays, weight, home)
            for r in range(resources):
                ratio[index(r)] = 1.0
                raised[index(r)] = 1.0
            for x in range(len(lift_work)):
                if missing & (1 << lift_work[index(x)]) == 0:
                    r = lift_resource[index(x)]
                    if lift_is_set[index(x)]:
                        raised[index(r)] = max(raised[index(r)], lift[index(s), index(x)])
                    else:
                        ratio[index(r)] *= lift[index(s), index(x)]
            for g in range(len(grown)):
                swing, middle = f[index(rule_figure[index(g)])] - 1.0, growth[index(g), index(y), 1]
                if swing > 0.0:
                    grown[index(g)] = middle + swing * (growth[index(g), index(y), 2] - middle)
                else:
                    grown[index(g)] = middle + swing * (middle - growth[index(g), index(y), 0])
            for c in range(commodities):
                yearly[index(c)] = (
                    tonnes[index(y), index(c)] * f[index(row_figure[index(c)])] * grown[index(rule[index(c)])]
                )
            southward, northward, alongside, served, taken_steps, miss = 0.0, 0.0, 0.0, 0.0, 0, 0.0
            for q in range(quarters):
                for c in range(commodities):
                    amount[index(c)] = yearly[index(c)] * season[index(c), index(q)]
                for r in range(resources):
                    recorded = other[index(s), index(q), index(r)]
                    held = in_demand[index(s), index(q), index(r)]
                    usual = limit[index(s), index(q), index(r)]
                    full_of = usual * f[index(limit_figure[index(r)])] * ratio[index(r)] * raised[index(r)]
                    rest_of = max(0.0, recorded * f[index(other_figure[index(r)])] - held)
                    if usual > 0.0:
                        rest_of = min(rest_of, max(most_taken, max(0.0, recorded - held) / usual) * full_of)
                    whole[index(r)] = full_of
                    capacity[index(r)] = full_of - rest_of
                    price[index(r)] = known[index(begin[index(y)]), index(q), index(r)]
                    if capacity[index(r)] <= LEAST_LEFT * full_of:
                        price[index(r)] = INFINITY
                pass_at(first_use, use, factor_resource, steep, price, decay, passes, LEAST_PASSING)
                gather(
                    first_path,
                    class_of,
                    group_of,
                    bundle_of,
                    weight,
                    home,
                    amount,
                    size[index(s), index(q)],
                    needs[index(s)],
                    missing,
                    across,
                    passes,
                    taken,
                    class_weight,
                    group_home,
                    group_amount,
                    sums,
                )
                steps = settle(
                    first_class,
                    bundle_of,
                    first_use,
                    use,
                    factor_resource,
                    steep,
                    eats,
                    bundle_theta,
                    group_theta,
                    group_amount,
                    group_home,
                    class_weight,
                    capacity,
                    whole,
                    reach,
                    price,
                    flow,
                    load,
                    tolerance,
                    most_steps,
                    decay,
                    passes,
                    carried,
                    trial,
                    step,
                    other_load,
                    place,
                    touched,
                    hessian,
                    first_bound,
                    bound,
                    eaten,
                )
                answer[index(d), index(y), 3] += sums[index(0)]
                answer[index(d), index(y), 4] += sums[index(1)]
                if steps < 0:
                    unsettled += 1
                    steps = most_steps
                for k in range(classes):
                    southward += flow[index(k)] * south[index(k)]
                    northward += flow[index(k)] * north[index(k)]
                    alongside += flow[index(k)] * beside[index(k)]
                    served += float(flow[index(k)])
                miss = max(miss, worst_of(capacity, whole, price, load))
                taken_steps += steps
                for r in range(resources):
                    paid_now = float(price[index(r)])
                    if paid_now > 0.0:
                        full[index(d), index(y), index(r)] += 1.0 / quarters
                        if paid_now < INFINITY:
                            paid[index(d), index(y), index(r)] += paid_now / quarters
                        else:
                            paid_now = 0.0
                    known[index(y), index(q), index(r)] = paid_now
                    if y == 0 and q + 1 < quarters:
                        known[index(years), index(q + 1), index(r)] = paid_now
            answer[index(d), index(y), 0] = southward
            answer[index(d), index(y), 1] = northward
            answer[index(d), index(y), 2] = alongside
            answer[index(d), index(y), 5] = served
            answer[index(d), index(y), 6] = miss
            answer[index(d), index(y), 7] = taken_steps
    return unsettled


@jit
def failures(
    first_case: int,
    last_case: int,
    first_shut: Any,
    shut: Any,
    first_path: Any,
    cost: Any,
    hours: Any,
    counted: Any,
    scale: Any,
    willing: Any,
    class_of: Any,
    group_of: Any,
    group_scale: Any,
    first_class: Any,
    bundle_of: Any,
    first_use: Any,
    use: Any,
    factor_resource: Any,
    steep: Any,
    units: Any,
    bundle_scale: Any,
    needs: Any,
    size: Any,
    amount: Any,
    capacity: Any,
    whole: Any,
    reach: Any,
    start: Any,
    across: Any,
    tolerance: float,
    most_steps: int,
    answer: Any,
    crossed: Any,
    most: Any,
) -> int:
    """Solve one year anew with some paths shut, case by case; return how many quarters did not settle.

    Case k shuts the paths `shut[first_shut[k] … first_shut[k + 1] - 1]`. `cost`, `hours`
    (paths), `size` (quarters, paths; 0: shut), `amount` (quarters, commodities), `capacity`,
    `whole`, `start` (quarters, resources). `answer` (cases, 4): tonnes across the branch,
    USD of all cargo with what stays at home at its willingness to pay, hours times tonnes
    and tonnes of the `counted` commodities. `crossed` (cases, commodities): tonnes across;
    `most` (paths): the most of them by each path in any case.
    """
    resources, commodities, quarters = capacity.shape[1], len(scale), len(amount)
    groups, classes, bundles, paths = len(group_scale), len(bundle_of), len(first_use) - 1, len(cost)
    weight, taken, now = np.zeros(paths), np.zeros(paths), np.zeros(paths)
    mine = np.zeros(paths)
    home, group_amount, group_home = np.zeros(commodities), np.zeros(groups), np.zeros(groups)
    class_weight, flow = np.zeros(classes), np.zeros(classes)
    decay, passes, carried = np.zeros(len(units)), np.zeros(bundles), np.zeros(bundles)
    first_bound, bound, eaten = np.zeros(bundles + 1, np.int64), np.zeros(len(use), np.int64), np.zeros(len(use))
    price, load, trial = np.zeros(resources), np.zeros(resources), np.zeros(resources)
    step, other_load, hessian = np.zeros(resources), np.zeros(resources), np.zeros(resources * resources)
    place, touched, sums = np.zeros(resources, np.int64), np.zeros(resources, np.int64), np.zeros(2)
    unsettled = 0
    for k in range(first_case, last_case):
        for p in range(paths):
            now[index(p)] = cost[index(p)]
            mine[index(p)] = 0.0
        for i in range(first_shut[index(k)], first_shut[index(k + 1)]):
            now[index(shut[index(i)])] = INFINITY
        weigh_paths(first_path, now, scale, willing, weight, home)
        for q in range(quarters):
            for r in range(resources):
                price[index(r)] = start[index(q), index(r)]
                if capacity[index(q), index(r)] <= LEAST_LEFT * whole[index(q), index(r)]:
                    price[index(r)] = INFINITY
            pass_at(first_use, use, factor_resource, steep, price, decay, passes, LEAST_PASSING)
            gather(
                first_path,
                class_of,
                group_of,
                bundle_of,
                weight,
                home,
                amount[index(q)],
                size[index(q)],
                needs,
                0,
                across,
                passes,
                taken,
                class_weight,
                group_home,
                group_amount,
                sums,
            )
            steps = settle(
                first_class,
                bundle_of,
                first_use,
                use,
                factor_resource,
                steep,
                units,
                bundle_scale,
                group_scale,
                group_amount,
                group_home,
                class_weight,
                capacity[index(q)],
                whole[index(q)],
                reach,
                price,
                flow,
                load,
                tolerance,
                most_steps,
                decay,
                passes,
                carried,
                trial,
                step,
                other_load,
                place,
                touched,
                hessian,
                first_bound,
                bound,
                eaten,
            )
            if steps < 0:
                unsettled += 1
            pass_at(first_use, use, factor_resource, steep, price, decay, passes, 0.0)
            for c in range(commodities):
                total = home[index(c)]
                for p in range(first_path[index(c)], first_path[index(c + 1)]):
                    w = (
                        weight[index(p)]
                        * size[index(q), index(p)]
                        * passes[index(bundle_of[index(class_of[index(p)])])]
                    )
                    taken[index(p)] = w
                    total += w
                share = amount[index(q), index(c)] / total
                answer[index(k), 1] += home[index(c)] * share * willing[index(c)]
                for p in range(first_path[index(c)], first_path[index(c + 1)]):
                    x = taken[index(p)] * share
                    if x > 0.0:
                        answer[index(k), 1] += x * now[index(p)]
                        y = x * across[index(class_of[index(p)])]
                        crossed[index(k), index(c)] += y
                        mine[index(p)] += y
                        if counted[index(c)]:
                            answer[index(k), 2] += x * hours[index(p)]
                            answer[index(k), 3] += x
        for c in range(commodities):
            answer[index(k), 0] += crossed[index(k), index(c)]
        for p in range(paths):
            most[index(p)] = max(most[index(p)], mine[index(p)])
    return unsettled
