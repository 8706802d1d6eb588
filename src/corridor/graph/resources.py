"""The use of capacity-constrained resources by arcs, in native units per tonne of the cargo.

A wagon carries 26 to 62 t of a cargo, a train what its wagons carry, a TEU 14 t. A
resource that counts empties also includes the empty return of the wagon. Tonnes a
year of a resource are therefore always stated for one cargo.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from corridor.errors import DataError, Fault
from corridor.graph.csr import BACKWARD, FORWARD, LINK
from corridor.graph.virtual import VirtualNetwork
from corridor.units import DAYS_PER_YEAR, HOURS_PER_DAY

DIRECTIONS = {"both": (FORWARD, BACKWARD), "forward": (FORWARD,), "backward": (BACKWARD,)}
EVERY_MONTH = range(1, 13)


@dataclass(frozen=True, slots=True)
class Limit:
    """One resource as a limit for the cargo.

    `capacity`, `base_load` in `unit` per `per`; `free_yr` in units a year after
    other traffic, the busy season and the months in which the links are closed; None
    where the capacity is not known. `arcs` and `use` (units per tonne) are aligned.
    """

    id: str
    name: str
    kind: str
    unit: str
    per: str
    capacity: float | None
    base_load: float | None
    free_yr: float | None
    open_share: float
    basis: str | None
    arcs: tuple[int, ...]
    use: tuple[float, ...]


def limits(graph: VirtualNetwork) -> tuple[Limit, ...]:
    """Return the resources that at least one arc uses, in the order of the network's table."""
    if "limits" not in graph.cache:
        graph.cache["limits"] = tuple(_limits(graph))
    stored: tuple[Limit, ...] = graph.cache["limits"]
    return stored


def _limits(graph: VirtualNetwork) -> Sequence[Limit]:
    table = graph.network.resource_table
    arcs_of = _arcs_by_feature(graph)
    found = []
    for i, name in enumerate(table.ids):
        pairs = _uses(graph, name, arcs_of, table["unit"][i])
        if not pairs:
            continue
        capacity, base_load = (_or_none(table[c][i]) for c in ("capacity", "base_load"))
        share = _open_share(graph, table["months_open"][i], (a for a, _ in pairs))
        found.append(
            Limit(
                id=name,
                name=table["name"][i],
                kind=table["kind"][i],
                unit=table["unit"][i],
                per=table["per"][i],
                capacity=capacity,
                base_load=base_load,
                free_yr=_free_yr(graph, table["per"][i], capacity, base_load, share, table["kind"][i]),
                open_share=share if table["per"][i] == "day" else 1.0,
                basis=table["capacity_basis"][i],
                arcs=tuple(a for a, _ in pairs),
                use=tuple(u for _, u in pairs),
            )
        )
    return found


def _or_none(value: float) -> float | None:
    return None if value != value else float(value)


def _free_yr(
    graph: VirtualNetwork,
    per: str,
    capacity: float | None,
    base_load: float | None,
    share: float,
    kind: str,
) -> float | None:
    """Return free units a year; None if not known, as for locomotives whose other use is not known."""
    if capacity is None or (kind == "locomotives" and base_load is None):
        return None
    if per == "year":  # an annual figure needs no reduction
        return max(0.0, capacity - (base_load or 0.0))
    # A daily limit applies on a busy day; the year has the mean days of the open season.
    mean = capacity / graph.network.parameter.get("peak_day_ratio", 1.0)
    return max(0.0, (mean - (base_load or 0.0)) * DAYS_PER_YEAR * share)


def _open_share(graph: VirtualNetwork, months: tuple[int, ...] | None, arcs: Iterable[int]) -> float:
    """Return the share of the year in which a resource and at least one link that uses it are open."""
    open_months: set[int] = set()
    table = graph.network.link_table
    for a in arcs:
        on_link = graph.kind[a] == LINK and table["months_open"][graph.feature[a]]
        open_months |= set(on_link or EVERY_MONTH)
    return len(open_months & set(months or EVERY_MONTH)) / len(EVERY_MONTH)


def _arcs_by_feature(graph: VirtualNetwork) -> Mapping[tuple[str, int], list[int]]:
    found: dict[tuple[str, int], list[int]] = {}
    links, transfers = graph.network.link_table.ids, graph.network.transfer_table.ids
    for a in range(graph.arcs):
        if graph.feature[a] >= 0:
            ids = links if graph.kind[a] == LINK else transfers
            found.setdefault((ids[graph.feature[a]], graph.direction[a]), []).append(a)
    return found


def _uses(
    graph: VirtualNetwork, resource: str, arcs_of: Mapping[tuple[str, int], list[int]], unit: str
) -> list[tuple[int, float]]:
    pairs: dict[int, float] = {}
    table = graph.network.resource_table
    own = table["empty_return_share"][table.index[resource]] if "empty_return_share" in table.columns else math.nan
    share = graph.network.parameter.get("empty_return_share", 0.0) if math.isnan(own) else float(own)
    for use in graph.network.uses[resource]:
        classes = use.get("classes")
        if classes and not {graph.cargo.cargo_class, graph.cargo.id} & set(classes):
            continue
        for direction in DIRECTIONS[use["direction"]]:
            for a in arcs_of.get((use["feature"], direction), ()):
                units = _units_per_t(graph, unit, a)
                if units is None:
                    continue
                if use.get("empties"):
                    units *= 1 + share
                pairs[a] = units
    return sorted(pairs.items())


def _units_per_t(graph: VirtualNetwork, unit: str, arc: int) -> float | None:
    """Return units per tonne; None where the cargo does not use the unit (no boxes)."""
    cargo = graph.cargo
    if unit == "wagons":
        return 1 / cargo.t_per_wagon
    if unit == "trucks":
        return 1 / cargo.t_per_truck
    if unit == "TEU":
        return 1 / cargo.t_per_teu if cargo.t_per_teu and cargo.cargo_class == "container" else None
    if unit == "t":
        return 1.0
    train_t = _train_t(graph, arc)
    if unit == "trains":
        return 1 / train_t
    # A locomotive runs out with the train and back with the next one.
    return 2 * graph.parts["run_h"][arc] / HOURS_PER_DAY / train_t


def _train_t(graph: VirtualNetwork, arc: int) -> float:
    """Return the net load of a train of this cargo: its maximum load, or the load of its wagons."""
    parameter = graph.network.parameter
    net, wagons = parameter.get("train_net_t", math.nan), parameter.get("train_wagons", math.nan)
    if graph.kind[arc] == LINK:
        table, i = graph.network.link_table, graph.feature[arc]
        net = _known(table["train_net_t"][i], net)
        wagons = _known(table["train_wagons"][i], wagons)
    if net != net:
        fix = "give the links train_net_t, or the network a parameter of that name"
        raise DataError(Fault("parameters", "train_net_t", None, "is missing, needed by a limit in trains", fix))
    return net if wagons != wagons else min(net, wagons * graph.cargo.t_per_wagon)


def _known(value: float, otherwise: float) -> float:
    return otherwise if value != value else float(value)
