"""Read the dossiers, and keep account of what becomes of every row."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

DOSSIERS = ("east", "iran", "caspian", "economics", "operations", "demand")


@dataclass(frozen=True)
class Row:
    """One line of one dossier table; `number` counts data lines from 1."""

    dossier: str
    table: str
    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    @property
    def key(self) -> tuple[str, str, int]:
        """Dossier, table and number."""
        return (self.dossier, self.table, self.number)


def read(folder: Path, dossier: str, table: str) -> Iterator[Row]:
    """Yield the rows of `dossier/table.csv`."""
    with (folder / dossier / f"{table}.csv").open(encoding="utf-8-sig", newline="") as lines:
        for number, cells in enumerate(csv.DictReader(lines, strict=True), start=1):
            yield Row(dossier, table, number, cells)


@dataclass
class Ledger:
    """What became of every dossier row, and every contradiction met on the way."""

    outcomes: dict[tuple[str, str, int], tuple[str, str, str]] = field(default_factory=dict)
    contradictions: list[dict[str, str]] = field(default_factory=list)

    def record(self, row: Row, outcome: str, target: str, reason: str = "") -> None:
        """Note that `row` went into `target`; a later note on the same row adds to it."""
        if row.key in self.outcomes:
            first, targets, reasons = self.outcomes[row.key]
            target = targets if target in targets.split(";") else f"{targets};{target}"
            reason = "; ".join(dict.fromkeys(t for t in (reasons, reason) if t))
            outcome = first
        self.outcomes[row.key] = (outcome, target, reason)

    def contradict(self, feature: str, name: str, chosen: str, other: str, sources: str, reason: str) -> None:
        """Keep a value that was not chosen, with its sources and the reason."""
        self.contradictions.append(
            {
                "feature": feature,
                "field": name,
                "chosen": chosen,
                "other": other,
                "other_sources": sources,
                "reason": reason,
            }
        )

    def provenance(self) -> list[dict[str, str]]:
        """Return one record per dossier row, in dossier order."""
        return [
            {
                "dossier": dossier,
                "table": table,
                "row": str(number),
                "outcome": outcome,
                "target": target,
                "reason": reason,
            }
            for (dossier, table, number), (outcome, target, reason) in sorted(self.outcomes.items())
        ]
