"""The lines of an extract, mode by mode, with the points that name their nodes."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import numpy as np

from corridor.osm.chains import joined, laid_together, without_stubs
from corridor.osm.extract import Numbers
from corridor.osm.findings import Findings
from corridor.osm.lines import Chain, SearchGraph, pieces_of, segments_of
from corridor.osm.points import Point, once, snap

ROUNDS = 20  # laying together and taking off stubs make each other possible; each round leaves fewer lines
STOPPING = ("station", "yard", "border")  # these make a node where the line is not cut otherwise
ORDER = ("ferry", "rail", "road")  # ferries first: where they land, other lines have a node


@dataclass(frozen=True)
class Measures:
    """What is near, short and alike: in metres and kilometres."""

    simplify_m: float
    station_m: float
    place_m: float
    parallel_m: float
    stub_km: float


@dataclass
class OsmLines:
    """The links to be, and what names their ends."""

    ground: SearchGraph
    chains: list[Chain] = field(default_factory=list)
    names: dict[int, Point] = field(default_factory=dict)


def lines_of(ground: SearchGraph, modes: tuple[str, ...], measures: Measures, findings: Findings) -> OsmLines:
    """Return the lines of all modes that are asked for."""
    points, doubles = once(ground.extract.points)
    if doubles:
        findings.notes.append(f"Stations or places with the name of another within 2 km, left out: {doubles}.")
    lines = OsmLines(ground)
    landings: set[int] = set()
    for mode in ORDER:
        if mode in modes:
            of_mode = [p for p in points if p.mode == mode]
            _add_mode(lines, mode, of_mode, landings, measures, findings)
            if mode == "ferry":
                landings = {end for c in lines.chains for end in (c.first, c.last)}
    _tell_names(lines, points, modes, findings)
    return lines


def _add_mode(
    lines: OsmLines, mode: str, points: list[Point], landings: set[int], measures: Measures, findings: Findings
) -> None:
    ground = lines.ground
    segments = segments_of(ground, mode)
    if segments.lost_km:
        findings.notes.append(f"{segments.lost_km:.1f} km of {mode} lie in no country of the extract and are left out.")
    keep = np.zeros(len(ground.node), dtype=bool)
    keep[list(landings)] = True
    here = np.unique(np.concatenate([segments.tail, segments.head]))
    here = here[here < len(ground.extract.node_ids)]
    stops = [p for p in points if p.kind in STOPPING]
    for place, point in snap(stops, ground.lon[here], ground.lat[here], measures.station_m).items():
        keep[here[place]] = True
        lines.names.setdefault(int(here[place]), point)
    chains = _without_doubles(pieces_of(ground, segments, keep, mode), ground, keep, mode, measures, findings)
    ends = np.array(sorted({e for c in chains for e in (c.first, c.last)} - set(lines.names)), dtype=np.int64)
    ends = ends[ends < len(ground.extract.node_ids)]
    for kind, within_m in (("halt", measures.station_m), ("place", measures.place_m)):
        wanted = [p for p in points if p.kind == kind]
        for place, point in snap(wanted, ground.lon[ends], ground.lat[ends], within_m).items():
            lines.names.setdefault(int(ends[place]), point)
    lines.chains += chains


def _without_doubles(
    chains: list[Chain], ground: SearchGraph, keep: Numbers, mode: str, measures: Measures, findings: Findings
) -> list[Chain]:
    """Lay parallel lines together and take off stubs until nothing changes; tell how much."""
    chains, laid = laid_together(chains, ground, measures.parallel_m)  # before two tracks are joined to a ring
    chains, stubs, stubs_km = joined(chains, keep), 0, 0.0
    for _ in range(ROUNDS):
        before = len(chains)
        chains, count = laid_together(chains, ground, measures.parallel_m)
        chains = joined(chains, keep)
        chains, gone = without_stubs(chains, keep, measures.stub_km)
        laid, stubs, stubs_km = laid + count, stubs + len(gone), stubs_km + sum(c.length_km for c in gone)
        chains = joined(chains, keep)
        if len(chains) == before:
            break
    if laid:
        findings.notes.append(f"Lines of {mode} beside another between the same nodes, made one link with it: {laid}.")
    if stubs:
        findings.notes.append(
            f"Dead ends of {mode} below {measures.stub_km:g} km, left out: {stubs} ({stubs_km:.1f} km)."
        )
    return chains


def _tell_names(lines: OsmLines, points: list[Point], modes: tuple[str, ...], findings: Findings) -> None:
    used = {(p.area, p.id) for p in lines.names.values()}
    lost = Counter(p.kind for p in points if p.name and p.mode in modes and (p.area, p.id) not in used)
    for kind, count in sorted(lost.items()):
        findings.notes.append(f"Points with a name ({kind}) without a node of a line near them: {count}.")


def tell_lines(lines: OsmLines, ids: dict[int, str], findings: Findings) -> None:
    """Tell what a user has to know of the links: directions, pieces, borders, places where gauges meet."""
    for mode in ORDER:
        chains = [c for c in lines.chains if c.meaning.mode == mode]
        one_way = [c for c in chains if c.meaning.one_way]
        if one_way:
            km = sum(c.length_km for c in one_way)
            findings.notes.append(
                f"Links of {mode} one-way in OpenStreetMap, usable both ways here: {len(one_way)} ({km:.1f} km)."
            )
        pieces = _pieces_km(chains)
        if len(pieces) > 1:
            findings.notes.append(
                f"{mode} falls into {len(pieces)} pieces that do not touch; the longest has "
                f"{100 * pieces[0] / sum(pieces):.0f} % of its {sum(pieces):.0f} km."
            )
    crossing = sum(len(c.areas) > 1 for c in lines.chains)
    if crossing:
        findings.notes.append(f"Links across a border, hours and charges there not known: {crossing}.")
    shared = sum(len(c.meaning.gauges_mm) > 1 for c in lines.chains)
    if shared:
        findings.notes.append(f"Lines of several gauges, a link each though they share the tracks: {shared}.")
    _tell_changes(lines, ids, findings)


def _tell_changes(lines: OsmLines, ids: dict[int, str], findings: Findings) -> None:
    """Tell where two gauges, or land and ship, meet: there is no way across until somebody adds a transfer."""
    present: dict[int, set[str]] = defaultdict(set)
    for chain in lines.chains:
        for end in (chain.first, chain.last):
            present[end] |= set(carriers_of_chain(chain))
    gauges = sorted(ids[n] for n, c in present.items() if n in ids and sum(_by_rail(x) for x in c) > 1)
    ships = sorted(ids[n] for n, c in present.items() if n in ids and len(c) > 1 and _by_ship(c))
    if gauges:
        findings.notes.append(f"Two gauges meet without a transfer, add one to cross there: {', '.join(gauges)}.")
    if ships:
        findings.notes.append(f"Ships land without a transfer: {', '.join(ships)}.")


def _by_rail(carrier: str) -> bool:
    return carrier.startswith("rail") and not carrier.startswith("railferry")


def _by_ship(carriers: set[str]) -> bool:
    return any(c == "roro" or c.startswith("railferry") for c in carriers)


def carriers_of_chain(chain: Chain) -> list[str]:
    """Return what runs on a line, one carrier per gauge."""
    if chain.meaning.mode == "road":
        return ["road"]
    stem = "rail" if chain.meaning.mode == "rail" else "railferry"
    return [f"{stem}{g}" for g in chain.meaning.gauges_mm] or ["roro"]


def _pieces_km(chains: list[Chain]) -> list[float]:
    """Return the lengths of what hangs together, longest first."""
    root: dict[int, int] = {}

    def find(node: int) -> int:
        root.setdefault(node, node)
        while root[node] != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    for chain in chains:
        root[find(chain.first)] = find(chain.last)
    km: dict[int, float] = defaultdict(float)
    for chain in chains:
        km[find(chain.first)] += chain.length_km
    return sorted(km.values(), reverse=True)
