"""The periods of a year in which the network stays the same, and the free capacity in each.

A year has four quarters, since grain moves after the harvest and the Volga
freezes. Where a link or facility opens or closes within a quarter, the quarter is
split into periods in which nothing changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor.graph.virtual import closed_reason
from corridor.model.network import Network
from corridor.model.table import Table
from corridor.units import DAYS_PER_YEAR

MONTHS_PER_YEAR, MONTHS_PER_QUARTER = 12, 3
QUARTERS_OF_YEAR = 4
EVERY_MONTH = frozenset(range(1, MONTHS_PER_YEAR + 1))
Floats = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Period:
    """Months of one quarter in which the same links and transfers are open under the same edits.

    `network` is the network in that period; `open_links`, `open_transfers` are aligned with its tables.
    """

    year: int
    quarter: int
    months: tuple[int, ...]
    network: Network
    open_links: Flags
    open_transfers: Flags

    @property
    def share_of_quarter(self) -> float:
        """The share of the quarter's demand that moves in the period."""
        return len(self.months) / MONTHS_PER_QUARTER

    @property
    def share_of_year(self) -> float:
        """The length of the period in years."""
        return len(self.months) / MONTHS_PER_YEAR


def periods_of(network: Network, year: int) -> tuple[Period, ...]:
    """Return the periods of a year, in the order of their first months."""
    found: list[Period] = []
    for quarter in range(QUARTERS_OF_YEAR):
        parts: dict[tuple[int, bytes, bytes], list[int]] = {}
        states: dict[int, tuple[Network, Flags, Flags]] = {}
        for month in range(quarter * MONTHS_PER_QUARTER + 1, (quarter + 1) * MONTHS_PER_QUARTER + 1):
            state = network.at(year, month)
            links, transfers = open_features(state, "link", year, month), open_features(state, "transfer", year, month)
            key = (id(state), links.tobytes(), transfers.tobytes())
            parts.setdefault(key, []).append(month)
            states[month] = (state, links, transfers)
        found += [Period(year, quarter, tuple(months), *states[months[0]]) for months in parts.values()]
    return tuple(found)


def open_features(network: Network, kind: str, year: int, month: int) -> Flags:
    """Return which links or transfers are open in a month; cached by table, since tables never change."""
    table = network.tables[kind]
    key = ("open", year, month)
    stored: dict[Any, Any] = table.__dict__.setdefault("_open", {})
    if key not in stored:
        # Features without dates or months have the same state always.
        flags = open_always(network, kind).copy()
        for i in _dated(table):
            flags[i] = not closed_reason(table, i, year, month)
        stored[key] = flags  # only when complete: other threads read it
    open_flags: Flags = stored[key]
    return open_flags


def open_always(network: Network, kind: str) -> Flags:
    """Return which links or transfers are open where no date is given."""
    table = network.tables[kind]
    stored: dict[Any, Any] = table.__dict__.setdefault("_open", {})
    if "always" not in stored:
        stored["always"] = np.array(
            [not closed_reason(table, i, None, None) for i in range(len(table))], dtype=np.bool_
        )
    flags: Flags = stored["always"]
    return flags


def _dated(table: Table) -> list[int]:
    """Return the positions of links or transfers with an opening year or open months."""
    stored: dict[str, list[int]] = table.__dict__.setdefault("_dated", {})
    if "positions" not in stored:
        dated = np.asarray(table["status"] == "under_construction", dtype=np.bool_)
        if "opened_year" in table.columns:
            dated |= table["opened_year"] == table["opened_year"]
        if "months_open" in table.columns:
            dated |= np.array([bool(m) for m in table["months_open"]], dtype=np.bool_)
        stored["positions"] = np.flatnonzero(dated).tolist()
    return stored["positions"]


def free_units(period: Period) -> Floats:
    """Return the free capacity of each resource in a period, in native units; NaN where capacity is not known.

    Other traffic is deducted, except the part that the demand tables contain. A daily
    capacity applies on a busy day; an annual one is spread over the months in which
    its links are open.
    """
    limit, other, in_demand = limits_of(period)
    free: Floats = np.maximum(with_unknown_locomotives(period.network, limit) - np.maximum(other - in_demand, 0.0), 0.0)
    return free


def with_unknown_locomotives(network: Network, limit: Floats) -> Floats:
    """Return limits that are unknown (NaN) for locomotives whose other use is not known."""
    table = network.resource_table
    return np.where((table["kind"] == "locomotives") & np.isnan(table["base_load"]), np.nan, limit)


def limits_of(period: Period) -> tuple[Floats, Floats, Floats]:
    """Return, in native units of the period, capacity, other traffic, and its part in the demand tables."""
    table = period.network.resource_table
    peak_ratio = period.network.parameter.get("peak_day_ratio", 1.0)
    is_daily = table["per"] == "day"
    open_of = open_months(period.network)
    months_in_period = np.array([len(m & set(period.months)) for m in open_of], dtype=np.float64)
    months_in_year = np.array([max(len(m), 1) for m in open_of], dtype=np.float64)
    spread = np.where(is_daily, DAYS_PER_YEAR * months_in_period / MONTHS_PER_YEAR, months_in_period / months_in_year)
    limit: Floats = table["capacity"].astype(np.float64) / np.where(is_daily, peak_ratio, 1.0) * spread
    other: Floats = np.nan_to_num(table["base_load"]) * spread
    in_demand: Floats = np.nan_to_num(table["base_load_in_demand"]) * spread
    return limit, other, in_demand


def open_months(network: Network) -> tuple[frozenset[int], ...]:
    """Return the open months of each resource: its own, limited to those of the links that use it."""
    key = "open months"
    if key not in network.cache:
        network.cache[key] = tuple(_open_months_of(network, i) for i in range(len(network.resource_table)))
    months: tuple[frozenset[int], ...] = network.cache[key]
    return months


def _open_months_of(network: Network, position: int) -> frozenset[int]:
    links: Table = network.link_table
    features = {use["feature"] for use in network.uses[network.resource_table.ids[position]]}
    open_: set[int] = set()
    for name in features:
        months = links["months_open"][links.index[name]] if name in links.index else None
        open_ |= set(months or EVERY_MONTH)
    own = network.resource_table["months_open"][position]
    return frozenset(open_ & set(own or EVERY_MONTH))
