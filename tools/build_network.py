"""`python -m tools.build_network`: build `data/network.geojson` from `data/tables/`.

The same tables give the same bytes; `--check` compares instead of writing.
Track capacities that no source gives are computed here, by one function.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from corridor.model.capacity import line_capacity_trains_day
from corridor.model.fields import BY_FEATURE, FIGURE_SUFFIXES
from corridor.units import DAYS_PER_YEAR

ROOT = Path(__file__).resolve().parent.parent
TABLES = ROOT / "data" / "tables"
TARGET = ROOT / "data" / "network.geojson"
DATA_VERSION = "2026.12.1"
# Two links on one three-rail track.
SHARED_TRACK = {
    "sarahs-sarakhs-rail-1520": "sarahs-sarakhs-rail",
    "sarahs-sarakhs-rail-1435": "sarahs-sarakhs-rail",
    "astara_ir-astara_az-rail-1520": "astara_ir-astara_az-rail",
    "astara_ir-astara_az-rail-1435": "astara_ir-astara_az-rail",
}
Record = dict[str, Any]


def read(name: str) -> list[dict[str, str]]:
    """Return the rows of one table."""
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


def build() -> str:
    """Return the text of the network file."""
    figures, passage = _figures(), _passage()
    nodes = [_record("node", row, figures) for row in read("nodes")]
    links = [_record("link", row, figures) | passage["link"].get(row["id"], {}) for row in read("links")]
    transfers = [
        _record("transfer", row, figures) | passage["transfer"].get(row["id"], {}) for row in read("transfers")
    ]
    position = {row["id"]: [float(row["lon"]), float(row["lat"])] for row in read("nodes")}
    bends: dict[str, list[list[float]]] = defaultdict(list)
    for row in read("bends"):
        bends[row["link"]].append([float(row["lon"]), float(row["lat"])])
    features = [_feature("Point", position[n["id"]], n) for n in nodes]
    features += [_feature("LineString", [position[x["from"]], *bends[x["id"]], position[x["to"]]], x) for x in links]
    features += [_feature("Point", position[t["node"]], t) for t in transfers]
    header = {
        "schema": 1,
        "name": "instc",
        "data_version": DATA_VERSION,
        "base_year": 2025,
        "money_year": 2024,
        "licence": "CC-BY-4.0",
        "history": ["works-under-construction", "suspension-2026"],
        "resources": _balanced(_resources(figures) + _tracks(links, nodes)),
        "tariffs": [_typed(row) for row in read("tariffs")],
        "frictions": [_typed(row) for row in read("frictions")],
        "parameters": [_typed(row) for row in read("parameters")],
        "cargo": [_typed(row) for row in read("cargo")],
        "screenlines": _screenlines(),
        "branches": [_typed(row) for row in read("branches")],
        "contradictions": read("contradictions"),
        "sources": [{k: v for k, v in row.items() if v} for row in read("sources")],
    }
    return _text(header, features)


def _text(header: Record, features: list[Record]) -> str:
    """Write one record a line, so that a change of one figure is a change of one line."""
    lines = ['{"type": "FeatureCollection",', '"corridor": {']
    for key, value in header.items():
        if isinstance(value, list):
            rows = ",\n".join(_line(row) for row in value)
            lines.append(f"{_line(key)}: [\n{rows}\n],")
        else:
            lines.append(f"{_line(key)}: {_line(value)},")
    lines[-1] = lines[-1].removesuffix(",")
    rows = ",\n".join(_line(feature) for feature in features)
    lines.append(f'}},\n"features": [\n{rows}\n]}}\n')
    return "\n".join(lines)


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _feature(kind: str, coordinates: list[Any], properties: Record) -> Record:
    return {
        "type": "Feature",
        "id": properties["id"],
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": properties,
    }


def _figures(table: str = "figures", key: str = "feature") -> dict[str, Record]:
    figures: dict[str, Record] = defaultdict(dict)
    for row in read(table):
        if not row["basis"]:
            continue
        record = figures[row[key]]
        name = row["field"]
        record[name] = _number(row["value"])
        for suffix in FIGURE_SUFFIXES:
            text = row[suffix.removeprefix("_")]
            if text:
                is_number = suffix in ("_low", "_high")
                record[name + suffix] = (
                    _number(text) if is_number else text.split(";") if suffix == "_sources" else text
                )
    return figures


def _passage() -> dict[str, dict[str, Record]]:
    """Return what ways ask of what passes: who runs on them, draught, ice, timetables."""
    found: dict[str, dict[str, Record]] = {"link": defaultdict(dict), "transfer": defaultdict(dict)}
    operators = {row["area"]: row["operator"] for row in read("operators")}
    for row in read("links"):
        areas = row["tariff_area"].split(";")
        if row["mode"] == "rail" and all(a in operators for a in areas):
            found["link"][row["id"]]["operators"] = [operators[a] for a in areas]
    transfers = {row["id"] for row in read("transfers")}
    figures = _figures("passage", "features")
    for row in read("passage"):
        for name in row["features"].split(";"):
            kind = "transfer" if name in transfers else "link"
            typed = _record(kind, {"id": "", row["field"]: row["value"]}, {})
            given = figures[row["features"]] if row["basis"] else typed
            found[kind][name] |= {k: v for k, v in given.items() if k.startswith(row["field"])}
    return found


def _record(feature: str, row: dict[str, str], figures: dict[str, Record]) -> Record:
    record: Record = {"feature": feature}
    for name, text in row.items():
        field = BY_FEATURE[feature].get(name)
        if field is None or not text:
            continue
        if field.kind == "list":
            record[name] = [t.strip() for t in text.split(";") if t.strip()]
        elif field.kind == "months":
            record[name] = [int(t) for t in text.split(";")]
        elif field.kind == "number":
            record[name] = _number(text)
        else:
            record[name] = text
    return record | figures.get(row["id"], {})


def _number(text: str) -> float | int:
    value = float(text)
    return int(value) if value.is_integer() else value


def _typed(row: dict[str, str]) -> Record:
    lists = {
        "sources",
        "needs",
        "between_a",
        "between_b",
        "unless_end_in",
        "base_load_of",
        "also_at",
        "ends",
        "other_ends",
    } | ({"cargo"} if "effect" in row else set())
    record: Record = {}
    for name, text in row.items():
        if not text:
            continue
        if name in lists:
            record[name] = text.split(";")
        else:
            try:
                record[name] = _number(text)
            except ValueError:
                record[name] = text
    return record


def _screenlines() -> list[Record]:
    links = read("screenline_links")
    rows = []
    for row in read("screenlines"):
        crossed = {
            way: [x["link"] for x in links if (x["screenline"], x["southbound"]) == (row["id"], way)]
            for way in ("forward", "backward")
        }
        rows.append(_typed(row) | {way: ids for way, ids in crossed.items() if ids})
    return rows


def _resources(figures: dict[str, Record]) -> list[Record]:
    uses: dict[str, list[Record]] = defaultdict(list)
    for row in read("uses"):
        use: Record = {"feature": row["feature"], "direction": row["direction"]}
        if row["classes"]:
            use["classes"] = row["classes"].split(";")
        if row["empties"] == "yes":
            use["empties"] = True
        uses[row["resource"]].append(use)
    return [_record("resource", row, figures) | {"uses": uses[row["id"]]} for row in read("resources")]


def _balanced(resources: list[Record]) -> list[Record]:
    """Say what part of the other traffic the demand tables hold too."""
    in_demand = {row["resource"]: _number(row["in_demand"]) for row in read("balance")}
    assert set(in_demand) <= {r["id"] for r in resources}, "balance names resources that are gone: run `make data`"
    return [r | ({"base_load_in_demand": in_demand[r["id"]]} if r["id"] in in_demand else {}) for r in resources]


def _tracks(links: list[Record], nodes: list[Record]) -> list[Record]:
    """Return one resource per track direction, its capacity computed where no source decides."""
    names = {n["id"]: n["name"] for n in nodes}
    loads = {(row["link"], row["towards"]): row for row in read("base_load")}
    tracks: dict[str, Record] = {}
    for link in links:
        if link["mode"] != "rail":
            continue
        for start, end, direction in ((link["from"], link["to"], "forward"), (link["to"], link["from"], "backward")):
            stem = SHARED_TRACK.get(link["id"], link["id"])
            name = f"{stem}:to-{end}"
            if name not in tracks:
                tracks[name] = _track(name, link, f"track {names[start]} → {names[end]}")
                tracks[name] |= _track_load(loads.get((link["id"], end)), link)
            tracks[name]["uses"].append({"feature": link["id"], "direction": direction})
    return list(tracks.values())


def _track(name: str, link: Record, title: str) -> Record:
    record: Record = {
        "feature": "resource",
        "id": name,
        "name": title,
        "kind": "track",
        "unit": "trains",
        "per": "day",
        "uses": [],
    }
    if "capacity_trains_day" in link:
        given = "capacity_trains_day"
        return record | {
            "capacity": link[given],
            "capacity_low": link[f"{given}_low"],
            "capacity_high": link[f"{given}_high"],
            "capacity_basis": link[f"{given}_basis"],
            "capacity_sources": link[f"{given}_sources"],
        }
    trains = line_capacity_trains_day(
        length_km=link["length_km"],
        loop_spacing_km=link["loop_spacing_km"],
        speed_kmh=link["running_speed_kmh"],
        tracks=link["tracks"],
        automatic_block="automatic block" in link.get("signalling", ""),
        passenger_pairs_day=link["passenger_pairs_day"],
    )
    basis = "assumed" if link["loop_spacing_km_basis"] == "assumed" else "derived"
    return record | {
        "capacity": round(trains, 2),
        "capacity_basis": basis,
        "capacity_sources": link["loop_spacing_km_sources"],
        "capacity_note": "computed from track, loops and running speed (graphic period)",
    }


def _track_load(row: dict[str, str] | None, link: Record) -> Record:
    if row is None:
        return {}
    trains = {
        key: round(float(row[key]) / DAYS_PER_YEAR / link["train_net_t"], 3)
        for key in ("t_yr", "t_yr_low", "t_yr_high")
    }
    return {
        "base_load": trains["t_yr"],
        "base_load_low": trains["t_yr_low"],
        "base_load_high": trains["t_yr_high"],
        "base_load_basis": row["basis"],
        "base_load_sources": row["sources"].split(";"),
        "base_load_note": f"{float(row['t_yr']) / 1e6:g} Mt a year at {link['train_net_t']:g} t a train",
    }


def main(arguments: list[str]) -> int:
    """Build, or with `--check` say whether the file is what the tables give."""
    text = build()
    if "--check" in arguments:
        if TARGET.read_text(encoding="utf-8") != text:
            print("data/network.geojson is not what data/tables gives; run `make data`", file=sys.stderr)
            return 1
        return 0
    TARGET.write_text(text, encoding="utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {len(text) / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
