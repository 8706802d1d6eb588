"""Graphs and their hierarchies as files of columns: a zip of arrays with a version and a checksum."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from pathlib import Path

import numpy as np

from corridor.arrays import Array
from corridor.errors import DataError, Fault
from corridor.files.whole_files import path_of, write_bytes
from corridor.large.contraction_hierarchy import Hierarchy
from corridor.large.graph import Graph

FORMAT = 1
GRAPH, HIERARCHY = "corridor graph", "corridor hierarchy"
KINDS = {GRAPH: "write_graph", HIERARCHY: "write_hierarchy"}
PARTS = ("rank", "parent", "up_first", "up_head", "slot", "own_first", "own_arc")


def write_graph(graph: Graph, path: str | os.PathLike[str]) -> None:
    """Write a graph as columns (.npz): a million nodes take about 40 MB and 0.1 s.

    Raises
    ------
    DataError
        If the file cannot be written; an existing file is then unchanged.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from corridor.large import Graph, read_graph, write_graph
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "graph.npz"
    >>> write_graph(Graph.of([0, 1], [1, 2]), path)
    >>> read_graph(path)
    Graph: 3 nodes, 2 arcs
    """
    columns = {"nodes": np.array([graph.nodes]), "tail": graph.tail, "head": graph.head}
    if graph.x is not None and graph.y is not None:
        columns |= {"x": graph.x, "y": graph.y}
    _write(path, GRAPH, columns)


def read_graph(path: str | os.PathLike[str]) -> Graph:
    """Return the graph of a file of `write_graph`, checked.

    Raises
    ------
    DataError
        If the file cannot be read, is damaged, or has another format.

    Examples
    --------
    >>> from corridor.large import read_graph
    >>> read_graph("nowhere.npz")
    Traceback (most recent call last):
        ...
    corridor.errors.DataError: nowhere.npz: file cannot be read: No such file or directory; check the path
    """
    found = _read(path, GRAPH, ("nodes", "tail", "head"))
    return Graph.of(found["tail"], found["head"], nodes=int(found["nodes"][0]), x=found.get("x"), y=found.get("y"))


def write_hierarchy(hierarchy: Hierarchy, graph: Graph, path: str | os.PathLike[str]) -> None:
    """Write a hierarchy as columns (.npz), with the checksum of its graph.

    Raises
    ------
    DataError
        If the file cannot be written.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from corridor.large import Graph, read_hierarchy, write_hierarchy
    >>> graph, path = Graph.of([0, 1], [1, 2]), pathlib.Path(tempfile.mkdtemp()) / "hierarchy.npz"
    >>> write_hierarchy(graph.hierarchy(), graph, path)
    >>> read_hierarchy(graph, path).priced([1.0, 2.0]).distances([0], [2]).tolist()
    [3.0]
    """
    _write(path, HIERARCHY, {name: getattr(hierarchy, name) for name in PARTS} | {"graph": _own_digest(graph)})


def read_hierarchy(graph: Graph, path: str | os.PathLike[str]) -> Hierarchy:
    """Return the hierarchy of a graph from a file of `write_hierarchy`.

    Raises
    ------
    DataError
        If the file cannot be read, is damaged, or belongs to another graph.

    Examples
    --------
    >>> from corridor.large import Graph, read_hierarchy
    >>> read_hierarchy(Graph.of([0], [1]), "nowhere.npz")
    Traceback (most recent call last):
        ...
    corridor.errors.DataError: nowhere.npz: file cannot be read: No such file or directory; check the path
    """
    found = _read(path, HIERARCHY, (*PARTS, "graph"))
    if found["graph"].tobytes() != _own_digest(graph).tobytes():
        raise DataError(Fault("file", "", None, "belongs to another graph", "build the hierarchy again"), str(path))
    return Hierarchy.from_parts(**{name: found[name] for name in PARTS})


def _own_digest(graph: Graph) -> Array:
    digest = hashlib.sha256(np.int64(graph.nodes).tobytes() + graph.tail.tobytes() + graph.head.tobytes())
    return np.frombuffer(digest.digest(), np.uint8)


def _digest(columns: dict[str, Array]) -> Array:
    digest = hashlib.sha256()
    for name in sorted(columns):
        digest.update(f"{name} {columns[name].dtype.str} {columns[name].shape}".encode())
        digest.update(np.ascontiguousarray(columns[name]).tobytes())
    return np.frombuffer(digest.digest(), np.uint8)


def _write(path: str | os.PathLike[str], kind: str, columns: dict[str, Array]) -> None:
    buffer = io.BytesIO()
    head = np.array([f"{kind} {FORMAT}"])
    np.savez(buffer, **{"format": head, "checksum": _digest(columns), **columns})  # type: ignore[arg-type]
    write_bytes(Path(path_of(path, writes=True)), buffer.getvalue())


def _read(path: str | os.PathLike[str], kind: str, needed: tuple[str, ...]) -> dict[str, Array]:
    file = path_of(path)
    if Path(file).exists() and not Path(file).is_file():
        raise DataError(Fault("file", "", file, "is not a regular file", "name a file"), file)
    try:
        with Path(file).open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            found = {name: archive[name] for name in archive.files}
    except OSError as error:
        why = error.strerror or "is not a zip of arrays"
        raise DataError(Fault("file", "", file, f"cannot be read: {why}", "check the path"), file) from None
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile, AttributeError, TypeError, MemoryError):
        raise DataError(
            Fault("file", "", file, "is damaged, or not a zip of arrays", f"write it with {KINDS[kind]}"), file
        ) from None
    head, checksum = found.pop("format", np.array([""])), found.pop("checksum", np.zeros(0, np.uint8))
    written = str(head[0]) if head.size == 1 else ""
    if written != f"{kind} {FORMAT}":
        problem = f"is '{written}'" if written else "does not state its format"
        raise DataError(
            Fault("file", "format", written, f"{problem}, not '{kind} {FORMAT}'", f"write it with {KINDS[kind]}"), file
        )
    if any(name not in found for name in needed) or checksum.tobytes() != _digest(found).tobytes():
        raise DataError(
            Fault("file", "checksum", None, "does not match: the file is damaged", f"write it with {KINDS[kind]}"), file
        )
    return found
