"""The query of the page; the address holds it, so that a link restores it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from corridor.errors import DataError, Fault
from corridor.routing.search import OBJECTIVES

MOST_CLOSED = 50
CLOSED = ("closed", "shut")  # in the address; the second is the name in version 0.1


@dataclass(frozen=True)
class State:
    """A query of the page: a route, a branch and its target in Mt a year, a year, and closures."""

    origin: str
    destination: str
    cargo: str
    year: int
    by: str = "generalised"
    branch: str = ""
    target_mt: float = 1.0
    closed: tuple[str, ...] = ()

    def query(self, usual: State) -> str:
        """Return the query string of the address, without the defaults of the network."""
        pairs = [
            (name, str(getattr(self, key)))
            for name, key in NAMES.items()
            if getattr(self, key) != getattr(usual, key) and key != "closed"
        ]
        return urlencode([*pairs, *(("closed", x) for x in self.closed)])


NAMES = {
    "from": "origin",
    "to": "destination",
    "cargo": "cargo",
    "by": "by",
    "year": "year",
    "branch": "branch",
    "target": "target_mt",
}


def state_of(given: Mapping[str, str], closed: tuple[str, ...], usual: State, years: range) -> State:
    """Return the state of an address; `usual` holds the defaults, `years` those of the study.

    Raises
    ------
    DataError
        If a year, an objective or a target is invalid; lists all faults.
    """
    faults = [
        Fault("address", name, value[:60], "is not a parameter here", f"give {', '.join((*NAMES, 'closed'))}")
        for name, value in given.items()
        if name not in NAMES and name not in CLOSED
    ]
    texts = {key: given[name] for name, key in NAMES.items() if name in given}
    year, target = texts.pop("year", None), texts.pop("target_mt", None)
    values: dict[str, object] = dict(texts)
    if year is not None:
        if year.isdecimal() and int(year) in years:
            values["year"] = int(year)
        else:
            faults.append(Fault("address", "year", year[:60], f"is '{year[:60]}'", f"give {years[0]} to {years[-1]}"))
    if target is not None:
        mt = _number(target)
        if mt is None or not 0 <= mt <= 1000:
            fault = Fault("address", "target", target[:60], f"is '{target[:60]}'", "give Mt a year, 0 to 1000")
            faults.append(fault)
        else:
            values["target_mt"] = mt
    if texts.get("by", "time") not in OBJECTIVES:
        faults.append(
            Fault("address", "by", texts["by"][:60], f"is '{texts['by'][:60]}'", f"give {', '.join(OBJECTIVES)}")
        )
    if len(closed) > MOST_CLOSED:
        faults.append(Fault("address", "closed", str(len(closed)), "are too many", f"close at most {MOST_CLOSED}"))
    if faults:
        raise DataError(faults)
    return replace(usual, **values, closed=tuple(dict.fromkeys(closed)))  # type: ignore[arg-type]


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value == value and abs(value) < 1e9 else None
