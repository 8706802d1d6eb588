"""Build the lines of an extract, mode by mode, with the points that name their nodes."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import numpy as np

from corridor.osm.chains import joined, laid_together, without_stubs
from corridor.osm.extract import Numbers
from corridor.osm.findings import Findings
from corridor.osm.lines import Chain, SearchGraph, pieces_of, segments_of
from corridor.osm.points import Point, once, snap

ROUNDS = 20  # merging parallel lines and removing stubs enable each other; each round leaves fewer lines
STOPPING = ("station", "yard", "border")  # these create a node where the line is not cut otherwise
ORDER = ("ferry", "rail", "road")  # ferries first: other lines get a node where they land


@dataclass(frozen=True)
class Measures:
    """Tolerances in metres and kilometres."""

    simplify_m: float
    station_m: float
    place_m: float
    parallel_m: float
    stub_km: float


@dataclass
class OsmLines:
    """The lines that become links, and the points that name their ends."""

    ground: SearchGraph
    chains: list[Chain] = field(default_factory=list)
    names: dict[int, Point] = field(default_factory=dict)


def lines_of(ground: SearchGraph, modes: tuple[str, ...], measures: Measures, findings: Findings) -> OsmLines:
    """Return the lines of all requested modes."""
    points, doubles = once(ground.extract.points)
    if doubles:
        findings.notes.append(f"Stations or places with the name of another one within 2 km, left out: {doubles}.")
    lines = OsmLines(ground)
    landings: set[int] = set()
    for mode in ORDER:
        if mode in modes:
            of_mode = [p for p in points if p.mode == mode]
            _add_mode(lines, mode, of_mode, landings, measures, findings)
            if mode == "ferry":
                landings = {end for c in lines.chains for end in (c.first, c.last)}
    _note_names(lines, points, modes, findings)
    return lines


def _add_mode(
    lines: OsmLines, mode: str, points: list[Point], landings: set[int], measures: Measures, findings: Findings
) -> None:
    ground = lines.ground
    segments = segments_of(ground, mode)
    if segments.lost_km:
        findings.notes.append(f"{segments.lost_km:.1f} km of {mode} are in no country of the extract, left out.")
    keep = np.zeros(len(ground.node), dtype=bool)
    keep[list(landings)] = True
    here = np.unique(np.concatenate([segments.tail, segments.head]))
    here = here[here < len(ground.extract.node_ids)]
    stops = [p for p in points if p.kind in STOPPING]
    for place, point in snap(stops, ground.lon[here], ground.lat[here], measures.station_m).items():
        keep[here[place]] = True
        lines.names.setdefault(int(here[place]), point)
    chains = _simplified(pieces_of(ground, segments, keep, mode), ground, keep, mode, measures, findings)
    ends = np.array(sorted({e for c in chains for e in (c.first, c.last)} - set(lines.names)), dtype=np.int64)
    ends = ends[ends < len(ground.extract.node_ids)]
    for kind, within_m in (("halt", measures.station_m), ("place", measures.place_m)):
        wanted = [p for p in points if p.kind == kind]
        for place, point in snap(wanted, ground.lon[ends], ground.lat[ends], within_m).items():
            lines.names.setdefault(int(ends[place]), point)
    lines.chains += chains


def _simplified(
    chains: list[Chain], ground: SearchGraph, keep: Numbers, mode: str, measures: Measures, findings: Findings
) -> list[Chain]:
    """Merge parallel lines and remove stubs until nothing changes; note how many."""
    chains, merged = laid_together(chains, ground, measures.parallel_m)  # before two tracks are joined into a ring
    chains, stubs, stubs_km = joined(chains, keep), 0, 0.0
    for _ in range(ROUNDS):
        before = len(chains)
        chains, count = laid_together(chains, ground, measures.parallel_m)
        chains = joined(chains, keep)
        chains, removed = without_stubs(chains, keep, measures.stub_km)
        merged, stubs, stubs_km = merged + count, stubs + len(removed), stubs_km + sum(c.length_km for c in removed)
        chains = joined(chains, keep)
        if len(chains) == before:
            break
    if merged:
        findings.notes.append(f"Parallel lines of {mode} between the same nodes, merged into one link: {merged}.")
    if stubs:
        findings.notes.append(
            f"Dead ends of {mode} shorter than {measures.stub_km:g} km, left out: {stubs} ({stubs_km:.1f} km)."
        )
    return chains


def _note_names(lines: OsmLines, points: list[Point], modes: tuple[str, ...], findings: Findings) -> None:
    used = {(p.area, p.id) for p in lines.names.values()}
    lost = Counter(p.kind for p in points if p.name and p.mode in modes and (p.area, p.id) not in used)
    for kind, count in sorted(lost.items()):
        findings.notes.append(f"Named points ({kind}) without a line node nearby: {count}.")


def tell_lines(lines: OsmLines, ids: dict[int, str], findings: Findings) -> None:
    """Add notes on the links: directions, connected components, borders, places where gauges meet."""
    for mode in ORDER:
        chains = [c for c in lines.chains if c.meaning.mode == mode]
        one_way = [c for c in chains if c.meaning.one_way]
        if one_way:
            km = sum(c.length_km for c in one_way)
            findings.notes.append(
                f"Links of {mode} one-way in OpenStreetMap, bidirectional here: {len(one_way)} ({km:.1f} km)."
            )
        pieces = _component_km(chains)
        if len(pieces) > 1:
            findings.notes.append(
                f"{mode} has {len(pieces)} separate connected components; the longest has "
                f"{100 * pieces[0] / sum(pieces):.0f} % of its {sum(pieces):.0f} km."
            )
    crossing = sum(len(c.areas) > 1 for c in lines.chains)
    if crossing:
        findings.notes.append(f"Links across a border, with unknown border times and charges: {crossing}.")
    shared = sum(len(c.meaning.gauges_mm) > 1 for c in lines.chains)
    if shared:
        findings.notes.append(f"Lines of several gauges, one link for each gauge on the same tracks: {shared}.")
    _note_changes(lines, ids, findings)


def _note_changes(lines: OsmLines, ids: dict[int, str], findings: Findings) -> None:
    """Note where two gauges, or land and ship, meet: crossing needs a transfer, which the user must add."""
    present: dict[int, set[str]] = defaultdict(set)
    for chain in lines.chains:
        for end in (chain.first, chain.last):
            present[end] |= set(carriers_of_chain(chain))
    gauges = sorted(ids[n] for n, c in present.items() if n in ids and sum(_by_rail(x) for x in c) > 1)
    ships = sorted(ids[n] for n, c in present.items() if n in ids and len(c) > 1 and _by_ship(c))
    if gauges:
        findings.notes.append(f"Two gauges meet without a transfer (add one to allow crossing): {', '.join(gauges)}.")
    if ships:
        findings.notes.append(f"Ferries land without a transfer: {', '.join(ships)}.")


def _by_rail(carrier: str) -> bool:
    return carrier.startswith("rail") and not carrier.startswith("railferry")


def _by_ship(carriers: set[str]) -> bool:
    return any(c == "roro" or c.startswith("railferry") for c in carriers)


def carriers_of_chain(chain: Chain) -> list[str]:
    """Return the carriers of a line, one per gauge."""
    if chain.meaning.mode == "road":
        return ["road"]
    stem = "rail" if chain.meaning.mode == "rail" else "railferry"
    return [f"{stem}{g}" for g in chain.meaning.gauges_mm] or ["roro"]


def _component_km(chains: list[Chain]) -> list[float]:
    """Return the lengths of the connected components, longest first."""
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
