"""Lossless conversion of records to typed columns and back, shared by the table formats.

A value that its column stores exactly is a cell. All others (an additional property that is neither
text nor number, a float 2.0 among whole numbers) are stored as JSON in the column `extra`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from corridor.errors import DataError, Fault
from corridor.files.json_file import parse
from corridor.model.checks import is_number
from corridor.model.fields import BY_FEATURE, FEATURES
from corridor.model.header import HEADER_FIELDS, USE_FIELDS

Record = dict[str, Any]
EXTRA = "extra"
MOST_COLUMNS = 500  # of additional properties; formats allow about 2000 columns
WHOLE_UP_TO = 2**53  # floats represent all integers up to here
PLAIN_NAME = re.compile(r"[a-z][a-z0-9_]*")
RESERVED = frozenset((EXTRA, "fid", "geom", "geometry", "feature", "uses", "bbox"))
SUFFIX_KINDS = {"_low": "number", "_high": "number", "_basis": "text", "_sources": "list", "_note": "text"}


def _feature_kinds(feature: str) -> Mapping[str, str]:
    kinds: dict[str, str] = {}
    for spec in BY_FEATURE[feature].values():
        kinds[spec.name] = "text" if spec.kind == "choice" else spec.kind
        if spec.is_figure:
            kinds |= {spec.name + suffix: kind for suffix, kind in SUFFIX_KINDS.items()}
    return kinds


def _plain(fields: Mapping[str, Any]) -> Mapping[str, str]:
    return {name: "text" if spec.kind == "choice" else spec.kind for name, spec in fields.items()}


# Kind of each column of each table: text, number, flag, list of texts, or months.
KINDS: Mapping[str, Mapping[str, str]] = {
    **{feature: _feature_kinds(feature) for feature in FEATURES},
    **{table: _plain(fields) for table, fields in HEADER_FIELDS.items()},
    "uses": {"resource": "text", **_plain(USE_FIELDS)},
}


@dataclass(frozen=True)
class FeatureTable:
    """One table: the kind of each column, and the known cells of each row by column."""

    name: str
    kinds: Mapping[str, str]
    rows: tuple[Record, ...]


def sheet_of(
    name: str, records: Iterable[Mapping[str, Any]], *, typed: bool = True, taken: Iterable[str] = ()
) -> FeatureTable:
    """Return records as a table.

    `typed` says whether the format distinguishes texts and numbers; `taken` lists reserved column names.
    """
    listed = list(records)
    known, own = KINDS[name], {*KINDS[name], *RESERVED, *taken}
    found: dict[str, list[Any]] = {}
    for record in listed:
        for key, value in record.items():
            found.setdefault(key, []).append(value)
    kinds: dict[str, str] = {}
    for key in _in_order(listed):
        if key in known:
            kinds[key] = known[key]
        elif key not in own and PLAIN_NAME.fullmatch(key) and len(set(kinds) - set(known)) < MOST_COLUMNS:
            for kind in ("number", "text"):
                if all(_fits(kind, v) and (typed or kind == "number" or _number(v) is None) for v in found[key]):
                    kinds[key] = kind
                    break
    rows = tuple(_row(record, kinds) for record in listed)
    if any(EXTRA in row for row in rows):
        kinds[EXTRA] = "text"
    return FeatureTable(name, kinds, rows)


def _in_order(records: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return all keys in an order that preserves the order of keys within each record."""
    keys: list[str] = []
    seen: set[str] = set()
    for record in records:
        at = 0
        for key in record:
            if key in seen:
                at = keys.index(key) + 1 if not seen.issuperset(record) else at
            else:
                keys.insert(at, key)
                seen.add(key)
                at += 1
    return keys


def _row(record: Mapping[str, Any], kinds: Mapping[str, str]) -> Record:
    cells: Record = {}
    rest: Record = {}
    for key, value in record.items():
        kind = kinds.get(key, "")
        if _fits(kind, value):
            cells[key] = value
        else:
            rest[key] = value
            if kind == "number" and is_number(value):
                cells[key] = value  # for display; `extra` holds the exact value
    if rest:
        cells[EXTRA] = json.dumps(rest, ensure_ascii=False, allow_nan=False)
    return cells


def _fits(kind: str, value: Any) -> bool:
    """Whether a column of this kind stores the value exactly."""
    if kind in ("text", "flag"):
        return isinstance(value, str) and value != "" if kind == "text" else isinstance(value, bool)
    if kind == "number":
        whole = isinstance(value, int)
        return is_number(value) and (abs(value) <= WHOLE_UP_TO if whole else not float(value).is_integer())
    if kind == "list":
        return isinstance(value, list) and all(isinstance(v, str) for v in value)
    if kind == "months":
        return isinstance(value, list) and all(isinstance(v, int) and not isinstance(v, bool) for v in value)
    return False


def as_text(value: Any) -> Any:
    """Return a cell for a format without lists: lists become JSON."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value


def record_of(name: str, cells: Mapping[str, Any], where: str, faults: list[Fault], *, typed: bool = True) -> Record:
    """Return the record in a row of cells; values that cannot be parsed are left for the checks."""
    known = KINDS[name]
    record: Record = {}
    for key, cell in cells.items():
        if key == EXTRA or cell is None or (not typed and cell == ""):
            continue
        if isinstance(cell, bytes):
            faults.append(Fault(where, key, None, "is binary", "give text or numbers"))
            continue
        if not isinstance(cell, str | int | float | list | tuple | dict):
            kind = type(cell).__name__
            faults.append(Fault(where, key, str(cell), f"has an unsupported type: {kind}", "give text or numbers"))
            continue
        value = _value(known.get(key, ""), cell, typed=typed)
        if value is not None:
            record[key] = value
    rest = _extra(cells.get(EXTRA), where, faults)
    for key, value in rest.items():
        if key not in record or (record[key] == value and isinstance(record[key], bool) == isinstance(value, bool)):
            record[key] = value
    return record


def _extra(text: Any, where: str, faults: list[Fault]) -> Record:
    if text is None or text == "":
        return {}
    try:
        rest = parse(text.encode(), EXTRA)
        if isinstance(rest, dict):
            return rest
    except DataError as error:
        if any(f.message == "appears twice" for f in error.faults):
            faults += [replace(f, where=where) for f in error.faults]
            return {}
    except (AttributeError, ValueError):
        pass
    faults.append(Fault(where, EXTRA, str(text)[:60], "is not a JSON object", "give one, or rename the column"))
    return {}


def _value(kind: str, cell: Any, *, typed: bool) -> Any:
    """Return the value in a cell; numbers without a fraction become whole."""
    if kind in ("list", "months") and isinstance(cell, str):
        return _list(cell)
    if kind == "flag":
        return {"true": True, "false": False, 1: True, 0: False}.get(cell, cell)
    if not typed and isinstance(cell, str) and kind in ("number", ""):
        number = _number(cell)
        if number is not None and number != number:
            return None  # the GMNS specification writes NaN for missing values
        cell = cell if number is None else number
    if isinstance(cell, float) and cell.is_integer() and abs(cell) <= WHOLE_UP_TO:
        return int(cell)
    return cell


def _list(cell: str) -> Any:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell


def _number(text: Any) -> int | float | None:
    if not isinstance(text, str) or len(text) > 400 or "_" in text:
        return None
    try:
        return int(text) if re.fullmatch(r"-?\d+", text) else float(text)
    except ValueError:
        return None
