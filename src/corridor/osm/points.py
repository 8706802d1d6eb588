"""Stations, borders and towns of an extract, and the nodes of the lines that they name."""

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
    """A named point: rank of its kind, whether it is an area, OSM id, kind, names, position, mode it belongs to."""

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
    """Return the tags of nodes that Python has to see."""
    rail = [("railway", v) for v in ("station", "yard", "halt", "border", "railway_crossing")]
    return [*rail, ("barrier", "border_control"), *(("place", p) for p in places)]


def is_of_other_railway(tags: Mapping[str, str]) -> bool:
    """Whether a station is one of the underground, of trams, of toys."""
    return tags.get("station") in OTHER_RAILWAYS or tags.get("subway") == "yes"


def of_node(node: int, tags: dict[str, str], lon: float, lat: float) -> Point:
    """Return the point that a node is."""
    kind, mode = tags.get("railway", ""), "rail"
    if kind not in RANK:
        kind, mode = ("border" if tags.get("barrier") == "border_control" else "place"), "road"
    return Point(RANK[kind], False, node, kind, *names_of(tags), lon, lat, mode)


def of_area(
    areas: list[tuple[int, dict[str, str], array[int]]], ids: Numbers, lon: Numbers, lat: Numbers
) -> list[Point]:
    """Return the stations that are drawn as areas, each in the middle of its nodes."""
    made = []
    for way, tags, refs in areas:
        name, others = names_of(tags) if not is_of_other_railway(tags) else ("", ())
        corners = np.unique(np.array(refs, dtype=np.int64))
        at = np.searchsorted(ids, corners)
        at = at[(at < len(ids)) & (ids[np.minimum(at, len(ids) - 1)] == corners)] if len(ids) else at[:0]
        if name and len(at):
            kind, x, y = tags["railway"], float(lon[at].mean()), float(lat[at].mean())
            made.append(Point(RANK[kind], True, way, kind, name, others, x, y, "rail"))
    return made


def once(points: list[Point]) -> tuple[list[Point], int]:
    """Return the points without those of a name that stands already nearby, and how many these were."""
    kept: list[Point] = []
    near: dict[tuple[str, str], list[Point]] = {}
    for point in points:
        others = near.setdefault((point.mode, plain(point.name)), [])
        here = (point.lon, point.lat)
        if point.name and any(great_circle_km(here, (o.lon, o.lat)) <= SAME_PLACE_KM for o in others):
            continue
        others.append(point)
        kept.append(point)
    return kept, len(points) - len(kept)


def snap(points: Sequence[Point], lon: Numbers, lat: Numbers, within_m: float) -> dict[int, Point]:
    """Return which place each point is nearest to, within some metres; of several points the best one."""
    if not points or not len(lon):
        return {}
    px, py = (np.array([getattr(p, c) for p in points]) for c in ("lon", "lat"))
    half_lat = within_m / M_PER_DEGREE
    half_lon = half_lat / np.maximum(np.cos(np.radians(py)), 0.01)
    boxes = shapely.box(px - half_lon, py - half_lat, px + half_lon, py + half_lat)
    point, place = shapely.STRtree(shapely.points(lon, lat)).query(boxes)
    off = distance_m(px[point], py[point], lon[place], lat[place])
    order = np.lexsort((place, off, point))  # the nearest, of equals the one with the lowest OSM id
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
    made: Numbers = 2000 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(h, 1.0)))
    return made
