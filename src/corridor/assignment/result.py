"""The answer to an assignment: what goes where, what fills, what a tonne more is worth, what stays at home."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor.assignment.summary import summary
from corridor.displayable import Plottable, with_old_keys
from corridor.model.provenance import provenance_entry

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Unserved:
    """Cargo that stays at home, 1 t a year or more; `blocked_by` names filled resources on its best way.

    `why` is `room` where it would pay but does not fit, `price` where its best
    way costs more than it is willing to pay, `way` where there is none.
    """

    origin: str
    destination: str
    cargo: str
    t_yr: float
    why: str
    blocked_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResourceUse:
    """A resource as the year used it, in its native unit.

    `capacity` and `base_load` a day or a year; `free` and `flow` on the mean of
    the year, `flow` without other traffic. `price_usd_t` is what one more tonne
    of the cargo that passes is worth, as a mean over the year (0 where there is
    room), with its interval; `price_usd_unit` the same of one more unit.
    `full_months` are those in which it fills.
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
    """What crosses a screenline, in t a year; southbound as the screenline's table says.

    `base_load` is other traffic that is no demand; None where none is recorded.
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
    """Used paths, aligned: which row of the demand, tonnes by quarter, cost by component, and the way.

    `t` (n, 4) tonnes by quarter; `costs` by component in USD/t, `time_h`, `length_km`,
    `co2_kg_t` (n,); path i goes by `links[first_link[i] : first_link[i + 1]]`
    (positions in `link_ids`), backward where `backward` says so, and takes
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
class Assignment(Plottable):
    """All cargo of a year assigned to ways under one rule.

    `total_cost_usd_yr` is the generalised cost of what is served;
    `unserved_cost_usd_yr` what the rest was willing to pay. Under *capacitated*
    `bound_usd_yr` is a proof that the two together cannot be less, and `gap` the
    relative distance; under *logit* `gap` is the largest relative violation of a
    limit. `iterations` counts rounds of path search.
    """

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
        """Tonnes a year that stay at home."""
        return self.demand_t_yr - self.served_t_yr

    @property
    def bottlenecks(self) -> tuple[ResourceUse, ...]:
        """The resources with a price, dearest in the year first: price times what passes."""
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
        """One row per used path: ends, cargo, tonnes a year, costs, and its links."""
        import pandas as pd

        p = self.used
        ends = [self.ends[i] for i in p.row.tolist()]
        names = np.array(self.link_ids, dtype=object)
        ways = [tuple(names[p.links[a:b]]) for a, b in zip(p.first_link[:-1], p.first_link[1:], strict=True)]
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
                "links": ways,
            }
        )

    @property
    def unserved(self) -> pd.DataFrame:
        """What stays at home by origin, destination and cargo, with what blocks it."""
        import pandas as pd

        return pd.DataFrame([asdict(u) for u in self.unserved_rows], columns=list(Unserved.__slots__))

    def select_link(self, link: str) -> pd.DataFrame:
        """Return who uses a link: t a year by origin, destination, cargo and direction.

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
        made = frame.groupby(keys, as_index=False)["t_yr"].sum()
        return made.sort_values("t_yr", ascending=False, kind="stable", ignore_index=True)

    def screenline(self, name: str) -> Crossing:
        """Return what crosses a screenline of the network.

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
        """Return the native units a year that chosen rows of the demand take of each resource of the network."""
        p = self.used
        owner = np.repeat(np.arange(len(p.row)), np.diff(p.first_use))
        taken = (p.t.sum(axis=1) * rows[p.row])[owner] * p.units
        made: Array = np.bincount(p.resources, weights=taken, minlength=len(self.resource_ids))
        return made

    @property
    def summary(self) -> str:
        """Two sentences in plain words."""
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

    def __repr__(self) -> str:
        return (
            f"Assignment {self.year}, {self.rule}, demand '{self.demand}': "
            f"{self.served_t_yr / 1e6:.2f} of {self.demand_t_yr / 1e6:.2f} Mt a year"
        )
