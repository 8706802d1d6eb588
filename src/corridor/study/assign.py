"""Assignment of all cargo of a year to paths under one rule."""

from __future__ import annotations

from corridor.assignment.aggregate import assignment_of
from corridor.assignment.locate import locate
from corridor.assignment.result import Assignment
from corridor.assignment.year_result import RULES, choice_sets_of, solve_year
from corridor.errors import DataError, Fault
from corridor.io.study_files import study_of
from corridor.model.demand import Demand
from corridor.model.names import nearest
from corridor.model.network import Network
from corridor.model.provenance import with_provenance
from corridor.routing.route_query import when_of
from corridor.study.branch_study import branch_study_of
from corridor.study.study_model import study_model_of


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
    if rule == "logit" and _is_of_study(network, located):
        study = branch_study_of(network, None, study_of(network).settings.base_year, measured=False)
        solved = study.problem(when, tonnes=located.t_yr).solve()
    else:
        current = network.with_events()
        solved = solve_year(current, located, when, rule, choice_sets_of(current, located))
    return assignment_of(network, located, rule, when, solved)


def _is_of_study(network: Network, rows: Demand) -> bool:
    """Return whether rows are those of the study of the network, whatever their tonnes: they share its choice set."""
    if network.study is None or not rows.references:
        return False
    own = study_model_of(network).demand
    same_ends = (rows.origins, rows.destinations, rows.cargoes) == (own.origins, own.destinations, own.cargoes)
    return same_ends and bool((rows.max_cost_usd_t == own.max_cost_usd_t).all())
