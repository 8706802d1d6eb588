"""The reference class: earlier announcements of freight volumes and what came of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tools.merge.dossiers import Ledger, Row, read

DOSSIER = "reference_class"
COLUMNS = (
    "id corridor group what unit speaker said_on for_year horizon_years new_or_growth base announced_low "
    "announced_high outcome outcome_year outcome_kind ratio promised_multiple share_of_promised_growth sources note"
)
RENAMED = {  # column here: column of the dossier
    "what": "measure",
    "speaker": "speaker_type",
    "base": "base_value",
    "announced_low": "forecast_low",
    "announced_high": "forecast_high",
    "outcome": "outcome_value",
    "ratio": "ratio_outcome_to_forecast",
}


def merge_reference_class(folder: Path, ledger: Ledger) -> list[dict[str, str]]:
    """Return the announcements with an outcome that the dossier counts; the others are recorded with the reason."""
    rows = []
    for row in read(folder, DOSSIER, "forecasts"):
        if row["in_distribution"] != "yes":
            ledger.record(row, "left out", "", _why_not(row))
            continue
        ledger.record(row, "merged", f"reference_class:{row['id']}")
        found = {column: row[RENAMED.get(column, column)] for column in COLUMNS.split()}
        sources = filter(None, f"{row['forecast_sources']};{row['outcome_sources']}".split(";"))
        rows.append(found | {"sources": ";".join(dict.fromkeys(sources))})
    return rows


def new_sources(folder: Path, ledger: Ledger, known: set[str]) -> Iterator[Row]:
    """Yield the sources that are new here; the dossier repeats those of the project that it uses."""
    for row in read(folder, DOSSIER, "sources"):
        if row["in_project_table"] != "yes":
            yield row
            continue
        assert row["id"] in known, row["id"]
        ledger.record(row, "left out", "", "a source of another dossier, already in the table")


def _why_not(row: Row) -> str:
    if row["due"] == "not_yet":
        return "not yet due"
    if row["due"] == "due_no_count_found":
        return "due, but no count was found"
    if row["statement_kind"] == "capacity":
        return "a capacity, no forecast of a volume"
    if row["better_direction"] == "lower":
        return "a goal where less is better"
    return "the figure or the outcome rests on a claim or on general knowledge: for sensitivity only"
