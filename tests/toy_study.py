"""A small study that has every feature, written to a folder in the form of the shipped data.

Twelve nodes between a northern port and a southern one: three gauges (1520, 1435, 1676), a yard between the
gauges that counts wagons, a rail ferry, a sea lane that is open from May to November (so one quarter has two
sub-periods), a road with a border limit, a line that is not built yet, a recorded event, projects of which one
requires another and two exclude each other, counts, transit times, and five cargoes. Numbers are assumed.

Until the years and the branch of a study are data, the names that `src/` knows are used here too.
"""

from __future__ import annotations

import csv
import json
import textwrap

from networks import CLASSES, feature, figures

from corridor.io import study_files
from corridor.units import great_circle_km

NODES = {  # id: name, country, kind, lon, lat
    "norport": ("Norport", "RU", "port", 49.0, 46.5),
    "alfa": ("Alfagrad", "RU", "city", 50.0, 53.0),
    "beta": ("Betaburg", "RU", "city", 61.0, 55.0),
    "kordon": ("Kordon", "KZ", "border", 55.0, 44.5),
    "takhta": ("Takhta", "TM", "station", 54.5, 40.5),
    "sarahs": ("Sarahs", "TM", "border", 61.1, 36.55),
    "sarakhs": ("Sarakhs", "IR", "border", 61.2, 36.53),
    "midport": ("Midport", "IR", "port", 50.5, 37.4),
    "capital": ("Capital City", "IR", "city", 51.4, 35.7),
    "southport": ("Southport", "IR", "port", 56.2, 27.1),
    "desert": ("Desert Junction", "PK", "station", 62.5, 29.5),
    "farport": ("Farport", "IN", "port", 70.0, 22.8),
}
CARGOES = {  # id: class, tonnes a wagon, a truck and a TEU, USD an hour, needs
    "grain": ("dry_bulk", 60, 20, None, 0.01, []),
    "container": ("container", 26, 20, 14, 0.5, []),
    "metals": ("breakbulk", 62, 20, None, 0.03, []),
    "oil_products": ("liquid_bulk", 55, 25, None, 0.03, ["tank"]),
    "chilled_food": ("container", 22, 18, 12, 0.9, ["reefer"]),
}
# from, to, carrier, speed, tariff areas, more
LINKS = (
    ("alfa", "norport", "rail1520", 16, ["RU"], {}),
    ("beta", "alfa", "rail1520", 16, ["RU"], {}),
    ("alfa", "kordon", "rail1520", 15, ["RU", "KZ"], {"border_h": 6, "border_usd_t": 1}),
    ("beta", "kordon", "rail1520", 15, ["RU", "KZ"], {"border_h": 6, "border_usd_t": 1}),
    ("kordon", "takhta", "rail1520", 12, ["KZ", "TM"], {"border_h": 10, "border_usd_t": 2}),
    ("takhta", "sarahs", "rail1520", 12, ["TM"], {}),
    ("sarahs", "sarakhs", "rail1520", 12, ["TM", "IR"], {"border_h": 16, "border_usd_t": 2}),
    ("sarakhs", "capital", "rail1435", 14, ["IR"], {}),
    ("capital", "southport", "rail1435", 14, ["IR"], {}),
    ("capital", "desert", "rail1435", 12, ["IR", "PK"], {"border_h": 24, "border_usd_t": 3}),
    ("desert", "farport", "rail1676", 14, ["PK", "IN"], {"border_h": 30, "border_usd_t": 4}),
    ("midport", "capital", "rail1435", 13, ["IR"], {}),
    ("beta", "takhta", "road", 22, ["RU", "KZ", "TM"], {"border_h": 12, "border_usd_t": 3}),
    ("takhta", "capital", "road", 20, ["TM", "IR"], {"border_h": 20, "border_usd_t": 5}),
    ("norport", "midport", "sea", 18, ["caspian"], {"months_open": [5, 6, 7, 8, 9, 10, 11]}),
    ("norport", "midport", "railferry1520", 16, ["caspian"], {"sailings_per_week": 3, "border_h": 12}),
    ("southport", "farport", "sea", 22, ["arabian"], {"sailings_per_week": 4}),
    ("norport", "farport", "sea", 22, ["around"], {"sailings_per_week": 2}),
)
LENGTH = {("norport", "farport"): 9_600.0}  # km, round the continent; elsewhere 1.25 times the great circle
TRANSFERS = (  # node, from, to, hours, USD/t, classes
    ("sarakhs", "rail1520", "rail1435", 48, 6, CLASSES[:4]),
    ("midport", "railferry1520", "rail1435", 36, 5, CLASSES[:4]),
    ("norport", "rail1520", "railferry1520", 12, 2, CLASSES[:4]),
    ("desert", "rail1435", "rail1676", 48, 6, CLASSES[:4]),
    ("norport", "rail1520", "sea", 48, 7, CLASSES[:4]),
    ("midport", "sea", "rail1435", 48, 7, CLASSES[:4]),
    ("southport", "rail1435", "sea", 60, 8, CLASSES[:4]),
    ("norport", "sea", "door", 24, 3, CLASSES[:4]),
    ("midport", "sea", "door", 24, 3, CLASSES[:4]),
    ("southport", "sea", "door", 24, 3, CLASSES[:4]),
    ("farport", "sea", "door", 24, 3, CLASSES[:4]),
    ("takhta", "rail1520", "road", 12, 5, CLASSES[:4]),
)
RESOURCES = (  # id, name, kind, unit, per, capacity, base load, uses, empties
    ("sarakhs-yard", "gauge change at Sarakhs", "yard", "wagons", "day", 60, 12, ["sarakhs:rail1520-rail1435"], True),
    ("kordon-track", "track Kordon – Takhta", "track", "trains", "day", 4, 2, ["kordon-takhta-rail-1520"], False),
    ("takhta-road", "road border at Takhta", "border", "trucks", "day", 60, 30, ["takhta-capital-road"], False),
    ("caspian-ferry", "rail ferry", "ferry", "wagons", "day", 30, 4, ["norport-midport-ferry-1520"], True),
    ("midport-quay", "quay at Midport", "port", "t", "year", 600_000, 100_000, ["midport:sea-rail1435", "midport:sea-door"], False),
    ("southport-boxes", "boxes at Southport", "terminal", "TEU", "year", 60_000, 20_000, ["southport:rail1435-sea"], False),
    ("locomotives-ir", "freight locomotives", "locomotives", "locomotives", "day", 90, None, ["capital-southport-rail-1435"], False),
)  # fmt: skip
PLANNED = ("midport", "sarakhs", "rail1435", 15, ["IR"], {"opening_year": 2029})
PARAMETERS = {
    "peak_day_ratio": 1.15, "empty_return_share": 0.5, "border_tariff_split": 0.5, "train_net_t": 2500, "train_wagons": 45,
    "container_speed_ratio.other": 1.2, "range_low.assumed": 0.7, "range_high.assumed": 1.4, "range_low.derived": 0.8,
    "range_high.derived": 1.25, "draw_correlation": 0.5, "chance.under_construction": 0.95, "chance.planned": 0.6,
    "chance.proposed": 0.2, "chance.stays": 0.1, "chance.repeats": 0.05, "emission_g_tkm.rail_diesel": 28,
    "emission_g_tkm.rail_electric": 12, "emission_g_tkm.road": 90, "emission_g_tkm.ferry": 40, "carbon_price_usd_kg": 0,
    **{f"emission_g_tkm.sea.{area}": 10 for area in ("caspian", "arabian", "around")},
    **{f"wait_h.{kind}.{area}": 24 for kind in ("sea", "ferry") for area in ("caspian", "arabian", "around")},
    **{f"wait_h.rail.{area}": 24 for area in ("RU", "KZ", "TM", "IR", "PK", "IN")},
    **{f"choice_scale_t_usd.{c}": 0.06 for c in CLASSES},
    **{f"loading_h.{kind}.{c}": 24 for kind in ("rail", "road") for c in CLASSES},
    **{f"loading_usd_t.{kind}.{c}": 3 for kind in ("rail", "road") for c in CLASSES},
}  # fmt: skip
RATES = {"rail1520": 0.022, "rail1435": 0.018, "rail1676": 0.02, "road": 0.06, "sea": 0.008, "railferry1520": 0.03}
DEMAND = (  # origin and destination zone, cargo, tonnes a year
    ("RU", "IR", "grain", 900_000), ("RU", "IR", "metals", 300_000), ("RU", "IR", "container", 150_000),
    ("RU", "IN", "container", 120_000), ("RU", "IN", "metals", 200_000), ("RU_U", "IR", "oil_products", 150_000),
    ("RU_U", "IR", "grain", 400_000), ("KZ", "IR", "grain", 500_000), ("KZ", "IN", "metals", 80_000),
    ("IR", "RU", "chilled_food", 250_000), ("IR", "RU_U", "container", 90_000), ("IN", "RU", "container", 140_000),
    ("IN", "KZ", "chilled_food", 40_000), ("IR", "PK", "oil_products", 200_000), ("PK", "RU", "grain", 60_000),
)  # fmt: skip
ZONES = {  # zone: country, nodes with weights
    "RU": ("RU", {"alfa": 0.7, "norport": 0.3}),
    "RU_U": ("RU", {"beta": 1.0}),
    "KZ": ("KZ", {"kordon": 1.0}),
    "IR": ("IR", {"capital": 0.8, "southport": 0.2}),
    "PK": ("PK", {"desert": 1.0}),
    "IN": ("IN", {"farport": 1.0}),
}
PROJECTS = """
- {id: yard-90, name: A second track at Sarakhs, works: [yard-90], status: planned, cost_musd: 20, requires: [],
   excludes: [], year: {low: 2026, central: 2027, high: 2029}, why: assumed, sources: [K],
   edits: [{set: sarakhs-yard, field: capacity, to: 90}]}
- {id: yard-150, name: A third track at Sarakhs, works: [yard-150], status: proposed, cost_musd: 45, requires: [yard-90],
   excludes: [], year: {low: 2028, central: 2029, high: 2032}, why: assumed, sources: [K],
   edits: [{set: sarakhs-yard, field: capacity, to: 150}]}
- {id: coast-line, name: Railway Midport - Sarakhs, works: [coast-line], status: planned, cost_musd: 900, requires: [],
   excludes: [faster-line], year: {low: 2028, central: 2029, high: 2033}, why: assumed, sources: [K],
   edits: [{open: midport-sarakhs-rail-1435}]}
- {id: faster-line, name: A faster line to the south, works: [faster-line], status: proposed, cost_musd: null, requires: [],
   excludes: [coast-line], year: {low: 2027, central: 2029, high: 2031}, why: assumed, sources: [K],
   edits: [{scale: capital-southport-rail-1435, field: speed_kmh, by: 1.4}]}
"""
SCENARIOS = {
    "suspension-2026": """
        edits:
          - {close: [sarakhs-yard, takhta-road], years: 2026, months: [3]}
          - {scale: [sarakhs-yard, takhta-road], field: capacity, by: 0.5, years: 2026, months: [4, 5, 6, 7, 8, 9, 10, 11, 12]}
    """,
    "works-under-construction": """
        edits:
          - {set: midport-quay, field: capacity, to: 800000, years: 2027-}
    """,
    "no-suspension": """
        edits: []
        without: [suspension-2026]
    """,
    "port-closed": """
        edits:
          - close: [midport-quay]
    """,
    "more-grain": """
        edits: []
        demand:
          - {scale: {origins: [RU], destinations: [IR], cargoes: [grain]}, by: 1.5, years: 2027-}
    """,
}
COUNTS = (  # at, from, to, branch, Mt, kind
    ("bolashak", "2024-01-01", "2024-12-31", "", 1.2, "counted"),
    ("tm_ir_rail", "2024-01-01", "2024-12-31", "", 0.9, "counted"),
    ("tm_ir_rail", "2024-01-01", "2024-12-31", "eastern", 0.5, "derived"),
    ("tm_ir_rail", "2024-01-01", "2024-12-31", "eastern", 2.0, "claim"),
    ("tm_ir_rail", "2030-01-01", "2030-12-31", "eastern", 5.0, "target"),
    ("bolashak", "2025-01-01", "2025-06-30", "", 0.65, "counted"),
)
GATES = (  # id, nest, through, not through
    ("midport-ship", "ship", "norport-midport-sea;norport-midport-ferry-1520", "takhta-capital-road"),
    ("sarakhs-rail", "east", "tm_ir_rail", "takhta-capital-road"),
    ("takhta-road", "east", "takhta-capital-road", ""),
    ("around", "ocean", "norport-farport-sea", ""),
)
TIMES = (  # name, low and high days, start, end, cargo, modes, avoid
    ("Alfagrad – Capital City by rail", 10, 25, "alfa", "capital", "container", "rail", "norport"),
    ("Alfagrad – Farport by sea", 20, 60, "alfa", "farport", "container", "", ""),
)


SETTINGS = """
name: toy
years: {base: 2024, last: 2030, choice_set: [2024, 2026, 2030]}
branch: eastern
start: {origin: alfa, destination: capital, cargo: grain}
cargo_groups: {bulk: [grain]}
events: {construction: works-under-construction, uncertain: {scenario: suspension-2026}}
"""


def write_study(folder):
    """Write the study; return its folder."""
    (folder / "tables").mkdir(parents=True)
    (folder / "scenarios").mkdir()
    (folder / "network.geojson").write_text(json.dumps(network_record()), encoding="utf-8")
    (folder / "study.yaml").write_text(SETTINGS, encoding="utf-8")
    (folder / "outline.geojson").write_text(json.dumps(outline_record()), encoding="utf-8")
    (folder / "projects.yaml").write_text(PROJECTS, encoding="utf-8")
    for name, text in SCENARIOS.items():
        body = f"name: {name}\nwhy: assumed\n" + textwrap.dedent(text)
        (folder / "scenarios" / f"{name}.yaml").write_text(body, encoding="utf-8")
    for name, rows in tables().items():
        with (folder / "tables" / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


def outline_record():
    """Return land in the east and a sea in it."""
    shapes = {"land": [[40, 20], [80, 20], [80, 60], [40, 60]], "sea": [[47, 37], [54, 37], [54, 46], [47, 46]]}
    areas = [
        {"type": "Feature", "properties": {"kind": kind, "name": kind},
         "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}}
        for kind, ring in shapes.items()
    ]  # fmt: skip
    return {"type": "FeatureCollection", "features": areas}


def network_record():
    """Return the network as GeoJSON."""
    links = [link_of(*row) for row in LINKS]
    links.append(link_of(*PLANNED, status="planned"))
    transfers = [transfer_of(*row) for row in TRANSFERS]
    nodes = [
        feature("node", i, [lon, lat], name=name, country=country, kind=kind)
        for i, (name, country, kind, lon, lat) in NODES.items()
    ]
    return {"type": "FeatureCollection", "corridor": header_record(), "features": [*nodes, *links, *transfers]}


def link_of(start, end, carrier, speed, areas, more, status="operating"):
    mode = {"road": "road", "sea": "sea"}.get(carrier, "ferry" if carrier.startswith("railferry") else "rail")
    gauge = int(carrier[-4:]) if carrier[-4:].isdigit() else None
    km = LENGTH.get((start, end), round(1.25 * great_circle_km(NODES[start][3:], NODES[end][3:]), 1))
    name = f"{start}-{end}-{mode}" + (f"-{gauge}" if gauge else "")
    plain = {k: v for k, v in more.items() if k == "months_open"}
    sourced = {k: v for k, v in more.items() if k != "months_open"}
    if mode == "rail":
        sourced |= {"train_net_t": 2500, "train_wagons": 45}
        plain |= {"reefer": "yes", "tank": "yes"}
    if gauge:
        plain |= {"gauge_mm": gauge}
    return feature(
        "link", name, [list(NODES[n][3:]) for n in (start, end)], mode=mode, carrier=carrier, status=status,
        tariff_area=areas, **{"from": start, "to": end}, **plain, **figures(length_km=km, speed_kmh=speed, **sourced),
    )  # fmt: skip


def transfer_of(node, start, end, hours, usd_t, classes):
    served = {f"{c}_{unit}": x for c in classes for unit, x in (("h", hours), ("usd_t", usd_t))}
    return feature(
        "transfer", f"{node}:{start}-{end}", list(NODES[node][3:]), node=node, status="operating", reefer="yes",
        tank="yes", **{"from": start, "to": end}, **figures(**served),
    )  # fmt: skip


def header_record():
    pairs = sorted({(area, row[2]) for row in (*LINKS, PLANNED) for area in row[4]})
    return {
        "schema": 1, "name": "toy", "data_version": "1", "base_year": 2025, "money_year": 2024,
        "history": ["suspension-2026", "works-under-construction"],
        "resources": [resource_record(*row) for row in RESOURCES],
        "tariffs": [
            {"area": area, "carrier": carrier, "cargo": c, "usd_tkm": RATES[carrier], "fixed_usd_t": 2, "discount": 0,
             "basis": "assumed", "sources": ["K"]}
            for area, carrier in pairs for c in CLASSES
        ],
        "frictions": [
            {"id": "payment", "name": "payment", "effect": "charge", "where": "IR", "usd_t": 4, "basis": "assumed",
             "sources": ["K"]},
        ],
        "parameters": [
            {"id": name, "value": value, "basis": "assumed", "sources": ["K"]} for name, value in PARAMETERS.items()
        ],
        "cargo": [
            {"id": name, "name": name.replace("_", " "), "class": c, "t_per_wagon": wagon, "t_per_truck": truck,
             **({"t_per_teu": teu} if teu else {}), "value_of_time_usd_t_h": hour, **({"needs": needs} if needs else {}),
             "basis": "assumed", "sources": ["K"]}
            for name, (c, wagon, truck, teu, hour, needs) in CARGOES.items()
        ],
        "screenlines": [
            {"id": "tm_ir_rail", "name": "railways across the border", "forward": ["sarahs-sarakhs-rail-1520"],
             "base_load_of": ["sarakhs-yard"]},
            {"id": "bolashak", "name": "Kordon – Takhta", "forward": ["kordon-takhta-rail-1520"], "base_load_of": []},
            {"id": "caspian", "name": "across the sea", "forward": ["norport-midport-sea", "norport-midport-ferry-1520"],
             "base_load_of": []},
        ],
        "branches": [
            {"id": "eastern", "name": "eastern branch", "screenline": "tm_ir_rail", "also_at": ["bolashak"],
             "ends": ["RU", "KZ"]},
            {"id": "western", "name": "across the sea", "screenline": "caspian", "ends": ["RU"], "other_ends": ["IR"]},
        ],
        "sources": [{"id": "K", "title": "assumed for tests"}],
        "contradictions": [],
    }  # fmt: skip


def resource_record(name, text, kind, unit, per, capacity, base_load, uses, empties):
    base = {} if base_load is None else {"base_load": base_load}
    return {
        "feature": "resource", "id": name, "name": text, "kind": kind, "unit": unit, "per": per,
        **figures(capacity=capacity, **base), "uses": [{"feature": u, "direction": "both", "empties": empties} for u in uses],
    }  # fmt: skip


def tables():
    """Return the tables of demand and counts as records."""
    rests = {"basis": "assumed", "sources": "K"}
    ends = ("origin_zone", "destination_zone", "cargo")
    return {
        "demand": [
            {**dict(zip(ends, row, strict=False)), "t_yr": row[3], "t_yr_low": row[3] * 0.7, "t_yr_high": row[3] * 1.4,
             "share_in_network": 1, **rests, "note": ""}
            for row in DEMAND
        ],
        "willingness": [
            {**dict(zip(ends, row, strict=False)), "willing_usd_t": 320, "willing_low": 240, "willing_high": 480, **rests}
            for row in DEMAND
        ],
        "zones": [
            {"zone": zone, "country": country, "cargo": "", "node": node, "weight": weight, **rests, "note": ""}
            for zone, (country, nodes) in ZONES.items() for node, weight in nodes.items()
        ],
        "growth": [
            {"id": "ru-ir-grain", "origins": "RU", "destinations": "IR", "cargoes": "grain", "kind": "kt_2030", "low": 1000,
             "central": 1600, "high": 2400, **rests, "note": ""},
            {"id": "rest", "origins": "", "destinations": "", "cargoes": "", "kind": "percent", "low": 0, "central": 2,
             "high": 5, **rests, "note": ""},
        ],
        "seasons": [
            {"id": "grain", "origins": "", "destinations": "", "cargoes": "grain", "q1": 0.2, "q2": 0.1, "q3": 0.3,
             "q4": 0.4, **rests, "note": ""},
            {"id": "even", "origins": "", "destinations": "", "cargoes": "", "q1": 0.25, "q2": 0.25, "q3": 0.25, "q4": 0.25,
             **rests, "note": ""},
        ],
        "gates": [
            {"id": name, "nest": nest, "through": through, "and_through": "", "not_through": without, "note": ""}
            for name, nest, through, without in GATES
        ],
        "counts": [
            {"id": f"{line}-{start[:4]}-{kind}-{branch}", "at": line, "cargo": "all", "direction": "both", "branch": branch,
             "from": start, "to": end, "mt": mt, "low": "", "high": "", "kind": kind, "sources": "K", "note": ""}
            for line, start, end, branch, mt, kind in COUNTS
        ],
        "times": [
            {"name": name, "kind": "assumed", "low_days": low, "high_days": high, "start": start, "end": end,
             "cargo": cargo, "modes": modes, "via": "", "avoid": avoid, "why": ""}
            for name, low, high, start, end, cargo, modes, avoid in TIMES
        ],
    }  # fmt: skip


def use_as_shipped(folder, monkeypatch):
    """Let a study's folder stand in for the shipped data in this process, until the patch is undone."""
    monkeypatch.setattr(study_files, "data_folder", lambda: folder)
