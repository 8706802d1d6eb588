"""Checks of the settings of the outside view against the announcements of a study."""

from __future__ import annotations

from collections.abc import Sequence

from corridor.errors import Fault
from corridor.io.announcements import TABLE, Announcement, members
from corridor.model.names import nearest
from corridor.model.outside_view_settings import WHERE, OutsideViewSettings


def outside_view_faults(settings: OutsideViewSettings, announcements: Sequence[Announcement]) -> list[Fault]:
    """Return the names in the settings that no announcement has, and the classes without a row."""
    if not announcements:
        fix = f"add {TABLE}.csv with rows, or remove {WHERE}"
        return [Fault("study.yaml", WHERE, None, f"has no announcements: {TABLE}.csv is absent or empty", fix)]
    known = {"groups": {a.group for a in announcements}, "corridors": {a.corridor for a in announcements} - {""}}
    faults = []
    for number, which in enumerate(settings.classes, start=1):
        where = f"{WHERE}.classes {number}"
        unknown = [(c, n) for c in known for n in getattr(which, c) if n not in known[c]]
        for column, name in unknown:
            close = nearest(name, known[column])
            fix = f"did you mean '{close[0]}'?" if close else f"give {column} of {TABLE}.csv"
            faults.append(Fault("study.yaml", f"{where}.{column}", name, f"names what no row has: '{name}'", fix))
        if not unknown and not members(which, announcements):
            fix = "widen it (a shorter horizon, a smaller promise, more groups), or remove it"
            faults.append(Fault("study.yaml", where, which.id, f"'{which.id}' has no row of {TABLE}.csv", fix))
    return faults
