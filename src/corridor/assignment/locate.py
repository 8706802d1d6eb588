"""The places and cargoes of a demand on a network."""

from __future__ import annotations

from dataclasses import replace

from corridor.errors import Fault, UnknownIdError
from corridor.model.demand import Demand, row_faults
from corridor.model.network import Network
from corridor.model.trade import trade_factor


def locate(network: Network, demand: Demand, faults: list[Fault]) -> Demand:
    """Return the demand with ids for names; unknown names are added to `faults`."""
    ids: dict[str, str] = {}
    unknown: list[Fault] = []
    for name in dict.fromkeys([*demand.origins, *demand.destinations]):
        try:
            ids[name] = network.names.resolve(name)
        except UnknownIdError as error:
            unknown.append(_unknown("place", name, error))
    if unknown and demand.references:
        names = f"{len(unknown)} of its places, such as {unknown[0].value},"
        message, fix = f"does not fit this network: {names} are not in it", "give your own demand"
        unknown = [Fault("the demand of the study", "", None, message, fix)]
    faults += unknown
    for cargo in dict.fromkeys(demand.cargoes):
        try:
            network.cargo(cargo)
        except UnknownIdError as error:
            faults.append(_unknown("cargo", cargo, error))
    if not len(demand):
        faults.append(Fault("demand", "", None, "has no row", "give origin, destination, cargo, t a year"))
    if faults:
        return demand
    origins = tuple(ids[o] for o in demand.origins)
    destinations = tuple(ids[d] for d in demand.destinations)
    seen: dict[str, dict[tuple[str, str, str], int]] = {}  # several zones may be at one place
    rows = zip(origins, destinations, demand.cargoes, demand.groups, demand.t_yr.tolist(), strict=True)
    for i, (o, d, c, group, t_yr) in enumerate(rows, start=1):
        here = seen.setdefault(group, {})
        faults += row_faults(f"row {i}", o, d, c, t_yr, here)
        here.setdefault((o, d, c), i)
    located = replace(demand, origins=origins, destinations=destinations)
    if not network.trade:
        return located
    return replace(located, t_yr=demand.t_yr * trade_factor(network, located, demand.year))


def _unknown(what: str, name: str, error: UnknownIdError) -> Fault:
    message, _, fix = str(error).partition("; ")
    return Fault("demand", what, name, message, fix or "correct it")
