"""Findings of an import: faults with their ways, and notes on what was left out or changed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from corridor.errors import Fault

SHOWN = 10  # ids named in one sentence


class TagError(ValueError):
    """An invalid tag: field, value as tagged, what is wrong, how to correct it."""

    def __init__(self, name: str, value: str | None, message: str, fix: str) -> None:
        super().__init__(name, value, message, fix)
        self.key = (name, value, message, fix)


@dataclass
class Findings:
    """Invalid tags and remarks by kind, each with the ids of the OSM ways concerned."""

    slips: dict[tuple[str, str | None, str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    remarks: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    notes: list[str] = field(default_factory=list)

    def slip(self, slip: TagError, way: int) -> None:
        """Record an invalid tag of a way."""
        self.slips[slip.key].append(way)

    def remark(self, what: str, way: int) -> None:
        """Record a remark on a way, such as that it was left out."""
        self.remarks[what].append(way)

    def faults(self) -> list[Fault]:
        """Return one fault per kind of invalid tag, with the ids of the ways."""
        return [
            Fault(ways_named(ways), name, value, message, fix)
            for (name, value, message, fix), ways in self.slips.items()
        ]

    def sentences(self) -> list[str]:
        """Return the notes of the import as sentences."""
        left_out = {f"Left out because {name} {message}": ways for (name, _, message, _), ways in self.slips.items()}
        remarks = {**left_out, **self.remarks}
        return [*self.notes, *(f"{what}: {counted(ways)} ({shown(ways)})." for what, ways in remarks.items())]


def counted(ways: list[int]) -> str:
    """Return the number of ways as text."""
    return "1 way" if len(ways) == 1 else f"{len(ways)} ways"


def ways_named(ways: list[int]) -> str:
    """Return the ways with their ids, or the first of many."""
    return f"{'way' if len(ways) == 1 else f'{len(ways)} ways'} {shown(ways)}"


def shown(names: list[int] | list[str]) -> str:
    """Return a list as text, shortened."""
    rest = len(names) - SHOWN
    return ", ".join(map(str, names[:SHOWN])) + (f" and {rest} more" if rest > 0 else "")
