"""Tables of a network as text for a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from corridor.errors import DataError, Fault
from corridor.io.counts import counts_of
from corridor.io.study_files import study_of
from corridor.model.network import Network
from corridor.text import shortened

SHOWN = {
    "nodes": (("id", 22), ("name", 30), ("country", 7), ("kind", 9)),
    "links": (("id", 44), ("status", 14), ("length_km", 9), ("speed_kmh", 9)),
    "transfers": (("id", 40), ("status", 12), ("dry_bulk_h", 10), ("container_h", 11)),
    "resources": (("id", 44), ("capacity", 10), ("unit", 8), ("per", 5), ("base_load", 9)),
    "sources": (("id", 6), ("publisher", 24), ("title", 36), ("date", 10)),
    "cargo": (("id", 20), ("name", 28), ("class", 12), ("t_per_wagon", 11)),
    "tariffs": (("area", 17), ("carrier", 13), ("cargo", 14), ("usd_tkm", 8), ("fixed_usd_t", 11), ("discount", 8)),
    "frictions": (("id", 30), ("where", 22), ("effect", 7), ("usd_t", 6)),
    "screenlines": (("id", 14), ("name", 44), ("note", 20)),
    "branches": (("id", 14), ("screenline", 12), ("name", 52)),
    "projects": (("id", 34), ("status", 18), ("opens", 6), ("cost_musd", 9)),
    "scenarios": (("id", 18), ("why", 60)),
    "demand": (("origin", 16), ("destination", 16), ("cargo", 18), ("t_yr", 9), ("max_cost_usd_t", 13)),
    "counts": (("id", 26), ("at", 14), ("from", 10), ("to", 10), ("mt", 6), ("kind", 8)),
    "parameters": (("id", 36), ("value", 8), ("unit", 8), ("basis", 10)),
}


def table_rows(network: Network, table: str) -> list[dict[str, Any]]:
    """Return one table as records of the base year; some tables belong to its study."""
    if table in OF_STUDY:
        if table == "demand" and network.trade:
            message = f"changes demand, and this table does not show that: {', '.join(network.scenarios)}"
            fix = "leave the scenario out; assign and throughput apply it"
            raise DataError(Fault("option", "scenario", None, message, fix))
        return OF_STUDY[table](network)
    network = network.at(network.base_year)
    if table in ("nodes", "links", "transfers", "resources"):
        return list(network.tables[table.removesuffix("s")].rows())
    records: dict[str, Any] = {
        "sources": network.sources.values(),
        "cargo": network.cargo_records,
        "tariffs": network.tariffs,
        "frictions": network.frictions,
        "parameters": network.parameters,
        "screenlines": network.screenlines,
        "branches": network.branches,
    }
    return [dict(r) for r in records[table]]


def _projects(network: Network) -> list[dict[str, Any]]:
    return [p | {"opens": p["year"]["central"]} for p in study_of(network).projects]


def _scenarios(network: Network) -> list[dict[str, Any]]:
    study = study_of(network)
    return [{"id": name, "why": study.scenario(name).why} for name in study.scenarios]


def _demand(network: Network) -> list[dict[str, Any]]:
    from corridor.io.demand_tables import demand_of

    trade = demand_of(network)
    columns = zip(
        *(trade.origins, trade.destinations, trade.cargoes, trade.t_yr.tolist(), trade.max_cost_usd_t.tolist()),
        strict=True,
    )
    return [
        dict(zip(("origin", "destination", "cargo", "t_yr", "max_cost_usd_t"), row, strict=True)) for row in columns
    ]


def _counts(network: Network) -> list[dict[str, Any]]:
    return [c.to_dict() for c in counts_of(study_of(network))]


OF_STUDY: dict[str, Callable[[Network], list[dict[str, Any]]]] = {
    "projects": _projects,
    "scenarios": _scenarios,
    "demand": _demand,
    "counts": _counts,
}


def table_text(table: str, rows: list[dict[str, Any]]) -> str:
    """Return a table with its main columns; ids are never cut, so that they can be copied."""
    columns = SHOWN[table]
    lines = [" ".join(f"{name:<{width}}" for name, width in columns).rstrip()]
    for row in rows:
        cells = [_cell(row.get(name)) for name, _ in columns]
        if columns[0][0] == "id" and len(cells[0]) > columns[0][1]:
            lines.append(cells[0])  # a long id takes a line of its own
            cells[0] = ""
        pairs = zip(cells, (width for _, width in columns), strict=True)
        lines.append(" ".join(f"{shortened(cell, width):<{width}}" for cell, width in pairs).rstrip())
    lines.append(f"{len(rows)} {table}; --json for all columns")
    return "\n".join(lines)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:g}" if isinstance(value, float) else str(value)
