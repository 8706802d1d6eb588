"""What an import comes upon: faults with the ways that have them, and what is told of the rest."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from corridor.errors import Fault

SHOWN = 10  # ids named in one sentence


class TagError(ValueError):
    """A tag that cannot be meant: field, value as tagged, what is wrong, how to mend it."""

    def __init__(self, name: str, value: str | None, message: str, fix: str) -> None:
        super().__init__(name, value, message, fix)
        self.key = (name, value, message, fix)


@dataclass
class Findings:
    """Slips and remarks by kind, each with the ids of the OSM ways that show it."""

    slips: dict[tuple[str, str | None, str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    remarks: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    notes: list[str] = field(default_factory=list)

    def slip(self, slip: TagError, way: int) -> None:
        """Keep a slip of a way."""
        self.slips[slip.key].append(way)

    def remark(self, what: str, way: int) -> None:
        """Keep that a way was left out, or has something unknown."""
        self.remarks[what].append(way)

    def faults(self) -> list[Fault]:
        """Return one fault per kind of slip, naming the ways."""
        return [
            Fault(ways_named(ways), name, value, message, fix)
            for (name, value, message, fix), ways in self.slips.items()
        ]

    def sentences(self) -> list[str]:
        """Return what is told of the import as plain sentences."""
        left = {f"Left out since {name} {message}": ways for (name, _, message, _), ways in self.slips.items()}
        told = {**left, **self.remarks}
        return [*self.notes, *(f"{what}: {counted(ways)} ({shown(ways)})." for what, ways in told.items())]


def counted(ways: list[int]) -> str:
    """Return how many ways, in words."""
    return "1 way" if len(ways) == 1 else f"{len(ways)} ways"


def ways_named(ways: list[int]) -> str:
    """Return the ways with their ids, the first of many."""
    return f"{'way' if len(ways) == 1 else f'{len(ways)} ways'} {shown(ways)}"


def shown(names: list[int] | list[str]) -> str:
    """Return a list in short."""
    rest = len(names) - SHOWN
    return ", ".join(map(str, names[:SHOWN])) + (f" and {rest} more" if rest > 0 else "")
