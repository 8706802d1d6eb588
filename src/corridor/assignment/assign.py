"""Assignment of all cargo of a year to paths under one rule."""

from __future__ import annotations

from dataclasses import replace

from corridor.assignment.aggregate import assignment_of
from corridor.assignment.choice_set_cache import choice_sets_of
from corridor.assignment.result import Assignment
from corridor.assignment.year_result import RULES, solve_year
from corridor.errors import DataError, Fault, UnknownIdError
from corridor.model.demand import Demand, row_faults
from corridor.model.names import nearest
from corridor.model.network import Network
from corridor.model.provenance import with_provenance
from corridor.model.trade import trade_factor
from corridor.routing.route_query import when_of


@with_provenance
def assign(
    network: Network,
    demand: Demand,
    *,
    rule: str = "capacitated",
    year: int | None = None,
) -> Assignment:
    """Assign all cargo of a year to paths.

    The year has four quarters: demand by its seasonal shares, resources by their open
    days. Where a link opens or closes within a quarter, its months are solved separately.

    Parameters
    ----------
    network
        The network.
    demand
        Origin, destination, cargo, t a year; `corridor.demand` gives that of a study.
    rule
        *cheapest*: all cargo on the cheapest path, without limits. *capacitated*: minimum
        total cost within the limits, with a certified bound; prices are the duals, with
        intervals. *logit*: shares by cost among distinct paths (path-size logit), with
        the prices that keep every resource within its limit.
    year
        Year whose network is used, with recorded events; by default the demand's year.

    Returns
    -------
    Assignment
        Tonnes a year by link, resource, path and screenline; prices; unserved demand
        and the resources that block it.

    Raises
    ------
    DataError
        If the rule or the year is not valid, if rows name places or cargoes that do not
        exist, or if origin and destination are one place; lists all faults.
    ConvergenceError
        If the bound or the prices do not reach 1e-6.

    Notes
    -----
    *cheapest* takes one pass of shortest paths. *capacitated* is column generation,
    *logit* a convex minimisation over the prices by Newton steps (`kernel.logit`);
    both end when no path is cheaper under the prices than the known paths.

    References
    ----------
    Ben-Akiva & Bierlaire (1999), doi:10.1007/978-1-4615-5203-1_2; Bell (1995),
    Transportation Research Part B 29(2), on assignment in networks with queues.

    Examples
    --------
    >>> import corridor
    >>> net = corridor.load()
    >>> asked = corridor.Demand.of([("chelyabinsk", "bandar_abbas", "grain", 4e6)])
    >>> a = corridor.assign(net, asked, rule="capacitated", year=2025)
    >>> a.served_t_yr + a.unserved_t_yr == asked.total_t_yr
    True
    """
    faults: list[Fault] = []
    if rule not in RULES:
        close = nearest(str(rule), RULES)
        hint = f"did you mean '{close[0]}'?" if close else f"give one of {', '.join(RULES)}"
        faults.append(Fault("option", "rule", str(rule), f"is '{rule}'", hint))
    if not isinstance(demand, Demand):
        fix = "give corridor.demand(...), corridor.Demand.of([...]) or corridor.read_demand(file)"
        raise DataError([*faults, Fault("demand", "", repr(demand)[:60], "is not a demand", fix)])
    when, _ = when_of(network, demand.year if year is None else year, None, faults)
    located = locate(network, demand, faults)
    if faults:
        raise DataError(faults)
    current = network.with_events()
    solved = solve_year(current, located, when, rule, choice_sets_of(current, located))
    return assignment_of(network, located, rule, when, solved)


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
