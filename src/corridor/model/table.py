"""A table of features: one column per field, aligned by position, immutable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from corridor.model.fields import BY_FEATURE, FIGURE_SUFFIXES, Field

Record = Mapping[str, Any]
Column = np.ndarray[Any, Any]


def column_names(feature: str) -> tuple[str, ...]:
    """Return the columns of a table: the fields, and range, basis, sources and note of each figure."""
    names: list[str] = []
    for spec in BY_FEATURE[feature].values():
        names.append(spec.name)
        if spec.is_figure:
            names.extend(spec.name + suffix for suffix in FIGURE_SUFFIXES)
    return tuple(names)


@dataclass(frozen=True)
class Table:
    """Columns of one kind of feature; numbers are float64 with NaN for unknown.

    Text is an object column (None: unknown), lists are tuples (empty: unknown). `extra` holds
    additional properties from the file, by feature id.
    """

    feature: str
    columns: Mapping[str, Column]
    extra: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.columns["id"])

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids, in file order."""
        return tuple(self.columns["id"])

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Position of each id."""
        return {name: i for i, name in enumerate(self.ids)}

    def row(self, position: int) -> dict[str, Any]:
        """Return the known values of one feature in the order of the fields, additional properties last."""
        record: dict[str, Any] = {}
        for name, values in self.columns.items():
            value = values[position]
            if isinstance(value, float | np.floating):
                if value != value:  # unknown
                    continue
                value = int(value) if float(value).is_integer() else float(value)
            if value is not None and value != ():
                record[name] = list(value) if isinstance(value, tuple) else value
        return record | dict(self.extra.get(self.ids[position], {}))

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield every feature as a record."""
        return (self.row(i) for i in range(len(self)))

    def replaced(self, changes: Mapping[str, Mapping[int, Any]]) -> Table:
        """Return a table with some cells replaced; unchanged columns are shared."""
        columns = dict(self.columns)
        for name, cells in changes.items():
            values = columns[name].copy()
            for position, value in cells.items():
                values[position] = value
            values.flags.writeable = False
            columns[name] = values
        return Table(self.feature, columns, self.extra)

    def extended(self, records: Sequence[Record]) -> Table:
        """Return a table with records appended."""
        more = table_of(self.feature, records)
        columns = {name: np.concatenate([values, more.columns[name]]) for name, values in self.columns.items()}
        return Table(self.feature, columns, {**self.extra, **more.extra})


def changed_rows(before: Table, after: Table) -> list[int]:
    """Return the positions whose values differ, with added rows; shared columns are skipped."""
    rows = set(range(len(before), len(after)))
    for name, old in before.columns.items():
        new = after.columns[name]
        if new is not old:
            pairs = enumerate(zip(old, new, strict=False))
            rows |= {i for i, (a, b) in pairs if a is not b and a != b and (a == a or b == b)}
    return sorted(rows)


def table_of(feature: str, records: Sequence[Record]) -> Table:
    """Return a table of records that passed the checks."""
    fields = BY_FEATURE[feature]
    columns: dict[str, Column] = {}
    for name in column_names(feature):
        missing = () if _is_list(fields, name) else None
        values = [missing if record.get(name) is None else record[name] for record in records]
        columns[name] = _column(values, _is_number(fields, name))
    known = set(columns) | {"feature"}
    extra = {}
    for record in records:
        if rest := {k: v for k, v in record.items() if k not in known}:
            extra[record["id"]] = rest
    return Table(feature, columns, extra)


def _is_list(fields: Mapping[str, Field], name: str) -> bool:
    spec = fields.get(name)
    return spec.kind in ("list", "months") if spec is not None else name.endswith("_sources")


def _is_number(fields: Mapping[str, Field], name: str) -> bool:
    spec = fields.get(name)
    return spec.kind == "number" if spec is not None else name.endswith(("_low", "_high"))


def _column(values: list[Any], is_number: bool) -> Column:
    if is_number:
        array: Column = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    else:
        array = np.empty(len(values), dtype=object)
        array[:] = [tuple(v) if isinstance(v, list) else v for v in values]
    array.flags.writeable = False
    return array
