"""Convert a network to a networkx graph and back. Needs the extra `graph`."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

from corridor.errors import DataError, Fault
from corridor.files.optional_imports import library
from corridor.io.formats.default_header import default_header
from corridor.io.raw_networks import header_of, raw_network_of, validated
from corridor.model.arguments import check_network, coerce_arguments
from corridor.model.checks import check_raw_network, is_number
from corridor.model.network import Network
from corridor.units import Position

if TYPE_CHECKING:
    import networkx

HEADER = "corridor"
GRAPH_KEYS = {"node": ("lon", "lat"), "link": ("line", "direction")}  # attributes that are not fields


@coerce_arguments
def to_networkx(network: Network, year: int | None = None) -> networkx.MultiDiGraph:
    """Return nodes and links as a networkx graph, each link in both directions.

    Parameters
    ----------
    network
        The network.
    year
        Year of the network state if scenarios have dated edits (default: the base year).

    Returns
    -------
    networkx.MultiDiGraph
        Nodes by id with their fields, `lon` and `lat` in degrees. Edges with the link's
        id as key, `direction` (forward, backward; both for a loop), its fields, and
        `line`, the points from the link's first end. `graph.graph["corridor"]` holds
        the rest: transfers, resources, tariffs and the other tables.

    Raises
    ------
    DataError
        If networkx is missing, or a property has a name that the graph reserves.

    Examples
    --------
    >>> import corridor, networkx
    >>> net = corridor.load()
    >>> graph = corridor.to_networkx(net)
    >>> graph.number_of_nodes(), graph.number_of_edges() == 2 * len(net.links)
    (271, True)
    >>> networkx.shortest_path_length(graph, "moscow", "astrakhan", weight="length_km") > 1000
    True
    >>> corridor.from_networkx(graph).fingerprint() == net.fingerprint()
    True
    """
    graph = library("graph", "networkx").MultiDiGraph()
    state = network.at(network.base_year if year is None else year)
    faults = [
        Fault(f"{kind} '{name}'", key, None, "has a name that the graph reserves", "rename the property")
        for kind, keys in GRAPH_KEYS.items()
        for name, extra in state.tables[kind].extra.items()
        for key in keys
        if key in extra
    ]
    if faults:
        raise DataError(faults)
    for record in state.node_table.rows():
        lon, lat = state.geometry[record["id"]][0]
        graph.add_node(record.pop("id"), **record, lon=lon, lat=lat)
    for record in state.link_table.rows():
        name, start, end = (record.pop(key) for key in ("id", "from", "to"))
        line = state.geometry[name]
        if start == end:
            graph.add_edge(start, end, key=name, **record, line=line, direction="both")
            continue
        graph.add_edge(start, end, key=name, **record, line=line, direction="forward")
        graph.add_edge(end, start, key=name, **record, line=line, direction="backward")
    transfers = [{**r, "line": state.geometry.get(r["id"], ())} for r in state.transfer_table.rows()]
    graph.graph[HEADER] = {
        **header_of(state),
        "transfers": transfers,
        "order": list(state.link_table.ids),
    }
    return graph


def from_networkx(graph: networkx.MultiDiGraph, *, like: Network | None = None) -> Network:
    """Return the network in a networkx graph, checked like a file.

    Parameters
    ----------
    graph
        As returned by `to_networkx`, possibly changed: nodes with `lon` and `lat`, edges with the
        link's id as key. The two edges of a key have equal attributes; one of them is enough.
    like
        Network whose tariffs, parameters and cargo are used if the graph has none.

    Returns
    -------
    Network
        The network.

    Raises
    ------
    DataError
        If anything is wrong; lists every fault with its place and fix.

    Examples
    --------
    >>> import corridor
    >>> graph = corridor.to_networkx(corridor.load())
    >>> (key,) = graph["orsk"]["nikeltau"]
    >>> graph.edges["orsk", "nikeltau", key]["length_km"] = float("nan")
    >>> graph.remove_edge("nikeltau", "orsk", key)
    >>> corridor.from_networkx(graph)
    Traceback (most recent call last):
    ...
    corridor.errors.DataError: graph: link 'nikeltau-orsk-rail-1520': length_km is nan; expected ...
    """
    networkx = library("graph", "networkx")
    if not isinstance(graph, networkx.Graph) or not graph.is_multigraph() or not graph.is_directed():
        fix = "give networkx.MultiDiGraph(graph), edges keyed by the id of the link"
        raise DataError(Fault("graph", "", type(graph).__name__, "is not a MultiDiGraph", fix), "graph")
    if like is not None:
        check_network(like)
    stored = graph.graph.get(HEADER)
    if stored is None and like is not None:
        carriers: dict[str, set[str]] = {}
        for _, _, data in graph.edges(data=True):
            for area in data.get("tariff_area") or ():
                carriers.setdefault(str(area), set()).add(str(data.get("carrier")))
        stored = default_header(str(graph.name or like.name), like.base_year, carriers, like)
    if not isinstance(stored, Mapping):
        message, fix = "is missing: tariffs, parameters, cargo", "give like=, a network that has them"
        raise DataError(Fault("graph", HEADER, None, message, fix), "graph")
    header = dict(stored)
    transfers, order = header.pop("transfers", ()), header.pop("order", ())
    faults: list[Fault] = []
    geometry: dict[str, tuple[Position, ...]] = {}
    records: dict[str, list[dict[str, Any]]] = {"node": [], "link": [], "transfer": []}
    for name, data in graph.nodes(data=True):
        records["node"].append(
            {"id": name, **{k: v for k, v in data.items() if k not in GRAPH_KEYS["node"] and v is not None}}
        )
        _add(geometry, "node", name, ((data.get("lon"), data.get("lat")),), faults)
    for name, (start, end, data) in _links(graph, order, faults).items():
        fields = {k: v for k, v in data.items() if k not in GRAPH_KEYS["link"] and v is not None}
        records["link"].append({"id": name, "from": start, "to": end, **fields})
        _add(geometry, "link", name, data.get("line", ()), faults)
    for data in transfers:
        records["transfer"].append({k: v for k, v in data.items() if k != "line" and v is not None})
        if data.get("line"):
            _add(geometry, "transfer", data.get("id"), data["line"], faults)
    if faults:
        raise DataError(faults, "graph")
    raw = raw_network_of(header, records, geometry)
    return validated(raw, check_raw_network(raw), "graph")


def _links(graph: Any, order: Any, faults: list[Fault]) -> dict[Hashable, tuple[Hashable, Hashable, Mapping[str, Any]]]:
    """Return each link once with its ends: first the links named in `order`, then the others."""
    found: dict[Hashable, tuple[Hashable, Hashable, Mapping[str, Any]]] = {}
    for start, end, key, data in graph.edges(keys=True, data=True):
        direction = data.get("direction")
        ends = (end, start) if direction == "backward" else (start, end)
        known = found.get(key)
        if known is not None and known[:2] != ends:
            message = f"joins {known[0]} and {known[1]} and, with the same key, {start} and {end}"
            faults.append(Fault(f"link '{key}'", "key", str(key), message, "give each link its own key"))
        elif known is None:
            found[key] = (*ends, data)
        elif other := _differing(known[2], data):
            message = f"differs between its two edges: {', '.join(other)}"
            fix = "give both edges the same values, or remove one"
            faults.append(Fault(f"link '{key}'", other[0], None, message, fix))
    first = {name: found[name] for name in order if name in found}
    return first | {name: entry for name, entry in found.items() if name not in first}


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Return the attributes in which two edges of a link differ."""
    keys = [k for k in {**one, **other} if k != "direction"]
    return [k for k in keys if one.get(k) is not other.get(k) and repr(one.get(k)) != repr(other.get(k))]


def _add(geometry: dict[str, tuple[Position, ...]], kind: str, name: object, line: Any, faults: list[Fault]) -> None:
    try:
        points = tuple((p[0], p[1]) for p in line)
    except (TypeError, IndexError, KeyError):
        points = ()
    if not points or not all(is_number(x) for p in points for x in p) or (kind == "link" and len(points) < 2):
        what = "lon, lat" if kind == "node" else "line"
        fix = "give degrees as numbers" if kind == "node" else "give points (longitude, latitude) from its first end"
        faults.append(Fault(f"{kind} '{name}'", what, None, "is missing or not a position", fix))
    elif isinstance(name, str):
        geometry.setdefault(name, tuple((float(x), float(y)) for x, y in points))
