"""The answer to a route query: legs, transfers, borders, waits, and the figures used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from corridor.displayable import Plottable, Result, with_old_keys
from corridor.model.provenance import provenance_entry
from corridor.routing.constraints import Constraints
from corridor.routing.itinerary_text import itinerary_text

if TYPE_CHECKING:
    import geopandas


@dataclass(frozen=True, slots=True)
class Leg:
    """A run on one carrier without a transfer; borders and waits are not included.

    `line` is the geometry as (lon, lat) points, in the direction of travel.
    """

    mode: str
    gauge_mm: int | None
    carrier: str
    start: str
    end: str
    nodes: tuple[str, ...]
    links: tuple[str, ...]
    line: tuple[tuple[float, float], ...]
    length_km: float
    time_h: float
    cost_usd_t: float
    co2_kg_t: float

    def to_dict(self, name: Mapping[str, str]) -> dict[str, Any]:
        """Return the leg with the JSON keys of the command line."""
        return {
            "mode": self.mode,
            "gauge_mm": self.gauge_mm,
            "from": self.start,
            "from_name": name[self.start],
            "to": self.end,
            "to_name": name[self.end],
            "nodes": list(self.nodes),
            "links": list(self.links),
            "length_km": self.length_km,
            "time_h": self.time_h,
            "cost_usd_t": self.cost_usd_t,
            "co2_kg_t": self.co2_kg_t,
        }


@dataclass(frozen=True, slots=True)
class Transfer:
    """A change of carrier at a node, with its facility."""

    id: str
    node: str
    start: str
    end: str
    method: str
    time_h: float
    cost_usd_t: float
    co2_kg_t: float

    def to_dict(self, name: Mapping[str, str]) -> dict[str, Any]:
        """Return the transfer with the JSON keys of the command line."""
        return {
            "id": self.id,
            "node": self.node,
            "node_name": name[self.node],
            "from": self.start,
            "to": self.end,
            "method": self.method,
            "time_h": self.time_h,
            "cost_usd_t": self.cost_usd_t,
            "co2_kg_t": self.co2_kg_t,
        }


@dataclass(frozen=True, slots=True)
class Border:
    """Formalities on the link that crosses the border."""

    link: str
    from_country: str
    to_country: str
    time_h: float
    cost_usd_t: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Hours at a place before a link, or a facility, can be entered, and why.

    `why` is `expected` (half the headway), or with a day of departure `timetable`,
    `season` (until it opens) or `ice` (extra time of convoys).
    """

    node: str
    link: str
    time_h: float
    why: str


@dataclass(frozen=True, slots=True)
class Handling:
    """Loading at the origin or unloading at the destination."""

    node: str
    id: str | None
    carrier: str
    time_h: float
    cost_usd_t: float
    co2_kg_t: float


@dataclass(frozen=True, slots=True)
class UsedFigure:
    """A figure that the route uses."""

    feature: str
    field: str
    value: float
    basis: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ranges:
    """P10, P50 and P90 over draws of all figures of a route; `p90_bound_h`: lower bound of any route's P90."""

    draws: int
    seed: int
    time_h: tuple[float, float, float]
    transit_h: tuple[float, float, float]
    cost_usd_t: tuple[float, float, float]
    p90_bound_h: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the ranges with the JSON keys of the command line."""
        quantiles = {
            f"{name}_{p}": value
            for name in ("time_h", "transit_h", "cost_usd_t")
            for p, value in zip(("p10", "p50", "p90"), getattr(self, name), strict=True)
        }
        lower_bound = {} if self.p90_bound_h is None else {"time_h_p90_bound": self.p90_bound_h}
        return {"draws": self.draws, "seed": self.seed, **quantiles, **lower_bound}


@dataclass(frozen=True)
class Route(Plottable, Result):
    """The answer: totals, and the parts that sum to them.

    `time_h` is door to door. `transit_h` excludes loading and unloading, as published
    train times do. Money is USD of `money_year` per net tonne. `depart` and `arrive`
    (UTC) are set with a day of departure. `snap_km` is the distance of places from the
    given coordinates. `not_known` lists, by field that a constraint requires, the links
    and facilities of the route without data for it.
    """

    _TABLES: ClassVar[Mapping[str, str]] = {"legs": "to_geodataframe"}

    network: str
    data_version: str
    money_year: int
    origin: str
    destination: str
    origin_name: str
    destination_name: str
    snap_km: dict[str, float]
    cargo: str
    cargo_name: str
    by: str
    year: int
    depart: str | None
    arrive: str | None
    constraints: Constraints
    scenarios: tuple[str, ...]
    generalised_usd_t: float
    cost_usd_t: float
    time_h: float
    transit_h: float
    length_km: float
    co2_kg_t: float
    legs: tuple[Leg, ...]
    transfers: tuple[Transfer, ...]
    borders: tuple[Border, ...]
    waits: tuple[Wait, ...]
    loading: Handling
    unloading: Handling
    inputs_used: tuple[UsedFigure, ...]
    not_known: dict[str, tuple[str, ...]]
    place_names: dict[str, str]
    country_of: dict[str, str]
    ranges: Ranges | None = None

    @property
    def assumed(self) -> int:
        """The number of used figures that are assumed."""
        return sum(f.basis == "assumed" for f in self.inputs_used)

    def to_dict(self) -> dict[str, Any]:
        """Return the route with the JSON keys of the command line."""
        name = self.place_names
        return {
            "network": self.network,
            "data_version": self.data_version,
            "origin": self.origin,
            "origin_name": self.origin_name,
            "destination": self.destination,
            "destination_name": self.destination_name,
            "cargo": self.cargo,
            "by": self.by,
            "year": self.year,
            "depart": self.depart,
            "arrive": self.arrive,
            "depart_month": None if self.depart is None else int(self.depart[5:7]),
            "modes": list(self.constraints.modes),
            "avoid": list(self.constraints.avoid),
            "via": list(self.constraints.via),
            "constraints": self.constraints.given(),
            "snap_km": dict(self.snap_km),
            "scenarios": list(self.scenarios),
            "generalised_usd_t": self.generalised_usd_t,
            "cost_usd_t": self.cost_usd_t,
            "time_h": self.time_h,
            "transit_h": self.transit_h,
            "length_km": self.length_km,
            "co2_kg_t": self.co2_kg_t,
            "legs": [x.to_dict(name) for x in self.legs],
            "transfers": [t.to_dict(name) for t in self.transfers],
            "borders": [asdict(b) for b in self.borders],
            "waits": [{**asdict(w), "node_name": name[w.node]} for w in self.waits],
            "loading": {**asdict(self.loading), "node_name": name[self.loading.node]},
            "unloading": {**asdict(self.unloading), "node_name": name[self.unloading.node]},
            **with_old_keys({"inputs_used": len(self.inputs_used)}),
            "assumed": self.assumed,
            **({} if self.ranges is None else self.ranges.to_dict()),
            "not_known": {field: list(ids) for field, ids in self.not_known.items()},
            **provenance_entry(self),
        }

    def to_geodataframe(self) -> geopandas.GeoDataFrame:
        """Return one row per leg with its line."""
        from corridor.routing.route_frames import route_frame

        return route_frame(self)

    def __str__(self) -> str:
        return itinerary_text(self)

    def __repr__(self) -> str:
        return (
            f"Route {self.origin} → {self.destination}, {self.cargo}, {self.year}: "
            f"{self.cost_usd_t:.0f} USD/t, {self.time_h / 24:.1f} days, {self.length_km:.0f} km"
        )
