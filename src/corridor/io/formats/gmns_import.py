"""A network from GMNS tables of other programs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from corridor.errors import DataError, Fault
from corridor.files.csv_table import Row, Table, number_in
from corridor.io.formats.default_header import default_header
from corridor.io.formats.feature_table import KINDS, record_of
from corridor.io.formats.measures import KM, KMH, WGS84, to_lon_lat
from corridor.io.formats.one_way import DirectedLink, Links, links_of_ways
from corridor.io.formats.shapes import points_of
from corridor.io.raw_networks import raw_network_of
from corridor.io.studies import load
from corridor.model.fields import MODES, NODE_KINDS
from corridor.model.network import Network
from corridor.model.raw_network import RawNetwork
from corridor.model.relations import carriers_of
from corridor.units import Position, line_km

WORDS = {
    "rail": ("rail", "railway", "railroad", "train", "freight_rail", "freight rail", "rail_freight"),
    "road": (
        *(
            "road",
            "auto",
            "car",
            "truck",
            "hgv",
            "freight",
            "motorway",
            "freeway",
            "highway",
            "expressway",
            "interstate",
        ),
        *("trunk", "primary", "secondary", "tertiary", "unclassified", "arterial", "major arterial", "minor arterial"),
        *("principal arterial", "collector", "local", "residential", "ramp", "motorway_link", "trunk_link"),
        *("primary_link", "secondary_link", "tertiary_link", "street", "service", "sov", "hov", "all"),
    ),
    "river": ("river", "waterway", "inland waterway", "canal", "barge"),
    "sea": ("sea", "ship", "shipping", "shipping lane", "maritime"),
    "ferry": ("ferry",),
}
MODE_OF_WORD = {word: mode for mode, words in WORDS.items() for word in words}
# Users that do not indicate freight; a link for them only has no mode.
BESIDE_FREIGHT = ("walk", "ped", "pedestrian", "bike", "bicycle", "cycle", "bus", "transit", "parking", "shoulder")
USED = (
    *("node_id", "name", "x_coord", "y_coord", "link_id", "from_node_id", "to_node_id", "directed", "geometry_id"),
    *("geometry", "dir_flag", "length", "free_speed", "country", "mode", "gauge_mm", "from", "to", "id"),
)
SOURCE = "gmns"


@dataclass(frozen=True)
class ImportOptions:
    """Options of the caller, in addition to the tables."""

    like: Network | None = None
    country: str | None = None
    mode: str | None = None
    gauge_mm: int | None = None
    length_unit: str | None = None
    speed_unit: str | None = None
    crs: str | None = None
    one_way: str = "refuse"
    base_year: int | None = None


@dataclass(frozen=True)
class Folder:
    """The tables of a folder."""

    name: str
    config: Mapping[str, str]
    nodes: Table
    links: Table
    lines: Table


def imported(found: Folder, options: ImportOptions, source: str) -> RawNetwork:
    """Return the unchecked network of the columns of the specification."""
    faults = list(_option_faults(options))
    km, kmh = length_factor(found, options, faults), _speed_factor(found, options, faults)
    positions = reprojected(found, options, _positions(found, faults), faults)
    nodes = _nodes(found, options, faults)
    if faults:
        raise DataError(faults, source)
    lines = reprojected(found, options, _lines(found, faults), faults)
    links = list(
        _directed_links(found, options, lines, positions, {r["id"]: r["country"] for r in nodes}, (km, kmh), faults)
    )
    if faults:
        raise DataError(faults, source)
    made = links_of_ways(links, options.one_way, SOURCE, taken=set(positions), faults=faults)
    if faults:
        raise DataError(faults, source)
    name = found.config.get("dataset_name") or found.name
    record = {"id": SOURCE, "title": f"GMNS tables {name}"}
    return with_header(name, options, nodes, made, positions, record)


def with_header(
    name: str,
    options: ImportOptions,
    nodes: list[dict[str, Any]],
    made: Links,
    positions: Mapping[str, tuple[Position, ...]],
    source: Mapping[str, str],
) -> RawNetwork:
    """Return a raw network of imported nodes and links, with prices and parameters of another network."""
    carriers: dict[str, set[str]] = {}
    for record in made.links:
        for area in record["tariff_area"]:
            carriers.setdefault(area, set()).add(record["carrier"])
    base = options.like or load()
    header = default_header(name, options.base_year or base.base_year, carriers, options.like)
    header["resources"] = made.resources
    header["sources"] = [*header["sources"], dict(source)]
    if made.notes:
        header["import_notes"] = list(made.notes)
    records = {"node": nodes, "link": made.links, "transfer": []}
    return raw_network_of(header, records, {**positions, **made.lines})


def _option_faults(options: ImportOptions) -> Iterable[Fault]:
    if options.mode is not None and options.mode not in MODES:
        yield Fault("option", "mode", str(options.mode), f"is '{options.mode}'", f"give {', '.join(MODES)}")
    if options.one_way not in ("refuse", "both"):
        yield Fault("option", "one_way", str(options.one_way), f"is '{options.one_way}'", "give refuse or both")


def length_factor(found: Folder, options: ImportOptions, faults: list[Fault]) -> float:
    """Return the length unit in kilometres; a missing unit is a fault."""
    return _factor(KM, options.length_unit, found.config.get("long_length"), ("long_length", "length_unit"), faults)


def _speed_factor(found: Folder, options: ImportOptions, faults: list[Fault]) -> float:
    if not any(row.get("free_speed") for row in found.links.rows):
        return 1.0
    return _factor(KMH, options.speed_unit, found.config.get("speed"), ("speed", "speed_unit"), faults)


def _factor(
    known: Mapping[str, float],
    option_unit: str | None,
    config_unit: str | None,
    names: tuple[str, str],
    faults: list[Fault],
) -> float:
    unit = option_unit if option_unit is not None else config_unit
    column, option = names
    factor = known.get(str(unit).strip().casefold())
    if factor is None:
        message = f"is '{unit}', an unknown unit" if unit else "is missing: the unit is not known"
        fix = f"give {option}=, one of {', '.join(known)}"
        faults.append(Fault("config.csv", column, unit, message, fix))
    return factor or 1.0


def reprojected(
    found: Folder, options: ImportOptions, lines: Mapping[str, tuple[Position, ...]], faults: list[Fault]
) -> dict[str, tuple[Position, ...]]:
    """Return points as longitude and latitude; a missing coordinate system is a fault."""
    system = options.crs or found.config.get("crs") or ""
    if system.strip().upper() in WGS84 or any(f.field == "crs" for f in faults):
        return dict(lines)
    if not system:
        faults.append(Fault("config.csv", "crs", None, "is missing", "give crs=, such as EPSG:4326"))
        return dict(lines)
    return to_lon_lat(system, lines, Fault("config.csv", "crs", system, "", "give crs=, such as EPSG:4326"), faults)


def _number(row: Row, name: str, where: str, faults: list[Fault]) -> float | None:
    """Return the number in a cell; None if it is empty or NaN, which the specification uses for unknown."""
    text = (row.get(name) or "").strip()
    if not text or text.casefold() == "nan":
        return None
    value = number_in(text)
    value = math.nan if value is None else value
    if not math.isfinite(value) or (value < 0 and not name.endswith("_coord")):
        faults.append(Fault(where, name, text, f"is '{text}'", "give a number from 0, or leave it empty"))
        return None
    return value


def _positions(found: Folder, faults: list[Fault]) -> dict[str, tuple[Position, ...]]:
    positions: dict[str, tuple[Position, ...]] = {}
    for number, row in enumerate(found.nodes.rows):
        where = found.nodes.where(number)
        place = [_number(row, name, where, faults) for name in ("x_coord", "y_coord")]
        for name, value in zip(("x_coord", "y_coord"), place, strict=True):
            if value is None and not any(f.where == where and f.field == name for f in faults):
                faults.append(Fault(where, name, None, "is missing", "give the position"))
        if row["node_id"] in positions:
            faults.append(Fault(where, "node_id", row["node_id"], "appears twice", "give each node its own id"))
        positions[row["node_id"]] = ((place[0] or 0.0, place[1] or 0.0),)
    return positions


def _nodes(found: Folder, options: ImportOptions, faults: list[Fault]) -> list[dict[str, Any]]:
    nodes = []
    for number, row in enumerate(found.nodes.rows):
        country = row.get("country") or options.country
        if not country:
            fix = "give country=, or a column country with ISO codes"
            if not any(f.field == "country" for f in faults):
                faults.append(Fault("node.csv", "country", None, "is missing: GMNS has no column for it", fix))
        node_type = (row.get("node_type") or "").strip().casefold()
        kind = node_type if node_type in NODE_KINDS else "city" if row.get("zone_id") else "station"
        record = {"id": row["node_id"], "name": row.get("name") or row["node_id"], "country": country, "kind": kind}
        nodes.append(record | _additional("node", row, found.nodes.where(number), faults))
    return nodes


def _additional(kind: str, row: Row, where: str, faults: list[Fault]) -> dict[str, Any]:
    """Return additional columns: known fields as such, the others together in the property `gmns`.

    Columns of sources are dropped, because the list of sources is missing.
    """
    filled = {k: v for k, v in row.items() if k not in USED and v and v.casefold() != "nan"}
    fields = {k: v for k, v in filled.items() if k in KINDS[kind] and not k.endswith("sources")}
    rest = {k: v for k, v in filled.items() if k not in KINDS[kind]}
    return record_of(kind, fields, where, faults, typed=False) | ({"gmns": rest} if rest else {})


def _lines(found: Folder, faults: list[Fault]) -> dict[str, tuple[Position, ...]]:
    """Return the lines of links, from first to last node, by position in the table."""
    import shapely

    shared = {row["geometry_id"]: row["geometry"] for row in found.lines.rows}
    lines = {}
    for number, row in enumerate(found.links.rows):
        text = row.get("geometry") or shared.get(row.get("geometry_id") or "", "")
        if not text:
            continue
        try:
            line = points_of(shapely.from_wkt(text), "link")
        except shapely.errors.ShapelyError:
            line = None
        if line is None:
            where = found.links.where(number)
            faults.append(Fault(where, "geometry", text[:40], "is not a LINESTRING in well-known text", "correct it"))
            continue
        lines[str(number)] = line[::-1] if row.get("dir_flag") in ("-1", "-1.0") else line
    return lines


def _directed_links(
    found: Folder,
    options: ImportOptions,
    lines: Mapping[str, tuple[Position, ...]],
    positions: Mapping[str, tuple[Position, ...]],
    country: Mapping[str, str],
    factors: tuple[float, float],
    faults: list[Fault],
) -> Iterable[DirectedLink]:
    for number, row in enumerate(found.links.rows):
        where, before = found.links.where(number), len(faults)
        ends = (row["from_node_id"], row["to_node_id"])
        for name, end in zip(("from_node_id", "to_node_id"), ends, strict=True):
            if end not in positions:
                faults.append(
                    Fault(where, name, end, f"names an unknown node: '{end}'", "add the node, or correct the id")
                )
        directed = {"true": True, "1": True, "false": False, "0": False}.get((row.get("directed") or "").casefold())
        if directed is None:
            text = row.get("directed", "")
            faults.append(Fault(where, "directed", text, f"is '{text}'", "give true or false"))
        mode = _mode(row, options, where, faults)
        gauge = _gauge(row, options, mode, where, faults)
        additional = _additional("link", row, where, faults)
        length, speed, lanes, capacity = (
            _number(row, name, where, faults) for name in ("length", "free_speed", "lanes", "capacity")
        )
        if len(faults) > before:
            continue
        points = lines.get(str(number)) or (positions[ends[0]][0], positions[ends[1]][0])
        yield DirectedLink(
            row["link_id"],
            *ends,
            mode=mode,
            carrier=additional.get("carrier") or carriers_of(mode, gauge)[0],
            gauge_mm=gauge,
            areas=tuple(dict.fromkeys(country[end] for end in ends)),
            length_km=line_km(points) if length is None else length * factors[0],
            length_basis="derived" if length is None else "published",
            speed_kmh=None if not speed else speed * factors[1],
            per_hour=None if capacity is None or lanes is None or mode != "road" else capacity * lanes,
            limit_note=f"{capacity} vehicles an hour and lane × {lanes} lanes × 24 hours, each counted as a truck",
            directed=bool(directed),
            line=points,
            kept=additional,
            where=where,
        )


def _mode(row: Row, options: ImportOptions, where: str, faults: list[Fault]) -> str:
    """Return the mode given by the columns, or else by the option; unknown words are faults."""
    if row.get("mode"):
        if row["mode"] not in MODES:
            faults.append(Fault(where, "mode", row["mode"], f"is '{row['mode']}'", f"give {', '.join(MODES)}"))
        return row["mode"]
    for column in ("facility_type", "allowed_uses"):
        words = [w.strip().casefold() for w in (row.get(column) or "").replace(";", ",").split(",") if w.strip()]
        modes = {MODE_OF_WORD[w] for w in words if w in MODE_OF_WORD}
        unknown = [w for w in words if w not in MODE_OF_WORD and w not in BESIDE_FREIGHT]
        if len(modes) == 1 and not unknown:
            return modes.pop()
    if options.mode is not None:
        return options.mode
    text = row.get("facility_type") or row.get("allowed_uses") or ""
    message = f"is '{text}': its mode is not known" if text else "is missing: its mode is not known"
    faults.append(Fault(where, "facility_type", text, message, f"give mode=, one of {', '.join(MODES)}"))
    return ""


def _gauge(row: Row, options: ImportOptions, mode: str, where: str, faults: list[Fault]) -> int | None:
    value = _number(row, "gauge_mm", where, faults)
    if value is not None and not value.is_integer():
        faults.append(Fault(where, "gauge_mm", value, f"is {value:g}", "give whole millimetres"))
    gauge = int(value) if value is not None else options.gauge_mm if mode == "rail" else None
    if mode == "rail" and gauge is None:
        fix = "give gauge_mm=, or a column gauge_mm such as 1435 or 1520"
        faults.append(Fault(where, "gauge_mm", None, "is missing: a railway link needs it", fix))
    return gauge
