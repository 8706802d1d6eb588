"""A network as tables of the General Modeling Network Specification (GMNS): a folder of CSV files.

The columns of the specification are filled where the network has their values; other fields follow as
additional columns. The file `corridor.json` holds the rest, so that reading the folder is lossless.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from corridor.errors import DataError, Fault
from corridor.files.csv_table import Table, csv_text, read_table
from corridor.files.json_file import content_of, parse
from corridor.files.whole_files import path_of, write_folder
from corridor.io.formats.feature_table import as_text, record_of, sheet_of
from corridor.io.formats.gmns_import import Folder, ImportOptions, imported, length_factor, reprojected
from corridor.io.formats.shapes import points_of
from corridor.io.raw_networks import header_of, raw_network_of, refuse_edits, validated
from corridor.model.checks import check_raw_network, is_number
from corridor.model.network import Network
from corridor.model.raw_network import RawNetwork
from corridor.units import Position

BESIDE = "corridor.json"
NODE_COLUMNS = (
    *("node_id", "name", "x_coord", "y_coord", "z_coord", "node_type", "ctrl_type", "zone_id", "parent_node_id"),
)
LINK_COLUMNS = (
    *("link_id", "name", "from_node_id", "to_node_id", "directed", "geometry_id", "geometry", "parent_link_id"),
    *("dir_flag", "length", "grade", "facility_type", "capacity", "free_speed", "lanes", "bike_facility"),
    *("ped_facility", "parking", "allowed_uses", "toll", "jurisdiction", "row_width"),
)
CONFIG = {
    "dataset_name": "",
    "short_length": "m",
    "long_length": "km",
    "speed": "kph",
    "crs": "EPSG:4326",
    "geometry_field_format": "WKT",
    "currency": "USD",
    "version_number": 0.96,
    "id_type": "string",
}
# Columns of the specification that equal a field of a network.
FIELD_OF = {
    "node": {"node_id": "id", "node_type": "kind"},
    "link": {"link_id": "id", "from_node_id": "from", "to_node_id": "to", "length": "length_km"},
}
NEEDED = {"node": NODE_COLUMNS[:1] + NODE_COLUMNS[2:4], "link": ("link_id", "from_node_id", "to_node_id")}


def write(network: Network, path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Write a network as a new or empty folder of GMNS tables, completely or not at all, without loss.

    Raises
    ------
    DataError
        If the network has dated edits, or the folder is not empty or cannot be created.
    """
    refuse_edits(network)
    files = {
        "config.csv": csv_text(list(CONFIG), [{**CONFIG, "dataset_name": network.name}]),
        "node.csv": _text(network, "node", NODE_COLUMNS),
        "link.csv": _text(network, "link", LINK_COLUMNS),
        BESIDE: json.dumps(_remainder(network), ensure_ascii=False, allow_nan=False, indent=1) + "\n",
    }
    write_folder(Path(path), files)
    return ()


def _text(network: Network, kind: str, standard: tuple[str, ...]) -> str:
    sheet = sheet_of(kind, network.tables[kind].rows(), typed=False, taken=standard)
    column_of = {field: name for name, field in FIELD_OF[kind].items()}
    rows = []
    for record, cells in zip(network.tables[kind].rows(), sheet.rows, strict=True):
        row = {column_of.get(name, name): as_text(value) for name, value in cells.items()}
        rows.append(row | _standard(network, kind, record))
    further = [name for name in sheet.kinds if name not in column_of and name not in standard]
    return csv_text([*standard, *further], rows)


def _standard(network: Network, kind: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the other columns of the specification for a node or link."""
    points = network.geometry[record["id"]]
    if kind == "node":
        return {"x_coord": points[0][0], "y_coord": points[0][1]}
    return {
        "directed": False,
        "geometry": f"LINESTRING ({', '.join(f'{x!r} {y!r}' for x, y in points)})",
        "dir_flag": 0,
        "facility_type": record["mode"],
        "free_speed": record.get("running_speed_kmh", record.get("speed_kmh")),
        "jurisdiction": "; ".join(record.get("operators", ())) or None,
    }


def _remainder(network: Network) -> dict[str, Any]:
    transfers = [
        {**record, "position": [list(p) for p in network.geometry.get(record["id"], ())]}
        for record in network.transfer_table.rows()
    ]
    return {"corridor": header_of(network), "transfers": transfers}


def read_raw(source: str) -> tuple[RawNetwork, bytes]:
    """Return the unchecked content of a folder of GMNS tables, and the bytes of its files."""
    return _read(source, ImportOptions())


def read_gmns(
    folder: str | os.PathLike[str],
    *,
    like: Network | None = None,
    country: str | None = None,
    mode: str | None = None,
    gauge_mm: int | None = None,
    length_unit: str | None = None,
    speed_unit: str | None = None,
    crs: str | None = None,
    one_way: str = "refuse",
    base_year: int | None = None,
) -> Network:
    """Return the network in a folder of GMNS tables, checked.

    A folder written by `write` gives the same network. From other folders the columns of the
    specification are read; options must give what is missing, nothing is guessed.

    Parameters
    ----------
    folder
        With `node.csv`, `link.csv`, `config.csv`, and `geometry.csv` if links refer to it.
    like
        Network whose tariffs, parameters and cargo are used (default: the rates of the template
        of `corridor new`, marked assumed).
    country
        ISO code of all places, if `node.csv` has no column `country`.
    mode
        rail, road, sea, ferry or river, for links whose `facility_type` and `allowed_uses`
        do not give a mode.
    gauge_mm
        Track gauge in mm, if `link.csv` has no column `gauge_mm`.
    length_unit, speed_unit
        km, mile, m, ft; kph, mph; if `config.csv` does not give them.
    crs
        Coordinate system, such as EPSG:4326, if `config.csv` does not give it.
    one_way
        Links of a network are bidirectional. Two directed links that mirror each other become
        one; others are refused, or with "both" made bidirectional and noted.
    base_year
        Year that the tables describe (default: that of `like`).

    Returns
    -------
    Network
        Capacity × lanes × 24 hours becomes a limit of trucks a day and direction, marked derived.

    Raises
    ------
    DataError
        If anything is wrong or missing; lists every fault with its place and fix.

    Examples
    --------
    >>> import corridor, tempfile, pathlib
    >>> net = corridor.load()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     lost = corridor.write(net, pathlib.Path(folder) / "gmns")
    ...     corridor.read_gmns(pathlib.Path(folder) / "gmns").fingerprint() == net.fingerprint()
    True
    """
    source = path_of(folder, name="folder")
    options = ImportOptions(like, country, mode, gauge_mm, length_unit, speed_unit, crs, one_way, base_year)
    raw, content = _read(source, options)
    return validated(raw, check_raw_network(raw), source, content)


def _read(source: str, options: ImportOptions) -> tuple[RawNetwork, bytes]:
    place = Path(source)
    if not (place / "node.csv").exists() and not (place / "link.csv").exists():
        message = "is not a regular file or a GMNS folder: it has no node.csv"
        raise DataError(Fault("file", "", source, message, "give a file or a folder of GMNS tables"), source)
    faults: list[Fault] = []
    nodes, first = read_table(place, "node.csv", NEEDED["node"], faults)
    links, second = read_table(place, "link.csv", NEEDED["link"], faults)
    content = first + second
    config: Mapping[str, str] = {}
    if (place / "config.csv").exists():
        table, more = read_table(place, "config.csv", (), faults)
        content += more
        if len(table.rows) != 1:
            message = f"has {len(table.rows)} rows"
            faults.append(Fault("config.csv", "", len(table.rows), message, "give one row with the units"))
        config = table.rows[0] if table.rows else {}
    lines = Table("geometry.csv", (), (), ())
    if (place / "geometry.csv").exists():
        lines, more = read_table(place, "geometry.csv", ("geometry_id", "geometry"), faults)
        content += more
    if faults:
        raise DataError(faults, source)
    found = Folder(place.resolve().name, config, nodes, links, lines)
    if not (place / BESIDE).exists():
        return imported(found, options, source), content
    unused = [f.name for f in fields(ImportOptions) if getattr(options, f.name) != f.default]
    if unused:
        message, fix = f"is not used, because the folder has {BESIDE}", f"remove the option, or remove {BESIDE}"
        raise DataError([Fault("option", name, None, message, fix) for name in unused], source)
    beside = content_of(str(place / BESIDE))
    return _own(found, parse(beside, str(place / BESIDE)), source), content + beside


def _own(found: Folder, beside: Mapping[str, Any], source: str) -> RawNetwork:
    """Return the raw network of a folder written by this package, possibly edited since."""
    faults: list[Fault] = []
    records: dict[str, list[dict[str, Any]]] = {"transfer": []}
    geometry: dict[str, tuple[Position, ...]] = {}
    options = ImportOptions()
    factor = length_factor(found, options, faults)
    for kind, table in (("node", found.nodes), ("link", found.links)):
        records[kind] = []
        skipped = set(NODE_COLUMNS if kind == "node" else LINK_COLUMNS) - set(FIELD_OF[kind]) - {"name"}
        for number, row in enumerate(table.rows):
            cells = {
                FIELD_OF[kind].get(k, k): v
                for k, v in row.items()
                if k not in skipped and (kind, k) != ("link", "name")
            }
            record = record_of(kind, cells, table.where(number), faults, typed=False)
            if factor != 1 and is_number(record.get("length_km")):
                record["length_km"] *= factor
            records[kind].append(record)
            line = _place(kind, row, table.where(number), faults)
            if line and isinstance(record.get("id"), str):
                geometry.setdefault(record["id"], line)
    geometry = reprojected(found, options, geometry, faults)
    whole = beside if isinstance(beside, Mapping) else {}
    header, transfers = whole.get("corridor"), whole.get("transfers")
    if not isinstance(header, dict) or not isinstance(transfers, list):
        message, fix = "lacks the objects corridor and transfers", "write the folder again with corridor.write"
        faults.append(Fault(BESIDE, "", None, message, fix))
        raise DataError(faults, source)
    for number, entry in enumerate(transfers, start=1):
        if not isinstance(entry, dict) or not isinstance(entry.get("position", []), list):
            faults.append(Fault(f"{BESIDE} transfer no. {number}", "", None, "is not a record", "give its fields"))
            continue
        records["transfer"].append({k: v for k, v in entry.items() if k != "position" and v is not None})
        points = entry.get("position", ())
        if not all(isinstance(p, list) and len(p) == 2 and all(map(is_number, p)) for p in points):
            where = f"{BESIDE} transfer '{entry.get('id')}'"
            faults.append(Fault(where, "position", repr(points), f"is {points!r}", "give [[longitude, latitude]]"))
            continue
        line = tuple((p[0], p[1]) for p in points)
        if line and isinstance(entry.get("id"), str):
            geometry.setdefault(entry["id"], line)
    if faults:
        raise DataError(faults, source)
    return raw_network_of(header, records, geometry)


def _place(kind: str, row: Mapping[str, str], where: str, faults: list[Fault]) -> tuple[Position, ...] | None:
    """Return the point of a node, or the line of a link in well-known text."""
    import shapely

    try:
        if kind == "node":
            return ((float(row["x_coord"]), float(row["y_coord"])),)
        line = points_of(shapely.from_wkt(row.get("geometry") or None), "link")
    except (ValueError, shapely.errors.ShapelyError):
        line = None
    if line is None:
        field = "x_coord, y_coord" if kind == "node" else "geometry"
        fix = "give two numbers" if kind == "node" else "give a LINESTRING"
        faults.append(Fault(where, field, None, "cannot be understood", fix))
    return line
