"""The constraints of a question about routes or flows, in words."""

from __future__ import annotations

from corridor.routing.constraints import Constraints


def constraints_text(constraints: Constraints) -> list[str]:
    """Return each constraint in words."""
    c = constraints
    order = " in any order" if c.any_order else ""
    lists = (("by", c.modes), ("via", c.via), ("without", c.avoid), ("only", c.only), ("taking", c.needs))
    said = [f"{word} {', '.join(names)}{order if word == 'via' else ''}" for word, names in lists if names]
    counts = ((c.most_borders, "borders"), (c.most_transfers, "transfers"))
    said += [f"at most {n} {what}" for n, what in counts if n is not None]
    fits = ((c.axle_load_t, "axle load", "t"), (c.train_length_m, "train", "m"), (c.draught_m, "draught", "m"))
    said += [f"{what} {least:g} {unit}" for least, what, unit in fits if least is not None]
    said += ["one gauge"] if c.one_gauge else []
    return said + (["only what is known to fit"] if c.known_only else [])
