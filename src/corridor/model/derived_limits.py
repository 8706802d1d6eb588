"""Limits of lines and ferries that a network describes without a resource: derived from tracks, loops and sailings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corridor.model.capacity import line_capacity_trains_day
from corridor.units import DAYS_PER_WEEK

if TYPE_CHECKING:
    from corridor.model.network import Network

Record = dict[str, Any]
NOTE = "derived from the figures of the link, which has no resource"
ON_WATER = ("sea", "ferry", "river")


def derived_limits(header: Mapping[str, Any], records: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Record]:
    """Return a resource for each direction of the links whose figures say how much fits through, and that have none.

    Rail: `capacity_trains_day`, or the graphic-period method from `tracks`, `loop_spacing_km` and speed; both need the
    net load of a train. On water: `sailings_per_week` times `train_net_t`, here the net load of a sailing.
    """
    names = {n["id"]: n["name"] for n in records["node"]}
    known = {r["id"] for r in records["resource"]}
    limited = {u["feature"] for r in records["resource"] for u in r["uses"] if r["unit"] in ("trains", "t")}
    parameters = {p["id"]: p["value"] for p in header["parameters"]}
    found = []
    for link in records["link"]:
        if link["id"] in limited:
            continue
        unit, capacity = _capacity(link, parameters)
        if capacity is None:
            continue
        pairs = ((link["from"], link["to"], "forward"), (link["to"], link["from"], "backward"))
        for start, end, direction in pairs:
            name = f"{link['id']}:to-{end}"
            if name not in known:
                title = f"{'track' if unit == 'trains' else 'ferry'} {names[start]} → {names[end]}"
                found.append(
                    {
                        "id": name,
                        "name": title,
                        "kind": "track" if unit == "trains" else "ferry",
                        "unit": unit,
                        "per": "day",
                        "capacity": round(capacity, 2),
                        "capacity_basis": "derived",
                        "capacity_note": NOTE,
                        "uses": [{"feature": link["id"], "direction": direction}],
                    }
                )
    return found


def _capacity(link: Mapping[str, Any], parameters: Mapping[str, float]) -> tuple[str, float | None]:
    """Return the unit and the capacity a day in each direction; None where too little is known."""
    if link["mode"] in ON_WATER:
        return "t", None if _lacking(link, parameters) else link["sailings_per_week"] / DAYS_PER_WEEK * link[
            "train_net_t"
        ]
    if link["mode"] != "rail" or _lacking(link, parameters):
        return "trains", None
    if link.get("capacity_trains_day") is not None:
        return "trains", link["capacity_trains_day"]
    return "trains", line_capacity_trains_day(
        length_km=link["length_km"],
        loop_spacing_km=link["loop_spacing_km"],
        speed_kmh=link.get("running_speed_kmh") or link["speed_kmh"],
        tracks=int(link["tracks"]),
        automatic_block="automatic block" in str(link.get("signalling") or ""),
        passenger_pairs_day=link.get("passenger_pairs_day") or 0.0,
    )


def _lacking(link: Mapping[str, Any], parameters: Mapping[str, float]) -> list[str]:
    """Return the figures that are missing for a derived limit."""
    has_load = link.get("train_net_t") is not None or (link["mode"] == "rail" and "train_net_t" in parameters)
    needs = [] if has_load else ["train_net_t"]
    if link["mode"] in ON_WATER:
        return needs + ["sailings_per_week"] * (link.get("sailings_per_week") is None)
    if link.get("capacity_trains_day") is not None:
        return needs
    needs += [name for name in ("tracks", "loop_spacing_km") if link.get(name) is None]
    return needs + ["running_speed_kmh"] * (not link.get("running_speed_kmh") and not link.get("speed_kmh"))


@dataclass(frozen=True)
class LineLimits:
    """How many lines and ferries of a network have a limit, given or derived, and what the others lack, by link."""

    given: int
    derived: int
    lacking: Mapping[str, tuple[str, ...]]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {"given": self.given, "derived": self.derived, "lacking": {k: list(v) for k, v in self.lacking.items()}}


def line_limits(network: Network) -> LineLimits:
    """Return which lines and ferries have a limit, and what the others lack."""
    notes = network.resource_table["capacity_note"]
    derived = {r for r, note in zip(network.resource_table.ids, notes, strict=True) if note == NOTE}
    limited = {str(u["feature"]): r in derived for r, uses in network.uses.items() for u in uses}
    lacking, counts = {}, [0, 0]
    for row in network.link_table.rows():
        if row["mode"] not in ("rail", *ON_WATER):
            continue
        if row["id"] in limited:
            counts[limited[row["id"]]] += 1
        else:
            lacking[str(row["id"])] = tuple(_lacking(row, network.parameter))
    return LineLimits(counts[0], counts[1], lacking)
