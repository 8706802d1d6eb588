"""Join lines at nodes without branches or changes, merge parallel lines, remove stubs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import shapely

from corridor.osm.extract import Numbers
from corridor.osm.lines import Chain, SearchGraph
from corridor.osm.points import M_PER_DEGREE

ROUGH_M = 5.0  # simplification tolerance when testing whether lines are parallel
ALIKE = 0.1  # maximum relative difference in length of parallel lines
ALIKE_KM = 0.05


def in_order(chains: Iterable[Chain]) -> list[Chain]:
    """Return the lines, each from its lower node, sorted: independent of the order in the file."""
    turned = [c if c.meaning.one_way or c.first <= c.last else c.turned() for c in chains]
    return sorted(turned, key=lambda c: (c.first, c.last, len(c.nodes), c.nodes[1:3].tolist(), str(c.meaning), c.ways))


def joined(chains: list[Chain], keep: Numbers) -> list[Chain]:
    """Join lines of one meaning and country where exactly two meet at a node that need not be kept.

    A ferry belongs to the countries of its ends, so it is joined regardless of country.
    """
    chains = in_order(chains)
    at: dict[int, list[int]] = defaultdict(list)
    for i, chain in enumerate(chains):
        at[chain.first].append(i)
        at[chain.last].append(i)
    used = [False] * len(chains)

    def onward(i: int, node: int) -> int | None:
        """Return the line that continues line i at a node."""
        if keep[node] or len(at[node]) != 2:
            return None
        other = at[node][0] if at[node][1] == i else at[node][1]
        return other if other != i and not used[other] and _continues(chains[i], chains[other], node) else None

    lines = []
    for i in range(len(chains)):
        if used[i]:
            continue
        used[i] = True
        run = [chains[i]]
        for back in (False, True):
            here, node = i, chains[i].first if back else chains[i].last
            while (there := onward(here, node)) is not None:
                used[there] = True
                leaves = chains[there] if chains[there].first == node else chains[there].turned()
                run = [leaves.turned(), *run] if back else [*run, leaves]
                here, node = there, leaves.last
        lines.append(_one(run))
    return in_order(lines)


def _continues(one: Chain, other: Chain, node: int) -> bool:
    if one.meaning != other.meaning:
        return False
    if one.meaning.mode != "ferry" and (one.areas != other.areas or len(one.areas) > 1):
        return False
    return not one.meaning.one_way or (one.last == node) == (other.first == node)


def _one(run: list[Chain]) -> Chain:
    if len(run) == 1:
        return run[0]
    nodes = np.concatenate([run[0].nodes[:1], *(c.nodes[1:] for c in run)])
    ways = tuple(dict.fromkeys(w for c in run for w in c.ways))
    areas = tuple(dict.fromkeys(a for c in run for a in c.areas))
    note = next((c.length_note for c in run if c.length_note), "")
    return Chain(run[0].meaning, areas, nodes, sum(c.length_km for c in run), ways, note)


def laid_together(chains: list[Chain], ground: SearchGraph, within_m: float) -> tuple[list[Chain], int]:
    """Merge parallel tracks, or two carriageways, between the same nodes into one line."""
    groups: dict[tuple[object, ...], list[Chain]] = defaultdict(list)
    for chain in chains:
        ends = (min(chain.first, chain.last), max(chain.first, chain.last))
        alike = chain.meaning._replace(drawn_apart=False)
        groups[ends, frozenset(chain.areas), alike].append(chain)
    lines: list[Chain] = []
    count = 0
    for group in groups.values():
        remaining = sorted(group, key=lambda c: (c.length_km, c.ways))
        while remaining:
            one = remaining.pop(0)
            beside = [] if one.first == one.last else _beside(one, remaining, ground, within_m)
            remaining = [c for c in remaining if not any(c is b for b in beside)]
            lines.append(_merged([one, *beside], ground) if beside else one)
            count += len(beside)
    return in_order(lines), count


def _beside(one: Chain, others: list[Chain], ground: SearchGraph, within_m: float) -> list[Chain]:
    """Return the lines parallel to one: all tracks of a railway, the other carriageway of a road."""
    if one.meaning.mode == "ferry" or (one.meaning.mode == "road" and not one.meaning.one_way):
        return []
    found: list[Chain] = []
    for other in others:
        opposite = one.first == other.last
        if one.meaning.one_way and (not opposite or found):
            continue
        same_length = abs(one.length_km - other.length_km) <= ALIKE * one.length_km + ALIKE_KM
        if same_length and _apart_m(one, other, ground) <= within_m:
            found.append(other)
    return found


def _apart_m(one: Chain, other: Chain, ground: SearchGraph) -> float:
    """Return the largest distance between two lines (Hausdorff), in metres on a local plane."""
    lines = [flat(ground, c.nodes, float(ground.lat[one.first])) for c in (one, other)]
    return float(shapely.hausdorff_distance(*(shapely.simplify(line, ROUGH_M) for line in lines)))


def flat(ground: SearchGraph, nodes: Numbers, lat: float) -> shapely.LineString:
    """Return a line in metres on a plane that is accurate near a latitude."""
    x = ground.lon[nodes] * np.cos(np.radians(lat)) * M_PER_DEGREE
    return shapely.linestrings(x, ground.lat[nodes] * M_PER_DEGREE)


def _merged(group: list[Chain], ground: SearchGraph) -> Chain:
    first, *others = (c if c.first <= c.last else c.turned() for c in group)
    ways = tuple(dict.fromkeys(w for c in group for w in c.ways))
    group = [first, *(c for c in others if not np.array_equal(c.nodes, first.nodes))]
    if len(group) == 1 and not first.meaning.one_way:  # identical ways are not a second track
        return Chain(first.meaning, first.areas, first.nodes, first.length_km, ways, first.length_note)
    meaning = first.meaning._replace(one_way=False)
    if meaning.mode == "rail":
        totals = {ground.extract.ways.besides[w].passenger_lines for w in ways}
        tagged = first.meaning.tracks or 1  # a tag above 1 on each line gives the total
        whole = totals.pop() if len(totals) == 1 else None
        tracks = whole or (tagged if tagged > 1 else len(group))
        meaning = meaning._replace(tracks=tracks, drawn_apart=True)
    length = sum(c.length_km for c in group) / len(group)
    return Chain(meaning, first.areas, first.nodes, length, ways, f"mean of {len(group)} parallel lines")


def without_stubs(chains: list[Chain], keep: Numbers, stub_km: float) -> tuple[list[Chain], list[Chain]]:
    """Return the lines without dead ends shorter than stub_km, and the removed dead ends."""
    degree: dict[int, int] = defaultdict(int)
    for chain in chains:
        degree[chain.first] += 1
        degree[chain.last] += 1
    removed: set[int] = set()
    for chain in sorted(chains, key=lambda c: (c.length_km, c.first, c.last)):
        if chain.length_km >= stub_km or chain.first == chain.last:
            continue
        for end, other in ((chain.first, chain.last), (chain.last, chain.first)):
            if degree[end] == 1 and not keep[end] and degree[other] > 2:
                degree[other] -= 1
                degree[end] = 0
                removed.add(id(chain))
                break
    return [c for c in chains if id(c) not in removed], [c for c in chains if id(c) in removed]
