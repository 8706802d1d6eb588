"""One year of a branch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """A full resource on the branch: what one more tonne of its cargo is worth, and for what share of the year."""

    id: str
    name: str
    price_usd_t: float
    share: float


@dataclass(frozen=True, slots=True)
class Year:
    """One year of a branch, all in Mt.

    `throughput_mt` is the branch's cargo both ways at its screenline, `southbound_mt`
    and `northbound_mt` its parts; `also_mt` the branch's cargo at other screenlines;
    `apart_mt` other cargo at the screenline by the country it comes from;
    `all_traffic_mt` everything that crosses, other traffic included (None: not
    recorded). `capacity_mt` is the most of the year's mix that fits southbound,
    `demand_mt` what could use the branch, `unconstrained_mt` what would if nothing were
    ever full. `cheapest_mt` and `capacitated_mt` are the same count under the other two
    rules (*capacitated* in the first and the last year).
    """

    year: int
    throughput_mt: float
    southbound_mt: float
    northbound_mt: float
    also_mt: Mapping[str, float]
    apart_mt: Mapping[str, float]
    all_traffic_mt: float
    base_load_mt: float | None
    capacity_mt: float | None
    demand_mt: float
    unconstrained_mt: float
    cheapest_mt: float
    capacitated_mt: float | None
    served_share: float
    throughput_by_cargo_mt: Mapping[str, float]
    bottlenecks: tuple[Bottleneck, ...]
