"""Checks of a network, one function per rule; every fault is found before anything is refused."""

from __future__ import annotations

import difflib
import math
from collections import Counter
from collections.abc import Iterator

from corridor.errors import Fault
from corridor.model.draft import Draft, Record, Rule, each
from corridor.model.fields import BASES, BY_FEATURE, CLASSES, FIGURE_SUFFIXES, Field
from corridor.model.relations import RELATION_RULES


def check_draft(draft: Draft) -> list[Fault]:
    """Return every fault of a network, errors first.

    Rules that look at relations run only on what is well formed by itself, so
    that one slip is not reported five times.
    """
    faults = [fault for rule in FORM_RULES for fault in rule(draft)]
    if not any(f.severity == "error" for f in faults):
        faults += [fault for rule in RELATION_RULES for fault in rule(draft)]
    return sorted(faults, key=lambda f: f.severity != "error")


def check_values(draft: Draft) -> Iterator[Fault]:
    """Every value has its field's type, unit range and choice; what is required is there."""
    for kind, where, record in each(draft):
        for field in BY_FEATURE[kind].values():
            value = record.get(field.name)
            if value is None:
                if field.required:
                    yield Fault(where, field.name, None, "is missing", f"give {_expected(field)}")
                continue
            yield from _value_faults(where, field, field.name, value)
            if field.is_figure:
                yield from _figure_faults(where, field, record)


def _value_faults(where: str, field: Field, name: str, value: object) -> Iterator[Fault]:
    if field.kind == "number":
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield Fault(where, name, value, f"is {value!r}, not a number", f"give {_expected(field)}")
        elif not math.isfinite(value):
            yield Fault(where, name, repr(value), f"is {value}", f"give {_expected(field)}, or leave it out if unknown")
        elif value < field.low or value > field.high or (field.strict_low and value == field.low):
            yield Fault(where, name, value, f"is {value:g}", f"expected {_expected(field)}")
    elif field.kind == "months":
        good = (
            isinstance(value, list)
            and value
            and all(isinstance(m, int) and not isinstance(m, bool) and 1 <= m <= 12 for m in value)
        )
        if not good:
            yield Fault(where, name, value, f"is {value!r}", "give a list of months 1 to 12, or leave it out")
    elif field.kind == "list":
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            yield Fault(where, name, value, f"is {value!r}", "give a list of texts")
    elif not isinstance(value, str) or not value.strip():
        yield Fault(where, name, value, f"is {value!r}, not a text", f"give {_expected(field)}")
    elif field.kind == "choice" and value not in field.choices:
        close = difflib.get_close_matches(value, field.choices, n=1)
        hint = f"did you mean '{close[0]}'" if close else f"give one of {', '.join(field.choices)}"
        yield Fault(where, name, value, f"is '{value}'", hint)


def _figure_faults(where: str, field: Field, record: Record) -> Iterator[Fault]:
    value = record[field.name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    for suffix in ("_low", "_high"):
        bound = record.get(field.name + suffix)
        if bound is None:
            continue
        if isinstance(bound, bool) or not isinstance(bound, int | float) or not math.isfinite(bound):
            yield Fault(where, field.name + suffix, bound, f"is {bound!r}", "give a number, or leave it out")
        elif (bound > value) if suffix == "_low" else (bound < value):
            side = "above" if suffix == "_low" else "below"
            yield Fault(
                where,
                field.name + suffix,
                bound,
                f"is {bound:g}, {side} the value {value:g}",
                "the range must hold the value",
            )
    basis = record.get(f"{field.name}_basis")
    if basis not in BASES:
        yield Fault(
            where,
            f"{field.name}_basis",
            basis,
            "is missing" if basis is None else f"is {basis!r}",
            f"say what the number rests on: {', '.join(BASES)}",
        )


def _expected(field: Field) -> str:
    if field.kind == "choice":
        return f"one of {', '.join(field.choices)}"
    if field.kind != "number":
        return f"{'a' if field.kind == 'text' else 'a list of'} text: {field.meaning}"
    sign = "above" if field.strict_low else "from"
    low = f" {sign} {field.low:g}" if math.isfinite(field.low) else ""
    high = f" to {field.high:g}" if math.isfinite(field.high) else ""
    return f"a number{low}{high}{' ' + field.unit if field.unit else ''}"


def check_names_of_fields(draft: Draft) -> Iterator[Fault]:
    """A property that is nearly the name of a field is a slip, not an addition."""
    for kind, where, record in each(draft):
        known = BY_FEATURE[kind]
        full = {name + s for name, f in known.items() if f.is_figure for s in ("", *FIGURE_SUFFIXES)}
        full |= set(known) | {"feature", "uses"}
        for name in record:
            if name in full:
                continue
            close = difflib.get_close_matches(name, sorted(full), n=1, cutoff=0.84)
            if close:
                yield Fault(where, name, record[name], "is not a field", f"did you mean '{close[0]}'?")


def check_unique_ids(draft: Draft) -> Iterator[Fault]:
    """An id names one thing."""
    counts = Counter(record["id"] for _, _, record in each(draft) if isinstance(record.get("id"), str))
    for name, count in sorted(counts.items()):
        if count > 1:
            yield Fault(f"id '{name}'", "id", name, f"stands for {count} features", "give each its own id")


def check_positions(draft: Draft) -> Iterator[Fault]:
    """Coordinates are longitude, latitude on the earth."""
    for kind in ("node", "link", "transfer"):
        for record in draft.records[kind]:
            name = record.get("id")
            points = draft.geometry.get(name, ()) if isinstance(name, str) else ()
            if not points and kind != "transfer":
                yield Fault(
                    f"{kind} '{name}'",
                    "geometry",
                    None,
                    "is missing",
                    "give a Point for a node, a LineString for a link",
                )
            for lon, lat in points:
                if not (math.isfinite(lon) and math.isfinite(lat)) or abs(lon) > 180 or abs(lat) > 90:
                    swapped = abs(lat) <= 180 and abs(lon) <= 90
                    hint = "swap them: longitude comes first" if swapped else "give longitude, latitude in degrees"
                    yield Fault(f"{kind} '{name}'", "geometry", [lon, lat], f"has a point at ({lon:g}, {lat:g})", hint)
                    break


def check_header(draft: Draft) -> Iterator[Fault]:
    """The file says what it is, and carries the prices and cargoes that answers need."""
    header = draft.header
    if header.get("schema") != 1:
        yield Fault("corridor", "schema", header.get("schema"), f"is {header.get('schema')!r}", "expected 1")
    for name in ("base_year", "money_year"):
        year = header.get(name)
        if not isinstance(year, int) or isinstance(year, bool) or not 1900 <= year <= 2100:
            yield Fault("corridor", name, year, f"is {year!r}", "give a year")
    if not isinstance(header.get("name"), str):
        yield Fault("corridor", "name", header.get("name"), "is missing", "give the network a name")
    if not draft.records["node"]:
        yield Fault("file", "features", None, "has no node", "a network has places")
    for name in ("tariffs", "parameters", "cargo"):
        value = header.get(name)
        if not isinstance(value, list) or not value or not all(isinstance(v, dict) for v in value):
            yield Fault(
                "corridor",
                name,
                type(value).__name__,
                "is missing",
                "copy it from the template that `corridor new` writes, and adapt it",
            )
    for name in ("frictions", "contradictions", "sources", "resources"):
        value = header.get(name, [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            yield Fault(
                "corridor", name, type(value).__name__, "is not a list of records", "give a list, or leave it out"
            )


NUMBERS_OF = {
    "tariffs": (("area", "carrier", "cargo"), ("usd_tkm", "fixed_usd_t", "discount")),
    "parameters": (("id",), ("value",)),
    "cargo": (("id", "name", "class"), ("t_per_wagon", "t_per_truck", "value_of_time_usd_t_h")),
}


def check_prices(draft: Draft) -> Iterator[Fault]:
    """Tariffs, parameters and cargoes have their keys, and finite numbers that are not negative."""
    for table, (keys, numbers) in NUMBERS_OF.items():
        records = draft.header.get(table)
        for number, record in enumerate(records if isinstance(records, list) else [], start=1):
            if not isinstance(record, dict):
                continue
            where = f"{table} no. {number} ({', '.join(str(record.get(k)) for k in keys)})"
            for key in keys:
                if not isinstance(record.get(key), str):
                    yield Fault(where, key, record.get(key), "is missing", "give a text")
            for name in numbers:
                value = record.get(name)
                if (
                    isinstance(value, bool)
                    or not isinstance(value, int | float)
                    or not math.isfinite(value)
                    or value < 0
                ):
                    yield Fault(where, name, value, f"is {value!r}", "give a number, 0 or more")
            if table == "tariffs" and isinstance(record.get("discount"), int | float) and record["discount"] > 1:
                yield Fault(
                    where,
                    "discount",
                    record["discount"],
                    f"is {record['discount']:g}",
                    "give a share from 0 to 1, not per cent",
                )
            if table == "cargo" and record.get("class") not in CLASSES:
                yield Fault(
                    where,
                    "class",
                    record.get("class"),
                    f"is {record.get('class')!r}",
                    f"give one of {', '.join(CLASSES)}",
                )


FORM_RULES: tuple[Rule, ...] = (
    check_header,
    check_prices,
    check_values,
    check_names_of_fields,
    check_unique_ids,
    check_positions,
)
