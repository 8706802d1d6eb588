"""Transfers that no row names: general handling where carriers meet, ports copied from like ports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tools.merge import decisions as d
from tools.merge.dossiers import Row, read
from tools.merge.places import Figure, Places

Transfers = dict[str, dict[str, str]]
Figures = dict[tuple[str, str], Figure]
GENERAL = "general handling of the operations dossier"


def add_transfers(
    folder: Path, places: Places, carriers: dict[str, set[str]], transfers: Transfers, figures: Figures
) -> None:
    """Add, all *assumed*: like ports, rail to road in cities, vehicles where everything else is handled."""
    for port, like in d.LIKE_PORTS.items():
        _copy_port(port, like, transfers, figures, carriers[port])
    general = {
        (r["from_carrier"], r["to_carrier"], r["method"], r["cargo_class"]): r
        for r in read(folder, "operations", "transfers")
        if r["node"] == "generic"
    }
    for node, present in sorted(carriers.items()):
        if places.nodes[node]["kind"] in ("city", "terminal", "station") and "road" in present:
            for rail in sorted(present & {"rail1520", "rail1435"}):
                _add_rail_to_road(node, rail, general, transfers, figures)
    vehicles = general[("rail1520", "rail1435", "roll_or_lift_vehicles", "roro")]
    quay = general[("sea", "road", "port_transfer", "roro")]
    for name, transfer in transfers.items():
        pair = {transfer["from"], transfer["to"]}
        if (name, "roro_h") in figures or name.endswith(("-2", "-3")) or any("ferry" in c or c == "roro" for c in pair):
            continue
        rows = quay if "sea" in pair and "road" in pair | {"door"} else vehicles
        _put(name, "roro", rows, transfer, figures)
    for port in d.NOT_FASTER_THAN_SHAHID_RAJAEE:
        _slow(port, figures)


def _add_rail_to_road(
    node: str, rail: str, general: dict[tuple[str, str, str, str], Row], transfers: Transfers, figures: Figures
) -> None:
    name = f"{node}:{rail}-road"
    if name in transfers:
        return
    transfers[name] = new_transfer(name, node, rail, "road", GENERAL, "K")
    for (start, end, method, cargo_class), other in general.items():
        if (start, end) in ((rail, "road"), ("rail1520", "road")) and (name, f"{cargo_class}_h") not in figures:
            row = general.get((rail, end, method, cargo_class), other)
            _put(name, cargo_class, row, transfers[name], figures)


def new_transfer(name: str, node: str, start: str, end: str, note: str = "", sources: str = "") -> dict[str, str]:
    """Return the row of an operating transfer that serves no cargo yet."""
    row = {"id": name, "node": node, "from": start, "to": end, "methods": "", "status": "operating"}
    return {**row, "note": note, "sources": sources}


def _put(name: str, cargo_class: str, row: Row, transfer: dict[str, str], figures: Figures) -> None:
    parts = [*filter(None, transfer["methods"].split(";")), f"{cargo_class}={row['method']}"]
    transfer["methods"] = ";".join(parts)
    for field, stem in ((f"{cargo_class}_h", "hours"), (f"{cargo_class}_usd_t", "usd_t")):
        low, value, high = (float(row[c]) for c in (f"{stem}_low", stem, f"{stem}_high"))
        figures[(name, field)] = Figure(name, field, value, low, high, "assumed", "K", GENERAL)


def _copy_port(port: str, like: str, transfers: Transfers, figures: Figures, present: set[str]) -> None:
    for name, transfer in list(transfers.items()):
        if transfer["node"] != like or not {transfer["from"], transfer["to"]} <= present | {"door"}:
            continue
        copy = name.replace(like, port, 1)
        transfers[copy] = {**transfer, "id": copy, "node": port, "note": f"as {like}", "sources": "K"}
        for field, f in _of(name, figures):
            figures[(copy, field)] = Figure(copy, field, f.value, f.low, f.high, "assumed", "K", f"as {like}")


def _of(name: str, figures: Figures) -> Iterator[tuple[str, Figure]]:
    yield from [(field, f) for (feature, field), f in figures.items() if feature == name]


def _slow(port: str, figures: Figures) -> None:
    """Raise default hours of a port to those of Shahid Rajaee, which are the better known."""
    for (feature, field), f in list(figures.items()):
        measured = figures.get((feature.replace(port, "shahid_rajaee", 1), field))
        if feature.startswith(f"{port}:") and field.endswith("_h") and measured and f.value < measured.value:
            note = "default hours; not below those of Shahid Rajaee"
            figures[(feature, field)] = Figure(
                feature, field, measured.value, measured.low, measured.high, "assumed", "K", note
            )
