"""The shipped demand, from its zone tables."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from corridor.arrays import Array
from corridor.errors import DataError, Fault
from corridor.io.shipped_files import shipped_path
from corridor.model.arguments import coerce_arguments
from corridor.model.demand import QUARTERS, WHATEVER_USD_T, Demand, demand_of_rows

BASE_YEAR, LAST_YEAR = 2024, 2030
REFERENCE_YEARS = (2024, 2026, 2030)
SCENARIOS = ("low", "central", "high")
Row = Mapping[str, str]


def shipped_table(name: str) -> tuple[Row, ...]:
    """Return the rows of a shipped table in `data/tables`, unchanged."""
    return _table(shipped_path().parent, name)


@cache
def _table(folder: Path, name: str) -> tuple[Row, ...]:
    path = folder / "tables" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines, strict=True))


@coerce_arguments
def demand(scenario: str = "central", year: int = BASE_YEAR) -> Demand:
    """Return the shipped demand of a year: totals between places by all modes and routes.

    The base year is 2024; low, central and high differ in trade growth only.

    Parameters
    ----------
    scenario
        low, central or high.
    year
        2024 to 2030; the tables do not cover later years.

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
        fix = f"give {BASE_YEAR} to {LAST_YEAR}, or a demand of your own for other years"
        faults.append(Fault("option", "year", repr(year), f"is {year!r}", fix))
    if faults:
        raise DataError(faults)
    folder = shipped_path().parent
    result = _demand(folder, scenario, year)
    return replace(result, references=tuple((y, _demand(folder, "central", y).t_yr) for y in REFERENCE_YEARS))


@cache
def _demand(folder: Path, scenario: str, year: int) -> Demand:
    base, rules, totals, _ = _base_demand(folder)
    factors = {r["id"]: _factor(r, scenario, year, totals[r["id"]]) for r in rules}
    grown = base.t_yr * np.array([factors[r["id"]] for r in rules])
    return replace(base, name=scenario, year=year, t_yr=grown)


@dataclass(frozen=True)
class DemandRanges:
    """Uncertainty ranges of the shipped demand.

    `row_of`, `rule_of` (commodities) are positions of rows of `demand.csv` and of rules of
    `growth.csv`. `t_yr`, `max_cost` (rows, 2) are ranges as factors on the recorded
    value; `growth` (rules, years, 3) is the factor since the base year, low, central, high.
    """

    rows: tuple[str, ...]
    rules: tuple[str, ...]
    row_of: Array
    rule_of: Array
    t_yr: Array
    max_cost: Array
    growth: Array


def demand_ranges(years: Sequence[int]) -> DemandRanges:
    """Return the uncertainty ranges of the shipped demand, aligned with its commodities."""
    _, rules, totals, row_of = _base_demand(shipped_path().parent)
    willingness = {_key(r): r for r in shipped_table("willingness")}
    table = shipped_table("demand")
    ids = sorted({r["id"] for r in rules})
    by_id = {r["id"]: r for r in rules}
    growth = [[[_factor(by_id[i], s, y, totals[i]) for s in SCENARIOS] for y in years] for i in ids]
    max_cost = [willingness.get(_key(r), {}) for r in table]
    return DemandRanges(
        tuple(" ".join(_key(r)) for r in table),
        tuple(ids),
        np.array(row_of),
        np.array([ids.index(r["id"]) for r in rules]),
        np.array([_span(r, "t_yr", "t_yr") for r in table]),
        np.array([_span(r, "willing_usd_t", "willing") for r in max_cost]),
        np.array(growth),
    )


def _span(row: Row, value: str, stem: str) -> tuple[float, float]:
    """Return a recorded range as factors on its value; (1, 1) if none is recorded."""
    middle = float(row.get(value) or 0)
    if not middle > 0:
        return 1.0, 1.0
    low, high = (float(row[f"{stem}_{end}"] or middle) / middle for end in ("low", "high"))
    return min(low, 1.0), max(high, 1.0)


@cache
def _base_demand(folder: Path) -> tuple[Demand, tuple[Row, ...], Mapping[str, float], tuple[int, ...]]:
    """Return the base-year demand between places, growth rules, tonnes by rule, and positions in the table."""
    places = _places(folder)
    max_costs = {_key(r): float(r["willing_usd_t"]) for r in _table(folder, "willingness")}
    growth, seasons = _rules(folder, "growth"), _rules(folder, "seasons")
    totals: dict[str, float] = {}
    rows: list[tuple[str, str, str, float, float, list[float], str]] = []
    rules: list[Row] = []
    lines: list[int] = []
    for line, row in enumerate(_table(folder, "demand")):
        rule, season = _first(growth, row, places), _first(seasons, row, places)
        total, cargo = float(row["t_yr"]) * float(row["share_in_network"]), row["cargo"]
        totals[rule["id"]] = totals.get(rule["id"], 0.0) + total
        shares = [float(season[f"q{i}"]) for i in range(1, QUARTERS + 1)]
        pair, max_cost = f"{row['origin_zone']}-{row['destination_zone']}", max_costs.get(_key(row), WHATEVER_USD_T)
        for o, wo in places[row["origin_zone"]].stands(cargo):
            for d, wd in places[row["destination_zone"]].stands(cargo):
                rows.append((o, d, cargo, total * wo * wd, max_cost, shares, pair))
                rules.append(rule)
                lines.append(line)
    positive = [i for i, r in enumerate(rows) if r[3] > 0]  # demand outside the network has no tonnes
    result = demand_of_rows([rows[i] for i in positive], "central", BASE_YEAR)
    return result, tuple(rules[i] for i in positive), totals, tuple(lines[i] for i in positive)


def _key(row: Row) -> tuple[str, str, str]:
    return row["origin_zone"], row["destination_zone"], row["cargo"]


class _Zone:
    """The nodes of a zone with their weights, by cargo where they differ."""

    def __init__(self, country: str) -> None:
        self.country = country
        self.by_cargo: dict[str, list[tuple[str, float]]] = {}

    def stands(self, cargo: str) -> list[tuple[str, float]]:
        return self.by_cargo.get(cargo, self.by_cargo[""])


def _places(folder: Path) -> dict[str, _Zone]:
    zones: dict[str, _Zone] = {}
    for row in _table(folder, "zones"):
        zone = zones.setdefault(row["zone"], _Zone(row["country"]))
        zone.by_cargo.setdefault(row["cargo"], []).append((row["node"], float(row["weight"])))
    return zones


def _rules(folder: Path, name: str) -> list[tuple[Row, tuple[set[str], ...]]]:
    parts = ("origins", "destinations", "cargoes")
    return [(row, tuple(set(filter(None, row[p].split(";"))) for p in parts)) for row in _table(folder, name)]


def _first(rules: Sequence[tuple[Row, tuple[set[str], ...]]], row: Row, places: Mapping[str, _Zone]) -> Row:
    """Return the first rule that matches a row; the last matches all."""
    ends = (places[row["origin_zone"]].country, places[row["destination_zone"]].country, row["cargo"])
    return next(rule for rule, wanted in rules if all(not w or e in w for w, e in zip(wanted, ends, strict=True)))


def _factor(rule: Row, scenario: str, year: int, base_t: float) -> float:
    """Return the growth factor since the base year: a rate per year, or linear to a volume in 2030."""
    value = float(rule[scenario])
    if rule["kind"] == "percent":
        return float((1 + value / 100) ** (year - BASE_YEAR))
    return 1 + (value * 1000 / base_t - 1) * (year - BASE_YEAR) / (LAST_YEAR - BASE_YEAR)
