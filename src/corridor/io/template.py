"""A template for a user's own network: two gauges, a yard, a road, a scenario."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from corridor.files.whole_files import path_of, write_folder
from corridor.io.shipped import load

PLACES = {
    "north": ("Northtown", "AA", "city", 60.0, 45.0),
    "border_n": ("Border North", "AA", "border", 60.2, 43.0),
    "border_s": ("Border South", "BB", "border", 60.25, 42.95),
    "south": ("Southport", "BB", "city", 61.0, 40.0),
}
LINKS = (
    ("north", "border_n", "rail", 1520, 235.0, ["AA"]),
    ("border_n", "border_s", "rail", 1520, 8.0, ["AA", "BB"]),
    ("border_s", "south", "rail", 1435, 340.0, ["BB"]),
    ("north", "south", "road", None, 640.0, ["AA", "BB"]),
)
TARIFFS = (
    ("AA", "rail1520", 0.02),
    ("BB", "rail1520", 0.02),
    ("BB", "rail1435", 0.02),
    ("AA", "road", 0.06),
    ("BB", "road", 0.05),
)
README = """# My network

`network.geojson` opens in QGIS. Every number has a basis (measured, published,
derived, assumed); replace *assumed* numbers by better ones, with a source.

    corridor validate network.geojson
    corridor route Northtown Southport --cargo grain --network network.geojson
    corridor flow Northtown Southport --cargo grain --mode rail \\
        --network network.geojson

With the scenario the yard is expensive and grain goes by road; from 2028 on the
yard has a higher capacity:

    corridor route Northtown Southport --cargo grain \\
        --network network.geojson --scenario scenario.yaml
    corridor flow Northtown Southport --cargo grain --mode rail --year 2028 \\
        --network network.geojson --scenario scenario.yaml
"""
SCENARIO = """name: expensive-yard
why: the template's example of a scenario
edits:
  - scale: "border_s:rail1520-rail1435"    # always: eight times as expensive
    field: dry_bulk_usd_t
    by: 8
  - set: border-yard                       # from 2028
    field: capacity
    to: 400
    years: 2028-
  - close: border_n-border_s-rail-1520     # every January and February, for
    months: [1, 2]                         # `corridor route … --depart 2027-01-15`
"""


def write_template(folder: str | os.PathLike[str]) -> list[str]:
    """Write the template to a new or empty folder; return the paths of its files."""
    target = Path(path_of(folder, writes=True, name="folder"))
    files = {"network.geojson": _network_text(), "scenario.yaml": SCENARIO, "README.md": README}
    with contextlib.suppress(OSError):  # write_folder reports the fault
        target.parent.mkdir(parents=True, exist_ok=True)
    write_folder(target, files)
    return [str(target / name) for name in files]


def _network_text() -> str:
    shipped = load()
    areas = {"AA", "BB"}
    header: dict[str, Any] = {
        "schema": 1,
        "name": "my-network",
        "data_version": "1",
        "base_year": 2025,
        "money_year": 2024,
        "resources": [_yard()],
        "tariffs": [
            {
                "area": area,
                "carrier": carrier,
                "cargo": c,
                "usd_tkm": rate,
                "fixed_usd_t": 2,
                "discount": 0,
                "basis": "assumed",
                "sources": [],
            }
            for area, carrier, rate in TARIFFS
            for c in ("container", "dry_bulk", "liquid_bulk", "breakbulk", "roro")
        ],
        "frictions": [],
        "parameters": [dict(p) for p in shipped.parameters if "." not in p["id"] or _is_general(p["id"])]
        + [
            {"id": f"speed_kmh.road.{area}", "value": 20, "unit": "km/h", "basis": "assumed", "sources": []}
            for area in sorted(areas)
        ],
        "cargo": [{**c, "sources": []} for c in shipped.cargo_records],
        "contradictions": [],
        "sources": [],
    }
    for parameter in header["parameters"]:
        parameter["sources"] = []
    features = [
        _feature("Point", [lon, lat], {"feature": "node", "id": i, "name": name, "country": country, "kind": kind})
        for i, (name, country, kind, lon, lat) in PLACES.items()
    ]
    features += [_link(*link) for link in LINKS]
    features.append(_transfer())
    rows = ",\n".join(json.dumps(f, ensure_ascii=False) for f in features)
    return (
        '{"type": "FeatureCollection",\n"corridor": '
        + json.dumps(header, ensure_ascii=False, indent=1)
        + f',\n"features": [\n{rows}\n]}}\n'
    )


def _is_general(name: str) -> bool:
    """Whether a parameter applies to a kind of carrier, not to one of the shipped countries."""
    return name.startswith(("loading_", "emission_", "range_", "chance.", "container_speed_ratio.other", "wait_h.rail"))


def _feature(kind: str, coordinates: list[Any], properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": properties["id"],
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": properties,
    }


def _figures(**values: float) -> dict[str, Any]:
    return {k: v for name, value in values.items() for k, v in ((name, value), (f"{name}_basis", "assumed"))}


def _link(start: str, end: str, mode: str, gauge: int | None, length: float, areas: list[str]) -> dict[str, Any]:
    name = f"{start}-{end}-{mode}" + (f"-{gauge}" if gauge else "")
    properties: dict[str, Any] = {"feature": "link", "id": name, "from": start, "to": end, "mode": mode}
    if gauge:
        properties["gauge_mm"] = gauge
    properties |= {"carrier": f"rail{gauge}" if gauge else mode, "status": "operating", "tariff_area": areas}
    properties |= _figures(length_km=length, speed_kmh=20 if mode == "road" else 15)
    if mode == "rail":
        properties |= _figures(train_net_t=2500, train_wagons=45)
    if len(areas) == 2:
        properties |= _figures(border_h=12, border_usd_t=2)
    return _feature("LineString", [list(PLACES[n][3:]) for n in (start, end)], properties)


def _transfer() -> dict[str, Any]:
    properties: dict[str, Any] = {
        "feature": "transfer",
        "id": "border_s:rail1520-rail1435",
        "node": "border_s",
        "from": "rail1520",
        "to": "rail1435",
        "methods": ["dry_bulk=bogie_exchange", "container=container_lift"],
        "status": "operating",
    }
    properties |= _figures(dry_bulk_h=18, dry_bulk_usd_t=3, container_h=24, container_usd_t=4.5)
    return _feature("Point", list(PLACES["border_s"][3:]), properties)


def _yard() -> dict[str, Any]:
    return {
        "feature": "resource",
        "id": "border-yard",
        "name": "gauge change at Border South",
        "kind": "yard",
        "unit": "wagons",
        "per": "day",
        **_figures(capacity=200, base_load=50),
        "uses": [{"feature": "border_s:rail1520-rail1435", "direction": "both", "empties": True}],
    }
