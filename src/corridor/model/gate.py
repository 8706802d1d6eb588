"""Gates and nests: where alternatives differ.

A *nest* is a set of alternatives that resemble each other, such as all ships across a sea; a *gate* is the port,
yard or border crossing through which a nest is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

OTHER = "other"  # the paths that pass no gate


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate: what a path passes that belongs to it.

    `through`, `and_through` and `not_through` name links, transfers, resources and screenlines. A path passes at
    least one of the first and, if there are any, of the second. It belongs to the first gate of the table that fits.
    If it passes one of the third as well, it is no alternative: nobody offers such a mixture.
    """

    id: str
    nest: str
    through: tuple[str, ...]
    and_through: tuple[str, ...] = ()
    not_through: tuple[str, ...] = ()
    name: str = ""


def allowed_gates(gates: Sequence[Gate], names: Sequence[str]) -> tuple[bool, ...]:
    """Return which gates, and last the paths without a gate, a list of names allows.

    A name is a gate, a nest, or `other`; with a `!` before it, it is not allowed. The last name that fits
    decides; without names all are allowed.
    """
    found = []
    for known in (*((g.id, g.nest) for g in gates), (OTHER,)):
        fits = not names or names[0].startswith("!")
        for name in names:
            if name.removeprefix("!") in known:
                fits = not name.startswith("!")
        found.append(fits)
    return tuple(found)
