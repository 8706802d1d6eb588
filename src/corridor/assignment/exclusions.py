"""Closures for the search of distinct alternatives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.model.network import Network


def closures(network: Network) -> Iterable[Array]:
    """Yield the sets of links to close in turn: screenlines and their crossings, borders, modes."""
    table = network.link_table
    pairs = list(zip(table["from"].tolist(), table["to"].tolist(), strict=True))
    groups: dict[Any, list[int]] = {}
    for line in network.screenlines:
        for x in (*line.get("forward", ()), *line.get("backward", ())):
            i = table.index[x]
            groups.setdefault(("screenline", line["id"]), []).append(i)
            if table["mode"][i] in ("rail", "road"):
                groups.setdefault(("crossing", *sorted(pairs[i])), []).append(i)
    for i, ends in enumerate(pairs):
        countries = sorted({network.country_of(n) for n in ends})
        mode = table["mode"][i]
        groups.setdefault(("mode", mode), []).append(i)
        if len(countries) == 2:
            at_sea = "sea" if mode in ("sea", "ferry", "river") else "land"
            groups.setdefault(("border", at_sea, *countries), []).append(i)
    seen = set()
    for group in groups.values():
        closed = np.zeros(len(table), dtype=np.bool_)
        closed[group] = True
        if closed.tobytes() not in seen and not closed.all():
            seen.add(closed.tobytes())
            yield closed
