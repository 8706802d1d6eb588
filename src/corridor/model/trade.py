"""Changes of trade in a scenario: factors on cargo flows between countries, by year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor.errors import Fault
from corridor.model.checks import is_number
from corridor.model.names import nearest

if TYPE_CHECKING:
    from corridor.model.demand import Demand
    from corridor.model.network import Network

KEYS = ("origins", "destinations", "cargoes")
Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class TradeEdit:
    """A factor `by` on trade from `origins` to `destinations` (country codes; empty: all) in some years."""

    origins: tuple[str, ...]
    destinations: tuple[str, ...]
    cargoes: tuple[str, ...]
    by: float
    first_year: int
    last_year: int


def trade_edit(raw: object, where: str, years: tuple[int, int], faults: list[Fault]) -> TradeEdit | None:
    """Return a change of trade from plain data, `{scale: {origins: [RU], ...}, by: 2}`; faults are appended."""
    if not isinstance(raw, Mapping) or not isinstance(raw.get("scale"), Mapping):
        fix = "give a mapping such as {scale: {origins: [RU], destinations: [IR], cargoes: [grain]}, by: 1.5}"
        faults.append(Fault(where, "", repr(raw)[:60], "is not a change of trade", fix))
        return None
    before = len(faults)
    chosen: Mapping[str, Any] = raw["scale"]
    for mapping, known in ((raw, ("scale", "by", "years", "why")), (chosen, KEYS)):
        faults += [
            Fault(where, str(key), repr(mapping[key]), "is not a key here", f"give {', '.join(known)}")
            for key in sorted(set(mapping) - set(known), key=str)
        ]
    for key in KEYS:
        value = chosen.get(key, [])
        if not isinstance(value, list) or not all(isinstance(x, str) for x in value):
            faults.append(Fault(where, key, repr(value), "is not a list of names", f"give a list, such as {key}: [RU]"))
    by: Any = raw.get("by")
    if not is_number(by) or by < 0:
        faults.append(Fault(where, "by", repr(by), f"is {by!r}", "give a factor, 0 or more"))
    if len(faults) > before:
        return None
    origins, destinations, cargoes = (tuple(chosen.get(key, ())) for key in KEYS)
    return TradeEdit(origins, destinations, cargoes, float(by), *years)


def trade_faults(network: Network, edits: Sequence[TradeEdit]) -> Iterator[Fault]:
    """Yield a fault for each country or cargo in changes of trade that the network does not have."""
    cargoes = [str(c["id"]) for c in network.cargo_records]
    for i, edit in enumerate(edits, 1):
        for what, names, known in (
            ("origins", edit.origins, network.countries),
            ("destinations", edit.destinations, network.countries),
            ("cargoes", edit.cargoes, cargoes),
        ):
            for name in names:
                if name not in known:
                    close = nearest(name, known)
                    hint = f"did you mean '{close[0]}'?" if close else f"give one of {', '.join(known)}"
                    yield Fault(f"demand {i}", what, name, f"is not known to the network: '{name}'", hint)


def trade_factor(network: Network, demand: Demand, year: int) -> Floats:
    """Return the factors by which scenarios change each row of a demand (places by id) in a year."""
    factor = np.ones(len(demand))
    for edit in network.trade:
        if not edit.first_year <= year <= edit.last_year:
            continue
        chosen = np.ones(len(demand), dtype=np.bool_)
        for names, of_row in (
            (edit.origins, [network.country_of(o) for o in demand.origins]),
            (edit.destinations, [network.country_of(d) for d in demand.destinations]),
            (edit.cargoes, list(demand.cargoes)),
        ):
            if names:
                chosen &= np.isin(of_row, names)
        factor[chosen] *= edit.by
    return factor
