"""Maximum flow with shared resources: a linear program whose result is verified by its dual bound."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from corridor.errors import ConvergenceError
from corridor.flow.edges import Cut, Solution
from corridor.flow.flow_graph import FlowGraph
from corridor.graph.resources import Limit

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
    import highspy

    arcs = len(flows.tail)
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
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = arcs, len(matrix)
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.array([1.0 if v == 1 else 0.0 for v in flows.head])
    lp.col_lower_, lp.col_upper_ = np.zeros(arcs), np.full(arcs, highspy.kHighsInf)
    lp.row_lower_ = np.array([0.0] * len(conserved) + [-highspy.kHighsInf] * len(used))
    lp.row_upper_ = np.array([0.0] * len(conserved) + [free for _, _, free in used])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.cumsum([0, *(len(row) for row in matrix)])
    lp.a_matrix_.index_ = np.array([arc for row in matrix for arc in sorted(row)])
    lp.a_matrix_.value_ = np.array([row[arc] for row in matrix for arc in sorted(row)])
    # `Highs()` itself prints a banner on stdout (1.16, enabling its callbacks); its base does not.
    solver = highspy.Highs.__base__()  # type: ignore[misc]
    solver.setOptionValue("output_flag", False)
    solver.passModel(lp)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise ConvergenceError(
            f"the linear program ended {solver.modelStatusToString(solver.getModelStatus())}", math.inf
        )
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
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        state = solver.modelStatusToString(solver.getModelStatus())
        raise ConvergenceError(f"the linear program for the shortest maximum flow ended {state}", math.inf)
    return list(solver.getSolution().col_value)
