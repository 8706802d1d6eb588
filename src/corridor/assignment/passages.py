"""Passages: where paths pass an object of a network, from where to where, and whether over a quay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.assignment.choice_set import ChoiceSet
from corridor.errors import DataError, Fault
from corridor.model.cargo import WATER, carrier_group
from corridor.model.demand import Demand
from corridor.model.network import Network
from corridor.model.screenlines import base_load_t_yr, crossing_signs
from corridor.routing.constraints import named

DOOR = "door"  # carrier of loading and unloading
PASSING = "passing"  # at a place: without loading, unloading or change of carrier


@dataclass(frozen=True, slots=True)
class Passage:
    """One path passing an object once: from which node to which, its direction in words, and over which quay side.

    `sign` is 1 southbound and -1 northbound at a screenline, 1 forward and -1 backward on a link, otherwise 0;
    `quay` is *in* off a ship, *out* onto one, or empty.
    """

    path: int
    start: str
    end: str
    word: str
    sign: int = 0
    quay: str = ""


class Place:
    """An object that paths pass: a screenline, link, transfer, resource or place of a network."""

    def __init__(self, network: Network, at: str) -> None:
        self.network = network
        self.line: Mapping[str, Any] | None = next((x for x in network.screenlines if str(x["id"]) == at), None)
        self.kind, self.id = ("screenline", at) if self.line is not None else named(network, at)
        if self.kind not in ("screenline", "link", "transfer", "resource", "place"):
            fix = "name a link, transfer, resource, place or screenline"
            raise DataError(Fault("option", "at", str(at), f"is a {self.kind}, which nothing passes", fix))

    @property
    def name(self) -> str:
        """The name that is shown."""
        if self.line is not None:
            return str(self.line["name"])
        if self.kind == "resource":
            table = self.network.resource_table
            return str(table["name"][table.index[self.id]])
        return self.network.name_of(self.id) if self.kind == "place" else self.id

    def other_traffic_mt(self, direction: str = "both") -> float | None:
        """Return the recorded traffic that the demand does not hold, in Mt a year; None where it is not known.

        On a link it is that of the resources that limit this link alone, in a direction of it.
        """
        if self.kind in ("place", "transfer") or (self.kind != "link" and direction != "both"):
            return None
        if self.line is not None:
            found = base_load_t_yr(self.network, self.line)
        elif self.kind == "resource":
            found = base_load_t_yr(self.network, {"base_load_of": [self.id]})
        else:
            own = [
                r
                for r, uses in self.network.uses.items()
                if {str(u["feature"]) for u in uses} == {self.id}
                and (direction == "both" or {u["direction"] for u in uses} == {direction})
            ]
            found = base_load_t_yr(self.network, {"base_load_of": own})
        return None if found is None else found / 1e6

    @property
    def has_quay(self) -> bool:
        """Whether cargo changes between land and water here."""
        return any(_is_quay(*carriers) for carriers in self._carriers())

    def passages(self, choice_set: ChoiceSet, rows: Demand) -> Iterator[Passage]:
        """Yield every passage of the paths of a choice set; `rows` is the demand of its commodities."""
        if self.line is not None:
            yield from self._over_line(choice_set, self.line)
        elif self.kind == "link":
            yield from self._on_links(choice_set, {self.id: "both"})
        elif self.kind == "transfer":
            yield from self._at_transfers(choice_set, rows, {self.id})
        elif self.kind == "resource":
            uses: dict[str, str] = {}
            for use in self.network.uses[self.id]:  # a feature may stand there once for each direction
                feature, direction = str(use["feature"]), str(use["direction"])
                uses[feature] = direction if uses.get(feature, direction) == direction else "both"
            r = self.network.resource_table.index[self.id]
            at = np.flatnonzero((choice_set.resources == r) & (choice_set.units > 0))
            users = set(choice_set.path_of_use[at].tolist())
            both = (self._on_links(choice_set, uses), self._at_transfers(choice_set, rows, set(uses)))
            yield from (p for found in both for p in found if p.path in users)
        else:
            yield from self._through(choice_set, rows)

    def _carriers(self) -> list[tuple[str, str]]:
        table = self.network.transfer_table
        if self.kind == "place":
            at = [i for i, node in enumerate(table["node"]) if node == self.id]
        else:
            uses = self.network.uses.get(self.id, ())
            ids = [self.id] if self.kind == "transfer" else [str(u["feature"]) for u in uses]
            at = [table.index[x] for x in ids if x in table.index]
        return [(table["from"][i], table["to"][i]) for i in at]

    def _over_line(self, choice_set: ChoiceSet, line: Mapping[str, Any]) -> Iterator[Passage]:
        signs = crossing_signs(self.network, line)[choice_set.links] * np.where(choice_set.backward, -1, 1)
        at = np.flatnonzero(signs)
        for path, entry in zip(_owners(choice_set.first_link, at), at.tolist(), strict=True):
            sign = int(signs[entry])
            yield Passage(path, *self._ends(choice_set, entry), "south" if sign > 0 else "north", sign)

    def _ends(self, choice_set: ChoiceSet, entry: int) -> tuple[str, str]:
        table, link = self.network.link_table, choice_set.links[entry]
        ends = str(table["from"][link]), str(table["to"][link])
        return ends[::-1] if choice_set.backward[entry] else ends

    def _on_links(self, choice_set: ChoiceSet, directions: Mapping[str, str]) -> Iterator[Passage]:
        table, name_of = self.network.link_table, self.network.name_of
        wanted = [table.index[i] for i in directions if i in table.index]
        at = np.flatnonzero(np.isin(choice_set.links, wanted))
        for path, entry in zip(_owners(choice_set.first_link, at), at.tolist(), strict=True):
            backward = bool(choice_set.backward[entry])
            only = directions[str(table.ids[choice_set.links[entry]])]
            if only == "both" or (only == "backward") == backward:
                start, end = self._ends(choice_set, entry)
                yield Passage(path, start, end, f"{name_of(start)} → {name_of(end)}", -1 if backward else 1)

    def _at_transfers(self, choice_set: ChoiceSet, rows: Demand, ids: set[str]) -> Iterator[Passage]:
        table = self.network.transfer_table
        wanted = [table.index[i] for i in ids if i in table.index]
        visits = {node: _visits(self.network, choice_set, node) for node in {str(table["node"][i]) for i in wanted}}
        at = np.flatnonzero(np.isin(choice_set.transfers, wanted))
        for path, entry in zip(_owners(choice_set.first_transfer, at), at.tolist(), strict=True):
            transfer = int(choice_set.transfers[entry])
            found = visits[str(table["node"][transfer])].get(path, [(-1, -1)])
            yield self._change(choice_set, rows, path, transfer, found)

    def _change(
        self, choice_set: ChoiceSet, rows: Demand, path: int, transfer: int, visits: Sequence[tuple[int, int]]
    ) -> Passage:
        """Return a passage of a transfer: from carrier to carrier; loading and unloading at the ends of a path.

        Of several visits of its node, it is the one where a carrier of the transfer comes or leaves.
        """
        table = self.network.transfer_table
        node, carriers = str(table["node"][transfer]), (str(table["from"][transfer]), str(table["to"][transfer]))
        by = [(self._carrier(choice_set, a), self._carrier(choice_set, b)) for a, b in visits]
        fitting = [i for i, (a, b) in enumerate(by) if a != b and (a in carriers or b in carriers)]
        visit = fitting[0] if fitting else 0
        before, after = by[visit]
        start, end = self._neighbours(choice_set, node, visits[visit])
        if DOOR in carriers:
            is_loaded = rows.origins[int(choice_set.commodity[path])] == node
            other = carriers[0] if carriers[1] == DOOR else carriers[1]
            order = (DOOR, other) if is_loaded else (other, DOOR)
            return Passage(path, start, end, "loaded" if is_loaded else "unloaded", quay=_quay(*order))
        is_forward = before == carriers[0] or (before not in carriers and after != carriers[0])
        order = carriers if is_forward else carriers[::-1]
        return Passage(path, start, end, " → ".join(order), quay=_quay(*order))

    def _neighbours(self, choice_set: ChoiceSet, node: str, visit: tuple[int, int]) -> tuple[str, str]:
        """Return the places before and after a node on a visit; the node itself at the ends of a path."""
        arrival, departure = visit
        start = self._ends(choice_set, arrival)[0] if arrival >= 0 else node
        return start, self._ends(choice_set, departure)[1] if departure >= 0 else node

    def _carrier(self, choice_set: ChoiceSet, entry: int) -> str:
        return str(self.network.link_table["carrier"][choice_set.links[entry]]) if entry >= 0 else ""

    def _through(self, choice_set: ChoiceSet, rows: Demand) -> Iterator[Passage]:
        """Yield a passage for each path that visits a place: from it, to it, changing the carrier there, or passing."""
        table, node = self.network.transfer_table, self.id
        changes: dict[int, Passage] = {}
        here = {str(i) for i, n in zip(table.ids, table["node"], strict=True) if n == node}
        for change in self._at_transfers(choice_set, rows, here):
            if change.path not in changes or change.quay:
                changes[change.path] = change
        for path, visits in sorted(_visits(self.network, choice_set, node).items()):
            commodity, found = int(choice_set.commodity[path]), changes.get(path)
            if found is None:
                found = Passage(path, *self._neighbours(choice_set, node, visits[0]), PASSING)
            else:
                found = replace(found, word="changing")
            if node in (rows.origins[commodity], rows.destinations[commodity]):
                found = replace(found, word="from" if rows.origins[commodity] == node else "to")
            yield found


def _visits(network: Network, choice_set: ChoiceSet, node: str) -> dict[int, list[tuple[int, int]]]:
    """Return, by path, the entries of the links by which it comes to a node and leaves it; -1 at its own ends."""
    table, links, first = network.link_table, choice_set.links, choice_set.first_link
    is_from, is_to = np.asarray(table["from"] == node)[links], np.asarray(table["to"] == node)[links]
    arrivals = np.flatnonzero(np.where(choice_set.backward, is_from, is_to))
    departures = np.flatnonzero(np.where(choice_set.backward, is_to, is_from))
    found: dict[int, list[tuple[int, int]]] = {}
    for path, entry in zip(_owners(first, departures), departures.tolist(), strict=True):
        if entry == first[path]:
            found[path] = [(-1, entry)]
    for path, entry in zip(_owners(first, arrivals), arrivals.tolist(), strict=True):
        found.setdefault(path, []).append((entry, entry + 1 if entry + 1 < first[path + 1] else -1))
    return found


def _owners(first: Array, entries: Array) -> list[int]:
    """Return the path of each entry of a ragged column."""
    owners: list[int] = (np.searchsorted(first, entries, side="right") - 1).tolist()
    return owners


def _is_quay(one: str, other: str) -> bool:
    return (carrier_group(one) in WATER) != (carrier_group(other) in WATER)


def _quay(one: str, other: str) -> str:
    """Return *out* from land to water, *in* from water to land, nothing otherwise."""
    if not _is_quay(one, other):
        return ""
    return "in" if carrier_group(one) in WATER else "out"
