"""`python -m tools.derive`: tables that follow from the network itself, `willingness` and `balance`.

With `--check` it compares instead of writing, so that they cannot lag the data.

- `willingness`: what cargo is willing to pay, twice the least generalised cost of
  its dearest pair of places in the base year, and at least 60 USD/t more (assumed):
  trade that was seen pays at least its cheapest way, and goods that go a short way
  for 20 USD/t are not lost at 40.
- `works-under-construction`: the scenario of the baseline's works.
- `balance`: what part of the other traffic of each resource is also demand. The
  base load counts everything but Russia with Iran, the Gulf, India and Pakistan;
  what of this the demand tables hold and the model sends there is taken out.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import yaml

import corridor
from corridor.assignment.search_graph import build_search_graph, cheapest_paths
from corridor.io.demand_tables import demand
from corridor.io.study_files import default_study
from corridor.model.network import Network
from corridor.study.assign import assign

TABLES = Path(__file__).resolve().parent.parent / "data" / "tables"
SCENARIOS = TABLES.parent / "scenarios"
TIMES_LEAST, MARGIN_USD_T = 2.0, 60.0
RANGE = (1.5, 3.0)
YEAR = 2024
RUSSIAN = ("RU", "BY")
BEYOND = ("IR", "AE", "IN", "PK")


def willingness(network: Network) -> str:
    """Return the table of what each pair of zones pays at most for each cargo."""
    asked = demand("central", YEAR)
    ground = build_search_graph(network, asked)
    everything = (np.ones(len(t), np.bool_) for t in (network.link_table, network.transfer_table))
    paths = cheapest_paths(ground, *everything)
    least: dict[tuple[str, str], float] = {}
    for c, cost in zip(paths.commodity.tolist(), paths.cost.tolist(), strict=True):
        key = (asked.groups[c], asked.cargoes[c])
        least[key] = max(least.get(key, 0.0), cost)
    unreachable = sorted(k for k, v in least.items() if not np.isfinite(v))
    assert not unreachable, f"demand without any way: {unreachable}"
    rows = []
    for (group, cargo), cost in sorted(least.items()):
        origin, destination = group.split("-")
        low, high = (round(cost * x, 1) for x in RANGE)
        willing = max(cost * TIMES_LEAST, cost + MARGIN_USD_T)
        low, high = min(low, willing), max(high, willing)
        values = (round(cost, 2), round(willing, 1), round(low, 1), round(high, 1))
        names = ("least_usd_t", "willing_usd_t", "willing_low", "willing_high")
        rows.append(
            {
                "origin_zone": origin,
                "destination_zone": destination,
                "cargo": cargo,
                **dict(zip(names, values, strict=True)),
            }
            | {"basis": "assumed", "sources": "K"}
        )
    return _csv(rows)


def balance(network: Network) -> str:
    """Return what part of each resource's other traffic the demand holds too."""
    bare, asked = _without_other_traffic(network), replace(demand("central", YEAR), references=())
    countries = {row["zone"]: row["country"] for row in default_study().table("zones")}
    ends = [tuple(countries[z] for z in group.split("-")) for group in asked.groups]
    in_base = [not _russian_beyond(*e) for e in ends]
    found = assign(bare, asked, rule="logit", year=YEAR)
    table = network.resource_table
    used = found.resource_units(np.array(in_base))
    rows = []
    for i, name in enumerate(table.ids):
        base = table["base_load"][i]
        if base != base or used[i] <= 0:
            continue
        per_period = used[i] / (365 if table["per"][i] == "day" else 1)
        rows.append(
            {
                "resource": name,
                "base_load": f"{base:.10g}",
                "modelled": f"{per_period:.6g}",
                "in_demand": f"{min(base, per_period):.6g}",
                "unit": f"{table['unit'][i]} a {table['per'][i]}",
            }
        )
    return _csv(rows)


def works_under_construction() -> str:
    """Return the scenario of works in progress: limits change the year after the recorded one, as lines open."""
    edits = [
        {**edit, "years": f"{p['year']['central'] + 1}-"}
        for p in default_study().projects
        if p["status"] == "under_construction"
        for edit in p["edits"]
        if "open" not in edit
    ]
    why = "Works under construction change limits the year after the recorded one, as lines open (`projects.yaml`)."
    scenario = {"name": "works-under-construction", "why": why, "edits": edits}
    return str(yaml.safe_dump(scenario, sort_keys=False, width=110))


def _without_other_traffic(network: Network) -> Network:
    """Return the network as if nothing but the demand moved, so that the balance does not depend on itself."""
    table = network.resource_table
    nothing = np.full(len(table), np.nan)
    columns = {**table.columns, "base_load": nothing, "base_load_in_demand": nothing}
    # A pool of locomotives whose other work is not known has no known limit either way.
    return replace(network, resource_table=replace(table, columns=columns), digest="", cache={})


def _russian_beyond(origin: str, destination: str) -> bool:
    return (origin in RUSSIAN and destination in BEYOND) or (destination in RUSSIAN and origin in BEYOND)


def _csv(rows: Sequence[Mapping[str, object]]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def main(arguments: Sequence[str]) -> int:
    """Write both tables, or with `--check` say whether they are what the network gives."""
    stale = []
    if _written(SCENARIOS / "works-under-construction.yaml", works_under_construction(), arguments):
        stale.append("scenarios/works-under-construction.yaml")
    network = corridor.load()
    for name, make in (("willingness", willingness), ("balance", balance)):
        if _written(TABLES / f"{name}.csv", make(network), arguments):
            stale.append(f"tables/{name}.csv")
        default_study().cache.clear()
    for name in stale:
        print(f"data/{name} is not what the data gives; run `make data`", file=sys.stderr)
    return 1 if stale else 0


def _written(path: Path, text: str, arguments: Sequence[str]) -> bool:
    """Write a file, or with `--check` say whether it lags."""
    if "--check" in arguments:
        return path.read_text(encoding="utf-8") != text
    path.write_text(text, encoding="utf-8")
    print(f"{path.name}: {text.count(chr(10))} lines")
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
