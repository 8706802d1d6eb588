"""Read and write a network in any format; the file extension selects the format."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from corridor.errors import DataError, Fault
from corridor.files.whole_files import path_of
from corridor.io.raw_networks import validated
from corridor.model.arguments import check_network
from corridor.model.checks import check_raw_network
from corridor.model.network import Network
from corridor.model.raw_network import RawNetwork

# Each module has `read_raw(source)` and `write(network, path)`.
MODULES: Mapping[str, str] = {
    ".geojson": "geojson",
    ".json": "geojson",
    ".gpkg": "geopackage",
    ".parquet": "geoparquet",
}
FOLDER = "gmns"
ENDINGS = f"{', '.join(MODULES)}, or a folder without an extension for GMNS"


def read(path: str | os.PathLike[str]) -> Network:
    """Return the network in a file or folder, checked.

    Parameters
    ----------
    path
        GeoJSON (`.geojson`, `.json`), GeoPackage (`.gpkg`), GeoParquet (`.parquet`), or a
        folder of GMNS tables; see `corridor new` for a template, `read_gmns` for options.

    Returns
    -------
    Network
        The network.

    Raises
    ------
    DataError
        If anything is wrong with the file; lists every fault with the feature,
        the field, the value and how to correct it.

    Examples
    --------
    >>> import corridor
    >>> corridor.read("no-such-file.geojson")
    Traceback (most recent call last):
    ...
    corridor.errors.DataError: no-such-file.geojson: file cannot be read: No such file or directory; check the path
    """
    source = path_of(path)
    raw, content = _module(source, writes=False).read_raw(source)
    return validated(raw, check_raw_network(raw), source, content)


def examine(path: str | os.PathLike[str]) -> tuple[RawNetwork | None, list[Fault]]:
    """Return the unchecked content of a file or folder, and all its faults and warnings."""
    source = path_of(path)
    try:
        raw, _ = _module(source, writes=False).read_raw(source)
    except DataError as error:
        return None, list(error.faults)
    return raw, check_raw_network(raw)


def write(network: Network, path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Write a network in the format of the file extension; return what the format cannot store.

    The file is complete or absent: it is written to a temporary file and renamed.

    Parameters
    ----------
    network
        The network.
    path
        GeoJSON (`.geojson`, `.json`), GeoPackage (`.gpkg`), GeoParquet (`.parquet`); a path
        without an extension is a folder of GMNS tables, new or empty.

    Returns
    -------
    tuple of str
        One text for each loss; empty if reading the file returns the same network.

    Raises
    ------
    DataError
        If the network has dated edits of a scenario, since a file describes one
        state; if the path has an unknown extension, is not a regular file, or cannot be written.

    Examples
    --------
    >>> import corridor, tempfile, pathlib
    >>> net = corridor.load()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     lost = corridor.write(net, pathlib.Path(folder) / "copy.gpkg")
    ...     corridor.read(pathlib.Path(folder) / "copy.gpkg").fingerprint() == net.fingerprint(), lost
    (True, ())
    """
    check_network(network)
    losses: tuple[str, ...] = _module(path_of(path, writes=True), writes=True).write(network, path)
    return (*losses, *_beyond_files(network))


def _beyond_files(network: Network) -> tuple[str, ...]:
    """Return the parts of a network that no file format stores."""
    losses = []
    if network.trade:
        losses.append(f"{len(network.trade)} changes of demand by scenarios: a network file has no demand")
    if network.without:
        losses.append(f"the recorded events that scenarios leave out: {', '.join(network.without)}")
    return tuple(losses)


def _module(source: str, *, writes: bool) -> Any:
    """Return the module for a path."""
    ending = Path(source).suffix.lower()
    if Path(source).name.lower() in MODULES:
        raise DataError(Fault("file", "", source, f"has no name before its extension: {source}", "name it"), source)
    if source and ((Path(source).is_dir() and not (writes and ending)) or (writes and source.endswith("/"))):
        return import_module(f"corridor.io.formats.{FOLDER}")
    if ending in MODULES:
        return import_module(f"corridor.io.formats.{MODULES[ending]}")
    if writes and not ending and source:
        return import_module(f"corridor.io.formats.{FOLDER}")
    if not source or (not writes and (not ending or not os.path.lexists(source))):
        return import_module("corridor.io.formats.geojson")  # reports what is wrong with the path
    message = f"has an unknown file extension: '{ending}'"
    raise DataError(Fault("file", "", source, message, f"give {ENDINGS}"), source)
