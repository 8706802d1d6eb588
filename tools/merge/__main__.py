"""`python -m tools.merge FACTS_FOLDER [TABLES_FOLDER]`: merge the dossiers into the tables."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from tools.merge import counts, demand, facilities, lines, places, prices, reference_class
from tools.merge import decisions as d
from tools.merge.dossiers import Ledger


def main(arguments: list[str]) -> None:
    """Merge, write the tables, and print what came of it."""
    folder = Path(arguments[0])
    tables = Path(arguments[1] if len(arguments) > 1 else "data/tables")
    ledger, merged = Ledger(), places.Places()
    places.merge_nodes(folder, ledger, merged)
    places.merge_links(folder, ledger, merged)
    transfers = facilities.merge_transfers(folder, ledger, merged)
    facilities.merge_crossings(folder, ledger)
    facilities.merge_borders(folder, ledger, merged)
    lines.merge_lines(folder, ledger, merged)
    base_load = lines.merge_base_load(folder, ledger, merged)
    lines.second_tracks(merged, base_load, ledger)
    resources, uses = facilities.load_resources(merged, transfers)
    tariffs, _surcharges = prices.merge_tariffs(folder, ledger)
    for link in merged.links.values():
        link["tariff_area"] = _area(link, merged)
    write = Writer(tables)
    write(
        "nodes",
        sorted(merged.nodes.values(), key=lambda r: r["id"]),
        "id name other_names country kind lon lat note sources",
    )
    write(
        "links",
        sorted(merged.links.values(), key=lambda r: r["id"]),
        "id from to mode gauge_mm carrier status electrified signalling months_open tariff_area note sources",
    )
    write("transfers", sorted(transfers.values(), key=lambda r: r["id"]), "id node from to methods status note sources")
    write("resources", sorted(resources, key=lambda r: r["id"]), "id name kind unit per note sources")
    write(
        "uses",
        sorted(uses, key=lambda r: (r["resource"], r["feature"], r["direction"])),
        "resource feature direction classes empties",
    )
    write("figures", _figure_rows(merged.figures), "feature field value low high basis sources note")
    write("bends", _bend_rows(merged), "link number lon lat")
    write(
        "base_load",
        sorted(base_load, key=lambda r: (r["link"], r["towards"])),
        "link towards t_yr t_yr_low t_yr_high basis sources note",
    )
    write(
        "tariffs",
        sorted(tariffs, key=lambda r: (r["area"], r["carrier"], r["cargo"])),
        "area carrier cargo usd_tkm usd_tkm_low usd_tkm_high fixed_usd_t discount scope year basis sources note",
    )
    write(
        "evidence",
        prices.merge_parameters(folder, ledger),
        "id what mode country cargo low value high unit year basis sources",
    )
    write("sources", prices.merge_sources(folder, ledger), "id publisher title date url what")
    write(
        "transit",
        prices.merge_transit(folder, ledger),
        "origin destination branch days_low days_high usd_feu_low usd_feu_high year kind sources note",
    )
    write(
        "observations",
        prices.merge_observations(folder, ledger),
        "kind period what place branch cargo value unit sources note",
    )
    write(
        "works",
        prices.merge_works(folder, ledger),
        "id name where change cost_musd before after unit year status sources project",
    )
    write(
        "demand",
        demand.merge_demand(folder, ledger),
        "origin_zone destination_zone cargo t_yr t_yr_low t_yr_high share_in_network nests_allowed basis sources note",
    )
    write("zones", demand.merge_zones(folder, ledger), "zone country name cargo node weight basis sources note")
    rule = "id origins destinations cargoes"
    write("growth", demand.merge_growth(folder, ledger), f"{rule} kind low central high basis sources note")
    write("seasons", demand.seasons(), f"{rule} q1 q2 q3 q4 basis sources note")
    write(
        "counts",
        counts.merge_counts(folder, ledger),
        "id at cargo direction ends other_ends branch from to mt low high kind net_factor fit name group sources note",
    )
    write("gates", demand.hand_table("gates"), "id nest name through and_through not_through note")
    write("reference_class", reference_class.merge_reference_class(folder, ledger), reference_class.COLUMNS)
    write("times", demand.hand_table("times"), "name kind low_days high_days start end cargo modes via avoid why")
    write("screenlines", demand.hand_table("screenlines"), "id name base_load_of note")
    write("screenline_links", demand.screenline_links(merged.links), "screenline link southbound")
    write("branches", demand.hand_table("branches"), "id name screenline also_at ends other_ends note")
    prices.defer(folder, ledger)
    for row in demand.hand_table("revised"):
        ledger.contradict(*(row[c] for c in ("feature", "field", "chosen", "other", "other_sources", "reason")))
    write("contradictions", ledger.contradictions, "feature field chosen other other_sources reason")
    write("provenance", ledger.provenance(), "dossier table row outcome target reason")
    print(
        f"{len(merged.nodes)} nodes, {len(merged.links)} links, {len(transfers)} transfers, "
        f"{len(resources)} resources, {len(merged.figures)} figures, "
        f"{len(ledger.contradictions)} contradictions, {len(ledger.outcomes)} dossier rows accounted for"
    )


class Writer:
    """Write tables in one form: UTF-8, `\\n`, named columns."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def __call__(self, name: str, rows: Iterable[Mapping[str, object]], columns: str) -> None:
        """Write one table."""
        with (self.folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns.split(), lineterminator="\n", extrasaction="ignore", restval="")
            writer.writeheader()
            writer.writerows(rows)


def _area(link: dict[str, str], merged: places.Places) -> str:
    """Return the tariff area: countries passed on land, the sea on water."""
    ends = [link["from"], link["to"]]
    if link["mode"] == "river":
        # Freight quotes between Astrakhan and the sea's ports hold from quay to quay.
        return "caspian" if tuple(ends) in d.SEA_CANAL else "RU"
    if link["mode"] in ("sea", "ferry"):
        for sea, nodes in d.SEA_OF_LANE.items():
            if sea == "suez" and nodes & set(ends):
                return sea
        return "gulf_arabian_sea" if d.SEA_OF_LANE["gulf_arabian_sea"] & set(ends) else "caspian"
    countries = dict.fromkeys(merged.nodes[n]["country"] for n in ends)
    # The standard gauge beyond the Kazakh yards is the Chinese railway's up to the yard.
    if "CN" in countries:
        return "CN"
    # So would the trans-Afghan project's: no broad-gauge tariff of Pakistan exists.
    return "AF" if link["carrier"] == "rail1520" and "PK" in countries else ";".join(countries)


def _figure_rows(figures: list[places.Figure]) -> list[dict[str, object]]:
    seen: dict[tuple[str, str], places.Figure] = {}
    for f in figures:
        seen.setdefault((f.feature, f.field), f)
    return [
        {
            "feature": f.feature,
            "field": f.field,
            "value": _text(f.value),
            "low": _text(f.low),
            "high": _text(f.high),
            "basis": f.basis,
            "sources": f.sources,
            "note": f.note,
        }
        for _, f in sorted(seen.items())
    ]


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"


def _bend_rows(merged: places.Places) -> list[dict[str, object]]:
    return [
        {"link": name, "number": i, "lon": lon, "lat": lat}
        for name, points in sorted(merged.bends.items())
        for i, (lon, lat) in enumerate(points, start=1)
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
