"""Linear and mixed-integer programs from the entries of their matrix, for HiGHS."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.errors import ConvergenceError


def linear_program(
    cost: Any,
    entries: Any,
    rows: tuple[Any, Any],
    columns: tuple[Any, Any] | None = None,
    *,
    maximise: bool = False,
    integers: Iterable[int] | None = None,
    options: dict[str, Any] | None = None,
) -> Any:
    """Return a HiGHS model that is not solved yet.

    Parameters
    ----------
    cost
        Coefficients of the objective, one for each of n columns.
    entries
        Row, column and value of each entry of the matrix, in any order.
    rows, columns
        Lower and upper bounds of the m rows and the n columns (default: 0 to infinity).
    maximise, integers
        The sense of the objective; the columns that are whole numbers.
    options
        Options of HiGHS.
    """
    import highspy

    row, column = (np.asarray(x).astype(np.int64) for x in entries[:2])
    value = np.asarray(entries[2], dtype=np.float64)
    lower, upper = (np.asarray(x, dtype=np.float64) for x in rows)
    costs: Array = np.asarray(cost, dtype=np.float64)
    n = len(costs)
    order = np.lexsort((row, column))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n, len(lower)
    lp.sense_ = highspy.ObjSense.kMaximize if maximise else highspy.ObjSense.kMinimize
    lp.col_cost_ = costs
    lp.col_lower_, lp.col_upper_ = (np.zeros(n), np.full(n, np.inf)) if columns is None else columns
    lp.row_lower_, lp.row_upper_ = lower, upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=n))])
    lp.a_matrix_.index_, lp.a_matrix_.value_ = row[order], value[order]
    if integers is not None:
        kinds = [highspy.HighsVarType.kContinuous] * n
        for i in integers:
            kinds[i] = highspy.HighsVarType.kInteger
        lp.integrality_ = kinds
    # `Highs()` itself prints a banner on stdout (1.16, enabling its callbacks); its base does not.
    model = highspy.Highs.__base__()  # type: ignore[misc]
    for name, setting in {"output_flag": False, **(options or {})}.items():
        model.setOptionValue(name, setting)
    model.passModel(lp)
    return model


def is_optimal(model: Any) -> bool:
    """Whether HiGHS has found the optimum."""
    import highspy

    return bool(model.getModelStatus() == highspy.HighsModelStatus.kOptimal)


def ensure_optimal(model: Any, what: str = "linear program") -> None:
    """Raise ConvergenceError unless HiGHS has found the optimum."""
    if not is_optimal(model):
        raise ConvergenceError(f"the {what} ended: {model.modelStatusToString(model.getModelStatus())}", math.inf)
