"""Apply edits to a network: what they select, what they change, and which are refused."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from corridor.errors import DataError, Fault
from corridor.model.checks import (
    check_names_of_fields,
    check_raw_network,
    check_uses_by_form,
    record_faults,
    value_faults,
)
from corridor.model.fields import BY_FEATURE, FEATURES, FIGURES
from corridor.model.header import HEADER_FIELDS
from corridor.model.names import nearest
from corridor.model.raw_network import RawNetwork
from corridor.model.table import Table, changed_rows

if TYPE_CHECKING:
    from corridor.model.network import Network

ALWAYS = 9999  # last year of an edit without an end
# Keys of a selection by attribute.
WHERE = ("feature", "kind", "country", "mode", "carrier", "status", "gauge_mm", "unit", "cargo_class")
FRICTION, TARIFF = "friction", "tariff"
TARIFF_KEYS, TARIFF_FIELDS = ("feature", "area", "carrier", "cargo"), ("usd_tkm", "fixed_usd_t", "discount")
# Fields that identify a feature: they cannot be changed, only a new feature can be added.
IDENTITY = ("id", "from", "to", "node", "carrier", "mode", "gauge_mm", "unit", "per")


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: a verb, its target, and the period in which it holds.

    `target` is an id, a list of ids, a selection by attribute or, for `add`, the
    record; without years and months the edit always holds.
    """

    verb: str
    target: Any
    field: str = ""
    value: Any = None
    geometry: tuple[tuple[float, float], ...] = ()
    first_year: int = 0
    last_year: int = ALWAYS
    months: tuple[int, ...] = ()

    @property
    def is_dated(self) -> bool:
        """Whether the edit holds in some years or months only."""
        return self.first_year > 0 or self.last_year < ALWAYS or bool(self.months)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the target, if it is one id or a list of ids."""
        if isinstance(self.target, str):
            return (self.target,)
        is_list = isinstance(self.target, list) and all(isinstance(t, str) for t in self.target)
        return tuple(self.target) if is_list else ()

    def holds(self, year: int, month: int | None) -> bool:
        """Whether the edit holds; without a month only edits of whole years do."""
        in_months = not self.months or (month is not None and month in self.months)
        return self.first_year <= year <= self.last_year and in_months

    def __str__(self) -> str:
        what = self.target.get("id", "?") if self.verb == "add" and isinstance(self.target, dict) else self.target
        return f"{self.verb} {what}"


def edit_faults(network: Network, edit: Edit, where: str) -> Iterator[Fault]:
    """Yield the faults of an edit for this network: unknown ids, unknown fields, empty selections."""
    if edit.verb == "add":
        yield from _addition_faults(edit, where)
        return
    hits = list(_hits(network, edit))
    unknown = [name for name in edit.ids if not _exists(network, name)]
    for name in unknown:
        close = nearest(name, _every_id(network))
        hint = f"did you mean {' or '.join(map(repr, close[:3]))}?" if close else "correct the id"
        yield Fault(where, "", name, f"names '{name}', which does not exist", hint)
    if not hits and not unknown:
        hint = f"give an id, a list of ids, or a selection by {', '.join(WHERE)}"
        yield Fault(where, "", repr(edit.target), f"changes nothing: {edit.target!r} matches no feature", hint)
    if edit.verb == "open" and any(kind == "resource" for kind, _ in hits):
        yield Fault(where, "", repr(edit.target), "opens a resource, which has no status", "set its capacity instead")
    if edit.verb in ("set", "scale"):
        for kind in sorted({k for k, _ in hits}):
            yield from _field_faults(network, edit, kind, [p for k, p in hits if k == kind], where)


def _field_faults(network: Network, edit: Edit, kind: str, positions: Sequence[int], where: str) -> Iterator[Fault]:
    name = edit.field
    if kind == TARIFF:
        yield from _tariff_faults(network, edit, positions, where)
        return
    fields = HEADER_FIELDS["frictions"] if kind == FRICTION else BY_FEATURE[kind]
    if kind == FRICTION and name != "usd_t":
        yield Fault(where, "field", name, f"is '{name}'", "a friction has usd_t only; close the friction to suspend it")
    elif name not in fields or name in IDENTITY:
        close = [c for c in nearest(name, fields) if c not in IDENTITY]
        hint = f"did you mean {' or '.join(map(repr, close))}?" if close else "give a field that can be changed"
        yield Fault(where, "field", name, f"is '{name}', which cannot be set on a {kind}", hint)
    elif edit.verb == "set":
        if edit.value is None:
            yield Fault(where, "to", None, "is empty", "give a value, a known value cannot be made unknown")
        else:
            yield from value_faults(where, fields[name], name, edit.value)
    elif kind == FRICTION and any("usd_t" not in network.frictions[p] for p in positions):
        yield Fault(where, "field", name, "is of a rule without a charge", "set a charge, or close the rule")
    elif kind != FRICTION and name not in FIGURES[kind]:
        yield Fault(where, "field", name, f"is '{name}', which is not a number", "give a numeric field")
    elif kind != FRICTION and all(_is_unknown(network.tables[kind], p, name) for p in positions):
        message = f"is unknown for all {len(positions)} features"
        yield Fault(where, "field", name, message, "set it first, an unknown value cannot be scaled")
    elif kind != FRICTION:
        table = network.tables[kind]
        for p in positions:
            if not _is_unknown(table, p, name):
                scaled = float(table[name][p]) * float(edit.value)
                yield from value_faults(f"{where}, {table.ids[p]}", replace(fields[name], whole=False), name, scaled)


def _tariff_faults(network: Network, edit: Edit, positions: Sequence[int], where: str) -> Iterator[Fault]:
    if edit.field not in TARIFF_FIELDS:
        fix = f"a tariff has {', '.join(TARIFF_FIELDS)}"
        yield Fault(where, "field", edit.field, f"is '{edit.field}', which cannot be set on a tariff", fix)
        return
    spec = replace(HEADER_FIELDS["tariffs"][edit.field], whole=False)
    for p in positions:
        yield from value_faults(where, spec, edit.field, _tariff(network.tariffs[p], edit)[edit.field])


def _tariff(row: Mapping[str, Any], edit: Edit) -> Mapping[str, Any]:
    """Return a tariff with a new rate, fixed part or discount; the range of the old value is dropped."""
    value = edit.value if edit.verb == "set" else float(row[edit.field]) * edit.value
    unchanged = {k: v for k, v in row.items() if k not in (f"{edit.field}_low", f"{edit.field}_high")}
    return {**unchanged, edit.field: value, "basis": "assumed"}


def _is_unknown(table: Table, position: int, field: str) -> bool:
    value = table[field][position]
    return bool(value != value)


def _exists(network: Network, name: str) -> bool:
    return any(name in t.index for t in network.tables.values()) or any(name == f["id"] for f in network.frictions)


def _every_id(network: Network) -> list[str]:
    return [i for t in network.tables.values() for i in t.ids] + [str(f["id"]) for f in network.frictions]


def _hits(network: Network, edit: Edit) -> Iterator[tuple[str, int]]:
    """Yield kind and position of the features that an edit selects, by id or by attribute."""
    if edit.ids:
        for name in edit.ids:
            yield from ((kind, t.index[name]) for kind, t in network.tables.items() if name in t.index)
            yield from ((FRICTION, i) for i, f in enumerate(network.frictions) if f["id"] == name)
        return
    wanted = edit.target
    if isinstance(wanted, Mapping) and wanted.get("feature") == TARIFF and set(wanted) <= set(TARIFF_KEYS):
        conditions = {k: v if isinstance(v, list) else [v] for k, v in wanted.items() if k != "feature"}
        for i, row in enumerate(network.tariffs):
            if edit.verb in ("set", "scale") and all(row[k] in v for k, v in conditions.items()):
                yield TARIFF, i
        return
    if not isinstance(wanted, Mapping) or not wanted or not set(wanted) <= set(WHERE):
        return
    for kind, table in network.tables.items():
        if wanted.get("feature", kind) == kind:
            rest = [(k, v) for k, v in wanted.items() if k != "feature"]
            yield from (
                (kind, i) for i in range(len(table)) if all(_matches(network, kind, table, i, k, v) for k, v in rest)
            )


def _matches(network: Network, kind: str, table: Table, position: int, key: str, value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    if key == "country":
        ends = {"node": ("id",), "link": ("from", "to"), "transfer": ("node",)}.get(kind, ())
        return any(network.country_of(table[e][position]) in values for e in ends)
    if key == "cargo_class":
        names = [f"{v}_h" for v in values if f"{v}_h" in table.columns]
        return any(not _is_unknown(table, position, name) for name in names)
    return key in table.columns and table[key][position] in values


def applied(network: Network, edits: Iterable[Edit]) -> Network:
    """Return the network with edits applied in order; untouched columns are shared."""
    for edit in edits:
        network = _added(network, edit) if edit.verb == "add" else _changed(network, edit)
    return network


def _changed(network: Network, edit: Edit) -> Network:
    changes: dict[str, dict[str, dict[int, Any]]] = {}
    frictions: dict[int, Mapping[str, Any]] = {}
    tariffs: dict[int, Mapping[str, Any]] = {}
    for kind, position in _affected(network, edit):
        if kind == FRICTION:
            frictions[position] = _friction(network.frictions[position], edit)
            continue
        if kind == TARIFF:
            tariffs[position] = _tariff(network.tariffs[position], edit)
            continue
        for name, value in _new_values(network.tables[kind], kind, position, edit):
            changes.setdefault(kind, {}).setdefault(name, {})[position] = value
    tables = {kind: network.tables[kind].replaced(columns) for kind, columns in changes.items()}
    others: dict[str, Any] = {}  # unchanged rules stay the same object, so that their compiled form is reused
    if frictions:
        others["frictions"] = tuple(frictions.get(i, r) for i, r in enumerate(network.frictions))
    if tariffs:
        others["tariffs"] = tuple(tariffs.get(i, r) for i, r in enumerate(network.tariffs))
    return _with(network, tables, **others)


def _with(network: Network, tables: Mapping[str, Table], **others: Any) -> Network:
    named: dict[str, Any] = {f"{kind}_table": table for kind, table in tables.items()}
    return replace(network, **named, **others, cache={})


def _friction(rule: Mapping[str, Any], edit: Edit) -> Mapping[str, Any]:
    """Return a rule suspended, put in force, or with another charge."""
    if edit.verb == "close":
        return {**rule, "effect": "noted"}
    if edit.verb == "open":
        return {**rule, "effect": "charge" if "usd_t" in rule else "forbid"}
    amount = edit.value if edit.verb == "set" else float(rule.get("usd_t", 0)) * edit.value
    return {**rule, "effect": "charge", "usd_t": amount, "basis": "assumed"}


def _affected(network: Network, edit: Edit) -> Iterator[tuple[str, int]]:
    """Yield the features that an edit changes; closing a node closes its links and transfers."""
    for kind, position in _hits(network, edit):
        if kind != "node" or edit.verb not in ("close", "open"):
            yield kind, position
            continue
        node = network.node_table.ids[position]
        for other, ends in (("link", ("from", "to")), ("transfer", ("node",))):
            table = network.tables[other]
            yield from ((other, i) for i in range(len(table)) if any(table[e][i] == node for e in ends))


def _new_values(table: Table, kind: str, position: int, edit: Edit) -> Iterator[tuple[str, Any]]:
    if edit.verb in ("close", "open"):
        if kind != "resource":
            yield "status", "closed" if edit.verb == "close" else "operating"
            return
        if edit.verb == "open":
            return
        name, value = "capacity", 0.0
    else:
        name = edit.field
        value = edit.value if edit.verb == "set" else table[name][position] * edit.value
    yield name, value
    if (kind, name, edit.verb) == ("resource", "base_load", "scale"):
        # The part that the demand contains is scaled too.
        yield "base_load_in_demand", table["base_load_in_demand"][position] * edit.value
    if name in FIGURES[kind]:
        # The recorded range and basis refer to the old value.
        yield f"{name}_low", math.nan
        yield f"{name}_high", math.nan
        yield f"{name}_basis", "assumed"
        yield f"{name}_note", "changed by a scenario"


def _added(network: Network, edit: Edit) -> Network:
    kind = edit.target["feature"]
    record = {k: v for k, v in edit.target.items() if k != "feature"}
    points = edit.geometry or _default_geometry(network, kind, record)
    geometry = {**network.geometry, record["id"]: points} if points else network.geometry
    table = network.tables[kind].extended([{k: v for k, v in record.items() if k != "uses"}])
    uses = {**network.uses, record["id"]: tuple(record["uses"])} if kind == "resource" else network.uses
    return _with(network, {kind: table}, geometry=geometry, uses=uses)


def _addition_faults(edit: Edit, where: str) -> Iterator[Fault]:
    """Yield the faults of a feature to be added by itself; its relations are checked with the whole network."""
    kind = edit.target.get("feature") if isinstance(edit.target, Mapping) else None
    if not isinstance(kind, str) or kind not in FEATURES:
        yield Fault(where, "feature", repr(kind), f"is {kind!r}", f"give a record with one of {', '.join(FEATURES)}")
        return
    record = {str(k): v for k, v in edit.target.items() if k != "feature"}
    yield from record_faults(where, record, BY_FEATURE[kind])
    records: dict[str, list[dict[str, Any]]] = {k: [] for k in FEATURES}
    records[kind] = [record]
    raw = RawNetwork({}, records, {})
    yield from check_names_of_fields(raw)
    yield from check_uses_by_form(raw)


def check_whole(network: Network, before: Network, source: str) -> None:
    """Refuse a changed network that fails the checks of a file; `before` has passed them."""
    records = {k: [_as_raw(network, k, r) for r in t.rows()] for k, t in network.tables.items()}
    changed = {k: [records[k][i] for i in changed_rows(before.tables[k], t)] for k, t in network.tables.items()}
    header, known = _header(network), _header(before)
    new = RawNetwork({k: v for k, v in header.items() if v != known.get(k)}, changed, network.geometry)
    faults = [f for f in check_raw_network(RawNetwork(header, records, network.geometry), new) if f.severity == "error"]
    if faults:
        raise DataError(faults, source)


def _as_raw(network: Network, kind: str, record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "uses": list(network.uses[record["id"]])} if kind == "resource" else record


def _header(network: Network) -> dict[str, Any]:
    return {
        **network.meta,
        "tariffs": list(network.tariffs),
        "parameters": list(network.parameters),
        "cargo": list(network.cargo_records),
        "frictions": list(network.frictions),
        "screenlines": list(network.screenlines),
        "branches": list(network.branches),
        "sources": list(network.sources.values()),
    }


def _default_geometry(network: Network, kind: str, record: Mapping[str, Any]) -> tuple[tuple[float, float], ...]:
    ends = (record.get("from"), record.get("to")) if kind == "link" else ()
    return tuple(network.geometry[e][0] for e in ends if isinstance(e, str) and e in network.geometry)
