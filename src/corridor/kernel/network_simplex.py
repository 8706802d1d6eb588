"""Minimum-cost flow of whole numbers by the network simplex method.

Arc a leads from `tail[a]` to `head[a]`, carries at most `room[a]` and costs
`cost[a]` for each unit; node u sends out `supply[u]` more than it takes in. Arc
`arcs + u` is artificial: it joins u with the root, and what flows there at the end
cannot be sent.

Basic arcs form a tree, a thread through all nodes in preorder, so that a subtree
is a run of it. What is read together stands together: `line[4 u …]` holds the
parent of u, the arc to it (twice, plus 1 where it leads upwards), what can still be
sent up, and what can be sent down.

References: Cunningham (1976), doi:10.1007/BF01580661, for trees that are strongly
feasible, so that no pivot repeats; Bradley, Brown & Graves (1977),
doi:10.1287/mnsc.24.1.1, for the thread.
"""

from __future__ import annotations

import math
from typing import Any

from corridor.kernel.mode import tools

jit, index = tools(__name__, allocates=False)

LOWER, TREE, UPPER = 1, 0, -1
FOREVER = 2**62
LEAST_BLOCK = 10  # arcs that are priced at a time, at least; else the root of their number


@jit
def start(problem: Any, tree: Any, state: Any, price: Any, dear: int) -> None:
    """Hang all nodes on the root by artificial arcs, free towards it and `dear` from it; all else is empty."""
    tail, head, room, cost, supply = problem
    line, thread, back, size, last = tree
    nodes = len(supply)
    arcs = len(tail) - nodes
    root, total = nodes, 1  # more than ever flows, so that every node can send to the root
    for u in range(nodes):
        total += abs(supply[index(u)])
    for a in range(arcs):
        state[index(a)] = LOWER
        total += room[index(a)]
    for u in range(nodes):
        a, up = arcs + u, 1 if supply[index(u)] >= 0 else 0
        tail[index(a)], head[index(a)] = (u, root) if up else (root, u)
        cost[index(a)], room[index(a)], state[index(a)] = 0 if up else dear, total, TREE
        price[index(u)] = cost[index(a)]
        _hang(
            line,
            u,
            root,
            2 * a + up,
            total - supply[index(u)] if up else -supply[index(u)],
            abs(supply[index(u)]) if up else total + supply[index(u)],
        )
        thread[index(u)], back[index(u)] = u + 1, u - 1
        size[index(u)], last[index(u)] = 1, u
    _hang(line, root, -1, -1, dear, 0)  # the root has no arc: what artificial ones cost is kept there
    price[index(root)], size[index(root)], last[index(root)] = 0, nodes + 1, nodes - 1
    thread[index(root)], back[index(root)] = 0, nodes - 1
    back[0] = root
    if nodes > 0:
        thread[index(nodes - 1)] = root


@jit
def _hang(line: Any, u: int, parent: int, by: int, up_room: int, down_room: int) -> None:
    line[index(4 * u)], line[index(4 * u + 1)] = parent, by
    line[index(4 * u + 2)], line[index(4 * u + 3)] = up_room, down_room


@jit
def solve(problem: Any, tree: Any, state: Any, price: Any, most: int) -> int:
    """Pivot from a feasible tree to the least cost; return the pivots, or -1 if `most` were not enough."""
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
    """Return the arc of the first block with a gain that gains most, from `begin` on; -1 if none gains."""
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
    """Send as much as can be along the cycle of an entering arc, and change the tree."""
    tail, head, room, cost, _ = problem
    line, thread, _, size, last = tree
    first, second = tail[index(entering)], head[index(entering)]
    if state[index(entering)] == UPPER:
        first, second = second, first
    join = find_join(line, size, first, second)
    amount, leaving, before = room[index(entering)], -1, True
    u = first
    while u != join:  # here the cycle runs from parent to child
        if line[index(4 * u + 3)] < amount:
            amount, leaving = line[index(4 * u + 3)], u
        u = line[index(4 * u)]
    u = second
    while u != join:  # the last arc that limits leaves: the tree stays strongly feasible
        if line[index(4 * u + 2)] <= amount:
            amount, leaving, before = line[index(4 * u + 2)], u, False
        u = line[index(4 * u)]
    if amount > 0:
        _send(line, first, join, -amount)
        _send(line, second, join, amount)
    if leaving < 0:
        state[index(entering)] = -state[index(entering)]
        return
    old, up = line[index(4 * leaving + 1)] >> 1, line[index(4 * leaving + 1)] & 1
    # the arc that leaves is empty if it was limited against its direction
    state[index(old)] = UPPER if up != before else LOWER
    inside, outside = (first, second) if before else (second, first)
    upwards = 1 if tail[index(entering)] == inside else 0
    carried = amount if state[index(entering)] == LOWER else room[index(entering)] - amount
    left = room[index(entering)] - carried
    state[index(entering)] = TREE
    rooms = (left, carried) if upwards else (carried, left)
    gain = cost[index(entering)] + price[index(tail[index(entering)])] - price[index(head[index(entering)])]
    rehang(tree, inside, outside, leaving, join, 2 * entering + upwards, rooms[0], rooms[1])
    shift_prices(thread, size, last, price, inside, -gain if upwards else gain)


@jit
def find_join(line: Any, size: Any, u: int, v: int) -> int:
    """Return where the ways from two nodes to the root meet: the one with fewer below it is not there yet."""
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
    """Add to the prices of a subtree, or take from all others where these are fewer: differences are what counts."""
    u, many = top, size[index(top)]
    if 2 * many > len(price):
        u, many, shift = thread[index(last[index(top)])], len(price) - many, -shift
    for _ in range(many):
        price[index(u)] += shift
        u = thread[index(u)]


@jit
def rehang(tree: Any, inside: int, outside: int, top: int, join: int, by: int, up_room: int, down_room: int) -> None:
    """Cut the subtree at `top` off, turn it over so that `inside` is on top, and hang it below `outside`.

    The stem, from `inside` to `top`, turns round; each of its nodes keeps the rest of what
    is below it, so the new thread is the runs of the old one in another order.
    """
    line, thread, back, size, last = tree
    whole = size[index(top)]
    _cut_off(tree, top, join)
    after, write = thread[index(outside)], outside
    u, hangs_on, taken = inside, outside, 0
    # in the old order: where the subtree taken last ends, what came before it, what after
    below, behind, follows = -1, -1, -1
    while True:
        next_up, next_by = line[index(4 * u)], line[index(4 * u + 1)] ^ 1
        next_up_room, next_down_room = line[index(4 * u + 3)], line[index(4 * u + 2)]
        u_before, u_last = back[index(u)], last[index(u)]
        u_follows = follows if u_last == below else thread[index(u_last)]
        thread[index(write)], back[index(u)] = u, write
        if below < 0:
            write = u_last
        else:
            write = behind
            if u_last != below:
                thread[index(write)], back[index(follows)] = follows, write
                write = u_last
        _hang(line, u, hangs_on, by, up_room, down_room)
        u_size = size[index(u)]
        size[index(u)] = whole - taken
        taken = u_size
        below, behind, follows = u_last, u_before, u_follows
        if u == top:
            break
        hangs_on, by, up_room, down_room = u, next_by, next_up_room, next_down_room
        u = next_up
    thread[index(write)], back[index(after)] = after, write
    while u != outside:
        last[index(u)] = write
        u = line[index(4 * u)]
    _add_below(line, size, last, outside, join, whole, write)


@jit
def _cut_off(tree: Any, top: int, join: int) -> None:
    """Take a subtree out of the thread, and out of the sizes and ends of what is above it."""
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
    """Count a subtree that ends at `end` among what is below `outside`."""
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
    """Fill what every arc carries, artificial ones included."""
    room, line = problem[2], tree[0]
    for a in range(len(flow)):
        flow[index(a)] = room[index(a)] if state[index(a)] == UPPER else 0
    for u in range(len(problem[4])):
        by = line[index(4 * u + 1)]
        flow[index(by >> 1)] = line[index(4 * u + 3)] if by & 1 else line[index(4 * u + 2)]


@jit
def adapt(problem: Any, tree: Any, state: Any, price: Any, room: Any, order: Any) -> None:
    """Take other capacities, and mend the tree where it carries more than it may now.

    What a full arc has more or less room for goes along the tree; where a tree arc is then
    beyond its bounds, what is below it is cut off there and hung on the root by its artificial
    arc, which takes or gives the rest. `order` is scratch by node.
    """
    tail, head, limit, _, supply = problem
    line, thread, _, _, _ = tree
    root = len(supply)
    for a in range(len(room)):
        more = room[index(a)] - limit[index(a)]
        if more == 0:
            continue
        limit[index(a)] = room[index(a)]
        if state[index(a)] == UPPER:
            _send(line, tail[index(a)], root, -more)
            _send(line, head[index(a)], root, more)
        elif state[index(a)] == TREE:
            u = tail[index(a)]
            if line[index(4 * u + 1)] == 2 * a + 1:
                line[index(4 * u + 2)] += more
            else:
                line[index(4 * head[index(a)] + 3)] += more
    u = root
    for i in range(root):
        u = thread[index(u)]
        order[index(i)] = u
    for i in range(root - 1, -1, -1):  # children before parents
        u = order[index(i)]
        if (
            line[index(4 * u + 2)] <= 0
        ):  # none is left to send towards the root: it would no longer be strongly feasible
            _hang_on_root(problem, tree, state, price, u, -line[index(4 * u + 2)], True)
        elif line[index(4 * u + 3)] < 0:
            _hang_on_root(problem, tree, state, price, u, -line[index(4 * u + 3)], False)


@jit
def _hang_on_root(problem: Any, tree: Any, state: Any, price: Any, u: int, amount: int, upwards: bool) -> None:
    """Bring the arc above u back to its bound: `amount` that it carried too much goes by the artificial arc of u."""
    tail, head, limit, cost, supply = problem
    line, thread, _, size, last = tree
    root = len(supply)
    arcs = len(tail) - root
    own, by = arcs + u, line[index(4 * u + 1)]
    dear = line[index(4 * root + 2)]
    if by >> 1 != own:
        # the rest of the way to the root carries that much less
        _send(line, line[index(4 * u)], root, -amount if upwards else amount)
        along = (by & 1 == 1) == upwards  # too much in the direction of the arc: it stays full, else empty
        state[index(by >> 1)] = UPPER if along else LOWER
    state[index(own)] = TREE
    tail[index(own)], head[index(own)] = (u, root) if upwards else (root, u)
    cost[index(own)] = 0 if upwards else dear
    left = limit[index(own)] - amount
    rooms = (left, amount) if upwards else (amount, left)
    if by >> 1 == own:
        _hang(line, u, root, 2 * own + (1 if upwards else 0), rooms[0], rooms[1])
    else:
        rehang(tree, u, root, u, root, 2 * own + (1 if upwards else 0), rooms[0], rooms[1])
    gain = cost[index(own)] + price[index(tail[index(own)])] - price[index(head[index(own)])]
    shift_prices(thread, size, last, price, u, -gain if upwards else gain)


@jit
def solve_many(problem: Any, tree: Any, state: Any, price: Any, rooms: Any, order: Any, flow: Any, out: Any) -> None:
    """Solve for rows of capacities one after another, each from the tree of the last; fill (cost, not sent) of each."""
    cost, supply = problem[3], problem[4]
    arcs = rooms.shape[1]
    for k in range(len(rooms)):
        adapt(problem, tree, state, price, rooms[index(k)], order)
        solve(problem, tree, state, price, FOREVER)
        read_flow(problem, tree, state, flow)
        total, unsent = 0, 0
        for a in range(arcs):
            total += flow[index(a)] * cost[index(a)]
        for u in range(len(supply)):
            if problem[0][index(arcs + u)] == len(supply):  # from the root: wanted and not there
                unsent += flow[index(arcs + u)]
        out[index(k), 0], out[index(k), 1] = total, unsent
