"""A network as read, before it is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from corridor.errors import Fault

Record = dict[str, Any]


@dataclass(frozen=True)
class RawNetwork:
    """A network as read, before it is checked: records by kind, geometry by id."""

    header: Record
    records: Mapping[str, list[Record]]
    geometry: Mapping[str, tuple[tuple[float, float], ...]]


Rule = Callable[[RawNetwork], Iterator[Fault]]


def each(raw: RawNetwork) -> Iterator[tuple[str, str, Record]]:
    """Yield kind, place and record of every feature."""
    for kind, records in raw.records.items():
        for number, record in enumerate(records, start=1):
            name = record.get("id")
            yield kind, f"{kind} '{name}'" if isinstance(name, str) and name else f"{kind} no. {number}", record
