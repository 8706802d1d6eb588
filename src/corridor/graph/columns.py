"""Validation of numeric input columns: checked as arrays, every error reported with its position."""

from __future__ import annotations

from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.errors import DataError, Fault

MOST = 2**31 - 1  # nodes and arcs are counted in 32 bits
LISTED = 5  # invalid entries of a column that are listed one by one


class ArrayChecker:
    """Columns that belong together; `checked` raises with all their errors.

    Examples
    --------
    >>> columns = ArrayChecker("arcs")
    >>> columns.numbers("cost", [1.0, float("nan")], 2)
    array([ 1., nan])
    >>> columns.checked()
    Traceback (most recent call last):
        ...
    corridor.errors.DataError: arcs: cost[1] is nan; give a number from 0
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self.faults: list[Fault] = []

    def fault(self, name: str, value: object, message: str, fix: str) -> None:
        """Record a fault of a column."""
        self.faults.append(Fault(name, "", value, message, fix))

    def checked(self) -> None:
        """Raise if a column had a fault."""
        if self.faults:
            raise DataError(self.faults, self.source)

    def numbers(self, name: str, values: Any, length: int | None, **limits: Any) -> Array:
        """Return a column of decimal numbers; `limits` as of `_bounds`."""
        return self._column(name, values, length, np.float64, limits)

    def whole(self, name: str, values: Any, length: int | None, **limits: Any) -> Array:
        """Return a column of whole numbers in 64 bits."""
        return self._column(name, values, length, np.int64, limits)

    def ids(self, name: str, values: Any, many: int, length: int | None = None) -> Array:
        """Return a column of indices from 0 to `many` - 1."""
        return self._column(name, values, length, np.int64, {"most": many - 1})

    def _column(self, name: str, values: Any, length: int | None, kind: Any, limits: dict[str, Any]) -> Array:
        empty = np.zeros(length or 0, kind)
        try:
            data = np.asarray(values)
        except ValueError:
            data = np.array(None)
        if data.ndim == 0 and length is not None and data.dtype.kind in "iuf":
            data = np.full(length, data)
        if data.ndim != 1 or (data.dtype.kind not in "iuf" and data.size):
            self.fault(name, str(data.dtype), "is not a column of numbers", "give one number each, in one dimension")
            return empty
        if length is not None and len(data) != length:
            self.fault(name, len(data), f"has {len(data):,} entries", f"give {length:,}, one for each")
            return empty
        bad, fix = _bounds(data, kind, **limits)
        positions = np.flatnonzero(bad)
        for i in positions[:LISTED]:
            self.fault(f"{name}[{i}]", data[i].item(), f"is {data[i].item()!r}", fix)
        if len(positions) > LISTED:
            self.fault(name, len(positions), f"has {len(positions) - LISTED:,} more such entries", fix)
        return np.zeros(len(data), kind) if len(positions) and kind is np.int64 else data.astype(kind)


def _bounds(
    values: Array, kind: Any, least: float | None = 0, most: float | None = None, *, infinite: bool = False
) -> tuple[Array, str]:
    """Return which entries are invalid, and the fix as text."""
    text = "a whole number" if kind is np.int64 else "a number"
    if values.dtype.kind in "iu":
        bad = (values > 2**62) | (values < -(2**62)) if values.dtype.itemsize == 8 else np.zeros(len(values), np.bool_)
    elif kind is np.int64:
        bad = ~np.isfinite(values) | (values != np.rint(values)) | (np.abs(values) > 2.0**62)
    else:
        bad = np.isnan(values) if infinite else ~np.isfinite(values)
    with np.errstate(invalid="ignore"):
        if least is not None:
            bad |= values < least
            text += f" from {least:,}"
        if most is not None:
            bad |= values > most
            text += f" to {most:,}"
    return bad, f"give {text}" + (", or infinity" if infinite else "")
