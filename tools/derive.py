"""`python -m tools.derive`: tables that follow from the network itself, `willingness` and `balance`.

With `--check` it compares instead of writing, so that they cannot lag the data.

- `willingness`: what cargo is willing to pay, twice the least generalised cost of
  its dearest pair of places in the base year (assumed): trade that was seen pays
  at least its cheapest way.
- `balance`: what part of the other traffic of each resource is also demand. The
  base load counts everything but Russia with Iran, the Gulf, India and Pakistan;
  what of this the demand tables hold and the model sends there is taken out.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

import corridor
from corridor.engine.assign import assign
from corridor.engine.ground import cheapest_paths, make_ground
from corridor.io.demand import _base_demand, _demand, _table, demand, shipped_table
from corridor.model.network import Network

TABLES = Path(__file__).resolve().parent.parent / "data" / "tables"
TIMES_LEAST = 2.0
RANGE = (1.5, 3.0)
YEAR = 2024
RUSSIAN = ("RU", "BY")
BEYOND = ("IR", "AE", "IN", "PK")


def willingness(network: Network) -> str:
    """Return the table of what each pair of zones pays at most for each cargo."""
    asked = demand("central", YEAR)
    ground = make_ground(network, asked)
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
        values = (round(cost, 2), round(cost * TIMES_LEAST, 1), low, high)
        names = ("least_usd_t", "willing_usd_t", "willing_low", "willing_high")
        rows.append(
            {"origin_zone": origin, "destination_zone": destination, "cargo": cargo, **dict(zip(names, values, strict=True))}
            | {"basis": "assumed", "sources": "K"}
        )
    return _csv(rows)


def balance(network: Network) -> str:
    """Return what part of each resource's other traffic the demand holds too."""
    countries = {row["zone"]: row["country"] for row in shipped_table("zones")}
    asked = demand("central", YEAR)
    ends = [tuple(countries[z] for z in group.split("-")) for group in asked.groups]
    in_base = [not _russian_beyond(*e) for e in ends]
    found = assign(network, asked, rule="logit", year=YEAR, base_load=False)
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
    network = corridor.load()
    stale = []
    for name, make in (("willingness", willingness), ("balance", balance)):
        path = TABLES / f"{name}.csv"
        text = make(network)
        if "--check" in arguments:
            if path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
            _table.cache_clear()
            _base_demand.cache_clear()
            _demand.cache_clear()
            print(f"{name}: {text.count(chr(10)) - 1} rows")
    for name in stale:
        print(f"data/tables/{name}.csv is not what the network gives; run `make data`", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
