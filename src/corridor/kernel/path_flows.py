"""User equilibrium with costs that rise with flow: all used paths of a pair have the least cost.

Pair q has `demand[q]` between two states; its paths are `first_path[q] … first_path[q + 1] - 1`,
path p the arcs `first_arc[p] … first_arc[p + 1] - 1` of `arc`, with flow `path_flow[p]`.
Pairs belong to classes: a unit of class k counts `weight[k]` in the flow of an arc,
and its perceived cost is `factor[k, a] cost + extra[k, a]`.

The cost of an arc is, by its kind, `a + b x^c` (POWER), `a + b x / (c - x)`, above 0.99 c
its tangent (QUEUE), or `a + b (x - c)` (LINE).

References: Jayakrishnan et al. (1994), gradient projection, Transportation Research
Record 1443; Beckmann, McGuire & Winsten (1956).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from corridor.kernel.mode import sibling, tools

jit, index = tools(__name__)
shortest_path_tree = sibling(__name__, "shortest_path").shortest_path_tree

POWER, QUEUE, LINE = 0, 1, 2
NEARLY_FULL = 0.99  # relative to the capacity of a queue: above it the cost is linear
HALVINGS = 20
OVERSHOT = 0.5  # relative to a difference in cost: a step that reverses more than this share of it is shortened
SAME = 1e-13  # relative: smaller differences in cost are rounding of the same path


@jit
def cost_and_slope(kind: int, a: float, b: float, c: float, x: float, social: bool) -> tuple[float, float]:
    """Return the cost of an arc at flow x and its slope; the marginal social cost and its slope where `social`."""
    if kind == POWER:
        if x <= 0.0:
            first = b if c == 1.0 else 0.0
            return a, first * (2.0 if social else 1.0)
        below = x * x * x if c == 4.0 else math.pow(x, c - 1.0)
        more = c + 1.0 if social else 1.0
        return a + b * more * below * x, b * more * c * below
    if kind == QUEUE:
        at = min(x, NEARLY_FULL * c)
        left = c - at
        value, slope = a + b * at / left, b * c / (left * left)
        bend = 2.0 * slope / left if x == at else 0.0
        value += slope * (x - at)
        if social:
            return value + x * slope, 2.0 * slope + x * bend
        return value, slope
    more = 1.0 if social else 0.0
    return a + b * (x - c) + more * x * b, b + more * b


@jit
def price(functions: Any, flow: Any, social: bool, cost: Any, slope: Any) -> None:
    """Fill costs and slopes of all arcs."""
    kind, a, b, c = functions
    for i in range(len(flow)):
        cost[index(i)], slope[index(i)] = cost_and_slope(
            kind[index(i)], a[index(i)], b[index(i)], c[index(i)], flow[index(i)], social
        )


@jit
def trees(csr: Any, perceived: Any, source: Any, row: Any, begin: int, end: int, distance: Any, arc_in: Any) -> None:
    """Fill the shortest path trees `begin … end - 1`: from `source[t]`, at the perceived costs of class `row[t]`."""
    first_out, head = csr
    states = len(first_out) - 1
    heap, key, place = np.empty(states, np.int32), np.empty(states, np.float64), np.empty(states, np.int32)
    start, nothing = np.empty(1, np.int32), np.zeros(1, np.float64)
    for t in range(begin, end):
        start[0] = source[index(t)]
        weight = perceived[index(row[index(t)])]
        shortest_path_tree(
            first_out, head, weight, start, nothing, -1, distance[index(t)], arc_in[index(t)], heap, key, place
        )


@jit
def add_paths(pairs: Any, paths: Any, tail: Any, perceived: Any, distance: Any, arc_in: Any, totals: Any) -> Any:
    """Return the used paths, and for each pair the shortest path where it is cheaper than all of them.

    `pairs` is (tree, class, target, demand) by pair. `totals` gets the total cost, and the
    total cost on shortest paths.
    """
    tree_of, class_of, target, demand = pairs
    first_path, first_arc, arc, path_flow = paths
    many = len(demand)
    begin, starts = np.empty(many + 1, np.int64), np.empty(len(path_flow) + many + 1, np.int64)
    flows, arcs = np.empty(len(path_flow) + many, np.float64), np.empty(2 * len(arc) + 16 * many + 1024, np.int32)
    stored, used = 0, 0
    begin[0], starts[0] = 0, 0
    totals[0], totals[1] = 0.0, 0.0
    for q in range(many):
        t, goal, weight = tree_of[index(q)], target[index(q)], perceived[index(class_of[index(q)])]
        shortest, cheapest = distance[index(t), index(goal)], math.inf
        # Copy the used paths of the pair, with their costs.
        for p in range(first_path[index(q)], first_path[index(q + 1)]):
            if path_flow[index(p)] <= 0.0:
                continue
            paid = 0.0
            for i in range(first_arc[index(p)], first_arc[index(p + 1)]):
                arcs = _with_space(arcs, used)
                arcs[index(used)] = arc[index(i)]
                used += 1
                paid += weight[index(arc[index(i)])]
            cheapest = min(cheapest, paid)
            totals[0] += paid * path_flow[index(p)]
            flows[index(stored)] = path_flow[index(p)]
            stored += 1
            starts[index(stored)] = used
        # Add the shortest path if it is new; it gets all demand if it is the first.
        totals[1] += shortest * demand[index(q)]
        if shortest < math.inf and (cheapest == math.inf or shortest < cheapest - SAME * cheapest):
            a = arc_in[index(t), index(goal)]
            while a >= 0:
                arcs = _with_space(arcs, used)
                arcs[index(used)] = a
                used += 1
                a = arc_in[index(t), index(tail[index(a)])]
            flows[index(stored)] = demand[index(q)] if cheapest == math.inf else 0.0
            stored += 1
            starts[index(stored)] = used
        begin[index(q + 1)] = stored
    return begin, starts[: stored + 1].copy(), arcs[:used].copy(), flows[:stored].copy()


@jit
def _with_space(arcs: Any, used: int) -> Any:
    if used < len(arcs):
        return arcs
    longer = np.empty(2 * len(arcs), np.int32)
    longer[:used] = arcs
    return longer


@jit
def load(pairs: Any, paths: Any, weight: Any, flow: Any) -> None:
    """Fill the flows of all arcs from the flows of paths."""
    first_path, first_arc, arc, path_flow = paths
    for a in range(len(flow)):
        flow[index(a)] = 0.0
    for q in range(len(pairs[3])):
        unit = weight[index(pairs[1][index(q)])]
        for p in range(first_path[index(q)], first_path[index(q + 1)]):
            for i in range(first_arc[index(p)], first_arc[index(p + 1)]):
                flow[index(arc[index(i)])] += unit * path_flow[index(p)]


@jit
def perceived_cost(classes: Any, cost: Any, perceived: Any) -> None:
    """Fill the perceived cost of every arc by class."""
    _, factor, extra = classes
    for k in range(len(perceived)):
        for a in range(len(cost)):
            perceived[index(k), index(a)] = factor[index(k), index(a)] * cost[index(a)] + extra[index(k), index(a)]


@jit
def sweep(
    pairs: Any, paths: Any, classes: Any, functions: Any, social: bool, careful: bool, state: Any, mark: Any
) -> float:
    """Shift flow from more expensive paths of each pair to its cheapest one; return the total excess cost.

    `state` is (flow, cost, slope by arc, perceived cost by class and arc) and is updated; `mark`
    is scratch by arc, -1 throughout. `careful` halves a step that overshoots: the slope of a
    queue changes abruptly where its tangent begins, so that steps from there may oscillate.
    """
    first_path = paths[0]
    excess = 0.0
    for q in range(len(pairs[3])):
        if first_path[index(q + 1)] - first_path[index(q)] > 1:
            excess += _settle_pair(q, pairs[1][index(q)], paths, classes, functions, social, careful, state, mark)
    return excess


@jit
def _settle_pair(
    q: int, k: int, paths: Any, classes: Any, functions: Any, social: bool, careful: bool, state: Any, mark: Any
) -> float:
    first_path, first_arc, arc, path_flow = paths
    unit, factor, perceived, slope = classes[0][index(k)], classes[1][index(k)], state[3][index(k)], state[2]
    begin, end = first_path[index(q)], first_path[index(q + 1)]
    # Cheapest path of the pair; mark its arcs.
    best, least = begin, math.inf
    for p in range(begin, end):
        paid = _paid(first_arc[index(p)], first_arc[index(p + 1)], arc, perceived)
        if paid < least:
            best, least = p, paid
    for i in range(first_arc[index(best)], first_arc[index(best + 1)]):
        mark[index(arc[index(i)])] = 0
    excess = 0.0
    for p in range(begin, end):
        if p == best or path_flow[index(p)] <= 0.0:
            continue
        # Difference at the current costs: earlier shifts of this pair have changed both paths.
        gain = _paid(first_arc[index(p)], first_arc[index(p + 1)], arc, perceived)
        gain -= _paid(first_arc[index(best)], first_arc[index(best + 1)], arc, perceived)
        if gain <= 0.0:
            continue
        excess += gain * path_flow[index(p)]
        # Slope of the difference: arcs that only one of the two paths uses.
        bend = 0.0
        for i in range(first_arc[index(p)], first_arc[index(p + 1)]):
            a = arc[index(i)]
            if mark[index(a)] == 0:
                mark[index(a)] = 1
            else:
                bend += factor[index(a)] * slope[index(a)]
        for i in range(first_arc[index(best)], first_arc[index(best + 1)]):
            a = arc[index(i)]
            if mark[index(a)] == 0:
                bend += factor[index(a)] * slope[index(a)]
        # Newton step, limited by the flow of the path.
        moved = path_flow[index(p)]
        if bend > 0.0:
            moved = min(moved, gain / (bend * unit))
        _shift(p, best, moved, unit, paths, classes, functions, social, state, mark)
        # Move half of it back while it overshoots.
        for _ in range(HALVINGS if careful else 0):
            back = _paid(first_arc[index(best)], first_arc[index(best + 1)], arc, perceived)
            back -= _paid(first_arc[index(p)], first_arc[index(p + 1)], arc, perceived)
            if back <= OVERSHOT * gain:
                break
            moved *= 0.5
            _shift(best, p, moved, unit, paths, classes, functions, social, state, mark)
        for i in range(first_arc[index(p)], first_arc[index(p + 1)]):
            if mark[index(arc[index(i)])] == 1:
                mark[index(arc[index(i)])] = 0
    for i in range(first_arc[index(best)], first_arc[index(best + 1)]):
        mark[index(arc[index(i)])] = -1
    return excess


@jit
def _paid(begin: int, end: int, arc: Any, perceived: Any) -> float:
    paid = 0.0
    for i in range(begin, end):
        paid += perceived[index(arc[index(i)])]
    return paid


@jit
def _shift(
    p: int,
    to: int,
    moved: float,
    unit: float,
    paths: Any,
    classes: Any,
    functions: Any,
    social: bool,
    state: Any,
    mark: Any,
) -> None:
    """Move flow from one path to another."""
    paths[3][index(p)] -= moved
    paths[3][index(to)] += moved
    _move(p, paths, -moved * unit, classes, functions, social, state, mark)
    _move(to, paths, moved * unit, classes, functions, social, state, mark)


@jit
def _move(p: int, paths: Any, moved: float, classes: Any, functions: Any, social: bool, state: Any, mark: Any) -> None:
    """Change the flow of the arcs of a path except those marked 1, and update costs and slopes."""
    _, first_arc, arc, _ = paths
    kind, a, b, c = functions
    flow, cost, slope, perceived = state
    _, factor, extra = classes
    for i in range(first_arc[index(p)], first_arc[index(p + 1)]):
        e = arc[index(i)]
        if mark[index(e)] == 1:
            continue
        flow[index(e)] += moved
        cost[index(e)], slope[index(e)] = cost_and_slope(
            kind[index(e)], a[index(e)], b[index(e)], c[index(e)], max(0.0, flow[index(e)]), social
        )
        for k in range(len(perceived)):
            perceived[index(k), index(e)] = factor[index(k), index(e)] * cost[index(e)] + extra[index(k), index(e)]


@jit
def extrapolate(pairs: Any, paths: Any, before: Any, weight: Any, state: Any, drift: Any) -> float:
    """Extrapolate the change of flows since `before` to the minimum along it; return the step length.

    Pairs with a negative flow at the end of the step are left unchanged. `state` is (cost, slope);
    `drift` is scratch by arc.
    """
    first_path, first_arc, arc, path_flow = paths
    cost, slope = state
    # Change of flow by arc.
    for a in range(len(drift)):
        drift[index(a)] = 0.0
    for q in range(len(pairs[3])):
        begin, end = first_path[index(q)], first_path[index(q + 1)]
        if end - begin > 1:
            for p in range(begin, end):
                moved = (path_flow[index(p)] - before[index(p)]) * weight[index(pairs[1][index(q)])]
                if moved != 0.0:
                    for i in range(first_arc[index(p)], first_arc[index(p + 1)]):
                        drift[index(arc[index(i)])] += moved
    # Newton step along this direction.
    falls, bends = 0.0, 0.0
    for a in range(len(drift)):
        falls -= cost[index(a)] * drift[index(a)]
        bends += slope[index(a)] * drift[index(a)] * drift[index(a)]
    length = falls / bends if falls > 0.0 and bends > 0.0 else 0.0
    if length > 0.0:
        for q in range(len(pairs[3])):
            begin, end = first_path[index(q)], first_path[index(q + 1)]
            unchanged = end - begin < 2
            for p in range(begin, end):
                unchanged = unchanged or path_flow[index(p)] + length * (path_flow[index(p)] - before[index(p)]) < 0.0
            if not unchanged:
                for p in range(begin, end):
                    path_flow[index(p)] += length * (path_flow[index(p)] - before[index(p)])
    return length
