"""One year of a branch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """A binding limit on the branch: its shadow price for the branch's cargo, and the share of the year."""

    id: str
    name: str
    price_usd_t: float
    share: float


@dataclass(frozen=True, slots=True)
class Year:
    """One year of a branch, all in Mt.

    `throughput_mt` is the branch's cargo in both directions at its screenline,
    `southbound_mt` and `northbound_mt` its parts; `also_mt` the branch's cargo at other
    screenlines; `apart_mt` other cargo at the screenline by its country of origin;
    `all_traffic_mt` everything that crosses, other traffic included (None: not
    recorded). `capacity_mt` is the southbound capacity for the year's mix, `demand_mt` the
    demand that could use the branch, `unconstrained_mt` its flow without capacity limits.
    `cheapest_mt` and `capacitated_mt` are the same volume under the other two rules
    (*capacitated* in the first and the last year).
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


def at_median(year: Year, median_mt: float) -> Year:
    """Return a year in which the branch carries the median of its draws, in the mix of the central state."""
    if not year.throughput_mt > 0:
        return replace(year, throughput_mt=median_mt)
    ratio = median_mt / year.throughput_mt
    return replace(
        year,
        throughput_mt=median_mt,
        southbound_mt=year.southbound_mt * ratio,
        northbound_mt=year.northbound_mt * ratio,
        throughput_by_cargo_mt={c: mt * ratio for c, mt in year.throughput_by_cargo_mt.items()},
    )
