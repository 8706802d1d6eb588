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
        shares: dict[int, float] = {}
        is_country = where in self._network.countries
        links = self._network.link_table.index
        for a, kind in enumerate(self._kind):
            (start, carrier, area), (end, carrier_after, _) = (
                self._states[self._tail[a]],
                self._states[self._head[a]],
            )
            if where in MODES:
                share = 1.0 if kind == LINK and carrier_group(carrier) == where else 0.0
            elif where in links:
                share = 1.0 if kind == LINK and self._feature[a] == links[where] else 0.0
            elif is_country:
                share = self._share_of_country(where, kind, start, end, carrier, carrier_after)
            else:
                enters = kind == LINK and where in self._areas[a] and (area != where or forbids)
                share = 1.0 if enters else 0.0
            if share:
                shares[a] = share
        return shares

    def _share_of_country(
        self, country: str, kind: int, start: str, end: str, carrier: str, carrier_after: str
    ) -> float:
        starts_in, ends_in = self._countries[start] == country, self._countries[end] == country
        if kind == LINK:
            on_land = carrier_group(carrier) not in WATER
            return 0.5 if on_land and starts_in != ends_in else 0.0
        if not starts_in:
            return 0.0
        if kind == TRANSFER:
            return 0.5 if (carrier_group(carrier) in WATER) != (carrier_group(carrier_after) in WATER) else 0.0
        vehicle = carrier_after if kind == LOAD else carrier
        # Loading a ship at the quay is entry and exit at once.
        return 1.0 if carrier_group(vehicle) in WATER else 0.5


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
