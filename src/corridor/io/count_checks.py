"""Checks of counts against a network: their places, cargo, ends, directions and branches."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from corridor.assignment.passages import Place
from corridor.errors import CorridorError, Fault, UnknownIdError
from corridor.io.counts import COMPASS, QUAY, Count
from corridor.io.study_files import study_of
from corridor.model.names import nearest
from corridor.model.network import Network

NOT = "!"  # before a name: what has it is left out


def count_faults(network: Network, counts: Sequence[Count], where: Sequence[str] = ()) -> list[Fault]:
    """Return what a network does not know in some counts; `where` is file and line of each."""
    zones = zones_of(network)
    known_ends = {*network.countries, *zones}
    known_cargo = {*(str(c["id"]) for c in network.cargo_records), *(str(c["class"]) for c in network.cargo_records)}
    branches = [str(b["id"]) for b in network.branches]
    faults: list[Fault] = []
    for i, count in enumerate(counts):
        at = where[i] if where else f"count {count.id}"
        faults += [f for name in count.at for f in _place_faults(network, at, count.direction, name, count.ends)]
        faults += [_unknown(at, "cargo", n, known_cargo) for n in map(bare, count.cargo) if n not in known_cargo]
        for column, names in (("ends", count.ends), ("other_ends", count.other_ends)):
            faults += [
                _unknown(at, column, n, known_ends)
                for n in map(bare, names)
                if n not in known_ends and not _is_place(network, n)
            ]
        if count.branch and count.branch not in branches:
            faults.append(_unknown(at, "branch", count.branch, branches))
    return faults


def zones_of(network: Network) -> set[str]:
    """Return the zones of the study of a network."""
    return {r["zone"] for r in study_of(network).table("zones")}


def bare(name: str) -> str:
    """Return the name in an entry of a list, without the mark that leaves it out."""
    return name.removeprefix(NOT)


def _is_place(network: Network, name: str) -> bool:
    try:
        return bool(network.names.resolve(name))
    except UnknownIdError:
        return False


def with_ids(network: Network, names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of ends with the ids of places in place of their names."""
    known = {*network.countries, *zones_of(network)}
    return tuple(n if bare(n) in known else n[: len(n) - len(bare(n))] + network.names.resolve(bare(n)) for n in names)


def _unknown(where: str, column: str, name: str, known: Collection[str]) -> Fault:
    close = nearest(name, known)
    fix = f"did you mean '{close[0]}'?" if close else f"give one of {', '.join(sorted(known)[:8])}"
    return Fault(where, column, name, f"is unknown: '{name}'", fix)


def _place_faults(network: Network, where: str, direction: str, name: str, ends: tuple[str, ...]) -> list[Fault]:
    try:
        place = Place(network, name)
    except UnknownIdError as error:
        message, _, fix = str(error).partition("; ")
        return [Fault(where, "at", name, message, fix or "correct it")]
    except CorridorError as error:
        return [Fault(where, "at", name, str(error), "name a link, transfer, resource, place or screenline")]
    if direction in QUAY and not place.has_quay and not ends:
        message = f"is '{direction}', but {name} has no quay and `ends` is empty"
        fix = f"give {', '.join(COMPASS)}, or the country that the cargo enters or leaves as `ends`"
        return [Fault(where, "direction", direction, message, fix)]
    if direction in ("forward", "backward") and place.kind != "link":
        fix = f"give {', '.join(COMPASS)} or both"
        return [Fault(where, "direction", direction, f"is '{direction}', but {name} is a {place.kind}", fix)]
    return []
