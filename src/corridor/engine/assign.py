"""What happens when everybody ships at once: all cargo of a year assigned to ways under one rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from corridor.engine.assignment import Assignment, Crossing, Paths, ResourceUse, Unserved
from corridor.engine.capacitated import cheapest_of, loads, prices_of_paths
from corridor.engine.choice import pools_of
from corridor.engine.question import when_of
from corridor.engine.solved import RULES, Solved, solve_year
from corridor.errors import DataError, Fault, UnknownIdError
from corridor.graph.periods import QUARTERS_OF_YEAR
from corridor.graph.virtual import PARTS
from corridor.model.demand import Demand
from corridor.model.names import nearest
from corridor.model.network import Network
from corridor.units import DAYS_PER_YEAR

Array = np.ndarray[Any, Any]
NOTHING_T = 1e-3  # t a year: less is dust of the arithmetic
SHOWN_T = 1.0  # t a year: what stays at home below this is not listed
FULL = 1e-6  # of a limit: from here on a resource is full
COMPONENTS = ("run", "border", "handling", "friction", "time")


def assign(
    network: Network,
    demand: Demand,
    *,
    rule: str = "capacitated",
    year: int | None = None,
    base_load: bool = True,
) -> Assignment:
    """Assign all cargo of a year to ways.

    Four quarters: demand by its seasonal shares, resources by their open days;
    where a way opens or shuts within a quarter, its months are taken apart.

    Parameters
    ----------
    network
        The network.
    demand
        Origin, destination, cargo, t a year; `corridor.demand` gives the shipped one.
    rule
        *cheapest*: all on the cheapest way, whatever the limits. *capacitated*: at
        least total cost within the limits, with a certified bound; prices are the
        duals, with intervals. *logit*: shares by cost among ways that differ (path-size
        logit), with the prices that keep every resource within its limit.
    year
        Year whose network is used, as it happened; the demand's year without it.
    base_load
        Whether other traffic takes its part of the resources.

    Returns
    -------
    Assignment
        Tonnes a year by link, resource, path and screenline; prices; what stays at
        home and what blocks it.

    Raises
    ------
    DataError
        If the rule or the year cannot be, if rows name places or cargoes that do not
        exist, or ends that are one place; lists all of them.
    ConvergenceError
        If the bound or the prices cannot be found to 1e-6.

    Notes
    -----
    *cheapest* takes one pass of shortest paths. *capacitated* is column generation,
    *logit* a convex minimisation over the prices by Newton steps (`kernel.logit`);
    both end when no way is cheaper under the prices than those known.

    References
    ----------
    Ben-Akiva & Bierlaire (1999), doi:10.1007/978-1-4615-5203-1_2; Bell (1995),
    doi:10.1016/0191-2615(95)00005-8.

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
        raise DataError([*faults, Fault("demand", "", repr(demand)[:60], "is no demand", fix)])
    when, _ = when_of(network, demand.year if year is None else year, None, faults)
    located = locate(network, demand, faults)
    if faults:
        raise DataError(faults)
    happened = network.as_it_happened()
    solved = solve_year(happened, located, when, rule, pools_of(happened, located), base_load=base_load)
    return assignment_of(network, located, rule, when, solved)


def locate(network: Network, demand: Demand, faults: list[Fault]) -> Demand:
    """Return the demand with ids for names; what cannot be looked up is added to `faults`."""
    ids: dict[str, str] = {}
    for name in dict.fromkeys([*demand.origins, *demand.destinations]):
        try:
            ids[name] = network.names.resolve(name)
        except UnknownIdError as error:
            faults.append(_unknown("place", name, error))
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
    for i, (o, d) in enumerate(zip(origins, destinations, strict=True), start=1):
        if o == d:
            faults.append(Fault(f"row {i}", "destination", d, f"is the origin too: '{o}'", "give two places"))
    return replace(demand, origins=origins, destinations=destinations)


def _unknown(what: str, name: str, error: UnknownIdError) -> Fault:
    return Fault("demand", what, name, str(error).split(";")[0], "correct it" if not error.suggestions else str(error))


def assignment_of(
    network: Network, demand: Demand, rule: str, year: int, solved: Sequence[Solved]
) -> Assignment:
    """Gather the periods of a year into one answer."""
    used = _paths(solved, demand)
    served = used.t.sum()
    home = sum(s.home @ demand.willing_usd_t for s in solved)
    bounds = [s.bound_usd for s in solved]
    costs = {name: float(used.t.sum(axis=1) @ used.costs[f"{name}_usd_t"]) for name in COMPONENTS}
    first = solved[0].period.network
    resources = _resources(solved, demand, used)
    bound = None if any(b is None for b in bounds) else float(sum(b for b in bounds if b is not None))
    total = float(sum(costs.values()))
    gap = max(s.gap for s in solved)
    if bound is not None:
        gap = max(0.0, (total + float(home) - bound) / max(total + float(home), 1.0))
    return Assignment(
        network=network.name,
        data_version=str(network.meta.get("data_version", "")),
        scenarios=network.scenarios,
        rule=rule,
        year=year,
        demand=demand.name,
        demand_t_yr=demand.total_t_yr,
        served_t_yr=float(served),
        total_cost_usd_yr=total,
        home_cost_usd_yr=float(home),
        bound_usd_yr=bound,
        gap=float(gap),
        iterations=sum(s.rounds for s in solved),
        cost_usd_yr=costs,
        co2_t_yr=float(used.t.sum(axis=1) @ used.co2_kg_t) / 1000,
        t_km_yr=float(used.t.sum(axis=1) @ used.length_km),
        unserved_rows=tuple(unserved_of(solved, demand)),
        resource_rows=resources,
        crossings=tuple(_crossings(network, solved, demand, used)),
        unknown_base_load=tuple(r.id for r in resources if r.base_load is None and r.capacity is not None),
        ends=tuple(zip(demand.origins, demand.destinations, demand.cargoes, strict=True)),
        used=used,
        link_ids=first.link_table.ids,
        resource_ids=first.resource_table.ids,
    )


def _paths(solved: Sequence[Solved], demand: Demand) -> Paths:
    """Return the used paths of a year, flows of all periods side by side."""
    pools = list({id(s.pool.footing): s.pool for s in solved}.values())  # a pool that grew holds all before it
    pieces: list[dict[str, Array]] = []
    for pool in pools:
        mine = [s for s in solved if s.pool.footing is pool.footing]
        t = np.zeros((len(pool), QUARTERS_OF_YEAR))
        for s in mine:
            t[_positions(s.pool, pool), s.period.quarter] += s.flow
        kept = np.flatnonzero(t.sum(axis=1) > NOTHING_T)
        pieces.append(_piece(pool, kept, t[kept]))
    joined = {k: np.concatenate([p[k] for p in pieces]) for k in pieces[0]}
    n_links, n_uses = joined.pop("n_links"), joined.pop("n_uses")
    costs = {f"{c}_usd_t": joined.pop(f"{c}_usd_t") for c in COMPONENTS}
    return Paths(
        costs=costs,
        first_link=np.concatenate([[0], np.cumsum(n_links)]).astype(np.int64),
        first_use=np.concatenate([[0], np.cumsum(n_uses)]).astype(np.int64),
        **joined,
    )


def _positions(small: Any, large: Any) -> Array:
    """Return where the paths of a pool stand in the pool it grew into; both are in one order."""
    if small is large:
        return np.arange(len(small))
    where = {key: i for i, key in enumerate(_keys(large))}
    return np.array([where[key] for key in _keys(small)], dtype=np.int64)


def _keys(pool: Any) -> list[tuple[int, bytes]]:
    return [
        (c, pool.arcs[a:b].tobytes())
        for c, a, b in zip(pool.commodity.tolist(), pool.first_arc[:-1], pool.first_arc[1:], strict=True)
    ]


def _piece(pool: Any, kept: Array, t: Array) -> dict[str, Array]:
    parts = {name: pool.part(name)[kept] for name in PARTS}
    hours = parts["run_h"] + parts["wait_h"] + parts["border_h"] + parts["handling_h"]
    row = pool.commodity[kept]
    time = pool.footing.value_of_time[row] * hours
    money = parts["run_usd_t"] + parts["border_usd_t"] + parts["handling_usd_t"]
    chosen_links, n_links = _runs(pool.first_link, kept)
    chosen_uses, n_uses = _runs(pool.first_use, kept)
    return {
        "row": row,
        "t": t,
        "time_h": hours,
        "length_km": parts["length_km"],
        "co2_kg_t": parts["co2_kg_t"],
        "run_usd_t": parts["run_usd_t"],
        "border_usd_t": parts["border_usd_t"],
        "handling_usd_t": parts["handling_usd_t"],
        # What the generalised cost holds beside money and time: rules of permission, a price of carbon.
        "friction_usd_t": pool.cost[kept] - money - time,
        "time_usd_t": time,
        "links": pool.links[chosen_links],
        "backward": pool.backward[chosen_links],
        "n_links": n_links,
        "resources": pool.resources[chosen_uses],
        "units": pool.units[chosen_uses],
        "n_uses": n_uses,
    }


def _runs(first: Array, kept: Array) -> tuple[Array, Array]:
    """Return the positions of the entries of chosen runs, and how many each has."""
    counts = np.diff(first)[kept]
    start = np.repeat(first[:-1][kept] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    return start + np.arange(counts.sum()), counts


def _resources(solved: Sequence[Solved], demand: Demand, used: Paths) -> tuple[ResourceUse, ...]:
    table = solved[0].period.network.resource_table
    n = len(table)
    owner = np.repeat(np.arange(len(used.row)), np.diff(used.first_use))
    tonnes = used.t.sum(axis=1)[owner]
    units = np.bincount(used.resources, weights=tonnes * used.units, minlength=n)
    through = np.bincount(used.resources, weights=tonnes, minlength=n)
    cargoes = sorted(set(demand.cargoes))
    number = np.array([cargoes.index(c) for c in demand.cargoes])[used.row[owner]]
    by_cargo = np.bincount(used.resources * len(cargoes) + number, weights=tonnes, minlength=n * len(cargoes))
    by_cargo = by_cargo.reshape(n, len(cargoes))
    paid = [np.zeros(n) for _ in range(3)]
    months: list[set[int]] = [set() for _ in range(n)]
    free = np.zeros(n)
    for s in solved:
        load = loads(s.pool, s.flow, n)
        for total, price in zip(paid, (s.price, s.price_low, s.price_high), strict=True):
            total += price * load
        free += s.free
        with np.errstate(invalid="ignore"):
            full = np.flatnonzero((load >= s.free * (1 - FULL)) & (load > 0))
        for r in full.tolist():
            months[r] |= set(s.period.months)
    rows = []
    for r in np.flatnonzero(units > 0).tolist():
        per = DAYS_PER_YEAR if table["per"][r] == "day" else 1
        rows.append(
            ResourceUse(
                id=table.ids[r],
                name=table["name"][r],
                unit=f"{table['unit'][r]} a {table['per'][r]}",
                capacity=_or_none(table["capacity"][r]),
                base_load=_or_none(table["base_load"][r]),
                free=_or_none(free[r] / per),
                flow=float(units[r] / per),
                t_yr=float(through[r]),
                price_usd_t=float(paid[0][r] / through[r]),
                price_low_usd_t=float(paid[1][r] / through[r]),
                price_high_usd_t=float(paid[2][r] / through[r]),
                price_usd_unit=float(paid[0][r] / units[r]),
                full_months=tuple(sorted(months[r])),
                t_yr_by_cargo={c: float(t) for c, t in zip(cargoes, by_cargo[r], strict=True) if t > NOTHING_T},
            )
        )
    return tuple(rows)


def _or_none(value: float) -> float | None:
    return None if value != value else float(value)


def unserved_of(solved: Sequence[Solved], demand: Demand, only: Array | None = None) -> list[Unserved]:
    """Return what stays at home by row (of some rows only), with the resources that block its best way."""
    t = np.zeros(len(demand))
    reasons: dict[int, dict[str, float]] = {}
    blockers: dict[int, dict[int, float]] = {}
    for s in solved:
        home = s.home if only is None else s.home * only
        is_open = s.pool.is_open(s.period)
        plain = cheapest_of(s.pool, is_open, s.pool.cost)
        best = cheapest_of(s.pool, is_open, s.pool.cost + prices_of_paths(s.pool, s.price))
        t += home
        for c in np.flatnonzero(home > SHOWN_T / len(solved)).tolist():
            why = reasons.setdefault(c, {})
            if best[c] < 0:
                why["way"] = why.get("way", 0.0) + home[c]
                continue
            span = slice(s.pool.first_use[best[c]], s.pool.first_use[best[c] + 1])
            hit = [r for r in s.pool.resources[span].tolist() if s.price[r] > 0 or s.free[r] == 0]
            kind = "room" if hit and s.pool.cost[plain[c]] <= demand.willing_usd_t[c] else "price"
            why[kind] = why.get(kind, 0.0) + home[c]
            for r in hit:
                found = blockers.setdefault(c, {})
                found[r] = found.get(r, 0.0) + home[c]
    names = solved[0].period.network.resource_table.ids
    rows = []
    for c in np.flatnonzero(t > SHOWN_T).tolist():
        by_tonnes = sorted(blockers.get(c, {}).items(), key=lambda x: (-x[1], names[x[0]]))
        why = max(sorted(reasons[c].items()), key=lambda x: x[1])[0] if c in reasons else "price"
        ends = (demand.origins[c], demand.destinations[c], demand.cargoes[c])
        rows.append(Unserved(*ends, float(t[c]), why, tuple(names[r] for r, _ in by_tonnes)))
    return sorted(rows, key=lambda u: (-u.t_yr, u.origin, u.destination, u.cargo))


def _crossings(network: Network, solved: Sequence[Solved], demand: Demand, used: Paths) -> list[Crossing]:
    owner = np.repeat(np.arange(len(used.row)), np.diff(used.first_link))
    tonnes = used.t.sum(axis=1)[owner]
    countries = [
        f"{network.country_of(o)}-{network.country_of(d)}"
        for o, d in zip(demand.origins, demand.destinations, strict=True)
    ]
    made = []
    for line in network.screenlines:
        way = crossing_signs(network, line)[used.links]
        signed = np.where(used.backward, -way, way)
        crossed = signed != 0
        made.append(
            Crossing(
                str(line["id"]),
                str(line["name"]),
                float(tonnes[signed > 0].sum()),
                float(tonnes[signed < 0].sum()),
                base_load_t_yr(network, line),
                _totals([demand.cargoes[i] for i in used.row[owner[crossed]].tolist()], tonnes[crossed]),
                _totals([countries[i] for i in used.row[owner[crossed]].tolist()], tonnes[crossed]),
            )
        )
    return made


def _totals(keys: Sequence[str], tonnes: Array) -> dict[str, float]:
    found: dict[str, float] = {}
    for key, t in zip(keys, tonnes.tolist(), strict=True):
        found[key] = found.get(key, 0.0) + t
    return dict(sorted(found.items()))


def crossing_signs(network: Network, line: Mapping[str, Any]) -> Array:
    """Return per link 1 where going along it crosses a screenline southbound, -1 northbound, 0 not at all."""
    signs = np.zeros(len(network.link_table), dtype=np.int64)
    for way, sign in (("forward", 1), ("backward", -1)):
        signs[[network.link_table.index[x] for x in line.get(way, ())]] = sign
    return signs


def base_load_t_yr(network: Network, line: Mapping[str, Any]) -> float | None:
    """Return the other traffic at a screenline that is no demand, in t a year; None where none is recorded."""
    table, links = network.resource_table, network.link_table
    total, known = 0.0, False
    for name in line.get("base_load_of", ()):
        r = table.index[name]
        base = table["base_load"][r]
        if base != base:
            continue
        rest = max(0.0, base - np.nan_to_num(table["base_load_in_demand"][r]))
        per = DAYS_PER_YEAR if table["per"][r] == "day" else 1
        size = 1.0
        if table["unit"][r] == "trains":
            feature = network.uses[name][0]["feature"]
            size = float(links["train_net_t"][links.index[feature]])
        elif table["unit"][r] == "wagons":
            size = network.parameter.get("wagon_passed_net_t", 0.0)
        elif table["unit"][r] != "t":
            continue
        total, known = total + rest * per * size, True
    return total if known else None
