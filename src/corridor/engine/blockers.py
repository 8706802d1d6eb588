"""Why there is no route: the fewest things that would have to open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations

from corridor.engine.question import Question, closed_arcs
from corridor.engine.search import shortest_path
from corridor.errors import Blocker
from corridor.graph.kinds import LINK
from corridor.graph.virtual import VirtualNetwork, closed_reason, virtual_network
from corridor.model.network import Network
from corridor.model.table import Table

# One closed thing weighs more than any number of open ones, a missing facility more than a closed one.
CLOSED, MISSING = 1.0, 1000.0


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What stands in the way, and a sentence where no list can say it."""

    blockers: tuple[Blocker, ...]
    why: str = ""


def blockers(question: Question) -> Diagnosis:
    """Return the fewest closed, avoided or missing things on a way that would otherwise exist."""
    network, place = question.network, question.network.name_of
    for end in (question.origin, question.destination):
        country = network.country_of(end)
        if country in question.avoid:
            return Diagnosis(
                (Blocker(country, "country", f"{country} is avoided, and {place(end)} lies in it"),),
                f"{place(end)} is in {country}, which is avoided",
            )
    opened = _everything_open(question.graph)
    relaxed = replace(question, graph=opened)
    weight = _counts(relaxed, question)
    graph = _with_missing_transfers(opened, weight)
    start, end_state = graph.out_door(question.origin), graph.in_door(question.destination)
    found = None if start is None or end_state is None else shortest_path(graph, weight, [start], end_state)
    if found is None:
        lonely = [place(n) for n in (question.origin, question.destination) if not _carriers(opened, n)]
        why = (
            f"nothing leads to {' and '.join(lonely)}" if lonely else "the two are not joined even with everything open"
        )
        return Diagnosis((), why)
    listed = [b for a in found[1] if weight[a] > 0 and (b := _blocker(relaxed, question, graph, a)) is not None]
    if not listed and question.via:
        return Diagnosis(
            (), f"the places to pass ({', '.join(map(place, question.via))}) cannot be passed in this order"
        )
    return Diagnosis(tuple(dict.fromkeys(listed)), "the fewest things in the way are")


def _everything_open(graph: VirtualNetwork) -> VirtualNetwork:
    """Return the virtual network with every link and transfer operating, all year."""
    network = graph.network

    def opened(table: Table) -> Table:
        everywhere = range(len(table))
        changes: dict[str, dict[int, object]] = {"status": dict.fromkeys(everywhere, "operating")}
        if "opened_year" in table.columns:
            changes["opened_year"] = dict.fromkeys(everywhere, float("nan"))
            changes["months_open"] = dict.fromkeys(everywhere, ())
        return table.replaced(changes)

    free: Network = replace(
        network, link_table=opened(network.link_table), transfer_table=opened(network.transfer_table), cache={}
    )
    return virtual_network(free, graph.cargo, graph.year)


def _counts(relaxed: Question, question: Question) -> list[float]:
    """Return 1 for what is closed or ruled out, 0 for what is open."""
    graph, original = relaxed.graph, question.graph
    weight = [0.0] * graph.arcs
    for a in range(graph.arcs):
        if graph.feature[a] >= 0 and _closed(original, graph, a):
            weight[a] = CLOSED
    for a in closed_arcs(relaxed):
        weight[a] = CLOSED
    country = graph.network.country_of
    for rule in graph.frictions.holding(country(question.origin), country(question.destination)):
        if rule["effect"] == "forbid":
            for a in graph.frictions.arcs_of(rule):
                weight[a] = CLOSED
    return weight


def _closed(original: VirtualNetwork, graph: VirtualNetwork, arc: int) -> str:
    tables = original.network.link_table, original.network.transfer_table
    table = tables[0] if graph.kind[arc] == LINK else tables[1]
    return closed_reason(table, graph.feature[arc], original.year, original.month)


def _carriers(graph: VirtualNetwork, node: str) -> list[str]:
    return sorted({carrier for n, carrier, _ in graph.states if n == node and carrier not in ("out", "in")})


def _with_missing_transfers(graph: VirtualNetwork, weight: list[float]) -> VirtualNetwork:
    """Return the graph with a transfer between any two carriers of a node; extends `weight` to match.

    The added arcs have feature -2.
    """
    rows = [
        (graph.tail[a], graph.head[a], graph.kind[a], graph.feature[a], graph.direction[a], weight[a])
        for a in range(graph.arcs)
    ]
    carriers: dict[str, set[str]] = {}
    for node, carrier, _ in graph.states:
        if carrier not in ("out", "in"):
            carriers.setdefault(node, set()).add(carrier)
    for node, present in sorted(carriers.items()):
        for one, other in permutations(sorted(present), 2):
            rows.append((graph.state_of[(node, one, True)], graph.state_of[(node, other, False)], 1, -2, 0, MISSING))
        for carrier in sorted(present):
            rows.append(
                (graph.state_of[(node, "out", False)], graph.state_of[(node, carrier, False)], 2, -2, 0, MISSING)
            )
            rows.append((graph.state_of[(node, carrier, True)], graph.state_of[(node, "in", True)], 3, -2, 0, MISSING))
    rows.sort(key=lambda r: r[0])
    first_out = [0] * (len(graph.states) + 1)
    for row in rows:
        first_out[row[0] + 1] += 1
    for i in range(len(graph.states)):
        first_out[i + 1] += first_out[i]
    weight[:] = [r[5] for r in rows]
    return replace(
        graph,
        first_out=first_out,
        tail=[r[0] for r in rows],
        head=[r[1] for r in rows],
        kind=[r[2] for r in rows],
        feature=[r[3] for r in rows],
        direction=[r[4] for r in rows],
        cache={},
    )


def _blocker(relaxed: Question, question: Question, graph: VirtualNetwork, arc: int) -> Blocker | None:
    network = graph.network
    node, carrier, _ = graph.states[graph.tail[arc]]
    _, after, _ = graph.states[graph.head[arc]]
    if graph.feature[arc] == -2:
        what = (
            f"{carrier} to {after}"
            if graph.kind[arc] == 1
            else f"loading or unloading of {after if carrier == 'out' else carrier}"
        )
        return Blocker(
            f"{node}:{carrier}-{after}",
            "transfer",
            f"no facility at {network.name_of(node)} serves {graph.cargo.name}: {what}",
        )
    table, kind = (network.link_table, "link") if graph.kind[arc] == LINK else (network.transfer_table, "transfer")
    name = table.ids[graph.feature[arc]]
    reason = _closed(question.graph, graph, arc)
    if not reason:
        reason = next(
            (why for a, why in closed_arcs(relaxed).items() if _same(relaxed.graph, a, graph, arc)),
            "transit is forbidden here",
        )
    return Blocker(name, kind, reason)


def _same(one: VirtualNetwork, a: int, other: VirtualNetwork, b: int) -> bool:
    return (one.kind[a], one.feature[a], one.tail[a], one.head[a]) == (
        other.kind[b],
        other.feature[b],
        other.tail[b],
        other.head[b],
    )
