"""Scenarios: a few lines of YAML that change a network, applied functionally.

    name: slow-works
    why: one line of reason
    edits:
      - close: sarahs-sarakhs-rail-1520        # an id, a list of ids, or a `where`
        years: [2026, 2027]                    # without years: always
        months: [3, 4, 5]                      # without months: all year
      - scale: {country: IR, mode: rail}
        field: speed_kmh
        by: 0.8
      - set: sarakhs-yard
        field: capacity
        to: 550
        years: 2028-                           # 2028 and after
      - open: rasht-talesh-rail-1435
      - add: {feature: link, id: ..., from: ..., to: ..., ...}
        geometry: [[52.9, 40.0], [47.6, 45.8]]
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from corridor.errors import DataError, Fault
from corridor.model.checks import Draft, check_draft, check_values
from corridor.model.fields import BY_FEATURE, FIGURES
from corridor.model.names import nearest
from corridor.model.network import Network
from corridor.model.table import Table

VERBS = ("set", "scale", "close", "open", "add")
KEYS = {
    "set": {"field", "to"}, "scale": {"field", "by"}, "close": set(), "open": set(), "add": {"geometry"},
}
COMMON = {"years", "months", "why"}
WHERE = ("feature", "kind", "country", "mode", "carrier", "status", "gauge_mm", "unit")


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: a verb, what it is done to, and when it holds (empty: always)."""

    verb: str
    target: Any
    field: str = ""
    value: Any = None
    geometry: tuple[tuple[float, float], ...] = ()
    first_year: int = 0
    last_year: int = 9999
    months: tuple[int, ...] = ()

    @property
    def is_dated(self) -> bool:
        """Whether the edit holds in some years or months only."""
        return self.first_year > 0 or self.last_year < 9999 or bool(self.months)

    def holds(self, year: int, month: int | None) -> bool:
        """Whether the edit holds; a question without a month sees only edits of whole years."""
        in_months = not self.months or (month is not None and month in self.months)
        return self.first_year <= year <= self.last_year and in_months


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named list of edits with the reason for them."""

    name: str
    why: str
    edits: tuple[Edit, ...]

    @staticmethod
    def read(path: str) -> Scenario:
        """Read a scenario from a YAML file."""
        from corridor.io.scenarios import read_scenario

        return read_scenario(path)

    def apply(self, network: Network) -> Network:
        """Return the changed network; dated edits wait for the year that is asked for.

        Raises
        ------
        DataError
            If an edit names a feature or field that does not exist, or makes the
            network faulty; lists all such edits.

        Examples
        --------
        >>> import corridor
        >>> net = corridor.load()
        >>> shut = corridor.Scenario.of("shut", "why not", [{"close": "sarakhs-yard"}])
        >>> shut.apply(net).scenarios
        ('shut',)
        >>> net.scenarios
        ()
        """
        faults = [f for i, e in enumerate(self.edits, 1) for f in _edit_faults(network, e, f"edit {i} ({e.verb})")]
        if faults:
            raise DataError(faults, f"scenario '{self.name}'")
        now = [e for e in self.edits if not e.is_dated]
        later = tuple(e for e in self.edits if e.is_dated)
        changed = applied(network, now)
        return replace(changed, edits=(*network.edits, *later), scenarios=(*network.scenarios, self.name), cache={})

    @staticmethod
    def of(name: str, why: str, edits: Sequence[Mapping[str, Any]]) -> Scenario:
        """Make a scenario from plain data, as it stands in YAML; refuses all faults at once."""
        faults: list[Fault] = []
        made = [e for i, raw in enumerate(edits, 1) if (e := _edit(raw, f"edit {i}", faults)) is not None]
        if faults:
            raise DataError(faults, f"scenario '{name}'")
        return Scenario(name, why, tuple(made))


def _edit(raw: object, where: str, faults: list[Fault]) -> Edit | None:
    if not isinstance(raw, Mapping):
        faults.append(Fault(where, "", repr(raw), f"is {raw!r}", "give a mapping such as {close: some-id}"))
        return None
    verbs = [v for v in VERBS if v in raw]
    if len(verbs) != 1:
        faults.append(Fault(where, "", sorted(map(str, raw)), "has no single verb", f"give one of {', '.join(VERBS)}"))
        return None
    verb = verbs[0]
    known = {verb, *KEYS[verb], *COMMON}
    for key in raw:
        if key not in known:
            close = nearest(str(key), known)
            hint = f"did you mean '{close[0]}'?" if close else f"give {', '.join(sorted(known))}"
            faults.append(Fault(where, str(key), repr(raw[key]), "is not a key here", hint))
    value = raw.get("to") if verb == "set" else raw.get("by")
    if verb in ("set", "scale"):
        faults.extend(_missing(raw, where, verb))
    first, last = _years(raw.get("years"), where, faults)
    months = _months(raw.get("months"), where, faults)
    points = tuple((float(p[0]), float(p[1])) for p in raw.get("geometry", ()))
    return Edit(verb, _frozen(raw[verb]), str(raw.get("field", "")), value, points, first, last, months)


def _missing(raw: Mapping[str, Any], where: str, verb: str) -> Iterator[Fault]:
    for key in sorted(KEYS[verb] - set(raw)):
        yield Fault(where, key, None, "is missing", f"{verb} needs {' and '.join(sorted(KEYS[verb]))}")
    if verb == "scale" and "by" in raw:
        by = raw["by"]
        if isinstance(by, bool) or not isinstance(by, int | float) or not math.isfinite(by) or by < 0:
            yield Fault(where, "by", repr(by), f"is {by!r}", "give a factor, 0 or more")


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple(sorted((str(k), _frozen(v)) for k, v in value.items()))
    return tuple(_frozen(v) for v in value) if isinstance(value, list | tuple) else value


def _years(value: object, where: str, faults: list[Fault]) -> tuple[int, int]:
    if value is None:
        return 0, 9999
    if isinstance(value, int) and not isinstance(value, bool):
        return value, value
    if isinstance(value, list) and value and all(isinstance(y, int) for y in value):
        if sorted(value) == list(range(min(value), max(value) + 1)):
            return min(value), max(value)
    match = re.fullmatch(r"\s*(\d{4})?\s*[-–]\s*(\d{4})?\s*", str(value))
    if match and any(match.groups()):
        return int(match[1] or 0), int(match[2] or 9999)
    faults.append(Fault(where, "years", repr(value), f"is {value!r}", "give a year, a run of years, or 2028-"))
    return 0, 9999


def _months(value: object, where: str, faults: list[Fault]) -> tuple[int, ...]:
    if value is None:
        return ()
    months = value if isinstance(value, list) else [value]
    if months and all(isinstance(m, int) and not isinstance(m, bool) and 1 <= m <= 12 for m in months):
        return tuple(months)
    faults.append(Fault(where, "months", repr(value), f"is {value!r}", "give months 1 to 12"))
    return ()


def _edit_faults(network: Network, edit: Edit, where: str) -> Iterator[Fault]:
    if edit.verb == "add":
        return
    hits = list(_hits(network, edit.target))
    if not hits:
        every = [i for t in network.tables.values() for i in t.ids]
        names = edit.target if isinstance(edit.target, tuple) else (edit.target,)
        close = [c for n in names if isinstance(n, str) for c in nearest(n, every)]
        hint = f"did you mean {' or '.join(repr(c) for c in close[:3])}?" if close else (
            f"give an id, or a selection by {', '.join(WHERE)}")
        yield Fault(where, "", repr(edit.target), f"changes nothing: {_shown(edit.target)} fits no feature", hint)
    if isinstance(edit.target, tuple) and all(isinstance(t, str) for t in edit.target):
        for name in edit.target:
            if not any(name in t.index for t in network.tables.values()):
                close = nearest(name, [i for t in network.tables.values() for i in t.ids])
                yield Fault(where, "", name, f"names '{name}', which does not exist", f"did you mean {close}?" if close else "correct the id")
    for kind in sorted({k for k, _ in hits}):
        if edit.verb not in ("set", "scale"):
            continue
        field = BY_FEATURE[kind].get(edit.field)
        if field is None or field.name == "id":
            close = nearest(edit.field, BY_FEATURE[kind])
            yield Fault(where, "field", edit.field, f"is '{edit.field}', which a {kind} does not have", f"did you mean {close}?")
        elif edit.verb == "scale" and edit.field not in FIGURES[kind]:
            yield Fault(where, "field", edit.field, f"is '{edit.field}', which is not a number", "scale a figure")
        elif edit.verb == "scale" and all(_unknown(network.tables[kind], p, edit.field) for k, p in hits if k == kind):
            yield Fault(where, "field", edit.field, f"is unknown for all {len(hits)} features", "set it first; unknown scaled stays unknown")


def _unknown(table: Table, position: int, field: str) -> bool:
    value = table[field][position]
    return bool(value != value)


def _shown(target: Any) -> str:
    if isinstance(target, tuple) and target and isinstance(target[0], tuple):
        return "{" + ", ".join(f"{k}: {v}" for k, v in target) + "}"
    return repr(target) if not isinstance(target, tuple) else ", ".join(map(repr, target))


def _hits(network: Network, target: Any) -> Iterator[tuple[str, int]]:
    """Yield kind and position of what an edit is done to: ids, or a selection by attribute."""
    if isinstance(target, str):
        target = (target,)
    if isinstance(target, tuple) and all(isinstance(t, str) for t in target):
        for kind, table in network.tables.items():
            yield from ((kind, table.index[name]) for name in target if name in table.index)
        return
    if not isinstance(target, tuple):
        return
    wanted = dict(target)
    if not wanted or not set(wanted) <= set(WHERE):
        return
    for kind, table in network.tables.items():
        if wanted.get("feature", kind) != kind:
            continue
        for i in range(len(table)):
            if all(_matches(network, kind, table, i, k, v) for k, v in wanted.items() if k != "feature"):
                yield kind, i


def _matches(network: Network, kind: str, table: Table, i: int, key: str, value: Any) -> bool:
    values = value if isinstance(value, tuple) else (value,)
    if key == "country":
        ends = {"node": ("id",), "link": ("from", "to"), "transfer": ("node",)}.get(kind, ())
        return any(network.country_of(table[e][i]) in values for e in ends)
    return key in table.columns and table[key][i] in values


def applied(network: Network, edits: Iterable[Edit]) -> Network:
    """Return the network with edits applied in order; untouched columns are shared."""
    for edit in edits:
        network = _added(network, edit) if edit.verb == "add" else _changed(network, edit)
    return network


def _changed(network: Network, edit: Edit) -> Network:
    changes: dict[str, dict[str, dict[int, Any]]] = {}
    for kind, position in _affected(network, edit):
        for name, value in _new_values(network.tables[kind], kind, position, edit):
            changes.setdefault(kind, {}).setdefault(name, {})[position] = value
    tables = {
        f"{kind}_table": network.tables[kind].replaced(columns) for kind, columns in changes.items()
    }
    for kind in changes:
        _recheck(tables[f"{kind}_table"], changes[kind], kind, edit)
    return replace(network, **tables, cache={})  # type: ignore[arg-type]


def _affected(network: Network, edit: Edit) -> Iterator[tuple[str, int]]:
    """Yield what an edit changes; closing a place closes what leads to it and what happens there."""
    for kind, position in _hits(network, edit.target):
        if kind != "node" or edit.verb not in ("close", "open"):
            yield kind, position
            continue
        node = network.node_table.ids[position]
        for other, ends in (("link", ("from", "to")), ("transfer", ("node",))):
            table = network.tables[other]
            yield from ((other, i) for i in range(len(table)) if any(table[e][i] == node for e in ends))


def _new_values(table: Table, kind: str, position: int, edit: Edit) -> Iterator[tuple[str, Any]]:
    if edit.verb in ("close", "open"):
        if kind == "resource":
            if edit.verb == "close":
                yield "capacity", 0.0
        else:
            yield "status", "closed" if edit.verb == "close" else "operating"
        return
    if edit.verb == "set":
        yield edit.field, edit.value
    else:
        yield edit.field, table[edit.field][position] * edit.value
    if edit.field in FIGURES[kind]:
        # The recorded range belonged to the old value.
        yield f"{edit.field}_low", math.nan
        yield f"{edit.field}_high", math.nan
        yield f"{edit.field}_basis", "assumed"
        yield f"{edit.field}_note", "changed by a scenario"


def _recheck(table: Table, changes: Mapping[str, Mapping[int, Any]], kind: str, edit: Edit) -> None:
    positions = sorted({p for cells in changes.values() for p in cells})
    records: dict[str, list[dict[str, Any]]] = {k: [] for k in BY_FEATURE}
    records[kind] = [table.row(p) for p in positions]

    faults = [f for f in check_values(Draft({}, records, {})) if f.severity == "error"]
    if faults:
        raise DataError(faults, f"edit ({edit.verb} {_shown(edit.target)})")


def _added(network: Network, edit: Edit) -> Network:
    record = {k: list(v) if isinstance(v, tuple) else v for k, v in edit.target}
    kind = record.pop("feature", None)
    if kind not in ("node", "link", "transfer", "resource"):
        raise DataError(Fault("edit (add)", "feature", kind, f"is {kind!r}", "say node, link, transfer or resource"))
    points = edit.geometry or _default_geometry(network, kind, record)
    table = network.tables[kind].extended([{k: v for k, v in record.items() if k != "uses"}])
    geometry = {**network.geometry, record.get("id", ""): points} if points else network.geometry
    uses = network.uses
    if kind == "resource":
        uses = {**uses, record["id"]: tuple(dict(u) for u in record.get("uses", ()))}
    changed = replace(network, **{f"{kind}_table": table}, geometry=geometry, uses=uses, cache={})  # type: ignore[arg-type]
    draft = Draft(
        {**network.meta, "tariffs": list(network.tariffs), "parameters": list(network.parameters),
         "cargo": list(network.cargo_records), "sources": list(network.sources.values())},
        {k: [dict(r, uses=list(uses[r["id"]])) if k == "resource" else r for r in t.rows()] for k, t in changed.tables.items()},
        changed.geometry,
    )
    faults = [f for f in check_draft(draft) if f.severity == "error"]
    if faults:
        raise DataError(faults, f"edit (add {record.get('id')!r})")
    return changed


def _default_geometry(network: Network, kind: str, record: Mapping[str, Any]) -> tuple[tuple[float, float], ...]:
    ends = (record.get("from"), record.get("to")) if kind == "link" else ()
    return tuple(network.geometry[e][0] for e in ends if isinstance(e, str) and e in network.geometry)


