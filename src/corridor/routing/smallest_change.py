"""The smallest single change of the data under which a wanted way becomes the best.

Every figure that a scenario can scale enters the cost of a way in proportion, or in
proportion to its reciprocal. So the factor at which a wanted way draws level with the
best is known at once, and candidates are tried from the smallest change on:
each is applied as a scenario, and the question asked anew.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from corridor.errors import DataError
from corridor.graph.cost_terms import USD, CostTerms
from corridor.graph.csr import LINK
from corridor.model.edits import applied, edit_faults
from corridor.model.network import Network
from corridor.model.scenario import Scenario
from corridor.routing.alternatives import alternatives
from corridor.routing.best_routes import ValuedPath, best_path
from corridor.routing.route_query import RouteQuery
from corridor.routing.search import weights_for

PER_UNIT = {"generalised": (1.0, None), "cost": (1.0, 0.0), "time": (0.0, 1.0)}  # what a dollar and an hour count
SCALED = ("speed_kmh", "border_h", "border_usd_t", "sailings_per_week", "usd_t")
BEYOND, LEAST = 1.002, 1e-3  # the wanted way is to win, not to draw level
FARTHEST = 20.0  # no figure is changed by more than this factor
TRIED, HALVINGS = 12, 8
MOST_CLOSURES = 30
WANTED_WAYS, SHARE = 5, 0.8
Change = dict[str, Any]  # an edit of a scenario
Asking = Callable[[Network], RouteQuery]


@dataclass(frozen=True)
class ParameterChange:
    """A figure and the factor at which the wanted way is better."""

    edit: Mapping[str, Any]
    factor: float

    @property
    def size(self) -> float:
        """How large the change is: the same for a half and a double."""
        return abs(math.log(self.factor))

    def by(self, factor: float) -> Change:
        """Return the edit with a factor."""
        return {**self.edit, "by": float(f"{factor:.4g}")}


class Asked:
    """The plain question and the wanted one, asked of changed networks."""

    def __init__(self, network: Network, plain: Asking, wanted: Asking) -> None:
        self.network, self.plain, self.wanted = network, plain, wanted

    def flips(self, edits: Sequence[Change]) -> bool:
        """Whether the best way of the changed network is a wanted one; an edit that cannot be flips nothing."""
        try:
            changed = Scenario.of("flip", "", edits).apply(self.network)
        except DataError:
            return False
        return self._is_wanted(changed)

    def flips_unchecked(self, edits: Sequence[Change]) -> bool:
        """Return the same of edits of known figures, without checking the whole network again."""
        made = Scenario.of("flip", "", edits).edits
        if self.network.edits or any(any(edit_faults(self.network, e, "")) for e in made):
            return self.flips(edits)
        return self._is_wanted(applied(self.network, made))

    def _is_wanted(self, network: Network) -> bool:
        arcs = best_path(self.plain(network))
        return arcs is not None and fulfils(self.wanted(network), arcs)


def fulfils(query: RouteQuery, arcs: Sequence[int]) -> bool:
    """Whether a way keeps to the constraints of a question on the same graph."""
    return not any(a in query.closed for a in arcs) and query.product_graph.follows(query.origin, arcs)


def smallest_flip(asked: Asked, edits: Sequence[Change]) -> list[Change] | None:
    """Return edits that begin with `edits` and end in the smallest change found that makes the wanted way the best.

    One figure, otherwise one closure, otherwise the fewest closures found; None where
    more than thirty would have to go at first.
    """
    changed = Scenario.of("opened", "", edits).apply(asked.network) if edits else asked.network
    plain, wanted = asked.plain(changed), asked.wanted(changed)
    best = best_path(plain)
    ways, _ = alternatives(wanted, WANTED_WAYS, SHARE, math.inf)
    if best is None or not ways:
        return None
    found: tuple[float, Change] | None = None
    for parameter_change in sorted(_levers(plain, wanted, best, ways), key=lambda x: (x.size, str(x.edit)))[:TRIED]:
        if found is not None and parameter_change.size >= found[0]:
            break
        factor = _tried(asked, edits, parameter_change, math.inf if found is None else found[0])
        if factor is not None and asked.flips([*edits, parameter_change.by(factor)]):
            found = abs(math.log(factor)), parameter_change.by(factor)
    if found is not None:
        return [*edits, found[1]]
    shut = _fewest_closures(plain, wanted, best)
    closing: Change = {"close": shut[0] if len(shut) == 1 else shut}
    return [*edits, closing] if shut and asked.flips([*edits, closing]) else None


def _tried(asked: Asked, edits: Sequence[Change], parameter_change: ParameterChange, below: float) -> float | None:
    """Return the factor nearest to 1 at which a lever is found to flip the answer, if one does within reach."""

    def does(size: float) -> bool:
        return asked.flips_unchecked([*edits, parameter_change.by(math.exp(sign * size))])

    sign = 1 if parameter_change.factor > 1 else -1
    low, high = parameter_change.size * BEYOND + LEAST, min(math.log(FARTHEST), below * 0.999)
    if does(low):
        return float(f"{math.exp(sign * low):.4g}")
    # Another way is in between: it may take more of the same.
    if high <= low or not does(high):
        return None
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if does(middle) else (middle, high)
    return float(f"{math.exp(sign * high):.4g}")


def _fewest_closures(plain: RouteQuery, wanted: RouteQuery, best: Sequence[int]) -> list[str]:
    """Return links, facilities and places, few and none to spare, without which the best way is a wanted one.

    At each step that one of the best way's goes which hurts the wanted way least (mostly
    not at all, but where the wanted way is a detour of the best one, it must), and the others most.
    """
    arcs_of = _arcs_by_name(plain)

    def without(query: RouteQuery, names: Sequence[str]) -> list[int] | None:
        return best_path(query.shutting([a for name in names for a in arcs_of[name]]))

    def does(names: Sequence[str]) -> bool:
        arcs = without(plain, names)
        return arcs is not None and fulfils(wanted, arcs)

    cost = weights_for(wanted.graph, wanted.by, *wanted.countries)

    def worth(arcs: Sequence[int] | None) -> float:
        return math.inf if arcs is None else float(cost[list(arcs)].sum())

    shut: list[str] = []
    now: Sequence[int] | None = best
    while now is not None and not fulfils(wanted, now):
        names = _features(plain, now)
        if not shut:
            alone = [name for name in names if does([name])]
            if alone:
                return [min(alone, key=lambda name: worth(without(wanted, [name])))]
        left = []
        for i, name in enumerate([*names, *_places(plain, now)]):
            way = without(wanted, [*shut, name])
            if way is not None:
                left.append((worth(way), -worth(without(plain, [*shut, name])), i, name))
        if not left or len(shut) == MOST_CLOSURES:
            return []
        shut.append(min(left)[-1])
        now = without(plain, shut)
    for name in list(shut):
        rest = [n for n in shut if n != name]
        if does(rest):
            shut = rest
    return shut if now is not None else []


def _arcs_by_name(query: RouteQuery) -> Mapping[str, list[int]]:
    graph = query.graph
    links, transfers = graph.network.link_table.ids, graph.network.transfer_table.ids
    found: dict[str, list[int]] = {}
    for a, (kind, feature) in enumerate(zip(graph.kind, graph.feature, strict=True)):
        if feature >= 0:
            found.setdefault((links if kind == LINK else transfers)[feature], []).append(a)
        for node in {graph.states[graph.tail[a]][0], graph.states[graph.head[a]][0]}:
            found.setdefault(node, []).append(a)
    return found


def _places(query: RouteQuery, arcs: Sequence[int]) -> list[str]:
    """Return the places between the ends of a way."""
    graph = query.graph
    nodes = dict.fromkeys(graph.states[graph.head[a]][0] for a in arcs)
    return [n for n in nodes if n not in (query.origin, query.destination)]


def _features(query: RouteQuery, arcs: Sequence[int]) -> list[str]:
    """Return links and facilities of a way, its borders and facilities first."""
    graph = query.graph
    names: dict[str, bool] = {}
    for a in arcs:
        is_link, feature = graph.kind[a] == LINK, graph.feature[a]
        if feature >= 0:
            table = graph.network.link_table if is_link else graph.network.transfer_table
            names[table.ids[feature]] = is_link and graph.parts["border_h"][a] == 0
    return sorted(names, key=lambda name: names[name])


def _levers(
    plain: RouteQuery, wanted: RouteQuery, best: Sequence[int], ways: Sequence[ValuedPath]
) -> Iterator[ParameterChange]:
    """Yield the figures whose change alone lets a wanted way draw level with the best one."""
    if plain.by not in PER_UNIT:
        return
    here = _by_figure(plain, best)
    own = sum(plain.weights(plain.by)[list(best)])
    found: dict[tuple[str, bool], ParameterChange] = {}
    for way in ways:
        there = _by_figure(wanted, way.arcs)
        behind = way.values[0] - own
        for key in dict.fromkeys([*there, *here]):
            name, is_reciprocal = key
            edit = _edit_of(plain.network, name)
            slope = there.get(key, 0.0) - here.get(key, 0.0)
            if edit is None or abs(slope) < 1e-12:
                continue
            level = 1.0 - behind / slope  # the factor, or its reciprocal, at which both are equal
            if not 1 / FARTHEST < level < FARTHEST:
                continue
            parameter_change = ParameterChange(edit, 1 / level if is_reciprocal else level)
            if parameter_change.factor != 1.0 and (key not in found or parameter_change.size < found[key].size):
                found[key] = parameter_change
    yield from found.values()


def _by_figure(query: RouteQuery, arcs: Sequence[int]) -> dict[tuple[str, bool], float]:
    """Return by figure, and whether by its reciprocal, what a way's items in proportion to it come to."""
    graph = query.graph
    items, found = CostTerms(graph), dict[tuple[str, bool], float]()
    dollar, hour = PER_UNIT[query.by]
    hour = graph.cargo.value_of_time_usd_t_h if hour is None else hour
    for a in arcs:
        for unit, amount, names in items.of(a):
            for name in names:
                if name.startswith("tariff ") and len(names) == 1:
                    continue  # a fixed part, which is not scaled with the rate
                key = name.removeprefix("/"), name.startswith("/")
                found[key] = found.get(key, 0.0) + amount * (dollar if unit == USD else hour)
    for rule in graph.frictions.holding(*query.countries):
        if rule["effect"] == "charge":
            charges = graph.frictions.arcs_of(rule)
            total = sum(charges[a] for a in arcs if a in charges)
            found[f"{rule['id']} usd_t", False] = dollar * total
    return found


def _edit_of(network: Network, figure: str) -> Change | None:
    """Return the edit that scales a figure, without its factor; None where no scenario can."""
    if figure.startswith("tariff "):
        area, carrier, cargo = figure.split()[1:]
        return {"scale": {"feature": "tariff", "area": area, "carrier": carrier, "cargo": cargo}, "field": "usd_tkm"}
    if " " not in figure:
        return None
    feature, field = figure.rsplit(" ", 1)
    is_transfer = feature in network.transfer_table.index
    is_rule = field == "usd_t" and any(r["id"] == feature for r in network.frictions)
    is_link = feature in network.link_table.index and field in SCALED
    return {"scale": feature, "field": field} if is_transfer or is_rule or is_link else None
