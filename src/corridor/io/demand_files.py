"""Read demand from a user's file: CSV or OMX."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from corridor.errors import DataError, Fault
from corridor.files.csv_table import number_in
from corridor.files.whole_files import path_of, read_text
from corridor.io.study_files import default_study
from corridor.model.checks import is_number
from corridor.model.demand import QUARTERS, WHATEVER_USD_T, Demand, demand_of_rows, row_faults
from corridor.model.names import nearest

REQUIRED = ("origin", "destination", "cargo", "t_yr")
OLD_COLUMNS = {"willing_usd_t": "max_cost_usd_t"}  # names of version 0.1
OPTIONAL = ("max_cost_usd_t", "q1", "q2", "q3", "q4")


def read_demand(path: str | os.PathLike[str], year: int | None = None) -> Demand:
    """Return the demand in a CSV file: origin, destination, cargo, t_yr, optionally max_cost_usd_t, q1 to q4.

    A file with the extension `.omx` contains one matrix per cargo instead (needs the extra `omx`):
    tonnes a year from row to column, with a mapping of places; cells of 0 give no row.

    Names of places are resolved when the demand is assigned. Without `max_cost_usd_t`
    the maximum cost is 10 000 USD/t; without `q1` to `q4` demand is even over the year.

    Raises
    ------
    DataError
        If the file cannot be read, lacks a column, or has an invalid value; lists every
        such line.

    Examples
    --------
    >>> import corridor, pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "mine.csv"
    ...     _ = path.write_text("origin,destination,cargo,t_yr\\nMoscow,Tehran,grain,250000\\n")
    ...     corridor.read_demand(path)
    Demand 'mine' 2024: 1 rows, 0.25 Mt a year
    """
    source = path_of(path)
    year = default_study().settings.base_year if year is None else year
    if Path(source).suffix.lower() == ".omx":
        from corridor.io.matrices import demand_of_omx

        return demand_of_omx(source, year)
    text = read_text(source)
    return demand_of_csv(text, source, year)


def demand_of_csv(text: str, source: str, year: int) -> Demand:
    """Return the demand in the text of a CSV file."""
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        names = [OLD_COLUMNS.get(n.strip(), n.strip()) for n in reader.fieldnames or ()]
        faults = _column_faults(names)
        lines = [] if faults else [(reader.line_num, line) for line in reader]
    except csv.Error as error:
        raise DataError(Fault("file", "", None, f"is not CSV: {error}", "correct the file"), source) from None
    if not faults and not lines:
        faults.append(Fault("file", "", None, "has no rows", "give origin, destination, cargo, t_yr"))
    rows: list[tuple[str, str, str, float, float, list[float], str]] = []
    seen: dict[tuple[str, str, str], int] = {}
    for number, line in lines:
        where = f"line {number}"
        if None in line or None in line.values():
            faults.append(Fault(where, "", None, "has more or fewer cells than the header", "correct the line"))
            continue
        cells = {OLD_COLUMNS.get(k.strip(), k.strip()): v.strip() for k, v in line.items()}
        ends = (cells["origin"], cells["destination"], cells["cargo"])
        for name in REQUIRED[:3]:
            if not cells[name] or not cells[name].isprintable():
                message = "contains a line break or a control character" if cells[name] else "is empty"
                faults.append(Fault(where, name, cells[name], message, "give a name"))
        tonnes = _number(cells["t_yr"])
        faults += row_faults(where, *ends, cells["t_yr"] if tonnes is None else tonnes, seen)
        seen.setdefault(ends, number)
        max_cost = _number(cells.get("max_cost_usd_t") or str(WHATEVER_USD_T))
        if max_cost is None or max_cost <= 0:
            shown = cells["max_cost_usd_t"]
            faults.append(Fault(where, "max_cost_usd_t", shown, f"is '{shown}'", "give USD/t above 0, or leave it out"))
        share_cells = [cells.get(f"q{q}", "") for q in range(1, QUARTERS + 1)]
        shares = [_number(g) for g in share_cells] if any(share_cells) else [1 / QUARTERS] * QUARTERS
        known = [s for s in shares if s is not None and s >= 0]
        if len(known) < QUARTERS or abs(sum(known) - 1) > 1e-6:
            message, fix = "are not four shares that sum to 1", "give all four, or none for equal shares"
            faults.append(Fault(where, "q1 to q4", ", ".join(share_cells), message, fix))
        rows.append((*ends, tonnes or 0.0, max_cost or WHATEVER_USD_T, known, ""))
    if faults:
        raise DataError(faults, source)
    return demand_of_rows(rows, Path(source).stem, year)


def _column_faults(names: Sequence[str]) -> list[Fault]:
    if not names:
        return [Fault("file", "", None, "is empty", f"give {', '.join(REQUIRED)}")]
    if len(names) == 1 and ";" in names[0]:
        return [Fault("file", "", names[0], "is separated by semicolons", "separate the cells by commas")]
    faults = [Fault("file", n, None, "is missing", f"give {', '.join(REQUIRED)}") for n in REQUIRED if n not in names]
    for name, count in Counter(names).items():
        if name not in (*REQUIRED, *OPTIONAL):
            close = nearest(name, (*REQUIRED, *OPTIONAL))
            hint = f"did you mean '{close[0]}'?" if close else f"give {', '.join((*REQUIRED, *OPTIONAL))}"
            faults.append(Fault("file", name, None, "is not a known column", hint))
        elif count > 1:
            faults.append(Fault("file", name, None, "appears twice", "keep one of them"))
    return faults


def _number(text: str) -> float | None:
    value = number_in(text)
    return value if is_number(value) else None
