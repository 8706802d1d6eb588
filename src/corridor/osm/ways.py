"""The ways read from an extract, each with its meaning."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field

from corridor.osm import tags as t
from corridor.osm.findings import Findings, TagError
from corridor.osm.tags import Beside, Meaning, Tags

STATIONS = ("station", "yard", "halt")


@dataclass(frozen=True)
class Rules:
    """The selection: modes, classes of roads, services of railways, the gauge where none is tagged, places."""

    modes: tuple[str, ...]
    roads: tuple[str, ...]
    services: tuple[str, ...]
    gauge_mm: int | None
    places: tuple[str, ...]


@dataclass
class WayReader:
    """Collects ways one by one in arrays; equal meanings share one Python object."""

    rules: Rules
    findings: Findings
    ids: array[int] = field(default_factory=lambda: array("q"))
    starts: array[int] = field(default_factory=lambda: array("q", [0]))
    refs: array[int] = field(default_factory=lambda: array("q"))
    which: array[int] = field(default_factory=lambda: array("q"))
    meanings: dict[Meaning, int] = field(default_factory=dict)
    besides: list[Beside] = field(default_factory=list)
    areas: list[tuple[int, dict[str, str], array[int]]] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    lines: set[tuple[int, bytes]] = field(default_factory=set)
    present: Counter[str] = field(default_factory=Counter)

    def tags(self) -> list[tuple[str, str]]:
        """Return the tags of the ways to read."""
        wanted = []
        if "rail" in self.rules.modes:
            wanted = [("railway", v) for v in (*t.RAILWAYS, *t.GONE, *t.LIFE, *STATIONS)]
            wanted += [(f"{life}:railway", v) for life in t.LIFE for v in t.RAILWAYS]
        if "road" in self.rules.modes:
            wanted += [("highway", v) for road in self.rules.roads for v in (road, f"{road}_link")]
            wanted += [("highway", life) for life in t.LIFE]
        if "ferry" in self.rules.modes:
            wanted.append(("route", "ferry"))
        return wanted

    def take(self, way: int, tags: Tags, refs: array[int]) -> None:
        """Add a way, or record why it is left out; a railway along a road is both."""
        if tags.get("railway") in STATIONS:
            self.areas.append((way, dict(tags), refs))
            return
        if way in self.seen:
            self.findings.remark("Repeated in the file, the first used", way)
            return
        readers = {"rail": self._rail, "road": self._road, "ferry": self._ferry}
        for mode in self.rules.modes:
            try:
                found = readers[mode](way, tags)
            except TagError as slip:
                self.findings.slip(slip, way)
            else:
                if found is not None:
                    self._add(way, tags, refs, *found)

    def _add(self, way: int, tags: Tags, refs: array[int], meaning: Meaning, kind: str) -> None:
        self.seen.add(way)
        refs = array("q", (r for i, r in enumerate(refs) if i == 0 or r != refs[i - 1]))
        if len(refs) < 2:
            self.findings.remark("With fewer than two nodes, left out", way)
            return
        if meaning.one_way and t.one_way_of(tags) < 0:
            refs.reverse()
        number = self.meanings.setdefault(meaning, len(self.meanings))
        drawn = refs if meaning.one_way or refs[0] <= refs[-1] else array("q", reversed(refs))
        line = (number, drawn.tobytes())
        if line in self.lines:
            self.findings.remark("Over the same nodes with the same tags as another way, left out", way)
            return
        self.lines.add(line)
        self.present[meaning.mode] += 1
        self.ids.append(way)
        self.refs.extend(refs)
        self.starts.append(len(self.refs))
        self.which.append(number)
        self.besides.append(t.beside(tags, kind))

    def _rail(self, way: int, tags: Tags) -> tuple[Meaning, str] | None:
        railway = t.is_taken_railway(tags)
        if railway is None:
            value = tags.get("railway", "")
            if value in t.GONE:
                self.findings.remark("Railways out of use, left out", way)
            elif value in t.LIFE and value not in tags:
                self.findings.remark("Railways under construction or proposed without a kind, left out", way)
            return None
        service = tags.get("service", "")
        if service and service != "crossover" and service not in self.rules.services:
            self.findings.remark("Sidings, yards and spurs, left out", way)
            return None
        if tags.get("access") == "no" and "highway" not in tags:
            self.findings.remark("Railways with access=no, left out", way)
            return None
        meaning = t.railway_meaning(tags, railway[1], self.rules.gauge_mm)
        if "gauge" not in tags:
            self.findings.remark(f"Railways without a gauge, {self.rules.gauge_mm} mm used as requested", way)
        self._note_speed(way, tags)
        return meaning, railway[0]

    def _road(self, way: int, tags: Tags) -> tuple[Meaning, str] | None:
        road = t.highway_class(tags, self.rules.roads)
        if road is None:
            return None
        if t.closed_to_lorries(tags):
            self.findings.remark("Roads closed to trucks, left out", way)
            return None
        self._note_speed(way, tags)
        return t.road_meaning(tags, road[1]), road[0]

    def _ferry(self, way: int, tags: Tags) -> tuple[Meaning, str] | None:
        if tags.get("route") != "ferry":
            return None
        ferry = t.ferry_meaning(tags)
        if ferry is None:
            self.findings.remark("Ferries not known to carry trucks or wagons, left out", way)
        return None if ferry is None else (ferry, "ferry")

    def _note_speed(self, way: int, tags: Tags) -> None:
        if tags.get("maxspeed", "none") != "none" and t.speed_of(tags["maxspeed"]) is None:
            self.findings.remark("With a speed limit that is not a number, treated as unknown", way)
