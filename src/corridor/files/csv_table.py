"""CSV tables of a folder: rows with their line numbers, and all faults of format."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corridor.errors import DataError, Fault
from corridor.files.json_file import content_of

Row = dict[str, str]


@dataclass(frozen=True)
class Table:
    """A CSV table: its file, its columns, and its rows with the line on which each ends."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    lines: tuple[int, ...]

    def where(self, number: int) -> str:
        """Return file and line of a row."""
        return f"{self.file} line {self.lines[number]}"


def read_table(folder: Path, file: str, needed: Sequence[str], faults: list[Fault]) -> tuple[Table, bytes]:
    """Return a table and its bytes; faults of format are appended to `faults`."""
    empty = Table(file, (), (), ())
    try:
        content = content_of(str(folder / file))
        text = content.decode("utf-8-sig")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        names = tuple(name.strip() for name in next(reader, ()))
        cells = [(reader.line_num, row) for row in reader if row]
    except DataError as error:
        faults += [Fault(file, f.field, f.value, f.message, f.fix) for f in error.faults]
        return empty, b""
    except UnicodeDecodeError:
        faults.append(Fault(file, "", None, "is not UTF-8", "save it as UTF-8"))
        return empty, b""
    except csv.Error as error:
        faults.append(Fault(file, "", None, f"is not CSV: {error}", "correct the file"))
        return empty, b""
    faults += [Fault(file, n, None, "is missing: there is no such column", "add it") for n in needed if n not in names]
    faults += [
        Fault(file, n, None, "appears twice", "keep one of the columns")
        for n, count in Counter(names).items()
        if count > 1
    ]
    faults += [
        Fault(f"{file} line {line}", "", None, f"has {len(row)} cells, the header {len(names)}", "correct the line")
        for line, row in cells
        if len(row) != len(names)
    ]
    rows = tuple(dict(zip(names, row, strict=False)) for _, row in cells)
    return Table(file, names, rows, tuple(line for line, _ in cells)), content


def number_in(text: str) -> float | None:
    """Return the number in a text, possibly infinite or NaN; None if it is not a number (1_000 is not)."""
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as CSV; unknown values are empty cells."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in columns])
    return stream.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)
