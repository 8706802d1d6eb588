"""The result of an assignment: flows by path, loads and shadow prices of resources, unserved demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from corridor.arrays import Array
from corridor.assignment.assignment_text import assignment_text
from corridor.assignment.summary import summary
from corridor.displayable import Plottable, Result, with_old_keys
from corridor.model.provenance import provenance_entry

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Unserved:
    """Unserved demand of a row; `blocked_by` names full resources on its best path.

    `why` is `capacity` where capacity is missing, `price` where the cargo is priced out,
    `no_route` where no path is open. `above_max_usd_t` is the cost of the best path, with its
    shadow prices, above the highest cost that the cargo accepts; negative where the
    logit rule leaves cargo unserved that could pay; None without a path.
    """

    origin: str
    destination: str
    cargo: str
    t_yr: float
    why: str
    blocked_by: tuple[str, ...]
    above_max_usd_t: float | None = None


@dataclass(frozen=True, slots=True)
class ResourceUse:
    """The use of a resource in the year, in its native unit.

    `capacity` and `base_load` a day or a year; `free` and `flow` as means of
    the year, `flow` without other traffic. `price_usd_t` is the shadow price per tonne
    of the passing cargo, as a mean over the year (0 where capacity is left), with its
    interval; `price_usd_unit` is the shadow price per unit. `full_months` are the
    months in which the limit binds.
    """

    id: str
    name: str
    unit: str
    capacity: float | None
    base_load: float | None
    free: float | None
    flow: float
    t_yr: float
    price_usd_t: float
    price_low_usd_t: float
    price_high_usd_t: float
    price_usd_unit: float
    full_months: tuple[int, ...]
    t_yr_by_cargo: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Crossing:
    """Flow across a screenline, in t a year; southbound as defined in the screenline's table.

    `base_load` is other traffic outside the demand; None where none is recorded.
    """

    id: str
    name: str
    southbound_t_yr: float
    northbound_t_yr: float
    base_load_t_yr: float | None
    t_yr_by_cargo: Mapping[str, float]
    t_yr_by_ends: Mapping[str, float]


@dataclass(frozen=True)
class Paths:
    """Used paths, aligned: row of the demand, tonnes by quarter, cost by component, and links.

    `t` (n, 4) tonnes by quarter; `costs` by component in USD/t, `time_h`, `length_km`,
    `co2_kg_t` (n,); path i uses `links[first_link[i] : first_link[i + 1]]`
    (positions in `link_ids`), backward where `backward` is true, and
    `units` of `resources` per tonne.
    """

    row: Array
    t: Array
    costs: Mapping[str, Array]
    time_h: Array
    length_km: Array
    co2_kg_t: Array
    first_link: Array
    links: Array
    backward: Array
    first_use: Array
    resources: Array
    units: Array


@dataclass(frozen=True)
class Assignment(Plottable, Result):
    """All cargo of a year assigned to paths under one rule.

    `total_cost_usd_yr` is the generalised cost of the served demand;
    `unserved_cost_usd_yr` the willingness to pay of the unserved demand. Under
    *capacitated* `bound_usd_yr` is a lower bound of their sum, and `gap` the relative
    distance to it; under *logit* `gap` is the largest relative violation of a
    limit. `iterations` counts rounds of path search.
    """

    _TABLES: ClassVar[Mapping[str, str]] = {
        name: name for name in ("links", "resources", "resources_by_cargo", "paths", "unserved")
    }

    network: str
    data_version: str
    scenarios: tuple[str, ...]
    rule: str
    year: int
    demand: str
    demand_t_yr: float
    served_t_yr: float
    total_cost_usd_yr: float
    unserved_cost_usd_yr: float
    bound_usd_yr: float | None
    gap: float
    iterations: int
    cost_usd_yr: Mapping[str, float]
    co2_t_yr: float
    t_km_yr: float
    unserved_rows: tuple[Unserved, ...]
    resource_rows: tuple[ResourceUse, ...]
    crossings: tuple[Crossing, ...]
    unknown_base_load: tuple[str, ...]
    ends: tuple[tuple[str, str, str], ...]
    used: Paths
    link_ids: tuple[str, ...]
    resource_ids: tuple[str, ...]

    @property
    def unserved_t_yr(self) -> float:
        """Unserved demand in tonnes a year."""
        return self.demand_t_yr - self.served_t_yr

    @property
    def bottlenecks(self) -> tuple[ResourceUse, ...]:
        """The resources with a price, sorted by price times flow, largest first."""
        priced = [r for r in self.resource_rows if r.price_usd_t > 0]
        return tuple(sorted(priced, key=lambda r: (-r.price_usd_t * r.t_yr, r.id)))

    @property
    def links(self) -> pd.DataFrame:
        """Tonnes a year by link, direction and cargo."""
        import pandas as pd

        p = self.used
        owner = np.repeat(np.arange(len(p.row)), np.diff(p.first_link))
        frame = pd.DataFrame(
            {
                "link": np.array(self.link_ids, dtype=object)[p.links],
                "direction": np.where(p.backward, "backward", "forward"),
                "cargo": np.array([e[2] for e in self.ends], dtype=object)[p.row[owner]],
                "t_yr": p.t.sum(axis=1)[owner],
            }
        )
        return frame.groupby(["link", "direction", "cargo"], as_index=False)["t_yr"].sum()

    @property
    def resources(self) -> pd.DataFrame:
        """One row per resource used, with its price."""
        import pandas as pd

        rows = [{k: v for k, v in asdict(r).items() if k != "t_yr_by_cargo"} for r in self.resource_rows]
        return pd.DataFrame(rows)

    @property
    def resources_by_cargo(self) -> pd.DataFrame:
        """Tonnes a year through each resource by cargo."""
        import pandas as pd

        cells = [(r.id, cargo, t) for r in self.resource_rows for cargo, t in r.t_yr_by_cargo.items()]
        return pd.DataFrame(cells, columns=["id", "cargo", "t_yr"])

    @property
    def paths(self) -> pd.DataFrame:
        """One row per used path: origin, destination, cargo, tonnes a year, costs, and links."""
        import pandas as pd

        p = self.used
        ends = [self.ends[i] for i in p.row.tolist()]
        names = np.array(self.link_ids, dtype=object)
        links_of_path = [tuple(names[p.links[a:b]]) for a, b in zip(p.first_link[:-1], p.first_link[1:], strict=True)]
        return pd.DataFrame(
            {
                "origin": [e[0] for e in ends],
                "destination": [e[1] for e in ends],
                "cargo": [e[2] for e in ends],
                "t_yr": p.t.sum(axis=1),
                **{f"q{q + 1}_t": p.t[:, q] for q in range(p.t.shape[1])},
                "time_h": p.time_h,
                "length_km": p.length_km,
                "co2_kg_t": p.co2_kg_t,
                **p.costs,
                "links": links_of_path,
            }
        )

    @property
    def unserved(self) -> pd.DataFrame:
        """Unserved demand by origin, destination and cargo, with the blocking resources."""
        import pandas as pd

        return pd.DataFrame([asdict(u) for u in self.unserved_rows], columns=list(Unserved.__slots__))

    def select_link(self, link: str) -> pd.DataFrame:
        """Return the users of a link: t a year by origin, destination, cargo and direction.

        Raises
        ------
        UnknownIdError
            If there is no such link.
        """
        import pandas as pd

        from corridor.errors import UnknownIdError
        from corridor.model.names import nearest

        if link not in self.link_ids:
            raise UnknownIdError("link", str(link), nearest(str(link), self.link_ids))
        p = self.used
        owner = np.repeat(np.arange(len(p.row)), np.diff(p.first_link))
        here = p.links == self.link_ids.index(link)
        ends = [self.ends[i] for i in p.row[owner[here]].tolist()]
        frame = pd.DataFrame(
            {
                "origin": [e[0] for e in ends],
                "destination": [e[1] for e in ends],
                "cargo": [e[2] for e in ends],
                "direction": np.where(p.backward[here], "backward", "forward"),
                "t_yr": p.t.sum(axis=1)[owner[here]],
            }
        )
        keys = ["origin", "destination", "cargo", "direction"]
        table = frame.groupby(keys, as_index=False)["t_yr"].sum()
        return table.sort_values("t_yr", ascending=False, kind="stable", ignore_index=True)

    def screenline(self, name: str) -> Crossing:
        """Return the flow across a screenline of the network.

        Raises
        ------
        UnknownIdError
            If the network has no such screenline.
        """
        from corridor.errors import UnknownIdError
        from corridor.model.names import nearest

        for crossing in self.crossings:
            if crossing.id == name:
                return crossing
        ids = [c.id for c in self.crossings]
        raise UnknownIdError("screenline", str(name), nearest(str(name), ids) or ids)

    def resource_units(self, rows: Array) -> Array:
        """Return the native units a year of each resource that chosen rows of the demand use."""
        p = self.used
        owner = np.repeat(np.arange(len(p.row)), np.diff(p.first_use))
        weights = (p.t.sum(axis=1) * rows[p.row])[owner] * p.units
        units: Array = np.bincount(p.resources, weights=weights, minlength=len(self.resource_ids))
        return units

    @property
    def summary(self) -> str:
        """The result in two sentences."""
        return summary(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the assignment with the JSON keys of the command line."""
        return {
            "network": self.network,
            "data_version": self.data_version,
            "scenarios": list(self.scenarios),
            "rule": self.rule,
            "year": self.year,
            "demand": self.demand,
            "summary": self.summary,
            "demand_t_yr": self.demand_t_yr,
            "served_t_yr": self.served_t_yr,
            "unserved_t_yr": self.unserved_t_yr,
            "unserved": [{**asdict(u), "blocked_by": list(u.blocked_by)} for u in self.unserved_rows],
            "total_cost_usd_yr": self.total_cost_usd_yr,
            **with_old_keys({"unserved_cost_usd_yr": self.unserved_cost_usd_yr}),
            "cost_usd_yr": dict(self.cost_usd_yr),
            "bound_usd_yr": self.bound_usd_yr,
            "gap": self.gap,
            "iterations": self.iterations,
            "co2_t_yr": self.co2_t_yr,
            "t_km_yr": self.t_km_yr,
            "resources": [{**asdict(r), "full_months": list(r.full_months)} for r in self.resource_rows],
            "screenlines": {c.id: asdict(c) for c in self.crossings},
            "other_traffic_not_known": list(self.unknown_base_load),
            **provenance_entry(self),
        }

    def __str__(self) -> str:
        return assignment_text(self)

    def __repr__(self) -> str:
        return (
            f"Assignment {self.year}, {self.rule}, demand '{self.demand}': "
            f"{self.served_t_yr / 1e6:.2f} of {self.demand_t_yr / 1e6:.2f} Mt a year"
        )
