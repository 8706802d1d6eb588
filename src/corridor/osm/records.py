"""The content of a network file from the lines of an extract: nodes, links, header."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from corridor.io.formats.default_header import default_header
from corridor.model.names import plain
from corridor.model.network import Network
from corridor.osm.build import OsmLines, carriers_of_chain, tell_lines
from corridor.osm.chains import flat
from corridor.osm.extract import Numbers
from corridor.osm.findings import Findings, shown
from corridor.osm.lines import Chain
from corridor.osm.points import Point
from corridor.osm.tags import is_latin

Record = dict[str, Any]
SOURCE = "osm"
DIGITS = 7  # of OpenStreetMap's coordinates
SHORTEST_KM = 1e-6
LABELS = 3  # names of lines or numbers of roads in the note of a link


def network_file(
    lines: OsmLines, name: str, base_year: int, like: Network | None, simplify_m: float, findings: Findings
) -> Record:
    """Return the content of a network file."""
    lines.chains = _with_countries(lines, findings)
    ids = _node_ids(lines)
    tell_lines(lines, ids, findings)
    features = [_node(lines, node, ids) for node in sorted(ids)]
    carriers: dict[str, set[str]] = defaultdict(set)
    taken = set(ids.values())
    foreign = [f["properties"]["name"] for f in features if not is_latin(f["properties"]["name"])]
    if foreign:
        findings.notes.append(f"Places without a name in Latin letters: {shown(foreign)}.")
    for link in _links(lines, ids, taken, simplify_m):
        for area in link["properties"]["tariff_area"]:
            carriers[area].add(link["properties"]["carrier"])
        features.append(link)
    header = default_header(name, base_year, carriers, like)
    header["sources"] = [s for s in header["sources"] if s["id"] != SOURCE] + [_source(lines)]
    header["licence"] = "ODbL-1.0"
    return {"type": "FeatureCollection", "corridor": header, "features": features}


def _source(lines: OsmLines) -> Record:
    record = {"id": SOURCE, "publisher": "OpenStreetMap contributors", "title": "OpenStreetMap, ODbL 1.0"}
    if lines.ground.extract.timestamp:
        record["date"] = lines.ground.extract.timestamp
    return record | {"url": "https://www.openstreetmap.org/copyright", "what": "lines, stations, and their tags"}


def _with_countries(lines: OsmLines, findings: Findings) -> list[Chain]:
    """Return the lines with both ends in a country, and set the countries of ferries to those of their ends."""
    chains = []
    ground = lines.ground
    for chain in lines.chains:
        ends = [int(ground.country[n]) for n in (chain.first, chain.last)]
        if min(ends) < 0:
            for way in chain.ways:
                findings.remark("Ferries with an end outside all countries of the extract, left out", _id(lines, way))
            continue
        chain.areas = tuple(dict.fromkeys(ground.codes[c] for c in ends))
        chains.append(chain)
    return chains


def _id(lines: OsmLines, way: int) -> int:
    return int(lines.ground.extract.way_ids[way])


def _node_ids(lines: OsmLines) -> dict[int, str]:
    """Return an id for each node: from its name, with its OSM number if the name is shared."""
    extract = lines.ground.extract
    used = sorted({end for c in lines.chains for end in (c.first, c.last)})
    words = {n: _word(lines.names[n]) if n in lines.names else "" for n in used}
    shared = Counter(words.values())
    ids = {}
    for node in used:
        number = str(extract.node_ids[lines.ground.node[node]])
        if node >= len(extract.node_ids):  # the node of one way at a crossing of tracks
            number += f"-x{node - len(extract.node_ids)}"
        word = words[node]
        ids[node] = f"osm-n{number}" if not word else (word if shared[word] == 1 else f"{word}-n{number}")
    return ids


def _word(point: Point) -> str:
    word = plain(point.name).replace(" ", "_")
    return word if word.isascii() else ""


def _node(lines: OsmLines, node: int, ids: dict[int, str]) -> Record:
    ground, point = lines.ground, lines.names.get(node)
    number = int(ground.extract.node_ids[ground.node[node]])
    mode_kind = {"halt": "station", "yard": "station", "place": "city"}
    kind = "station" if point is None else mode_kind.get(point.kind, point.kind)
    properties: Record = {"feature": "node", "id": ids[node], "name": f"OSM node {number}"}
    if point is not None and point.name:
        properties["name"] = point.name
        if point.other_names:
            properties["other_names"] = list(point.other_names)
    properties |= {"country": ground.codes[int(ground.country[node])], "kind": kind, "sources": [SOURCE]}
    if point is not None:  # otherwise the id has the number
        properties["osm_node"] = number
    position = [round(float(ground.lon[node]), DIGITS), round(float(ground.lat[node]), DIGITS)]
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": position}, "properties": properties}


def _links(lines: OsmLines, ids: dict[int, str], taken: set[str], simplify_m: float) -> Iterator[Record]:
    for chain in lines.chains:
        coordinates = _coordinates(lines, chain.nodes, simplify_m)
        for carrier in carriers_of_chain(chain):
            gauge = carrier.lstrip("abcdefghijklmnopqrstuvwxyz")
            stem = f"{ids[chain.first]}-{ids[chain.last]}-{chain.meaning.mode}" + (f"-{gauge}" if gauge else "")
            name, number = stem, 1
            while name in taken:
                number += 1
                name = f"{stem}-{number}"
            taken.add(name)
            properties = {"feature": "link", "id": name, "from": ids[chain.first], "to": ids[chain.last]}
            properties |= _properties(lines, chain, carrier, gauge)
            shape = {"type": "LineString", "coordinates": coordinates}
            yield {"type": "Feature", "geometry": shape, "properties": properties}


def _properties(lines: OsmLines, chain: Chain, carrier: str, gauge: str) -> Record:
    """Return the known values of a link, each figure with its basis."""
    meaning = chain.meaning
    record: Record = {"mode": meaning.mode}
    if gauge:
        record["gauge_mm"] = int(gauge)
    record |= {"carrier": carrier, "status": meaning.status}
    if meaning.electrified is not None:
        record["electrified"] = meaning.electrified
    record["tariff_area"] = list(chain.areas)
    besides = [lines.ground.extract.ways.besides[w] for w in chain.ways]
    labels = list(dict.fromkeys(b.label for b in besides if b.label))[:LABELS]
    if labels:
        record["note"] = ", ".join(labels)
    length = max(round(chain.length_km, 6), SHORTEST_KM)
    record |= {"sources": [SOURCE], **_figure("length_km", length, "derived", chain.length_note)}
    if meaning.line_speed_kmh is not None:
        record |= _figure("line_speed_kmh", meaning.line_speed_kmh, "published")
    if meaning.tracks is not None:
        basis = "derived" if meaning.drawn_apart else "published"
        note = "parallel tracks in OpenStreetMap" if meaning.drawn_apart else ""
        record |= _figure("tracks", meaning.tracks, basis, note)
    if usage := sorted({b.usage for b in besides if b.usage}):
        record["osm_class"] = ";".join(usage)
    if meaning.one_way:
        record["osm_oneway"] = "yes"
    record["osm_ways"] = sorted(_id(lines, w) for w in chain.ways)
    return record


def _figure(name: str, value: float, basis: str, note: str = "") -> Record:
    record: Record = {name: value, f"{name}_basis": basis, f"{name}_sources": [SOURCE]}
    return record | ({f"{name}_note": note} if note else {})


def _coordinates(lines: OsmLines, nodes: Numbers, simplify_m: float) -> list[list[float]]:
    """Return the points of a line, simplified with the tolerance simplify_m."""
    ground = lines.ground
    lon, lat = ground.lon[nodes], ground.lat[nodes]
    if simplify_m > 0 and len(nodes) > 2:
        line = flat(ground, nodes, float(lat.mean()))
        corners = shapely.get_coordinates(shapely.simplify(line, simplify_m, preserve_topology=False))
        kept = _positions(corners, shapely.get_coordinates(line))
        lon, lat = lon[kept], lat[kept]
    return np.column_stack([lon, lat]).round(DIGITS).tolist()  # type: ignore[no-any-return]


def _positions(corners: Numbers, points: Numbers) -> list[int]:
    """Return the positions of the corners among the points, in order."""
    kept: list[int] = []
    place = 0
    for i, point in enumerate(points):
        if place < len(corners) and (point == corners[place]).all():
            kept.append(i)
            place += 1
    return kept if place == len(corners) else list(range(len(points)))
