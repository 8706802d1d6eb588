"""Save an answer as a table, with lines if it has any, in the format of the file extension."""

from __future__ import annotations

import io
import json
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from corridor.displayable import Result
from corridor.errors import DataError, Fault
from corridor.files.optional_imports import library
from corridor.files.whole_files import path_of, write_bytes, write_text
from corridor.io.formats.geopackage_file import add_layer, finished, geopackage
from corridor.model.arguments import check_network
from corridor.model.names import nearest
from corridor.model.network import Network
from corridor.routing.itinerary import Route
from corridor.routing.route_frames import route_geojson
from corridor.routing.routes import Routes

Frame = Any


def _with_index(result: Frame) -> Frame:
    """Return a table unchanged, with a meaningful index as its first columns."""
    import pandas

    if isinstance(result.index, pandas.RangeIndex):
        return result
    if isinstance(result.index, pandas.MultiIndex):
        return result.reset_index()
    return result.rename_axis(result.index.name or "origin").reset_index()


LINK = "link"  # the column that gives a table of links its geometry


def save(
    result: Any, path: str | os.PathLike[str], *, table: str | None = None, network: Network | None = None
) -> None:
    """Save an answer: a route, a flow, an assignment, a throughput, a plan, a table, ...

    Parameters
    ----------
    result
        What a function of this package returned.
    path
        `.json` (everything, with the keys of the command line); or one table as `.csv`,
        `.parquet` (extra `parquet`), or with lines as `.geojson` or `.gpkg`.
    table
        Which table: of an assignment links, resources, resources_by_cargo, paths,
        unserved; of a flow links, resources, cut (default: the first).
    network
        The network of the query: gives the geometry of the links of a flow or an assignment.

    Raises
    ------
    DataError
        If the answer has no such table or no geometry, or the file cannot be written;
        says what is possible instead.

    Examples
    --------
    >>> import corridor, pathlib, tempfile
    >>> net = corridor.load()
    >>> route = corridor.route(net, "Astrakhan", "Tehran", cargo="grain")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     corridor.save(route, pathlib.Path(folder) / "route.csv")
    ...     (pathlib.Path(folder) / "route.csv").read_text().split(",")[:3]
    ['mode', 'gauge_mm', 'from']
    """
    source = path_of(path, writes=True)
    ending = Path(source).suffix.lower()
    if network is not None:
        check_network(network)
    tables = _tables(result, source)
    chosen = next(iter(tables)) if table is None else table
    faults = []
    if not isinstance(chosen, str) or chosen not in tables:
        close = nearest(str(chosen), tables)
        fix = f"did you mean '{close[0]}'?" if close else f"give one of {', '.join(tables)}"
        faults.append(
            Fault("option", "table", str(chosen), f"is not a table of {type(result).__name__}: {chosen}", fix)
        )
    if ending not in WRITERS:
        message = f"has an unknown file extension: '{ending}'"
        faults.append(Fault("file", "", source, message, f"give {', '.join(WRITERS)}"))
    if faults:
        raise DataError(faults, source)
    if ending == ".json":
        whole = table is None and isinstance(result, Result)
        write_text(Path(path), _json(result, None if whole else tables[chosen]))
    elif ending == ".geojson" and isinstance(result, Route | Routes):
        write_text(Path(path), route_geojson(*(result if isinstance(result, Routes) else (result,))))
    else:
        frame = tables[chosen]
        frame = frame.rename(columns={c: str(c) for c in frame.columns})
        if ending in (".geojson", ".gpkg"):
            frame = _with_geometry(frame, network, type(result).__name__, source)
        write_bytes(Path(path), WRITERS[ending](frame, chosen))


def _tables(result: Any, source: str) -> Mapping[str, Frame]:
    import pandas

    if isinstance(result, pandas.DataFrame):
        return {"table": _with_index(result)}
    if isinstance(result, Result):
        return result.tables()
    fix = "give an answer of this package (write saves a network, write_demand a demand)"
    raise DataError(Fault("result", "", type(result).__name__, f"is a {type(result).__name__}", fix), source)


def _with_geometry(frame: Frame, network: Network | None, kind: str, source: str) -> Frame:
    """Return a table with a geometry in each row."""
    import geopandas
    from shapely.geometry import LineString

    if isinstance(frame, geopandas.GeoDataFrame):
        if frame.crs is None:
            fix = "set it, such as frame.set_crs('EPSG:4326')"
            raise DataError(Fault("result", "crs", kind, "has no coordinate system", fix), source)
        named = frame if frame.geometry.name == "geometry" else frame.rename_geometry("geometry")
        return named.to_crs("EPSG:4326")
    if LINK not in frame.columns:
        fix = "give a path that ends in .csv, .parquet or .json"
        raise DataError(Fault("result", "geometry", kind, "has no geometry for a map", fix), source)
    if network is None:
        fix = "give network=, the network of the query, or a path ending in .csv, .parquet or .json"
        raise DataError(Fault("result", "geometry", kind, "has the names of its links only, no geometry", fix), source)
    unknown = sorted(set(frame[LINK]) - set(network.geometry))
    if unknown:
        message = f"has no link '{unknown[0]}'"
        raise DataError(Fault("option", "network", unknown[0], message, "give the network of the query"), source)
    lines = [LineString(network.geometry[name]) for name in frame[LINK]]
    return geopandas.GeoDataFrame(frame, geometry=lines, crs="EPSG:4326")


def _plain(value: Any) -> Any:
    """Return a cell as plain data: lists and records remain, unknown values become None."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if value is None or (isinstance(value, float) and not math.isfinite(value)) else value


def _flat(value: Any) -> Any:
    """Return a cell without lists: a list of words and numbers joined by semicolons, else JSON."""
    value = _plain(value)
    if isinstance(value, list) and not any(isinstance(v, list | dict) for v in value):
        return ";".join(str(v) for v in value)
    return json.dumps(value, ensure_ascii=False, allow_nan=False) if isinstance(value, list | dict) else value


def _records(frame: Frame, make: Callable[[Any], Any]) -> list[dict[str, Any]]:
    names = [c for c in frame.columns if c != "geometry"]
    columns = [[make(v) for v in frame[name]] for name in names]
    return [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]


def _json(result: Any, frame: Frame | None) -> str:
    """Return a whole answer, or one of its tables, as JSON."""
    value: Any
    if frame is None:
        value = _plain(result.to_dict())
    else:
        rows = _records(frame.rename(columns={c: str(c) for c in frame.columns}), _plain)
        value = {"rows": rows}
        if not isinstance(result, Result) and isinstance(result.attrs.get("unit"), str):
            value = {"unit": result.attrs["unit"], **value}
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _csv_bytes(frame: Frame, _: str) -> bytes:
    from corridor.files.csv_table import csv_text

    names = [c for c in frame.columns if c != "geometry"]
    return csv_text(names, _records(frame, _flat)).encode("utf-8")


def _parquet_bytes(frame: Frame, _: str) -> bytes:
    library("parquet", "pyarrow")
    stream = io.BytesIO()
    texts = {c: [_flat(v) for v in frame[c]] for c in frame.columns if c != "geometry" and frame[c].dtype == object}
    cells = {
        c: [v if v is None else str(v) for v in values] if _kind(values) == "text" else values
        for c, values in texts.items()
    }
    frame.assign(**cells).to_parquet(stream, index=False)
    return stream.getvalue()


def _geojson_bytes(frame: Frame, _: str) -> bytes:
    shapes = [None if s is None else s.__geo_interface__ for s in frame.geometry]
    features = [
        {"type": "Feature", "geometry": shape, "properties": row}
        for shape, row in zip(shapes, _records(frame, _plain), strict=True)
    ]
    value = {"type": "FeatureCollection", "features": features}
    return (json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode("utf-8")


def _geopackage_bytes(frame: Frame, table: str) -> bytes:
    import shapely

    rows = _records(frame, _flat)
    kinds = {name: _kind([row[name] for row in rows]) for name in frame.columns if name != "geometry"}
    plain = [name.casefold() for name in kinds]
    twice = [name for name in kinds if name.casefold() in ("fid", "geom") or plain.count(name.casefold()) > 1]
    if twice:
        message = "is a reserved or repeated column name in GeoPackage, which ignores case"
        raise DataError([Fault("result", name, None, message, "rename the column") for name in twice])
    shapes = {s.geom_type for s in frame.geometry if s is not None} or {"LineString"}
    shape = shapes.pop() if len(shapes) == 1 else "Geometry"
    box = tuple(map(float, frame.total_bounds)) if len(rows) else None
    with geopackage() as base:
        add_layer(base, table, kinds, rows, list(shapely.to_wkb(frame.geometry.array)), shape, box)  # type: ignore[arg-type]
        return finished(base)


def _kind(cells: list[Any]) -> str:
    known = [c for c in cells if c is not None]
    if known and all(isinstance(c, bool) for c in known):
        return "flag"
    return "number" if known and all(isinstance(c, int | float) for c in known) else "text"


def _no_bytes(_frame: Frame, _table: str) -> bytes:
    """Placeholder for JSON, which `save` writes itself."""
    return b""


WRITERS: Mapping[str, Callable[[Frame, str], bytes]] = {
    ".geojson": _geojson_bytes,
    ".gpkg": _geopackage_bytes,
    ".csv": _csv_bytes,
    ".parquet": _parquet_bytes,
    ".json": _no_bytes,
}
