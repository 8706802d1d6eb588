"""Aggregate the solved periods of a year into one assignment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from corridor.arrays import Array
from corridor.assignment.choice_set import NOTHING, ChoiceSet
from corridor.assignment.least_cost import cheapest_of, loads, prices_of_paths
from corridor.assignment.period_problem import PeriodResult
from corridor.assignment.result import Assignment, Crossing, Paths, ResourceUse, Unserved
from corridor.assignment.search_graph import cheapest_paths
from corridor.graph.periods import QUARTERS_OF_YEAR
from corridor.graph.virtual import HOURS, MONEY, PARTS, total
from corridor.model.demand import Demand
from corridor.model.network import Network
from corridor.model.screenlines import base_load_t_yr, crossing_signs
from corridor.units import DAYS_PER_YEAR

NOTHING_T = 1e-3  # t a year: less is rounding error
UNSERVED_T = 1e-6  # t a year: less unserved demand is rounding error
FULL = 1e-6  # relative to a limit: a load this close to it fills the resource
COMPONENTS = (*(name.removesuffix("_usd_t") for name in MONEY), "friction", "time")


def assignment_of(network: Network, demand: Demand, rule: str, year: int, solved: Sequence[PeriodResult]) -> Assignment:
    """Return the assignment of a year, aggregated from its periods."""
    used = _paths(solved)
    served = used.t.sum()
    unserved = sum(s.unserved @ demand.max_cost_usd_t for s in solved)
    bounds = [s.bound_usd for s in solved]
    costs = {name: float(used.t.sum(axis=1) @ used.costs[f"{name}_usd_t"]) for name in COMPONENTS}
    first = solved[0].period.network
    resources = _resources(solved, demand, used)
    bound = None if any(b is None for b in bounds) else float(sum(b for b in bounds if b is not None))
    total = float(sum(costs.values()))
    gap = max(s.gap for s in solved)
    if bound is not None:
        gap = max(0.0, (total + float(unserved) - bound) / max(total + float(unserved), 1.0))
    return Assignment(
        network=network.name,
        data_version=str(network.meta.get("data_version", "")),
        scenarios=network.scenarios,
        rule=rule,
        year=year,
        demand=demand.name,
        demand_t_yr=demand.total_t_yr,
        served_t_yr=min(float(served), demand.total_t_yr),  # rounding may exceed it
        total_cost_usd_yr=total,
        unserved_cost_usd_yr=float(unserved),
        bound_usd_yr=bound,
        gap=float(gap),
        iterations=sum(s.rounds for s in solved),
        cost_usd_yr=costs,
        co2_t_yr=float(used.t.sum(axis=1) @ used.co2_kg_t) / 1000,
        t_km_yr=float(used.t.sum(axis=1) @ used.length_km),
        unserved_rows=tuple(unserved_of(solved, demand)),
        resource_rows=resources,
        crossings=tuple(_crossings(network, demand, used)),
        unknown_base_load=tuple(r.id for r in resources if r.base_load is None and r.capacity is not None),
        ends=tuple(zip(demand.origins, demand.destinations, demand.cargoes, strict=True)),
        used=used,
        link_ids=first.link_table.ids,
        resource_ids=first.resource_table.ids,
    )


def _paths(solved: Sequence[PeriodResult]) -> Paths:
    """Return the used paths of a year with their flows in all quarters."""
    # A later choice set of the same context contains the earlier ones.
    choice_sets = list({id(s.choice_set.context): s.choice_set for s in solved}.values())
    pieces: list[dict[str, Array]] = []
    for choice_set in choice_sets:
        periods = [s for s in solved if s.choice_set.context is choice_set.context]
        t = np.zeros((len(choice_set), QUARTERS_OF_YEAR))
        for s in periods:
            t[_positions(s.choice_set, choice_set), s.period.quarter] += s.flow
        used = np.flatnonzero(t.sum(axis=1) > NOTHING_T)
        pieces.append(_piece(choice_set, used, t[used]))
    joined = {k: np.concatenate([p[k] for p in pieces]) for k in pieces[0]}
    n_links, n_uses = joined.pop("n_links"), joined.pop("n_uses")
    costs = {f"{c}_usd_t": joined.pop(f"{c}_usd_t") for c in COMPONENTS}
    return Paths(
        costs=costs,
        first_link=np.concatenate([[0], np.cumsum(n_links)]).astype(np.int64),
        first_use=np.concatenate([[0], np.cumsum(n_uses)]).astype(np.int64),
        **joined,
    )


def _positions(small: ChoiceSet, large: ChoiceSet) -> Array:
    """Return the positions of the paths of a choice set in the larger set that it grew into."""
    where = np.zeros(len(large), dtype=np.int64)
    where[large.number] = np.arange(len(large))
    positions: Array = where[small.number]
    return positions


def _piece(choice_set: ChoiceSet, used: Array, t: Array) -> dict[str, Array]:
    parts = {name: choice_set.part(name)[used] for name in PARTS}
    hours = total(parts, HOURS)
    row = choice_set.commodity[used]
    time = choice_set.context.value_of_time[row] * hours
    money = total(parts, MONEY)
    chosen_links, n_links = _runs(choice_set.first_link, used)
    chosen_uses, n_uses = _runs(choice_set.first_use, used)
    return {
        "row": row,
        "t": t,
        "time_h": hours,
        "length_km": parts["length_km"],
        "co2_kg_t": parts["co2_kg_t"],
        **{name: parts[name] for name in MONEY},
        # The rest of the generalised cost: rules of permission, a carbon price.
        "friction_usd_t": choice_set.cost[used] - money - time,
        "time_usd_t": time,
        "links": choice_set.links[chosen_links],
        "backward": choice_set.backward[chosen_links],
        "n_links": n_links,
        "resources": choice_set.resources[chosen_uses],
        "units": choice_set.units[chosen_uses],
        "n_uses": n_uses,
    }


def _runs(first: Array, chosen: Array) -> tuple[Array, Array]:
    """Return the positions of the entries of chosen runs, and the length of each run."""
    counts = np.diff(first)[chosen]
    start = np.repeat(first[:-1][chosen] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    return start + np.arange(counts.sum()), counts


def _resources(solved: Sequence[PeriodResult], demand: Demand, used: Paths) -> tuple[ResourceUse, ...]:
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
        load = loads(s.choice_set, s.flow, n)
        paid = [p + price * load for p, price in zip(paid, (s.price, s.price_low, s.price_high), strict=True)]
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


def unserved_of(solved: Sequence[PeriodResult], demand: Demand, only: Array | None = None) -> list[Unserved]:
    """Return unserved demand by row (of the rows `only`), with the resources that block the best path."""
    t = np.zeros(len(demand))
    reasons: dict[int, dict[str, float]] = {}
    blockers: dict[int, dict[int, float]] = {}
    above: dict[int, list[tuple[float, float]]] = {}  # tonnes, and USD/t above the maximum cost
    for s in solved:
        unserved = s.unserved if only is None else s.unserved * only
        cost, is_open = s.problem.cost, s.choice_set.is_open(s.period)
        plain = cheapest_of(s.choice_set, is_open, cost)
        paid = cost + prices_of_paths(s.choice_set, s.price)
        best = cheapest_of(s.choice_set, is_open, paid)
        t += unserved
        hits = _blocking(s, best[best >= 0])
        beyond = _cost_beyond_choice_set(s, (unserved > UNSERVED_T / len(solved)) & (best < 0))
        for c in np.flatnonzero(unserved > UNSERVED_T / len(solved)).tolist():
            why = reasons.setdefault(c, {})
            least = paid[best[c]] if best[c] >= 0 else beyond[c]
            if np.isfinite(least):
                above.setdefault(c, []).append((unserved[c], float(least - demand.max_cost_usd_t[c])))
            if best[c] < 0:
                kind = "price" if np.isfinite(least) else "no_route"
                why[kind] = why.get(kind, 0.0) + unserved[c]
                continue
            hit = hits.get(int(best[c]), [])
            kind = "capacity" if hit and cost[plain[c]] <= demand.max_cost_usd_t[c] else "price"
            why[kind] = why.get(kind, 0.0) + unserved[c]
            for r in hit:
                found = blockers.setdefault(c, {})
                found[r] = found.get(r, 0.0) + unserved[c]
    names = solved[0].period.network.resource_table.ids
    rows = []
    for c in np.flatnonzero(t > UNSERVED_T).tolist():
        by_tonnes = sorted(blockers.get(c, {}).items(), key=lambda x: (-x[1], names[x[0]]))
        most = max(sorted(reasons[c].items()), key=lambda x: x[1])[0] if c in reasons else "price"
        ends = (demand.origins[c], demand.destinations[c], demand.cargoes[c])
        usd_t = max(above[c])[1] if c in above else None  # of the period with most tonnes
        rows.append(Unserved(*ends, float(t[c]), most, tuple(names[r] for r, _ in by_tonnes), usd_t))
    return sorted(rows, key=lambda u: (-u.t_yr, u.origin, u.destination, u.cargo))


def _blocking(s: PeriodResult, paths: Array) -> dict[int, list[int]]:
    """Return the resources with a price or without capacity on some paths."""
    choice_set = s.choice_set
    chosen = np.zeros(len(choice_set), dtype=np.bool_)
    chosen[paths] = True
    blocks = (s.price > 0) | (s.free == 0)
    found: dict[int, list[int]] = {}
    for entry in np.flatnonzero(blocks[choice_set.resources] & chosen[choice_set.path_of_use]).tolist():
        found.setdefault(int(choice_set.path_of_use[entry]), []).append(int(choice_set.resources[entry]))
    return found


def _cost_beyond_choice_set(s: PeriodResult, wanted: Array) -> Array:
    """Return the cost of the best open path of some commodities, above what they accept; infinite without a path."""
    cost = np.full(len(wanted), np.inf)
    if wanted.any():  # the choice set holds only paths that the cargo would pay
        price = np.where(s.free < NOTHING, np.inf, s.price)
        context = s.choice_set.context
        found = cheapest_paths(context.search_graph, s.period.open_links, s.period.open_transfers, price, wanted)
        np.minimum.at(cost, found.commodity, found.cost)
    return cost


def _crossings(network: Network, demand: Demand, used: Paths) -> list[Crossing]:
    owner = np.repeat(np.arange(len(used.row)), np.diff(used.first_link))
    tonnes = used.t.sum(axis=1)[owner]
    countries = [
        f"{network.country_of(o)}-{network.country_of(d)}"
        for o, d in zip(demand.origins, demand.destinations, strict=True)
    ]
    crossings = []
    for line in network.screenlines:
        forward_sign = crossing_signs(network, line)[used.links]
        signed = np.where(used.backward, -forward_sign, forward_sign)
        crossed = signed != 0
        crossings.append(
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
    return crossings


def _totals(keys: Sequence[str], tonnes: Array) -> dict[str, float]:
    totals: dict[str, float] = {}
    for key, t in zip(keys, tonnes.tolist(), strict=True):
        totals[key] = totals.get(key, 0.0) + t
    return dict(sorted(totals.items()))
