"""Columns of numbers from outside: checked as arrays, every fault told with its place."""

from __future__ import annotations

from typing import Any

import numpy as np

from corridor.errors import DataError, Fault

Array = np.ndarray[Any, Any]
MOST = 2**31 - 1  # nodes and arcs are counted in 32 bits
TOLD = 5  # faulty entries of a column that are told one by one


class ArrayChecker:
    """Columns that belong together; `checked` raises with all that is wrong with them.

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
        """Note a fault of a column."""
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
        """Return a column of numbers of things, from 0 to `many` - 1."""
        return self._column(name, values, length, np.int64, {"most": many - 1})

    def _column(self, name: str, values: Any, length: int | None, kind: Any, limits: dict[str, Any]) -> Array:
        empty = np.zeros(length or 0, kind)
        try:
            given = np.asarray(values)
        except ValueError:
            given = np.array(None)
        if given.ndim == 0 and length is not None and given.dtype.kind in "iuf":
            given = np.full(length, given)
        if given.ndim != 1 or (given.dtype.kind not in "iuf" and given.size):
            self.fault(name, str(given.dtype), "is no column of numbers", "give one number for each, in one dimension")
            return empty
        if length is not None and len(given) != length:
            self.fault(name, len(given), f"has {len(given):,} entries", f"give {length:,}, one for each")
            return empty
        bad, fix = _bounds(given, kind, **limits)
        places = np.flatnonzero(bad)
        for place in places[:TOLD]:
            self.fault(f"{name}[{place}]", given[place].item(), f"is {given[place].item()!r}", fix)
        if len(places) > TOLD:
            self.fault(name, len(places), f"has {len(places) - TOLD:,} more such entries", fix)
        return np.zeros(len(given), kind) if len(places) and kind is np.int64 else given.astype(kind)


def _bounds(
    given: Array, kind: Any, least: float | None = 0, most: float | None = None, *, infinite: bool = False
) -> tuple[Array, str]:
    """Return which entries cannot be, and what to give."""
    what = "a whole number" if kind is np.int64 else "a number"
    if given.dtype.kind in "iu":
        bad = (given > 2**62) | (given < -(2**62)) if given.dtype.itemsize == 8 else np.zeros(len(given), np.bool_)
    elif kind is np.int64:
        bad = ~np.isfinite(given) | (given != np.rint(given)) | (np.abs(given) > 2.0**62)
    else:
        bad = np.isnan(given) if infinite else ~np.isfinite(given)
    with np.errstate(invalid="ignore"):
        if least is not None:
            bad |= given < least
            what += f" from {least:,}"
        if most is not None:
            bad |= given > most
            what += f" to {most:,}"
    return bad, f"give {what}" + (", or infinity" if infinite else "")
