"""Provenance of a figure: range, basis, source rows, and contradicting figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from corridor.displayable import Displayable
from corridor.errors import DataError, Fault, UnknownIdError
from corridor.model.arguments import coerce_arguments
from corridor.model.fields import BY_FEATURE, FIGURES
from corridor.model.header import HEADER_FIELDS
from corridor.model.names import nearest
from corridor.model.network import Network, Record
from corridor.model.why_text import why_text


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of one feature with all that is known about it.

    `low` and `high` are the recorded range or, if none is recorded, the default of the
    basis (`range_is_default`).
    """

    feature: str
    field: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    range_is_default: bool
    basis: str | None
    note: str | None
    sources: tuple[Record, ...]
    contradictions: tuple[Record, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the figure as plain data."""
        return {
            "feature": self.feature,
            "field": self.field,
            "unit": self.unit,
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "range_is_default": self.range_is_default,
            "basis": self.basis,
            "note": self.note,
            "sources": [dict(s) for s in self.sources],
            "contradictions": [dict(c) for c in self.contradictions],
        }


@dataclass(frozen=True, slots=True)
class Why(Displayable):
    """Provenance of a feature: its facts and its figures."""

    id: str
    kind: str
    facts: dict[str, Any]
    figures: tuple[Figure, ...]
    contradictions: tuple[Record, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain data."""
        return {
            "id": self.id,
            "kind": self.kind,
            "facts": self.facts,
            "figures": [f.to_dict() for f in self.figures],
            "contradictions": [dict(c) for c in self.contradictions],
        }

    def __str__(self) -> str:
        return why_text(self)

    def __repr__(self) -> str:
        return f"Why {self.kind} {self.id}: {len(self.figures)} figures, {len(self.contradictions)} contradictions"


RECORDS = {"parameter": "parameters", "friction": "frictions", "cargo": "cargo_records"}
NOT_FACTS = ("id", "basis", "sources", "note")


def why_record(network: Network, name: str, field: str | None) -> Why | None:
    """Return the provenance of a header record, or None if no record has that name."""
    for kind, attribute in RECORDS.items():
        for record in getattr(network, attribute):
            if record["id"] == name:
                return _of_record(network, name, kind, record, field)
    for record in network.tariffs:
        if name == f"tariff {record['area']} {record['carrier']} {record['cargo']}":
            return _of_record(network, name, "tariff", record, field)
    if name in network.sources:
        if field is not None and field not in HEADER_FIELDS["sources"]:
            raise UnknownIdError("field of a source", field, list(HEADER_FIELDS["sources"]))
        return Why(name, "source", dict(network.sources[name]), (), ())
    return None


def _of_record(network: Network, name: str, kind: str, record: Record, field: str | None) -> Why:
    """Return the numbers of a record as figures, with its basis and sources, and the rest as facts."""
    fields = HEADER_FIELDS[kind if kind == "cargo" else f"{kind}s"]
    named = [f for f in fields if not f.endswith(("low", "high"))]
    if field is not None and field not in named:
        raise UnknownIdError(f"field of a {kind}", field, nearest(field, named) or named[:8])
    numbers = [f for f in fields if fields[f].kind == "number" and f in record and not f.endswith(("low", "high"))]
    figures = []
    for number in (n for n in numbers if n != "year" and field in (None, n)):
        stem = {"value": "", "value_of_time_usd_t_h": "value_of_time_"}.get(number, f"{number}_")
        figures.append(
            Figure(
                feature=name,
                field=number,
                unit=str(record.get("unit") or fields[number].unit),
                value=float(record[number]),
                low=record.get(f"{stem}low"),
                high=record.get(f"{stem}high"),
                range_is_default=False,
                basis=record.get("basis"),
                note=record.get("note"),
                sources=tuple(network.sources[s] for s in record.get("sources") or () if s in network.sources),
                contradictions=(),
            )
        )
    excluded = {*numbers, *(NOT_FACTS if figures else ("id",))} - {"year"}
    facts = {
        k: v for k, v in record.items() if k not in excluded and not k.endswith(("low", "high")) and field in (None, k)
    }
    against = tuple(c for c in _contradictions(network, name) if field in (None, c["field"]))
    return Why(name, kind, facts, tuple(figures), against)


@coerce_arguments
def why(network: Network, feature: str, field: str | None = None) -> Why:
    """Return the provenance of a feature, or of one of its fields.

    Parameters
    ----------
    network
        The network.
    feature
        Id of a node, link, transfer or resource, or the name of a place; also a
        parameter, rule (friction), cargo or source, or `tariff AREA CARRIER CARGO`.
    field
        One field (default: all of them).

    Returns
    -------
    Why
        Values with range, basis, source rows (publisher, date, url), and
        recorded contradictions.

    Raises
    ------
    UnknownIdError
        If the feature or the field is unknown; suggests the nearest names.

    Examples
    --------
    >>> import corridor
    >>> yard = corridor.why(corridor.load(), "sarakhs-yard", "capacity")
    >>> yard.figures[0].low <= yard.figures[0].value <= yard.figures[0].high
    True
    """
    faults = [
        Fault("option", name, repr(value), f"is {value!r}", "give a name")
        for name, value in (("feature", feature), ("field", field))
        if not isinstance(value, str) and (value is not None or name == "feature")
    ]
    if faults:
        raise DataError(faults)
    network = network.at(network.base_year)  # with the scenario edits of that year
    try:
        kind, table, position = network.find(feature)
    except UnknownIdError:
        found = why_record(network, feature, field)
        if found is not None:
            return found
        try:
            feature = network.names.resolve(feature)
        except UnknownIdError as by_name:
            if by_name.ambiguous:
                raise
            every = [i for t in network.tables.values() for i in t.ids]
            every += [str(r["id"]) for a in RECORDS.values() for r in getattr(network, a)]
            close = list(dict.fromkeys([*nearest(feature, every), *by_name.suggestions]))
            raise UnknownIdError("id or place", feature, close[:4]) from None
        kind, table, position = network.find(feature)
    record = table.row(position)
    fields = BY_FEATURE[kind]
    if field is not None and field not in fields:
        raise UnknownIdError(f"field of a {kind}", field, nearest(field, fields) or list(fields)[:8])
    wanted = [f for f in FIGURES[kind] if field in (None, f) and (field == f or f in record)]
    facts = {k: record[k] for k in fields if k in record and k not in FIGURES[kind] and field in (None, k)}
    against = tuple(c for c in _contradictions(network, feature) if field in (None, c["field"]))
    return Why(feature, kind, facts, tuple(_figure(network, kind, record, f) for f in wanted), against)


def _contradictions(network: Network, feature: str) -> list[Record]:
    """Return the contradictions of a feature; those of a resource include those of the features that use it."""
    names = {feature, *(str(u["feature"]) for u in network.uses.get(feature, ()))}
    return [c for c in network.contradictions if c["feature"] in names]


def _figure(network: Network, kind: str, record: dict[str, Any], name: str) -> Figure:
    value = record.get(name)
    basis = record.get(f"{name}_basis")
    low, high = record.get(f"{name}_low"), record.get(f"{name}_high")
    is_default = low is None and high is None
    if value is not None and basis is not None:
        low = value * network.parameter[f"range_low.{basis}"] if low is None else low
        high = value * network.parameter[f"range_high.{basis}"] if high is None else high
    spec = BY_FEATURE[kind][name]
    unit = spec.unit
    if kind == "resource":
        unit = f"{record['unit']} a {record['per']}"
    return Figure(
        record["id"],
        name,
        unit,
        value,
        low,
        high,
        is_default,
        basis,
        record.get(f"{name}_note"),
        tuple(network.sources[s] for s in record.get(f"{name}_sources", ())),
        tuple(c for c in _contradictions(network, record["id"]) if c["field"] == name),
    )
