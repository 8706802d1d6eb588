"""Merge nodes and links: one place, one line, every other figure kept as a contradiction."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tools.merge import decisions as d
from tools.merge.dossiers import Ledger, Row, read

PLACE_DOSSIERS = ("east", "iran", "caspian")
EARTH_RADIUS_KM = 6371.0088


@dataclass
class Figure:
    """One number of one feature, with range, basis and sources."""

    feature: str
    field: str
    value: float
    low: float | None
    high: float | None
    basis: str
    sources: str
    note: str = ""


@dataclass
class Places:
    """The merged nodes, links and bends, and the figures of both."""

    nodes: dict[str, dict[str, str]] = field(default_factory=dict)
    links: dict[str, dict[str, str]] = field(default_factory=dict)
    bends: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)

    def great_circle_km(self, start: str, end: str) -> float:
        """Return the distance over the sphere between two nodes."""
        (lon1, lat1), (lon2, lat2) = (self._position(n) for n in (start, end))
        p1, p2 = math.radians(lat1), math.radians(lat2)
        h = math.sin((p2 - p1) / 2) ** 2 + math.cos(p1) * math.cos(p2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
        return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(h))

    def _position(self, node: str) -> tuple[float, float]:
        return float(self.nodes[node]["lon"]), float(self.nodes[node]["lat"])


def basis_of(sources: str, notes: str = "") -> str:
    """Return how sure a dossier figure is, from its sources and its note."""
    ids = {s for s in sources.split(";") if s}
    if not ids or ids == {"K"}:
        return "assumed"
    return "derived" if "K" in ids or "estimate" in notes or "approximate" in notes else "published"


def merge_nodes(folder: Path, ledger: Ledger, places: Places) -> None:
    """Take every node once; differing positions and kinds become contradictions."""
    rows = [r for name in PLACE_DOSSIERS for r in read(folder, name, "nodes")]
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(d.SAME_PLACE.get(row["id"], row["id"]), []).append(row)
    for node, group in grouped.items():
        first = _chosen(node, group)
        places.nodes[node] = _node(node, first, group)
        for row in group:
            ledger.record(row, "merged", node)
            if row is not first and (row["lon"], row["lat"]) != (first["lon"], first["lat"]):
                ledger.contradict(
                    node,
                    "position",
                    f"{first['lon']} {first['lat']}",
                    f"{row['lon']} {row['lat']}",
                    row["source_ids"],
                    f"position of the {first.dossier} dossier taken, which maps this area",
                )
    for node, (lon, lat, reason) in d.POSITIONS.items():
        old = places.nodes[node]
        ledger.contradict(node, "position", f"{lon} {lat}", f"{old['lon']} {old['lat']}", "K", reason)
        old.update(lon=str(lon), lat=str(lat))
    for node, (name, others, country, lon, lat, kind, note) in d.NEW_NODES.items():
        places.nodes[node] = {
            "id": node,
            "name": name,
            "other_names": others,
            "country": country,
            "kind": kind,
            "lon": str(lon),
            "lat": str(lat),
            "note": f"added: {note}",
            "sources": "K",
        }


def _chosen(node: str, group: list[Row]) -> Row:
    wanted = d.POSITION_FROM.get(node)
    return next((r for r in group if r.dossier == wanted), group[0])


def _node(node: str, first: Row, group: list[Row]) -> dict[str, str]:
    name = d.NAMES.get(node, _plain(first["name"]))
    names = [_plain(r["name"]) for r in group] + [
        a.strip() for r in group for a in r["alt_names"].split(";") if a.strip()
    ]
    dropped = {alias for owner, alias in d.DROPPED_ALIASES if owner == node}
    others = dict.fromkeys([*(n for n in names if n not in dropped), *d.NEW_ALIASES.get(node, [])])
    others.pop(name, None)
    return {
        "id": node,
        "name": name,
        "other_names": "; ".join(others),
        "country": first["country"],
        "kind": d.KINDS.get(node, first["kind"]),
        "lon": first["lon"],
        "lat": first["lat"],
        "note": "; ".join(dict.fromkeys(r["notes"] for r in group if r["notes"])),
        "sources": _joined(r["source_ids"] for r in group),
    }


def _plain(name: str) -> str:
    # "Astara (IR): rail terminal and port" and the like read badly in an itinerary.
    return name.split(":", maxsplit=1)[0].split(" / ", maxsplit=1)[0].strip()


def _joined(lists: Iterable[str]) -> str:
    return ";".join(dict.fromkeys(s for text in lists for s in text.split(";") if s))


def merge_links(folder: Path, ledger: Ledger, places: Places) -> None:
    """Take every line once; chains given whole as well, and second rows, become contradictions."""
    for row in (r for name in PLACE_DOSSIERS for r in read(folder, name, "links")):
        start, end = (d.SAME_PLACE.get(row[c], row[c]) for c in ("from", "to"))
        start, end = d.ENDS.get((start, end, row["mode"]), (start, end))
        chain = d.CHAINS.get((start, end, row["mode"])) or d.CHAINS.get((end, start, row["mode"]))
        if chain:
            ledger.record(row, "kept as a total", f"{start}-{end}-{row['mode']}", f"given in parts: {chain}")
            ledger.contradict(
                f"{start}-{end}-{row['mode']}",
                "length_km",
                f"sum of {chain}",
                row["length_km"],
                row["source_ids"],
                "whole line beside its parts; both would double its capacity",
            )
            continue
        for link in _links_of(row, start, end):
            _take(link, row, ledger, places)
    for number, cells in enumerate(_added(), start=1):
        row = Row("added", "links", number, cells)
        for link in _links_of(row, cells["from"], cells["to"]):
            if link["id"] not in places.links and _same(link, places) is None:
                _take(link, row, ledger, places)
    _draw_bends(places)
    ledger.outcomes = {k: v for k, v in ledger.outcomes.items() if k[0] != "added"}


def _added() -> list[dict[str, str]]:
    with (Path(__file__).parent / "added_links.csv").open(encoding="utf-8", newline="") as lines:
        return [{**cells, "notes": cells["note"], "source_ids": "K"} for cells in csv.DictReader(lines)]


def _draw_bends(places: Places) -> None:
    """Replace the dossiers' waypoints where bends were drawn by hand."""
    drawn: dict[str, list[tuple[float, float]]] = {}
    path = Path(__file__).parent / "bends.csv"
    if path.exists():
        with path.open(encoding="utf-8", newline="") as lines:
            for cells in csv.DictReader(lines):
                drawn.setdefault(cells["link"], []).append((float(cells["lon"]), float(cells["lat"])))
    unknown = sorted(set(drawn) - set(places.links))
    if unknown:
        print(f"bends for links that do not exist: {unknown}")
    places.bends.update({k: v for k, v in drawn.items() if k in places.links})


def _links_of(row: Row, start: str, end: str) -> list[dict[str, str]]:
    """Return the links that one row stands for: one per gauge, ferry carrier or kind of ship."""
    mode = row["mode"]
    base = {"from": start, "to": end, "mode": mode, "gauge_mm": "", "status": row["status"]}
    base["status"], note = d.STATUS.get((start, end, mode), (base["status"], ""))
    base["note"] = "; ".join(t for t in (row["notes"], note) if t)
    name = f"{start}-{end}-{mode}"
    if mode == "rail":
        gauges = row["gauge_mm"].split(";")
        return [{**base, "id": f"{name}-{g}", "gauge_mm": g, "carrier": f"rail{g}"} for g in gauges]
    if mode == "ferry":
        carriers = d.FERRY_CARRIERS[(start, end)]
        return [
            {
                **base,
                "id": f"{name}-1520" if c.startswith("rail") else name,
                "gauge_mm": "1520" if c.startswith("rail") else "",
                "carrier": c,
            }
            for c in carriers
        ]
    if mode == "river":
        if (start, end) in d.SEA_CANAL:
            return [{**base, "id": name, "carrier": "sea"}]
        months = d.SEASONS[d.WATERWAY[(start, end)]][0]
        craft = {**base, "id": name, "carrier": "river", "months_open": months}
        if (start, end) in d.RIVER_CRAFT_ONLY:
            return [craft]
        return [
            craft,
            {
                **base,
                "id": f"{name}-2",
                "carrier": "sea",
                "months_open": months,
                "note": f"river-sea ships on the same waterway; {base['note']}".rstrip("; "),
            },
        ]
    return [{**base, "id": name, "carrier": mode}]


def _same(link: dict[str, str], places: Places) -> dict[str, str] | None:
    """Return the link already taken between the same places on the same carrier."""
    ends = {link["from"], link["to"]}
    return next(
        (
            other
            for other in places.links.values()
            if {other["from"], other["to"]} == ends
            and other["carrier"] == link["carrier"]
            and (other["status"] == link["status"] or other["mode"] != "road")
        ),
        None,
    )


def _take(link: dict[str, str], row: Row, ledger: Ledger, places: Places) -> None:
    twin = _same(link, places)
    if twin is not None:
        _contradict(twin, row, ledger, places)
        return
    if link["id"] in places.links:
        link["id"] += "-2"
    link["sources"] = row["source_ids"]
    link["electrified"] = {"yes": "yes", "no": "no"}.get(row["electrified"], "")
    link.setdefault("months_open", "")
    places.links[link["id"]] = link
    ledger.record(row, "merged", link["id"])
    places.figures.append(_length(link, row, places))
    for column, name in (
        ("opened_year", "opened_year"),
        ("frequency_per_week", "sailings_per_week"),
        ("axle_load_t", "axle_load_t"),
    ):
        if row[column] and float(row[column]) > 0:
            places.figures.append(_stated(link["id"], name, float(row[column]), row))
    if row["speed_kmh"]:
        name = "speed_kmh" if link["mode"] in ("sea", "ferry", "river") else "line_speed_kmh"
        places.figures.append(_stated(link["id"], name, float(row["speed_kmh"]), row))
    elif (link["from"], link["to"]) in d.SEA_CANAL:
        note = "as on inland waters"
        places.figures.append(Figure(link["id"], "speed_kmh", 14, 10, 18, "assumed", "K", note))
    if link["status"] != "operating":
        low, central, high, sources = d.OPENING[(link["from"], link["to"], link["mode"])]
        places.figures.append(Figure(link["id"], "opening_year", central, low, high, "assumed", sources))
    if row["capacity_value"]:
        ledger.contradict(
            link["id"],
            "capacity",
            "computed, see resources",
            f"{row['capacity_value']} {row['capacity_unit']}",
            row["source_ids"],
            f"stated in {row['capacity_year'] or 'an unnamed year'}; not measured",
        )
    if row["waypoints"]:
        places.bends[link["id"]] = [
            (float(lon), float(lat)) for lon, lat in (p.split() for p in row["waypoints"].split(";"))
        ]


def _length(link: dict[str, str], row: Row, places: Places) -> Figure:
    length = d.LENGTHS.get((link["from"], link["to"], link["mode"]), float(row["length_km"]))
    basis = basis_of(row["source_ids"], row["notes"])
    direct = places.great_circle_km(link["from"], link["to"])
    note = ""
    low: float | None = None
    high: float | None = None
    if basis == "assumed":
        # The class default (-50/+100 %) is no range for a distance on a map.
        low, high, note = round(max(direct, 0.93 * length), 1), round(1.1 * length, 1), "range assumed"
        low = min(low, length)
    if length < direct:
        note = f"stated {length:g} km is below the great circle {direct:.1f} km"
        length = math.ceil(direct * 10) / 10
        low = high = None
    return Figure(link["id"], "length_km", length, low, high, basis, row["source_ids"], note)


def _stated(feature: str, name: str, value: float, row: Row) -> Figure:
    return Figure(feature, name, value, None, None, basis_of(row["source_ids"]), row["source_ids"])


def _contradict(twin: dict[str, str], row: Row, ledger: Ledger, places: Places) -> None:
    """Keep what a second row for the same line says, and widen the range of the length."""
    ledger.record(row, "second row", twin["id"], "the same line is in another dossier")
    twin["sources"] = _joined([twin["sources"], row["source_ids"]])
    if row["waypoints"] and twin["id"] not in places.bends:
        points = [tuple(map(float, p.split())) for p in row["waypoints"].split(";")]
        start = d.SAME_PLACE.get(row["from"], row["from"])
        places.bends[twin["id"]] = points if start == twin["from"] else points[::-1]  # type: ignore[assignment]
    figure = next(f for f in places.figures if f.feature == twin["id"] and f.field == "length_km")
    other = float(row["length_km"])
    if other != figure.value:
        figure.low = min(other, figure.low or figure.value, figure.value)
        figure.high = max(other, figure.high or figure.value, figure.value)
        ledger.contradict(
            twin["id"],
            "length_km",
            f"{figure.value:g}",
            row["length_km"],
            row["source_ids"],
            "both kept: the range spans them",
        )
    if row["capacity_value"]:
        ledger.contradict(
            twin["id"],
            "capacity",
            "computed, see resources",
            f"{row['capacity_value']} {row['capacity_unit']}",
            row["source_ids"],
            f"stated in {row['capacity_year'] or 'an unnamed year'}; not measured",
        )
