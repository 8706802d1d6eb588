"""A network as GeoParquet: one row per feature, the header in the file metadata. Needs the extra `parquet`."""

from __future__ import annotations

import io
import json
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corridor.errors import DataError, Fault
from corridor.files.json_file import SIZE_LIMIT_BYTES, content_of
from corridor.files.optional_imports import library
from corridor.files.whole_files import write_bytes
from corridor.io.formats.feature_table import KINDS, FeatureTable, record_of, sheet_of
from corridor.io.formats.shapes import SHAPES, binary_of, lines_of
from corridor.io.raw_networks import header_of, raw_network_of, refuse_edits
from corridor.model.network import Network
from corridor.model.raw_network import RawNetwork
from corridor.units import Position

WGS84_NAMES = ("OGC:CRS84", "EPSG:4326")

MOST_ROWS = 2_000_000  # of a network


def write(network: Network, path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Write a network as GeoParquet, completely or not at all, without loss.

    Raises
    ------
    DataError
        If the network has dated edits of a scenario, pyarrow is missing, or the file cannot be written.
    """
    refuse_edits(network)
    arrow, parquet = library("parquet", "pyarrow"), library("parquet", "pyarrow.parquet")
    sheets = _sheets(network)
    kinds = {name: kind for sheet in sheets.values() for name, kind in sheet.kinds.items()}
    rows = [{"feature": kind, **cells} for kind, sheet in sheets.items() for cells in sheet.rows]
    shapes = [blob for kind in SHAPES for blob in binary_of(network, kind, network.tables[kind].ids)]
    types = {"list": arrow.list_(arrow.string()), "months": arrow.list_(arrow.int64()), "number": arrow.float64()}
    names = ["feature", *kinds]
    columns = [arrow.array([r.get(n) for r in rows], types.get(kinds.get(n, ""), arrow.string())) for n in names]
    columns.append(arrow.array(shapes, arrow.binary()))
    metadata = {
        "geo": json.dumps(_geo(network)),
        "corridor": json.dumps(header_of(network), ensure_ascii=False, allow_nan=False),
    }
    table = arrow.Table.from_arrays(columns, names=[*names, "geometry"]).replace_schema_metadata(metadata)
    stream = io.BytesIO()
    parquet.write_table(table, stream, compression="zstd")
    write_bytes(Path(path), stream.getvalue())
    return ()


def _sheets(network: Network) -> dict[str, FeatureTable]:
    """Return the three tables, which share the columns of the file.

    An additional property with the name of another table's field or of another kind gets no column.
    """
    taken = {name for kind in SHAPES for name in KINDS[kind]}
    sheets = {kind: sheet_of(kind, network.tables[kind].rows(), taken=taken) for kind in SHAPES}
    seen: dict[str, set[str]] = {}
    for sheet in sheets.values():
        for name, kind in sheet.kinds.items():
            seen.setdefault(name, set()).add(kind)
    taken |= {name for name, kinds in seen.items() if len(kinds) > 1}
    return {kind: sheet_of(kind, network.tables[kind].rows(), taken=taken) for kind in SHAPES}


def _geo(network: Network) -> dict[str, Any]:
    points = [p for line in network.geometry.values() for p in line]
    lons, lats = [p[0] for p in points], [p[1] for p in points]
    column: dict[str, Any] = {"encoding": "WKB", "geometry_types": sorted(set(SHAPES.values()))}
    if points:
        column["bbox"] = [min(lons), min(lats), max(lons), max(lats)]
    return {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": column}}


def read_raw(source: str) -> tuple[RawNetwork, bytes]:
    """Return the unchecked content of a GeoParquet file, and its bytes.

    Raises
    ------
    DataError
        If it is not a GeoParquet file of a network, or is not in WGS 84; lists all faults.
    """
    content = content_of(source)
    arrow, parquet = library("parquet", "pyarrow"), library("parquet", "pyarrow.parquet")
    try:
        file = parquet.ParquetFile(io.BytesIO(content))
        _check_form(file.metadata, file.schema_arrow, arrow, source)
        table = file.read()
        rows = table.to_pylist()
    except (arrow.ArrowException, OSError, OverflowError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        message = f"is not a Parquet file, or is incomplete: {first}"
        raise DataError(Fault("file", "", None, message, "write it again"), source) from None
    metadata = {k.decode("utf-8", "replace"): v for k, v in (table.schema.metadata or {}).items()}
    faults: list[Fault] = []
    header, geo = (_object(metadata, key, faults) for key in ("corridor", "geo"))
    column = _geometry_column(geo, table.column_names, faults)
    faults += [
        Fault("file", name, None, "is missing", "write the file with corridor.write")
        for name in ("feature", "id")
        if name not in table.column_names
    ]
    if faults:
        raise DataError(faults, source)
    return _raw_network(rows, column, header, source), content


def _check_form(metadata: Any, schema: Any, arrow: Any, source: str) -> None:
    """Refuse files that are too large unpacked, repeated columns, and dates or decimals, before reading."""
    groups = range(metadata.num_row_groups)
    unpacked = sum(metadata.row_group(i).total_byte_size for i in groups)
    faults = [
        Fault("file", name, None, f"appears twice: {name}", "keep one of them")
        for name, n in Counter(schema.names).items()
        if n > 1
    ]
    faults += [
        Fault("file", field.name, str(field.type), f"has an unsupported type: {field.type}", "write it as text")
        for field in schema
        if arrow.types.is_temporal(field.type) or arrow.types.is_decimal(field.type)
    ]
    if metadata.num_rows > MOST_ROWS or unpacked > SIZE_LIMIT_BYTES:
        message = f"has {metadata.num_rows:,} rows and unpacks to {unpacked / 1e6:,.0f} MB"
        fix = f"give at most {MOST_ROWS:,} rows and {SIZE_LIMIT_BYTES / 1e6:.0f} MB"
        faults.append(Fault("file", "", None, message, fix))
    if faults:
        raise DataError(faults, source)


def _object(metadata: Mapping[str, bytes], key: str, faults: list[Fault]) -> dict[str, Any]:
    try:
        value = json.loads(metadata.get(key, b""))
        if isinstance(value, dict):
            return value
    except (ValueError, RecursionError):
        pass
    message = "is not a JSON object" if key in metadata else "is missing in the metadata of the schema"
    fix = "write the file with corridor.write" if key == "corridor" else "write it as GeoParquet"
    faults.append(Fault("file", key, None, message, fix))
    return {}


def _geometry_column(geo: Mapping[str, Any], names: list[str], faults: list[Fault]) -> str:
    """Return the geometry column; another coordinate system or encoding is a fault."""
    name = str(geo.get("primary_column", "geometry"))
    columns = geo.get("columns")
    description = columns.get(name) if isinstance(columns, dict) else None
    if not geo:
        return name
    if not isinstance(description, dict) or name not in names:
        faults.append(Fault("file", name, None, "is not a geometry column", "write the file as GeoParquet"))
        return name
    if description.get("encoding") != "WKB":
        faults.append(
            Fault("file", "encoding", None, f"is {description.get('encoding')!r}", "write the geometry as WKB")
        )
    system = description.get("crs", "OGC:CRS84")
    if isinstance(system, dict):
        known = system.get("id") if isinstance(system.get("id"), dict) else {}
        system = f"{known.get('authority')}:{known.get('code')}" if known else "unknown"
    if system not in WGS84_NAMES:
        fix = "give longitude and latitude in degrees (WGS 84)"
        faults.append(Fault("file", "crs", str(system), f"is {system}: another coordinate system", fix))
    return name


def _raw_network(rows: list[dict[str, Any]], column: str, header: dict[str, Any], source: str) -> RawNetwork:
    faults: list[Fault] = []
    records: dict[str, list[dict[str, Any]]] = {kind: [] for kind in SHAPES}
    blobs: dict[str, list[bytes | None]] = {kind: [] for kind in SHAPES}
    for number, cells in enumerate(rows, start=1):
        kind = cells.pop("feature", None)
        if kind not in SHAPES:
            faults.append(Fault(f"row {number}", "feature", repr(kind), f"is {kind!r}", "give node, link or transfer"))
            continue
        blob = cells.pop(column, None)
        blobs[kind].append(blob if blob is None or isinstance(blob, bytes) else b"")
        shown = cells.get("id")
        where = f"{kind} '{shown}'" if isinstance(shown, str) else f"row {number}"
        records[kind].append(record_of(kind, cells, where, faults))
    geometry: dict[str, tuple[Position, ...]] = {}
    for kind in SHAPES:
        geometry |= lines_of(kind, [r.get("id") for r in records[kind]], blobs[kind], faults)
    if faults:
        raise DataError(faults, source)
    return raw_network_of(header, records, geometry)
