"""Checks of screenlines and branches: their references exist, and each link crosses in one direction."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator

from corridor.errors import Fault
from corridor.model.raw_network import RawNetwork


def check_screenlines(raw: RawNetwork) -> Iterator[Fault]:
    """Screenlines name existing links and resources; a link crosses in one direction only."""
    links = {r["id"] for r in raw.records["link"]}
    resources = {r["id"] for r in raw.records["resource"]}
    for line in raw.header.get("screenlines") or ():
        where = f"screenline '{line['id']}'"
        for name in ("forward", "backward"):
            yield from _unknown(where, name, line.get(name, ()), links, "link")
        yield from _unknown(where, "base_load_of", line.get("base_load_of", ()), resources, "resource")
        for twice in sorted(set(line.get("forward", ())) & set(line.get("backward", ()))):
            yield Fault(where, "backward", twice, f"lists '{twice}', as does forward", "keep it in one of them")
        if not line.get("forward") and not line.get("backward"):
            yield Fault(where, "forward", None, "is empty", "list the links crossed southbound")


def check_branches(raw: RawNetwork) -> Iterator[Fault]:
    """Branches name existing screenlines and countries."""
    lines = {line["id"] for line in raw.header.get("screenlines") or ()}
    countries = {r["country"] for r in raw.records["node"]}
    for branch in raw.header.get("branches") or ():
        where = f"branch '{branch['id']}'"
        yield from _unknown(where, "screenline", (branch["screenline"],), lines, "screenline")
        yield from _unknown(where, "also_at", branch.get("also_at", ()), lines, "screenline")
        for name in ("ends", "other_ends"):
            yield from _unknown(where, name, branch.get(name, ()), countries, "country")


def _unknown(where: str, field: str, names: Collection[str], known: Collection[str], what: str) -> Iterator[Fault]:
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, sorted(known), n=1)
            hint = f"did you mean '{close[0]}'?" if close else f"give a {what} of the network"
            yield Fault(where, field, name, f"names an unknown {what}: '{name}'", hint)
