"""Route queries from a table: one answer per row, or the reason why there is none."""

from __future__ import annotations

import csv
import io
import math
import os
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from corridor.errors import CorridorError, DataError, Fault
from corridor.files.whole_files import path_of, read_text
from corridor.model.names import nearest
from corridor.model.network import Network
from corridor.model.provenance import with_provenance
from corridor.parallel import executor_faults, map_chunks
from corridor.routing.constraints import Constraints
from corridor.routing.route import route

if TYPE_CHECKING:
    import pandas

NEEDED, PLAIN = ("origin", "destination"), ("cargo", "by", "depart")
LISTS, FLAGS = ("avoid", "only", "modes", "via", "needs"), ("any_order", "one_gauge", "known_only")
WHOLE = ("year", "draws", "seed", "most_borders", "most_transfers")
TOTALS = ("generalised_usd_t", "cost_usd_t", "time_h", "transit_h", "length_km", "co2_kg_t")


@with_provenance
def batch(
    network: Network,
    file: str | os.PathLike[str],
    *,
    progress: Callable[[int], None] | None = None,
    executor: Executor | None = None,
    **defaults: Any,
) -> pandas.DataFrame:
    """Answer the route queries of a CSV file, one per row.

    Parameters
    ----------
    network
        The network.
    file
        CSV (UTF-8) with the columns `origin`, `destination`, and any options of `route`;
        several names in a cell are separated by `;`, flags are yes or no. An empty cell
        means that the option is not given.
    progress
        Called with the number of answered rows.
    executor
        A `concurrent.futures.Executor` to distribute the rows; the answer is the same.
    **defaults
        Options of `route` for rows that do not give them.

    Returns
    -------
    pandas.DataFrame
        One row per query, in the order of the file: its columns, then
        `generalised_usd_t`, `cost_usd_t`, `time_h`, `transit_h`, `length_km`, `co2_kg_t`,
        `snap_km` (distance of places from given coordinates), `modes_used` (in order), and
        `error`: empty, or why there is no answer.

    Raises
    ------
    DataError
        If the file cannot be read, has unknown or missing columns, or invalid numbers; lists
        all faults. A query without an answer is not a fault: its row gives the reason.

    Examples
    --------
    >>> import corridor, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "queries.csv"
    >>> _ = path.write_text("origin,destination,cargo,avoid\\nMoscow,Tehran,grain,\\nMoscow,Tehran,grain,IR\\n")
    >>> answers = corridor.batch(corridor.load(), str(path))
    >>> answers.error.tolist()
    ['', 'no route from Moscow to Tehran: Tehran is in IR, which is avoided; IR: ...']
    """
    import pandas

    wrong = [name for name in defaults if name in NEEDED]
    if wrong:
        raise DataError([Fault("option", n, defaults[n], "is a column of the file", "remove it") for n in wrong])
    faults = executor_faults(executor)
    if faults:
        raise DataError(faults)
    rows = _read(file)
    found = map_chunks(executor or 1, _answer_rows, (network, rows, defaults), len(rows), progress)
    answers = [answer for piece in found for answer in piece]
    columns = [{k: ";".join(v) if isinstance(v, tuple) else v for k, v in row.items()} for row in rows]
    return pandas.DataFrame([{**row, **answer} for row, answer in zip(columns, answers, strict=True)])


def _answer_rows(shared: Any, begin: int, end: int) -> list[dict[str, Any]]:
    network, rows, defaults = shared
    answers: list[dict[str, Any]] = []
    for row in rows[begin:end]:
        options: Any = {**defaults, **{k: v for k, v in row.items() if k not in NEEDED}}
        try:
            found = route(network, row["origin"], row["destination"], **options)
        except CorridorError as error:
            nothing = dict.fromkeys((*TOTALS, "snap_km"), math.nan)
            answers.append({**nothing, "modes_used": "", "error": _one_line(error)})
        else:
            totals = {name: getattr(found, name) for name in TOTALS}
            totals["snap_km"] = max(found.snap_km.values(), default=0.0)
            answers.append({**totals, "modes_used": ";".join(x.mode for x in found.legs), "error": ""})
    return answers


def _one_line(error: CorridorError) -> str:
    return "; ".join(line.strip() for line in str(error).splitlines())


def _read(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    file = path_of(path)
    reader = csv.DictReader(io.StringIO(read_text(file), newline=""), strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise DataError(Fault("file", "", file, f"is not CSV: {error}", "correct the quotes"), file) from None
    if not rows:
        raise DataError(Fault("file", "", file, "has no rows", "give origin, destination and a row per query"), file)
    known = (*NEEDED, *PLAIN, "year", "draws", "seed", *(f.name for f in fields(Constraints)))
    faults = [Fault("header", name, None, "is missing", "add the column") for name in NEEDED if name not in rows[0]]
    names = list(reader.fieldnames or ())
    twice = [n for n, count in Counter(names).items() if count > 1]
    faults += [Fault("header", name, None, "appears twice", "keep one of them") for name in twice]
    for name in dict.fromkeys(k for row in rows for k in row):
        if name is None:  # the key of cells without a column
            faults.append(Fault("rows", "", None, "have more cells than the header", "correct the lines"))
        elif name not in known:
            close = nearest(name, known)
            hint = f"did you mean '{close[0]}'?" if close else f"give any of {', '.join(known)}"
            faults.append(Fault("header", name, None, "is not a known column", hint))
    if faults:
        raise DataError(faults, file)
    faults += [
        Fault(f"row {i}", "", None, "has fewer cells than the header", "correct the line")
        for i, row in enumerate(rows, start=2)
        if None in row.values()
    ]
    queries = [_typed(row, f"row {i}", faults) for i, row in enumerate(rows, start=2)]
    if faults:
        raise DataError(faults, file)
    return queries


def _typed(row: Mapping[str, str | None], where: str, faults: list[Fault]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, text in row.items():
        value = (text or "").strip()
        if not value:
            if name in NEEDED:
                faults.append(Fault(where, name, value, "is empty", "give a place"))
        elif name in (*NEEDED, *PLAIN):
            if not value.isprintable():
                faults.append(Fault(where, name, repr(value), "contains a control character", "give a name"))
            found[name] = value
        elif name in LISTS:
            found[name] = tuple(t.strip() for t in value.split(";") if t.strip())
        elif name in FLAGS:
            if value not in ("yes", "no"):
                faults.append(Fault(where, name, value, f"is '{value}'", "give yes or no"))
            found[name] = value == "yes"
        else:
            try:
                if "_" in value:
                    raise ValueError
                found[name] = int(value) if name in WHOLE else float(value)
            except ValueError:
                faults.append(Fault(where, name, value, f"is '{value}', not a number", "give a number"))
    return found
