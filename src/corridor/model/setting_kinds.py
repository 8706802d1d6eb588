"""The kinds of values that `study.yaml` may have, and the check of one of its mappings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from corridor.errors import Fault
from corridor.model.checks import is_number
from corridor.model.header import YEARS
from corridor.model.names import nearest


def _is_year(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and YEARS[0] <= value <= YEARS[1]


KINDS: dict[str, Callable[[Any], bool]] = {
    "text": lambda v: isinstance(v, str) and v.strip() != "" and v.isprintable(),
    "number": lambda v: is_number(v) and v >= 0,
    "number above 0": lambda v: is_number(v) and v > 0,
    "true or false": lambda v: isinstance(v, bool),
    "year": _is_year,
    "mapping": lambda v: isinstance(v, Mapping),
    "list of mappings": lambda v: isinstance(v, list) and len(v) > 0 and all(isinstance(x, Mapping) for x in v),
    "list of texts": lambda v: isinstance(v, list) and all(isinstance(x, str) for x in v) and len(set(v)) == len(v),
    "lists of texts": lambda v: (
        isinstance(v, Mapping) and all(isinstance(k, str) and KINDS["list of texts"](x) for k, x in v.items())
    ),
    "list of years": lambda v: isinstance(v, list) and all(map(_is_year, v)),
    "list of four numbers": lambda v: isinstance(v, list) and len(v) == 4 and all(map(is_number, v)),
}


def checked_mapping(content: object, where: str, known: Mapping[str, str], faults: list[Fault]) -> Mapping[str, Any]:
    """Return the valid entries of a mapping of `study.yaml`; the others are faults.

    `known` has the kind of each key. What is no mapping is a fault only at the top, where `where` is empty:
    elsewhere the mapping that holds it has said so.
    """
    if not isinstance(content, Mapping):
        if where == "":
            faults.append(Fault("study.yaml", "", None, "is not a mapping", "give name: and years:"))
        return {}
    found = {}
    for key, value in content.items():
        name = f"{where}.{key}".strip(".")
        if key not in known:
            close = nearest(str(key), known)
            hint = f"did you mean '{close[0]}'?" if close else f"give {', '.join(known)}"
            faults.append(Fault("study.yaml", name, None, "is not a setting", hint))
        elif not KINDS[known[key]](value):
            faults.append(Fault("study.yaml", name, repr(value)[:60], f"is not a {known[key]}", f"give a {known[key]}"))
        else:
            found[key] = value
    return found
