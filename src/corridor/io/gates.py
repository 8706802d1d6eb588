"""Gates of a study: where cargo enters a nest of alternatives, as the rows of a table.

A *nest* is a set of alternatives that resemble each other, such as all ships across a sea; a *gate* is the port,
yard or border crossing through which a nest is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from corridor.errors import DataError, Fault
from corridor.files.csv_table import Table
from corridor.io.study_files import StudyFiles

NEEDED = ("id", "nest", "through")
MARKS = ("through", "and_through", "not_through")
OTHER = "other"  # the paths that pass no gate


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate: what a path passes that belongs to it.

    `through`, `and_through` and `not_through` name links, transfers, resources and screenlines. A path passes at
    least one of the first and, if there are any, of the second. It belongs to the first gate of the table that fits.
    If it passes one of the third as well, it is no alternative: nobody offers such a mixture.
    """

    id: str
    nest: str
    through: tuple[str, ...]
    and_through: tuple[str, ...] = ()
    not_through: tuple[str, ...] = ()
    name: str = ""


def gates_of(study: StudyFiles) -> tuple[Gate, ...]:
    """Return the gates of a study, in their order; none if the study has no such table.

    Raises
    ------
    DataError
        Lists every fault of the table.
    """
    key = ("gates", "rows")
    if key not in study.cache:
        rows = tuple(dict(r) for r in study.table("gates"))
        columns = tuple(rows[0]) if rows else NEEDED
        faults: list[Fault] = []
        found = checked_gates(Table("gates.csv", columns, rows, tuple(range(2, len(rows) + 2))), faults)
        if faults:
            raise DataError(faults)
        study.cache[key] = tuple(found)
    gates: tuple[Gate, ...] = study.cache[key]
    return gates


def checked_gates(table: Table, faults: list[Fault]) -> list[Gate]:
    """Return the gates of a table; what is wrong in it is added to `faults`."""
    faults += [
        Fault(table.file, c, None, "is missing: there is no such column", "add it")
        for c in NEEDED
        if c not in table.columns
    ]
    if faults:
        return []
    found: list[Gate] = []
    lines: dict[str, int] = {}
    for i, row in enumerate(table.rows):
        where, line = table.where(i), table.lines[i]
        texts = {k: (v or "").strip() for k, v in row.items()}
        faults += [
            Fault(
                where,
                column,
                "",
                "is empty",
                "give the features that a path passes" if column == "through" else "name it",
            )
            for column in NEEDED
            if not texts[column]
        ]
        name = texts["id"]
        if name and name in lines:
            faults.append(Fault(where, "id", name, f"repeats line {lines[name]}", "rename one"))
        for column in ("id", "nest"):
            if texts[column] == OTHER or texts[column].startswith("!"):
                message = f"is '{texts[column]}', which has a meaning of its own"
                faults.append(Fault(where, column, texts[column], message, "give another name"))
        lines.setdefault(name, line)
        through, also, without = (_names(texts.get(c, "")) for c in MARKS)
        found.append(Gate(name, texts["nest"], through, also, without, texts.get("name", "") or name))
    nests = {g.nest for g in found}
    faults += [
        Fault(table.where(i), "id", g.id, f"is also the name of a nest: '{g.id}'", "rename the gate or the nest")
        for i, g in enumerate(found)
        if g.id in nests and g.id != g.nest
    ]
    return found


def allowed_gates(gates: Sequence[Gate], names: Sequence[str]) -> tuple[bool, ...]:
    """Return which gates, and last the paths without a gate, a list of names allows.

    A name is a gate, a nest, or `other`; with a `!` before it, it is not allowed. The last name that fits
    decides; without names all are allowed.
    """
    found = []
    for known in (*((g.id, g.nest) for g in gates), (OTHER,)):
        fits = not names or names[0].startswith("!")
        for name in names:
            if name.removeprefix("!") in known:
                fits = not name.startswith("!")
        found.append(fits)
    return tuple(found)


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())
