"""The errors of the package, in three kinds.

CorridorError
├─ DataError (ValueError)         the input is wrong; carries every fault at once
├─ UnknownIdError (LookupError)   a name that matches nothing, or more than one thing
└─ NoAnswerError                  a valid query without an answer; says why
   ├─ NoRouteError                lists what blocks
   └─ ConvergenceError            a solver stopped before it converged
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST_SIGNS = 600  # characters of one message
MOST_LINES = 100  # faults listed in a message; `faults` holds all


def readable(text: str, most: int = MOST_SIGNS) -> str:
    """Return a text of limited length without control characters: it may come from an untrusted file."""
    short = text if len(text) <= most else f"{text[: most - 1]}…"
    return (
        short if short.isprintable() else "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in short)
    )


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of an input: where it is, the value found, and how to correct it."""

    where: str
    field: str
    value: object
    message: str
    fix: str
    severity: str = "error"

    def __str__(self) -> str:
        place = f"{self.where}: {self.field}" if self.field else self.where
        return f"{readable(place)} {readable(self.message)}; {readable(self.fix)}"

    def to_dict(self) -> dict[str, object]:
        """Return the fault as plain data for JSON."""
        value = self.value
        if not isinstance(value, str | int | bool | type(None)):
            value = repr(value)
        return {
            "severity": self.severity,
            "where": readable(self.where),
            "field": readable(self.field),
            "value": readable(value) if isinstance(value, str) else value,
            "message": readable(self.message),
            "fix": readable(self.fix),
        }


class CorridorError(Exception):
    """Base of every error this library raises on purpose."""


class DataError(CorridorError, ValueError):
    """The input is wrong; `faults` lists every fault, `source` names the input."""

    def __init__(self, faults: Fault | Iterable[Fault], source: str = "") -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        self.source = source
        count = len(self.faults)
        head = f"{readable(source)}: " if source else ""
        if count == 1:
            super().__init__(head + str(self.faults[0]))
        else:
            lines = [f"  {fault}" for fault in self.faults[:MOST_LINES]]
            more = [f"  and {count - MOST_LINES:,} more"] if count > MOST_LINES else []
            super().__init__("\n".join([f"{head}{count} faults", *lines, *more]))

    def __reduce__(self) -> tuple[type[DataError], tuple[tuple[Fault, ...], str]]:
        return (DataError, (self.faults, self.source))


class UnknownIdError(CorridorError, LookupError):
    """A name matches nothing or several things; `suggestions` lists what it may mean."""

    def __init__(self, kind: str, name: str, suggestions: Sequence[str], ambiguous: bool = False) -> None:
        self.kind, self.name, self.ambiguous = kind, name, ambiguous
        self.suggestions = tuple(suggestions)
        name = readable(name, 80)
        listed = ", ".join(f"'{s}'" for s in self.suggestions)
        if ambiguous:
            message = f"'{name}' matches more than one {kind}: {listed}; give one of these"
        elif listed:
            message = f"no {kind} '{name}'; did you mean {listed}?"
        else:
            message = f"no {kind} '{name}', and no similar name"
        super().__init__(message)

    def __reduce__(self) -> tuple[type[UnknownIdError], tuple[str, str, tuple[str, ...], bool]]:
        return (UnknownIdError, (self.kind, self.name, self.suggestions, self.ambiguous))


class NoAnswerError(CorridorError):
    """The query is valid but has no answer; the message says why."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """Something that blocks a route, and what would open it."""

    id: str
    kind: str
    why: str


class NoRouteError(NoAnswerError):
    """No route joins origin and destination; `blocked_by` lists what blocks it."""

    def __init__(self, origin: str, destination: str, blocked_by: Sequence[Blocker], why: str = "") -> None:
        self.origin, self.destination = origin, destination
        self.blocked_by = tuple(blocked_by)
        self.why = why
        message = f"no route from {origin} to {destination}"
        if why:
            message += f": {why}"
        if self.blocked_by:
            message += "\n" + "\n".join(f"  {b.id}: {b.why}" for b in self.blocked_by)
        super().__init__(message)

    def __reduce__(self) -> tuple[type[NoRouteError], tuple[str, str, tuple[Blocker, ...], str]]:
        return (NoRouteError, (self.origin, self.destination, self.blocked_by, self.why))


class ConvergenceError(NoAnswerError):
    """A solver stopped before it converged; `gap` is the remaining relative gap."""

    def __init__(self, message: str, gap: float) -> None:
        self.message, self.gap = message, gap
        super().__init__(message)

    def __reduce__(self) -> tuple[type[ConvergenceError], tuple[str, float]]:
        return (ConvergenceError, (self.message, self.gap))


def error_record(error: CorridorError) -> dict[str, object]:
    """Return an error as plain data: kind, message, and each fault, blocker or suggestion."""
    kinds = {DataError: "data", UnknownIdError: "unknown_id", NoRouteError: "no_route"}
    kind = kinds.get(type(error), "no_answer" if isinstance(error, NoAnswerError) else "error")
    issues: list[dict[str, object]] = []
    if isinstance(error, DataError):
        issues = [f.to_dict() for f in error.faults[: 10 * MOST_LINES]]
    elif isinstance(error, NoRouteError):
        issues = [{"id": b.id, "kind": b.kind, "why": b.why} for b in error.blocked_by]
    elif isinstance(error, UnknownIdError):
        issues = [{"id": s, "kind": "suggestion"} for s in error.suggestions]
    return {"kind": kind, "message": str(error), "issues": issues}
