"""The inputs of a route with their basis and sources, as text."""

from __future__ import annotations

from collections.abc import Iterable

from corridor.model.network import Network
from corridor.model.why_text import source_lines
from corridor.routing.itinerary import Route
from corridor.text import wrapped


def inputs_text(route: Route, network: Network) -> str:
    """Return every figure of a route with its basis and sources."""
    lines = [f"inputs used: {route.origin_name} → {route.destination_name}"]
    for f in route.inputs_used:
        lines += wrapped(f"{f.feature} {f.field} = {f.value:g} ({f.basis}) [{', '.join(f.sources)}]", "  ")
    lines.append("sources")
    ids: Iterable[str] = dict.fromkeys(s for f in route.inputs_used for s in f.sources)
    lines += [line for s in ids if s in network.sources for line in source_lines(network.sources[s])]
    return "\n".join(lines)
