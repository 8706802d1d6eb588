"""The smallest single change of the data under which a wanted route becomes the best.

Every figure that a scenario can scale enters the cost of a path in proportion, or in
proportion to its reciprocal. This gives directly the factor at which a wanted path
costs the same as the best. Candidates are tested in order of the size of the change:
each is applied as a scenario, and the query is solved again.
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
from corridor.model.uncertain_inputs import uncertain_inputs_of
from corridor.routing.alternatives import alternatives
from corridor.routing.best_routes import ValuedPath, best_path
from corridor.routing.route_query import RouteQuery
from corridor.routing.search import weights_for

PER_UNIT = {"generalised": (1.0, None), "cost": (1.0, 0.0), "time": (0.0, 1.0)}  # weights of a dollar and an hour
SCALED = ("speed_kmh", "border_h", "border_usd_t", "sailings_per_week", "usd_t")
BEYOND, LEAST = 1.002, 1e-3  # margin beyond equal cost, so that the wanted route is strictly better
FARTHEST = 20.0  # no figure is changed by more than this factor
TRIED, HALVINGS = 12, 8
MOST_CLOSURES = 30
WANTED_PATHS, SHARE = 5, 0.8
Change = dict[str, Any]  # an edit of a scenario
QueryOf = Callable[[Network], RouteQuery]


@dataclass(frozen=True)
class ParameterChange:
    """A figure, the factor beyond which the wanted route is better, and its recorded range as factors."""

    edit: Mapping[str, Any]
    factor: float
    range: tuple[float, float]

    @property
    def room(self) -> float:
        """The largest size of a change in this direction that stays in the recorded range of the figure."""
        low, high = self.range
        return max(0.0, math.log(high) if self.factor > 1 else -math.log(low) if low > 0 else math.inf)

    @property
    def size(self) -> float:
        """The size of the change; a half and a double have the same size."""
        return abs(math.log(self.factor))

    def by(self, factor: float) -> Change:
        """Return the edit with a factor."""
        return {**self.edit, "by": float(f"{factor:.4g}")}


class RoutePair:
    """The unconstrained query and the wanted one, solved on changed networks."""

    def __init__(self, network: Network, plain: QueryOf, wanted: QueryOf) -> None:
        self.network, self.plain, self.wanted = network, plain, wanted

    def flips(self, edits: Sequence[Change]) -> bool:
        """Whether the best path of the changed network is a wanted one; False for an invalid edit."""
        try:
            changed = Scenario.of("flip", "", edits).apply(self.network)
        except DataError:
            return False
        return self._is_wanted(changed)

    def flips_unchecked(self, edits: Sequence[Change]) -> bool:
        """Return the same for edits of known figures, without validating the whole network again."""
        parsed = Scenario.of("flip", "", edits).edits
        if self.network.edits or any(any(edit_faults(self.network, e, "")) for e in parsed):
            return self.flips(edits)
        return self._is_wanted(applied(self.network, parsed))

    def _is_wanted(self, network: Network) -> bool:
        arcs = best_path(self.plain(network))
        return arcs is not None and fulfils(self.wanted(network), arcs)


def fulfils(query: RouteQuery, arcs: Sequence[int]) -> bool:
    """Whether a path satisfies the constraints of a query on the same graph."""
    return not any(a in query.closed for a in arcs) and query.product_graph.follows(query.origin, arcs)


def smallest_flip(pair: RoutePair, edits: Sequence[Change]) -> list[Change] | None:
    """Return `edits` followed by the smallest change found that makes the wanted route the best.

    The change is one figure within its recorded range, otherwise one beyond it, otherwise one closure,
    otherwise the fewest closures found; None where the first pass needs more than thirty.
    """
    changed = Scenario.of("opened", "", edits).apply(pair.network) if edits else pair.network
    plain, wanted = pair.plain(changed), pair.wanted(changed)
    best = best_path(plain)
    paths, _ = alternatives(wanted, WANTED_PATHS, SHARE, math.inf)
    if best is None or not paths:
        return None
    candidates = sorted(_level_changes(plain, wanted, best, paths), key=lambda x: (x.size, str(x.edit)))
    inside = [x for x in candidates if x.size * BEYOND + LEAST <= x.room]
    for tried, stays in ((inside, True), (candidates, False)):
        found = _smallest_of(pair, edits, tried[:TRIED], stays=stays)
        if found is not None:
            return [*edits, found]
    closed = _fewest_closures(plain, wanted, best)
    closing: Change = {"close": closed[0] if len(closed) == 1 else closed}
    return [*edits, closing] if closed and pair.flips([*edits, closing]) else None


def _smallest_of(
    pair: RoutePair, edits: Sequence[Change], candidates: Sequence[ParameterChange], *, stays: bool
) -> Change | None:
    """Return the smallest sufficient change of some figures; with `stays` within their recorded ranges."""
    found: tuple[float, Change] | None = None
    for candidate in candidates:
        below = math.inf if found is None else found[0]
        if candidate.size >= below:
            break
        factor = _flipping_factor(pair, edits, candidate, min(below, candidate.room if stays else math.inf))
        if factor is not None and pair.flips([*edits, candidate.by(factor)]):
            found = abs(math.log(factor)), candidate.by(factor)
    return None if found is None else found[1]


def beyond_range(network: Network, change: Mapping[str, Any] | None) -> str:
    """Return which recorded range a scenario leaves; empty if it stays inside, or scales nothing."""
    for edit in () if change is None else change["edits"]:
        if "by" not in edit:
            continue
        target = edit["scale"]
        name = (
            f"{target} {edit['field']}"
            if isinstance(target, str)
            else f"tariff {target['area']} {target['carrier']} {target['cargo']}"
        )
        (uncertain,) = uncertain_inputs_of(network, [name])
        if not uncertain.low * (1 - 1e-9) <= edit["by"] <= uncertain.high * (1 + 1e-9):
            return f"beyond the recorded range of {name}, {uncertain.low:.2g} to {uncertain.high:.2g} times its value"
    return ""


def _flipping_factor(pair: RoutePair, edits: Sequence[Change], change: ParameterChange, below: float) -> float | None:
    """Return the factor nearest to 1 at which a parameter change flips the answer; None: none within the bounds."""

    def flips(size: float) -> bool:
        return pair.flips_unchecked([*edits, change.by(math.exp(sign * size))])

    sign = 1 if change.factor > 1 else -1
    low, high = change.size * BEYOND + LEAST, min(math.log(FARTHEST), below * 0.999)
    if flips(low):
        return float(f"{math.exp(sign * low):.4g}")
    # A third path is better than both: a larger change may be needed.
    if high <= low or not flips(high):
        return None
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if flips(middle) else (middle, high)
    return float(f"{math.exp(sign * high):.4g}")


def _fewest_closures(plain: RouteQuery, wanted: RouteQuery, best: Sequence[int]) -> list[str]:
    """Return a minimal set of links, facilities and places whose closure makes a wanted path the best.

    Each step closes one feature of the current best path: the one that adds least to the
    cost of the wanted path (mostly nothing, unless the wanted path is a detour of the best
    one) and, of equal ones, most to that of the others. Then needless closures are removed.
    """
    arcs_of = _arcs_by_name(plain)

    def without(query: RouteQuery, names: Sequence[str]) -> list[int] | None:
        return best_path(query.with_closed([a for name in names for a in arcs_of[name]]))

    def flips(names: Sequence[str]) -> bool:
        arcs = without(plain, names)
        return arcs is not None and fulfils(wanted, arcs)

    cost = weights_for(wanted.graph, wanted.by, *wanted.countries)

    def cost_of(arcs: Sequence[int] | None) -> float:
        return math.inf if arcs is None else float(cost[list(arcs)].sum())

    closed: list[str] = []
    current: Sequence[int] | None = best
    while current is not None and not fulfils(wanted, current):
        names = _features(plain, current)
        if not closed:
            sufficient = [name for name in names if flips([name])]
            if sufficient:
                return [min(sufficient, key=lambda name: cost_of(without(wanted, [name])))]
        candidates = []
        for i, name in enumerate([*names, *_places(plain, current)]):
            path = without(wanted, [*closed, name])
            if path is not None:
                candidates.append((cost_of(path), -cost_of(without(plain, [*closed, name])), i, name))
        if not candidates or len(closed) == MOST_CLOSURES:
            return []
        closed.append(min(candidates)[-1])
        current = without(plain, closed)
    for name in list(closed):
        rest = [n for n in closed if n != name]
        if flips(rest):
            closed = rest
    return closed if current is not None else []


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
    """Return the places between the ends of a path."""
    graph = query.graph
    nodes = dict.fromkeys(graph.states[graph.head[a]][0] for a in arcs)
    return [n for n in nodes if n not in (query.origin, query.destination)]


def _features(query: RouteQuery, arcs: Sequence[int]) -> list[str]:
    """Return the links and facilities of a path, borders and facilities first."""
    graph = query.graph
    names: dict[str, bool] = {}
    for a in arcs:
        is_link, feature = graph.kind[a] == LINK, graph.feature[a]
        if feature >= 0:
            table = graph.network.link_table if is_link else graph.network.transfer_table
            names[table.ids[feature]] = is_link and graph.parts["border_h"][a] == 0
    return sorted(names, key=lambda name: names[name])


def _level_changes(
    plain: RouteQuery, wanted: RouteQuery, best: Sequence[int], paths: Sequence[ValuedPath]
) -> Iterator[ParameterChange]:
    """Yield the changes of one figure at which a wanted path costs the same as the best."""
    if plain.by not in PER_UNIT:
        return
    of_best = _by_figure(plain, best)
    best_cost = sum(plain.weights(plain.by)[list(best)])
    found: dict[tuple[str, bool], ParameterChange] = {}
    for path in paths:
        of_wanted = _by_figure(wanted, path.arcs)
        extra = path.values[0] - best_cost
        for key in dict.fromkeys([*of_wanted, *of_best]):
            name, is_reciprocal = key
            edit = _edit_of(plain.network, name)
            slope = of_wanted.get(key, 0.0) - of_best.get(key, 0.0)
            if edit is None or abs(slope) < 1e-12:
                continue
            level = 1.0 - extra / slope  # the factor, or its reciprocal, at which both cost the same
            if not 1 / FARTHEST < level < FARTHEST:
                continue
            (uncertain,) = uncertain_inputs_of(plain.network, [name])
            change = ParameterChange(edit, 1 / level if is_reciprocal else level, (uncertain.low, uncertain.high))
            if change.factor != 1.0 and (key not in found or change.size < found[key].size):
                found[key] = change
    yield from found.values()


def _by_figure(query: RouteQuery, arcs: Sequence[int]) -> dict[tuple[str, bool], float]:
    """Return, by figure and whether by its reciprocal, the cost of a path that is proportional to it."""
    graph = query.graph
    items, found = CostTerms(graph), dict[tuple[str, bool], float]()
    dollar, hour = PER_UNIT[query.by]
    hour = graph.cargo.value_of_time_usd_t_h if hour is None else hour
    for a in arcs:
        for unit, amount, names in items.of(a):
            for name in names:
                if name.startswith("tariff ") and len(names) == 1:
                    continue  # the fixed part does not scale with the rate
                key = name.removeprefix("/"), name.startswith("/")
                found[key] = found.get(key, 0.0) + amount * (dollar if unit == USD else hour)
    for rule in graph.frictions.holding(*query.countries):
        if rule["effect"] == "charge":
            charges = graph.frictions.arcs_of(rule)
            total = sum(charges[a] for a in arcs if a in charges)
            found[f"{rule['id']} usd_t", False] = dollar * total
    return found


def _edit_of(network: Network, figure: str) -> Change | None:
    """Return the edit that scales a figure, without its factor; None where no scenario can scale it."""
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
