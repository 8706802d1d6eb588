"""Shared steps of all formats: records to raw network, raw network to network, network to header."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from corridor.errors import DataError, Fault
from corridor.io.study_files import StudyFiles, shipped_studies
from corridor.model.derived_limits import derived_limits
from corridor.model.network import Network
from corridor.model.raw_network import RawNetwork
from corridor.model.table import table_of
from corridor.units import Position

LISTS = (
    "tariffs",
    "frictions",
    "parameters",
    "cargo",
    "sources",
    "contradictions",
    "resources",
    "screenlines",
    "branches",
)


def raw_network_of(
    header: Mapping[str, Any],
    records: Mapping[str, list[dict[str, Any]]],
    geometry: Mapping[str, tuple[Position, ...]],
) -> RawNetwork:
    """Return a raw network from a header (with resources) and records of features; nulls of the header are dropped."""
    header = {k: _without_nulls(v) for k, v in header.items() if v is not None}
    resources = header.get("resources", [])
    resource_records = [dict(r) for r in resources if isinstance(r, dict)] if isinstance(resources, list) else []
    return RawNetwork(header, {**records, "resource": resource_records}, geometry)


def _without_nulls(value: Any) -> Any:
    """Return a table without nulls, which other programs write for unknown values; anything else as it stands."""
    if not isinstance(value, list):
        return value
    return [{k: v for k, v in r.items() if v is not None} if isinstance(r, dict) else r for r in value]


def validated(raw: RawNetwork, faults: list[Fault], source: str, content: bytes = b"") -> Network:
    """Return the network of a raw network with known faults; raise if some are errors."""
    errors = [f for f in faults if f.severity == "error"]
    if errors:
        raise DataError(errors, source)
    return network_of(raw, content)


def network_of(raw: RawNetwork, content: bytes = b"", study: StudyFiles | None = None) -> Network:
    """Return the network of a checked raw network; `content` determines its digest.

    Without a study, a network that has the name of a shipped one belongs to it: its file was changed.
    """
    header = raw.header
    resources = [*raw.records["resource"], *derived_limits(header, raw.records)]
    every = {**raw.records, "resource": resources}
    tables = {kind: table_of(kind, [_without_uses(r) for r in records]) for kind, records in every.items()}
    return Network(
        meta={k: v for k, v in header.items() if k not in LISTS},
        node_table=tables["node"],
        link_table=tables["link"],
        transfer_table=tables["transfer"],
        resource_table=tables["resource"],
        uses={r["id"]: tuple(r["uses"]) for r in resources},
        geometry=raw.geometry,
        tariffs=tuple(header["tariffs"]),
        frictions=tuple(header.get("frictions", ())),
        parameters=tuple(header["parameters"]),
        cargo_records=tuple(header["cargo"]),
        sources={str(s["id"]): s for s in header.get("sources", ())},
        screenlines=tuple(header.get("screenlines", ())),
        branches=tuple(header.get("branches", ())),
        contradictions=tuple(header.get("contradictions", ())),
        digest=hashlib.sha256(content).hexdigest() if content else "",
        study=shipped_studies().get(str(header["name"])) if study is None else study,
    )


def _without_uses(record: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in record.items() if k != "uses"}


def refuse_edits(network: Network) -> None:
    """Refuse a network with dated edits: a file describes one state."""
    if network.edits:
        raise DataError(
            Fault("network", "edits", None, "has dated edits of a scenario", "write network.at(year) instead")
        )


def header_of(network: Network) -> dict[str, Any]:
    """Return the header of a network (the member `corridor`), with resources and their uses."""
    header = dict(network.meta)
    header["resources"] = [
        {"feature": "resource", **r, "uses": list(network.uses[r["id"]])} for r in network.resource_table.rows()
    ]
    header["tariffs"], header["frictions"] = list(network.tariffs), list(network.frictions)
    header["parameters"], header["cargo"] = list(network.parameters), list(network.cargo_records)
    header["screenlines"], header["branches"] = list(network.screenlines), list(network.branches)
    header["contradictions"], header["sources"] = list(network.contradictions), list(network.sources.values())
    return header
