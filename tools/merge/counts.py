"""The counts: chosen by hand from the dossier, which says of each of its rows where it went."""

from __future__ import annotations

from pathlib import Path

from tools.merge.demand import hand_table
from tools.merge.dossiers import Ledger, Row, read

OLDEST = "2022"


def merge_counts(folder: Path, ledger: Ledger) -> list[dict[str, str]]:
    """Return the counts beside this file, and record what became of the rows of the dossier."""
    counts = hand_table("counts")
    used: dict[str, str] = {}
    for count in counts:
        for name in filter(None, count["evidence"].split(";")):
            used.setdefault(name, count["id"])
    for row in read(folder, "counts", "counts"):
        if row["id"] in used:
            ledger.record(row, "merged", f"counts {used[row['id']]}")
        else:
            ledger.record(row, "left out", "", _why_not(row))
    for row in read(folder, "counts", "rates_times_state"):
        ledger.record(row, "left out", "", "rates, limits and times: not yet merged")
    return [{k: v for k, v in count.items() if k != "evidence"} for count in counts]


def _why_not(row: Row) -> str:
    if row["kind"] == "claim":
        return "a claim, no count"
    if not row["unit"].startswith("kt"):
        return f"counts {row['unit']}, no tonnes"
    if row["from"] < OLDEST:
        return "two years and more before the base year"
    return "the same place and period as another row, or a place that the demand does not reach"
