"""Flows on paths until no path is dearer than another that is used: user equilibrium where costs rise with flow.

Pair q has `demand[q]` between two states; its paths are `first_path[q] … first_path[q + 1] - 1`,
path p the arcs `first_arc[p] … first_arc[p + 1] - 1` of `arc`, carrying `path_flow[p]`.
Pairs belong to classes: a unit of class k counts `weight[k]` in the flow of an arc,
and finds it to cost `factor[k, a] cost + extra[k, a]`.

The cost of an arc is, by its kind, `a + b x^c` (POWER), `a + b x / (c - x)`, from 0.99 c on
along its tangent (QUEUE), or `a + b (x - c)` (LINE).

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
NEARLY_FULL = 0.99  # of a queue's capacity: from there its cost goes on as a line
HALVINGS = 20
OVERSHOT = 0.5  # of a difference in cost: a step that leaves more of it the other way round is taken back
SAME = 1e-13  # costs nearer than this share are one path summed in another order


@jit
def cost_and_slope(kind: int, a: float, b: float, c: float, x: float, social: bool) -> tuple[float, float]:
    """Return what an arc costs at flow x and how fast that rises; to everybody together where `social`."""
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
def trees(csr: Any, felt: Any, source: Any, row: Any, begin: int, end: int, distance: Any, arc_in: Any) -> None:
    """Find the shortest path trees `begin … end - 1`: from `source[t]`, at the costs of class `row[t]`."""
    first_out, head = csr
    states = len(first_out) - 1
    heap, key, place = np.empty(states, np.int32), np.empty(states, np.float64), np.empty(states, np.int32)
    start, nothing = np.empty(1, np.int32), np.zeros(1, np.float64)
    for t in range(begin, end):
        start[0] = source[index(t)]
        weight = felt[index(row[index(t)])]
        shortest_path_tree(
            first_out, head, weight, start, nothing, -1, distance[index(t)], arc_in[index(t)], heap, key, place
        )


@jit
def add_paths(pairs: Any, paths: Any, tail: Any, felt: Any, distance: Any, arc_in: Any, totals: Any) -> Any:
    """Return the paths that carry something, and for each pair its shortest one where that is cheaper than all of them.

    `pairs` is (tree, class, target, demand) by pair. `totals` gets what all pay, and what
    they would pay on shortest paths.
    """
    tree_of, class_of, target, demand = pairs
    first_path, first_arc, arc, path_flow = paths
    many = len(demand)
    begin, starts = np.empty(many + 1, np.int64), np.empty(len(path_flow) + many + 1, np.int64)
    flows, arcs = np.empty(len(path_flow) + many, np.float64), np.empty(2 * len(arc) + 16 * many + 1024, np.int32)
    made, used = 0, 0
    begin[0], starts[0] = 0, 0
    totals[0], totals[1] = 0.0, 0.0
    for q in range(many):
        t, goal, weight = tree_of[index(q)], target[index(q)], felt[index(class_of[index(q)])]
        shortest, cheapest = distance[index(t), index(goal)], math.inf
        for p in range(first_path[index(q)], first_path[index(q + 1)]):
            if path_flow[index(p)] <= 0.0:
                continue
            paid = 0.0
            for i in range(first_arc[index(p)], first_arc[index(p + 1)]):
                arcs = _with_room(arcs, used)
                arcs[index(used)] = arc[index(i)]
                used += 1
                paid += weight[index(arc[index(i)])]
            cheapest = min(cheapest, paid)
            totals[0] += paid * path_flow[index(p)]
            flows[index(made)] = path_flow[index(p)]
            made += 1
            starts[index(made)] = used
        totals[1] += shortest * demand[index(q)]
        if shortest < math.inf and (cheapest == math.inf or shortest < cheapest - SAME * cheapest):
            a = arc_in[index(t), index(goal)]
            while a >= 0:
                arcs = _with_room(arcs, used)
                arcs[index(used)] = a
                used += 1
                a = arc_in[index(t), index(tail[index(a)])]
            flows[index(made)] = demand[index(q)] if cheapest == math.inf else 0.0
            made += 1
            starts[index(made)] = used
        begin[index(q + 1)] = made
    return begin, starts[: made + 1].copy(), arcs[:used].copy(), flows[:made].copy()


@jit
def _with_room(arcs: Any, used: int) -> Any:
    if used < len(arcs):
        return arcs
    longer = np.empty(2 * len(arcs), np.int32)
    longer[:used] = arcs
    return longer


@jit
def load(pairs: Any, paths: Any, weight: Any, flow: Any) -> None:
    """Fill the flow of all arcs from that of the paths."""
    first_path, first_arc, arc, path_flow = paths
    for a in range(len(flow)):
        flow[index(a)] = 0.0
    for q in range(len(pairs[3])):
        unit = weight[index(pairs[1][index(q)])]
        for p in range(first_path[index(q)], first_path[index(q + 1)]):
            for i in range(first_arc[index(p)], first_arc[index(p + 1)]):
                flow[index(arc[index(i)])] += unit * path_flow[index(p)]


@jit
def perceived_cost(classes: Any, cost: Any, felt: Any) -> None:
    """Fill what every class finds every arc to cost."""
    _, factor, extra = classes
    for k in range(len(felt)):
        for a in range(len(cost)):
            felt[index(k), index(a)] = factor[index(k), index(a)] * cost[index(a)] + extra[index(k), index(a)]


@jit
def sweep(
    pairs: Any, paths: Any, classes: Any, functions: Any, social: bool, careful: bool, state: Any, mark: Any
) -> float:
    """Shift flow from dearer paths of each pair to its cheapest one, pair after pair; return what they paid too much.

    `state` is (flow, cost, slope by arc, felt cost by class and arc) and kept up to date; `mark`
    is scratch by arc, -1 throughout. `careful` takes a step back by halves where it went too far:
    a queue's slope falls at once where its tangent begins, so that steps from there may swing.
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
    unit, factor, felt, slope = classes[0][index(k)], classes[1][index(k)], state[3][index(k)], state[2]
    begin, end = first_path[index(q)], first_path[index(q + 1)]
    best, least = begin, math.inf
    for p in range(begin, end):
        paid = _paid(first_arc[index(p)], first_arc[index(p + 1)], arc, felt)
        if paid < least:
            best, least = p, paid
    for i in range(first_arc[index(best)], first_arc[index(best + 1)]):
        mark[index(arc[index(i)])] = 0
    excess = 0.0
    for p in range(begin, end):
        if p == best or path_flow[index(p)] <= 0.0:
            continue
        # at the costs as they are now: earlier shifts of this pair have changed both paths
        gain = _paid(first_arc[index(p)], first_arc[index(p + 1)], arc, felt)
        gain -= _paid(first_arc[index(best)], first_arc[index(best + 1)], arc, felt)
        if gain <= 0.0:
            continue
        excess += gain * path_flow[index(p)]
        bend = 0.0  # of what only one of the two uses
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
        moved = path_flow[index(p)]
        if bend > 0.0:
            moved = min(moved, gain / (bend * unit))
        _shift(p, best, moved, unit, paths, classes, functions, social, state, mark)
        for _ in range(HALVINGS if careful else 0):
            back = _paid(first_arc[index(best)], first_arc[index(best + 1)], arc, felt)
            back -= _paid(first_arc[index(p)], first_arc[index(p + 1)], arc, felt)
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
def _paid(begin: int, end: int, arc: Any, felt: Any) -> float:
    paid = 0.0
    for i in range(begin, end):
        paid += felt[index(arc[index(i)])]
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
    """Change the flow of a path's arcs, but of those marked 1, with their costs and slope."""
    _, first_arc, arc, _ = paths
    kind, a, b, c = functions
    flow, cost, slope, felt = state
    _, factor, extra = classes
    for i in range(first_arc[index(p)], first_arc[index(p + 1)]):
        e = arc[index(i)]
        if mark[index(e)] == 1:
            continue
        flow[index(e)] += moved
        cost[index(e)], slope[index(e)] = cost_and_slope(
            kind[index(e)], a[index(e)], b[index(e)], c[index(e)], max(0.0, flow[index(e)]), social
        )
        for k in range(len(felt)):
            felt[index(k), index(e)] = factor[index(k), index(e)] * cost[index(e)] + extra[index(k), index(e)]


@jit
def extrapolate(pairs: Any, paths: Any, before: Any, weight: Any, state: Any, drift: Any) -> float:
    """Go on in the direction in which flows have gone since `before`, as far as costs fall; return how far.

    Pairs that would run out of flow on a path stay. `state` is (cost, slope); `drift` is scratch by arc.
    """
    first_path, first_arc, arc, path_flow = paths
    cost, slope = state
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
    falls, bends = 0.0, 0.0
    for a in range(len(drift)):
        falls -= cost[index(a)] * drift[index(a)]
        bends += slope[index(a)] * drift[index(a)] * drift[index(a)]
    far = falls / bends if falls > 0.0 and bends > 0.0 else 0.0
    if far > 0.0:
        for q in range(len(pairs[3])):
            begin, end = first_path[index(q)], first_path[index(q + 1)]
            stays = end - begin < 2
            for p in range(begin, end):
                stays = stays or path_flow[index(p)] + far * (path_flow[index(p)] - before[index(p)]) < 0.0
            if not stays:
                for p in range(begin, end):
                    path_flow[index(p)] += far * (path_flow[index(p)] - before[index(p)])
    return far
