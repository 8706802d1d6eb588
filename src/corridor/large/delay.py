"""Cost of an arc by flow: increasing functions with their slopes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.graph.columns import ArrayChecker

Function = Callable[[Array], tuple[Array, Array]]
POWER, QUEUE, LINE = 0, 1, 2  # as in kernel.path_flows


@dataclass(frozen=True, eq=False)
class Delay:
    """Cost by flow of every arc, in the parameters of `corridor.kernel.path_flows`.

    `function` is a user-defined function; the kernel then uses its tangents.
    """

    kind: Array
    a: Array
    b: Array
    c: Array
    function: Function | None = None

    def at(self, flow: Array, *, system: bool = False) -> tuple[Array, Array]:
        """Return cost and slope of all arcs at a flow; the marginal social cost and its slope where `system`.

        Examples
        --------
        >>> import numpy as np
        >>> from corridor.large import bpr
        >>> bpr(10.0, 100.0, b=0.15, power=4.0, arcs=1).at(np.array([100.0]))[0].tolist()
        [11.5]
        """
        from corridor import kernel

        if self.function is not None:
            return _evaluate(self.function, flow)
        cost, slope = np.empty(len(flow)), np.empty(len(flow))
        kernel.load("path_flows", "numba").price((self.kind, self.a, self.b, self.c), flow, system, cost, slope)
        return cost, slope


def bpr(free_flow: Any, capacity: Any, b: Any = 0.15, power: Any = 4.0, *, arcs: int | None = None) -> Delay:
    """Return the Bureau of Public Roads (BPR) function: `free_flow (1 + b (flow / capacity)^power)`.

    Parameters
    ----------
    free_flow
        Time or cost of the empty arc, from 0; one number applies to all arcs.
    capacity
        Flow at which the cost is `1 + b` times as high; above 0 where b is.
    b, power
        Shape; b from 0, and a power from 1 where b is above 0.
    arcs
        The number of arcs, if every argument is one number.

    Raises
    ------
    DataError
        If a number is not valid; lists all faults.

    References
    ----------
    Bureau of Public Roads (1964), Traffic Assignment Manual.

    Examples
    --------
    >>> from corridor.large import bpr
    >>> len(bpr([1.0, 2.0], 100.0).kind)
    2
    """
    columns = ArrayChecker("bpr")
    m = _length(arcs, free_flow, capacity, b, power)
    free = columns.numbers("free_flow", free_flow, m)
    limit = columns.numbers("capacity", capacity, m)
    share, exponent = columns.numbers("b", b, m), columns.numbers("power", power, m)
    if not columns.faults:
        rises = (share > 0) & (free > 0)
        _check_each(columns, "capacity", limit, rises & (limit <= 0), "give a number above 0 where b is")
        _check_each(columns, "power", exponent, rises & (exponent < 1), "give a number from 1: costs must rise")
        exponent = np.where(rises, exponent, 1.0)
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            scale = np.where(rises, free * share / np.where(rises, limit, 1.0) ** exponent, 0.0)
        _check_each(columns, "capacity", limit, ~np.isfinite(scale), "change its unit: the result exceeds floats")
    columns.checked()
    return Delay(np.full(m, POWER, np.int8), free, scale, exponent)


def davidson(free_flow: Any, capacity: Any, j: Any, *, arcs: int | None = None) -> Delay:
    """Return Davidson's function: `free_flow (1 + j flow / (capacity - flow))`.

    Above 99 % of the capacity it follows its tangent, so that every flow has a cost.

    Raises
    ------
    DataError
        If a number is negative or missing, or a capacity is not above 0; lists all faults.

    References
    ----------
    Davidson (1966), Proceedings of the Australian Road Research Board 3(1), 183.

    Examples
    --------
    >>> import numpy as np
    >>> from corridor.large import davidson
    >>> davidson(10.0, 100.0, 0.5, arcs=1).at(np.array([50.0]))[0].tolist()
    [15.0]
    """
    columns = ArrayChecker("davidson")
    m = _length(arcs, free_flow, capacity, j)
    free, shape = columns.numbers("free_flow", free_flow, m), columns.numbers("j", j, m)
    return _hyperbola(columns, free, free * shape, capacity, m)


def queue(free_flow: Any, capacity: Any, wait_when_half_full: Any, *, arcs: int | None = None) -> Delay:
    """Return the cost of a yard with one server: `free_flow + w load / (1 - load)`.

    The load is flow / capacity, w is `wait_when_half_full`. With w = 1 / capacity this is the
    mean wait of M/M/1, with half of it that of M/D/1. Above 99 % of the capacity it follows its tangent.

    Raises
    ------
    DataError
        If a number is negative or missing, or a capacity is not above 0; lists all faults.

    References
    ----------
    Kleinrock (1975), Queueing Systems 1, section 3.2.

    Examples
    --------
    >>> import numpy as np
    >>> from corridor.large import queue
    >>> queue(2.0, 10.0, 0.1, arcs=1).at(np.array([5.0]))[0].tolist()
    [2.1]
    """
    columns = ArrayChecker("queue")
    m = _length(arcs, free_flow, capacity, wait_when_half_full)
    wait = columns.numbers("wait_when_half_full", wait_when_half_full, m)
    return _hyperbola(columns, columns.numbers("free_flow", free_flow, m), wait, capacity, m)


def by_function(function: Function, arcs: int) -> Delay:
    """Return costs by a user-defined function.

    Parameters
    ----------
    function
        Takes the flows of all arcs and returns arrays of their costs and slopes, both from 0.
        Costs must not decrease; otherwise an equilibrium is not unique.
    arcs
        The number of arcs.

    Raises
    ------
    DataError
        If the result of the function for empty arcs has another form.

    Examples
    --------
    >>> import numpy as np
    >>> from corridor.large import by_function
    >>> by_function(lambda flow: (1 + flow**2, 2 * flow), 1).at(np.array([3.0]))[0].tolist()
    [10.0]
    """
    nothing = np.zeros(arcs)
    _evaluate(function, nothing)
    return Delay(np.full(arcs, LINE, np.int8), nothing, nothing, nothing, function)


def _evaluate(function: Function, flow: Array) -> tuple[Array, Array]:
    columns = ArrayChecker("function")
    result = function(flow.copy())
    if not isinstance(result, tuple) or len(result) != 2:
        columns.fault("result", type(result).__name__, "is not a pair of arrays", "return costs and slopes")
        columns.checked()
    cost = columns.numbers("cost", result[0], len(flow))
    slope = columns.numbers("slope", result[1], len(flow))
    columns.checked()
    return cost, slope


def _hyperbola(columns: ArrayChecker, free: Array, b: Array, capacity: Any, m: int) -> Delay:
    limit = columns.numbers("capacity", capacity, m)
    if not columns.faults:
        _check_each(columns, "capacity", limit, limit <= 0, "give a number above 0")
    columns.checked()
    return Delay(np.full(m, QUEUE, np.int8), free, b, limit)


def _length(arcs: int | None, *columns: Any) -> int:
    """Return the number of arcs of the columns; single numbers apply to all arcs."""
    sizes = [len(g) for g in columns if np.ndim(g) == 1]
    return sizes[0] if sizes else (1 if arcs is None else arcs)


def _check_each(columns: ArrayChecker, name: str, values: Array, bad: Array, fix: str) -> None:
    for position in np.flatnonzero(bad)[:5]:
        columns.fault(f"{name}[{position}]", float(values[position]), f"is {values[position]:g}", fix)
