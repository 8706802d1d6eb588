"""Cargo: a commodity in its loading unit, and the groups of carriers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WATER = ("sea", "river", "ferry")


@dataclass(frozen=True, slots=True)
class Cargo:
    """A cargo: its class, net loads of a wagon, a TEU and a truck, and value of time.

    `t_per_wagon`, `t_per_truck` in net tonnes; `t_per_teu` is None for cargo
    that does not go in containers; `value_of_time_usd_t_h` in USD per tonne and hour.
    """

    id: str
    name: str
    cargo_class: str
    t_per_wagon: float
    t_per_truck: float
    t_per_teu: float | None
    value_of_time_usd_t_h: float
    needs: tuple[str, ...] = ()


def cargo_of(record: Mapping[str, Any]) -> Cargo:
    """Return a cargo from its record in the network file."""
    teu = record.get("t_per_teu")
    return Cargo(
        id=str(record["id"]),
        name=str(record["name"]),
        cargo_class=str(record["class"]),
        t_per_wagon=float(record["t_per_wagon"]),
        t_per_truck=float(record["t_per_truck"]),
        t_per_teu=None if teu is None else float(teu),
        value_of_time_usd_t_h=float(record["value_of_time_usd_t_h"]),
        needs=tuple(record.get("needs", ())),
    )


def carrier_group(carrier: str) -> str:
    """Return the group of a carrier: rail, road, sea, river or ferry."""
    if carrier.startswith("railferry") or carrier == "roro":
        return "ferry"
    return "rail" if carrier.startswith("rail") else carrier
