"""Remove circular flow: it adds nothing to the value and uses capacity of links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

NOTHING_T = 1e-6


def without_cycles(tail: Sequence[int], head: Sequence[int], arc_t_yr: Mapping[int, float]) -> dict[int, float]:
    """Return the flow with every directed cycle cancelled; O(cycles × states).

    Examples
    --------
    >>> without_cycles([0, 1, 2, 1], [1, 2, 1, 3], {0: 5.0, 1: 3.0, 2: 3.0, 3: 5.0})
    {0: 5.0, 3: 5.0}
    """
    left = dict(arc_t_yr)
    out: dict[int, list[int]] = {}
    for arc in sorted(left, reverse=True):
        out.setdefault(tail[arc], []).append(arc)
    finished: set[int] = set()
    for start in sorted(out):
        path: list[int] = []
        on_path = {start: 0}
        state = start
        while True:
            arcs = out.get(state, [])
            while arcs and (left[arcs[-1]] <= NOTHING_T or head[arcs[-1]] in finished):
                arcs.pop()
            if not arcs:
                finished.add(state)
                del on_path[state]
                if not path:
                    break
                state = tail[path.pop()]
                continue
            arc = arcs[-1]
            if head[arc] not in on_path:
                path.append(arc)
                state = head[arc]
                on_path[state] = len(path)
                continue
            cycle = [*path[on_path[head[arc]] :], arc]
            circular_t = min(left[a] for a in cycle)
            for a in cycle:
                left[a] -= circular_t
            emptied = next(a for a in cycle if left[a] <= NOTHING_T)
            state = tail[emptied]
            for a in path[on_path[state] :]:
                del on_path[head[a]]
            del path[on_path[state] :]
    return {arc: t for arc, t in sorted(left.items()) if t > NOTHING_T}
