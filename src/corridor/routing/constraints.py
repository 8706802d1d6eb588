"""The constraints that every route query takes, and the arcs that they close.

A constraint concerns single links and facilities (`avoid`, `only`, dimensions) or the
whole route (`via`, counts, one gauge: `routing.product_graph`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypedDict

from corridor.errors import DataError, Fault, UnknownIdError
from corridor.graph.csr import LINK, LOAD, TRANSFER, UNLOAD
from corridor.graph.resources import Limit, limits
from corridor.graph.virtual import VirtualNetwork
from corridor.last_few import last_few
from corridor.model.cargo import WATER, carrier_group
from corridor.model.checks import is_number
from corridor.model.fields import MODES, NEEDS
from corridor.model.names import nearest
from corridor.model.network import Network

MOST_IN_ANY_ORDER = 6
MOST_OF_A_FIT = 1e5  # t, m
MOST_COUNT = 30  # of borders or transfers: no route has more
# Dimensions: constraint, field of links, field of transfers, and the modes that it concerns.
FITS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("axle_load_t", "axle_load_t", "", ("rail",)),
    ("train_length_m", "train_length_m", "", ("rail",)),
    ("draught_m", "draught_m", "draught_m", ("sea", "river", "ferry")),
)


class Options(TypedDict, total=False):
    """The constraints as keyword arguments of `route`, `routes`, `why_not`, `matrix` and `reach`.

    - `avoid`: countries, modes, operators, places, links, transfers or resources not to be used.
    - `only`: countries, modes, operators, places or links; of each kind that is named, no others are used.
    - `modes`: modes that may be used.
    - `via`: places to pass, in this order, or with `any_order` in the best one (at most 6).
    - `most_borders`, `most_transfers`: upper limits for the route.
    - `axle_load_t`, `train_length_m` (railways), `draught_m` (water): required of every link, quay and canal.
    - `one_gauge`: only railways of one gauge.
    - `needs`: `reefer`, `tank`, `dangerous`: cargo that every link and facility must accept.
    - `known_only`: close links and facilities without data for these; otherwise they are listed in `not_known`.
    """

    avoid: Sequence[str]
    only: Sequence[str]
    modes: Sequence[str]
    via: Sequence[str]
    any_order: bool
    most_borders: int | None
    most_transfers: int | None
    axle_load_t: float | None
    train_length_m: float | None
    draught_m: float | None
    one_gauge: bool
    needs: Sequence[str]
    known_only: bool


@dataclass(frozen=True, slots=True)
class Constraints:
    """The checked constraints of a query; see `Options` for what each means."""

    avoid: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    any_order: bool = False
    most_borders: int | None = None
    most_transfers: int | None = None
    axle_load_t: float | None = None
    train_length_m: float | None = None
    draught_m: float | None = None
    one_gauge: bool = False
    needs: tuple[str, ...] = ()
    known_only: bool = False

    def given(self) -> dict[str, Any]:
        """Return the constraints that are set, as plain data."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items() if is_given(v)}


NOTHING = Constraints()


def is_given(value: Any) -> bool:
    """Whether a constraint is set; 0 borders is."""
    return value is not None and value is not False and value != ()


def constraints_of(options: Mapping[str, Any], faults: list[Fault]) -> Constraints:
    """Return checked constraints; errors are added to `faults`."""
    known = [f.name for f in fields(Constraints)]
    values: dict[str, Any] = {}
    for name, value in options.items():
        if name not in known:
            similar = nearest(name, known)
            hint = f"did you mean {' or '.join(similar)}?" if similar else f"give some of {', '.join(known)}"
            faults.append(Fault("option", name, repr(value), "is not a constraint", hint))
        elif name in ("avoid", "only", "modes", "via", "needs"):
            values[name] = _texts(name, value, faults)
        elif name in ("any_order", "one_gauge", "known_only"):
            if not isinstance(value, bool):
                faults.append(Fault("option", name, repr(value), f"is {value!r}", "give True or False"))
            values[name] = bool(value)
        elif value is not None:
            values[name] = _number(name, value, name.startswith("most_"), faults)
    for name, choices in (("modes", MODES), ("needs", NEEDS)):
        unknown = [text for text in values.get(name, ()) if text not in choices]
        faults += [choice_fault("mode" if name == "modes" else "need", text, choices) for text in unknown]
    if values.get("any_order") and not values.get("via"):
        faults.append(Fault("option", "any_order", "True", "concerns places to pass, and none is given", "give via"))
    if values.get("any_order") and len(values.get("via", ())) > MOST_IN_ANY_ORDER:
        fix = f"give at most {MOST_IN_ANY_ORDER}, or an order"
        faults.append(Fault("option", "via", len(values["via"]), "are too many places for any order", fix))
    return Constraints(**values)


def one(values: Sequence[str] | None) -> Sequence[str]:
    """Return a sequence of texts; the input may also be one text or None."""
    if values is None:
        return ()
    return (values,) if isinstance(values, str) else values


def choice_fault(name: str, value: object, choices: Sequence[str]) -> Fault:
    """Return the fault for a value that is none of the choices."""
    similar = nearest(str(value), choices)
    hint = f"did you mean '{similar[0]}'?" if similar else f"give one of {', '.join(choices)}"
    return Fault("option", name, str(value), f"is '{value}'", hint)


def _texts(name: str, value: Any, faults: list[Fault]) -> tuple[str, ...]:
    try:
        texts = tuple(one(value))
    except TypeError:
        texts = (value,)
    bad = [t for t in texts if not isinstance(t, str) or not t.strip()]
    faults.extend(Fault("option", name, repr(t), f"is {t!r}, not a name", "give names or ids") for t in bad)
    return tuple(t for t in texts if t not in bad)


def _number(name: str, value: Any, whole: bool, faults: list[Fault]) -> Any:
    text = repr(value)[:40]
    if whole and (not is_number(value) or not 0 <= value <= MOST_COUNT or value != int(value)):
        fix = f"give a whole number from 0 to {MOST_COUNT}, or leave it out"
        faults.append(Fault("option", name, text, f"is {text}", fix))
        return None
    if not whole and (not is_number(value) or not 0 < value <= MOST_OF_A_FIT):
        faults.append(Fault("option", name, text, f"is {text}", f"give a number above 0 to {MOST_OF_A_FIT:.0f}"))
        return None
    return int(value) if whole else float(value)


def closed_arcs(graph: VirtualNetwork, constraints: Constraints) -> Mapping[int, str]:
    """Return the arcs that constraints or closed resources close, with the reason; the last few results are cached."""
    stored: dict[Constraints, Mapping[int, str]] = graph.cache.setdefault("closed", {})

    def close() -> Mapping[int, str]:
        full = {a: f"{limit.name} is closed: its capacity is 0" for limit in closed_limits(graph) for a in limit.arcs}
        return {**full, **excluded_arcs(graph, constraints)}

    return last_few(stored, 64, constraints, close)


def closed_limits(graph: VirtualNetwork) -> list[Limit]:
    """Return the resources without capacity."""
    if not (graph.network.resource_table["capacity"] == 0).any():  # usual, and faster
        return []
    return [limit for limit in limits(graph) if limit.capacity == 0]


def excluded_arcs(graph: VirtualNetwork, constraints: Constraints) -> Mapping[int, str]:
    """Return the arcs that the constraints exclude, with the reason."""
    return dict(_excluded(graph, constraints))


def _excluded(graph: VirtualNetwork, constraints: Constraints) -> Iterable[tuple[int, str]]:
    if constraints.modes:
        yield from _outside_modes(graph, set(constraints.modes), f"is not among {', '.join(constraints.modes)}")
    for name in constraints.avoid:
        yield from ((a, f"avoided: {name}") for a in _arcs_of(graph, name))
    if constraints.only:
        yield from _outside_only(graph, constraints.only)
    for name, on_links, on_transfers, modes in FITS:
        minimum = getattr(constraints, name)
        if minimum is not None:
            message = f"{name.rsplit('_', 1)[0].replace('_', ' ')} {{}} {name.rsplit('_', 1)[1]}, {minimum:g} required"
            field = _Requirement(graph, on_links, on_transfers, modes, constraints.known_only)
            yield from field.closed(lambda value, minimum=minimum: not value < minimum, message)  # type: ignore[misc]
    for need in constraints.needs:
        field = _Requirement(graph, need, need, MODES, constraints.known_only)
        yield from field.closed(lambda value: value == "yes", f"does not accept {need} cargo")


class _Requirement:
    """The values of a field that a constraint requires of links and facilities."""

    def __init__(
        self, graph: VirtualNetwork, on_links: str, on_transfers: str, modes: Sequence[str], known_only: bool
    ) -> None:
        self.graph, self.known_only = graph, known_only
        links, transfers = graph.network.link_table, graph.network.transfer_table
        concerned = [m in modes for m in links["mode"]]
        self.link_values = [v if a else _NOT_REQUIRED for v, a in zip(links[on_links], concerned, strict=True)]
        of_water = [any(_is_water(c) for c in ends) for ends in zip(transfers["from"], transfers["to"], strict=True)]
        concerned_transfers = [bool(on_transfers) and (on_transfers in NEEDS or w) for w in of_water]
        values = transfers[on_transfers] if on_transfers else [None] * len(transfers)
        self.transfer_values = [v if w else _NOT_REQUIRED for v, w in zip(values, concerned_transfers, strict=True)]
        self.what = on_links

    def value(self, arc: int) -> Any:
        """Return the value of the link or facility behind an arc; None: not known."""
        feature = self.graph.feature[arc]
        if feature < 0:
            return _NOT_REQUIRED
        value = (self.link_values if self.graph.kind[arc] == LINK else self.transfer_values)[feature]
        return None if value is None or value != value else value

    def closed(self, fits: Callable[[Any], bool], message: str) -> Iterable[tuple[int, str]]:
        """Yield the arcs that do not fit."""
        for a in range(self.graph.arcs):
            value = self.value(a)
            if value is _NOT_REQUIRED:
                continue
            if value is None:
                if self.known_only:
                    yield a, f"{self.what.rsplit('_', 1)[0].replace('_', ' ')} not known; without known_only it is used"
            elif not fits(value):
                yield a, message.format(f"{value:g}" if isinstance(value, float) else value)


_NOT_REQUIRED = object()


def not_known(graph: VirtualNetwork, constraints: Constraints, arcs: Iterable[int]) -> dict[str, tuple[str, ...]]:
    """Return, by field that a constraint requires, the links and facilities on a path without data for it."""
    found: dict[str, tuple[str, ...]] = {}
    required: list[tuple[str, str, Sequence[str]]] = [f[1:] for f in FITS if getattr(constraints, f[0]) is not None]
    required += [(need, need, MODES) for need in constraints.needs]
    for on_links, on_transfers, modes in required:
        requirement = _Requirement(graph, on_links, on_transfers, modes, known_only=False)
        unknown = [a for a in arcs if requirement.value(a) is None]
        found[on_links] = tuple(dict.fromkeys(_id(graph, a) for a in unknown))
    operators = graph.network.link_table["operators"]
    if any(name in graph.network.operators for name in constraints.avoid):
        links = [a for a in arcs if graph.kind[a] == LINK and not operators[graph.feature[a]]]
        found["operators"] = tuple(dict.fromkeys(_id(graph, a) for a in links))
    return {field: ids for field, ids in found.items() if ids}


def _id(graph: VirtualNetwork, arc: int) -> str:
    network = graph.network
    table = network.link_table if graph.kind[arc] == LINK else network.transfer_table
    return table.ids[graph.feature[arc]]


def _is_water(carrier: str) -> bool:
    return carrier_group(carrier) in WATER


def _outside_modes(graph: VirtualNetwork, modes: set[str], why: str) -> Iterable[tuple[int, str]]:
    """Yield links of other modes, and arcs to carriers that run on no allowed mode."""
    table = graph.network.link_table
    carriers = {c for c, m in zip(table["carrier"], table["mode"], strict=True) if m in modes} | {"out", "in"}
    for a in range(graph.arcs):
        if graph.kind[a] == LINK:
            mode = table["mode"][graph.feature[a]]
            if mode not in modes:
                yield a, f"mode {mode} {why}"
            continue
        for carrier in (graph.states[graph.tail[a]][1], graph.states[graph.head[a]][1]):
            if carrier not in carriers:
                yield a, f"{carrier} {why}"


def _outside_only(graph: VirtualNetwork, only: Sequence[str]) -> Iterable[tuple[int, str]]:
    """Yield the arcs whose kind `only` names, but which are not named themselves."""
    network, why = graph.network, f"is not among {', '.join(only)}"
    kinds: dict[str, set[str]] = {}
    for name in only:
        kind, found = named(network, name)
        if kind in ("transfer", "resource"):
            fix = "name countries, modes, operators, places or links"
            raise DataError(Fault("option", "only", name, f"is a {kind}", fix))
        kinds.setdefault(kind, set()).add(found)
    if "mode" in kinds:
        yield from _outside_modes(graph, kinds["mode"], why)
    if "country" in kinds or "place" in kinds:
        places = {n for n in network.node_table.ids if network.country_of(n) in kinds.get("country", ())}
        places |= kinds.get("place", set())
        for a in range(graph.arcs):
            for s in (graph.tail[a], graph.head[a]):
                if graph.states[s][0] not in places:
                    yield a, f"{network.name_of(graph.states[s][0])} {why}"
                    break
    table = network.link_table
    for a in range(graph.arcs):
        if graph.kind[a] != LINK:
            continue
        if "link" in kinds and table.ids[graph.feature[a]] not in kinds["link"]:
            yield a, f"{table.ids[graph.feature[a]]} {why}"
        operators = set(table["operators"][graph.feature[a]])
        if "operator" in kinds and not (operators and operators <= kinds["operator"]):
            yield a, f"operator {', '.join(sorted(operators)) or 'not known'} {why}"


def named(network: Network, name: str) -> tuple[str, str]:
    """Return the kind and id that a name stands for; the first kind that has it counts.

    Raises
    ------
    UnknownIdError
        If it is none of a country, mode, operator, link, transfer, resource or place.
    """
    if name in network.countries:
        return "country", name
    if name in MODES:
        return "mode", name
    if name in network.operators:
        return "operator", name
    for kind in ("link", "transfer", "resource"):
        if name in network.tables[kind].index:
            return kind, name
    try:
        return "place", network.names.resolve(name)
    except UnknownIdError as error:
        if error.ambiguous:
            raise
        tables = (network.link_table, network.transfer_table, network.resource_table)
        ids = [*(i for t in tables for i in t.ids), *network.operators, *MODES]
        similar = list(dict.fromkeys([*error.suggestions, *nearest(name, ids)]))[:4]
        raise UnknownIdError("place, country, mode, operator, link, transfer or resource", name, similar) from None


def _arcs_of(graph: VirtualNetwork, name: str) -> Iterable[int]:
    """Return the arcs that pass or use what a name stands for."""
    network = graph.network
    kind, found = named(network, name)
    if kind in ("country", "place"):
        places = {found} if kind == "place" else {n for n in network.node_table.ids if network.country_of(n) == found}
        states = graph.states
        return [a for a in range(graph.arcs) if places & {states[graph.tail[a]][0], states[graph.head[a]][0]}]
    if kind == "resource":
        return [a for limit in limits(graph) if limit.id == found for a in limit.arcs]
    of_link = {"mode": "mode", "operator": "operators"}
    if kind in of_link:
        column = network.link_table[of_link[kind]]
        positions = {i for i, v in enumerate(column) if found == v or (kind == "operator" and found in v)}
        return [a for a in range(graph.arcs) if graph.kind[a] == LINK and graph.feature[a] in positions]
    wanted = network.tables[kind].index[found]
    kinds = (LINK,) if kind == "link" else (TRANSFER, LOAD, UNLOAD)
    return [a for a in range(graph.arcs) if graph.kind[a] in kinds and graph.feature[a] == wanted]
