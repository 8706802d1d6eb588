"""Provenance of an answer: version, question, network, options with the seed, and one hash of all these.

Public functions are decorated with `with_provenance`. Every answer's `to_dict` contains the record as `provenance`,
so that a published number can be traced and computed again (`corridor rerun`).
"""

from __future__ import annotations

import hashlib
import inspect
import logging
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from corridor.displayable import with_old_keys
from corridor.model.arguments import coerced_arguments, signature
from corridor.model.edits import ALWAYS
from corridor.version import __version__

notes = logging.getLogger("corridor.notes")  # commands print them; in Python they stand in the record
P = ParamSpec("P")
Answer = TypeVar("Answer")
FILES = {"file", "scenarios"}  # options that may name files: their content counts
SILENT = ("network", "workers", "executor", "progress")  # options that do not affect the answer


def with_provenance(question: Callable[P, Answer]) -> Callable[P, Answer]:
    """Let a function record the provenance of its answers; it also applies `coerce_arguments`."""

    @wraps(question)
    def wrapper(*args: P.args, **options: P.kwargs) -> Answer:
        positional, named = coerced_arguments(question, args, options)
        answer = question(*positional, **named)
        bound = signature(question).bind(*positional, **named)
        bound.apply_defaults()
        record = _record(question, bound.arguments)
        if idle := _without_effect(bound.arguments, answer):
            record = {**record, "without_effect": idle}
        if hasattr(answer, "attrs"):  # a table
            answer.attrs["provenance"] = record
        else:
            object.__setattr__(answer, "provenance", record)  # frozen: set past the dataclass
        return answer

    return wrapper


def provenance_entry(answer: object) -> dict[str, Any]:
    """Return the record with its key; empty for an answer that no public function returned."""
    record = answer.attrs.get("provenance") if hasattr(answer, "attrs") else getattr(answer, "provenance", None)
    return {} if record is None else with_old_keys({"provenance": record})


def with_changed_options(answer: Answer, source: object, **options: object) -> Answer:
    """Return a derived answer with the record of its source and changed options."""
    record = getattr(source, "provenance", None)
    if record is not None:
        changed = {**record, "options": {**record["options"], **options}}
        object.__setattr__(answer, "provenance", _hashed(changed))
    return answer


def _record(question: Callable[..., Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    network = arguments["network"]
    values: dict[str, Any] = {}
    for name, value in arguments.items():
        values |= value if signature(question).parameters[name].kind is inspect.Parameter.VAR_KEYWORD else {name: value}
    inputs = {k: _plain(v) for k, v in values.items() if k not in SILENT and v is not None}
    for name in FILES & inputs.keys():
        inputs[name] = [_named(v) for v in inputs[name]] if isinstance(inputs[name], list) else _named(inputs[name])
    data = network.digest[:16] or network.fingerprint()
    return _hashed({"corridor": __version__, "question": question.__name__, "data": data, "options": inputs})


def _without_effect(arguments: Mapping[str, Any], answer: object) -> list[dict[str, Any]]:
    """Return the scenarios that change nothing in the years of an answer, and when they act; note them."""
    network = arguments["network"]
    first, last = _years(arguments, answer)
    found = []
    for name, begin, end in network.spans:
        if last < begin or first > end:
            found.append({"scenario": name, "first_year": begin, "last_year": end if end < ALWAYS else None})
            acts = f"from {begin}" if end >= ALWAYS else f"in {begin}" if begin == end else f"from {begin} to {end}"
            notes.info("scenario '%s' changes nothing in %d: it acts %s", name, last, acts)
    return found


def _years(arguments: Mapping[str, Any], answer: object) -> tuple[int, int]:
    """Return the first and the last year that an answer is about."""
    if hasattr(answer, "attrs"):  # a table has a column of years, or one year that was given
        table: Any = answer
        years = [int(y) for y in table["year"].dropna()] if "year" in table and not arguments.get("year") else []
    else:
        years = [y.year for y in getattr(answer, "years", ()) if hasattr(y, "year")]
        years = years or [y for y in [getattr(answer, "year", None)] if y]
    if not years:
        depart = str(arguments.get("depart") or "")[:4]
        years = [int(arguments.get("year") or depart or arguments["network"].base_year)]
    return min(years), max(years)


def _hashed(record: dict[str, Any]) -> dict[str, Any]:
    parts = [record[k] for k in ("corridor", "question", "data", "options")]
    return {**record, "inputs": hashlib.sha256(repr(parts).encode("utf-8", "replace")).hexdigest()[:16]}


def _plain(value: Any) -> Any:
    """Return an option as plain data for JSON; tables and demands as a hash of their content."""
    if isinstance(value, str | bool | int | float | None):
        return value
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return f"{type(value).__name__} {_content(value)}" if is_dataclass(value) else str(value)


def _named(file: str) -> str:
    """Return the name of a file with a hash of its content; other names unchanged."""
    path = Path(file)
    return f"{file} {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}" if path.is_file() else file


def _content(value: object) -> str:
    """Return a hash of the fields of a dataclass, arrays by their bytes."""
    digest = hashlib.sha256()

    def add(x: Any) -> None:
        if is_dataclass(x) and not isinstance(x, type):
            for f in fields(x):
                add(getattr(x, f.name))
        elif hasattr(x, "tobytes"):
            digest.update(f"{x.dtype} {x.shape}".encode() + x.tobytes())
        elif isinstance(x, list | tuple):
            digest.update(f"({len(x)}".encode())
            for item in x:
                add(item)
        else:
            digest.update(repr(x).encode("utf-8", "replace"))

    add(value)
    return digest.hexdigest()[:16]
