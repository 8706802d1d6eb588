"""The maximum flow of one cargo between two sets of places, and its minimum cut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Unpack

from corridor.displayable import Plottable, Result
from corridor.errors import DataError, Fault, NoAnswerError
from corridor.flow.cycles import NOTHING_T, without_cycles
from corridor.flow.edges import solve_edges
from corridor.flow.flow_graph import FlowGraph, flow_graph
from corridor.flow.flow_text import flow_text
from corridor.flow.linear_flow import solve_linear
from corridor.graph.resources import Limit, limits
from corridor.graph.virtual import virtual_network
from corridor.model.network import Network
from corridor.model.provenance import provenance_entry, with_provenance
from corridor.routing.constraints import NOTHING, Constraints, Options, constraints_of, one
from corridor.routing.route_query import places_of, when_of
from corridor.units import DAYS_PER_YEAR

OF_WHOLE_ROUTE = ("via", "any_order", "most_borders", "most_transfers", "one_gauge")


@dataclass(frozen=True, slots=True)
class CutRow:
    """One resource of the cut.

    `capacity` (with its recorded range, if any), `base_load` and `free` in `unit`
    (wagons a day, ...). A daily capacity applies on a busy day; `capacity_mean` is the
    capacity on a mean day, and `free` is that less other traffic. `open_share` is the
    part of the year in which its links can be used (1: the whole year; an annual capacity
    is not reduced). `weight` is tonnes a year per free unit, `free_t_yr` their product.
    """

    id: str
    kind: str
    name: str
    unit: str
    capacity: float
    capacity_low: float | None
    capacity_high: float | None
    capacity_mean: float
    open_share: float
    base_load: float | None
    free: float
    weight: float
    free_t_yr: float
    basis: str | None


@dataclass(frozen=True, slots=True)
class ResourceFlow:
    """The use of a resource by the flow, in its native unit."""

    id: str
    name: str
    unit: str
    flow: float
    free: float | None


@dataclass(frozen=True)
class Flow(Plottable, Result):
    """The maximum flow: its value, the cut that proves it, and the resources it uses.

    `value_t_yr` and `links_t_yr` (per link id, without circular flow) are in net t a
    year. `unknown` lists used resources whose capacity is not known, `base_load_unknown`
    those whose other traffic is not known and counts as zero. `exact` is the method:
    `integer` where every resource lies on one edge, `lp` where resources are shared
    more widely (then the duals are the proof).
    `value_t_yr` equals the sum of `free_t_yr` over the cut.
    """

    _TABLES: ClassVar[Mapping[str, str]] = {"links": "_links_frame", "resources": "resources", "cut": "cut"}

    network: str
    data_version: str
    origins: tuple[str, ...]
    destinations: tuple[str, ...]
    origin_names: tuple[str, ...]
    destination_names: tuple[str, ...]
    cargo: str
    cargo_name: str
    year: int
    constraints: Constraints
    scenarios: tuple[str, ...]
    value_t_yr: float
    exact: str
    cut: tuple[CutRow, ...]
    resources: tuple[ResourceFlow, ...]
    links_t_yr: dict[str, float]
    unknown: tuple[str, ...]
    base_load_unknown: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the flow with the JSON keys of the command line."""
        from dataclasses import asdict

        return {
            "network": self.network,
            "data_version": self.data_version,
            "origins": list(self.origins),
            "destinations": list(self.destinations),
            "cargo": self.cargo,
            "year": self.year,
            "modes": list(self.constraints.modes),
            "avoid": list(self.constraints.avoid),
            "constraints": self.constraints.given(),
            "scenarios": list(self.scenarios),
            "value_t_yr": self.value_t_yr,
            "exact": self.exact,
            "cut": [asdict(row) for row in self.cut],
            "resources": [asdict(r) for r in self.resources],
            "links": [{"id": k, "t_yr": v} for k, v in self.links_t_yr.items()],
            "limits_not_known": list(self.unknown),
            "other_traffic_not_known": list(self.base_load_unknown),
            **provenance_entry(self),
        }

    def _links_frame(self) -> Any:
        """Return tonnes a year by link as a DataFrame."""
        import pandas

        return pandas.DataFrame({"link": list(self.links_t_yr), "t_yr": list(self.links_t_yr.values())})

    def __str__(self) -> str:
        return flow_text(self)

    def __repr__(self) -> str:
        ends = f"{', '.join(self.origins)} → {', '.join(self.destinations)}"
        return f"Flow {ends}, {self.cargo}, {self.year}: {self.value_t_yr / 1e6:.2f} Mt a year"


@with_provenance
def max_flow(
    network: Network,
    origins: Sequence[str],
    destinations: Sequence[str],
    *,
    cargo: str = "container",
    year: int | None = None,
    **constraints: Unpack[Options],
) -> Flow:
    """Return the maximum flow of a cargo from some places to others in a year.

    Conserved: tonnes at every place and carrier. Limits: resources, net of other
    traffic, in the busy season. Ignored: cost (every detour is allowed), demand,
    resources whose capacity is not known (listed in `unknown`), and edits of single months.

    Parameters
    ----------
    network
        The network.
    origins, destinations
        Names or ids; each set acts as one.
    cargo
        Id of a cargo: it determines which arcs exist and what a tonne uses.
    year
        Year of the network, by default the base year.
    **constraints
        `avoid`, `only`, `modes`, dimensions, `needs`: see `corridor.Options`. Those on
        the whole route (`via`, counts, one gauge) apply to routes only, and are refused.

    Returns
    -------
    Flow
        Value in net t a year, and the cut as resources of the network.

    Raises
    ------
    UnknownIdError
        If a name matches no place or several.
    DataError
        If the sets overlap or an option is wrong.
    NoAnswerError
        If no route connects the sets, or a route has no known limit.

    Notes
    -----
    Where every resource lies on one edge (one track, one yard between two
    carriers), Dinitz's algorithm on whole tonnes, O(n² m). Otherwise a linear
    program (HiGHS), accepted only if its dual bound agrees to 1e-6.

    Examples
    --------
    >>> import corridor
    >>> f = corridor.max_flow(corridor.load(), ["Turkmenbashi"], ["Bandar Abbas"], cargo="grain", modes=["rail"])
    >>> f.exact, abs(f.value_t_yr - sum(row.free_t_yr for row in f.cut)) < 1
    ('integer', True)
    """
    faults: list[Fault] = []
    checked = constraints_of(constraints, faults)
    faults += [
        Fault("option", name, repr(getattr(checked, name)), "applies to one route, and a flow uses many", "omit it")
        for name in OF_WHOLE_ROUTE
        if getattr(checked, name) != getattr(NOTHING, name)
    ]
    flow_year, _ = when_of(network, year, None, faults)
    network = network.in_year(flow_year)
    starts, ends = _places(network, origins, "origins", faults), _places(network, destinations, "destinations", faults)
    common = sorted(set(starts) & set(ends))
    if common:
        faults.append(
            Fault(
                "destinations",
                "",
                common,
                f"contain {', '.join(common)}, an origin too",
                "give two sets without common places",
            )
        )
    if faults:
        raise DataError(faults)
    graph = virtual_network(network, network.cargo(cargo), flow_year)
    flows = flow_graph(graph, starts, ends, checked)
    resources = limits(graph)
    known = [x for x in resources if x.free_yr is not None and any(a in flows.arc_of for a in x.arcs)]
    _refuse_unconstrained(flows, known)
    on_edges = solve_edges(flows, known)
    solution = solve_linear(flows, known) if on_edges is None else on_edges
    arc_t_yr = without_cycles(flows.tail, flows.head, solution.arc_t_yr)
    units = {x.id: sum(use * arc_t_yr.get(arc, 0.0) for arc, use in flows.uses(x).items()) for x in known}
    used = [x for x in resources if any(arc_t_yr.get(arc, 0.0) > NOTHING_T for arc in flows.uses(x))]
    return Flow(
        network=network.name,
        data_version=str(network.meta.get("data_version", "")),
        origins=tuple(starts),
        destinations=tuple(ends),
        origin_names=tuple(map(network.name_of, starts)),
        destination_names=tuple(map(network.name_of, ends)),
        cargo=graph.cargo.id,
        cargo_name=graph.cargo.name,
        year=flow_year,
        constraints=checked,
        scenarios=network.scenarios,
        value_t_yr=solution.value_t_yr,
        exact="lp" if on_edges is None else "integer",
        cut=tuple(_cut_row(limit, weight, tonnes, network) for limit, weight, tonnes in solution.cut),
        resources=tuple(_resource(x, units[x.id]) for x in known if units[x.id] > 1e-9),
        links_t_yr=_by_link(flows, arc_t_yr),
        unknown=tuple(x.name for x in used if x.free_yr is None),
        base_load_unknown=tuple(x.name for x in used if x.free_yr is not None and x.base_load is None),
    )


def _places(network: Network, names: Sequence[str], what: str, faults: list[Fault]) -> list[str]:
    if not isinstance(names, Iterable):
        raise DataError(Fault("option", what, repr(names), f"is {names!r}", "give a list of places"))
    listed = list(one(names))
    if not listed:
        faults.append(Fault(what, "", None, "are empty", "give one place or more"))
    return list(dict.fromkeys(p.id for p in places_of(network, listed)))


def _refuse_unconstrained(flows: FlowGraph, known: Sequence[Limit]) -> None:
    limited = {arc for x in known for arc in flows.uses(x)}
    path = flows.path_without(limited)
    if path is not None:
        route = " · ".join(dict.fromkeys(flows.describe(arc) for arc in path))
        raise NoAnswerError(
            f"the flow has no known limit on this route: {route}; restrict the modes, or give its resources a capacity"
        )


def _per(limit: Limit) -> float:
    return DAYS_PER_YEAR if limit.per == "day" else 1.0


def _unit(limit: Limit) -> str:
    return f"{limit.unit} a {limit.per}"


def _cut_row(limit: Limit, weight: float, tonnes: float, network: Network) -> CutRow:
    assert limit.free_yr is not None
    assert limit.capacity is not None
    record = network.resource_table.row(network.resource_table.index[limit.id])
    peak_ratio = network.parameter.get("peak_day_ratio", 1.0) if limit.per == "day" else 1.0
    return CutRow(
        id=limit.id,
        kind=limit.kind,
        name=limit.name,
        unit=_unit(limit),
        capacity=limit.capacity,
        capacity_low=record.get("capacity_low"),
        capacity_high=record.get("capacity_high"),
        capacity_mean=limit.capacity / peak_ratio,
        open_share=limit.open_share,
        base_load=limit.base_load,
        free=limit.free_yr / _per(limit),
        weight=weight * _per(limit),
        free_t_yr=tonnes,
        basis=limit.basis,
    )


def _resource(limit: Limit, units_yr: float) -> ResourceFlow:
    free = None if limit.free_yr is None else limit.free_yr / _per(limit)
    return ResourceFlow(limit.id, limit.name, _unit(limit), units_yr / _per(limit), free)


def _by_link(flows: FlowGraph, arc_t_yr: dict[int, float]) -> dict[str, float]:
    totals: dict[str, float] = {}
    for arc, tonnes in arc_t_yr.items():
        name = flows.link_id(arc)
        if name is not None:
            totals[name] = totals.get(name, 0.0) + tonnes
    return dict(sorted(totals.items()))
