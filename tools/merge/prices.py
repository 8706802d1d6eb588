"""Merge tariffs, parameters, sources, observations and works."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from tools.merge.demand import NOT_GROWTH as NOT_TRADE
from tools.merge.demand import hand_table
from tools.merge.dossiers import DOSSIERS, Ledger, Row, read
from tools.merge.reference_class import new_sources

PROJECTS = Path(__file__).resolve().parent.parent.parent / "data" / "projects.yaml"
# Rows of the tariff table that are no tariff: check values, surcharges, hire by the day.
CHECK_VALUES = ("mean_revenue", "claim_whole_branch", "cpmm_full_tariff")
CHINA = [
    ("container", 0.012, 0.018, 0.03, 3.0),
    ("dry_bulk", 0.015, 0.022, 0.035, 2.0),
    ("liquid_bulk", 0.018, 0.027, 0.045, 2.0),
    ("breakbulk", 0.018, 0.027, 0.045, 3.0),
    ("roro", 0.03, 0.05, 0.08, 5.0),
]


def merge_tariffs(folder: Path, ledger: Ledger) -> tuple[list[dict[str, str]], list[Row]]:
    """Return one tariff per area, carrier and class, and the rows that are surcharges."""
    tariffs, surcharges = [], []
    for row in read(folder, "operations", "tariffs"):
        area, carrier, cargo = row["country"], row["mode"], row["cargo_class"]
        if cargo in CHECK_VALUES:
            ledger.record(row, "kept as a contradiction", f"{area}:{carrier}:{cargo}", "check value")
            ledger.contradict(
                f"tariff {area} {carrier}",
                "usd_tkm",
                "see tariffs",
                f"{row['usd_per_tkm_low']} / {row['central']} / {row['high']}",
                row["source_ids"],
                f"{cargo.replace('_', ' ')}: {row['notes']}",
            )
        elif carrier.startswith(("surcharge", "wagon_hire")):
            surcharges.append(row)
            ledger.record(row, "merged", "frictions", "cost beside the freight rate")
        elif carrier == "ferry":
            names = ("railferry1520", "roro") if cargo == "roro" else ("railferry1520",)
            tariffs.extend(_tariff(row, area, name, cargo) for name in names)
            ledger.record(row, "merged", f"{area}:ferry:{cargo}")
        else:
            tariffs.append(_tariff(row, area, carrier, cargo))
            ledger.record(row, "merged", f"{area}:{carrier}:{cargo}")
    for tariff in tariffs:
        _refit(tariff, ledger)
        _revise(tariff, ledger)
    roro = next(t for t in tariffs if t["carrier"] == "roro")
    tariffs += [
        {**roro, "cargo": c, "basis": "assumed", "note": f"a truck with {c} pays as a truck"}
        for c in ("container", "dry_bulk", "breakbulk", "liquid_bulk")
    ]
    tariffs += [_chinese(*row) for row in CHINA]
    for tariff in list(tariffs):  # river-sea ships on inland waters pay river rates
        if tariff["carrier"] == "river":
            tariffs.append({**tariff, "carrier": "sea", "note": "river-sea ship on inland waters"})
    return tariffs, surcharges


# The dossier's ocean rows are one price spread over 16,100 km, so that half the way costs half. Its own note
# on bulk gives two points (Baltic and Black Sea to west India, 60 and 45 USD/t over 14,460 and 8,090 km): a
# fixed part of 26 and 0.0024 a km. Boxes: 171 USD/t (2,400 a TEU at 14 t) with the same share fixed, 43 %.
SUEZ = {
    "dry_bulk": (0.0024, 26.0),
    "container": (0.0067, 74.0),
    "liquid_bulk": (0.0025, 27.0),
    "breakbulk": (0.0033, 36.0),
}


@dataclass(frozen=True)
class Revision:
    """A tariff that counts, quotes or price lists contradict: USD/t-km with range, USD/t fixed, discount, reason."""

    low: float
    rate: float
    high: float
    fixed_usd_t: float
    discount: float
    year: str
    basis: str
    sources: str
    why: str


TRUCKS_BY_FERRY = Revision(
    0.030, 0.046, 0.062, 31, 0, "2023", "published", "T2;O100",
    "a truck of 16.5 m and 20 t: 50 USD/t single or 40 by return ticket to Turkmenbashi, 60 and 45 to Kuryk",
)  # fmt: skip
WAGONS_BY_FERRY = Revision(
    0.004, 0.027, 0.035, 9, 0, "2023", "derived", "T3",
    "a wagon of 14 m and 60 t with its empty return: 18.0 USD/t to Turkmenbashi, 20.3 to Kuryk; low without the return",
)  # fmt: skip
REVISED: dict[tuple[str, str, str], Revision] = {
    ("caspian", "sea", "dry_bulk"): Revision(
        0.0064, 0.021, 0.032, 12, 0, "2024", "derived", "NS104;O30;O31;O32",
        "1,100 km Astrakhan - north Iran: 19 / 35 / 47 USD/t; Azov - Marmara 26 in August 2024, times 0.73-1.8",
    ),
    ("caspian", "sea", "liquid_bulk"): Revision(
        0.004, 0.012, 0.020, 6.5, 0, "2015", "derived", "T1",
        "upper limits of 10.0-11.5 USD/t over 234-269 km, rebates to 30 % allowed; no later price was found",
    ),
    **{("caspian", "roro", c): TRUCKS_BY_FERRY for c in ("breakbulk", "container", "dry_bulk", "liquid_bulk")},
    **{("caspian", "railferry1520", c): WAGONS_BY_FERRY for c in ("breakbulk", "dry_bulk")},
    ("caspian", "railferry1520", "roro"): TRUCKS_BY_FERRY,
    ("caspian", "railferry1520", "liquid_bulk"): Revision(
        0.017, 0.035, 0.045, 10, 0, "2023", "derived", "T3",
        "a tank wagon of 13 m and 58 t with its empty return: 22.0 USD/t to Turkmenbashi, 26.0 to Kuryk",
    ),
    ("AZ", "rail1520", "liquid_bulk"): Revision(
        0.012, 0.019, 0.032, 4, 0, "2015", "derived", "T1",
        "upper limits of 10-17 USD/t over 329-680 km, still published; rebates to 30 % allowed",
    ),
    ("IR", "rail1435", "dry_bulk"): Revision(
        0.0175, 0.0205, 0.0240, 2.5, 0, "2021", "derived", "T4;O17",
        "sulphur Sarakhs - Bandar Abbas, 1,605 km: 38.2 USD/t in a wagon of the railway, 30.5 in a private one",
    ),
    ("IR", "rail1435", "liquid_bulk"): Revision(
        0.0205, 0.0245, 0.0325, 2.5, 0, "2021", "derived", "T4;O17",
        "1.2 times dry bulk (1.0-1.35 by the access charges of 2012), at the level of the sulphur in transit of 2021",
    ),
    ("KZ", "rail1520", "grain"): Revision(
        0.021, 0.024, 0.032, 2, 0, "2024", "derived", "O1;O4",
        "0.021-0.026 in 2022; 0.028 of 2026 less the rise of 16 % of March 2025",
    ),
    ("KZ", "rail1520", "liquid_bulk"): Revision(
        0.026, 0.033, 0.045, 2, 0, "2024", "derived", "O1;O4;O5;T5",
        "1.36 times grain (1.23-1.46): no discount for oil",
    ),
}  # fmt: skip
# A unified rate of 0.15 USD/TEU-km is what the railways charge for the line. A box between Moscow and Mumbai was quoted
# at 2,900-3,400 USD/TEU: less 250 by sea and about 300 in ports, 2,600 remain for rail, where these rates gave 1,456.
BOXES = {"RU": "rail1520", "KZ": "rail1520", "TM": "rail1520", "AZ": "rail1520", "IR": "rail1435"}
BOX_FACTOR, BOX_FACTOR_HIGH = 1.7, 2.2


def _revise(tariff: dict[str, str], ledger: Ledger) -> None:
    """Put the revised rate in, and keep the old one as a contradiction."""
    key = tariff["area"], tariff["carrier"], tariff["cargo"]
    if key in REVISED:
        revision = REVISED[key]
    elif key[2] == "container" and BOXES.get(key[0]) == key[1]:
        old = float(tariff["usd_tkm"])
        rate, high = round(old * BOX_FACTOR, 4), round(old * BOX_FACTOR_HIGH, 4)
        why = "market rate, 1.7 times the rate for the line: a box Moscow - Mumbai was quoted at 2,900-3,400 USD/TEU"
        fixed, discount = float(tariff["fixed_usd_t"]), float(tariff["discount"])
        sources = f"I124;I126;{tariff['sources']}"
        revision = Revision(old, rate, high, fixed, discount, tariff["year"], "derived", sources, why)
    else:
        return
    now = {
        "usd_tkm": revision.rate,
        "usd_tkm_low": revision.low,
        "usd_tkm_high": revision.high,
        "fixed_usd_t": revision.fixed_usd_t,
        "discount": revision.discount,
    }
    before, after = (_in_words({k: float(v) for k, v in x.items() if k in now}) for x in (tariff, now))
    ledger.contradict(f"tariff {' '.join(key)}", "usd_tkm", after, before, tariff["sources"], revision.why)
    tariff.update({k: f"{v:g}" for k, v in now.items()})
    tariff.update(year=revision.year, basis=revision.basis, sources=revision.sources, note=revision.why)


def _in_words(tariff: dict[str, float]) -> str:
    rate = f"{tariff['usd_tkm']:g} ({tariff['usd_tkm_low']:g}-{tariff['usd_tkm_high']:g})"
    discount = f", less {100 * tariff['discount']:g} %" if tariff["discount"] else ""
    return f"{rate} + {tariff['fixed_usd_t']:g} USD/t{discount}"


def _refit(tariff: dict[str, str], ledger: Ledger) -> None:
    if tariff["area"] != "suez" or tariff["cargo"] not in SUEZ:
        return
    rate, fixed = SUEZ[tariff["cargo"]]
    share = rate / float(tariff["usd_tkm"])
    ledger.contradict(
        f"tariff suez sea {tariff['cargo']}",
        "usd_tkm",
        f"{rate} + {fixed}",
        f"{tariff['usd_tkm']} + {tariff['fixed_usd_t']}",
        tariff["sources"],
        "a price for the whole way, spread over the distance, makes the Black Sea too cheap",
    )
    for name in ("usd_tkm_low", "usd_tkm_high"):
        tariff[name] = f"{float(tariff[name]) * share:.4f}"
    tariff.update(
        usd_tkm=str(rate), fixed_usd_t=str(fixed), basis="derived" if tariff["cargo"] == "dry_bulk" else "assumed"
    )


def _chinese(cargo: str, low: float, rate: float, high: float, fixed: float) -> dict[str, str]:
    return {
        "area": "CN",
        "carrier": "rail1435",
        "cargo": cargo,
        "usd_tkm": str(rate),
        "usd_tkm_low": str(low),
        "usd_tkm_high": str(high),
        "fixed_usd_t": str(fixed),
        "discount": "0",
        "scope": "shipper's price",
        "year": "2025",
        "basis": "assumed",
        "sources": "K",
        "note": "no row in the dossiers",
    }


def _tariff(row: Row, area: str, carrier: str, cargo: str) -> dict[str, str]:
    net = float(row["discount_share"]) == 0 and "discount" in row["notes"].lower()
    return {
        "area": area,
        "carrier": carrier,
        "cargo": "grain" if cargo == "dry_bulk_grain" else cargo,
        "usd_tkm": row["central"],
        "usd_tkm_low": row["usd_per_tkm_low"],
        "usd_tkm_high": row["high"],
        "fixed_usd_t": row["fixed_usd_t"],
        "discount": row["discount_share"],
        "scope": "shipper's price, discount already in" if net else "shipper's price before discount",
        "year": row["valid_year"],
        "basis": row["basis"],
        "sources": row["source_ids"],
        "note": row["notes"],
    }


def merge_parameters(folder: Path, ledger: Ledger) -> list[dict[str, str]]:
    """Carry the parameter rows over as they are; the model's own choice stands beside them."""
    rows = []
    for row in read(folder, "economics", "parameters"):
        ledger.record(row, "merged", f"evidence:{row['id']}")
        rows.append(
            {
                "id": row["id"],
                "what": row["what"],
                "mode": row["mode"],
                "country": row["country"],
                "cargo": row["commodity"],
                "low": row["low"],
                "value": row["central"],
                "high": row["high"],
                "unit": row["unit"],
                "year": row["year"],
                "basis": row["basis"],
                "sources": row["source_ids"],
            }
        )
    return rows


def merge_sources(folder: Path, ledger: Ledger) -> list[dict[str, str]]:
    """Return all sources; ids of the dossiers do not clash but for `K`, which is one."""
    sources: dict[str, dict[str, str]] = {
        "K": {
            "id": "K",
            "publisher": "corridor",
            "title": "General knowledge, to be replaced by a source",
            "date": "2026-11-23",
            "url": "",
            "what": "counts as assumed",
        },
    }

    def add(row: Row) -> None:
        ledger.record(row, "merged", row["id"])
        if row["id"] == "K":
            return
        assert row["id"] not in sources, row["id"]
        sources[row["id"]] = {c: row[c] for c in ("id", "publisher", "title", "date", "url", "what")}

    for name in (*DOSSIERS, "counts"):
        for row in read(folder, name, "sources"):
            add(row)
    for row in new_sources(folder, ledger, set(sources)):
        add(row)
    for hand in hand_table("sources"):
        assert hand["id"] not in sources, hand["id"]
        sources[hand["id"]] = hand
    return list(sources.values())


def merge_transit(folder: Path, ledger: Ledger) -> list[dict[str, str]]:
    """Carry published transit times and rates over."""
    rows = []
    for row in read(folder, "economics", "transit"):
        ledger.record(row, "merged", "transit")
        rows.append(
            {
                "origin": row["origin"],
                "destination": row["destination"],
                "branch": row["branch"],
                "days_low": row["days_low"],
                "days_high": row["days_high"],
                "usd_feu_low": row["usd_per_feu_low"],
                "usd_feu_high": row["usd_per_feu_high"],
                "year": row["year"],
                "kind": row["kind"],
                "sources": row["source_ids"],
                "note": row["notes"],
            }
        )
    return rows


# What a word in the dossiers' description says of a figure; the first that fits.
KINDS = (
    (r"distance|speed|wagon load|train (size|load)|service|test|first|start|fleet|ships|assessment|invest", "other"),
    (r"transit time|\bhours\b|\bdays\b|border time|block train", "transit time"),
    (r"\brates?\b|freight .*(spot|t$)|tariff|discount|\bprice", "rate"),
    (r"\btarget|\bgoal|\baim|guaranteed", "target"),
    (r"forecast|expected|\bplan\b|potential", "forecast"),
    (r"\bclaim|implied|ambassador|\bstated", "claim"),
    (r"capacity|design", "capacity"),
    (r"derived|estimate", "derived"),
    (r"disruption|status|land borders|closed|pause|stoppage|shift", "event"),
    (r"", "counted"),
)
# What a note says of a figure that its description calls actual.
NOTED = (
    (r"forecast|expected|plan made|not reached|estimate", "forecast"),
    (r"claim|to be rejected|ambassador|\babout 2 mt|scope not defined", "claim"),
    (r"derived|own arithmetic", "derived"),
)


def kind_of(text: str, note: str = "") -> str:
    """Return what a figure is: counted, claimed, hoped for, or something else than a volume."""
    kind = next(kind for pattern, kind in KINDS if re.search(pattern, text.casefold()))
    if kind != "counted":
        return kind
    return next((noted for pattern, noted in NOTED if re.search(pattern, note.casefold())), kind)


def merge_observations(folder: Path, ledger: Ledger) -> list[dict[str, str]]:
    """Carry counted, claimed and hoped-for volumes over, in one form; none of them is demand."""
    rows = []

    def add(row: Row, kind: str, **fields: str) -> None:
        ledger.record(row, "merged", "observations")
        rows.append({"kind": kind, **fields, "sources": row["source_ids"]})

    for name, table, what, place in (
        ("east", "flows", "what", "route_or_node"),
        ("iran", "flows", "what", "route_or_node"),
        ("caspian", "flows", "what", "route_or_node"),
        ("economics", "volumes", "kind", "scope"),
    ):
        for row in read(folder, name, table):
            kind = kind_of(f"{row[what]} {row[place]}", row["notes"])
            shown = {"period": row["year"], "what": row[what], "place": row[place], "branch": row["branch"]}
            add(row, kind, **shown, cargo=row["commodity"], value=row["value"], unit=row["unit"], note=row["notes"])
    for row in read(folder, "economics", "demand_od"):
        ends = {"period": row["year"], "place": f"{row['origin']} - {row['destination']}", "cargo": row["commodity"]}
        kind = "counted" if row["kind"] == "actual" else "forecast" if row["year"] == "2030" else "derived"
        what, note = f"volume of one branch ({row['kind']})", row["notes"]
        add(
            row,
            kind,
            **ends,
            what=what,
            branch="" if "all modes" in note else "eastern",
            value=row["value_t"],
            unit="t",
            note=note,
        )
    for row in read(folder, "demand", "trade"):
        ends = {"period": row["year"], "place": f"{row['from_country']} - {row['to_country']}"}
        kind = {"actual": kind_of("", row["notes"]), "estimate": "derived"}.get(row["kind"], kind_of(row["kind"]))
        ends |= {"what": f"trade, {row['scope']}", "branch": row["mode_or_route"], "cargo": row["commodity"]}
        add(row, kind, **ends, value=row["value_kt"], unit="kt", note=row["notes"])
    for row in read(folder, "demand", "route_share"):
        kind = "derived" if "derived" in row["notes"] else kind_of(row["route"], row["notes"])
        shown = {"period": row["year"], "what": "share of the ways", "place": row["od"], "branch": row["route"]}
        add(row, kind, **shown, cargo=row["cargo"], value=row["share_or_kt"], unit="", note=row["notes"])
    for row in read(folder, "demand", "growth"):
        if row["unit"] in ("kt in 2030", "kt within three years") and row["cargo_or_od"] in NOT_TRADE:
            shown = {"period": "2030", "what": "forecast of a corridor", "place": row["cargo_or_od"], "branch": ""}
            value = f"{row['low']}-{row['central']}-{row['high']}"
            add(row, "forecast", **shown, cargo="all", value=value, unit="kt", note=row["derivation"])
    return rows


def merge_works(folder: Path, ledger: Ledger) -> list[dict[str, str]]:
    """Carry the investments over, each with the project that has its effect, or why none has."""
    rows = []
    project_of = {w: p["id"] for p in yaml.safe_load(PROJECTS.read_text(encoding="utf-8")) for w in p["works"]}
    for name in ("east", "iran", "caspian"):
        for row in read(folder, name, "investments"):
            ledger.record(row, "merged", f"works:{row['id']}")
            rows.append(
                {
                    "id": row["id"],
                    "name": row["name"],
                    "where": row["where"],
                    "change": row["what_changes"],
                    "cost_musd": row["cost_musd"],
                    "before": row["capacity_before"],
                    "after": row["capacity_after"],
                    "unit": row["unit"],
                    "year": row["year"],
                    "status": row["status"],
                    "sources": row["source_ids"],
                    "project": project_of.get(row["id"]) or _why_none(row["status"], row["capacity_after"]),
                }
            )
    return rows


def _why_none(status: str, after: str) -> str:
    if "done" in status or status == "operating":
        return "none: done, and in the network"
    return (
        "none: no change of a link, transfer or limit is named"
        if after
        else "none: what it changes is not given in figures"
    )


DEFERRED = {
    ("caspian", "seasons"): "months stand on the links; levels and draughts wait for the scenarios",
}


def defer(folder: Path, ledger: Ledger) -> None:
    """Record the rows that a later part of the library takes over."""
    for (name, table), reason in DEFERRED.items():
        for row in read(folder, name, table):
            ledger.record(row, "deferred", "", reason)
