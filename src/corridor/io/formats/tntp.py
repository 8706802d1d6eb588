"""Road networks and trips in the text format of the TransportationNetworks collection (TNTP)."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor.errors import DataError, Fault
from corridor.files.csv_table import number_in
from corridor.files.whole_files import path_of, read_text

if TYPE_CHECKING:
    from corridor.large.delay import Delay
    from corridor.large.graph import Graph
    from corridor.model.demand import Demand
    from corridor.model.network import Network

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
COLUMNS = ("init_node", "term_node", "capacity", "length", "free_flow_time", "b", "power", "speed", "toll", "link_type")
NEEDED = {
    "zones": "NUMBER OF ZONES",
    "nodes": "NUMBER OF NODES",
    "first": "FIRST THRU NODE",
    "links": "NUMBER OF LINKS",
}
TAG = re.compile(r"<([^>]+)>\s*(.*)")
TOTAL_OFF = 1e-4  # relative tolerance: totals are rounded in the files
MOST_ZONES = 20_000  # their square matrix takes 3 GB
MOST_TYPES = 1e9  # of links


@dataclass(frozen=True, eq=False)
class Tntp:
    """A road network with its trips, in the columns and units of its files (which do not state the units).

    The columns (one number a link) are those of the file. `trips` (zones, zones) are from
    row to column, zone 1 first; `coordinates` (nodes, 2) are x and y; both are None without a file.
    """

    name: str
    number_of_zones: int
    number_of_nodes: int
    first_thru_node: int
    init_node: Ints
    term_node: Ints
    capacity: Floats
    length: Floats
    free_flow_time: Floats
    b: Floats
    power: Floats
    speed: Floats
    toll: Floats
    link_type: Ints
    trips: Floats | None = None
    coordinates: Floats | None = None

    def __len__(self) -> int:
        return len(self.init_node)

    def to_network(
        self,
        *,
        crs: str,
        length_unit: str,
        time_unit: str,
        country: str,
        capacity_period_h: float = 1.0,
        one_way: str = "refuse",
        like: Network | None = None,
    ) -> Network:
        """Return a checked road network; needs coordinates.

        Parameters
        ----------
        crs
            Coordinate system of the nodes, such as EPSG:4326.
        length_unit, time_unit
            km, mile, m, ft; h, min, s: the files do not state them. The `length_unit` "drawn"
            ignores the lengths and uses great-circle distances between the nodes.
        country
            ISO code of all places.
        capacity_period_h
            Period of the capacities, in hours.
        one_way
            Treatment of links without a mirror link in the other direction: "refuse", or
            "both" to make them bidirectional.
        like
            Network whose tariffs, parameters and cargo are used (default: the rates of the
            template of `corridor new`, marked assumed).

        Raises
        ------
        DataError
            If coordinates are missing, a unit is unknown, or the network has faults; lists all.
        """
        from corridor.io.formats.tntp_network import network_of

        return network_of(self, crs, (length_unit, time_unit), country, capacity_period_h, one_way, like)

    def to_graph(
        self, *, length_cost: float = 0.0, toll_cost: float = 0.0
    ) -> tuple[Graph, Delay, tuple[Ints, Ints, Floats], Ints]:
        """Return the input of `corridor.large.equilibrium`: graph, delay, trips, zones closed to through traffic.

        Parameters
        ----------
        length_cost, toll_cost
            Cost of a unit of length or toll, in units of the free-flow time.

        Raises
        ------
        DataError
            If there are no trips, or a number is invalid.
        """
        from corridor.io.formats.tntp_network import graph_of

        return graph_of(self, length_cost, toll_cost)

    def to_demand(self, cargo: str, t_per_trip: float, year: int) -> Demand:
        """Return the trips as net tonnes a year between zones; trips within a zone are left out.

        Parameters
        ----------
        cargo
            Id of a cargo.
        t_per_trip
            Net tonnes a year per trip of the table: the load, times the number of times a year
            that the trips of the table are made.
        year
            Year of the demand.

        Raises
        ------
        DataError
            If there are no trips, or `t_per_trip` is not a number from 0.
        """
        from corridor.io.formats.tntp_network import demand_of

        return demand_of(self, cargo, t_per_trip, year)

    def __repr__(self) -> str:
        trips = "" if self.trips is None else f", {self.trips.sum():,.0f} trips"
        return (
            f"Tntp '{self.name}': {self.number_of_zones} zones, {self.number_of_nodes} nodes, {len(self)} links{trips}"
        )


def read_tntp(
    net: str | os.PathLike[str],
    trips: str | os.PathLike[str] | None = None,
    nodes: str | os.PathLike[str] | None = None,
) -> Tntp:
    """Return the road network, trips and coordinates in TNTP files, checked.

    Parameters
    ----------
    net
        File of links, `…_net.tntp`.
    trips, nodes
        Files of trips and of coordinates, `…_trips.tntp` and `…_node.tntp`.

    Returns
    -------
    Tntp
        The columns as in the files; `to_network` and `to_demand` convert them to a
        network and a demand.

    Raises
    ------
    DataError
        If a file cannot be read or understood, counts and totals differ from its metadata,
        or a value is invalid; lists all faults with their lines.

    Examples
    --------
    >>> import corridor, pathlib, tempfile
    >>> head = "<NUMBER OF ZONES> 2\\n<NUMBER OF NODES> 2\\n<FIRST THRU NODE> 1\\n<NUMBER OF LINKS> 2\\n"
    >>> text = head + "<END OF METADATA>\\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "two_net.tntp"
    ...     _ = path.write_text(text + "1 2 900 5 6 0.15 4 0 0 1 ;\\n2 1 900 5 6 0.15 4 0 0 1 ;\\n")
    ...     corridor.read_tntp(path)
    Tntp 'two': 2 zones, 2 nodes, 2 links
    """
    faults: list[Fault] = []
    source = path_of(net, name="net")
    tags, body = _parts(source, faults)
    head = {key: _count(tags, tag, Path(source).name, faults) for key, tag in NEEDED.items()}
    rows = list(_link_rows(body, Path(source).name, head["nodes"], faults))
    if head["links"] is not None and head["links"] != len(rows) and not faults:
        message = f"is {head['links']}, but the file has {len(rows)} links"
        faults.append(Fault(Path(source).name, NEEDED["links"], head["links"], message, "the file may be cut off"))
    zones, count = head["zones"] or 0, head["nodes"] or 0
    used = max((max(row[0], row[1]) for row in rows), default=0)
    if count > 10 * max(used, len(rows), 100) and not faults:
        message = f"is {count}, but no link uses a node above {used:.0f}"
        faults.append(Fault(Path(source).name, NEEDED["nodes"], count, message, "correct it, or complete the file"))
    if (head["first"] or 1) > count and not faults:
        message = f"is {head['first']}, but there are {count} nodes"
        faults.append(
            Fault(Path(source).name, NEEDED["first"], head["first"], message, "give a node number of the network")
        )
    if zones > min(count, MOST_ZONES) and not faults:
        message = f"is {zones}, but there are {count} nodes"
        faults.append(Fault(Path(source).name, NEEDED["zones"], zones, message, f"give at most {MOST_ZONES}"))
    matrix = None if trips is None or faults else _trips(path_of(trips, name="trips"), zones, faults)
    places = None if nodes is None or faults else _coordinates(path_of(nodes, name="nodes"), count, faults)
    if faults:
        raise DataError(faults, source)
    columns: dict[str, Any] = {name: np.array([r[i] for r in rows], np.float64) for i, name in enumerate(COLUMNS)}
    for name in ("init_node", "term_node", "link_type"):
        columns[name] = columns[name].astype(np.int64)
    name = re.sub(r"_net$", "", Path(source).stem)
    return Tntp(name, zones, count, head["first"] or 1, **columns, trips=matrix, coordinates=places)


def _parts(source: str, faults: list[Fault]) -> tuple[dict[str, str], list[tuple[int, str]]]:
    """Return the metadata, and the numbered lines below them without comments."""
    lines = read_text(source).splitlines()
    tags: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        found = TAG.match(line.strip())
        if found and found[1].strip().upper() == "END OF METADATA":
            body = [(n, text.split("~")[0].strip()) for n, text in enumerate(lines[number:], start=number + 1)]
            return tags, [(n, text) for n, text in body if text]
        if found:
            tag = found[1].strip().upper()
            if tag in tags:
                faults.append(
                    Fault(f"{Path(source).name} line {number}", tag, None, "appears twice", "keep one of them")
                )
            tags[tag] = found[2].strip()
    faults.append(
        Fault(Path(source).name, "END OF METADATA", None, "is missing", "check that it is a complete TNTP file")
    )
    return tags, []


def _count(tags: dict[str, str], tag: str, file: str, faults: list[Fault]) -> int | None:
    text = tags.get(tag, "").split("~")[0].strip()
    if re.fullmatch(r"\d{1,9}", text) and int(text) > 0:
        return int(text)
    message = f"is '{text}'" if tag in tags else "is missing"
    faults.append(Fault(file, tag, text or None, message, f"give <{tag}> with a whole number above 0"))
    return None


def _number(text: str) -> float:
    value = number_in(text)
    return math.nan if value is None else value


def _link_rows(body: list[tuple[int, str]], file: str, nodes: int | None, faults: list[Fault]) -> Iterator[list[float]]:
    for line, text in body:
        where = f"{file} line {line}"
        cells = text.rstrip(";").split()
        if len(cells) != len(COLUMNS) or not text.endswith(";"):
            message = f"has {len(cells)} values" if len(cells) != len(COLUMNS) else "does not end in a semicolon"
            fix = f"give {', '.join(COLUMNS)} and a semicolon"
            faults.append(Fault(where, "", text[:60], message, fix))
            continue
        values = [_number(cell) for cell in cells]
        for name, value, cell in zip(COLUMNS, values, cells, strict=True):
            if not math.isfinite(value) or value < 0:
                faults.append(Fault(where, name, cell, f"is {cell}", "give a number from 0"))
            elif name.endswith("_node") and not (value.is_integer() and 1 <= value <= (nodes or math.inf)):
                faults.append(
                    Fault(where, name, cell, f"is {cell}, which is not a node", f"give a node from 1 to {nodes}")
                )
            elif name == "link_type" and not (value.is_integer() and value <= MOST_TYPES):
                faults.append(Fault(where, name, cell, f"is {cell}", "give a whole number"))
        yield values


def _trips(source: str, zones: int, faults: list[Fault]) -> Floats:
    """Return the matrix of trips; missing pairs have none."""
    before, file = len(faults), Path(source).name
    tags, body = _parts(source, faults)
    stated = _count(tags, NEEDED["zones"], file, faults)
    if stated is not None and stated != zones:
        faults.append(
            Fault(file, NEEDED["zones"], stated, f"is {stated}, but the network has {zones}", "give its own trips")
        )
    matrix = np.zeros((zones, zones))
    seen: set[tuple[int, int]] = set()
    origin: int | None = None
    for line, text in body:
        where = f"{file} line {line}"
        if text.lower().startswith("origin"):
            origin = _zone(text[6:], zones, where, "origin", faults)
            continue
        for entry in filter(None, (part.strip() for part in text.split(";"))):
            end, colon, value = entry.partition(":")
            destination = _zone(end, zones, where, "destination", faults)
            number = _number(value) if colon else math.nan
            if not math.isfinite(number) or number < 0:
                faults.append(Fault(where, "trips", entry, f"is '{entry}'", "give destination : number, from 0"))
            elif destination is not None and origin is not None:
                if (origin, destination) in seen:
                    message = f"repeats the trips from {origin} to {destination}"
                    faults.append(Fault(where, "trips", entry, message, "give their sum once"))
                seen.add((origin, destination))
                matrix[origin - 1, destination - 1] = number
            elif origin is None and not any(f.field == "origin" and f.where.startswith(file) for f in faults):
                faults.append(Fault(where, "origin", None, "is missing", "begin with a line such as `Origin 1`"))
    total = _number(tags.get("TOTAL OD FLOW", "nan").split("~")[0])
    if (
        len(faults) == before
        and "TOTAL OD FLOW" in tags
        and not abs(total - matrix.sum()) <= TOTAL_OFF * max(total, 1.0)
    ):
        message = f"is {tags['TOTAL OD FLOW']}, but the trips sum to {matrix.sum():.10g}"
        faults.append(Fault(file, "TOTAL OD FLOW", tags["TOTAL OD FLOW"], message, "the file may be cut off"))
    return matrix


def _zone(text: str, zones: int, where: str, field: str, faults: list[Fault]) -> int | None:
    text = text.strip()
    if re.fullmatch(r"\d{1,9}", text) and 1 <= int(text) <= zones:
        return int(text)
    faults.append(Fault(where, field, text, f"is '{text}', which is not a zone", f"give a zone from 1 to {zones}"))
    return None


def _coordinates(source: str, nodes: int, faults: list[Fault]) -> Floats:
    file = Path(source).name
    positions = np.full((nodes, 2), np.nan)
    for line, raw in enumerate(read_text(source).splitlines(), start=1):
        cells = raw.split("~")[0].replace(";", " ").split()
        if not cells or cells[0].lower() == "node":
            continue
        where = f"{file} line {line}"
        numbers = [_number(cell) for cell in cells]
        if len(cells) != 3 or not all(map(math.isfinite, numbers)):
            faults.append(Fault(where, "", raw.strip()[:60], "is not a position", "give node, x, y"))
        elif not (numbers[0].is_integer() and 1 <= numbers[0] <= nodes):
            faults.append(
                Fault(where, "node", cells[0], f"is {cells[0]}, which is not a node", f"give a node from 1 to {nodes}")
            )
        elif positions[int(numbers[0]) - 1, 0] == positions[int(numbers[0]) - 1, 0]:
            faults.append(Fault(where, "node", cells[0], f"appears twice: {cells[0]}", "keep one of them"))
        else:
            positions[int(numbers[0]) - 1] = numbers[1:]
    missing = (np.flatnonzero(np.isnan(positions[:, 0])) + 1).tolist()
    if missing and not any(f.where.startswith(file) for f in faults):
        shown = ", ".join(map(str, missing[:5])) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        faults.append(Fault(file, "node", shown, f"has no position for {shown}", "add the missing nodes"))
    return positions
