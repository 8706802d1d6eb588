"""Checks of a network, one function per rule; all faults are collected before the network is refused."""

from __future__ import annotations

import difflib
import json
import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from corridor.errors import Fault
from corridor.model.fields import BASES, BY_FEATURE, FIGURE_SUFFIXES, NEAR_ZERO, Field
from corridor.model.header import HEADER, HEADER_FIELDS, REQUIRED_TABLES, UNIQUE_KEYS, USE_FIELDS, YEARS
from corridor.model.raw_network import RawNetwork, Record, Rule, each
from corridor.model.relations import END_RULES, RELATION_RULES
from corridor.model.screenline_checks import check_branches, check_screenlines


def check_raw_network(raw: RawNetwork, new: RawNetwork | None = None) -> list[Fault]:
    """Return every fault of a network, errors first.

    Rules about relations run only if every record is well formed and has its ends, so
    that one mistake is not reported several times. If all records but those of `new`
    passed before, the rules about single records check only `new`.
    """
    faults: list[Fault] = []
    for rules in (FORM_RULES, END_RULES, (*RELATION_RULES, check_screenlines, check_branches)):
        for rule in rules:
            faults += rule(new if new is not None and rule in RULES_OF_ONE_RECORD else raw)
        if any(f.severity == "error" for f in faults):
            break
    return sorted(faults, key=lambda f: f.severity != "error")


def check_characters(raw: RawNetwork) -> Iterator[Fault]:
    """Every text can be written as UTF-8; an unpaired surrogate cannot."""
    everything = [*each(raw), ("header", "corridor", raw.header)]
    for _, where, record in everything:
        if _is_writable(record):
            continue
        for name, value in record.items():
            if not _is_writable({name: value}):
                yield Fault(
                    where,
                    ascii(name)[1:-1],
                    ascii(value)[:60],
                    "contains an incomplete character",
                    "write the file as UTF-8",
                )


def _is_writable(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False, default=str, skipkeys=True).encode()
    except UnicodeEncodeError:
        return False
    return True


def is_number(value: object) -> bool:
    """Whether a value is a finite number that a float can hold; booleans and NaN are not."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond 1e308
        return False


def check_values(raw: RawNetwork) -> Iterator[Fault]:
    """Every value has the type, range and choices of its field; required values are present."""
    for kind, where, record in each(raw):
        yield from record_faults(where, record, BY_FEATURE[kind])


def record_faults(where: str, record: Record, fields: Mapping[str, Field]) -> Iterator[Fault]:
    """Return what is wrong with the values of one record."""
    for field in fields.values():
        value = record.get(field.name)
        if value is None:
            if field.required:
                yield Fault(where, field.name, None, "is missing", f"give {_expected(field)}")
            continue
        yield from value_faults(where, field, field.name, value)
        if field.is_figure and is_number(value):
            yield from _figure_faults(where, field, record)


def value_faults(where: str, field: Field, name: str, value: object) -> Iterator[Fault]:
    """Return what is wrong with one value of a field."""
    if field.kind == "number":
        yield from _number_faults(where, field, name, value)
    elif field.kind == "flag":
        if not isinstance(value, bool):
            yield Fault(where, name, repr(value), f"is {value!r}", "give true or false")
    elif field.kind == "months":
        months = value if isinstance(value, list) else []
        whole = all(isinstance(m, int) and not isinstance(m, bool) and 1 <= m <= 12 for m in months)
        if not months or not whole or len(set(months)) < len(months):
            fix = "give a list of different months 1 to 12, or leave it out"
            yield Fault(where, name, repr(value), f"is {value!r}", fix)
    elif field.kind == "list":
        good = isinstance(value, list) and all(isinstance(v, str) and v.strip() and v.isprintable() for v in value)
        if not good:
            yield Fault(where, name, repr(value), f"is {value!r}", "give a list of texts")
        elif field.required and not value:
            yield Fault(where, name, repr(value), "is empty", f"give {_expected(field)}")
    else:
        yield from _text_faults(where, field, name, value)


def _text_faults(where: str, field: Field, name: str, value: object) -> Iterator[Fault]:
    if not isinstance(value, str) or not value.strip():
        yield Fault(where, name, repr(value), f"is {value!r}, not a text", f"give {_expected(field)}")
    elif name != "note" and (not value.isprintable() or value != value.strip()):
        yield Fault(where, name, repr(value), f"is {value!r}", "remove control characters and outer spaces")
    elif field.kind == "choice" and value not in field.choices:
        close = difflib.get_close_matches(value, field.choices, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"give one of {', '.join(field.choices)}"
        yield Fault(where, name, value, f"is '{value}'", hint)


def _number_faults(where: str, field: Field, name: str, value: object) -> Iterator[Fault]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield Fault(where, name, repr(value), f"is {value!r}, not a number", f"give {_expected(field)}")
    elif not is_number(value):
        text = f"{value}" if isinstance(value, float) else "too large"
        fix = f"give {_expected(field)}, or leave it out if unknown"
        yield Fault(where, name, text, f"is {text}", fix)
    elif value < field.low or value > field.high or (field.strict_low and value < NEAR_ZERO):
        yield Fault(where, name, value, f"is {value:g}", f"expected {_expected(field)}")
    elif field.whole and value != int(value):
        yield Fault(where, name, value, f"is {value:g}", f"expected a whole number: {_expected(field)}")


def _figure_faults(where: str, field: Field, record: Record) -> Iterator[Fault]:
    value = record[field.name]
    for suffix in ("_low", "_high"):
        name = field.name + suffix
        bound = record.get(name)
        if bound is None:
            continue
        if not is_number(bound):
            yield Fault(where, name, repr(bound), f"is {bound!r}", "give a number, or leave it out")
        elif (bound > value) if suffix == "_low" else (bound < value):
            side = "above" if suffix == "_low" else "below"
            message = f"is {bound:g}, {side} the value {value:g}"
            yield Fault(where, name, bound, message, "the range must contain the value")
    basis = record.get(f"{field.name}_basis")
    if basis not in BASES:
        message = "is missing" if basis is None else f"is {basis!r}"
        fix = f"give the basis of the number: {', '.join(BASES)}"
        yield Fault(where, f"{field.name}_basis", repr(basis), message, fix)
    for suffix, kind in (("_sources", "list"), ("_note", "text")):
        beside = record.get(field.name + suffix)
        if beside is not None:
            spec = Field(field.feature, field.name + suffix, kind, meaning="ids of sources")  # type: ignore[arg-type]
            yield from value_faults(where, spec, "note" if kind == "text" else spec.name, beside)


def _expected(field: Field) -> str:
    if field.kind == "choice":
        return f"one of {', '.join(field.choices)}"
    if field.kind != "number":
        return f"{'a' if field.kind == 'text' else 'a list of'} text: {field.meaning}"
    sign = "above" if field.strict_low else "from"
    low = f" {sign} {field.low:g}" if math.isfinite(field.low) else ""
    high = f" to {field.high:g}" if math.isfinite(field.high) else ""
    return f"a number{low}{high}{' ' + field.unit if field.unit else ''}"


def check_names_of_fields(raw: RawNetwork) -> Iterator[Fault]:
    """A property with almost the name of a field is a misspelling; additional properties are finite."""
    known = {kind: _names_of(fields) for kind, fields in BY_FEATURE.items()}
    for kind, where, record in each(raw):
        yield from name_faults(where, record, known[kind])
    for table, header_fields in HEADER_FIELDS.items():
        for where, record in _header_records(raw, table):
            yield from name_faults(where, record, header_fields)
    yield from name_faults("corridor", raw.header, {*HEADER, *HEADER_FIELDS, "resources"})


def _names_of(fields: Mapping[str, Field]) -> frozenset[str]:
    """Return every property name that a record of these fields may have."""
    full = {name + s for name, f in fields.items() if f.is_figure for s in ("", *FIGURE_SUFFIXES)}
    return frozenset({*full, *fields, "feature", "uses"})


def name_faults(where: str, record: Record, known: Collection[str]) -> Iterator[Fault]:
    """Return faults of properties with almost a known name, and of additional values that no file can store."""
    others = {name: value for name, value in record.items() if name not in known}
    if not others:
        return
    plain = {n.casefold(): n for n in sorted(known)}
    for name, value in others.items():
        close = difflib.get_close_matches(str(name).casefold(), list(plain), n=1, cutoff=0.82)
        if close:
            yield Fault(where, str(name), repr(value), "is not a field", f"did you mean '{plain[close[0]]}'?")
        elif not _is_finite(value):
            yield Fault(where, str(name), repr(value), "contains NaN or infinity", "give finite numbers")


def _is_finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, Mapping):
        return all(_is_finite(v) for v in value.values())
    return all(_is_finite(v) for v in value) if isinstance(value, list) else True


def check_unique_ids(raw: RawNetwork) -> Iterator[Fault]:
    """Ids are unique, and so are the keys of header records."""
    counts = Counter(r["id"] for _, _, r in each(raw) if isinstance(r.get("id"), str))
    for name, count in sorted(counts.items()):
        if count > 1:
            yield Fault(f"id '{name}'", "id", name, f"is used by {count} features", "give each feature its own id")
    for table, keys in UNIQUE_KEYS.items():
        found = Counter(tuple(str(r.get(k)) for k in keys) for _, r in _header_records(raw, table))
        for key, count in sorted(found.items()):
            if count > 1:
                shown = ", ".join(key)
                yield Fault(table, ", ".join(keys), shown, f"has {count} records for {shown}", "keep one of them")


def check_countries(raw: RawNetwork) -> Iterator[Fault]:
    """A country code is two capital letters."""
    for record in raw.records["node"]:
        country = record.get("country")
        if isinstance(country, str) and not re.fullmatch("[A-Z]{2}", country):
            fix = "give the two capital letters of ISO 3166-1, such as KZ"
            yield Fault(f"node '{record.get('id')}'", "country", country, f"is '{country}'", fix)


def check_positions(raw: RawNetwork) -> Iterator[Fault]:
    """Coordinates are longitude and latitude, in their ranges."""
    for kind in ("node", "link", "transfer"):
        for record in raw.records[kind]:
            name = record.get("id")
            points = raw.geometry.get(name, ()) if isinstance(name, str) else ()
            where = f"{kind} '{name}'"
            if not points and kind != "transfer":
                fix = "give a Point for a node, a LineString for a link"
                yield Fault(where, "geometry", None, "is missing", fix)
            for lon, lat in points:
                if not (math.isfinite(lon) and math.isfinite(lat)) or abs(lon) > 180 or abs(lat) > 90:
                    swapped = abs(lat) <= 180 and abs(lon) <= 90
                    hint = "swap them: longitude comes first" if swapped else "give longitude, latitude in degrees"
                    yield Fault(where, "geometry", repr([lon, lat]), f"has a point at ({lon:g}, {lat:g})", hint)
                    break


def check_header(raw: RawNetwork) -> Iterator[Fault]:
    """The header describes the network and has the prices and cargoes that answers need."""
    header = raw.header
    if header.get("schema") is True or header.get("schema") != 1:
        yield Fault("corridor", "schema", repr(header.get("schema")), f"is {header.get('schema')!r}", "expected 1")
    for name, first in (("base_year", YEARS[0]), ("money_year", 1900)):
        year = header.get(name)
        if not isinstance(year, int) or isinstance(year, bool) or not first <= year <= YEARS[1]:
            yield Fault("corridor", name, repr(year), f"is {year!r}", f"give a year from {first} to {YEARS[1]}")
    for name, value in header.items():
        if not isinstance(value, list) and not _is_finite(value):
            yield Fault("corridor", name, repr(value), "contains NaN or infinity", "give finite numbers")
    title = header.get("name")
    if not isinstance(title, str) or not title.strip() or not title.isprintable():
        message = "is missing" if title is None else f"is {title!r}"
        yield Fault("corridor", "name", repr(title), message, "name the network")
    if not raw.records["node"]:
        yield Fault("file", "features", None, "has no nodes", "add at least one node")
    for table in (*HEADER_FIELDS, "resources"):
        value = header.get(table)
        if value is None and table not in REQUIRED_TABLES:
            continue
        if not isinstance(value, list) or not all(isinstance(v, Mapping) for v in value):
            message = "is missing" if value is None else "is not a list of records"
            fix = "copy it from the template that `corridor new` writes and adapt it"
            yield Fault("corridor", table, type(value).__name__, message, fix)
        elif table in REQUIRED_TABLES and not value:
            yield Fault("corridor", table, "[]", "is empty", "add records as in the template of `corridor new`")


def check_history(raw: RawNetwork) -> Iterator[Fault]:
    """The recorded events are a list of scenario names."""
    history = raw.header.get("history", [])
    if not isinstance(history, list) or not all(isinstance(h, str) and h for h in history):
        yield Fault("corridor", "history", repr(history), f"is {history!r}", "give a list of scenario names")


def check_header_values(raw: RawNetwork) -> Iterator[Fault]:
    """The records of the header tables have the values that their fields require."""
    for table, fields in HEADER_FIELDS.items():
        for where, record in _header_records(raw, table):
            yield from record_faults(where, record, fields)


def check_uses_by_form(raw: RawNetwork) -> Iterator[Fault]:
    """The uses of a resource are a list of records with known keys."""
    for record in raw.records["resource"]:
        where = f"resource '{record.get('id')}'"
        uses = record.get("uses")
        if not isinstance(uses, list) or not uses or not all(isinstance(u, Mapping) for u in uses):
            message = "is missing" if not uses else "is not a list of records"
            yield Fault(where, "uses", repr(uses), message, "list the links and transfers that use it")
            continue
        for use in uses:
            yield from record_faults(f"{where} uses", dict(use), USE_FIELDS)
            for key in sorted(set(map(str, use)) - set(USE_FIELDS)):
                close = difflib.get_close_matches(key, list(USE_FIELDS), n=1)
                hint = f"did you mean '{close[0]}'?" if close else f"give {', '.join(USE_FIELDS)}"
                yield Fault(f"{where} uses", key, repr(use.get(key)), "is not a key here", hint)


def _header_records(raw: RawNetwork, table: str) -> Iterator[tuple[str, Record]]:
    records = raw.header.get(table)
    keys = UNIQUE_KEYS.get(table, ("feature", "field"))
    for number, record in enumerate(records if isinstance(records, list) else [], start=1):
        if isinstance(record, Mapping):
            shown = ", ".join(str(record.get(k)) for k in keys)
            yield f"{table} no. {number} ({shown})", dict(record)


RULES_OF_ONE_RECORD: tuple[Rule, ...] = (
    check_characters,
    check_header_values,
    check_values,
    check_uses_by_form,
    check_names_of_fields,
    check_countries,
)
FORM_RULES: tuple[Rule, ...] = (check_header, check_history, *RULES_OF_ONE_RECORD, check_unique_ids, check_positions)
