"""Write demand as CSV and OMX, and read OMX: one matrix per cargo, tonnes a year from row to column.

OMX (open matrix, version 0.2) is a layout of HDF5. It is not read with pytables, which would
run code from a hostile file.
"""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corridor.errors import DataError, Fault
from corridor.files.csv_table import csv_text
from corridor.files.json_file import content_of
from corridor.files.optional_imports import library
from corridor.files.whole_files import path_of, write_bytes, write_text
from corridor.io.study_files import default_study
from corridor.model.demand import MOST_T_YR, QUARTERS, WHATEVER_USD_T, Demand

PLACES = "place"  # name of the mapping of rows and columns
MOST_PLACES = 20_000  # their square matrix takes 3 GB
MOST_CELLS = 100_000_000  # of all matrices: 0.8 GB
LONGEST = 2**16  # characters of a name
Matrix = np.ndarray[Any, np.dtype[np.float64]]
Key = tuple[str, str, str]


def write_demand(demand: Demand, path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Write a demand as CSV or OMX, by the file extension; return what the format cannot store.

    Parameters
    ----------
    demand
        The demand.
    path
        A `.csv` with the columns that `read_demand` reads, or an `.omx` with a
        matrix for each cargo (needs the extra `omx`).

    Returns
    -------
    tuple of str
        One text for each loss.

    Raises
    ------
    DataError
        If the path has another extension or cannot be written, or a name cannot be stored.

    Examples
    --------
    >>> import corridor, pathlib, tempfile
    >>> wheat = corridor.Demand.of([("Moscow", "Tehran", "grain", 250_000.0)], year=2024)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "wheat.csv"
    ...     lost = corridor.write_demand(wheat, path)
    ...     corridor.read_demand(path), lost
    (Demand 'wheat' 2024: 1 rows, 0.25 Mt a year, ())
    """
    if not isinstance(demand, Demand):
        fix = "give corridor.demand(...) or corridor.Demand.of([...])"
        raise DataError(Fault("demand", "", repr(demand), f"is not a demand: {demand!r}", fix))
    path = path_of(path, writes=True)
    ending = Path(path).suffix.lower()
    if ending not in (".csv", ".omx"):
        message, fix = f"has an unknown file extension: '{ending}'", "give .csv or .omx"
        raise DataError(Fault("file", "", os.fspath(path), message, fix), os.fspath(path))
    lost = []
    if any(demand.groups):
        lost.append("the pair of zones that each row comes from")
    if demand.references:
        lost.append("the tonnes of the reference years")
    if demand.year != default_study().settings.base_year:
        lost.append(f"the year {demand.year}: give it to read_demand")
    demand, added_up = _added_up(demand)
    lost += added_up
    if ending == ".csv":
        write_text(Path(path), _csv(demand))
        return tuple(lost)
    write_bytes(Path(path), _omx(demand, os.fspath(path)))
    if (demand.max_cost_usd_t != WHATEVER_USD_T).any():
        lost.append("the maximum cost (willingness to pay)")
    if (demand.quarter_shares != 1 / QUARTERS).any():
        lost.append("the quarter shares")
    if (demand.t_yr == 0).any():
        lost.append(f"{int((demand.t_yr == 0).sum())} rows of 0 t")
    if _sorted(demand) != list(range(len(demand))):
        lost.append("the order of the rows")
    return tuple(lost)


def _added_up(demand: Demand) -> tuple[Demand, list[str]]:
    """Return a demand with one row per origin, destination and cargo."""
    keys = list(zip(demand.origins, demand.destinations, demand.cargoes, strict=True))
    first: dict[Key, int] = {}
    row_of = np.array([first.setdefault(key, len(first)) for key in keys], dtype=np.int64)
    repeated = len(keys) - len(first)
    if not repeated:
        return demand, []
    t_yr = _sums(row_of, demand.t_yr)
    weight = np.where(t_yr[row_of] > 0, demand.t_yr / np.maximum(t_yr[row_of], 1e-300), 1 / np.bincount(row_of)[row_of])
    shares = np.stack([_sums(row_of, weight * q) for q in demand.quarter_shares.T], axis=1)
    summed = Demand(
        demand.name,
        demand.year,
        tuple(key[0] for key in first),
        tuple(key[1] for key in first),
        tuple(key[2] for key in first),
        t_yr,
        _sums(row_of, weight * demand.max_cost_usd_t),
        shares,
        ("",) * len(first),
    )
    loss = f"{repeated} rows with the ends and cargo of another row: added up, with mean costs and quarter shares"
    return summed, [loss]


def _sums(row_of: np.ndarray[Any, np.dtype[np.int64]], values: Matrix) -> Matrix:
    return np.bincount(row_of, weights=values).astype(np.float64)


def _csv(demand: Demand) -> str:
    faults = [
        Fault(f"row {number}", part, name, f"is {name!r}", "give a name without line breaks")
        for part, names in (("origin", demand.origins), ("destination", demand.destinations), ("cargo", demand.cargoes))
        for number, name in enumerate(names, start=1)
        if not name or not name.isprintable() or name != name.strip()
    ]
    if faults:
        raise DataError(faults)
    frame = demand.to_frame()
    return csv_text(list(frame.columns), frame.to_dict("records"))


def _places(demand: Demand) -> list[str]:
    return sorted({*demand.origins, *demand.destinations})


def _sorted(demand: Demand) -> list[int]:
    """Return the rows in the order in which matrices return them."""
    keys = list(zip(demand.cargoes, demand.origins, demand.destinations, strict=True))
    return sorted(range(len(keys)), key=keys.__getitem__)


def _omx(demand: Demand, source: str) -> bytes:
    h5py = library("omx", "h5py")
    places = _places(demand)
    index = {place: i for i, place in enumerate(places)}
    cargoes = sorted(set(demand.cargoes))
    faults = [
        Fault("cargo", "", name, f"is '{name}'", "give a name without / that is not empty, . or ..")
        for name in cargoes
        if "/" in name or "\0" in name or name in ("", ".", "..")
    ]
    faults += [
        Fault("place", "", name[:60], "is not a valid name in OMX", "give a shorter name without a null byte")
        for name in places
        if not name or name.endswith("\0") or len(name) > LONGEST
    ]
    if len(places) > MOST_PLACES:
        faults.append(Fault("demand", "", len(places), f"has {len(places)} places", f"give at most {MOST_PLACES}"))
    if faults:
        raise DataError(faults, source)
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file.attrs["OMX_VERSION"] = np.bytes_(b"0.2")
        file.attrs["SHAPE"] = np.array([len(places), len(places)], dtype=np.int32)
        data, lookup = file.create_group("data"), file.create_group("lookup")
        of_cargo = np.array(demand.cargoes, dtype=object)
        rows, columns = (
            np.array([index[n] for n in names], dtype=np.int64) for names in (demand.origins, demand.destinations)
        )
        for cargo in cargoes:
            matrix = np.zeros((len(places), len(places)))
            here = of_cargo == cargo
            matrix[rows[here], columns[here]] = demand.t_yr[here]
            data.create_dataset(cargo, data=matrix, chunks=True, compression="gzip", compression_opts=1)
        lookup.create_dataset(PLACES, data=np.array([place.encode() for place in places] or [b""], dtype=np.bytes_))
    return stream.getvalue()


def demand_of_omx(source: str, year: int) -> Demand:
    """Return the demand in an OMX file; see `read_demand`."""
    h5py = library("omx", "h5py")
    content = content_of(source)
    faults: list[Fault] = []
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            data, lookup = file.get("data"), file.get("lookup")
            if not isinstance(data, h5py.Group) or not len(data):
                fault = Fault("file", "data", None, "is missing or has no matrices", "give one matrix per cargo")
                raise DataError(fault, source)
            matrices = {str(name): data[name] for name in data}
            cells = sum(int(getattr(m, "size", 0)) for m in matrices.values())
            if cells > MOST_CELLS:
                message, fix = f"has {cells:,} cells", f"give at most {MOST_CELLS:,}, in several files"
                raise DataError(Fault("file", "data", cells, message, fix), source)
            outside = [
                n for n, m in matrices.items() if getattr(m, "external", None) or getattr(m, "is_virtual", False)
            ]
            if outside:
                message = "is stored in another file, which is not read"
                raise DataError([Fault("matrix", n, None, message, "store it in this file") for n in outside], source)
            places = _mapping(h5py, lookup, faults)
            found = {name: _matrix(h5py, name, m, places, faults) for name, m in matrices.items()} if not faults else {}
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        message = f"is not an OMX file, or is incomplete: {str(error).splitlines()[0]}"
        raise DataError(Fault("file", "", None, message, "write it again"), source) from None
    if faults:
        raise DataError(faults, source)
    rows = [row for cargo, matrix in found.items() for row in _rows(cargo, matrix, places)]
    if not rows:
        raise DataError(Fault("file", "data", None, "has no tonnes", "give tonnes a year from row to column"), source)
    count = len(rows)
    return Demand(
        Path(source).stem,
        year,
        tuple(row[0] for row in rows),
        tuple(row[1] for row in rows),
        tuple(row[2] for row in rows),
        np.array([row[3] for row in rows]),
        np.full(count, WHATEVER_USD_T),
        np.full((count, QUARTERS), 1 / QUARTERS),
        ("",) * count,
    )


def _mapping(h5py: Any, lookup: Any, faults: list[Fault]) -> list[str]:
    """Return the places of rows and columns from the mapping `place`, or from the only mapping."""
    names = sorted(map(str, lookup)) if isinstance(lookup, h5py.Group) else []
    chosen = PLACES if PLACES in names else names[0] if len(names) == 1 else None
    entries = lookup[chosen] if chosen else None
    if not isinstance(entries, h5py.Dataset) or entries.ndim != 1 or entries.shape[0] > MOST_PLACES:
        shown = ", ".join(names) or "none"
        message = f"has no names of places, only {shown}"
        faults.append(Fault("file", "lookup", shown, message, f"add a mapping '{PLACES}' of names or ids"))
        return []
    places = [_name(entry) for entry in entries[:]]
    faults += [
        Fault(f"mapping '{chosen}'", "", ascii(p), f"has a name that is not UTF-8: {p!a}", "write it as UTF-8")
        for p in places
        if any("\udc80" <= c <= "\udcff" for c in p)
    ]
    if faults:
        return []
    faults += [
        Fault(f"mapping '{chosen}'", "", place, f"is empty, invalid or repeated: '{place}'", "give each place one name")
        for place, count in sorted(Counter(places).items())
        if count > 1 or not place.strip() or not place.isprintable()
    ]
    return places


def _name(entry: Any) -> str:
    if isinstance(entry, bytes):
        return entry.decode("utf-8", "surrogateescape")
    return str(entry)


def _matrix(h5py: Any, name: str, dataset: Any, places: Sequence[str], faults: list[Fault]) -> Matrix:
    """Return a square matrix of finite numbers from 0, with zero diagonal."""
    where, empty = f"matrix '{name}'", np.zeros((0, 0))
    size = len(places)
    if not isinstance(dataset, h5py.Dataset) or dataset.shape != (size, size) or dataset.dtype.kind not in "iuf":
        shape = getattr(dataset, "shape", None)
        message = f"is not a matrix of numbers for {size} places: its shape is {shape}"
        faults.append(Fault(where, "", str(shape), message, "give a row and a column for each place"))
        return empty
    matrix: Matrix = dataset[:].astype(np.float64)
    for wrong, message in (
        (~np.isfinite(matrix), "is not finite"),
        (matrix < 0, "is negative"),
        (matrix > MOST_T_YR, f"is over {MOST_T_YR:g}"),
        (np.eye(size, dtype=bool) & (matrix > 0), "is from a place to itself"),
    ):
        if wrong.any():
            row, column = (int(x[0]) for x in np.nonzero(wrong))
            pair = f"{places[row]} → {places[column]}"
            more = int(wrong.sum()) - 1
            shown = f"{message} from {pair}" + (f" and in {more} more cells" if more else "")
            faults.append(Fault(where, pair, float(matrix[row, column]), shown, "give tonnes a year from 0"))
    return matrix


def _rows(cargo: str, matrix: Matrix, places: Sequence[str]) -> Iterator[tuple[str, str, str, float]]:
    for row, column in zip(*np.nonzero(matrix), strict=True):
        yield places[row], places[column], cargo, float(matrix[row, column])
