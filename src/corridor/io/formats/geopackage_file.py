"""Build a GeoPackage in memory: layers and tables; equal rows give equal bytes."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

WGS84 = 4326
SQL_TYPES = {"number": "DOUBLE", "flag": "BOOLEAN"}
APPLICATION, VERSION = 0x47504B47, 10300
CHANGED = "2000-01-01T00:00:00.000Z"  # constant, so that equal content gives equal bytes
HEAD = b"GP\x00\x01" + struct.pack("<i", WGS84)
ENVELOPES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}  # bytes of the envelope, by its code in the header
SYSTEMS = (
    ("Undefined Cartesian", -1, "NONE", -1, "undefined"),
    ("Undefined geographic", 0, "NONE", 0, "undefined"),
    (
        "WGS 84 geodetic",
        WGS84,
        "EPSG",
        WGS84,
        (
            'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
            'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,'
            'AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]'
        ),
    ),
)
SCHEMA = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,
 organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
 description TEXT DEFAULT '', last_change DATETIME NOT NULL, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,
 srs_id INTEGER, CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
 geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
 CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
 CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
 CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
"""


@contextmanager
def geopackage() -> Iterator[sqlite3.Connection]:
    """Yield an empty GeoPackage in memory."""
    base = sqlite3.connect(":memory:", isolation_level=None)
    try:
        base.executescript(f"PRAGMA application_id={APPLICATION}; PRAGMA user_version={VERSION}; BEGIN; {SCHEMA}")
        base.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, NULL)", SYSTEMS)
        yield base
    finally:
        base.close()


def finished(base: sqlite3.Connection) -> bytes:
    """Commit, and return the bytes of the file."""
    base.execute("COMMIT")
    return base.serialize()


def add_table(base: sqlite3.Connection, name: str, kinds: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add a table without geometry; `kinds` maps its columns to their kinds."""
    _add(base, name, kinds, rows, None, "")


def add_layer(
    base: sqlite3.Connection,
    name: str,
    kinds: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
    shapes: Sequence[bytes | None],
    shape: str,
    box: tuple[float, float, float, float] | None,
) -> None:
    """Add a layer of one `shape` (Point, LineString), in well-known binary; `box` is west, south, east, north."""
    _add(base, name, kinds, rows, [None if blob is None else HEAD + blob for blob in shapes], shape.upper())
    base.execute(
        "UPDATE gpkg_contents SET data_type = 'features', srs_id = ?, min_x = ?, min_y = ?, max_x = ?, max_y = ? "
        "WHERE table_name = ?",
        (WGS84, *(box or (None,) * 4), name),
    )
    row = (name, "geom", shape.upper(), WGS84)
    base.execute("INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, 0, 0)", row)


def _add(
    base: sqlite3.Connection,
    name: str,
    kinds: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
    shapes: Sequence[bytes | None] | None,
    shape: str,
) -> None:
    columns = [("fid", "INTEGER PRIMARY KEY NOT NULL")]
    columns += [] if shapes is None else [("geom", shape)]
    columns += [(column, SQL_TYPES.get(kind, "TEXT")) for column, kind in kinds.items()]
    base.execute(f"CREATE TABLE {quoted(name)} ({', '.join(f'{quoted(c)} {t}' for c, t in columns)})")
    values = [
        [i + 1, *([] if shapes is None else [shapes[i]]), *(cells.get(column) for column in kinds)]
        for i, cells in enumerate(rows)
    ]
    placeholders = ", ".join("?" * len(columns))
    base.executemany(f"INSERT INTO {quoted(name)} VALUES ({placeholders})", values)  # noqa: S608 - quoted names
    row = (name, "attributes", name, CHANGED)
    base.execute("INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change) VALUES (?, ?, ?, ?)", row)


def quoted(name: str) -> str:
    """Return a name quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def bare(blob: Any) -> bytes | None:
    """Return the well-known binary of a shape without the GeoPackage header; None if empty."""
    if blob is None:
        return None
    if not isinstance(blob, bytes) or len(blob) < len(HEAD) or blob[:2] != HEAD[:2]:
        return b""
    if blob[3] & 0x10:
        return None
    return blob[len(HEAD) + ENVELOPES.get(blob[3] >> 1 & 7, 0) :]
