"""Announcements: what was said of a freight volume before, and what came, as the rows of a table."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corridor.errors import DataError, Fault
from corridor.files.csv_table import Table, number_in
from corridor.io.study_files import StudyFiles
from corridor.model.names import nearest
from corridor.model.outside_view_settings import GROWTH_SHARE, ReferenceClass

TABLE = "reference_class"
NEEDED = ("id", "group", "horizon_years", "announced_low", "outcome")
COMPUTED = {"ratio": "ratio", "promised_multiple": "multiple", "share_of_promised_growth": "growth_share"}
OPTIONAL = (
    *("corridor", "what", "unit", "speaker", "said_on", "for_year", "new_or_growth", "base", "announced_high"),
    *("outcome_year", "outcome_kind", *COMPUTED, "sources", "note"),
)
NEW, KINDS, OUTCOME_KINDS = "new", ("growth", "new"), ("counted", "derived")
ROUNDING = 0.0051  # of a computed column: two decimals
DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")


@dataclass(frozen=True, slots=True)
class Announcement:
    """A volume that was announced, and the outcome, in the same unit.

    Announcements of one `group` move together. `horizon_years` is the time from the announcement to the middle of the
    year it was made for, `base` the volume when it was made (None: not known).

    Examples
    --------
    >>> plan = Announcement("plan", "line", 5.0, 4.0, 6.0, outcome=2.0, base=1.0)
    >>> plan.ratio, plan.multiple, plan.growth_share
    (0.4, 5.0, 0.25)
    """

    id: str
    group: str
    horizon_years: float
    announced_low: float
    announced_high: float
    outcome: float
    base: float | None = None
    is_new: bool = False
    corridor: str = ""
    unit: str = ""
    outcome_year: str = ""

    @property
    def announced(self) -> float:
        """The middle of what was announced."""
        return (self.announced_low + self.announced_high) / 2

    @property
    def ratio(self) -> float:
        """The outcome as a part of what was announced."""
        return self.outcome / self.announced

    @property
    def multiple(self) -> float | None:
        """How many times the base volume was announced; None where the base is 0 or not known."""
        return self.announced / self.base if self.base else None

    @property
    def growth_share(self) -> float | None:
        """The growth that came as a part of the growth announced; None without a base or without growth."""
        if not self.base or self.announced <= self.base:
            return None
        return (self.outcome - self.base) / (self.announced - self.base)

    @property
    def outcome_key(self) -> tuple[str, str, str, float]:
        """What tells one outcome from another: several announcements may be about the same one."""
        return self.group, self.unit, self.outcome_year, self.outcome


def members(which: ReferenceClass, announcements: Sequence[Announcement]) -> list[Announcement]:
    """Return the announcements of a class."""
    return [a for a in announcements if _is_member(which, a)]


def _is_member(which: ReferenceClass, a: Announcement) -> bool:
    promised = which.promise_from is None or (which.or_new and a.is_new) or (a.multiple or 0.0) >= which.promise_from
    return (
        promised
        and a.horizon_years >= which.horizon_from_years
        and (not which.groups or a.group in which.groups)
        and (not which.corridors or a.corridor in which.corridors)
        and (which.measure != GROWTH_SHARE or a.growth_share is not None)
    )


def announcements_of(study: StudyFiles) -> tuple[Announcement, ...]:
    """Return the announcements of a study; none if it has no such table.

    Raises
    ------
    DataError
        Lists every fault of the table.
    """
    key = ("announcements", "rows")
    if key not in study.cache:
        rows = tuple(dict(r) for r in study.table(TABLE))
        columns = tuple(rows[0]) if rows else NEEDED
        faults: list[Fault] = []
        table = Table(f"{TABLE}.csv", columns, rows, tuple(range(2, len(rows) + 2)))
        study.cache[key] = tuple(checked_announcements(table, faults))
        if faults:
            del study.cache[key]
            raise DataError(faults)
    found: tuple[Announcement, ...] = study.cache[key]
    return found


def checked_announcements(table: Table, faults: list[Fault]) -> list[Announcement]:
    """Return the announcements of a table; what is wrong in it is added to `faults`."""
    faults += [
        Fault(table.file, column, None, "is missing: there is no such column", "add it")
        for column in NEEDED
        if column not in table.columns
    ]
    if faults:
        return []
    known = (*NEEDED, *OPTIONAL)
    for column in table.columns:
        close = nearest(column, known)
        if column not in known and close:
            fix = f"did you mean '{close[0]}'? Other columns may have any other name"
            faults.append(Fault(table.file, column, None, "is not a column of announcements", fix))
    found, seen = [], dict[str, int]()
    for i, row in enumerate(table.rows):
        where = table.where(i)
        if row["id"] in seen:
            faults.append(Fault(where, "id", row["id"], f"repeats line {table.lines[seen[row['id']]]}", "rename one"))
        seen.setdefault(row["id"], i)
        announcement = _checked(where, {k: v.strip() for k, v in row.items()}, faults)
        if announcement is not None:
            found.append(announcement)
    return found


def _checked(where: str, row: Mapping[str, str], faults: list[Fault]) -> Announcement | None:
    before = len(faults)
    for column, fix in (("id", "give each announcement a name"), ("group", "name what moves together with it")):
        if not row[column]:
            faults.append(Fault(where, column, "", "is empty", fix))
    for column, known in (("new_or_growth", KINDS), ("outcome_kind", OUTCOME_KINDS)):
        if row.get(column, "") not in ("", *known):
            message, fix = f"is '{row[column]}'", f"give {' or '.join(known)}, or leave the row out"
            faults.append(Fault(where, column, row[column], message, fix))
    for column in ("said_on", "for_year", "outcome_year"):
        if row.get(column) and not DATE.fullmatch(row[column]):
            fix = "give a year as 2019, or a month as 2019-07"
            faults.append(Fault(where, column, row[column], f"is '{row[column]}'", fix))
    above_0 = math.nextafter(0.0, 1.0)
    horizon, outcome = (_number(where, c, row[c], 0.0, faults) for c in ("horizon_years", "outcome"))
    low = _number(where, "announced_low", row["announced_low"], above_0, faults)
    high = _number(where, "announced_high", row.get("announced_high") or row["announced_low"], above_0, faults)
    base = _number(where, "base", row["base"], 0.0, faults) if row.get("base") else None
    if low is not None and high is not None and low > high:
        shown = f"{low:g}, {high:g}"
        faults.append(Fault(where, "announced_low", shown, f"do not ascend: {shown}", "exchange low and high"))
    if len(faults) > before or horizon is None or outcome is None or low is None or high is None:
        return None
    of_row = (row.get(c, "") for c in ("corridor", "unit", "outcome_year"))
    is_new = row.get("new_or_growth") == NEW
    found = Announcement(row["id"], row["group"], horizon, low, high, outcome, base, is_new, *of_row)
    for column, name in COMPUTED.items():
        if row.get(column):
            _compare(where, column, row[column], getattr(found, name), faults)
    return found if len(faults) == before else None


def _number(where: str, column: str, text: str, least: float, faults: list[Fault]) -> float | None:
    value = number_in(text)
    if value is None or not math.isfinite(value) or value < least:
        fix = "give a number above 0" if least else "give a number of 0 or more"
        faults.append(Fault(where, column, text, f"is '{text}'", fix))
        return None
    return value


def _compare(where: str, column: str, text: str, computed: float | None, faults: list[Fault]) -> None:
    """Require that a computed column, which is for people, says what the other columns give."""
    value = number_in(text)
    if value is None or computed is None or not abs(value - computed) <= ROUNDING:
        given = "nothing" if computed is None else f"{computed:.3g}"
        message = f"is '{text}', but announcement, base and outcome give {given}"
        faults.append(Fault(where, column, text, message, "correct one of them, or leave the cell empty"))
