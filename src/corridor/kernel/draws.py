"""Monte Carlo forecasts: for each draw of all figures, path costs and the equilibrium of each quarter."""

from __future__ import annotations

from typing import Any

import numpy as np

from corridor.kernel.mode import sibling, tools

jit, index = tools(__name__)
_classes = sibling(__name__, "classes")
price_paths, weigh_paths, gather, pass_at, worst_of = (
    getattr(_classes, name) for name in ("price_paths", "weigh_paths", "gather", "pass_at", "worst_of")
)
settle = sibling(__name__, "equilibrium").settle
INFINITY, LEAST_LEFT, LEAST_PASSING = _classes.INFINITY, _classes.LEAST_LEFT, _classes.LEAST_PASSING
FARTHEST = 1e12  # the step limit of a price that no cargo pays


@jit
def work_space(layout: Any, resources: int) -> Any:
    """Return the scratch arrays of `settle`, and flow and load."""
    bundles, factors, uses = len(layout[2]) - 1, len(layout[4]), len(layout[3])
    scratch = (
        np.zeros(factors),
        np.zeros(bundles),
        np.zeros(bundles),
        np.zeros(resources),
        np.zeros(resources),
        np.zeros(resources),
        np.zeros(resources, np.int64),
        np.zeros(resources, np.int64),
        np.zeros(resources * resources),
        np.zeros(bundles + 1, np.int64),
        np.zeros(uses, np.int64),
        np.zeros(uses),
    )
    return scratch, np.zeros(len(layout[1])), np.zeros(resources)


@jit
def apply_scale(f: Any, layout: Any, choice_parameters: Any, taste: Any, reach: Any) -> None:
    """Fill `taste` under factors `f`, and the step limit `reach` of the price of each resource."""
    group_scale, group_figure, factor_scale, factor_figure, units, units_figure, bundle_scale, bundle_figure = (
        choice_parameters
    )
    scaled_use, unit_use, bundle_theta, group_theta = taste
    # Scales of groups and bundles.
    for g in range(len(group_theta)):
        group_theta[index(g)] = group_scale[index(g)] * f[index(group_figure[index(g)])]
    for b in range(len(bundle_theta)):
        bundle_theta[index(b)] = bundle_scale[index(b)] * f[index(bundle_figure[index(b)])]
    # Unit use of each factor, and the sum of the scaled uses of each resource.
    uses = np.zeros(len(reach))
    for r in range(len(reach)):
        reach[index(r)] = 0.0
    for k in range(len(unit_use)):
        r = layout[4][index(k)]
        unit_use[index(k)] = units[index(k)] * f[index(units_figure[index(k)])]
        scaled_use[index(k)] = factor_scale[index(k)] * f[index(factor_figure[index(k)])] * unit_use[index(k)]
        reach[index(r)] += scaled_use[index(k)]
        uses[index(r)] += 1.0
    for r in range(len(reach)):
        # Four times the inverse scale: such a price moves nearly all flow that has an alternative.
        reach[index(r)] = 4.0 * uses[index(r)] / reach[index(r)] if reach[index(r)] > 0.0 else FARTHEST


@jit
def unbuilt_projects(opens: Any, year: int) -> int:
    """Return the projects not built by a year, as bits."""
    unbuilt = 0
    for w in range(len(opens)):
        if year < opens[index(w)]:
            unbuilt |= 1 << w
    return unbuilt


@jit
def cost_changing_projects(projects: Any, unbuilt: int) -> int:
    """Return which of the cost-changing projects are built, as bits."""
    cost_change_project, active = projects[4], 0
    for x in range(len(cost_change_project)):
        if unbuilt & (1 << cost_change_project[index(x)]) == 0:
            active |= 1 << x
    return active


@jit
def price_year(projects: Any, active: int, shifted: int, cost: Any, now: Any) -> None:
    """Fill `now` with the cost of each path after the changes by projects and by the year."""
    cost_change, shift = projects[5], projects[7]
    for p in range(len(cost)):
        total = cost[index(p)]
        for x in range(len(cost_change)):
            if active & (1 << x) != 0:
                total += cost_change[index(x), index(p)]
        if shifted >= 0:
            total += shift[index(shifted), index(p)]
        now[index(p)] = total


@jit
def lift_limits(projects: Any, unbuilt: int, row: int, lifted: Any) -> None:
    """Fill the factor of each limit by projects: the largest of those that set it, times all that scale it."""
    lift_project, lift_resource, lift, lift_is_set = projects[0], projects[1], projects[2], projects[3]
    # Maximum of the setting projects and product of the scaling ones.
    raised = np.ones(len(lifted))
    for r in range(len(lifted)):
        lifted[index(r)] = 1.0
    for x in range(len(lift_project)):
        if unbuilt & (1 << lift_project[index(x)]) == 0:
            r = lift_resource[index(x)]
            if lift_is_set[index(x)]:
                raised[index(r)] = max(raised[index(r)], lift[index(row), index(x)])
            else:
                lifted[index(r)] *= lift[index(row), index(x)]
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
def limits_of(f: Any, quarters: Any, row: int, q: int, lifted: Any, most_taken: float, limits: Any, price: Any) -> None:
    """Fill the free capacity of each resource in a quarter; an exhausted resource gets an infinite price."""
    _, _, limit, limit_figure, other, other_figure, in_demand, _ = quarters
    capacity, whole, _ = limits
    for r in range(len(capacity)):
        recorded = other[index(row), index(q), index(r)]
        counted = in_demand[index(row), index(q), index(r)]
        base_limit = limit[index(row), index(q), index(r)]
        # The whole limit, and the other traffic that is not part of the demand.
        whole_limit = base_limit * f[index(limit_figure[index(r)])] * lifted[index(r)]
        other_load = max(0.0, recorded * f[index(other_figure[index(r)])] - counted)
        if base_limit > 0.0:
            other_load = min(other_load, max(most_taken, max(0.0, recorded - counted) / base_limit) * whole_limit)
        whole[index(r)] = whole_limit
        capacity[index(r)] = whole_limit - other_load
        if capacity[index(r)] <= LEAST_LEFT * whole_limit:
            price[index(r)] = INFINITY


@jit
def record(flow: Any, signs: Any, price: Any, answer: Any, paid: Any, full: Any, known: Any, quarters: int) -> None:
    """Add a quarter to the results of its year; `known` gets the finite prices."""
    south, north = signs
    southward, northward = 0.0, 0.0
    for k in range(len(flow)):
        southward += flow[index(k)] * south[index(k)]
        northward += flow[index(k)] * north[index(k)]
    answer[index(0)] += southward
    answer[index(1)] += northward
    for r in range(len(price)):
        known[index(r)] = 0.0
        if price[index(r)] > 0.0:
            full[index(r)] += 1.0 / quarters
            if price[index(r)] < INFINITY:
                paid[index(r)] += price[index(r)] / quarters
                known[index(r)] = price[index(r)]


@jit
def allocate(items: Any, commodity_data: Any, layout: Any, choice_parameters: Any, quarters: Any, figures: int) -> Any:
    """Return the arrays that a draw fills: figures; paths; commodities; scales; groups and classes; limits; rest."""
    paths, commodities, groups, resources = (
        len(items[8]),
        len(commodity_data[1]),
        len(choice_parameters[0]),
        quarters[2].shape[2],
    )
    n = np.zeros(paths)
    of_paths = (np.zeros(len(items[0]) - 1), n, n.copy(), n.copy(), n.copy())
    c = np.zeros(commodities)
    of_commodities = (c, c.copy(), c.copy(), c.copy(), c.copy())
    factors, bundles = len(layout[4]), len(layout[2]) - 1
    taste = (np.zeros(factors), np.zeros(factors), np.zeros(bundles), np.zeros(groups))
    gathered = (np.zeros(groups), np.zeros(groups), np.zeros(len(layout[1])))
    limits = (np.zeros(resources), np.zeros(resources), np.zeros(resources))
    rest = (np.zeros(2), np.ones(resources), np.zeros(resources))
    return np.ones(2 * figures + 1), of_paths, of_commodities, taste, gathered, limits, rest


@jit
def apply_draw(factors: Any, items: Any, commodity_data: Any, layout: Any, choice_parameters: Any, arrays: Any) -> None:
    """Fill figures, costs, scales and maximum costs under a draw."""
    f, (arc_cost, cost, _, _, _), (theta, highest_cost, _, _, _), taste, _, limits, _ = arrays
    _, scale, scale_figure, max_cost, max_cost_figure, _, _ = commodity_data
    for i in range(len(factors)):
        f[index(i)] = factors[index(i)]
        f[index(len(factors) + i)] = 1.0 / factors[index(i)]
    price_paths(f, items, arc_cost, cost)
    for c in range(len(theta)):
        theta[index(c)] = scale[index(c)] * f[index(scale_figure[index(c)])]
        highest_cost[index(c)] = max_cost[index(c)] * f[index(max_cost_figure[index(c)])]
    apply_scale(f, layout, choice_parameters, taste, limits[2])


@jit
def solve_quarters(
    year: int,
    row: int,
    unbuilt: int,
    begin: int,
    commodity_data: Any,
    layout: Any,
    season: Any,
    quarters: Any,
    signs: Any,
    across: Any,
    arrays: Any,
    solver: Any,
    settings: Any,
    known: Any,
    answer: Any,
    paid: Any,
    full: Any,
) -> int:
    """Solve the quarters of a year and add them to its results; return the number without equilibrium."""
    (largest_share, tolerance), most_steps = settings
    f, (_, _, _, weight, priced), (_, _, unserved, yearly, amount), taste, gathered, limits, (sums, lifted, price) = (
        arrays
    )
    scratch, flow, load = solver
    path_table, parts, unsettled = (commodity_data[0], commodity_data[5], commodity_data[6]), season.shape[1], 0
    for q in range(parts):
        # Demand, starting prices and free capacities of the quarter.
        for c in range(len(amount)):
            amount[index(c)] = yearly[index(c)] * season[index(c), index(q)]
        for r in range(len(price)):
            price[index(r)] = known[index(begin), index(q), index(r)]
        limits_of(f, quarters, row, q, lifted, largest_share, limits, price)
        # Aggregate to groups and classes, then solve for the prices.
        pass_at(layout, taste[0], price, scratch[0], scratch[1], LEAST_PASSING)
        gather(
            path_table,
            layout[1],
            weight,
            unserved,
            amount,
            quarters[1][index(row), index(q)],
            quarters[0][index(row)],
            unbuilt,
            across,
            scratch[1],
            priced,
            gathered,
            sums,
        )
        steps = settle(layout, taste, gathered, limits, price, flow, load, tolerance, most_steps, scratch)
        unsettled += 1 if steps < 0 else 0
        # Results; the prices are the start of a later year or of the next quarter.
        answer[index(2)] += sums[index(0)]
        answer[index(3)] += sums[index(1)]
        answer[index(4)] = max(answer[index(4)], worst_of(limits[0], limits[1], price, load))
        answer[index(5)] += steps if steps >= 0 else most_steps
        record(flow, signs, price, answer, paid, full, known[index(year), index(q)], parts)
        if year == 0 and q + 1 < parts:
            known[index(len(known) - 1), index(q + 1)] = known[index(year), index(q)]
    return unsettled


@jit
def forecast(
    first_draw: int,
    last_draw: int,
    draws: Any,
    items: Any,
    commodity_data: Any,
    layout: Any,
    choice_parameters: Any,
    trade: Any,
    quarters: Any,
    projects: Any,
    starts: Any,
    signs: Any,
    settings: Any,
    out: Any,
) -> int:
    """Fill the results of draws `first_draw … last_draw - 1`; return the number of quarters without equilibrium.

    `draws`: factors (draws, figures), events (draws, years), opens (draws, projects), the
    first year, counted from the first one, in which a project is built. `starts`: prices of
    the first year (quarters, resources), of which the first quarter is used, and for each
    year the year whose prices it starts from (the number of years: `starts`). `settings`:
    largest share of a limit for other traffic, tolerance; maximum steps. `out`: answer (draws,
    years, 6) of southbound, northbound, unconstrained, could use (tonnes), largest violation
    of a limit, steps; paid and full (draws, years, resources), mean price in USD
    per scaled unit and share of the quarters at capacity. `study.path_groups` and
    `study.monte_carlo` build the other tuples.
    """
    (factors, event, opens), (start, begin), (answer, paid, full), row_of = draws, starts, out, quarters[7]
    across, years = signs[0] + signs[1], row_of.shape[0]
    arrays = allocate(items, commodity_data, layout, choice_parameters, quarters, factors.shape[1])
    f, (_, cost, now, weight, _), (theta, highest_cost, unserved, yearly, _), _, _, _, (_, lifted, _) = arrays
    solver = work_space(layout, quarters[2].shape[2])
    known = np.zeros((years + 1, start.shape[0], start.shape[1]))
    unsettled = 0
    for d in range(first_draw, last_draw):
        # Costs and scales under the figures of the draw.
        known[index(years)] = start
        apply_draw(factors[index(d)], items, commodity_data, layout, choice_parameters, arrays)
        priced, shifted = -1, -2
        for y in range(years):
            # Projects and events of the year; path weights only if costs change.
            row = row_of[index(y), index(event[index(d), index(y)])]
            unbuilt = unbuilt_projects(opens[index(d)], y)
            active = cost_changing_projects(projects, unbuilt)
            if active != priced or projects[6][index(row)] != shifted:
                priced, shifted = active, projects[6][index(row)]
                price_year(projects, active, shifted, cost, now)
                weigh_paths(commodity_data[0], now, theta, highest_cost, weight, unserved)
            # Limits and demand of the year, then its quarters.
            lift_limits(projects, unbuilt, row, lifted)
            trade_of_year(f, trade, y, yearly)
            unsettled += solve_quarters(
                y,
                row,
                unbuilt,
                begin[index(y)],
                commodity_data,
                layout,
                trade[5],
                quarters,
                signs,
                across,
                arrays,
                solver,
                settings,
                known,
                answer[index(d), index(y)],
                paid[index(d), index(y)],
                full[index(d), index(y)],
            )
    return unsettled
