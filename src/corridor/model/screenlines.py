"""Screenlines: the direction in which links cross them, and the other traffic there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.model.network import Network
from corridor.units import DAYS_PER_YEAR


def crossing_signs(network: Network, line: Mapping[str, Any]) -> Array:
    """Return for each link 1 if its forward direction crosses a screenline southbound, -1 northbound, 0 if none."""
    signs = np.zeros(len(network.link_table), dtype=np.int64)
    for direction, sign in (("forward", 1), ("backward", -1)):
        signs[[network.link_table.index[x] for x in line.get(direction, ())]] = sign
    return signs


def base_load_t_yr(network: Network, line: Mapping[str, Any]) -> float | None:
    """Return the other traffic at a screenline that is not demand, in t a year; None if it is not recorded."""
    table, links = network.resource_table, network.link_table
    total, known = 0.0, False
    for name in line.get("base_load_of", ()):
        r = table.index[name]
        base = table["base_load"][r]
        if base != base:
            continue
        rest = max(0.0, base - np.nan_to_num(table["base_load_in_demand"][r]))
        per = DAYS_PER_YEAR if table["per"][r] == "day" else 1
        size = 1.0
        if table["unit"][r] == "trains":
            feature = network.uses[name][0]["feature"]
            size = float(links["train_net_t"][links.index[feature]])
        elif table["unit"][r] == "wagons":
            size = network.parameter.get("wagon_passed_net_t", 0.0)
        elif table["unit"][r] == "trucks":
            size = network.parameter.get("truck_net_t", 0.0)
        elif table["unit"][r] != "t":
            continue
        total, known = total + rest * per * size, True
    return total if known else None
