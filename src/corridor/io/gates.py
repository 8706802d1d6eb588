"""Gates of a study: where cargo enters a nest of alternatives, as the rows of a table."""

from __future__ import annotations

from corridor.errors import DataError, Fault
from corridor.files.csv_table import Table
from corridor.io.study_files import StudyFiles
from corridor.model.gate import OTHER, Gate

NEEDED = ("id", "nest", "through")
MARKS = ("through", "and_through", "not_through")


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


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())
