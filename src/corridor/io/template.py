"""A template for a user's own study: two gauges, a yard, a road, and every table that a study can have."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from corridor.files.whole_files import path_of, write_folder
from corridor.io.studies import load

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
README = """# My corridor

A complete small study: every command of `corridor` works on it. Every number is
assumed; replace them by better ones, with a basis (measured, published,
derived, assumed) and a source.

    corridor validate .
    corridor route Northtown Southport --cargo grain --study .
    corridor flow Northtown Southport --cargo grain --mode rail --study .
    corridor throughput --target 3 --study .
    corridor plan --target 2 --study .

| file | what it holds |
|---|---|
| `study.yaml` | years, headline branch, groups of cargo |
| `network.geojson` | places, lines, transfers, limits, prices; opens in QGIS |
| `demand.csv` | trade of the base year between places, in tonnes |
| `growth.csv` | growth of trade; without it none |
| `counts.csv`, `times.csv` | what was observed: for misfit, calibrate, backtest |
| `gates.csv` | ports, yards and border crossings that alternatives pass: for calibrate |
| `projects.yaml` | what may be built, for plan and forecasts |
| `scenarios/` | changes by name, for compare and `--scenario NAME` |

With the scenario the yard is expensive and grain goes by road; from 2028 on the
yard has a higher capacity:

    corridor route Northtown Southport --cargo grain --study . --scenario expensive-yard
    corridor flow Northtown Southport --cargo grain --mode rail --year 2028 \\
        --study . --scenario expensive-yard
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
SETTINGS = """name: my-network
title: My corridor
years:
  base: 2025              # of demand.csv
  last: 2030              # of the forecast
branch: railway           # of network.geojson; measured where no branch is named
target_mt: 3
start: {origin: north, destination: south, cargo: grain}
cargo_groups:             # what prefers or avoids a gate alike, for calibrate
  bulk: [grain]
  general: [metals, container, chilled_food]
report: [expensive-yard]
"""
GATES = """id,nest,name,through,and_through,not_through,note
rail-border,railway,the railway border,border,,,
"""
DEMAND = """origin,destination,cargo,t_yr,t_yr_low,t_yr_high,basis,sources,note
north,south,grain,1200000,900000,1500000,assumed,,
north,south,metals,300000,200000,400000,assumed,,
north,south,container,250000,150000,350000,assumed,,
south,north,chilled_food,120000,80000,160000,assumed,,
"""
GROWTH = """id,origins,destinations,cargoes,kind,low,central,high,basis,sources,note
grain,,,grain,kt_2030,1200,1700,2400,assumed,,volume of the last year
all,,,,percent,1,3,5,assumed,,a year; the last rule is for all other cargo
"""
COUNTS = """id,at,cargo,direction,ends,other_ends,branch,from,to,mt,low,high,kind,fit,name,sources,note
border-2025,border,all,both,,,railway,2025-01-01,2025-12-31,1.2,1.0,1.4,counted,fitted,railway at the border,,assumed
yard-2025,border-yard,grain,south,,,,2025-01-01,2025-12-31,0.8,,,counted,kept,grain through the yard,,assumed
border-2026,border,all,both,,,railway,2026-01-01,2026-06-30,0.65,,,counted,kept,railway at the border,,assumed
border-2030,border,all,both,,,railway,2030-01-01,2030-12-31,3.0,,,target,kept,official target,,assumed
"""
TIMES = """name,kind,low_days,high_days,start,end,cargo,modes,via,avoid,why
Northtown - Southport by rail,assumed,3,7,north,south,grain,rail,,,
"""
PROJECTS = """- id: second-track
  name: A second track for changing bogies at Border South
  status: planned
  year: {low: 2027, central: 2028, high: 2031}
  cost_musd: 25
  requires: []
  excludes: []
  why: the template's example of a project
  sources: []
  edits:
  - {set: border-yard, field: capacity, to: 330}
"""


def write_template(folder: str | os.PathLike[str]) -> list[str]:
    """Write the template to a new or empty folder; return the paths of its files."""
    target = Path(path_of(folder, writes=True, name="folder"))
    files = {
        "study.yaml": SETTINGS,
        "network.geojson": _network_text(),
        "demand.csv": DEMAND,
        "growth.csv": GROWTH,
        "counts.csv": COUNTS,
        "gates.csv": GATES,
        "times.csv": TIMES,
        "projects.yaml": PROJECTS,
        "scenarios/expensive-yard.yaml": SCENARIO,
        "README.md": README,
    }
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
        "screenlines": [
            {"id": "border", "name": "the border", "forward": ["border_n-border_s-rail-1520"], "base_load_of": []}
        ],
        "branches": [
            {"id": "railway", "name": "the railway", "screenline": "border", "ends": ["AA"], "other_ends": ["BB"]}
        ],
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
    return name.startswith(
        (
            "loading_",
            "emission_",
            "range_",
            "chance.",
            "container_speed_ratio.other",
            "wait_h.rail",
            "choice_scale_t_usd.",
        )
    )


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
