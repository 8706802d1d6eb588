"""Geometry in binary and text form: points of nodes, lines of links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from corridor.errors import Fault
from corridor.model.network import Network
from corridor.units import Position

SHAPES = {"node": "Point", "transfer": "Point", "link": "LineString"}
Line = tuple[Position, ...]


def binary_of(network: Network, kind: str, ids: Iterable[str]) -> list[bytes | None]:
    """Return well-known binary of features, None for those without geometry."""
    import shapely

    make = shapely.LineString if kind == "link" else lambda points: shapely.Point(points[0])
    lines = [network.geometry.get(name) for name in ids]
    shapes = [make(points) if points else None for points in lines]
    return list(shapely.to_wkb(shapes, byte_order=1)) if shapes else []


def lines_of(kind: str, ids: Sequence[Any], blobs: Sequence[bytes | None], faults: list[Fault]) -> dict[str, Line]:
    """Return the points of features from well-known binary; a collection of one part counts as that part."""
    import shapely

    lines: dict[str, Line] = {}
    for name, blob in zip(ids, blobs, strict=True):
        if blob is None:
            continue
        try:
            line = points_of(shapely.from_wkb(blob), kind)
        except (shapely.errors.ShapelyError, TypeError, ValueError):
            line = None
        if line is None:
            fix = f"give a {SHAPES[kind]} of longitude, latitude"
            faults.append(Fault(f"{kind} '{name}'", "geometry", None, "cannot be understood", fix))
        elif isinstance(name, str):
            lines.setdefault(name, line)
    return lines


def points_of(shape: Any, kind: str) -> Line | None:
    """Return the points of a shape of the right type, or None."""
    if shape is not None and shape.geom_type == f"Multi{SHAPES[kind]}" and len(shape.geoms) == 1:
        shape = shape.geoms[0]
    if shape is None or shape.geom_type != SHAPES[kind] or shape.is_empty:
        return None
    return tuple((float(p[0]), float(p[1])) for p in shape.coords)
