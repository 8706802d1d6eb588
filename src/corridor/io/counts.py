"""Counts: what was observed, stated or targeted at a place in a period, as the rows of a table."""

from __future__ import annotations

import datetime as dt
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corridor.errors import DataError, Fault
from corridor.files.csv_table import Table, number_in, read_table
from corridor.io.study_files import StudyFiles
from corridor.model.names import nearest

NEEDED = ("id", "at", "from", "to", "mt")
OPTIONAL = (
    *("cargo", "direction", "ends", "other_ends", "low", "high", "kind", "sources"),
    *("branch", "net_factor", "fit", "name", "group", "note"),
)
COMPASS = ("south", "north", "east", "west")
QUAY = ("in", "out")
DIRECTIONS = ("both", *COMPASS, *QUAY, "forward", "backward")
KINDS = ("counted", "derived", "claim", "target")
OBSERVED = ("counted", "derived")
FITS = ("fitted", "kept")
ABOUT_A_YEAR_D = 360  # a count of this many days is compared with a whole year


@dataclass(frozen=True, slots=True)
class Count:
    """A volume at one or several objects in a period, in Mt of that period as its source reports them.

    `at` names links, transfers, resources, places or screenlines, whose passages are added. `cargo` (ids or
    classes), `ends` and `other_ends` (countries, zones or places) restrict it: a name with `!` is left out, the last
    that fits decides, and without names everything counts. `branch` restricts it to the cargo of a branch.
    `net_factor` are net tonnes per tonne of the source; `fitted` marks what a calibration fits.
    """

    id: str
    at: tuple[str, ...]
    start: dt.date
    end: dt.date
    mt: float
    low: float | None = None
    high: float | None = None
    cargo: tuple[str, ...] = ()
    direction: str = "both"
    ends: tuple[str, ...] = ()
    other_ends: tuple[str, ...] = ()
    branch: str = ""
    kind: str = "counted"
    net_factor: float = 1.0
    fitted: bool = False
    name: str = ""
    group: str = ""
    sources: str = ""
    note: str = ""

    @property
    def year(self) -> int:
        """The year in which most days of the period lie; of two equal ones the earlier."""
        years = range(self.start.year, self.end.year + 1)
        return max(years, key=lambda y: (self._days_in(y), -y))

    @property
    def is_yearly(self) -> bool:
        """Whether the period is a year, of any calendar."""
        return (self.end - self.start).days + 1 >= ABOUT_A_YEAR_D

    @property
    def observed_mt(self) -> float:
        """Net Mt of the period."""
        return self.mt * self.net_factor

    @property
    def range_mt(self) -> tuple[float | None, float | None]:
        """The range of the count in net Mt; None where it is not known."""
        low, high = (None if x is None else x * self.net_factor for x in (self.low, self.high))
        return low, high

    @property
    def period(self) -> str:
        """The first and the last month."""
        return f"{self.start:%Y-%m} to {self.end:%Y-%m}"

    def month_shares(self) -> tuple[float, ...]:
        """Return the part of each calendar month that the period covers; all of them for a year."""
        if self.is_yearly:
            return (1.0,) * 12
        days, length = [0] * 12, [31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        for i in range((self.end - self.start).days + 1):
            days[(self.start + dt.timedelta(days=i)).month - 1] += 1
        return tuple(min(1.0, d / n) for d, n in zip(days, length, strict=True))

    def to_dict(self) -> dict[str, Any]:
        """Return the row with the names of its columns."""
        return {
            "id": self.id,
            "at": ";".join(self.at),
            "cargo": ";".join(self.cargo) or "all",
            "direction": self.direction,
            "ends": ";".join(self.ends),
            "other_ends": ";".join(self.other_ends),
            "branch": self.branch,
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "mt": self.mt,
            "low": self.low,
            "high": self.high,
            "kind": self.kind,
            "net_factor": self.net_factor,
            "fitted": self.fitted,
            "name": self.name,
            "group": self.group,
            "sources": self.sources,
            "note": self.note,
        }

    def _days_in(self, year: int) -> int:
        first, last = max(self.start, dt.date(year, 1, 1)), min(self.end, dt.date(year, 12, 31))
        return (last - first).days + 1


def counts_of(study: StudyFiles) -> tuple[Count, ...]:
    """Return the counts of a study.

    Raises
    ------
    DataError
        Lists every fault of the table.
    """
    key = ("counts", "rows")
    if key not in study.cache:
        rows = tuple(dict(r) for r in study.table("counts"))
        columns = tuple(rows[0]) if rows else NEEDED
        faults: list[Fault] = []
        found = checked_counts(Table("counts.csv", columns, rows, tuple(range(2, len(rows) + 2))), faults)
        if faults:
            raise DataError(faults)
        study.cache[key] = tuple(found)
    counts: tuple[Count, ...] = study.cache[key]
    return counts


def read_counts(path: str | os.PathLike[str]) -> tuple[Count, ...]:
    """Return the counts of a CSV file; the columns are in docs/format.md.

    Raises
    ------
    DataError
        Lists every fault of the file.
    """
    file = Path(path)
    faults: list[Fault] = []
    table, _ = read_table(file.parent, file.name, NEEDED, faults)
    found = checked_counts(table, faults)
    if not table.rows and not faults:
        faults.append(Fault(file.name, "", None, "has no rows", f"give {', '.join(NEEDED)}"))
    if faults:
        raise DataError(faults, str(path))
    return tuple(found)


def checked_counts(table: Table, faults: list[Fault]) -> list[Count]:
    """Return the counts of a table; what is wrong in it is added to `faults`."""
    if faults:
        return []
    known = (*NEEDED, *OPTIONAL)
    for column in table.columns:
        close = nearest(column, known)
        if column not in known and close:  # a slip of the pen would leave a restriction out
            fix = f"did you mean '{close[0]}'? Other columns may have any other name"
            faults.append(Fault(table.file, column, None, "is not a column of counts", fix))
    found, seen = [], dict[str, int]()
    for i, row in enumerate(table.rows):
        where = table.where(i)
        if row["id"] in seen:
            faults.append(Fault(where, "id", row["id"], f"repeats line {table.lines[seen[row['id']]]}", "rename one"))
        seen.setdefault(row["id"], i)
        count = _checked(where, {k: v.strip() for k, v in row.items()}, faults)
        if count is not None:
            found.append(count)
    return found


def _checked(where: str, row: Mapping[str, str], faults: list[Fault]) -> Count | None:
    before = len(faults)
    if not row["id"]:
        faults.append(Fault(where, "id", "", "is empty", "give each count a name"))
    at = _names(row["at"])
    if not at:
        faults.append(Fault(where, "at", "", "is empty", "name a link, transfer, resource, place or screenline"))
    choices = {"direction": ("both", DIRECTIONS), "kind": ("counted", KINDS), "fit": ("kept", FITS)}
    chosen = {}
    for column, (default, known) in choices.items():
        chosen[column] = row.get(column) or default
        if chosen[column] not in known:
            message, fix = f"is '{chosen[column]}'", f"give {', '.join(known)}"
            faults.append(Fault(where, column, chosen[column], message, fix))
    numbers = {
        column: _number(where, column, row.get(column, ""), column == "mt", faults)
        for column in ("mt", "low", "high", "net_factor")
    }
    mt, low, high = (numbers[k] for k in ("mt", "low", "high"))
    order = [x for x in (low, mt, high) if x is not None]
    if order != sorted(order):
        shown = ", ".join(f"{x:g}" for x in order)
        faults.append(Fault(where, "low", shown, f"do not ascend: {shown}", "order low, mt, high"))
    start, end = (_date(where, column, row[column], faults) for column in ("from", "to"))
    if start and end and start > end:
        faults.append(Fault(where, "to", row["to"], "is before the first day", "exchange from and to"))
    if len(faults) > before or mt is None or start is None or end is None:
        return None
    cargo = () if row.get("cargo", "").casefold() in ("", "all") else _names(row["cargo"])
    return Count(
        row["id"],
        at,
        start,
        end,
        mt,
        low,
        high,
        cargo,
        chosen["direction"],
        _names(row.get("ends", "")),
        _names(row.get("other_ends", "")),
        row.get("branch", ""),
        chosen["kind"],
        numbers["net_factor"] or 1.0,
        chosen["fit"] == "fitted",
        row.get("name", ""),
        row.get("group", ""),
        row.get("sources", ""),
        row.get("note", ""),
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _number(where: str, column: str, text: str, needed: bool, faults: list[Fault]) -> float | None:
    if text == "" and not needed:
        return None
    value = number_in(text)
    least = 0.0 if column == "low" else math.nextafter(0.0, 1.0)
    if value is None or not math.isfinite(value) or value < least:
        fix = "give a number of 0 or more" if column == "low" else "give a number above 0"
        faults.append(Fault(where, column, text, f"is '{text}'", fix))
        return None
    return value


def _date(where: str, column: str, text: str, faults: list[Fault]) -> dt.date | None:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    faults.append(Fault(where, column, text, f"is '{text}'", "give a day as 2024-01-31"))
    return None


def fitted_counts(counts: Sequence[Count], year: int) -> list[Count]:
    """Return the counts of a year that a calibration fits: those that are marked, or if none is, all counted ones.

    What was only claimed, or is a target, is never fitted.
    """
    marked = any(c.fitted for c in counts)
    of_year = [c for c in counts if c.year == year and c.kind in OBSERVED]
    return [c for c in of_year if (c.fitted if marked else c.kind == "counted")]


def year_count(branch: str, line: str, year: int) -> Count:
    """Return what counts the cargo of a branch at a screenline in a year, with no volume of its own."""
    return Count(branch, (line,), dt.date(year, 1, 1), dt.date(year, 12, 31), 1.0, branch=branch)


def last_counted_year(counts: Sequence[Count], base_year: int) -> int:
    """Return the last year with an observed volume; without any the base year."""
    return max([c.year for c in counts if c.kind == "counted"], default=base_year)
