"""Merge train and track data of the lines, and other traffic on them."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from corridor.model.capacity import line_capacity_trains_day
from tools.merge import decisions as d
from tools.merge.dossiers import Ledger, Row, read
from tools.merge.facilities import union
from tools.merge.places import Figure, Places

LINE_FIELDS = {
    "train_net_t": "train_net_t",
    "train_wagons": "train_wagons",
    "loop_spacing_km": "loop_spacing_km",
    "tracks": "tracks",
    "freight_speed_kmh": "running_speed_kmh",
    "max_length_m": "train_length_m",
    "axle_t": "axle_load_t",
    "passenger_pairs_day": "passenger_pairs_day",
    "commercial_speed_kmh": "speed_kmh",
}


def merge_lines(folder: Path, ledger: Ledger, places: Places) -> None:
    """Put train and track data on the rail links, and give added lines those of their kind."""
    known: dict[str, dict[str, Figure]] = {}
    for row in read(folder, "operations", "lines"):
        start, end = (d.SAME_PLACE.get(row[c], row[c]) for c in ("from", "to"))
        links = [
            name
            for gauge in row["gauge_mm"].split(";")
            for name in (f"{start}-{end}-rail-{gauge}", f"{end}-{start}-rail-{gauge}")
            if name in places.links
        ]
        if not links:
            ledger.record(row, "kept as a total", f"{start}-{end}-rail", "given in parts, or in another row")
            continue
        for link in links:
            ledger.record(row, "merged" if link not in known else "second row", link)
            if link in known:
                continue
            known[link] = _line_figures(link, row)
            places.links[link]["signalling"] = row["signalling"]
            places.links[link]["note"] = union(places.links[link]["note"], row["notes"], "; ")
    for name, link in places.links.items():
        if link["mode"] == "rail" and name not in known:
            like = LIKE_LINE.get(name) or _like(link, places)
            known[name] = {
                f: Figure(name, f, g.value, None, None, "assumed", "K", f"as {like}") for f, g in known[like].items()
            }
            link["signalling"] = places.links[like]["signalling"]
    _lengthen_station_trains(known, places)
    for figures in known.values():
        places.figures.extend(figures.values())
    for name, (value, low, high, sources) in d.LINE_CAPACITY.items():
        places.figures.append(Figure(name, "capacity_trains_day", value, low, high, "derived", sources))


def _lengthen_station_trains(known: dict[str, dict[str, Figure]], places: Places) -> None:
    """Let the trains of the adjoining line run over short station tracks."""
    net = {name: figures["train_net_t"].value for name, figures in known.items()}
    for name in [n for n, t in net.items() if t == d.STATION_TRACK_NET_T]:
        link = places.links[name]
        near = [
            other
            for other, x in places.links.items()
            if x["carrier"] == link["carrier"]
            and {x["from"], x["to"]} & {link["from"], link["to"]}
            and net.get(other, 0) > d.STATION_TRACK_NET_T
        ]
        if near:
            like = min(near, key=lambda other: (net[other], other))
            for field in ("train_net_t", "train_wagons"):
                value = known[like][field].value
                known[name][field] = Figure(name, field, value, None, None, "assumed", "K", f"trains of {like} run on")


LIKE_LINE = {"khorgos-xian-rail-1435": "mianeh-tabriz-rail-1435", "basra-baghdad-rail-1435": "qazvin-zanjan-rail-1435"}


def _like(link: dict[str, str], places: Places) -> str:
    countries = {places.nodes[link[c]]["country"] for c in ("from", "to")}
    if "KZ" in countries:
        return "iletsk-aktobe-rail-1520" if _tracks(link) == 1 else "aktobe-kandyagash-rail-1520"
    return "chelyabinsk-kartaly-rail-1520" if _tracks(link) == 1 else "samara-chelyabinsk-rail-1520"


def _tracks(link: dict[str, str]) -> int:
    with (Path(__file__).parent / "added_links.csv").open(encoding="utf-8", newline="") as lines:
        added = {(r["from"], r["to"], r["mode"]): r["tracks"] for r in csv.DictReader(lines)}
    return int(added.get((link["from"], link["to"], link["mode"])) or 1)


def _line_figures(link: str, row: Row) -> dict[str, Figure]:
    figures = {}
    for column, field in LINE_FIELDS.items():
        text = row[column]
        if column == "commercial_speed_kmh" and not text:
            text = row["freight_speed_kmh"]  # station tracks: no stops on the way
        if text:
            figures[field] = Figure(link, field, float(text), None, None, row["basis"], row["source_ids"])
    return figures


def merge_base_load(folder: Path, ledger: Ledger, places: Places) -> list[dict[str, str]]:
    """Return other traffic per link and direction, t/yr; node rows are in the resources."""
    records: dict[tuple[str, str], dict[str, str]] = {}
    for row in read(folder, "operations", "base_load"):
        name = row["link_or_node"]
        match = re.search(r"\((\w+) to (\w+)\)", row["direction"])
        if not match:
            ledger.record(row, "merged", f"resources of {name}", "converted to the native unit by hand")
            continue
        start, end = (d.SAME_PLACE.get(n, n) for n in match.groups())
        links = [n for n, x in places.links.items() if x["mode"] == "rail" and {x["from"], x["to"]} == {start, end}]
        if not links:
            ledger.record(row, "kept as a total", name, "given in parts")
            continue
        for link in links:
            to = end
            if (link, to) in records:
                ledger.record(row, "second row", link)
                continue
            ledger.record(row, "merged", link)
            scale = 1e6 / len(links)  # two gauges side by side share the traffic
            records[(link, to)] = {
                "link": link,
                "towards": to,
                "t_yr": f"{float(row['central']) * scale:.0f}",
                "t_yr_low": f"{float(row['other_traffic_mt_yr_low']) * scale:.0f}",
                "t_yr_high": f"{float(row['high']) * scale:.0f}",
                "basis": row["basis"],
                "sources": row["source_ids"],
                "note": row["notes"],
            }
    for (start, end), like in d.SAME_BASE_LOAD.items():
        links = [n for n, x in places.links.items() if x["mode"] == "rail" and {x["from"], x["to"]} == {start, end}]
        for towards, whose in ((end, like[1]), (start, like[0])):
            model = next(r for (_, to), r in records.items() if to == whose and r["link"].startswith("-".join(like)))
            for link in links:
                shared = {k: f"{float(model[k]) / len(links):.0f}" for k in ("t_yr", "t_yr_low", "t_yr_high")}
                note = f"as {model['link']}; {model['note']}"
                records[(link, towards)] = {**model, **shared, "link": link, "towards": towards, "note": note}
    return list(records.values())


PEAK = 1.15  # parameter peak_day_ratio


def second_tracks(places: Places, base_load: list[dict[str, str]], ledger: Ledger) -> None:
    """Count two tracks where the dossiers know no number and one could not carry the other traffic."""
    figures = {(f.feature, f.field): f for f in places.figures}
    for record in base_load:
        name = record["link"]
        tracks = figures[(name, "tracks")]
        if tracks.value != 1 or "track number not" not in places.links[name]["note"]:
            continue
        value = {
            f: figures[(name, f)].value
            for f in ("length_km", "loop_spacing_km", "running_speed_kmh", "passenger_pairs_day", "train_net_t")
        }
        trains = line_capacity_trains_day(
            length_km=value["length_km"],
            loop_spacing_km=value["loop_spacing_km"],
            speed_kmh=value["running_speed_kmh"],
            tracks=1,
            automatic_block=False,
            passenger_pairs_day=value["passenger_pairs_day"],
        )
        needed = float(record["t_yr"]) / 365 / value["train_net_t"] * PEAK
        if needed > trains:
            tracks.value, tracks.basis, tracks.sources = 2, "assumed", "K"
            tracks.note = (
                f"no number found; one track takes {trains:.1f} trains a day, other traffic alone needs {needed:.1f}"
            )
            ledger.contradict(name, "tracks", "2", "1", "K", tracks.note)
