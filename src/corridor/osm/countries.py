"""The country of each node: that of the whole extract, or by the boundaries in the extract."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from corridor.errors import DataError, Fault
from corridor.osm.extract import Boundary, Extract
from corridor.osm.findings import Findings

Numbers = np.ndarray[Any, Any]


def countries_of(extract: Extract, country: str | None, findings: Findings) -> tuple[list[str], Numbers]:
    """Return the country codes, and for each node the position of its code, -1 outside all countries.

    Raises
    ------
    DataError
        If no country is given and the extract has no complete boundary of one.
    """
    count = len(extract.node_ids)
    if country is not None:
        return [country], np.zeros(count, dtype=np.int64)
    of_node = np.full(count, -1, dtype=np.int64)
    used = np.unique(extract.at[extract.at >= 0])
    codes: list[str] = []
    twice = 0
    for boundary in extract.boundaries:
        area = _area(extract, boundary)
        if boundary.missing_ways:
            findings.notes.append(f"The boundary of {boundary.country} is incomplete in the extract.")
        if area is None:
            continue
        if boundary.country not in codes:
            codes.append(boundary.country)
        shapely.prepare(area)
        inside = used[shapely.intersects_xy(area, extract.lon[used], extract.lat[used])]
        twice += int((of_node[inside] >= 0).sum())
        of_node[inside[of_node[inside] < 0]] = codes.index(boundary.country)
    if twice:
        findings.notes.append(f"Nodes in two countries, assigned to the first code: {twice}.")
    if not codes or (of_node < 0).all():
        message = "is not known: the extract has no boundary of a country around its lines"
        fix = "give country=, such as 'KZ', or an extract with boundaries of admin_level 2 and ISO3166-1:alpha2"
        raise DataError(Fault("extract", "country", None, message, fix))
    return codes, of_node


def _area(extract: Extract, boundary: Boundary) -> shapely.Geometry | None:
    """Return the area within the closed rings."""
    outer, inner = (_polygons(extract, lines) for lines in (boundary.outer, boundary.inner))
    if not outer:
        return None
    area = shapely.union_all(outer)
    return shapely.difference(area, shapely.union_all(inner)) if inner else area


def _polygons(extract: Extract, lines: list[list[int]]) -> list[shapely.Geometry]:
    rings = []
    for refs in lines:
        wanted = np.array(refs, dtype=np.int64)
        at = np.minimum(np.searchsorted(extract.node_ids, wanted), max(len(extract.node_ids) - 1, 0))
        if len(extract.node_ids) and len(wanted) > 1 and (extract.node_ids[at] == wanted).all():
            rings.append(shapely.linestrings(extract.lon[at], extract.lat[at]))
    return list(shapely.polygonize(rings).geoms) if rings else []
