"""Maximum flow with shared resources: a linear program whose result is verified by its dual bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from corridor.errors import ConvergenceError
from corridor.flow.edges import Cut, Solution
from corridor.flow.flow_graph import FlowGraph
from corridor.graph.resources import Limit
from corridor.linear_program import ensure_optimal, linear_program

TOLERANCE = 1e-6
VALUE_SLACK = 1e-9  # lets the second program start from the solution of the first
UNIT_T = 1e3  # the program uses kilotonnes, so that its numbers are near one


def solve_linear(flows: FlowGraph, known: Sequence[Limit]) -> Solution:
    """Return the maximum flow under shared limits; its cut is the limits with a dual price.

    Raises
    ------
    ConvergenceError
        If HiGHS stops without an optimum, or its dual bound is off by more than
        1e-6 of the value.
    """
    rows: list[dict[int, float]] = [{} for _ in range(flows.states)]
    for arc, (u, v) in enumerate(zip(flows.tail, flows.head, strict=True)):
        rows[u][arc] = rows[u].get(arc, 0.0) - 1.0
        rows[v][arc] = rows[v].get(arc, 0.0) + 1.0
    conserved = [row for state, row in enumerate(rows) if state > 1]
    used = []
    for limit in known:
        row = {arc: use * UNIT_T for arc, use in flows.uses(limit).items()}
        used.append((limit, row, float(limit.free_yr or 0.0)))
    matrix = [*conserved, *(row for _, row, _ in used)]
    entries = [(i, arc, value) for i, row in enumerate(matrix) for arc, value in row.items()]
    solver = linear_program(
        [1.0 if v == 1 else 0.0 for v in flows.head],
        np.array(entries, dtype=np.float64).reshape(-1, 3).T,
        (
            [0.0] * len(conserved) + [-np.inf] * len(used),
            [0.0] * len(conserved) + [free for _, _, free in used],
        ),
        maximise=True,
    )
    solver.run()
    ensure_optimal(solver)
    solution = solver.getSolution()
    value = float(solver.getInfo().objective_function_value) * UNIT_T
    prices = list(solution.row_dual)[len(conserved) :]
    cut = tuple(
        Cut(limit, price * UNIT_T, price * UNIT_T * free)
        for (limit, _, free), price in zip(used, prices, strict=True)
        if price > 1e-9
    )
    bound = sum(row.tonnes for row in cut)
    gap = abs(bound - value) / max(value, 1.0)
    if gap > TOLERANCE:
        raise ConvergenceError(f"the dual bound of {bound:.0f} t differs from the flow of {value:.0f} t", gap)
    flow = {arc: x * UNIT_T for arc, x in enumerate(_shortest(solver, flows, value)) if x * UNIT_T > TOLERANCE}
    return Solution(value, flow, cut)


def _shortest(solver: Any, flows: FlowGraph, value_t_yr: float) -> Sequence[float]:
    """Return the flow of this value with the fewest t-km; a facility counts as a kilometre.

    Many flows have this value, and most contain unrealistic detours.
    """
    import highspy

    sink_arcs = [arc for arc, state in enumerate(flows.head) if state == 1]
    least = value_t_yr / UNIT_T * (1 - VALUE_SLACK)
    solver.addRow(least, highspy.kHighsInf, len(sink_arcs), np.array(sink_arcs, np.int32), np.ones(len(sink_arcs)))
    arcs = np.arange(len(flows.tail), dtype=np.int32)
    lengths = np.array([1 + flows.graph.parts["length_km"][a] for a in flows.feature_arc])
    solver.changeColsCost(len(arcs), arcs, lengths)
    solver.changeObjectiveSense(highspy.ObjSense.kMinimize)
    solver.run()
    ensure_optimal(solver, "linear program for the shortest maximum flow")
    return list(solver.getSolution().col_value)
