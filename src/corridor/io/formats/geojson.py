"""Read and write a network as GeoJSON with the foreign member `corridor`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from corridor.errors import DataError, Fault
from corridor.files.json_file import content_of, parse
from corridor.files.whole_files import write_text
from corridor.io.raw_networks import header_of, raw_network_of, refuse_edits, validated
from corridor.model.checks import check_raw_network, is_number
from corridor.model.fields import FEATURES
from corridor.model.network import Network
from corridor.model.raw_network import RawNetwork
from corridor.units import Position

GEOMETRY = {"node": "Point", "transfer": "Point", "link": "LineString"}


def read_raw(source: str) -> tuple[RawNetwork, bytes]:
    """Return the unchecked content of a GeoJSON file, and its bytes."""
    content = content_of(source)
    return raw_network_of_geojson(parse(content, source), source), content


def from_geojson(value: Mapping[str, Any], source: str = "") -> Network:
    """Return the network in a parsed GeoJSON object, checked like a file."""
    raw = raw_network_of_geojson(value, source)
    return validated(raw, check_raw_network(raw), source)


def raw_network_of_geojson(value: Mapping[str, Any], source: str) -> RawNetwork:
    """Return the unchecked content of a parsed GeoJSON object."""
    if not isinstance(value, Mapping) or value.get("type") != "FeatureCollection":
        raise DataError(
            Fault("file", "type", None, "is not a GeoJSON FeatureCollection", "see the template of `corridor new`"),
            source,
        )
    header, features = value.get("corridor"), value.get("features")
    faults = []
    if not isinstance(header, dict):
        faults.append(
            Fault(
                "file",
                "corridor",
                None,
                "is missing: the member that describes the network",
                "see the template of `corridor new`",
            )
        )
    if not isinstance(features, list):
        faults.append(Fault("file", "features", None, "is missing", "give a list of features"))
    if value.get("crs") is not None and not re.search(r"\b(CRS84|4326)\b", str(value["crs"])):
        fix = "give longitude and latitude in degrees (WGS 84)"
        faults.append(Fault("file", "crs", repr(value["crs"]), "is another coordinate system", fix))
    if faults:
        raise DataError(faults, source)
    assert isinstance(header, dict)
    assert isinstance(features, list)
    records: dict[str, list[dict[str, Any]]] = {kind: [] for kind in FEATURES}
    geometry: dict[str, tuple[Position, ...]] = {}
    for number, feature in enumerate(features, start=1):
        faults.extend(_add_feature(feature, number, records, geometry))
    if faults:
        raise DataError(faults, source)
    return raw_network_of(header, records, geometry)


def _add_feature(
    feature: object, number: int, records: dict[str, list[dict[str, Any]]], geometry: dict[str, tuple[Position, ...]]
) -> Iterator[Fault]:
    where = f"feature no. {number}"
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(feature, dict) or not isinstance(properties, dict):
        yield Fault(where, "properties", None, "is missing", "give a GeoJSON feature with properties")
        return
    kind = properties.get("feature")
    if not isinstance(kind, str) or kind not in GEOMETRY:
        yield Fault(where, "feature", repr(kind), f"is {kind!r}", "give node, link or transfer")
        return
    records[kind].append({k: v for k, v in properties.items() if v is not None})
    name = properties.get("id")
    if feature.get("id", name) != name:
        message = f"is {name!r} in the properties and {feature['id']!r} in the feature"
        yield Fault(where, "id", repr(name), message, "give one id")
    shape = feature.get("geometry")
    if shape is None:
        return
    line = _points(shape, kind)
    if line is None:
        message = "cannot be understood"
        yield Fault(f"{kind} '{name}'", "geometry", None, message, f"give a {GEOMETRY[kind]} of longitude, latitude")
    elif isinstance(name, str):
        geometry.setdefault(name, line)


def _points(shape: object, kind: str) -> tuple[Position, ...] | None:
    """Return the points of a geometry of the right type, or None."""
    if not isinstance(shape, Mapping) or shape.get("type") != GEOMETRY[kind]:
        return None
    coordinates = shape.get("coordinates")
    points = [coordinates] if kind != "link" else coordinates
    if not isinstance(points, list) or (kind == "link" and len(points) < 2):
        return None
    line = []
    for point in points:
        if not isinstance(point, list) or len(point) < 2 or not all(map(is_number, point[:2])):
            return None
        line.append((float(point[0]), float(point[1])))
    return tuple(line)


def write(network: Network, path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Write a network as GeoJSON, completely or not at all, without loss."""
    refuse_edits(network)
    write_text(Path(path), "".join(_chunks(network)))
    return ()


def _chunks(network: Network) -> Iterable[str]:
    yield '{"type": "FeatureCollection",\n"corridor": '
    yield json.dumps(header_of(network), ensure_ascii=False, allow_nan=False)
    yield ',\n"features": [\n'
    first = True
    for kind in ("node", "link", "transfer"):
        for record in network.tables[kind].rows():
            points = network.geometry.get(record["id"])
            shape = None
            if points:
                coordinates: Any = list(points[0]) if kind != "link" else [list(p) for p in points]
                shape = {"type": GEOMETRY[kind], "coordinates": coordinates}
            feature = {
                "type": "Feature",
                "id": record["id"],
                "geometry": shape,
                "properties": {"feature": kind, **record},
            }
            yield ("" if first else ",\n") + json.dumps(feature, ensure_ascii=False, allow_nan=False)
            first = False
    yield "\n]}\n"
