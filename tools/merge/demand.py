"""Demand: totals between zones by any way of going, where zones stand, how trade grows, when it moves."""

from __future__ import annotations

import csv
from pathlib import Path

from tools.merge.dossiers import Ledger, read

HERE = Path(__file__).resolve().parent

# Zones stand at other places than the dossier's stand-ins where the network has the real ones.
STANDS: dict[str, tuple[str, str]] = {
    "RU_U": (
        "yekaterinburg:0.35;chelyabinsk:0.3;orenburg:0.2;orsk:0.15",
        "petroleum_products=orenburg:0.5;orsk:0.5|metals=chelyabinsk:0.6;orsk:0.2;yekaterinburg:0.2|fertiliser=perm:1",
    ),
    "RU_SIB": ("omsk:1", ""),
    "KZ_N": ("kostanay:0.4;petropavl:0.3;astana:0.3", "metals=astana:1|coal=astana:1"),
    "CN_W": ("xian:1", ""),
    # Bojnurd hangs on a planned line only.
    "IR_NE": ("mashhad:0.9;neyshabur:0.1", ""),
    "IN_W": (
        "mundra:0.4;mumbai:0.4;kandla:0.2",
        "container=mumbai:0.5;mundra:0.5|petroleum_products=kandla:1|fertiliser=kandla:0.5;mundra:0.5",
    ),
    "EU": ("constanta:1", "sulphur=ust_luga:0.75;novorossiysk:0.25"),
}

# Trade of Iran, India and Pakistan enters Afghanistan from the west; the dossier's zone stands at the gates of
# its trade with the north, which would send Iranian cement round by Turkmenistan.
AFGHAN_WEST = ("AF_W", "AF", "Afghanistan, west gate", "herat:1", "AF_NW")
FROM_WEST = ("IR", "IN", "PK")

# Trade whose usual way is not in the network cannot choose: what goes by it is left out, and says so.
LEFT_OUT: dict[tuple[str, str, str], tuple[float, str]] = {
    ("CN_W", "EU", "container"): (
        0.0,
        "nine tenths go by Poland, which is not in the network; the tenth by the Caspian stays other traffic",
    ),
    ("CN_W", "IR_N", "container"): (
        0.1,
        "nine tenths and more go by sea (D131), and no sea lane of China is in the network",
    ),
    ("CN_W", "IR_CS", "container"): (
        0.1,
        "nine tenths and more go by sea (D131), and no sea lane of China is in the network",
    ),
    ("CN_W", "TR", "container"): (
        0.2,
        "assumed: most of it goes by Russia and by sea; all boxes of the Middle Corridor were 56.5 kTEU in 2024",
    ),
    ("EU", "KZ_S", "container"): (
        0.2,
        "assumed: most of it goes by Poland, Belarus and Russia, which are not in the network",
    ),
    ("EU", "KZ_W", "container"): (
        0.2,
        "assumed: most of it goes by Poland, Belarus and Russia, which are not in the network",
    ),
    ("RU_SIB", "IN_W", "coal"): (
        0.7,
        "three tenths leave by the Far East ports (K), which are not in the network",
    ),
}

# Rows that counts contradict: tonnes with range, sources, reason.
REVISED: dict[tuple[str, str, str], tuple[float, float, float, str, str]] = {
    ("TM", "RU_S", "petroleum_products"): (
        50_000,
        10_000,
        100_000,
        "NS50;NS67",
        "the oil of Makhachkala is Kazakh: 1.984 of 2.084 Mt in 2023",
    ),
}
# Rows of counts that the dossier of trade lacks, between zones of their own: KZ_AKT and RU_MKH are two quays.
ADDED: tuple[tuple[str, str, str, float, float, float, str, str], ...] = (
    (
        "KZ_AKT",
        "RU_MKH",
        "petroleum_products",
        1_950_000,
        1_900_000,
        2_000_000,
        "NS50;NS51;NS67",
        "crude Aktau - Makhachkala: 1.98 Mt in 2023, 1.6 in ten months of 2024; sea only",
    ),
)
BY_ASTARA = "rail cargo of Russia and Iran is reloaded at Astara: 777 kt there, 814 kt at Samur (D96;D99;C152)"
# Rows that some gates do not carry (all that fit apply): origins, destinations, cargoes, gates or nests, reason.
CAPTIVE: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "TM",
        "IR_BAP",
        "sulphur",
        "rail-sarakhs",
        "1.4 Mt by Sarakhs and Bandar Abbas were counted, no other way seen (D34)",
    ),
    ("KZ_AKT", "RU_MKH", "petroleum_products", "caspian-russia", "quay to quay by tanker (NS50)"),
    ("KZ_W", "AZ", "petroleum_products", "middle-aktau", "tankers Aktau - Dubendi (NS51)"),
    ("TM", "AZ", "petroleum_products", "middle-ship;middle-ferry", "tankers and ferries of Turkmenbashi (NS51)"),
    ("RU", "IR", "grain", "!caspian-aktau", "grain of Aktau is Kazakh (D45;D46)"),
    ("RU;BY", "IR;IN;AE;PK", "", "!samur-iran", BY_ASTARA),
    ("IR;IN;AE;PK", "RU;BY", "", "!samur-iran", BY_ASTARA),
    ("KZ", "TM", "coal", "other", "by land"),
    ("RU", "IN", "coal;fertiliser", "black-sea;baltic;other", "9.5 kt of 25 Mt of coal went by Iran (D60)"),
)
QUAYS = (
    ("KZ_AKT", "KZ", "oil berths of Aktau", "aktau"),
    ("RU_MKH", "RU", "oil berths of Makhachkala", "makhachkala"),
)

# id: (label of the dossier's row, origins, destinations, cargoes); the first that fits holds.
GROWTH: tuple[tuple[str, str, str, str, str], ...] = (
    ("ru-ir-grain", "RU-IR grain", "RU", "IR", "grain"),
    ("ru-ir-oil", "RU-IR oilseeds_vegoil", "RU", "IR", "oilseeds_vegoil"),
    ("ru-ir-timber", "RU-IR timber_paper", "RU;BY", "IR", "timber_paper"),
    (
        "ru-ir-industry",
        "RU-IR metals, chemicals, machinery",
        "RU;BY",
        "IR",
        "metals;chemicals_polymers;machinery_vehicles",
    ),
    ("ru-ir-fertiliser", "RU-IR fertiliser", "RU;BY", "IR", "fertiliser"),
    ("ru-ir-petroleum", "RU-IR/PK petroleum_products by rail", "RU", "IR;PK", "petroleum_products"),
    ("ru-ir-boxes", "RU-IR-IN-AE container by INSTC", "RU", "IR;AE", "container"),
    ("ir-ru-boxes", "RU-IR-IN-AE container by INSTC", "IR;AE", "RU", "container"),
    ("ir-ru-food", "IR-RU chilled_food", "IR", "RU", "chilled_food"),
    ("ir-ru-cement", "IR-RU cement_building", "IR", "RU", "cement_building"),
    ("ir-ru-chemicals", "IR-RU chemicals_polymers", "IR", "RU", "chemicals_polymers"),
    ("ru-in-coal", "RU-IN coal", "RU", "IN", "coal"),
    ("ru-in-fertiliser", "RU-IN fertiliser", "RU", "IN", "fertiliser"),
    ("ru-in-oil", "RU-IN oilseeds_vegoil", "RU", "IN", "oilseeds_vegoil"),
    ("ru-in-boxes", "RU-IN containers", "RU", "IN", "container"),
    ("in-ru-boxes", "RU-IN containers", "IN", "RU", "container"),
    ("kz-ir-grain", "KZ-IR grain", "KZ", "IR", "grain"),
    ("kz-af-food", "KZ-AF flour_food_dry", "KZ", "AF", "flour_food_dry"),
    ("kz-tm-food", "KZ-TM grain and food", "KZ", "TM", "grain;flour_food_dry"),
    ("ru-tm", "RU-TM all", "RU", "TM", ""),
    ("tm-ru", "TM-RU all", "TM", "RU", ""),
    ("tm-sulphur", "TM sulphur by Iran", "TM", "IR", "sulphur"),
    ("tm-urea", "TM urea", "TM", "", "fertiliser"),
    ("ir-central-asia", "IR-TM/UZ all", "IR", "TM;UZ", ""),
    ("cn-west-boxes", "CN-EU/TR/GE land containers", "CN", "EU;TR;GE;AZ", "container"),
    ("kz-caucasus", "KZ-AZ-GE mutual trade", "KZ;AZ;GE", "KZ;AZ;GE", ""),
    ("caspian-eu", "KZ-AZ-GE trade with EU", "KZ;AZ;GE", "EU", ""),
    ("eu-caspian", "KZ-AZ-GE trade with EU", "EU", "KZ;AZ;GE", ""),
    ("ru-caucasus", "RU-AZ, RU-GE all", "RU", "AZ;GE", ""),
    ("caucasus-ru", "RU-AZ, RU-GE all", "AZ;GE", "RU", ""),
    ("from-central-asia", "Central Asia trade turnover", "KZ;UZ;TM", "", ""),
    ("to-central-asia", "Central Asia trade turnover", "", "KZ;UZ;TM", ""),
)
# Rows of the growth table that are not trade growth, and where they went.
NOT_GROWTH = {
    "INSTC all, EDB potential": "forecast of a corridor, not of trade: in observations",
    "INSTC extra freight 2022-2025, EDB": "forecast of a corridor, not of trade: in observations",
    "RU-IN trade value": "value, mostly crude oil: not for tonnes",
    "CN-IR by rail": "volume of one way, not of trade: in observations",
    "TITR all": "volume of one way, not of trade: in observations",
    "West rail North-South transit": "volume of one way, not of trade: in observations",
}
SEASONS: tuple[tuple[str, str, str, str, tuple[float, ...], str, str, str], ...] = (
    (
        "ru-ir-grain",
        "RU",
        "IR",
        "grain",
        (0.27, 0.23, 0.25, 0.25),
        "derived",
        "D11;D15;D107;D9;K",
        "January to March 0.27 (0.22-0.35), July to December 0.5 (0.42-0.68), assumed even within",
    ),
    (
        "kz-ir-grain",
        "KZ",
        "IR",
        "grain",
        (0.17, 0.08, 0.15, 0.60),
        "derived",
        "D50;D47;K",
        "September to December 0.75 (0.55-0.85); how the rest falls is assumed",
    ),
    (
        "ir-ru-food",
        "IR",
        "RU",
        "chilled_food",
        (0.32, 0.32, 0.15, 0.21),
        "derived",
        "D101;K",
        "December to June 0.75 (0.65-0.85), assumed even within",
    ),
    ("grain", "", "", "grain", (0.25, 0.15, 0.30, 0.30), "assumed", "K", "harvest from July"),
    ("other", "", "", "", (0.25, 0.25, 0.25, 0.25), "assumed", "K", "no season found"),
)


def merge_demand(folder: Path, ledger: Ledger) -> list[dict[str, str]]:
    """Carry the base year over, in tonnes; what the network cannot carry fairly is left out by a share."""
    rows = []
    for row in read(folder, "demand", "od_2024"):
        ledger.record(row, "merged", "demand")
        key = (*_afghan_gate(row["origin_zone"], row["destination_zone"]), row["cargo"])
        share, why = LEFT_OUT.get(key, (1.0, ""))
        rows.append(
            {
                "origin_zone": key[0],
                "destination_zone": key[1],
                "cargo": key[2],
                "t_yr": _tonnes(row["kt_total"]),
                "t_yr_low": _tonnes(row["low"]),
                "t_yr_high": _tonnes(row["high"]),
                "share_in_network": f"{share:g}",
                "basis": "assumed" if row["source_ids"] == "K" else "derived",
                "sources": row["source_ids"],
                "note": "; ".join(t for t in (row["derivation"], why) if t),
            }
        )
    for row in rows:
        revised = REVISED.get((row["origin_zone"], row["destination_zone"], row["cargo"]))
        if revised is not None:
            tonnes, low, high, sources, why = revised
            for column, value in (("t_yr", tonnes), ("t_yr_low", low), ("t_yr_high", high)):
                row[column] = f"{value:.10g}"
            row |= {"basis": "derived", "sources": sources, "note": why}
    for origin, destination, cargo, tonnes, low, high, sources, why in ADDED:
        numbers = {"t_yr": f"{tonnes:.10g}", "t_yr_low": f"{low:.10g}", "t_yr_high": f"{high:.10g}"}
        ends = {"origin_zone": origin, "destination_zone": destination, "cargo": cargo}
        rows.append({**ends, **numbers, "share_in_network": "1", "basis": "derived", "sources": sources, "note": why})
    for row in rows:
        row |= {"nests_allowed": "", **_captive(row)}
    return sorted(rows, key=lambda r: (r["origin_zone"], r["destination_zone"], r["cargo"]))


def _captive(row: dict[str, str]) -> dict[str, str]:
    """Return the gates that a row may use, and its note with the reasons; nothing if it is not captive."""

    def is_in(column: str, listed: str) -> bool:
        return any(row[column] == z or row[column].startswith(f"{z}_") for z in listed.split(";"))

    found = [
        (gates, why)
        for origins, destinations, cargoes, gates, why in CAPTIVE
        if is_in("origin_zone", origins)
        and is_in("destination_zone", destinations)
        and (not cargoes or row["cargo"] in cargoes.split(";"))
    ]
    if not found:
        return {}
    note = "; ".join(filter(None, (row["note"], *(f"captive: {why}" for _, why in found))))
    return {"nests_allowed": ";".join(gates for gates, _ in found), "note": note}


def _afghan_gate(origin: str, destination: str) -> tuple[str, str]:
    west, north = AFGHAN_WEST[0], AFGHAN_WEST[-1]
    if destination == north and origin.startswith(FROM_WEST):
        return origin, west
    return (west, destination) if origin == north and destination.startswith(FROM_WEST) else (origin, destination)


def _tonnes(kt: str) -> str:
    return f"{float(kt) * 1000:.10g}"


def merge_zones(folder: Path, ledger: Ledger) -> list[dict[str, str]]:
    """Return one row per zone, cargo with places of its own, and place."""
    rows = []
    west = dict(zip(("zone", "country", "name", "nodes_weights"), AFGHAN_WEST, strict=False))
    given = [*read(folder, "demand", "zones"), west | {"cargo_overrides": "", "notes": "of Iranian and Indian trade"}]
    for row in given:
        if not isinstance(row, dict):
            ledger.record(row, "merged", "zones")
        weights, overrides = STANDS.get(row["zone"], (row["nodes_weights"], row["cargo_overrides"]))
        parts = [("", weights)] + [tuple(p.split("=", 1)) for p in overrides.split("|") if p]
        for cargo, listed in parts:
            for pair in listed.split(";"):
                node, weight = pair.split(":")
                rows.append(
                    {
                        "zone": row["zone"],
                        "country": row["country"],
                        "name": row["name"],
                        "cargo": cargo,
                        "node": node,
                        "weight": weight,
                        "basis": "assumed",
                        "sources": "K",
                        "note": "" if row["zone"] in STANDS else row["notes"],
                    }
                )
    fixed = {"cargo": "", "weight": "1", "basis": "derived", "sources": "NS50", "note": "sea only"}
    rows += [{"zone": z, "country": c, "name": name, "node": node, **fixed} for z, c, name, node in QUAYS]
    return rows


def merge_growth(folder: Path, ledger: Ledger) -> list[dict[str, str]]:
    """Return the rules of growth, the most special first; war factors and elasticities are not growth."""
    found = {}
    for row in read(folder, "demand", "growth"):
        label = row["cargo_or_od"]
        if label.startswith("season"):
            ledger.record(row, "merged", "seasons")
        elif label.startswith("war factor"):
            ledger.record(row, "superseded", "", "closures act through the network: event suspension-2026")
        elif label.startswith(("elasticity", "diversion")):
            ledger.record(row, "deferred", "", "a check of the choice scale, for calibration")
        elif label in NOT_GROWTH:
            ledger.record(
                row,
                "merged" if "observations" in NOT_GROWTH[label] else "superseded",
                "observations",
                NOT_GROWTH[label],
            )
        else:
            ledger.record(row, "merged", "growth")
            found[label] = row
    used = {label for _, label, *_ in GROWTH}
    assert used == set(found), used ^ set(found)
    rows = [
        {
            "id": name,
            "origins": origins,
            "destinations": destinations,
            "cargoes": cargoes,
            "kind": "kt_2030" if found[label]["unit"] == "kt in 2030" else "percent",
            "low": found[label]["low"],
            "central": found[label]["central"],
            "high": found[label]["high"],
            "basis": "assumed" if found[label]["source_ids"] == "K" else "derived",
            "sources": found[label]["source_ids"],
            "note": found[label]["derivation"],
        }
        for name, label, origins, destinations, cargoes in GROWTH
    ]
    rest = {"id": "other", "kind": "percent", "low": "-1", "central": "2", "high": "5", "basis": "assumed"}
    return [*rows, {**rest, "origins": "", "destinations": "", "cargoes": "", "sources": "K", "note": "no row fits"}]


def seasons() -> list[dict[str, str]]:
    """Return the shares of the quarters by cargo and pair, the most special first."""
    return [
        {
            "id": name,
            "origins": origins,
            "destinations": destinations,
            "cargoes": cargoes,
            **{f"q{i}": f"{share:g}" for i, share in enumerate(shares, 1)},
            "basis": basis,
            "sources": sources,
            "note": note,
        }
        for name, origins, destinations, cargoes, shares, basis, sources, note in SEASONS
    ]


def hand_table(name: str) -> list[dict[str, str]]:
    """Return a table that was chosen by hand and stands beside this file."""
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


def screenline_links(links: dict[str, dict[str, str]]) -> list[dict[str, str]]:
    """Return which links cross each screenline, and which way is southbound."""
    rows = []

    def cross(screenline: str, name: str, start: str) -> None:
        link = links[name]
        south = "forward" if link["from"] == start else "backward"
        assert start in (link["from"], link["to"]), name
        rows.append({"screenline": screenline, "link": name, "southbound": south})

    pairs = {
        "bolashak": (("bolashak", "serhetyaka"),),
        "sarakhs": (("sarahs", "sarakhs"),),
        "incheh_borun": (("akyayla", "incheh_borun"),),
        "tm_ir_rail": (("sarahs", "sarakhs"), ("akyayla", "incheh_borun"), ("artyk", "lotfabad")),
        "samur": (("samur", "yalama"),),
        "astara": (("astara_az", "astara_ir"),),
    }
    for screenline, ends in pairs.items():
        for start, end in ends:
            for name, link in links.items():
                if link["mode"] == "rail" and {link["from"], link["to"]} == {start, end}:
                    cross(screenline, name, start)
    for name, link in links.items():
        ends_here = {link["from"], link["to"]}
        if link["mode"] not in ("sea", "ferry", "river") or link["status"] != "operating":
            continue
        if "vkmsk_mouth" in ends_here and ends_here & {"astrakhan_port", "olya_port"}:
            cross("caspian_ru", name, next(iter(ends_here - {"vkmsk_mouth"})))
        if "makhachkala" in ends_here and "vkmsk_mouth" not in ends_here:
            cross("caspian_ru", name, "makhachkala")
        for port in sorted(ends_here & {"aktau", "kuryk"}):
            cross("aktau_kuryk", name, port)
        if "suez" in ends_here and not ends_here & {"bosporus", "st_petersburg", "ust_luga"}:
            cross("suez", name, "suez")
    return sorted(rows, key=lambda r: (r["screenline"], r["link"]))
