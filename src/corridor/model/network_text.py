"""The summary of a network, as a record and as text."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corridor.model.network import Network


def summary(network: Network) -> dict[str, Any]:
    """Return counts of the tables of a network and of the basis of its figures."""
    modes = Counter(network.link_table["mode"])
    return {
        "name": network.name,
        "data_version": network.meta.get("data_version"),
        "base_year": network.base_year,
        "money_year": network.meta["money_year"],
        "fingerprint": network.fingerprint(),
        "nodes": len(network.node_table),
        "links": len(network.link_table),
        "transfers": len(network.transfer_table),
        "resources": len(network.resource_table),
        "countries": list(network.countries),
        "links_by_mode": dict(sorted(modes.items())),
        "links_by_status": dict(sorted(Counter(network.link_table["status"]).items())),
        "figures_by_basis": network.basis_counts(),
        "sources": len(network.sources),
        "contradictions": len(network.contradictions),
        "cargo": [r["id"] for r in network.cargo_records],
        "scenarios": list(network.scenarios),
    }


def network_text(network: Network) -> str:
    """Return the summary of a network as text."""
    return summary_text(network, summary(network))


def summary_text(network: Network, answer: dict[str, Any]) -> str:
    """Return the summary as text."""

    def listed(counts: dict[str, int]) -> str:
        return ", ".join(f"{n} {k.replace('_', ' ')}" for k, n in counts.items())

    return "\n".join(
        [
            *textwrap.wrap(repr(network), 80, subsequent_indent="  "),
            f"  data {answer['data_version']}, money of {answer['money_year']}, fingerprint {answer['fingerprint']}",
            f"  links: {listed(answer['links_by_mode'])}",
            f"  status: {listed(answer['links_by_status'])}",
            f"  figures: {listed(answer['figures_by_basis'])}",
            f"  {answer['sources']} sources, {answer['contradictions']} contradictions recorded",
            f"  countries: {' '.join(answer['countries'])}",
            *textwrap.wrap(f"cargo: {', '.join(answer['cargo'])}", 78, initial_indent="  ", subsequent_indent="    "),
        ]
    )
