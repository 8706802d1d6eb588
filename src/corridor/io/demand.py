"""Demand from files: the shipped tables of zones, or a CSV of a user's own."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from corridor.errors import DataError, Fault
from corridor.io.csv_table import number_in
from corridor.io.files import path_of, read_text
from corridor.io.shipped import shipped_path
from corridor.model.checks import is_number
from corridor.model.demand import QUARTERS, WHATEVER_USD_T, Demand, row_faults
from corridor.model.front_door import plainly
from corridor.model.names import nearest

BASE_YEAR, LAST_YEAR = 2024, 2030
REFERENCE_YEARS = (2024, 2026, 2030)
SCENARIOS = ("low", "central", "high")
REQUIRED = ("origin", "destination", "cargo", "t_yr")
OPTIONAL = ("willing_usd_t", "q1", "q2", "q3", "q4")
Row = Mapping[str, str]
Array = np.ndarray[Any, Any]


def shipped_table(name: str) -> tuple[Row, ...]:
    """Return the rows of a shipped table of `data/tables`, as they stand."""
    return _table(shipped_path().parent, name)


@cache
def _table(folder: Path, name: str) -> tuple[Row, ...]:
    path = folder / "tables" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines, strict=True))


@plainly
def demand(scenario: str = "central", year: int = BASE_YEAR) -> Demand:
    """Return the shipped demand of a year: totals between places by any way of going.

    The base year is 2024; low, central and high differ by trade growth only.

    Parameters
    ----------
    scenario
        low, central or high.
    year
        2024 to 2030; the tables say nothing of later years.

    Returns
    -------
    Demand
        Net tonnes a year by origin, destination and cargo.

    Raises
    ------
    DataError
        If the scenario or the year is not covered.

    Examples
    --------
    >>> import corridor
    >>> corridor.demand("central", 2030).total_t_yr > corridor.demand("low", 2030).total_t_yr
    True
    >>> corridor.demand("central", 2024).total_t_yr == corridor.demand("high", 2024).total_t_yr
    True
    """
    faults = []
    if scenario not in SCENARIOS:
        faults.append(Fault("option", "demand", str(scenario), f"is '{scenario}'", f"give {', '.join(SCENARIOS)}"))
    if isinstance(year, bool) or not isinstance(year, int) or not BASE_YEAR <= year <= LAST_YEAR:
        fix = f"the demand tables hold {BASE_YEAR} to {LAST_YEAR}; give a year of these, or a demand of your own"
        faults.append(Fault("option", "year", repr(year), f"is {year!r}", fix))
    if faults:
        raise DataError(faults)
    made = _demand(scenario, year)
    return replace(made, references=tuple((y, _demand("central", y).t_yr) for y in REFERENCE_YEARS))


@cache
def _demand(scenario: str, year: int) -> Demand:
    base, rules, totals, _ = _base_demand()
    factors = {r["id"]: _factor(r, scenario, year, totals[r["id"]]) for r in rules}
    grown = base.t_yr * np.array([factors[r["id"]] for r in rules])
    return replace(base, name=scenario, year=year, t_yr=grown)


@dataclass(frozen=True)
class DemandRanges:
    """How uncertain the shipped demand is.

    `row_of`, `rule_of` (commodities) number the rows of `demand.csv` and the rules of
    `growth.csv`. `t_yr`, `willing` (rows, 2) are ranges as factors on the recorded
    value; `growth` (rules, years, 3) is the factor since the base year, low, central, high.
    """

    rows: tuple[str, ...]
    rules: tuple[str, ...]
    row_of: Array
    rule_of: Array
    t_yr: Array
    willing: Array
    growth: Array


def demand_ranges(years: Sequence[int]) -> DemandRanges:
    """Return the ranges of the shipped demand, aligned with its commodities."""
    _, rules, totals, row_of = _base_demand()
    pays = {_key(r): r for r in shipped_table("willingness")}
    table = shipped_table("demand")
    ids = sorted({r["id"] for r in rules})
    by_id = {r["id"]: r for r in rules}
    growth = [[[_factor(by_id[i], s, y, totals[i]) for s in SCENARIOS] for y in years] for i in ids]
    willing = [pays.get(_key(r), {}) for r in table]
    return DemandRanges(
        tuple(" ".join(_key(r)) for r in table),
        tuple(ids),
        np.array(row_of),
        np.array([ids.index(r["id"]) for r in rules]),
        np.array([_span(r, "t_yr", "t_yr") for r in table]),
        np.array([_span(r, "willing_usd_t", "willing") for r in willing]),
        np.array(growth),
    )


def _span(row: Row, value: str, stem: str) -> tuple[float, float]:
    """Return a recorded range as factors on its value; no range where none is recorded."""
    middle = float(row.get(value) or 0)
    if not middle > 0:
        return 1.0, 1.0
    low, high = (float(row[f"{stem}_{end}"] or middle) / middle for end in ("low", "high"))
    return min(low, 1.0), max(high, 1.0)


@cache
def _base_demand() -> tuple[Demand, tuple[Row, ...], Mapping[str, float], tuple[int, ...]]:
    """Return the demand of the base year between places; rules of growth, tonnes by rule, rows of the table."""
    places = _places()
    pays = {_key(r): float(r["willing_usd_t"]) for r in shipped_table("willingness")}
    growth, seasons = _rules("growth"), _rules("seasons")
    totals: dict[str, float] = {}
    rows: list[tuple[str, str, str, float, float, list[float], str]] = []
    rules: list[Row] = []
    lines: list[int] = []
    for line, row in enumerate(shipped_table("demand")):
        rule, season = _first(growth, row, places), _first(seasons, row, places)
        total, cargo = float(row["t_yr"]) * float(row["share_in_network"]), row["cargo"]
        totals[rule["id"]] = totals.get(rule["id"], 0.0) + total
        shares = [float(season[f"q{i}"]) for i in range(1, QUARTERS + 1)]
        pair, most = f"{row['origin_zone']}-{row['destination_zone']}", pays.get(_key(row), WHATEVER_USD_T)
        for o, wo in places[row["origin_zone"]].stands(cargo):
            for d, wd in places[row["destination_zone"]].stands(cargo):
                rows.append((o, d, cargo, total * wo * wd, most, shares, pair))
                rules.append(rule)
                lines.append(line)
    kept = [i for i, r in enumerate(rows) if r[3] > 0]  # what is left out of the network has no tonnes
    made = _demand_of([rows[i] for i in kept], "central", BASE_YEAR)
    return made, tuple(rules[i] for i in kept), totals, tuple(lines[i] for i in kept)


def _demand_of(rows: Sequence[tuple[str, str, str, float, float, list[float], str]], name: str, year: int) -> Demand:
    """Make a demand from rows of ends, cargo, t a year, willingness to pay, shares of the quarters, group."""
    return Demand(
        name,
        year,
        tuple(r[0] for r in rows),
        tuple(r[1] for r in rows),
        tuple(r[2] for r in rows),
        np.array([r[3] for r in rows]),
        np.array([r[4] for r in rows]),
        np.array([r[5] for r in rows]),
        tuple(r[6] for r in rows),
    )


def _key(row: Row) -> tuple[str, str, str]:
    return row["origin_zone"], row["destination_zone"], row["cargo"]


class _Zone:
    """Where a zone stands: nodes with weights, other ones for some cargoes."""

    def __init__(self, country: str) -> None:
        self.country = country
        self.by_cargo: dict[str, list[tuple[str, float]]] = {}

    def stands(self, cargo: str) -> list[tuple[str, float]]:
        return self.by_cargo.get(cargo, self.by_cargo[""])


def _places() -> dict[str, _Zone]:
    zones: dict[str, _Zone] = {}
    for row in shipped_table("zones"):
        zone = zones.setdefault(row["zone"], _Zone(row["country"]))
        zone.by_cargo.setdefault(row["cargo"], []).append((row["node"], float(row["weight"])))
    return zones


def _rules(name: str) -> list[tuple[Row, tuple[set[str], ...]]]:
    parts = ("origins", "destinations", "cargoes")
    return [(row, tuple(set(filter(None, row[p].split(";"))) for p in parts)) for row in shipped_table(name)]


def _first(rules: Sequence[tuple[Row, tuple[set[str], ...]]], row: Row, places: Mapping[str, _Zone]) -> Row:
    """Return the first rule that fits a row; the last fits all."""
    ends = (places[row["origin_zone"]].country, places[row["destination_zone"]].country, row["cargo"])
    return next(rule for rule, wanted in rules if all(not w or e in w for w, e in zip(wanted, ends, strict=True)))


def _factor(rule: Row, scenario: str, year: int, base_t: float) -> float:
    """Return growth since the base year: so much per cent a year, or in a line to a volume of 2030."""
    value = float(rule[scenario])
    if rule["kind"] == "percent":
        return float((1 + value / 100) ** (year - BASE_YEAR))
    return 1 + (value * 1000 / base_t - 1) * (year - BASE_YEAR) / (LAST_YEAR - BASE_YEAR)


def read_demand(path: str | os.PathLike[str], year: int = BASE_YEAR) -> Demand:
    """Return the demand in a CSV file: origin, destination, cargo, t_yr, and willing_usd_t, q1 to q4 if known.

    A file that ends in `.omx` holds a matrix for each cargo instead (needs the extra `omx`):
    tonnes a year from row to column, with a mapping of places; 0 is no row.

    Names of places are looked up when the demand is assigned. Without
    `willing_usd_t` cargo pays whatever it costs (up to 10 000 USD/t); without
    `q1` to `q4` it moves evenly through the year.

    Raises
    ------
    DataError
        If the file cannot be read, lacks a column, or holds a value that cannot be;
        lists every such line.

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
    if Path(source).suffix.lower() == ".omx":
        from corridor.io.matrices import demand_of_omx

        return demand_of_omx(source, year)
    text = read_text(source)
    return demand_of_csv(text, source, year)


def demand_of_csv(text: str, source: str, year: int) -> Demand:
    """Return the demand in the text of a CSV file."""
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        names = [n.strip() for n in reader.fieldnames or ()]
        faults = _column_faults(names)
        lines = [] if faults else [(reader.line_num, line) for line in reader]
    except csv.Error as error:
        raise DataError(Fault("file", "", None, f"is not CSV: {error}", "correct the file there"), source) from None
    if not faults and not lines:
        faults.append(Fault("file", "", None, "has no row", "give origin, destination, cargo, t_yr"))
    rows: list[tuple[str, str, str, float, float, list[float], str]] = []
    seen: dict[tuple[str, str, str], int] = {}
    for number, line in lines:
        where = f"line {number}"
        if None in line or None in line.values():
            faults.append(Fault(where, "", None, "has not as many cells as the head", "mend the line"))
            continue
        cells = {k.strip(): v.strip() for k, v in line.items()}
        ends = (cells["origin"], cells["destination"], cells["cargo"])
        for name in REQUIRED[:3]:
            if not cells[name] or not cells[name].isprintable():
                message = "holds a line break or a control sign" if cells[name] else "is empty"
                faults.append(Fault(where, name, cells[name], message, "give a name"))
        tonnes = _number(cells["t_yr"])
        faults += row_faults(where, *ends, cells["t_yr"] if tonnes is None else tonnes, seen)
        seen.setdefault(ends, number)
        pays = _number(cells.get("willing_usd_t") or str(WHATEVER_USD_T))
        if pays is None or pays <= 0:
            shown = cells["willing_usd_t"]
            faults.append(Fault(where, "willing_usd_t", shown, f"is '{shown}'", "give USD/t above 0, or leave it out"))
        given = [cells.get(f"q{q}", "") for q in range(1, QUARTERS + 1)]
        shares = [_number(g) for g in given] if any(given) else [1 / QUARTERS] * QUARTERS
        known = [s for s in shares if s is not None and s >= 0]
        if len(known) < QUARTERS or abs(sum(known) - 1) > 1e-6:
            message, fix = "are not four shares that sum to 1", "give all four, or none for an even year"
            faults.append(Fault(where, "q1 to q4", ", ".join(given), message, fix))
        rows.append((*ends, tonnes or 0.0, pays or WHATEVER_USD_T, known, ""))
    if faults:
        raise DataError(faults, source)
    return _demand_of(rows, Path(source).stem, year)


def _column_faults(names: Sequence[str]) -> list[Fault]:
    if not names:
        return [Fault("file", "", None, "is empty", f"give {', '.join(REQUIRED)}")]
    if len(names) == 1 and ";" in names[0]:
        return [Fault("file", "", names[0], "is parted by semicolons", "part the cells by commas")]
    faults = [
        Fault("file", n, None, "is no column of it", f"give {', '.join(REQUIRED)}") for n in REQUIRED if n not in names
    ]
    for name, count in Counter(names).items():
        if name not in (*REQUIRED, *OPTIONAL):
            close = nearest(name, (*REQUIRED, *OPTIONAL))
            hint = f"did you mean '{close[0]}'?" if close else f"give {', '.join((*REQUIRED, *OPTIONAL))}"
            faults.append(Fault("file", name, None, "is not a column here", hint))
        elif count > 1:
            faults.append(Fault("file", name, None, "stands twice", "keep one of them"))
    return faults


def _number(text: str) -> float | None:
    value = number_in(text)
    return value if is_number(value) else None
