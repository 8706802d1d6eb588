"""Voyages: between two calls a ship takes the direct lane where there is one."""

from __future__ import annotations

import numpy as np

from corridor.assignment.choice_set import ChoiceSet
from corridor.graph.virtual import closed_reason
from corridor.model.network import Network

SAILED = ("sea", "river")


def with_direct_voyages(choice_set: ChoiceSet, year: int) -> ChoiceSet:
    """Return the choice set without the paths that sail through another place although a lane is direct.

    Such a path is no alternative of its own: a ship calls at neither place, and the logit rule would give the same
    voyage several shares. A lane counts if it is open in all months of a year. No cargo loses its last path.
    """
    network = choice_set.context.network
    direct = _direct_lanes(network, year)
    is_detour = np.zeros(len(choice_set), dtype=np.bool_)
    for path, nodes, carrier in _chains(choice_set):
        pairs = ((a, b) for i, a in enumerate(nodes) for b in nodes[i + 2 :])
        is_detour[path] |= any((a, b, carrier) in direct for a, b in pairs)
    others = np.bincount(choice_set.commodity[~is_detour], minlength=len(choice_set.context.demand))
    kept = np.flatnonzero(~is_detour | (others[choice_set.commodity] == 0))
    if len(kept) == len(choice_set):
        return choice_set
    return choice_set.renumbered(kept)


def _direct_lanes(network: Network, year: int) -> set[tuple[str, str, str]]:
    """Return the ends and the carrier of the lanes of a year, in both directions."""
    table = network.link_table
    found = set()
    for i in range(len(table)):
        months = table["months_open"][i] if "months_open" in table.columns else None
        if table["mode"][i] in SAILED and not months and not closed_reason(table, i, year, None):
            start, end, carrier = (str(table[c][i]) for c in ("from", "to", "carrier"))
            found |= {(start, end, carrier), (end, start, carrier)}
    return found


def _chains(choice_set: ChoiceSet) -> list[tuple[int, list[str], str]]:
    """Return every run of two lanes or more without a call: its path, its nodes in order, its carrier."""
    table, links = choice_set.context.network.link_table, choice_set.links
    starts = np.where(choice_set.backward, table["to"][links], table["from"][links])
    ends = np.where(choice_set.backward, table["from"][links], table["to"][links])
    owner = np.repeat(np.arange(len(choice_set)), np.diff(choice_set.first_link))
    carriers, is_sailed = table["carrier"][links], np.isin(table["mode"][links], SAILED)
    found: list[tuple[int, list[str], str]] = []
    for i in np.flatnonzero(is_sailed[:-1] & is_sailed[1:] & (owner[:-1] == owner[1:])).tolist():
        if carriers[i] != carriers[i + 1]:
            continue
        path, carrier = int(owner[i]), str(carriers[i])
        if found and found[-1][0] == path and found[-1][2] == carrier and found[-1][1][-1] == ends[i]:
            found[-1][1].append(str(ends[i + 1]))
        else:
            found.append((path, [str(starts[i]), str(ends[i]), str(ends[i + 1])], carrier))
    return found
