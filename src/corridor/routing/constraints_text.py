"""The constraints of a query about routes or flows, as text."""

from __future__ import annotations

from corridor.routing.constraints import Constraints


def constraints_text(constraints: Constraints) -> list[str]:
    """Return each constraint as text."""
    c = constraints
    order = " in any order" if c.any_order else ""
    lists = (("by", c.modes), ("via", c.via), ("without", c.avoid), ("only", c.only), ("taking", c.needs))
    texts = [f"{word} {', '.join(names)}{order if word == 'via' else ''}" for word, names in lists if names]
    counts = ((c.most_borders, "borders"), (c.most_transfers, "transfers"))
    texts += [f"at most {n} {what}" for n, what in counts if n is not None]
    fits = ((c.axle_load_t, "axle load", "t"), (c.train_length_m, "train", "m"), (c.draught_m, "draught", "m"))
    texts += [f"{what} {least:g} {unit}" for least, what, unit in fits if least is not None]
    texts += ["one gauge"] if c.one_gauge else []
    return texts + (["only what is known to fit"] if c.known_only else [])
