"""The demand of a study, from its tables: trade between zones, growth, seasons, highest costs."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from corridor.arrays import Array
from corridor.errors import DataError, Fault, UnknownIdError
from corridor.io.study_files import Row, StudyFiles, default_study, study_of
from corridor.model.arguments import check_network, coerce_arguments
from corridor.model.demand import QUARTERS, WHATEVER_USD_T, Demand, demand_of_rows
from corridor.model.network import Network

SCENARIOS = ("low", "central", "high")
NO_GROWTH = {"id": "none", "kind": "percent", "low": "0", "central": "0", "high": "0"}
EVEN = {f"q{i}": str(1 / QUARTERS) for i in range(1, QUARTERS + 1)}


@coerce_arguments
def demand(scenario: str = "central", year: int | None = None, *, network: Network | None = None) -> Demand:
    """Return the demand of a study in a year: totals between places by all modes and routes.

    Low, central and high differ in trade growth only; the base year is the same in all.

    Parameters
    ----------
    scenario
        low, central or high.
    year
        From the base year of the study (the default) to its last year.
    network
        The network of the study; by default the shipped one.

    Returns
    -------
    Demand
        Net tonnes a year by origin, destination and cargo.

    Raises
    ------
    DataError
        If the scenario or the year is not covered, or the network has no study.

    Examples
    --------
    >>> import corridor
    >>> corridor.demand("central", 2030).total_t_yr > corridor.demand("low", 2030).total_t_yr
    True
    >>> corridor.demand("central", 2024).total_t_yr == corridor.demand("high", 2024).total_t_yr
    True
    """
    if network is None:
        files = default_study()
    else:
        check_network(network)
        files = study_of(network)
    years = files.settings.years
    year = years[0] if year is None else year
    faults = []
    if scenario not in SCENARIOS:
        faults.append(Fault("option", "demand", str(scenario), f"is '{scenario}'", f"give {', '.join(SCENARIOS)}"))
    if isinstance(year, bool) or not isinstance(year, int) or year not in years:
        fix = f"give {years[0]} to {years[-1]}, or a demand of your own for other years"
        faults.append(Fault("option", "year", repr(year), f"is {year!r}", fix))
    if faults:
        raise DataError(faults)
    references = files.settings.choice_set_years
    found = replace(
        _demand(files, scenario, year), references=tuple((y, _demand(files, "central", y).t_yr) for y in references)
    )
    return found if network is None else _with_ids(found, network)


def _with_ids(rows: Demand, network: Network) -> Demand:
    """Return the demand with ids where its table names places; unknown names stay, to be refused with all others."""
    known = network.node_table.index
    ids = {n: n for n in (*rows.origins, *rows.destinations)}
    for name in (n for n in ids if n not in known):
        with contextlib.suppress(UnknownIdError):
            ids[name] = network.names.resolve(name)
    if all(n == i for n, i in ids.items()):
        return rows
    return replace(
        rows, origins=tuple(ids[o] for o in rows.origins), destinations=tuple(ids[d] for d in rows.destinations)
    )


def demand_of(network: Network, scenario: str = "central", year: int | None = None) -> Demand:
    """Return the demand of the study of a network, as `demand` does."""
    return demand(scenario, year, network=network)


def _demand(files: StudyFiles, scenario: str, year: int) -> Demand:
    key = ("demand", scenario, year)
    if key not in files.cache:
        base, rules, totals, _ = _base_demand(files)
        factors = {r["id"]: _factor(files, r, scenario, year, totals[r["id"]]) for r in rules}
        grown = base.t_yr * np.array([factors[r["id"]] for r in rules])
        files.cache[key] = replace(base, name=scenario, year=year, t_yr=grown)
    found: Demand = files.cache[key]
    return found


@dataclass(frozen=True)
class DemandRanges:
    """Uncertainty ranges of the demand of a study.

    `row_of`, `rule_of` (commodities) are positions of rows of `demand.csv` and of rules of
    `growth.csv`. `t_yr`, `max_cost` (rows, 2) are ranges as factors on the recorded
    value; `growth` (rules, years, 3) is the factor since the base year, low, central, high. `basis_of_rows`,
    `basis_of_max_costs` and `basis_of_rules` say what they rest on.
    """

    rows: tuple[str, ...]
    rules: tuple[str, ...]
    row_of: Array
    rule_of: Array
    t_yr: Array
    max_cost: Array
    growth: Array
    basis_of_rows: tuple[str, ...]
    basis_of_max_costs: tuple[str, ...]
    basis_of_rules: tuple[str, ...]


def demand_ranges(network: Network, years: Sequence[int]) -> DemandRanges:
    """Return the uncertainty ranges of the demand of a study, aligned with its commodities."""
    files = study_of(network)
    _, rules, totals, row_of = _base_demand(files)
    highest_costs = {_key(r): r for r in files.table("willingness")}
    table = files.table("demand")
    ids = sorted({r["id"] for r in rules})
    by_id = {r["id"]: r for r in rules}
    growth = [[[_factor(files, by_id[i], s, y, totals[i]) for s in SCENARIOS] for y in years] for i in ids]
    max_cost = [highest_costs.get(_key(r), {}) for r in table]
    return DemandRanges(
        tuple(" ".join(_key(r)) for r in table),
        tuple(ids),
        np.array(row_of),
        np.array([ids.index(r["id"]) for r in rules]),
        np.array([_span(r, "t_yr", "t_yr") for r in table]),
        np.array([_span(r, "willing_usd_t", "willing") for r in max_cost]),
        np.array(growth),
        *(tuple(r.get("basis") or "assumed" for r in x) for x in (table, max_cost, [by_id[i] for i in ids])),
    )


def allowed_of(network: Network) -> tuple[tuple[str, ...], ...]:
    """Return the nests and gates that each commodity of the demand of a study may use, as in its table."""
    files = study_of(network)
    *_, row_of = _base_demand(files)
    rows = [
        tuple(n.strip() for n in (r.get("nests_allowed") or "").split(";") if n.strip()) for r in files.table("demand")
    ]
    return tuple(rows[line] for line in row_of)


def _span(row: Row, value: str, stem: str) -> tuple[float, float]:
    """Return a recorded range as factors on its value; (1, 1) if none is recorded."""
    middle = float(row.get(value) or 0)
    if not middle > 0:
        return 1.0, 1.0
    low, high = (float(row.get(f"{stem}_{end}") or middle) / middle for end in ("low", "high"))
    return min(low, 1.0), max(high, 1.0)


BaseDemand = tuple[Demand, tuple[Row, ...], Mapping[str, float], tuple[int, ...]]


def _base_demand(files: StudyFiles) -> BaseDemand:
    """Return the base-year demand between places, growth rules, tonnes by rule, and positions in the table."""
    if "base demand" not in files.cache:
        files.cache["base demand"] = _base_demand_of(files)
    found: BaseDemand = files.cache["base demand"]
    return found


def _base_demand_of(files: StudyFiles) -> BaseDemand:
    places = _places(files)
    max_costs = {_key(r): float(r["willing_usd_t"]) for r in files.table("willingness")}
    growth, seasons = _rules(files, "growth"), _rules(files, "seasons")
    totals: dict[str, float] = {}
    rows: list[tuple[str, str, str, float, float, list[float], str]] = []
    rules: list[Row] = []
    lines: list[int] = []
    for line, row in enumerate(files.table("demand")):
        rule, season = _first(growth, row, places, NO_GROWTH), _first(seasons, row, places, EVEN)
        total, cargo = float(row["t_yr"]) * float(row.get("share_in_network") or 1), row["cargo"]
        totals[rule["id"]] = totals.get(rule["id"], 0.0) + total
        shares = [float(season[f"q{i}"]) for i in range(1, QUARTERS + 1)]
        origin, destination, _ = key = _key(row)
        pair, max_cost = f"{origin}-{destination}", max_costs.get(key, WHATEVER_USD_T)
        for o, wo in _stands(places, origin, cargo):
            for d, wd in _stands(places, destination, cargo):
                rows.append((o, d, cargo, total * wo * wd, max_cost, shares, pair))
                rules.append(rule)
                lines.append(line)
    positive = [i for i, r in enumerate(rows) if r[3] > 0]  # demand outside the network has no tonnes
    result = demand_of_rows([rows[i] for i in positive], "central", files.settings.base_year)
    return result, tuple(rules[i] for i in positive), totals, tuple(lines[i] for i in positive)


def _key(row: Row) -> tuple[str, str, str]:
    """Return origin, destination and cargo of a row; its ends are zones, or places where the study has no zones."""
    return row.get("origin_zone") or row["origin"], row.get("destination_zone") or row["destination"], row["cargo"]


class _Zone:
    """The nodes of a zone with their weights, by cargo where they differ."""

    def __init__(self, country: str) -> None:
        self.country = country
        self.by_cargo: dict[str, list[tuple[str, float]]] = {}

    def stands(self, cargo: str) -> list[tuple[str, float]]:
        return self.by_cargo.get(cargo, self.by_cargo[""])


def _stands(zones: Mapping[str, _Zone], name: str, cargo: str) -> list[tuple[str, float]]:
    return zones[name].stands(cargo) if name in zones else [(name, 1.0)]


def _places(files: StudyFiles) -> dict[str, _Zone]:
    zones: dict[str, _Zone] = {}
    for row in files.table("zones"):
        zone = zones.setdefault(row["zone"], _Zone(row["country"]))
        zone.by_cargo.setdefault(row["cargo"], []).append((row["node"], float(row["weight"])))
    return zones


def _rules(files: StudyFiles, name: str) -> list[tuple[Row, tuple[set[str], ...]]]:
    parts = ("origins", "destinations", "cargoes")
    return [(row, tuple(set(filter(None, row[p].split(";"))) for p in parts)) for row in files.table(name)]


def _first(
    rules: Sequence[tuple[Row, tuple[set[str], ...]]], row: Row, zones: Mapping[str, _Zone], default: Row
) -> Row:
    """Return the first rule that matches a row by the countries of its zones, or by the places themselves."""
    origin, destination, cargo = _key(row)
    ends = (*(zones[z].country if z in zones else z for z in (origin, destination)), cargo)
    return next((r for r, wanted in rules if all(not w or e in w for w, e in zip(wanted, ends, strict=True))), default)


def _factor(files: StudyFiles, rule: Row, scenario: str, year: int, base_t: float) -> float:
    """Return the growth factor since the base year: a rate per year, or linear to a volume in the last year."""
    value, first, last = float(rule[scenario]), files.settings.base_year, files.settings.last_year
    if rule["kind"] == "percent":
        return float((1 + value / 100) ** (year - first))
    return 1 + (value * 1000 / base_t - 1) * (year - first) / max(last - first, 1)
