"""Convert directed links of other formats to bidirectional links."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from corridor.errors import Fault
from corridor.units import Position

SAME = 1e-3  # relative tolerance for the two directions of one road
HOURS_A_DAY = 24


@dataclass(frozen=True)
class DirectedLink:
    """A directed link of another format; `per_hour` is its capacity in vehicles an hour."""

    id: str
    start: str
    end: str
    mode: str
    carrier: str
    gauge_mm: int | None
    areas: tuple[str, ...]
    length_km: float
    length_basis: str
    speed_kmh: float | None
    per_hour: float | None
    limit_note: str
    directed: bool
    line: tuple[Position, ...]
    kept: Mapping[str, Any]
    where: str

    def mirrors(self, other: DirectedLink) -> bool:
        """Whether this is the opposite direction of another link."""
        if (self.start, self.end, self.carrier) != (other.end, other.start, other.carrier):
            return False
        if (self.speed_kmh is None) != (other.speed_kmh is None):
            return False
        return math.isclose(self.length_km, other.length_km, rel_tol=SAME) and math.isclose(
            self.speed_kmh or 1.0, other.speed_kmh or 1.0, rel_tol=SAME
        )


@dataclass
class Links:
    """Bidirectional links with their capacity limits, their lines, and notes on changes."""

    links: list[dict[str, Any]] = field(default_factory=list)
    resources: list[dict[str, Any]] = field(default_factory=list)
    lines: dict[str, tuple[Position, ...]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def links_of_ways(
    ways: Sequence[DirectedLink], one_way: str, source: str, *, taken: set[str], faults: list[Fault]
) -> Links:
    """Return one link for each bidirectional link, and for each pair that mirror each other.

    `one_way` is the treatment of the others: *refuse* or *both*. If a link has the id of a node
    (`taken`), all ids get the prefix `link-`.
    """
    result = Links()
    pairs = _pairs(ways)
    alone = [link.id for link, back in pairs if link.directed and back is None]
    shown = ", ".join(alone[:5]) + (f" and {len(alone) - 5} more" if len(alone) > 5 else "")
    if alone and one_way != "both":
        message = f"are one-way, without a mirror link in the other direction: {shown}"
        fix = "give one_way='both' to make them bidirectional, or remove them"
        faults.append(Fault("links", "directed", len(alone), message, fix))
    if alone:
        result.notes.append(f"{len(alone)} one-way links are made bidirectional: {shown}")
    prefix = "link-" if taken & {link.id for link in ways} else ""
    seen: set[str] = set()
    for link, back in pairs:
        name = prefix + link.id
        if name in seen:
            faults.append(Fault(link.where, "id", link.id, f"appears twice: '{link.id}'", "give each link its own id"))
        seen.add(name)
        result.links.append(_link(link, back, name, source))
        result.lines[name] = link.line
        result.resources += _limits(link, back, name)
    without = sum(w.mode == "road" and w.per_hour is None for w in ways)
    if without and result.resources:
        result.notes.append(f"{without} road links have no capacity value: they are unconstrained")
    return result


def _pairs(links: Iterable[DirectedLink]) -> list[tuple[DirectedLink, DirectedLink | None]]:
    """Return each link with its opposite direction, in the order of the first of the two."""
    waiting: dict[tuple[str, str], list[int]] = {}
    pairs: list[tuple[DirectedLink, DirectedLink | None]] = []
    for link in links:
        if link.directed:
            mates = waiting.get((link.end, link.start), [])
            mate = next((i for i in mates if link.mirrors(pairs[i][0])), None)
            if mate is not None:
                mates.remove(mate)
                pairs[mate] = (pairs[mate][0], link)
                continue
            waiting.setdefault((link.start, link.end), []).append(len(pairs))
        pairs.append((link, None))
    return pairs


def _link(link: DirectedLink, back: DirectedLink | None, name: str, source: str) -> dict[str, Any]:
    record: dict[str, Any] = {"id": name, "from": link.start, "to": link.end, "mode": link.mode}
    if link.gauge_mm is not None:
        record["gauge_mm"] = link.gauge_mm
    record |= {"carrier": link.carrier, "status": "operating", "tariff_area": list(link.areas)}
    if link.directed and back is None:
        record["note"] = "one-way in its source, here bidirectional"
    record |= {"length_km": link.length_km, "length_km_basis": link.length_basis, "length_km_sources": [source]}
    if link.speed_kmh is not None:
        record |= {"speed_kmh": link.speed_kmh, "speed_kmh_basis": "derived", "speed_kmh_sources": [source]}
        record["speed_kmh_note"] = "free-flow speed, without stops"
    record |= link.kept
    if back is not None:  # values that differ in the other direction
        record["back"] = {"id": back.id, **{k: v for k, v in back.kept.items() if link.kept.get(k) != v}}
    return record


def _limits(link: DirectedLink, back: DirectedLink | None, name: str) -> list[dict[str, Any]]:
    """Return the daily capacity of each direction where it is known."""
    known = [("forward", link)]
    if back is not None or not link.directed:
        known.append(("backward", back or link))
    resources = []
    for direction, one in known:
        if one.per_hour is None:
            continue
        ends = (link.start, link.end) if direction == "forward" else (link.end, link.start)
        resources.append(
            {
                "id": f"{name}:{direction}",
                "name": f"road {ends[0]} – {ends[1]}",
                "kind": "track",
                "unit": "trucks",
                "per": "day",
                "capacity": one.per_hour * HOURS_A_DAY,
                "capacity_basis": "derived",
                "capacity_note": one.limit_note,
                "uses": [{"feature": name, "direction": direction}],
            }
        )
    return resources
