"""Cut the ways of one mode where lines meet, change or cross a border."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from corridor.osm.extract import Extract
from corridor.osm.points import distance_m
from corridor.osm.tags import Meaning

Numbers = np.ndarray[Any, Any]


@dataclass(slots=True)
class Chain:
    """A line without branches: its meaning, countries, nodes, length and ways."""

    meaning: Meaning
    areas: tuple[str, ...]
    nodes: Numbers
    length_km: float
    ways: tuple[int, ...]
    length_note: str = ""

    @property
    def first(self) -> int:
        """Its first node."""
        return int(self.nodes[0])

    @property
    def last(self) -> int:
        """Its last node."""
        return int(self.nodes[-1])

    def turned(self) -> Chain:
        """Return the line in reverse direction."""
        nodes, ways = self.nodes[::-1], self.ways[::-1]
        return Chain(self.meaning, self.areas[::-1], nodes, self.length_km, ways, self.length_note)


@dataclass(frozen=True)
class SearchGraph:
    """Nodes of an extract with positions and countries; tracks that cross without a switch get separate nodes."""

    extract: Extract
    at: Numbers  # of the extract, crossings replaced
    node: Numbers  # for each node the position of its OSM node
    codes: list[str]
    country: Numbers

    @cached_property
    def lon(self) -> Numbers:
        """Longitudes of the nodes."""
        return self.extract.lon[self.node]

    @cached_property
    def lat(self) -> Numbers:
        """Latitudes of the nodes."""
        return self.extract.lat[self.node]


def ground_of(extract: Extract, codes: list[str], country: Numbers) -> tuple[SearchGraph, int]:
    """Give each way that passes a crossing of tracks its own node; return also how many ways end at one."""
    at, starts = extract.at.copy(), extract.starts
    node = np.arange(len(extract.node_ids))
    crossings = np.flatnonzero(np.isin(extract.node_ids, np.array(sorted(extract.crossings), dtype=np.int64)))
    places = np.flatnonzero(np.isin(at, crossings))
    ends = np.isin(places, np.concatenate([starts[:-1], starts[1:] - 1]))
    through = places[~ends]
    node = np.concatenate([node, at[through]])
    at[through] = len(extract.node_ids) + np.arange(len(through))
    return SearchGraph(extract, at, node, codes, country[node]), int(ends.sum())


@dataclass(frozen=True)
class Segments:
    """The straight segments of one mode: both nodes, way, length; without those outside all countries."""

    tail: Numbers
    head: Numbers
    way: Numbers
    place: Numbers  # position of the tail in `at`
    length_km: Numbers
    lost_km: float


def segments_of(ground: SearchGraph, mode: str) -> Segments:
    """Return the segments of the ways of a mode."""
    extract = ground.extract
    of_mode = np.array([m.mode == mode for m in extract.ways.meanings], dtype=bool)
    way_of_mode = of_mode[np.frombuffer(extract.ways.which, np.int64)] if len(extract.way_ids) else np.zeros(0, bool)
    way = np.repeat(np.arange(len(extract.way_ids)), np.diff(extract.starts))
    place = np.flatnonzero((way[:-1] == way[1:]) & way_of_mode[way[:-1]]) if len(way) else np.zeros(0, np.int64)
    place = place[(ground.at[place] >= 0) & (ground.at[place + 1] >= 0)]
    tail, head = ground.at[place], ground.at[place + 1]
    length = distance_m(ground.lon[tail], ground.lat[tail], ground.lon[head], ground.lat[head]) / 1000
    known = np.ones(len(place), bool)
    if mode != "ferry":  # at sea only the ends need a country
        known = (ground.country[tail] >= 0) & (ground.country[head] >= 0)
    lost = float(length[~known].sum())
    return Segments(tail[known], head[known], way[place[known]], place[known], length[known], lost)


def pieces_of(ground: SearchGraph, segments: Segments, keep: Numbers, mode: str) -> list[Chain]:
    """Cut the ways where lines meet, at nodes to keep, and on both sides of a border.

    `keep` marks the nodes to keep; nodes at borders are added to it.
    """
    if not len(segments.tail):
        return []
    tail, head = segments.tail, segments.head
    border = np.zeros(len(tail), bool) if mode == "ferry" else ground.country[tail] != ground.country[head]
    keep[tail[border]] = keep[head[border]] = True
    degree = np.bincount(tail, minlength=len(keep)) + np.bincount(head, minlength=len(keep))
    breaks = keep | (degree != 2)
    starts = np.ones(len(tail), bool)
    starts[1:] = (segments.place[1:] != segments.place[:-1] + 1) | (segments.way[1:] != segments.way[:-1])
    starts[1:] |= breaks[tail[1:]]
    first = np.flatnonzero(starts)
    last = np.append(first[1:], len(tail)) - 1
    length = np.add.reduceat(segments.length_km, first)
    meanings = list(ground.extract.ways.meanings)
    chains = []
    for i, (a, b) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        place, way = int(segments.place[a]), int(segments.way[a])
        nodes = ground.at[place : place + b - a + 2]
        meaning = meanings[ground.extract.ways.which[way]]
        chains.append(Chain(meaning, _areas(ground, nodes), nodes, float(length[i]), (way,)))
    return chains


def _areas(ground: SearchGraph, nodes: Numbers) -> tuple[str, ...]:
    """Return the countries of both ends, one or two; nodes at sea have none."""
    ends = (int(ground.country[nodes[0]]), int(ground.country[nodes[-1]]))
    return tuple(dict.fromkeys(ground.codes[c] for c in ends if c >= 0))
