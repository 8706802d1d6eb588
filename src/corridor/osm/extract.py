"""Read an OpenStreetMap extract: first the ways, then only the nodes that they use."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from corridor.errors import DataError, Fault
from corridor.files.optional_imports import library
from corridor.osm.findings import Findings, counted, shown
from corridor.osm.points import Point, is_of_other_railway, of_area, of_node, wanted_points
from corridor.osm.ways import Rules, WayReader

Numbers = np.ndarray[Any, Any]
SUFFIXES = (".osm", ".osm.gz", ".osm.bz2", ".osm.pbf", ".pbf")
FARTHEST_DEGREES = 20  # between neighbouring nodes of a way; no ferry has a longer straight segment


@dataclass
class Boundary:
    """A country of the extract: its code and the ways of its boundary, as lists of OSM node ids."""

    country: str
    outer: list[list[int]] = field(default_factory=list)
    inner: list[list[int]] = field(default_factory=list)
    missing_ways: int = 0


@dataclass
class Extract:
    """Ways with their meanings, nodes with their positions, points with names, countries.

    Way w has the nodes `at[starts[w]:starts[w + 1]]`, positions in `node_ids`, -1 where the extract
    lacks the node.
    """

    ways: WayReader
    way_ids: Numbers
    starts: Numbers
    at: Numbers
    node_ids: Numbers
    lon: Numbers
    lat: Numbers
    crossings: frozenset[int]
    points: list[Point]
    boundaries: list[Boundary]
    timestamp: str


def read_extract(path: str | os.PathLike[str], rules: Rules, findings: Findings, *, with_countries: bool) -> Extract:
    """Return the ways, nodes, points and boundaries of an extract.

    Raises
    ------
    DataError
        If the extra is missing, or the file cannot be read, is incomplete, is not OSM data, or has editor objects.
    """
    source = os.fspath(path)
    osmium = library("osm", "osmium")
    _check_file(source)
    with _reader_errors(source):
        timestamp = str(osmium.FileProcessor(source, osmium.osm.NOTHING).header.get("osmosis_replication_timestamp"))
        boundaries = _boundaries(osmium, source) if with_countries else []
        reader = WayReader(rules, findings)
        tags = osmium.filter.TagFilter(*reader.tags())
        ids_read, contents = array("q"), array("q")
        for way in osmium.FileProcessor(source, osmium.osm.WAY).with_filter(tags):
            ids_read.append(way.id)
            contents.append(hash((tuple(sorted(dict(way.tags).items())), tuple(n.ref for n in way.nodes))))
            reader.take(way.id, dict(way.tags), array("q", (n.ref for n in way.nodes)))
        _refuse_two("way", ids_read, (contents,), source)
        if with_countries:
            _resolve_ways(osmium, source, boundaries)
        refs, starts = np.frombuffer(reader.refs, np.int64), np.frombuffer(reader.starts, np.int64)
        rings = [ref for b in boundaries for ring in (*b.outer, *b.inner) for ref in ring]
        areas = [ref for _, _, nodes in reader.areas for ref in nodes]
        wanted = np.unique(np.concatenate([refs, np.array([*rings, *areas], np.int64)]))
        if len(wanted) and wanted[0] < 0:
            fix = "export it from the server, or renumber its objects"
            message = "has objects with negative ids, not yet in OpenStreetMap"
            raise DataError(Fault("file", "id", int(wanted[0]), message, fix), source)
        ids, lon, lat = _locations(osmium, source, wanted)
        points, crossings = _points(osmium, source, rules, findings)
    points += of_area(reader.areas, ids, lon, lat)
    at = np.searchsorted(ids, refs)
    found = (at < len(ids)) & (ids[np.minimum(at, max(len(ids) - 1, 0))] == refs) if len(ids) else refs != refs
    at = np.where(found, at, -1)
    _note_missing(at, starts, reader, findings)
    way_ids = np.frombuffer(reader.ids, np.int64)
    _check_distances(at, starts, way_ids, lon, lat, source)
    arrays = (reader, way_ids, starts, at, ids, lon, lat, frozenset(crossings), sorted(points), boundaries)
    return Extract(*arrays, "" if timestamp == "None" else timestamp)


def _check_distances(at: Numbers, starts: Numbers, ways: Numbers, lon: Numbers, lat: Numbers, source: str) -> None:
    """Refuse ways with distant neighbouring nodes: the reader replaces an invalid latitude by 0."""
    way = np.repeat(np.arange(len(ways)), np.diff(starts))
    near = (way[:-1] == way[1:]) & (at[:-1] >= 0) & (at[1:] >= 0)
    a, b = at[:-1][near], at[1:][near]
    far = np.maximum(np.abs(lat[a] - lat[b]), np.abs((lon[a] - lon[b] + 180) % 360 - 180)) > FARTHEST_DEGREES
    broken = np.unique(ways[way[:-1][near][far]]).tolist()
    if broken:
        message = f"has neighbouring nodes more than {FARTHEST_DEGREES} degrees apart"
        fix = "correct the positions of its nodes"
        raise DataError([Fault(f"way {w}", "nodes", None, message, fix) for w in broken], source)


def _check_file(source: str) -> None:
    if not source.endswith(SUFFIXES):
        fix = f"give a file that ends in {', '.join(SUFFIXES)}"
        raise DataError(Fault("file", "", source, "does not have the extension of an OSM extract", fix), source)
    path = Path(source)
    if not path.exists():
        raise DataError(
            Fault("file", "", source, "cannot be read: No such file or directory", "check the path"), source
        )
    if not path.is_file():
        raise DataError(Fault("file", "", source, "is not a regular file", "name a file"), source)
    if path.stat().st_size == 0:
        raise DataError(Fault("file", "", None, "is empty", "download it again"), source)


@contextmanager
def _reader_errors(source: str) -> Iterator[None]:
    """Convert errors of the reader into a fault."""
    try:
        yield
    except DataError:
        raise
    except Exception as error:  # noqa: BLE001 - the reader raises its own classes
        message = f"is not an OSM extract, or is damaged: {error}"
        raise DataError(Fault("file", "", None, message, "download it again"), source) from None


def _boundaries(osmium: Any, source: str) -> list[Boundary]:
    """Return the countries with a boundary relation, at first with the ids of its member ways."""
    tags = (osmium.filter.TagFilter(("boundary", "administrative")), osmium.filter.TagFilter(("admin_level", "2")))
    processor = osmium.FileProcessor(source, osmium.osm.RELATION)
    for one in tags:
        processor = processor.with_filter(one)
    found = []
    for relation in processor:
        code = relation.tags.get("ISO3166-1:alpha2", relation.tags.get("ISO3166-1", "")).strip().upper()
        if len(code) == 2 and code.isalpha():
            boundary = Boundary(code)
            for member in relation.members:
                if member.type == "w":
                    (boundary.inner if member.role == "inner" else boundary.outer).append([member.ref])
            found.append(boundary)
    return sorted(found, key=lambda b: b.country)


def _resolve_ways(osmium: Any, source: str, boundaries: list[Boundary]) -> None:
    """Replace the id of each boundary way by its nodes."""
    wanted = {line[0] for b in boundaries for line in (*b.outer, *b.inner)}
    nodes = {}
    if wanted:
        only = osmium.filter.IdFilter(sorted(i for i in wanted if i >= 0))
        for way in osmium.FileProcessor(source, osmium.osm.WAY).with_filter(only):
            nodes[way.id] = [n.ref for n in way.nodes]
    for b in boundaries:
        b.missing_ways = sum(line[0] not in nodes for line in (*b.outer, *b.inner))
        b.outer = [nodes[line[0]] for line in b.outer if line[0] in nodes]
        b.inner = [nodes[line[0]] for line in b.inner if line[0] in nodes]


def _locations(osmium: Any, source: str, wanted: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Return ids, longitudes and latitudes of the wanted nodes present in the extract, sorted by id."""
    ids, lon, lat = array("q"), array("d"), array("d")
    if len(wanted):
        tracker = osmium.IdTracker()
        for ref in wanted.tolist():
            tracker.add_node(ref)
        for node in osmium.FileProcessor(source, osmium.osm.NODE).with_filter(tracker.id_filter()):
            if node.location.valid():
                ids.append(node.id)
                lon.append(node.lon)
                lat.append(node.lat)
    _refuse_two("node", ids, (lon, lat), source)
    found, first = np.unique(np.frombuffer(ids, np.int64), return_index=True)
    return found, np.frombuffer(lon, np.float64)[first], np.frombuffer(lat, np.float64)[first]


def _refuse_two(kind: str, ids: array[int], values: Sequence[array[Any]], source: str) -> None:
    """Refuse an id with two versions, as in a history file; identical repetitions are accepted."""
    found, first, back, counts = np.unique(
        np.frombuffer(ids, np.int64), return_index=True, return_inverse=True, return_counts=True
    )
    other = np.zeros(len(found), bool)
    for value in map(np.asarray, values):
        np.logical_or.at(other, back, value != value[first][back])
    fix = "use an extract of one date, not a history file"
    repeated = found[other & (counts > 1)].tolist()
    if repeated:
        raise DataError([Fault(f"{kind} {i}", "id", i, f"appears twice: {kind} {i}", fix) for i in repeated], source)


def _points(osmium: Any, source: str, rules: Rules, findings: Findings) -> tuple[list[Point], set[int]]:
    """Return stations, borders and towns, and the nodes where tracks cross without a switch."""
    points: list[Point] = []
    crossings: set[int] = set()
    unnamed = 0
    tags = osmium.filter.TagFilter(*wanted_points(rules.places))
    for node in osmium.FileProcessor(source, osmium.osm.NODE).with_filter(tags):
        if node.tags.get("railway") == "railway_crossing":
            crossings.add(node.id)
        elif node.location.valid() and not is_of_other_railway(node.tags):
            point = of_node(node.id, dict(node.tags), node.lon, node.lat)
            if point.name or point.kind == "border":
                points.append(point)
            else:
                unnamed += 1
    if unnamed:
        findings.notes.append(f"Stations and places without a name, ignored: {unnamed}.")
    return points, crossings


def _note_missing(at: Numbers, starts: Numbers, reader: WayReader, findings: Findings) -> None:
    """Note which ways are cut because the extract lacks some of their nodes."""
    short = np.unique(np.searchsorted(starts, np.flatnonzero(at < 0), side="right") - 1)
    if len(short):
        ids = [reader.ids[w] for w in short.tolist()]
        count = int((at < 0).sum())
        findings.notes.append(f"Nodes missing in the extract: {count}; {counted(ids)} cut there ({shown(ids)}).")
