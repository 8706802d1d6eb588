"""Read and write a network as GeoJSON with one foreign member, `corridor`."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from corridor.errors import DataError, Fault
from corridor.io.files import write_text
from corridor.io.json_file import content_of, parse
from corridor.model.checks import check_draft, is_number
from corridor.model.draft import Draft
from corridor.model.fields import FEATURES
from corridor.model.network import Network
from corridor.model.table import table_of
from corridor.units import Position

LISTS = (
    "tariffs",
    "frictions",
    "parameters",
    "cargo",
    "sources",
    "contradictions",
    "resources",
    "screenlines",
    "branches",
)
GEOMETRY = {"node": "Point", "transfer": "Point", "link": "LineString"}


def load() -> Network:
    """Return the shipped network: the International North-South Transport Corridor.

    It is checked when it is built, so it is not checked again here. While somebody holds
    it, it is the same object each time: nothing changes it, and what was worked out serves on.

    Examples
    --------
    >>> import corridor
    >>> net = corridor.load()
    >>> net.name, corridor.load() is net
    ('instc', True)
    """
    path = shipped_path()
    found = _shipped.get(path)
    if found is None:
        content = path.read_bytes()
        found = _shipped[path] = _network(_draft(json.loads(content), path.name), content)
    return found


_shipped: WeakValueDictionary[Path, Network] = WeakValueDictionary()


def shipped_path() -> Path:
    """Return the file of the shipped network: in the wheel, or in the source tree."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "data" / "network.geojson"
    return installed if installed.exists() else package.parent.parent / "data" / "network.geojson"


def drafted(source: str) -> tuple[Draft, bytes]:
    """Return what a GeoJSON file holds, not checked yet, and its bytes."""
    content = content_of(source)
    return _draft(parse(content, source), source), content


def from_geojson(value: Mapping[str, Any], source: str = "") -> Network:
    """Return the network in a parsed GeoJSON object, checked as a file is."""
    draft = _draft(value, source)
    return believed(draft, check_draft(draft), source)


def believed(draft: Draft, faults: list[Fault], source: str, content: bytes = b"") -> Network:
    """Return the network of a draft whose faults are known; errors refuse it."""
    errors = [f for f in faults if f.severity == "error"]
    if errors:
        raise DataError(errors, source)
    return _network(draft, content)


def _draft(value: Mapping[str, Any], source: str) -> Draft:
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
                "is missing: the member that says what network this is",
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
        faults.extend(_take(feature, number, records, geometry))
    if faults:
        raise DataError(faults, source)
    return draft_of(header, records, geometry)


def draft_of(
    header: Mapping[str, Any],
    records: Mapping[str, list[dict[str, Any]]],
    geometry: Mapping[str, tuple[Position, ...]],
) -> Draft:
    """Make a draft from a header with resources in it, and records of features; nulls are left out."""
    header = {k: _without_nulls(v) for k, v in header.items() if v is not None}
    resources = header.get("resources", [])
    found = [dict(r) for r in resources if isinstance(r, dict)] if isinstance(resources, list) else []
    return Draft(header, {**records, "resource": found}, geometry)


def _without_nulls(value: Any) -> Any:
    """Return a table with its nulls left out: programs write them for what is unknown."""
    if not isinstance(value, list):
        return value
    return [{k: v for k, v in r.items() if v is not None} if isinstance(r, dict) else r for r in value]


def _take(
    feature: object, number: int, records: dict[str, list[dict[str, Any]]], geometry: dict[str, tuple[Position, ...]]
) -> Iterator[Fault]:
    where = f"feature no. {number}"
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(feature, dict) or not isinstance(properties, dict):
        yield Fault(where, "properties", None, "is missing", "give a GeoJSON feature with properties")
        return
    kind = properties.get("feature")
    if not isinstance(kind, str) or kind not in GEOMETRY:
        yield Fault(where, "feature", repr(kind), f"is {kind!r}", "say node, link or transfer")
        return
    records[kind].append({k: v for k, v in properties.items() if v is not None})
    name = properties.get("id")
    if feature.get("id", name) != name:
        message = f"is {name!r} in the properties and {feature['id']!r} beside them"
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


def _network(draft: Draft, content: bytes = b"") -> Network:
    tables = {kind: table_of(kind, [_without_uses(r) for r in records]) for kind, records in draft.records.items()}
    header = draft.header
    return Network(
        meta={k: v for k, v in header.items() if k not in LISTS},
        node_table=tables["node"],
        link_table=tables["link"],
        transfer_table=tables["transfer"],
        resource_table=tables["resource"],
        uses={r["id"]: tuple(r["uses"]) for r in draft.records["resource"]},
        geometry=draft.geometry,
        tariffs=tuple(header["tariffs"]),
        frictions=tuple(header.get("frictions", ())),
        parameters=tuple(header["parameters"]),
        cargo_records=tuple(header["cargo"]),
        sources={str(s["id"]): s for s in header.get("sources", ())},
        screenlines=tuple(header.get("screenlines", ())),
        branches=tuple(header.get("branches", ())),
        contradictions=tuple(header.get("contradictions", ())),
        digest=hashlib.sha256(content).hexdigest() if content else "",
    )


def _without_uses(record: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in record.items() if k != "uses"}


def write(network: Network, path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Write a network as GeoJSON, whole or not at all; reading it gives the same network, so nothing is lost."""
    refuse_edits(network)
    write_text(Path(path), "".join(_chunks(network)))
    return ()


def refuse_edits(network: Network) -> None:
    """Refuse a network with dated edits: a file describes one state."""
    if network.edits:
        raise DataError(
            Fault("network", "edits", None, "has dated edits of a scenario", "write network.at(year) instead")
        )


def header_of(network: Network) -> dict[str, Any]:
    """Return what stands beside the features: the member `corridor`, resources with their uses in it."""
    header = dict(network.meta)
    header["resources"] = [
        {"feature": "resource", **r, "uses": list(network.uses[r["id"]])} for r in network.resource_table.rows()
    ]
    header["tariffs"], header["frictions"] = list(network.tariffs), list(network.frictions)
    header["parameters"], header["cargo"] = list(network.parameters), list(network.cargo_records)
    header["screenlines"], header["branches"] = list(network.screenlines), list(network.branches)
    header["contradictions"], header["sources"] = list(network.contradictions), list(network.sources.values())
    return header


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
