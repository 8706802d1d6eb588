"""The header of an imported network: tariffs, parameters and cargo of another network, marked assumed."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from corridor.errors import DataError, Fault
from corridor.io.studies import load
from corridor.io.template import TARIFFS
from corridor.model.cargo import carrier_group
from corridor.model.fields import CLASSES
from corridor.model.network import Network

Record = dict[str, Any]
SPEEDS_KMH = {"rail": 15.0, "road": 20.0}  # as in the template, stops included
PLAIN = ("loading_", "emission_", "range_", "chance.", "choice_scale_", "container_speed_ratio.other", "wait_h.rail")


def default_header(
    name: str, base_year: int, carriers_by_area: Mapping[str, Iterable[str]], like: Network | None = None
) -> Record:
    """Return a header for imported features: prices, parameters and cargo of another network.

    Imported data give the lines, not the prices. Values of `like` for the same country and carrier
    are used unchanged, with their sources; the others are medians and marked assumed.

    Parameters
    ----------
    name
        Name of the network.
    base_year
        Year that the statuses of the links describe.
    carriers_by_area
        For each country (or sea), the carriers on its links: rail1520, road, ...
    like
        The network whose values are used (default: the rates of the template of `corridor new`, and
        the shipped network for other values).

    Returns
    -------
    dict
        The member `corridor` of a network file, without resources.

    Raises
    ------
    DataError
        If a carrier has no tariff; lists all such carriers.

    Examples
    --------
    >>> header = default_header("mine", 2025, {"KZ": ["rail1520", "road"]})
    >>> sorted({(t["area"], t["carrier"], t["usd_tkm"], t["basis"]) for t in header["tariffs"]})
    [('KZ', 'rail1520', 0.02, 'assumed'), ('KZ', 'road', 0.055, 'assumed')]
    """
    base = like or shipped()
    pairs = [(area, carrier) for area in sorted(carriers_by_area) for carrier in sorted(set(carriers_by_area[area]))]
    tariffs: list[Record] = []
    faults: list[Fault] = []
    for area, carrier in pairs:
        found = _tariffs(area, carrier, base, like)
        tariffs += found
        if not found:
            message, fix = f"has no tariff for {area}", "give `like`, a network with tariffs of this carrier"
            faults.append(Fault("tariffs", carrier, None, message, fix))
    if faults:
        raise DataError(faults)
    parameters = _parameters(pairs, base, like)
    cargo = [dict(c) for c in base.cargo_records]
    if like is None:
        for record in (*parameters, *cargo):
            record["sources"] = []
    named = {s for record in (*tariffs, *parameters, *cargo) for s in record.get("sources", ())}
    return {
        "schema": 1,
        "name": name,
        "data_version": "1",
        "base_year": base_year,
        "money_year": base.meta["money_year"],
        "resources": [],
        "tariffs": tariffs,
        "frictions": [],
        "parameters": parameters,
        "cargo": cargo,
        "contradictions": [],
        "sources": [dict(s) for i, s in base.sources.items() if i in named],
    }


@cache
def shipped() -> Network:
    """Return the shipped network (cached; networks are immutable)."""
    return load()


def _tariffs(area: str, carrier: str, base: Network, like: Network | None) -> list[Record]:
    if like is not None and (own := [dict(t) for t in like.tariffs if (t["area"], t["carrier"]) == (area, carrier)]):
        return own
    template = [rate for _, c, rate in TARIFFS if carrier_group(c) == carrier_group(carrier)]
    tariffs = []
    for cargo in CLASSES:
        if like is None and template:
            rate, fixed = statistics.median(template), 2.0
        else:
            rows = _nearest_rows([t for t in base.tariffs if t["cargo"] == cargo], carrier)
            if not rows:
                continue
            rate = statistics.median(float(t["usd_tkm"]) * (1 - float(t.get("discount") or 0)) for t in rows)
            fixed = statistics.median(float(t.get("fixed_usd_t") or 0) for t in rows)
        record = {"area": area, "carrier": carrier, "cargo": cargo, "usd_tkm": round(rate, 5)}
        tariffs.append(record | {"fixed_usd_t": round(fixed, 3), "discount": 0, "basis": "assumed", "sources": []})
    return tariffs


def _nearest_rows(rows: list[Mapping[str, Any]], carrier: str) -> list[Mapping[str, Any]]:
    """Return the tariffs of the same carrier, or else of its group."""
    same = [t for t in rows if t["carrier"] == carrier]
    return same or [t for t in rows if carrier_group(t["carrier"]) == carrier_group(carrier)]


def _parameters(pairs: list[tuple[str, str]], base: Network, like: Network | None) -> list[Record]:
    """Return the general parameters, and speeds and waits for the given areas and carriers."""
    groups = sorted({(carrier_group(carrier), area) for area, carrier in pairs})
    areas = {area for area, _ in pairs}
    records = [dict(p) for p in base.parameters if "." not in p["id"] or str(p["id"]).startswith(PLAIN)]
    ids = {p["id"] for p in records}
    if like is not None:
        stems = {f"{stem}.{group}.{area}" for stem in ("speed_kmh", "wait_h") for group, area in groups}
        stems |= {f"container_speed_ratio.{area}" for area in areas}
        records += [dict(p) for p in like.parameters if p["id"] in stems - ids]
        ids |= {p["id"] for p in records}
    for group, area in groups:
        wanted = ["speed_kmh"] if group in ("rail", "road") else ["speed_kmh", "wait_h"]
        wanted += ["emission_g_tkm"] if group == "sea" else []
        for stem in wanted:
            value = SPEEDS_KMH.get(group) if stem == "speed_kmh" and like is None else None
            if value is None:
                value = _median_of(base, f"{stem}.{group}.") or SPEEDS_KMH.get(group)
            if value is not None and f"{stem}.{group}.{area}" not in ids:
                unit = {"speed_kmh": "km/h", "wait_h": "h"}.get(stem, "g/t-km")
                record = {"id": f"{stem}.{group}.{area}", "value": value, "unit": unit}
                records.append(record | {"basis": "assumed", "sources": []})
    return records


def _median_of(network: Network, stem: str) -> float | None:
    values = [float(p["value"]) for p in network.parameters if str(p["id"]).startswith(stem)]
    return round(statistics.median(values), 3) if values else None
