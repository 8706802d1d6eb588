"""Look-up of prices, speeds, waits and handling: the only place where money and hours are computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from corridor.errors import DataError, Fault
from corridor.model.cargo import WATER, Cargo, carrier_group
from corridor.model.network import Network
from corridor.units import HOURS_PER_WEEK

Record = Mapping[str, Any]


class Prices:
    """Tariffs and parameters of a network for one cargo.

    `parameter` may replace the parameters of the network, to record which are looked up.
    """

    def __init__(self, network: Network, cargo: Cargo, parameter: Mapping[str, float] | None = None) -> None:
        self.cargo = cargo
        self.parameter = network.parameter if parameter is None else parameter
        self._tariffs: dict[tuple[str, str], Record] = {}
        rank_of = {cargo.id: 2, cargo.cargo_class: 1}  # a tariff for the cargo overrides one for its class
        for record in network.tariffs:
            rank = rank_of.get(record["cargo"], 0)
            key = (record["area"], record["carrier"])
            if rank > 0 and (key not in self._tariffs or rank > rank_of[self._tariffs[key]["cargo"]]):
                self._tariffs[key] = record

    def tariff(self, area: str, carrier: str) -> Record:
        """Return the tariff of an area and carrier for this cargo."""
        try:
            return self._tariffs[(area, carrier)]
        except KeyError:
            raise DataError(
                Fault(
                    "tariffs",
                    f"{area} {carrier}",
                    self.cargo.id,
                    f"has none for {self.cargo.cargo_class}",
                    "add a tariff for this area, carrier and class",
                )
            ) from None

    def carries(self, areas: tuple[str, ...], carrier: str) -> bool:
        """Whether every area has a tariff for this cargo and carrier; without one it is not carried."""
        return all((area, carrier) in self._tariffs for area in areas)

    def usd_per_tkm(self, areas: tuple[str, ...], carrier: str) -> float:
        """Return the net rate; a link across a border pays each side for its share."""
        tariffs = [self.tariff(area, carrier) for area in areas]
        rates = [float(t["usd_tkm"]) * (1 - float(t.get("discount", 0))) for t in tariffs]
        if len(rates) == 2:
            share = self.parameter.get("border_tariff_split", 0.5)
            return share * rates[0] + (1 - share) * rates[1]
        return sum(rates) / len(rates)

    def fixed_usd_t(self, area: str, carrier: str) -> float:
        """Return the fixed part of a tariff."""
        return float(self.tariff(area, carrier).get("fixed_usd_t", 0))

    def entry_usd_t(self, before: str, area: str, carrier: str) -> float:
        """Return the fixed part due on entry from one area ("": on boarding) into another.

        Each country's railway charges its own; a ship is paid once a voyage, at the
        highest rate of the seas it sails.
        """
        if before == area:
            return 0.0
        fixed = self.fixed_usd_t(area, carrier)
        if before and carrier_group(carrier) in WATER:
            return max(0.0, fixed - self.fixed_usd_t(before, carrier))
        return fixed

    def speed_kmh(self, stated: float, areas: tuple[str, ...], carrier: str) -> float:
        """Return the speed of this cargo; `stated` (NaN: unknown) is the speed of an ordinary consignment."""
        group = carrier_group(carrier)
        speed = stated
        if speed != speed:
            speed = self._first(f"speed_kmh.{group}.{a}" for a in areas)
        if group == "rail" and self.cargo.cargo_class == "container":
            speed *= self._first(f"container_speed_ratio.{a}" for a in (*areas, "other"))
        return speed

    def wait_h(self, sailings_per_week: float, areas: tuple[str, ...], carrier: str) -> float:
        """Return the wait for a departure: half the headway where one is known."""
        group = carrier_group(carrier)
        if sailings_per_week == sailings_per_week:
            return HOURS_PER_WEEK / (2 * sailings_per_week)
        if group in WATER:
            return self._first(f"wait_h.{group}.{a}" for a in areas)
        if group == "rail" and self.cargo.cargo_class == "container":
            return self.parameter.get("wait_h.rail_container", 0.0)
        return 0.0

    def loading(self, carrier: str) -> tuple[float, float] | None:
        """Return hours and USD/t of loading or unloading without a facility of its own; None: not possible."""
        key = f"{carrier_group(carrier)}.{self.cargo.cargo_class}"
        hours = self.parameter.get(f"loading_h.{key}")
        money = self.parameter.get(f"loading_usd_t.{key}")
        return None if hours is None or money is None else (hours, money)

    def co2_kg_tkm(self, carrier: str, areas: tuple[str, ...], electrified: bool) -> float:
        """Return kg CO2e per tonne and km."""
        group = carrier_group(carrier)
        if group == "rail":
            key = "rail_electric" if electrified else "rail_diesel"
        else:
            key = f"sea.{areas[0]}" if group == "sea" else group
        return self._first([f"emission_g_tkm.{key}"]) / 1000

    def _first(self, names: Any) -> float:
        tried = []
        for name in names:
            if name in self.parameter:
                return self.parameter[name]
            tried.append(name)
        raise DataError(Fault("parameters", tried[0], None, "is missing", "add the parameter"))
