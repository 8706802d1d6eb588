"""Monte Carlo forecasts: for each draw of all figures, path costs and the equilibrium of each sub-period."""

from __future__ import annotations

from typing import Any

import numpy as np

from corridor.kernel.mode import sibling, tools

jit, index = tools(__name__)
_classes = sibling(__name__, "classes")
price_paths, weigh_paths, gather, without_prices, worst_of = (
    getattr(_classes, name) for name in ("price_paths", "weigh_paths", "gather", "without_prices", "worst_of")
)
settle = sibling(__name__, "equilibrium").settle
_year = sibling(__name__, "draw_year")
open_sets, price_year, changes_cost, lift_limits, trade_of_year, limits_of = (
    getattr(_year, name)
    for name in ("open_sets", "price_year", "changes_cost", "lift_limits", "trade_of_year", "limits_of")
)
INFINITY = _classes.INFINITY
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
        (np.zeros(bundles + 1, np.int64), np.zeros(uses, np.int64), np.zeros(resources, np.int64)),
    )
    return scratch, np.zeros(len(layout[1])), np.zeros(resources)


@jit
def apply_scale(f: Any, layout: Any, choice_parameters: Any, taste: Any, reach: Any) -> None:
    """Fill `taste` under factors `f`, and the step limit `reach` of the price of each resource."""
    scale, figure, factor_scale, factor_figure, units, units_figure, bundle_scale, bundle_figure = choice_parameters
    scaled_use, unit_use, bundle_theta, theta = taste
    # Scales of commodities and bundles.
    for c in range(len(theta)):
        theta[index(c)] = scale[index(c)] * f[index(figure[index(c)])]
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
def record(flow: Any, signs: Any, price: Any, answer: Any, paid: Any, full: Any, known: Any, share: float) -> None:
    """Add a sub-period, `share` of the year, to the results of its year; `known` gets the finite prices."""
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
            full[index(r)] += share
            if price[index(r)] < INFINITY:
                paid[index(r)] += price[index(r)] * share
                known[index(r)] = price[index(r)]


@jit
def allocate(items: Any, commodity_data: Any, layout: Any, periods: Any, figures: int) -> Any:
    """Return the arrays that a draw fills: figures; paths; commodities; scales; classes; limits; rest."""
    paths, commodities, resources = len(items[8]), len(commodity_data[1]), periods[3].shape[2]
    n = np.zeros(paths)
    of_paths = (np.zeros(len(items[0]) - 1), n, n.copy(), n.copy())
    c = np.zeros(commodities)
    of_commodities = (c, c.copy(), c.copy(), c.copy(), c.copy())
    factors, bundles = len(layout[4]), len(layout[2]) - 1
    taste = (np.zeros(factors), np.zeros(factors), np.zeros(bundles), np.zeros(commodities))
    class_weight = np.zeros((len(periods[1][0]), len(layout[1])))
    limits = (np.zeros(resources), np.zeros(resources), np.zeros(resources))
    built = np.zeros(len(periods[2][0]) - 1, np.int64)
    rest = (np.zeros(2), np.ones(resources), np.ones(resources), np.zeros(resources), built)
    return np.ones(2 * figures + 1), of_paths, of_commodities, taste, class_weight, limits, rest


@jit
def apply_draw(factors: Any, items: Any, commodity_data: Any, layout: Any, choice_parameters: Any, arrays: Any) -> None:
    """Fill figures, costs, scales and maximum costs under a draw."""
    f, (arc_cost, cost, _, _), (theta, highest_cost, _, _, _), taste, _, limits, _ = arrays
    _, scale, scale_figure, max_cost, max_cost_figure, _ = commodity_data
    for i in range(len(factors)):
        f[index(i)] = factors[index(i)]
        f[index(len(factors) + i)] = 1.0 / factors[index(i)]
    price_paths(f, items, arc_cost, cost)
    for c in range(len(theta)):
        theta[index(c)] = scale[index(c)] * f[index(scale_figure[index(c)])]
        highest_cost[index(c)] = max_cost[index(c)] * f[index(max_cost_figure[index(c)])]
    apply_scale(f, layout, choice_parameters, taste, limits[2])


@jit
def solve_period(
    f: Any,
    row: int,
    s: int,
    layout: Any,
    periods: Any,
    signs: Any,
    across: Any,
    taste: Any,
    gathered: Any,
    limits: Any,
    rest: Any,
    solver: Any,
    settings: Any,
    start: Any,
    known: Any,
    answer: Any,
    paid: Any,
    full: Any,
) -> int:
    """Solve a sub-period from the prices `start` and add it to the results of its year; return 1 without equilibrium.

    `gathered` is (tonnes and weight of unserved demand by commodity, weight by class); `known` gets the prices.
    """
    (largest_share, tolerance), most_steps = settings
    sums, lifted, _, price, _ = rest
    scratch, flow, load = solver
    for r in range(len(price)):
        price[index(r)] = start[index(r)]
    limits_of(f, periods, row, s, lifted, largest_share, limits, price)
    steps = settle(layout, taste, gathered, limits, price, flow, load, tolerance, most_steps, scratch)
    # Results; the prices are the start of a later year or of the next sub-period.
    without_prices(layout[0], across, gathered, sums)
    answer[index(2)] += sums[index(0)]
    answer[index(3)] += sums[index(1)]
    answer[index(4)] = max(answer[index(4)], worst_of(limits[0], limits[1], price, load))
    answer[index(5)] += steps if steps >= 0 else most_steps
    record(flow, signs, price, answer, paid, full, known, periods[0][0][2][index(row), index(s)])
    return 1 if steps < 0 else 0


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
    periods: Any,
    projects: Any,
    starts: Any,
    signs: Any,
    settings: Any,
    out: Any,
) -> int:
    """Fill the results of draws `first_draw … last_draw - 1`; return the number of sub-periods without equilibrium.

    `draws`: factors (draws, figures), events (draws, years), opens (draws, projects), the
    first year, counted from the first one, in which a project is built. `starts`: prices of
    the first year (sub-periods, resources), of which the first is used, and for each
    year the year whose prices it starts from (the number of years: `starts`). `settings`:
    largest share of a limit for other traffic, tolerance; maximum steps. `out`: answer (draws,
    years, 6) of southbound, northbound, unconstrained, could use (tonnes), largest violation
    of a limit, steps; paid and full (draws, years, resources), mean price in USD
    per scaled unit and share of the year at capacity. `study.path_classes` and
    `study.monte_carlo` build the other tuples.
    """
    (factors, event, opens), (start, begin), (answer, paid, full), row_of = draws, starts, out, periods[8]
    (quarter, share, _), open_of = periods[0]
    across, years, season = signs[0] + signs[1], row_of.shape[0], trade[5]
    arrays = allocate(items, commodity_data, layout, periods, factors.shape[1])
    f, (_, cost, now, weight), (theta, highest_cost, unserved, yearly, amount), taste, weights, limits, rest = arrays
    solver = work_space(layout, start.shape[1])
    known = np.zeros((years + 1, start.shape[0], start.shape[1]))
    is_new = np.ones(len(weights), np.int64)
    unsettled, parts = 0, share.shape[1]
    for d in range(first_draw, last_draw):
        # Costs and scales under the figures of the draw.
        known[index(years)] = start
        apply_draw(factors[index(d)], items, commodity_data, layout, choice_parameters, arrays)
        shifted = -2
        for y in range(years):
            # Projects, events and demand of the year.
            row = row_of[index(y), index(event[index(d), index(y)])]
            open_sets(opens[index(d)], y, periods[2], rest[4])
            is_new[:] = 1
            if changes_cost(projects, opens[index(d)], y):
                shifted = -2
            trade_of_year(f, trade, y, yearly)
            last = -1
            for s in range(parts):
                if share[index(row), index(s)] <= 0.0:
                    continue
                # Path weights only if costs change, and weights of classes once for the same open paths.
                if projects[7][index(row), index(s)] != shifted:
                    shifted = projects[7][index(row), index(s)]
                    price_year(projects, opens[index(d)], y, shifted, cost, now)
                    weigh_paths(commodity_data[0], now, theta, highest_cost, weight, unserved)
                    is_new[:] = 1
                x = open_of[index(row), index(s)]
                if is_new[index(x)] != 0:
                    size, required = periods[1]
                    gather(commodity_data[5], weight, size[index(x)], required[index(x)], rest[4], weights[index(x)])
                    is_new[index(x)] = 0
                lift_limits(projects, opens[index(d)], y, row, s, rest[1], rest[2])
                for c in range(len(amount)):
                    seasonal = season[index(c), index(quarter[index(row), index(s)])]
                    amount[index(c)] = yearly[index(c)] * seasonal * share[index(row), index(s)]
                first = known[index(begin[index(y)]), index(s)]
                if y == 0 and last >= 0:
                    first = known[index(y), index(last)]
                unsettled += solve_period(
                    f,
                    row,
                    s,
                    layout,
                    periods,
                    signs,
                    across,
                    taste,
                    (amount, unserved, weights[index(x)]),
                    limits,
                    rest,
                    solver,
                    settings,
                    first,
                    known[index(y), index(s)],
                    answer[index(d), index(y)],
                    paid[index(d), index(y)],
                    full[index(d), index(y)],
                )
                last = s
    return unsettled
