"""Integer minimum-cost flow by the network simplex method.

Arc a leads from `tail[a]` to `head[a]`, with capacity `capacity[a]` and cost
`cost[a]` per unit; the net supply of node u is `supply[u]`. Arc `arcs + u` is
artificial: it joins u with the root, and its flow at the end cannot be sent.

Basic arcs form a tree. A thread through all nodes in preorder makes every subtree a
run of consecutive nodes. `line[4 u …]` holds, for memory locality, the parent of u, the
arc to it (twice its number, plus 1 if it leads upwards), and the residual capacities
upwards and downwards.

References: Cunningham (1976), doi:10.1007/BF01580661, for strongly feasible trees,
which prevent cycling; Bradley, Brown & Graves (1977), doi:10.1287/mnsc.24.1.1, for
the thread.
"""

from __future__ import annotations

import math
from typing import Any

from corridor.kernel.mode import tools

jit, index = tools(__name__, allocates=False)

LOWER, TREE, UPPER = 1, 0, -1
FOREVER = 2**62
LEAST_BLOCK = 10  # the least number of arcs priced at a time; otherwise the square root of all arcs


@jit
def start(problem: Any, tree: Any, state: Any, price: Any, penalty: int) -> None:
    """Join all nodes to the root by artificial arcs, at no cost towards it and at `penalty` from it; no other flow."""
    tail, head, capacity, cost, supply = problem
    line, thread, back, size, last = tree
    nodes = len(supply)
    arcs = len(tail) - nodes
    root, total = nodes, 1  # above any flow, so that every node can send to the root
    for u in range(nodes):
        total += abs(supply[index(u)])
    for a in range(arcs):
        state[index(a)] = LOWER
        total += capacity[index(a)]
    # One artificial arc per node, in the direction of its supply.
    for u in range(nodes):
        a, up = arcs + u, 1 if supply[index(u)] >= 0 else 0
        tail[index(a)], head[index(a)] = (u, root) if up else (root, u)
        cost[index(a)], capacity[index(a)], state[index(a)] = 0 if up else penalty, total, TREE
        price[index(u)] = cost[index(a)]
        _attach(
            line,
            u,
            root,
            2 * a + up,
            total - supply[index(u)] if up else -supply[index(u)],
            abs(supply[index(u)]) if up else total + supply[index(u)],
        )
        thread[index(u)], back[index(u)] = u + 1, u - 1
        size[index(u)], last[index(u)] = 1, u
    _attach(line, root, -1, -1, penalty, 0)  # the root has no arc: its entry stores the penalty
    price[index(root)], size[index(root)], last[index(root)] = 0, nodes + 1, nodes - 1
    thread[index(root)], back[index(root)] = 0, nodes - 1
    back[0] = root
    if nodes > 0:
        thread[index(nodes - 1)] = root


@jit
def _attach(line: Any, u: int, parent: int, by: int, up_residual: int, down_residual: int) -> None:
    line[index(4 * u)], line[index(4 * u + 1)] = parent, by
    line[index(4 * u + 2)], line[index(4 * u + 3)] = up_residual, down_residual


@jit
def solve(problem: Any, tree: Any, state: Any, price: Any, most: int) -> int:
    """Pivot from a feasible tree to the optimum; return the pivots, or -1 if `most` pivots are too few."""
    tail, head, _, cost, supply = problem
    arcs = len(tail) - len(supply)
    block = max(LEAST_BLOCK, int(math.sqrt(arcs)))
    begin, pivots = 0, 0
    while True:
        entering = find_entering(tail, head, cost, state, price, arcs, block, begin)
        if entering < 0:
            return pivots
        if pivots == most:
            return -1
        begin = entering + 1 if entering + 1 < arcs else 0
        pivot(problem, tree, state, price, entering)
        pivots += 1


@jit
def find_entering(tail: Any, head: Any, cost: Any, state: Any, price: Any, arcs: int, block: int, begin: int) -> int:
    """Return the arc with the most negative reduced cost in the first block that has any, from `begin`; -1 if none."""
    best, least, left = -1, 0, block
    a = begin
    for _ in range(arcs):
        gain = state[index(a)] * (cost[index(a)] + price[index(tail[index(a)])] - price[index(head[index(a)])])
        if gain < least:
            least, best = gain, a
        a += 1
        if a == arcs:
            a = 0
        left -= 1
        if left == 0:
            if best >= 0:
                return best
            left = block
    return best


@jit
def pivot(problem: Any, tree: Any, state: Any, price: Any, entering: int) -> None:
    """Send the largest possible flow along the cycle of an entering arc, and update the tree."""
    tail, head, capacity, cost, _ = problem
    line, thread, _, size, last = tree
    first, second = tail[index(entering)], head[index(entering)]
    if state[index(entering)] == UPPER:
        first, second = second, first
    # Largest flow on the cycle and the leaving arc.
    join = find_join(line, size, first, second)
    amount, leaving, on_first = capacity[index(entering)], -1, True
    u = first
    while u != join:  # here the cycle leads from parent to child
        if line[index(4 * u + 3)] < amount:
            amount, leaving = line[index(4 * u + 3)], u
        u = line[index(4 * u)]
    u = second
    while u != join:  # the last limiting arc leaves: the tree remains strongly feasible
        if line[index(4 * u + 2)] <= amount:
            amount, leaving, on_first = line[index(4 * u + 2)], u, False
        u = line[index(4 * u)]
    # Change the flow.
    if amount > 0:
        _send(line, first, join, -amount)
        _send(line, second, join, amount)
    if leaving < 0:
        state[index(entering)] = -state[index(entering)]
        return
    old, up = line[index(4 * leaving + 1)] >> 1, line[index(4 * leaving + 1)] & 1
    # The leaving arc is empty if the flow was limited against its direction.
    state[index(old)] = UPPER if up != on_first else LOWER
    # The entering arc replaces it in the tree, and the prices of its subtree change.
    inside, outside = (first, second) if on_first else (second, first)
    upwards = 1 if tail[index(entering)] == inside else 0
    carried = amount if state[index(entering)] == LOWER else capacity[index(entering)] - amount
    unused = capacity[index(entering)] - carried
    state[index(entering)] = TREE
    residuals = (unused, carried) if upwards else (carried, unused)
    gain = cost[index(entering)] + price[index(tail[index(entering)])] - price[index(head[index(entering)])]
    rehang(tree, inside, outside, leaving, join, 2 * entering + upwards, residuals[0], residuals[1])
    shift_prices(thread, size, last, price, inside, -gain if upwards else gain)


@jit
def find_join(line: Any, size: Any, u: int, v: int) -> int:
    """Return the lowest common ancestor of two nodes: the node with the smaller subtree climbs."""
    while u != v:
        if size[index(u)] < size[index(v)]:
            u = line[index(4 * u)]
        else:
            v = line[index(4 * v)]
    return u


@jit
def _send(line: Any, u: int, join: int, amount: int) -> None:
    while u != join:
        line[index(4 * u + 2)] -= amount
        line[index(4 * u + 3)] += amount
        u = line[index(4 * u)]


@jit
def shift_prices(thread: Any, size: Any, last: Any, price: Any, top: int, shift: int) -> None:
    """Add to the prices of a subtree, or subtract from all others if these are fewer: only differences matter."""
    u, many = top, size[index(top)]
    if 2 * many > len(price):
        u, many, shift = thread[index(last[index(top)])], len(price) - many, -shift
    for _ in range(many):
        price[index(u)] += shift
        u = thread[index(u)]


@jit
def rehang(
    tree: Any, inside: int, outside: int, top: int, join: int, by: int, up_residual: int, down_residual: int
) -> None:
    """Cut the subtree at `top` off, make `inside` its root, and attach it below `outside`.

    The stem, from `inside` to `top`, is reversed; each of its nodes keeps the rest of its
    subtree, so the new thread consists of the runs of the old one in another order.
    """
    line, thread, back, size, last = tree
    whole = size[index(top)]
    _cut_off(tree, top, join)
    after, end = thread[index(outside)], outside
    u, attached_to, moved = inside, outside, 0
    # In the old order: the end of the last moved subtree, its predecessor and its successor.
    below, behind, follows = -1, -1, -1
    while True:
        # The next node of the stem, before its entry is overwritten.
        next_up, next_by = line[index(4 * u)], line[index(4 * u + 1)] ^ 1
        next_up_residual, next_down_residual = line[index(4 * u + 3)], line[index(4 * u + 2)]
        u_before, u_last = back[index(u)], last[index(u)]
        u_follows = follows if u_last == below else thread[index(u_last)]
        # Append the run of u without the part already moved.
        thread[index(end)], back[index(u)] = u, end
        if below < 0:
            end = u_last
        else:
            end = behind
            if u_last != below:
                thread[index(end)], back[index(follows)] = follows, end
                end = u_last
        # Reverse the tree arc of u.
        _attach(line, u, attached_to, by, up_residual, down_residual)
        u_size = size[index(u)]
        size[index(u)] = whole - moved
        moved = u_size
        below, behind, follows = u_last, u_before, u_follows
        if u == top:
            break
        attached_to, by, up_residual, down_residual = u, next_by, next_up_residual, next_down_residual
        u = next_up
    # Close the thread, and update the ends and sizes of subtrees.
    thread[index(end)], back[index(after)] = after, end
    while u != outside:
        last[index(u)] = end
        u = line[index(4 * u)]
    _add_below(line, size, last, outside, join, whole, end)


@jit
def _cut_off(tree: Any, top: int, join: int) -> None:
    """Remove a subtree from the thread, and from the sizes and ends of its ancestors."""
    line, thread, back, size, last = tree
    whole, end, before = size[index(top)], last[index(top)], back[index(top)]
    after = thread[index(end)]
    thread[index(before)], back[index(after)] = after, before
    u = line[index(4 * top)]
    while u >= 0 and last[index(u)] == end:
        last[index(u)] = before
        u = line[index(4 * u)]
    u = line[index(4 * top)]
    while u != join:
        size[index(u)] -= whole
        u = line[index(4 * u)]


@jit
def _add_below(line: Any, size: Any, last: Any, outside: int, join: int, whole: int, end: int) -> None:
    """Add a subtree that ends at `end` to the sizes and ends of the ancestors from `outside`."""
    u = outside
    while u >= 0 and last[index(u)] == outside:
        last[index(u)] = end
        u = line[index(4 * u)]
    u = outside
    while u != join:
        size[index(u)] += whole
        u = line[index(4 * u)]


@jit
def read_flow(problem: Any, tree: Any, state: Any, flow: Any) -> None:
    """Fill the flow of every arc, artificial arcs included."""
    capacity, line = problem[2], tree[0]
    for a in range(len(flow)):
        flow[index(a)] = capacity[index(a)] if state[index(a)] == UPPER else 0
    for u in range(len(problem[4])):
        by = line[index(4 * u + 1)]
        flow[index(by >> 1)] = line[index(4 * u + 3)] if by & 1 else line[index(4 * u + 2)]


@jit
def adapt(problem: Any, tree: Any, state: Any, price: Any, capacities: Any, order: Any) -> None:
    """Set other capacities, and repair the tree where its flows exceed them.

    The change of a full arc is sent along the tree. Where a tree arc is then beyond its
    bounds, its subtree is cut off and joined to the root by its artificial arc, which
    carries the difference. `order` is scratch by node.
    """
    tail, head, limit, _, supply = problem
    line, thread, _, _, _ = tree
    root = len(supply)
    for a in range(len(capacities)):
        change = capacities[index(a)] - limit[index(a)]
        if change == 0:
            continue
        limit[index(a)] = capacities[index(a)]
        if state[index(a)] == UPPER:
            _send(line, tail[index(a)], root, -change)
            _send(line, head[index(a)], root, change)
        elif state[index(a)] == TREE:
            u = tail[index(a)]
            if line[index(4 * u + 1)] == 2 * a + 1:
                line[index(4 * u + 2)] += change
            else:
                line[index(4 * head[index(a)] + 3)] += change
    # Preorder of the tree.
    u = root
    for i in range(root):
        u = thread[index(u)]
        order[index(i)] = u
    for i in range(root - 1, -1, -1):  # children before parents
        u = order[index(i)]
        # Without residual capacity towards the root the tree is not strongly feasible.
        if line[index(4 * u + 2)] <= 0:
            _attach_to_root(problem, tree, state, price, u, -line[index(4 * u + 2)], True)
        elif line[index(4 * u + 3)] < 0:
            _attach_to_root(problem, tree, state, price, u, -line[index(4 * u + 3)], False)


@jit
def _attach_to_root(problem: Any, tree: Any, state: Any, price: Any, u: int, amount: int, upwards: bool) -> None:
    """Return the arc above u to its bound: the excess `amount` moves to the artificial arc of u."""
    tail, head, limit, cost, supply = problem
    line, thread, _, size, last = tree
    root = len(supply)
    arcs = len(tail) - root
    own, by = arcs + u, line[index(4 * u + 1)]
    penalty = line[index(4 * root + 2)]
    if by >> 1 != own:
        # The rest of the tree path to the root carries less.
        _send(line, line[index(4 * u)], root, -amount if upwards else amount)
        along = (by & 1 == 1) == upwards  # an excess in the direction of the arc leaves it full, otherwise empty
        state[index(by >> 1)] = UPPER if along else LOWER
    # The artificial arc becomes the tree arc of u.
    state[index(own)] = TREE
    tail[index(own)], head[index(own)] = (u, root) if upwards else (root, u)
    cost[index(own)] = 0 if upwards else penalty
    unused = limit[index(own)] - amount
    residuals = (unused, amount) if upwards else (amount, unused)
    if by >> 1 == own:
        _attach(line, u, root, 2 * own + (1 if upwards else 0), residuals[0], residuals[1])
    else:
        rehang(tree, u, root, u, root, 2 * own + (1 if upwards else 0), residuals[0], residuals[1])
    gain = cost[index(own)] + price[index(tail[index(own)])] - price[index(head[index(own)])]
    shift_prices(thread, size, last, price, u, -gain if upwards else gain)


@jit
def solve_many(
    problem: Any, tree: Any, state: Any, price: Any, capacities: Any, order: Any, flow: Any, out: Any
) -> None:
    """Solve for rows of capacities, each from the tree of the previous one; fill (cost, unsent) of each."""
    cost, supply = problem[3], problem[4]
    arcs = capacities.shape[1]
    for k in range(len(capacities)):
        adapt(problem, tree, state, price, capacities[index(k)], order)
        solve(problem, tree, state, price, FOREVER)
        read_flow(problem, tree, state, flow)
        total, unsent = 0, 0
        for a in range(arcs):
            total += flow[index(a)] * cost[index(a)]
        for u in range(len(supply)):
            if problem[0][index(arcs + u)] == len(supply):  # from the root: unmet demand
                unsent += flow[index(arcs + u)]
        out[index(k), 0], out[index(k), 1] = total, unsent
