"""Demand: tonnes to be carried from place to place in a year, by all modes and routes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corridor.errors import DataError, Fault
from corridor.model.checks import is_number

QUARTERS = 4
# Maximum cost of cargo whose willingness to pay is not known.
WHATEVER_USD_T = 10_000.0
MOST_T_YR = 1e12  # about ten times all freight of the world
Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Demand:
    """Rows of demand, aligned: origin, destination, cargo, tonnes a year.

    `t_yr` (n,) in net tonnes a year; `max_cost_usd_t` (n,) the generalised cost in
    USD/t above which demand is priced out; `quarter_shares` (n, 4) sum to 1;
    `groups` names the pair of zones of each row; `references` are years with tonnes of
    the same rows, for which the choice set is built once for all years.
    """

    name: str
    year: int
    origins: tuple[str, ...]
    destinations: tuple[str, ...]
    cargoes: tuple[str, ...]
    t_yr: Floats
    max_cost_usd_t: Floats
    quarter_shares: Floats
    groups: tuple[str, ...]
    references: tuple[tuple[int, Floats], ...] = ()

    def __len__(self) -> int:
        return len(self.origins)

    @property
    def total_t_yr(self) -> float:
        """Tonnes a year of all rows."""
        return float(self.t_yr.sum())

    @staticmethod
    def of(rows: Sequence[tuple[str, str, str, float]], name: str = "given", year: int = 2025) -> Demand:
        """Return a demand from rows of origin, destination, cargo, t a year, without a practical cost limit.

        Raises
        ------
        DataError
            If a row does not have this form, is negative or NaN, has the same origin and
            destination, or appears twice; lists all such rows.

        Examples
        --------
        >>> Demand.of([("moscow", "tehran", "grain", 1000.0)]).total_t_yr
        1000.0
        >>> Demand.of([("moscow", "tehran", "grain", -1.0)])
        Traceback (most recent call last):
        ...
        corridor.errors.DataError: row 1: t_yr is -1.0; give tonnes a year, from 0 to 1e+12
        """
        if not isinstance(rows, Sequence) or isinstance(rows, str):
            fix = "give a list of (origin, destination, cargo, t a year)"
            raise DataError(Fault("rows", "", repr(rows)[:60], "are not a list", fix))
        faults: list[Fault] = []
        seen: dict[tuple[str, str, str], int] = {}
        for number, row in enumerate(rows, start=1):
            where = f"row {number}"
            if not isinstance(row, tuple | list) or len(row) != 4 or not all(isinstance(x, str) for x in row[:3]):
                message = "is not (origin, destination, cargo, t a year)"
                faults.append(Fault(where, "", repr(row), message, "give three names and a number"))
                continue
            faults.extend(row_faults(where, row[0], row[1], row[2], row[3], seen))
            seen.setdefault((row[0], row[1], row[2]), number)
        if faults:
            raise DataError(faults)
        n = len(rows)
        return Demand(
            name,
            year,
            tuple(r[0] for r in rows),
            tuple(r[1] for r in rows),
            tuple(r[2] for r in rows),
            np.array([float(r[3]) for r in rows]),
            np.full(n, WHATEVER_USD_T),
            np.full((n, QUARTERS), 1 / QUARTERS),
            ("",) * n,
        )

    def scaled(self, factor: float) -> Demand:
        """Return the demand with all tonnes multiplied by a factor."""
        if not is_number(factor) or factor < 0 or factor * self.t_yr.max(initial=0.0) > MOST_T_YR:
            fix = f"give a number from 0 that keeps every row at or below {MOST_T_YR:g} t"
            raise DataError(Fault("factor", "", repr(factor), f"is {factor!r}", fix))
        return replace(self, t_yr=self.t_yr * factor)

    def only(self, chosen: Sequence[bool]) -> Demand:
        """Return the selected rows; `chosen` has one boolean per row."""
        if len(chosen) != len(self):
            message = f"has {len(chosen)} values for {len(self)} rows"
            raise DataError(Fault("chosen", "", None, message, "give one boolean per row"))
        rows = [i for i, c in enumerate(chosen) if c]
        return replace(
            self,
            origins=tuple(self.origins[i] for i in rows),
            destinations=tuple(self.destinations[i] for i in rows),
            cargoes=tuple(self.cargoes[i] for i in rows),
            t_yr=self.t_yr[rows],
            max_cost_usd_t=self.max_cost_usd_t[rows],
            quarter_shares=self.quarter_shares[rows],
            groups=tuple(self.groups[i] for i in rows),
            references=(),
        )

    def to_frame(self) -> Any:
        """Return the rows as a DataFrame."""
        import pandas as pd

        shares = {f"q{q + 1}": self.quarter_shares[:, q] for q in range(QUARTERS)}
        return pd.DataFrame(
            {
                "origin": self.origins,
                "destination": self.destinations,
                "cargo": self.cargoes,
                "t_yr": self.t_yr,
                "max_cost_usd_t": self.max_cost_usd_t,
                **shares,
            }
        )

    def __repr__(self) -> str:
        return f"Demand '{self.name}' {self.year}: {len(self)} rows, {self.total_t_yr / 1e6:.2f} Mt a year"


def row_faults(
    where: str, origin: str, destination: str, cargo: str, t_yr: object, seen: dict[tuple[str, str, str], int]
) -> list[Fault]:
    """Return the faults of one row, including a repetition of an earlier row."""
    faults = []
    if not is_number(t_yr) or not 0 <= t_yr <= MOST_T_YR:  # type: ignore[operator]
        fix = f"give tonnes a year, from 0 to {MOST_T_YR:g}"
        faults.append(Fault(where, "t_yr", repr(t_yr), f"is {t_yr!r}", fix))
    if origin == destination:
        faults.append(Fault(where, "destination", destination, f"is also the origin: '{origin}'", "give two places"))
    first = seen.get((origin, destination, cargo))
    if first is not None:
        shown, unit = f"{origin}, {destination}, {cargo}", where.split(maxsplit=1)[0]  # a line, or a row
        message = f"has the same origin, destination and cargo as {unit} {first}"
        faults.append(Fault(where, "", shown, message, "combine them in one row"))
    return faults


def demand_of_rows(
    rows: Sequence[tuple[str, str, str, float, float, list[float], str]], name: str, year: int
) -> Demand:
    """Return a demand from rows of origin, destination, cargo, t a year, maximum cost, quarter shares, group."""
    return Demand(
        name,
        year,
        tuple(r[0] for r in rows),
        tuple(r[1] for r in rows),
        tuple(r[2] for r in rows),
        np.array([r[3] for r in rows]),
        np.array([r[4] for r in rows]),
        np.array([r[5] for r in rows]),
        tuple(r[6] for r in rows),
    )
