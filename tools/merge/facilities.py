"""Merge transfers, border formalities, line data, other traffic and resources."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from pathlib import Path

from tools.merge import decisions as d
from tools.merge.additions import add_transfers, new_transfer
from tools.merge.dossiers import Ledger, Row, read
from tools.merge.places import Figure, Places

CLASSES = ("container", "dry_bulk", "liquid_bulk", "breakbulk", "roro")
CARRIER_NAMES = {"ferry": {"rail1520": "railferry1520", "road": "roro"}}
# A truck on a ferry carries whatever a truck carries; the dossier prices only the truck.
TRUCK_CLASSES = ("container", "dry_bulk", "breakbulk", "roro")
WATER = ("sea", "river")


def merge_transfers(folder: Path, ledger: Ledger, places: Places) -> dict[str, dict[str, str]]:
    """Return transfers by id: one per node, pair of carriers and set of methods."""
    transfers: dict[str, dict[str, str]] = {}
    figures: dict[tuple[str, str], Figure] = {}
    carriers = _carriers_of(places)
    rows = list(read(folder, "operations", "transfers"))
    # Where lorries serve a quay, they also bring what is loaded there.
    by_lorry = {(r["node"], r["from_carrier"], r["cargo_class"]) for r in rows if r["to_carrier"] == "road"}
    for row in rows:
        elsewhere = _elsewhere(row)
        if elsewhere is not None:
            ledger.record(row, *elsewhere)
            continue
        node = d.SAME_PLACE.get(row["node"], row["node"])
        start, end = _pair(row)
        present = carriers.get(node, set())
        if {start, end} <= present:
            _add(transfers, figures, row, node, start, end, _classes(row))
            ledger.record(row, "merged", f"{node}:{start}-{end}")
        elif start in WATER and start in present:
            reason = f"no {end} leads away from this port, so it only loads and unloads here"
            ledger.record(row, "merged", f"{node}:{start}-door", reason)
        else:
            reason = f"the network has no {' or '.join(sorted({start, end} - present))} at {node}"
            ledger.record(row, "without use", f"{node}:{start}-{end}", reason)
        if start in WATER and start in present and (end == "road" or (node, start, row["cargo_class"]) not in by_lorry):
            _add(transfers, figures, row, node, start, "door", _classes(row), keep_first=True)
        if start == "river" and "sea" in present:
            for other in (end, "door"):
                if other == "door" or other in present:
                    _add(transfers, figures, row, node, "sea", other, _classes(row), keep_first=True)
    add_transfers(folder, places, carriers, transfers, figures)
    places.figures.extend(figures.values())
    _set_status(transfers, places)
    return transfers


def _elsewhere(row: Row) -> tuple[str, str, str] | None:
    """Return outcome, target and reason of a row that another row or table stands for."""
    node, end, cargo_class = row["node"], row["to_carrier"], row["cargo_class"]
    if node == "generic":
        return "merged", "parameters:loading", "half of it loads or unloads"
    yard = d.YARD_ROWS.get(node, node)
    if yard != node and not (node == "sarahs" and end == "road"):
        reason = "one yard under the names of both sides of the border"
        return "second row", f"{yard}:{row['from_carrier']}-{end}", reason
    if node == "etrek" and cargo_class != "container":
        reason = "Etrek lifts containers, everything else is handled at Incheh Borun"
        return "second row", "incheh_borun:rail1520-rail1435", reason
    if node == "incheh_borun" and end == "rail1435" and cargo_class == "container":
        return "second row", "etrek:rail1520-rail1435", "containers are lifted at Etrek"
    return None


def _carriers_of(places: Places) -> dict[str, set[str]]:
    carriers: dict[str, set[str]] = defaultdict(set)
    for link in places.links.values():
        for node in (link["from"], link["to"]):
            carriers[node].add(link["carrier"])
    return carriers


def _pair(row: Row) -> tuple[str, str]:
    start, end = row["from_carrier"], row["to_carrier"]
    if end == "ferry":
        end = CARRIER_NAMES["ferry"][start]
    if start == "rail1435" and end == "rail1520":
        start, end = end, start  # one row serves both directions
    return start, end


def _classes(row: Row) -> tuple[str, ...]:
    return TRUCK_CLASSES if row["method"] == "roll_trucks" else (row["cargo_class"],)


def _add(
    transfers: dict[str, dict[str, str]],
    figures: dict[tuple[str, str], Figure],
    row: Row,
    node: str,
    start: str,
    end: str,
    classes: tuple[str, ...],
    *,
    keep_first: bool = False,
) -> None:
    for cargo_class in classes:
        name = f"{node}:{start}-{end}"
        number = 1
        while (name, f"{cargo_class}_h") in figures:
            if keep_first:
                name = ""
                break
            number += 1
            name = f"{node}:{start}-{end}-{number}"
        if not name:
            continue
        transfer = transfers.setdefault(name, new_transfer(name, node, start, end))
        transfer["methods"] = union(transfer["methods"], f"{cargo_class}={row['method']}")
        transfer["note"] = union(transfer["note"], row["notes"], "; ")
        transfer["sources"] = union(transfer["sources"], row["source_ids"])
        for field, stem in ((f"{cargo_class}_h", "hours"), (f"{cargo_class}_usd_t", "usd_t")):
            figures[(name, field)] = Figure(
                name,
                field,
                float(row[stem]),
                float(row[f"{stem}_low"]),
                float(row[f"{stem}_high"]),
                row["basis"],
                row["source_ids"],
            )


def union(text: str, more: str, separator: str = ";") -> str:
    """Join two lists in text form, each part once."""
    parts = [p for p in text.split(separator) if p] + [p for p in more.split(separator) if p]
    return separator.join(dict.fromkeys(parts))


def _set_status(transfers: dict[str, dict[str, str]], places: Places) -> None:
    for name, (status, (low, central, high), sources) in d.TRANSFER_STATUS.items():
        transfers[name]["status"] = status
        places.figures.append(Figure(name, "opening_year", central, low, high, "assumed", sources))


def merge_crossings(folder: Path, ledger: Ledger) -> None:
    """Keep the older crossing rows as contradictions to the operations dossier."""
    for name in ("east", "iran", "caspian"):
        for row in read(folder, name, "crossings"):
            node = d.YARD_ROWS.get(row["node"], row["node"])
            target = f"{node}:{row['from']}-{row['to']}"
            ledger.record(
                row, "superseded", target, "hours, cost and class come from operations/transfers and operations/borders"
            )
            if row["capacity_value"]:
                ledger.contradict(
                    target,
                    "capacity",
                    "see resources",
                    f"{row['capacity_value']} {row['capacity_unit']}",
                    row["source_ids"],
                    row["notes"],
                )


def merge_borders(folder: Path, ledger: Ledger, places: Places) -> None:
    """Put border hours and cost on the link that crosses."""
    crossing = _border_links(places)
    charged: dict[str, Row] = {}
    for row in read(folder, "operations", "borders"):
        node = d.SAME_PLACE.get(row["crossing"], row["crossing"])
        countries = frozenset((row["from_country"], row["to_country"]))
        links = [
            name
            for name, (ends, both, mode) in crossing.items()
            if mode == row["mode"] and both == countries and node in ends
        ]
        links = links or BORDER_LINKS.get((row["crossing"], row["mode"]), [])
        if not links:
            ledger.record(row, "without use", "", f"no {row['mode']} of the network crosses here")
            continue
        for link in links:
            ledger.record(row, "merged" if link not in charged else "second row", link)
            if link in charged:
                continue
            charged[link] = row
            _charge(link, row, places)
    model = {"rail": "ozinki-oral-rail-1520", "road": "ozinki-oral-road"}
    for name, (_, _, mode) in crossing.items():
        if name in charged:
            continue
        like = charged.get(LIKE.get(name, "")) or charged[model[mode]]
        for figure in _border_figures(name, like):
            figure.basis, figure.sources = "assumed", "K"
            figure.note = f"as {like['crossing']}: no row for this crossing"
            places.figures.append(figure)


BORDER_LINKS = {
    ("saryagash", "road"): ["arys-tashkent-road"],
    ("nikeltau", "road"): ["orsk-aktobe-road"],
    ("akyayla", "road"): ["etrek-incheh_borun-road"],
    ("sarakhs", "road"): ["sarahs-sarakhs-road"],
    ("torghundi", "road"): ["serhetabat-torghundi-road"],
    ("hairatan", "road"): ["termez-hairatan-road"],
}
LIKE = {
    "basra-baghdad-rail-1435": "",
    "shamtigh-rozanak-rail-1435": "",
    "ashgabat-bajgiran-road": "sarahs-sarakhs-road",
    "bosporus-constanta-sea": "",
}


def _border_links(places: Places) -> dict[str, tuple[set[str], frozenset[str], str]]:
    result = {}
    for name, link in places.links.items():
        ends = {link["from"], link["to"]}
        countries = frozenset(places.nodes[n]["country"] for n in ends)
        if len(countries) == 2 and link["mode"] in ("rail", "road"):
            result[name] = (ends, countries, link["mode"])
    return result


def _charge(link: str, row: Row, places: Places) -> None:
    places.figures.extend(_border_figures(link, row))
    places.links[link]["note"] = union(places.links[link]["note"], row["notes"], "; ")


def _border_figures(link: str, row: Row) -> list[Figure]:
    hours = [float(row[c]) for c in ("hours_low", "hours", "hours_high")]
    # A row is "published" for its capacity cell; hours that no source states are assumed, prices always.
    basis = "assumed" if row["basis"] == "published" else row["basis"]
    note = ""
    if row["crossing"] in ("khorgos", "altynkol", "dostyk"):
        hours, basis = [7.0, 30.0, 108.0], "derived"
        note = "mean of 50 h inbound (62 measured less 12 of gauge change) and 7-11 h outbound"
    return [
        Figure(link, "border_h", hours[1], hours[0], hours[2], basis, row["source_ids"], note),
        Figure(link, "border_usd_t", float(row["usd_t"]), None, None, "assumed", "K"),
    ]


def load_resources(
    places: Places, transfers: dict[str, dict[str, str]]
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Return resources and their uses from the decision table, and record their figures."""
    resources, uses = [], []
    with (Path(__file__).parent / "resources.csv").open(encoding="utf-8", newline="") as lines:
        for cells in csv.DictReader(lines, strict=True):
            resources.append(
                {c: cells[c] for c in ("id", "name", "kind", "unit", "per")}
                | {"note": cells["reason"], "sources": cells["capacity_sources"]}
            )
            for name in ("capacity", "base_load", "empty_return_share"):
                if cells[name]:
                    places.figures.append(
                        Figure(
                            cells["id"],
                            name,
                            float(cells[name]),
                            float(cells[f"{name}_low"]),
                            float(cells[f"{name}_high"]),
                            cells[f"{name}_basis"],
                            cells[f"{name}_sources"],
                        )
                    )
            uses.extend(_uses(cells, places, transfers))
    return resources, uses


def _uses(cells: dict[str, str], places: Places, transfers: dict[str, dict[str, str]]) -> list[dict[str, str]]:
    uses = []
    for text in re.split(r";(?![^\[]*\])", cells["uses"]):
        feature, classes = re.fullmatch(r"([^\[]+)(?:\[(.*)\])?", text).groups()  # type: ignore[union-attr]
        direction = {">": "forward", "<": "backward"}.get(feature[-1], "both")
        feature = feature.rstrip("<>")
        features = [feature]
        if feature.startswith("*rail-"):
            country = feature.removeprefix("*rail-")
            features = [
                n
                for n, x in places.links.items()
                if x["mode"] == "rail" and {places.nodes[x[c]]["country"] for c in ("from", "to")} == {country}
            ]
        elif feature not in places.links and feature not in transfers:
            flipped = _flipped(feature, places)
            if flipped is None:
                print(f"resource {cells['id']}: no feature {feature}")
                continue
            features = [flipped]
            direction = {"forward": "backward", "backward": "forward"}.get(direction, "both")
        uses.extend(
            {
                "resource": cells["id"],
                "feature": f,
                "direction": direction,
                "classes": classes or "",
                "empties": cells["empties"],
            }
            for f in features
        )
    return uses


def _flipped(feature: str, places: Places) -> str | None:
    start, end, *rest = feature.split("-")
    name = "-".join([end, start, *rest])
    return name if name in places.links else None
