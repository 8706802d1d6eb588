"""Scenarios: a few lines of YAML that change a network; applying one returns a new network.

name: example
why: the reason in one line
edits:
  - close: sarahs-sarakhs-rail-1520        # an id, a list of ids, or a selection
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
  - close: russian-transit-boxes           # a rule of permission or friction
  - add: {feature: link, id: ..., from: ..., to: ..., ...}
    geometry: [[52.9, 40.0], [47.6, 45.8]]
demand:                                    # trade that scenarios change, by country and cargo
  - scale: {origins: [RU], destinations: [IR], cargoes: [grain]}
    by: 1.5
    years: 2027-
without: [suspension-2026]                 # recorded events to leave out of forecasts
"""

from __future__ import annotations

import copy
import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from corridor.errors import DataError, Fault
from corridor.model.checks import is_number
from corridor.model.edits import ALWAYS, Edit, applied, check_whole, edit_faults
from corridor.model.names import nearest
from corridor.model.network import Network
from corridor.model.scenario_record import scenario_record
from corridor.model.trade import TradeEdit, trade_edit, trade_faults

KEYS: Mapping[str, set[str]] = {
    "set": {"field", "to"},
    "scale": {"field", "by"},
    "close": set(),
    "open": set(),
    "add": {"geometry"},
}
VERBS = tuple(KEYS)
YEARS = (1900, 2200)
COMMON = {"years", "months", "why"}


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named list of edits with a reason."""

    name: str
    why: str
    edits: tuple[Edit, ...]
    without: tuple[str, ...] = ()  # recorded events (of the network's history) to leave out
    demand: tuple[TradeEdit, ...] = ()

    @staticmethod
    def read(path: str | os.PathLike[str]) -> Scenario:
        """Read a scenario from a YAML file; `docs/format.md` describes its keys.

        Raises
        ------
        DataError
            If the file cannot be read, is not YAML, or has faulty edits; lists all faults.
        """
        source, record = scenario_record(path)
        try:
            return Scenario.of(**record)
        except TypeError:
            fault = Fault("file", "without", repr(record["without"]), "is not a list", "give a list of names")
            raise DataError(fault, source) from None

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last year in which it changes anything."""
        dates = [(e.first_year, e.last_year) for e in self.edits]
        dates += [(e.first_year, e.last_year) for e in self.demand]
        if self.without or not dates:
            return 0, ALWAYS
        return min(first for first, _ in dates), max(last for _, last in dates)

    def apply(self, network: Network) -> Network:
        """Return the changed network; dated edits are applied when a year is requested.

        Later edits override earlier ones, and later scenarios override earlier ones.

        Raises
        ------
        DataError
            If an edit names an unknown feature or field, or makes the network faulty; lists
            all such edits.

        Examples
        --------
        >>> import corridor
        >>> net = corridor.load()
        >>> closed = corridor.Scenario.of("closed", "test", [{"close": "sarakhs-yard"}])
        >>> closed.apply(net).scenarios
        ('closed',)
        >>> net.scenarios
        ()
        """
        source = f"scenario '{self.name}'"
        state, faults = applied(network, network.edits), []
        for i, edit in enumerate(self.edits, 1):
            found = list(edit_faults(state, edit, f"edit {i} ({edit.verb})"))
            faults += found
            if not found:
                state = applied(state, [edit])
        faults += trade_faults(network, self.demand)
        past = network.meta.get("history", ())
        for name in self.without:
            if name not in past:
                close = nearest(name, past)
                hint = f"did you mean '{close[0]}'?" if close else f"the recorded events are {list(past)}"
                faults.append(Fault("without", "", name, f"is not a recorded event of the network: '{name}'", hint))
        if faults:
            raise DataError(faults, source)
        # Undated edits before the first dated one are applied now; the others keep their order.
        waiting = next((i for i, e in enumerate(self.edits) if e.is_dated), len(self.edits)) if not network.edits else 0
        changed = applied(network, self.edits[:waiting])
        result = replace(
            changed,
            edits=(*network.edits, *self.edits[waiting:]),
            scenarios=(*network.scenarios, self.name),
            without=tuple(dict.fromkeys((*network.without, *self.without))),
            trade=(*network.trade, *self.demand),
            spans=(*network.spans, (self.name, *self.span)),
            digest=hashlib.sha256(f"{network.digest} {self!r}".encode()).hexdigest() if network.digest else "",
            baseline=network.baseline or network,
            cache={},
        )
        for year, month in result.distinct_dates():  # so that a dated edit fails now, not in its year
            check_whole(result.at(year, month), network, source)
        return result

    @staticmethod
    def of(
        name: str,
        why: str,
        edits: Sequence[Mapping[str, Any]],
        without: Sequence[str] = (),
        demand: Sequence[Mapping[str, Any]] = (),
    ) -> Scenario:
        """Return a scenario from plain data with the keys of the YAML file.

        Raises
        ------
        DataError
            If an edit has no verb or several, unknown keys, or invalid values; lists all
            such edits. `apply` checks them against a network.

        Examples
        --------
        >>> Scenario.of("wide", "what if", [{"set": "sarakhs-yard", "field": "capacity", "to": 400}]).name
        'wide'
        """
        if not isinstance(edits, Sequence) or isinstance(edits, str):
            raise DataError(Fault("scenario", "edits", repr(edits), f"is {edits!r}", "give a list of edits"))
        faults: list[Fault] = []
        if isinstance(without, str) or not all(isinstance(w, str) and w for w in without):
            faults.append(Fault("scenario", "without", repr(without), f"is {without!r}", "give a list of names"))
        parsed = [e for i, raw in enumerate(edits, 1) if (e := _edit(raw, f"edit {i}", faults)) is not None]
        trade = []
        for i, raw in enumerate(demand, 1):
            span = _years(raw.get("years") if isinstance(raw, Mapping) else None, f"demand {i}", faults)
            trade.append(trade_edit(raw, f"demand {i}", span, faults))
        if faults:
            raise DataError(faults, f"scenario '{name}'")
        return Scenario(str(name), str(why), tuple(parsed), tuple(without), tuple(t for t in trade if t is not None))


def _edit(raw: object, where: str, faults: list[Fault]) -> Edit | None:
    if not isinstance(raw, Mapping):
        faults.append(Fault(where, "", repr(raw), f"is {raw!r}", "give a mapping such as {close: some-id}"))
        return None
    verbs = [v for v in VERBS if v in raw]
    if len(verbs) != 1:
        message = "has no verb, or several"
        faults.append(Fault(where, "", sorted(map(str, raw)), message, f"give one of {', '.join(VERBS)}"))
        return None
    verb = verbs[0]
    faults.extend(_wrong_keys(raw, where, verb))
    first, last = _years(raw.get("years"), where, faults)
    months = _months(raw.get("months"), where, faults)
    return Edit(
        verb=verb,
        target=copy.deepcopy(raw[verb]),
        field=str(raw.get("field", "")),
        value=raw.get("to") if verb == "set" else raw.get("by"),
        geometry=_points(raw.get("geometry"), where, faults),
        first_year=first,
        last_year=last,
        months=months,
    )


def _wrong_keys(raw: Mapping[str, Any], where: str, verb: str) -> Iterator[Fault]:
    known = {verb, *KEYS[verb], *COMMON}
    for key in raw:
        if key not in known:
            close = nearest(str(key), known)
            hint = f"did you mean '{close[0]}'?" if close else f"give {', '.join(sorted(known))}"
            yield Fault(where, str(key), repr(raw[key]), "is not a key here", hint)
    if verb in ("set", "scale"):
        for key in sorted(KEYS[verb] - set(raw)):
            yield Fault(where, key, None, "is missing", f"{verb} needs {' and '.join(sorted(KEYS[verb]))}")
    if verb == "scale" and "by" in raw:
        by = raw["by"]
        if not is_number(by) or by < 0:
            yield Fault(where, "by", repr(by), f"is {by!r}", "give a factor, 0 or more")


def _points(value: object, where: str, faults: list[Fault]) -> tuple[tuple[float, float], ...]:
    if value is None:
        return ()
    try:
        points = [tuple(p) for p in value]  # type: ignore[attr-defined]
        if not all(len(p) == 2 and is_number(p[0]) and is_number(p[1]) for p in points):
            raise ValueError
        return tuple((float(x), float(y)) for x, y in points)
    except (TypeError, ValueError):
        faults.append(Fault(where, "geometry", repr(value), "cannot be understood", "give [[lon, lat], ...]"))
        return ()


def _years(value: object, where: str, faults: list[Fault]) -> tuple[int, int]:
    """Return first and last year of a year, a list of consecutive years, or a text such as 2028-."""
    if value is None:
        return 0, ALWAYS
    first, last = _span(value)
    inside = all(y in (0, ALWAYS) or YEARS[0] <= y <= YEARS[1] for y in (first, last))
    if first <= last and inside:
        return first, last
    fix = f"give a year from {YEARS[0]} to {YEARS[1]}, consecutive years, or 2028-"
    faults.append(Fault(where, "years", repr(value)[:60], f"is {str(value)[:40]!r}", fix))
    return 0, ALWAYS


def _span(value: object) -> tuple[int, int]:
    """Return first and last year; (1, 0) if the value is not valid."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value, value
    if isinstance(value, list) and value and all(isinstance(y, int) and not isinstance(y, bool) for y in value):
        years: list[int] = sorted(set(value))
        return (years[0], years[-1]) if years[-1] - years[0] == len(value) - 1 else (1, 0)
    match = re.fullmatch(r"\s*(\d{4})?\s*[-–]\s*(\d{4})?\s*", str(value))
    return (int(match[1] or 0), int(match[2] or ALWAYS)) if match and any(match.groups()) else (1, 0)


def _months(value: object, where: str, faults: list[Fault]) -> tuple[int, ...]:
    if value is None:
        return ()
    months = value if isinstance(value, list) else [value]
    if months and all(isinstance(m, int) and not isinstance(m, bool) and 1 <= m <= 12 for m in months):
        return tuple(sorted(set(months)))
    faults.append(Fault(where, "months", repr(value), f"is {value!r}", "give months 1 to 12"))
    return ()
