"""Permission and friction: charges in addition to freight for passing a country or a sea, and bans.

A rule applies to a country, a sea, a mode or one link. A charge for a country is paid
once a route: half on entry, half on exit. Entry is a border, a change from water
to land, or loading there; exit is the reverse. A charge for a sea is paid on
entry, by boarding or from another sea; one for a mode or a link on each link.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from corridor.graph.csr import LINK, LOAD, TRANSFER
from corridor.model.cargo import WATER, Cargo, carrier_group
from corridor.model.fields import MODES
from corridor.model.network import Network

Charges = Mapping[int, float]


class Frictions:
    """The rules for one cargo, as charges per arc; computed when a query needs them."""

    def __init__(
        self,
        network: Network,
        cargo: Cargo,
        states: Sequence[tuple[str, str, str]],
        tail: Sequence[int],
        head: Sequence[int],
        kind: Sequence[int],
        feature: Sequence[int],
        areas: Sequence[tuple[str, ...]],
    ) -> None:
        self._network, self._states = network, states
        self._tail, self._head, self._kind, self._feature, self._areas = tail, head, kind, feature, areas
        self.rules = tuple(
            r
            for r in network.frictions
            if r["effect"] in ("charge", "forbid")
            and (not r.get("cargo") or cargo.id in r["cargo"] or cargo.cargo_class in r["cargo"])
        )
        self._countries = dict(zip(network.node_table.ids, network.node_table["country"], strict=True))
        self._charges: dict[str, dict[int, float]] = {}

    def holding(self, origin_country: str, destination_country: str) -> tuple[Mapping[str, Any], ...]:
        """Return the rules that apply to trade between two countries."""
        return tuple(r for r in self.rules if _applies(r, origin_country, destination_country))

    def arcs_of(self, rule: Mapping[str, Any]) -> Charges:
        """Return USD/t per arc of a rule; a rule that forbids has infinity, so any share of it closes."""
        name = str(rule["id"])
        if name not in self._charges:
            forbids = rule["effect"] == "forbid"
            amount = float("inf") if forbids else float(rule["usd_t"])
            shares = self._shares(str(rule["where"]), forbids)
            self._charges[name] = {a: amount * s for a, s in shares.items()}
        return self._charges[name]

    def _shares(self, where: str, forbids: bool) -> dict[int, float]:
        links, kinds = self._network.link_table.index, self._kind
        if where in links:
            link = links[where]
            return {a: 1.0 for a, f in enumerate(self._feature) if f == link and kinds[a] == LINK}
        if where in MODES:
            groups = [carrier_group(carrier) for _, carrier, _ in self._states]
            return {a: 1.0 for a, tail in enumerate(self._tail) if kinds[a] == LINK and groups[tail] == where}
        if where in self._network.countries:
            return self._shares_of_country(where)
        arrived_from = [area for _, _, area in self._states]
        areas = self._areas
        return {
            a: 1.0
            for a, tail in enumerate(self._tail)
            if where in areas[a] and kinds[a] == LINK and (forbids or arrived_from[tail] != where)
        }

    def _shares_of_country(self, country: str) -> dict[int, float]:
        inside = [self._countries[node] == country for node, _, _ in self._states]
        on_water = [carrier_group(carrier) in WATER for _, carrier, _ in self._states]
        shares: dict[int, float] = {}
        for a, (tail, head, kind) in enumerate(zip(self._tail, self._head, self._kind, strict=True)):
            if kind == LINK:
                if inside[tail] != inside[head] and not on_water[tail]:
                    shares[a] = 0.5
            elif inside[tail]:
                if kind == TRANSFER:
                    if on_water[tail] != on_water[head]:
                        shares[a] = 0.5
                else:  # loading a ship at the quay is entry and exit at once
                    shares[a] = 1.0 if on_water[head if kind == LOAD else tail] else 0.5
        return shares


def _applies(rule: Mapping[str, Any], origin: str, destination: str) -> bool:
    where = rule["where"]
    if {origin, destination} & set(rule.get("unless_end_in", ())):
        return False
    if origin == destination == where:
        return False
    one, other = rule.get("between_a"), rule.get("between_b")
    if not one or not other:
        return True
    return (origin in one and destination in other) or (origin in other and destination in one)
