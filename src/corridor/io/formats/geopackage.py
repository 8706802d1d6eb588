"""A network as GeoPackage: three layers for QGIS, and one table per list of the header.

The file is built in memory and written at once, so there is never a journal file; its timestamps
are constant, so equal networks give equal bytes.
"""

from __future__ import annotations

import difflib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from corridor.errors import DataError, Fault
from corridor.files.json_file import content_of
from corridor.files.whole_files import write_bytes
from corridor.io.formats.feature_table import FeatureTable, as_text, record_of, sheet_of
from corridor.io.formats.geopackage_file import WGS84, add_layer, add_table, bare, finished, geopackage, quoted
from corridor.io.formats.shapes import SHAPES, binary_of, lines_of
from corridor.io.raw_networks import LISTS, header_of, raw_network_of, refuse_edits
from corridor.model.names import nearest
from corridor.model.network import Network
from corridor.model.raw_network import RawNetwork
from corridor.units import Position

TABLES = ("resource", "uses", *(name for name in LISTS if name != "resources"), "meta")


def write(network: Network, path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Write a network as GeoPackage, completely or not at all, without loss.

    Raises
    ------
    DataError
        If the network has dated edits of a scenario, or the file cannot be written.
    """
    refuse_edits(network)
    with geopackage() as base:
        for kind, shape in SHAPES.items():
            table = network.tables[kind]
            sheet = sheet_of(kind, table.rows())
            points = [p for name in table.ids for p in network.geometry.get(name, ())]
            lons, lats = [p[0] for p in points], [p[1] for p in points]
            box = (min(lons), min(lats), max(lons), max(lats)) if points else None
            shapes = binary_of(network, kind, table.ids)
            add_layer(base, kind, sheet.kinds, _cells(sheet), shapes, shape, box)
        for sheet in _header_sheets(network):
            add_table(base, sheet.name, sheet.kinds, _cells(sheet))
        content = finished(base)
    write_bytes(Path(path), content)
    return ()


def _cells(sheet: FeatureTable) -> list[dict[str, Any]]:
    return [{name: as_text(value) for name, value in row.items()} for row in sheet.rows]


def _header_sheets(network: Network) -> Iterator[FeatureTable]:
    header = header_of(network)
    yield sheet_of("resource", network.resource_table.rows())
    uses = ({"resource": name, **use} for name, listed in network.uses.items() for use in listed)
    yield sheet_of("uses", uses)
    for name in TABLES[2:-1]:
        yield sheet_of(name, header[name])
    meta = (
        {"key": key, "value": json.dumps(v, ensure_ascii=False, allow_nan=False)} for key, v in network.meta.items()
    )
    yield FeatureTable("meta", {"key": "text", "value": "text"}, tuple(meta))


def read_raw(source: str) -> tuple[RawNetwork, bytes]:
    """Return the unchecked content of a GeoPackage, and its bytes.

    Raises
    ------
    DataError
        If it is not a GeoPackage, lacks a layer, or is not in WGS 84; lists all faults.
    """
    content = content_of(source)
    if not content.startswith(b"SQLite format 3\x00"):
        message = "is empty" if not content else "is not a GeoPackage"
        raise DataError(Fault("file", "", None, message, "export it as GeoPackage from QGIS"), source)
    if _is_open_elsewhere(source):
        raise DataError(Fault("file", "", None, "is open in another program", "save and close it there"), source)
    # QGIS leaves the file in write-ahead mode, which two bytes mark; in memory there is no log.
    plain = content[:18] + b"\x01\x01" + content[20:]
    try:
        with closing(sqlite3.connect(":memory:")) as base:
            base.deserialize(plain)
            base.execute("PRAGMA trusted_schema=OFF")
            return _raw_network(base, source), content
    except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
        message = f"is damaged or incomplete: {error}"
        raise DataError(Fault("file", "", None, message, "export it again"), source) from None


def _is_open_elsewhere(source: str) -> bool:
    log = Path(f"{source}-wal")
    try:
        return log.stat().st_size > 0
    except OSError:
        return False


def _raw_network(base: sqlite3.Connection, source: str) -> RawNetwork:
    kinds = dict(base.execute("SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')"))
    present = {name for name, kind in kinds.items() if kind == "table"}
    known = {*SHAPES, *TABLES, "meta"}
    faults = [
        Fault("file", name, "view", f"is a view: {name}", "replace it by a table, since a view executes SQL")
        for name in sorted(set(kinds) - present)
        if name in known
    ]
    faults += [
        Fault("file", name, None, "is not a known table", f"did you mean '{close[0]}'?")
        for name in sorted(present - known)
        if (close := difflib.get_close_matches(name, sorted(known - present), n=1, cutoff=0.85))
    ]
    faults += _layer_faults(base, present)
    if faults:
        raise DataError(faults, source)
    records: dict[str, list[dict[str, Any]]] = {}
    geometry: dict[str, tuple[Position, ...]] = {}
    for kind in SHAPES:
        rows = _rows(base, kind) if kind in present else []
        column = _geometry_columns(base).get(kind, ("geom", 0))[0]
        blobs = [bare(row.pop(column, None)) for row in rows]
        records[kind] = _records(kind, rows, faults)
        geometry |= lines_of(kind, [r.get("id") for r in records[kind]], blobs, faults)
    header = _header(base, present, faults)
    if faults:
        raise DataError(faults, source)
    return raw_network_of(header, records, geometry)


def _layer_faults(base: sqlite3.Connection, present: set[str]) -> Iterator[Fault]:
    for name in ("node", "link", "meta"):
        if name not in present:
            close = nearest(name, present)
            hint = f"did you mean '{close[0]}'?" if close else "see docs/interchange.md for the layers"
            yield Fault("file", name, None, "is missing: there is no such layer", hint)
    if "gpkg_geometry_columns" not in present:
        yield Fault("file", "gpkg_geometry_columns", None, "is missing", "export it as GeoPackage from QGIS")
        return
    for kind, (_, system) in _geometry_columns(base).items():
        known = base.execute(
            "SELECT organization, organization_coordsys_id FROM gpkg_spatial_ref_sys WHERE srs_id = ?", (system,)
        ).fetchone()
        if kind in SHAPES and (known is None or (str(known[0]).upper(), known[1]) != ("EPSG", WGS84)):
            shown = "unknown" if known is None else f"{known[0]}:{known[1]}"
            yield Fault(f"layer '{kind}'", "crs", shown, f"is in {shown}", "export it in EPSG:4326")


def _geometry_columns(base: sqlite3.Connection) -> Mapping[str, tuple[str, int]]:
    rows = base.execute("SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns")
    return {str(table): (str(column), system) for table, column, system in rows}


def _rows(base: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
    """Return the rows of a table in their order, without the primary key of the format."""
    cursor = base.execute(f"SELECT * FROM {quoted(table)} ORDER BY 1")  # noqa: S608 - our own names
    names = [column[0] for column in cursor.description]
    key = next((row[1] for row in base.execute(f"PRAGMA table_info({quoted(table)})") if row[5]), None)
    return [{n: v for n, v in zip(names, row, strict=True) if n != key} for row in cursor]


def _records(name: str, rows: list[dict[str, Any]], faults: list[Fault]) -> list[dict[str, Any]]:
    records = []
    for number, cells in enumerate(rows, start=1):
        shown = cells.get("id")
        where = f"{name} '{shown}'" if isinstance(shown, str) else f"{name} no. {number}"
        records.append(record_of(name, cells, where, faults))
    return records


def _header(base: sqlite3.Connection, present: set[str], faults: list[Fault]) -> dict[str, Any]:
    header: dict[str, Any] = {}
    for cells in _rows(base, "meta"):
        key, value = cells.get("key"), cells.get("value")
        if str(key) in header:
            faults.append(Fault("meta", str(key), repr(value), f"appears twice: {key}", "keep one of them"))
        try:
            header[str(key)] = json.loads(str(value))
        except (ValueError, TypeError, RecursionError):
            faults.append(Fault("meta", str(key), repr(value), "is not JSON", 'write texts in quotes: "my network"'))
    for name in TABLES[:-1]:
        if name in present:
            header[name] = _records(name, _rows(base, name), faults)
    resources, uses = header.pop("resource", []), header.pop("uses", [])
    by_id = {r.get("id"): r for r in resources}
    for number, use in enumerate(uses, start=1):
        name = use.pop("resource", None)
        if name in by_id:
            by_id[name].setdefault("uses", []).append(use)
        else:
            message = f"names an unknown resource: '{name}'"
            faults.append(Fault(f"uses no. {number}", "resource", name, message, "give the id of a resource"))
    header["resources"] = resources
    return header
