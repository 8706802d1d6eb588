"""Stations, borders and towns of an extract, and the line nodes that they name."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely

from corridor.model.names import plain
from corridor.osm.tags import names_of
from corridor.units import EARTH_RADIUS_KM, great_circle_km

Numbers = np.ndarray[Any, Any]
RANK = {"station": 0, "yard": 1, "border": 2, "halt": 3, "place": 4}
OTHER_RAILWAYS = ("subway", "light_rail", "monorail", "funicular", "miniature")
SAME_PLACE_KM = 2.0  # a station drawn as a point and as an area is one station
M_PER_DEGREE = EARTH_RADIUS_KM * np.pi / 180 * 1000


class Point(NamedTuple):
    """A named point: rank of its kind, whether it is an area, OSM id, kind, names, position, mode."""

    rank: int
    area: bool
    id: int
    kind: str
    name: str
    other_names: tuple[str, ...]
    lon: float
    lat: float
    mode: str


def wanted_points(places: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the tags of the nodes to read."""
    rail = [("railway", v) for v in ("station", "yard", "halt", "border", "railway_crossing")]
    return [*rail, ("barrier", "border_control"), *(("place", p) for p in places)]


def is_of_other_railway(tags: Mapping[str, str]) -> bool:
    """Whether a station belongs to a metro, tram, funicular or miniature railway."""
    return tags.get("station") in OTHER_RAILWAYS or tags.get("subway") == "yes"


def of_node(node: int, tags: dict[str, str], lon: float, lat: float) -> Point:
    """Return the point of a node."""
    kind, mode = tags.get("railway", ""), "rail"
    if kind not in RANK:
        kind, mode = ("border" if tags.get("barrier") == "border_control" else "place"), "road"
    return Point(RANK[kind], False, node, kind, *names_of(tags), lon, lat, mode)


def of_area(
    areas: list[tuple[int, dict[str, str], array[int]]], ids: Numbers, lon: Numbers, lat: Numbers
) -> list[Point]:
    """Return the stations drawn as areas, each at the mean position of its nodes."""
    points = []
    for way, tags, refs in areas:
        name, others = names_of(tags) if not is_of_other_railway(tags) else ("", ())
        corners = np.unique(np.array(refs, dtype=np.int64))
        at = np.searchsorted(ids, corners)
        at = at[(at < len(ids)) & (ids[np.minimum(at, len(ids) - 1)] == corners)] if len(ids) else at[:0]
        if name and len(at):
            kind, x, y = tags["railway"], float(lon[at].mean()), float(lat[at].mean())
            points.append(Point(RANK[kind], True, way, kind, name, others, x, y, "rail"))
    return points


def once(points: list[Point]) -> tuple[list[Point], int]:
    """Return the points without repetitions of a name nearby, and the number of repetitions."""
    unique: list[Point] = []
    near: dict[tuple[str, str], list[Point]] = {}
    for point in points:
        others = near.setdefault((point.mode, plain(point.name)), [])
        here = (point.lon, point.lat)
        if point.name and any(great_circle_km(here, (o.lon, o.lat)) <= SAME_PLACE_KM for o in others):
            continue
        others.append(point)
        unique.append(point)
    return unique, len(points) - len(unique)


def snap(points: Sequence[Point], lon: Numbers, lat: Numbers, within_m: float) -> dict[int, Point]:
    """Return for each position the best of the points nearest to it, within a distance in metres."""
    if not points or not len(lon):
        return {}
    px, py = (np.array([getattr(p, c) for p in points]) for c in ("lon", "lat"))
    half_lat = within_m / M_PER_DEGREE
    half_lon = half_lat / np.maximum(np.cos(np.radians(py)), 0.01)
    boxes = shapely.box(px - half_lon, py - half_lat, px + half_lon, py + half_lat)
    point, place = shapely.STRtree(shapely.points(lon, lat)).query(boxes)
    off = distance_m(px[point], py[point], lon[place], lat[place])
    order = np.lexsort((place, off, point))  # the nearest; among equals the lowest OSM id
    order = order[off[order] <= within_m]
    order = order[np.unique(point[order], return_index=True)[1]]
    best: dict[int, tuple[int, float, int]] = {}
    for i in order.tolist():
        claim = (points[point[i]].rank, float(off[i]), int(point[i]))
        best[int(place[i])] = min(claim, best.get(int(place[i]), claim))
    return {node: points[number] for node, (_, _, number) in sorted(best.items())}


def distance_m(lon1: Numbers, lat1: Numbers, lon2: Numbers, lat2: Numbers) -> Numbers:
    """Return great-circle distances in metres, on the sphere that the checks of a network use."""
    x1, y1, x2, y2 = map(np.radians, (lon1, lat1, lon2, lat2))
    h = np.sin((y2 - y1) / 2) ** 2 + np.cos(y1) * np.cos(y2) * np.sin((x2 - x1) / 2) ** 2
    metres: Numbers = 2000 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(h, 1.0)))
    return metres
