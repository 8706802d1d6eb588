"""The answer to a route question: legs, transfers, borders, waits, and the figures behind them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import geopandas

    from corridor.model.network import Network


@dataclass(frozen=True, slots=True)
class Leg:
    """An unbroken run on one carrier; borders and waits are beside it, not in it.

    `line` is the way as (lon, lat) points, in the direction of travel.
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


@dataclass(frozen=True, slots=True)
class Transfer:
    """A change of carrier at a node, with the facility that makes it."""

    id: str
    node: str
    start: str
    end: str
    method: str
    time_h: float
    cost_usd_t: float
    co2_kg_t: float


@dataclass(frozen=True, slots=True)
class Border:
    """Formalities on the link that crosses."""

    link: str
    from_country: str
    to_country: str
    time_h: float
    cost_usd_t: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Hours until the next departure."""

    node: str
    link: str
    time_h: float


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
    """A figure that the route rests on."""

    feature: str
    field: str
    value: float
    basis: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Route:
    """The answer: totals, and the parts that sum to them.

    `time_h` is door to door, `transit_h` leaves loading and unloading out, as
    published train times do; money is USD of `money_year` per net tonne.
    """

    network: str
    data_version: str
    money_year: int
    origin: str
    destination: str
    origin_name: str
    destination_name: str
    cargo: str
    cargo_name: str
    by: str
    year: int
    depart_month: int | None
    modes: tuple[str, ...]
    avoid: tuple[str, ...]
    via: tuple[str, ...]
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
    figures: tuple[UsedFigure, ...]
    place_names: dict[str, str]
    country_of: dict[str, str]

    @property
    def assumed(self) -> int:
        """How many of the figures are assumed."""
        return sum(f.basis == "assumed" for f in self.figures)

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
            "depart_month": self.depart_month,
            "modes": list(self.modes),
            "avoid": list(self.avoid),
            "via": list(self.via),
            "scenarios": list(self.scenarios),
            "generalised_usd_t": self.generalised_usd_t,
            "cost_usd_t": self.cost_usd_t,
            "time_h": self.time_h,
            "transit_h": self.transit_h,
            "length_km": self.length_km,
            "co2_kg_t": self.co2_kg_t,
            "legs": [
                {
                    "mode": x.mode,
                    "gauge_mm": x.gauge_mm,
                    "from": x.start,
                    "from_name": name[x.start],
                    "to": x.end,
                    "to_name": name[x.end],
                    "nodes": list(x.nodes),
                    "links": list(x.links),
                    "length_km": x.length_km,
                    "time_h": x.time_h,
                    "cost_usd_t": x.cost_usd_t,
                    "co2_kg_t": x.co2_kg_t,
                }
                for x in self.legs
            ],
            "transfers": [
                {
                    "id": t.id,
                    "node": t.node,
                    "node_name": name[t.node],
                    "from": t.start,
                    "to": t.end,
                    "method": t.method,
                    "time_h": t.time_h,
                    "cost_usd_t": t.cost_usd_t,
                    "co2_kg_t": t.co2_kg_t,
                }
                for t in self.transfers
            ],
            "borders": [asdict(b) for b in self.borders],
            "waits": [{**asdict(w), "node_name": name[w.node]} for w in self.waits],
            "loading": {**asdict(self.loading), "node_name": name[self.loading.node]},
            "unloading": {**asdict(self.unloading), "node_name": name[self.unloading.node]},
            "figures": len(self.figures),
            "assumed": self.assumed,
        }

    def to_geodataframe(self) -> geopandas.GeoDataFrame:
        """Return one row per leg with its line."""
        from corridor.io.routes import route_frame

        return route_frame(self)

    def plot(self, network: Network, axes: Any = None) -> Any:
        """Draw the route over its network (needs the extra `plot`); returns the axes."""
        from corridor.show.plot import draw_route

        return draw_route(network, self, axes)

    def __repr__(self) -> str:
        return (
            f"Route {self.origin} → {self.destination}, {self.cargo}, {self.year}: "
            f"{self.cost_usd_t:.0f} USD/t, {self.time_h / 24:.1f} days, {self.length_km:.0f} km"
        )

    def __str__(self) -> str:
        from corridor.show.itinerary import itinerary_text

        return itinerary_text(self)

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"
