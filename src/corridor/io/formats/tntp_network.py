"""A road network and a demand from TNTP columns, in units given by the caller."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor.errors import DataError, Fault
from corridor.io.formats.gmns_import import ImportOptions, with_header
from corridor.io.formats.measures import HOURS, KM, to_lon_lat
from corridor.io.formats.one_way import DirectedLink, links_of_ways
from corridor.io.raw_networks import validated
from corridor.large.delay import Delay, bpr
from corridor.large.graph import Graph
from corridor.model.checks import check_raw_network, is_number
from corridor.model.demand import QUARTERS, WHATEVER_USD_T, Demand
from corridor.model.network import Network
from corridor.units import line_km

if TYPE_CHECKING:
    from corridor.io.formats.tntp import Floats, Ints, Tntp

MOST_KMH = 400.0  # of a road link; a higher speed means that the time is a placeholder
SOURCE = "tntp"
DRAWN = "drawn"
KEPT = ("b", "power", "speed", "toll", "link_type", "free_flow_time")


def network_of(
    given: Tntp,
    crs: str,
    units: tuple[str, str],
    country: str,
    capacity_period_h: float,
    one_way: str,
    like: Network | None,
) -> Network:
    """Return the checked road network; see `Tntp.to_network`."""
    faults: list[Fault] = []
    km = math.nan if units[0] == DRAWN else _unit({**KM, DRAWN: 0.0}, "length_unit", units[0], faults)
    hours = _unit(HOURS, "time_unit", units[1], faults)
    if not is_number(capacity_period_h) or capacity_period_h <= 0:
        message = f"is {capacity_period_h!r}"
        faults.append(Fault("option", "capacity_period_h", repr(capacity_period_h), message, "give hours above 0"))
    if one_way not in ("refuse", "both"):
        faults.append(Fault("option", "one_way", str(one_way), f"is '{one_way}'", "give refuse or both"))
    if given.coordinates is None:
        fix = "read the node file too: read_tntp(net, nodes=…)"
        faults.append(Fault(given.name, "coordinates", None, "are missing, a network needs them", fix))
        raise DataError(faults, given.name)
    points = {str(i): ((float(x), float(y)),) for i, (x, y) in enumerate(given.coordinates, start=1)}
    system = Fault("option", "crs", str(crs), "", "give a system such as EPSG:4326")
    positions = to_lon_lat(str(crs), points, system, faults)
    if faults:
        raise DataError(faults, given.name)
    nodes = [
        {"id": i, "name": i, "country": country, "kind": "city" if int(i) <= given.number_of_zones else "station"}
        for i in positions
    ]
    links = list(_directed_links(given, positions, country, (km, hours), capacity_period_h))
    result = links_of_ways(links, one_way, SOURCE, taken=set(positions), faults=faults)
    if faults:
        raise DataError(faults, given.name)
    record = {"id": SOURCE, "title": f"TNTP files {given.name}"}
    raw = with_header(given.name, ImportOptions(like=like), nodes, result, positions, record)
    return validated(raw, check_raw_network(raw), given.name)


def _unit(known: dict[str, float], option: str, unit: str, faults: list[Fault]) -> float:
    factor = known.get(str(unit).strip().casefold())
    if factor is None:
        fix = f"give one of {', '.join(known)}"
        faults.append(Fault("option", option, str(unit), f"is '{unit}', an unknown unit", fix))
    return factor or 1.0


def _directed_links(
    tntp: Tntp, positions: dict[str, Any], country: str, factors: tuple[float, float], period_h: float
) -> Iterator[DirectedLink]:
    names: Counter[str] = Counter()
    for i in range(len(tntp)):
        start, end = str(tntp.init_node[i]), str(tntp.term_node[i])
        name = f"{start}-{end}-road"
        names[name] += 1
        line, by_line = (positions[start][0], positions[end][0]), factors[0] != factors[0]
        length_km = line_km(line) if by_line else float(tntp.length[i]) * factors[0]
        time_h = float(tntp.free_flow_time[i]) * factors[1]
        speed = length_km / time_h if time_h > 0 else None
        yield DirectedLink(
            name if names[name] == 1 else f"{name}-{names[name]}",
            start,
            end,
            mode="road",
            carrier="road",
            gauge_mm=None,
            areas=(country,),
            length_km=length_km,
            length_basis="derived" if by_line else "published",
            speed_kmh=speed if speed is not None and 0 < speed <= MOST_KMH else None,
            per_hour=float(tntp.capacity[i]) / period_h,
            limit_note=f"{tntp.capacity[i]:g} vehicles in {period_h:g} h, 24 hours a day, each counted as a truck",
            directed=True,
            line=line,
            kept={column: _plain(getattr(tntp, column)[i]) for column in KEPT},
            where=f"link no. {i + 1}",
        )


def _plain(value: Any) -> int | float:
    number = float(value)
    return int(number) if number.is_integer() else number


def demand_of(given: Tntp, cargo: str, t_per_trip: float, year: int) -> Demand:
    """Return the trips as a demand; see `Tntp.to_demand`."""
    if given.trips is None:
        fix = "read the trip file too: read_tntp(net, trips=…)"
        raise DataError(Fault(given.name, "trips", None, "are missing", fix), given.name)
    if not is_number(t_per_trip) or t_per_trip < 0:
        fault = Fault("option", "t_per_trip", repr(t_per_trip), f"is {t_per_trip!r}", "give tonnes from 0")
        raise DataError(fault, given.name)
    trips = given.trips.copy()
    np.fill_diagonal(trips, 0.0)  # trips within a zone use no link
    starts, ends = np.nonzero(trips)
    count = len(starts)
    return Demand(
        given.name,
        year,
        tuple(str(i + 1) for i in starts),
        tuple(str(i + 1) for i in ends),
        (cargo,) * count,
        trips[starts, ends] * t_per_trip,
        np.full(count, WHATEVER_USD_T),
        np.full((count, QUARTERS), 1 / QUARTERS),
        ("",) * count,
    )


def graph_of(given: Tntp, length_cost: float, toll_cost: float) -> tuple[Graph, Delay, tuple[Ints, Ints, Floats], Ints]:
    """Return a graph with its delays, the trips by row, and the zones closed to through traffic."""
    faults = [
        Fault("option", name, repr(value), f"is {value!r}", "give a number from 0")
        for name, value in (("length_cost", length_cost), ("toll_cost", toll_cost))
        if not is_number(value) or value < 0
    ]
    if given.trips is None:
        faults.append(Fault("trips", "", None, "are missing", "read them with the network"))
    if faults or given.trips is None:
        raise DataError(faults, given.name)
    graph = Graph.of(given.init_node - 1, given.term_node - 1, nodes=given.number_of_nodes)
    delay = bpr(given.free_flow_time, given.capacity, given.b, given.power)
    delay = replace(delay, a=delay.a + length_cost * given.length + toll_cost * given.toll)
    origins, destinations = np.nonzero(given.trips)
    rows = (origins, destinations, given.trips[origins, destinations])
    return graph, delay, rows, np.arange(given.first_thru_node - 1)
