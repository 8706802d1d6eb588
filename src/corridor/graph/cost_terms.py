"""The cost terms of an arc (money and hours), with the figures that each is proportional to.

A rate times a length, an hour of waiting, a length over a speed: each term is a product
of a constant and a few figures, or their reciprocals. With every figure as a factor on
its recorded value, the money and hours of a path are sums over its terms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from corridor.graph.csr import LINK
from corridor.graph.prices import Prices
from corridor.graph.virtual import VirtualNetwork
from corridor.model.cargo import WATER, carrier_group

USD, HOURS = "USD/t", "h"
Item = tuple[str, float, tuple[str, ...]]  # unit, amount, figures it is proportional to; "/x": to the reciprocal of x


class CostTerms:
    """The cost terms of the arcs for one cargo."""

    def __init__(self, graph: VirtualNetwork) -> None:
        self.network, self.graph = graph.network, graph
        self.cargo = graph.cargo
        self.prices = Prices(graph.network, self.cargo)

    def generalised(self, arc: int) -> Iterator[tuple[float, tuple[str, ...]]]:
        """Yield the terms of one arc in USD/t, hours at the value of time."""
        usd_t_h, value_of_time = self.cargo.value_of_time_usd_t_h, f"{self.cargo.id} value_of_time_usd_t_h"
        for unit, amount, names in self.of(arc):
            yield (amount, names) if unit == USD else (usd_t_h * amount, (value_of_time, *names))

    def of(self, arc: int) -> Iterator[Item]:
        """Yield the terms of one arc in USD/t and in hours."""
        graph = self.graph
        part = {name: values[arc] for name, values in graph.parts.items()}
        feature, kind = graph.feature[arc], graph.kind[arc]
        if kind == LINK:
            yield from self._link(feature, graph.states[graph.head[arc]], part)
        elif feature >= 0:
            name, cargo_class = self.network.transfer_table.ids[feature], self.cargo.cargo_class
            yield USD, part["handling_usd_t"], (f"{name} {cargo_class}_usd_t",)
            yield HOURS, part["handling_h"], (f"{name} {cargo_class}_h",)
        else:
            carrier = graph.states[graph.tail[arc]][1]
            if carrier in ("out", "in"):
                carrier = graph.states[graph.head[arc]][1]
            key = f"{carrier_group(carrier)}.{self.cargo.cargo_class}"
            yield USD, part["handling_usd_t"], (f"loading_usd_t.{key}",)
            yield HOURS, part["handling_h"], (f"loading_h.{key}",)

    def _link(self, i: int, head: Any, part: Mapping[str, float]) -> Iterator[Item]:
        table = self.network.link_table
        name, carrier, areas = table.ids[i], table["carrier"][i], table["tariff_area"][i]
        shares = self._shares(areas)
        by_distance = 0.0
        for area, share in zip(areas, shares, strict=True):
            tariff = self.prices.tariff(area, carrier)
            money = part["length_km"] * share * float(tariff["usd_tkm"]) * (1 - float(tariff.get("discount", 0)))
            by_distance += money
            yield USD, money, (self._tariff(area, carrier), f"{name} length_km")
        # The fixed part of the tariff of the area entered.
        yield USD, part["run_usd_t"] - by_distance, (self._tariff(head[2] or areas[-1], carrier),)
        yield HOURS, part["run_h"], (f"{name} length_km", *self._speed(i, areas, carrier))
        yield HOURS, part["wait_h"], (self._wait(i, areas, carrier),)
        yield HOURS, part["border_h"], (f"{name} border_h",)
        yield USD, part["border_usd_t"], (f"{name} border_usd_t",)

    def _shares(self, areas: tuple[str, ...]) -> tuple[float, ...]:
        if len(areas) == 2:
            share = self.prices.parameter.get("border_tariff_split", 0.5)
            return share, 1 - share
        return (1 / len(areas),) * len(areas)

    def _tariff(self, area: str, carrier: str) -> str:
        return f"tariff {area} {carrier} {self.prices.tariff(area, carrier)['cargo']}"

    def _speed(self, i: int, areas: tuple[str, ...], carrier: str) -> tuple[str, ...]:
        group, names = carrier_group(carrier), []
        stated = self.network.link_table["speed_kmh"][i]
        if stated == stated:
            names.append(f"/{self.network.link_table.ids[i]} speed_kmh")
        else:
            names.append("/" + self._parameter(f"speed_kmh.{group}.{a}" for a in areas))
        if group == "rail" and self.cargo.cargo_class == "container":
            names.append("/" + self._parameter(f"container_speed_ratio.{a}" for a in (*areas, "other")))
        return tuple(names)

    def _wait(self, i: int, areas: tuple[str, ...], carrier: str) -> str:
        table, group = self.network.link_table, carrier_group(carrier)
        if table["sailings_per_week"][i] == table["sailings_per_week"][i]:
            return f"/{table.ids[i]} sailings_per_week"
        if group in WATER:
            return self._parameter(f"wait_h.{group}.{a}" for a in areas)
        return "wait_h.rail_container"

    def _parameter(self, names: Iterator[str]) -> str:
        return next(n for n in names if n in self.prices.parameter)
