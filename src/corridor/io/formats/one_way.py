"""Directed ways of other formats as links, which here are usable both ways."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from corridor.errors import Fault
from corridor.units import Position

SAME = 1e-3  # relative: two directions of one road differ by no more
HOURS_A_DAY = 24


@dataclass(frozen=True)
class DirectedLink:
    """A way as another format gives it; `per_hour` are the vehicles that pass in its direction."""

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
        """Whether this is the way back of another one."""
        if (self.start, self.end, self.carrier) != (other.end, other.start, other.carrier):
            return False
        if (self.speed_kmh is None) != (other.speed_kmh is None):
            return False
        return math.isclose(self.length_km, other.length_km, rel_tol=SAME) and math.isclose(
            self.speed_kmh or 1.0, other.speed_kmh or 1.0, rel_tol=SAME
        )


@dataclass
class Links:
    """Links made of ways, with their limits, how they are drawn, and what was taken otherwise than it is."""

    links: list[dict[str, Any]] = field(default_factory=list)
    resources: list[dict[str, Any]] = field(default_factory=list)
    lines: dict[str, tuple[Position, ...]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def links_of_ways(
    ways: Sequence[DirectedLink], one_way: str, source: str, *, taken: set[str], faults: list[Fault]
) -> Links:
    """Return one link for each way that goes both ways, or for two that mirror each other.

    `one_way` says what of the others: *refuse* or *both*. A name that a node has (`taken`)
    gets `link-` before it.
    """
    made = Links()
    pairs = _pairs(ways)
    alone = [way.id for way, back in pairs if way.directed and back is None]
    shown = ", ".join(alone[:5]) + (f" and {len(alone) - 5} more" if len(alone) > 5 else "")
    if alone and one_way != "both":
        message = f"go one way only, with no way back that mirrors them: {shown}"
        fix = "give one_way='both' to take them as usable both ways, or take them out"
        faults.append(Fault("links", "directed", len(alone), message, fix))
    if alone:
        made.notes.append(f"{len(alone)} one-way links are taken as usable both ways: {shown}")
    prefix = "link-" if taken & {way.id for way in ways} else ""
    seen: set[str] = set()
    for way, back in pairs:
        name = prefix + way.id
        if name in seen:
            faults.append(Fault(way.where, "id", way.id, f"stands twice: '{way.id}'", "give each link its own id"))
        seen.add(name)
        made.links.append(_link(way, back, name, source))
        made.lines[name] = way.line
        made.resources += _limits(way, back, name)
    without = sum(w.mode == "road" and w.per_hour is None for w in ways)
    if without and made.resources:
        made.notes.append(f"{without} road links give no capacity: nothing limits them")
    return made


def _pairs(ways: Iterable[DirectedLink]) -> list[tuple[DirectedLink, DirectedLink | None]]:
    """Return each way with the one back, in the order of the first of the two."""
    waiting: dict[tuple[str, str], list[int]] = {}
    pairs: list[tuple[DirectedLink, DirectedLink | None]] = []
    for way in ways:
        if way.directed:
            mates = waiting.get((way.end, way.start), [])
            mate = next((i for i in mates if way.mirrors(pairs[i][0])), None)
            if mate is not None:
                mates.remove(mate)
                pairs[mate] = (pairs[mate][0], way)
                continue
            waiting.setdefault((way.start, way.end), []).append(len(pairs))
        pairs.append((way, None))
    return pairs


def _link(way: DirectedLink, back: DirectedLink | None, name: str, source: str) -> dict[str, Any]:
    record: dict[str, Any] = {"id": name, "from": way.start, "to": way.end, "mode": way.mode}
    if way.gauge_mm is not None:
        record["gauge_mm"] = way.gauge_mm
    record |= {"carrier": way.carrier, "status": "operating", "tariff_area": list(way.areas)}
    if way.directed and back is None:
        record["note"] = "one way in its source, here usable both ways"
    record |= {"length_km": way.length_km, "length_km_basis": way.length_basis, "length_km_sources": [source]}
    if way.speed_kmh is not None:
        record |= {"speed_kmh": way.speed_kmh, "speed_kmh_basis": "derived", "speed_kmh_sources": [source]}
        record["speed_kmh_note"] = "speed without other traffic, without stops"
    record |= way.kept
    if back is not None:  # what is otherwise on the way back
        record["back"] = {"id": back.id, **{k: v for k, v in back.kept.items() if way.kept.get(k) != v}}
    return record


def _limits(way: DirectedLink, back: DirectedLink | None, name: str) -> list[dict[str, Any]]:
    """Return the most that passes a day, each way where it is known."""
    known = [("forward", way)]
    if back is not None or not way.directed:
        known.append(("backward", back or way))
    made = []
    for direction, one in known:
        if one.per_hour is None:
            continue
        ends = (way.start, way.end) if direction == "forward" else (way.end, way.start)
        made.append(
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
    return made
