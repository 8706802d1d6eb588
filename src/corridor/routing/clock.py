"""When links and facilities can be entered after a given departure: seasons, opening projects, ice, timetables.

A link or facility that is closed in some of the coming months has a time window
whose slots are the months in which it is open. Ice makes a slot take longer. The
slots of a timetable are its departures. The position of a ship is not known: without
a timetable the expected wait for a departure stays, as without a day of departure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.graph.csr import FORWARD, LINK
from corridor.graph.periods import open_features
from corridor.graph.resources import limits
from corridor.graph.virtual import VirtualNetwork, virtual_network
from corridor.model.cargo import Cargo
from corridor.model.network import Network
from corridor.model.table import Table
from corridor.routing.search import TimeWindows
from corridor.units import HOURS_PER_DAY, HOURS_PER_WEEK

MONTHS_AHEAD = 14  # nothing waits longer than a year
BEFORE_H = 1e-3  # a season ends this long before the next month begins
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EXPECTED, TIMETABLE, SEASON, ICE = "expected", "timetable", "season", "ice"
Slot = tuple[float, float, float]  # start, end and extra time, in h


@dataclass(frozen=True)
class Delay:
    """Hours before an arc in addition to its usual time, and why."""

    time_h: float
    why: str


@dataclass(frozen=True, eq=False)
class Clock:
    """A departure (UTC), and the time windows of the arcs of a virtual network in hours after it.

    `runs_by_timetable` says for each arc whether its wait follows from a timetable.
    """

    departure: dt.datetime
    time_windows: TimeWindows
    runs_by_timetable: Array

    def delays(self, arcs: Sequence[int], hours: Sequence[float]) -> dict[int, tuple[Delay, ...]]:
        """Return, by position in a path, the delays of a consignment that leaves at the departure; `hours` by arc."""
        now, found = 0.0, {}
        for i, (a, h) in enumerate(zip(arcs, hours, strict=True)):
            time_window = int(self.time_windows.of_arc[a])
            if time_window >= 0:
                wait, extra = self._through(time_window, now)
                why = TIMETABLE if self.runs_by_timetable[a] else SEASON
                delays = tuple(Delay(t, w) for t, w in ((wait, why), (extra, ICE)) if t > 0)
                now += wait + extra
                if delays:
                    found[i] = delays
            now += h
        return found

    def _through(self, time_window: int, now: float) -> tuple[float, float]:
        """Return wait and extra hours at a time window, as `kernel.labels.through` sums them."""
        w = self.time_windows
        slots = range(int(w.first_slot[time_window]), int(w.first_slot[time_window + 1]))
        begins = ((max(now, float(w.start_h[k])), float(w.extra_h[k])) for k in slots if w.end_h[k] >= now)
        begin, extra = min(begins, key=lambda slot: slot[0] + slot[1])
        return begin - now, extra


def clock_of(network: Network, cargo: Cargo, departure: dt.datetime) -> tuple[VirtualNetwork, Clock]:
    """Return the network with everything that opens within the journey's horizon, and its clock.

    Prices are those of the month of departure.
    """
    key = ("clock", cargo, departure.year, departure.month)
    if key not in network.cache:
        network.cache[key] = _of_month(network, cargo, departure.year, departure.month)
    graph, time_windows, timetable = network.cache[key]
    passed_h = (departure - _first_of(departure.year, departure.month)).total_seconds() / 3600
    shifted = replace(time_windows, start_h=time_windows.start_h - passed_h, end_h=time_windows.end_h - passed_h)
    return graph, Clock(departure, shifted, timetable)


def _of_month(network: Network, cargo: Cargo, year: int, month: int) -> tuple[VirtualNetwork, TimeWindows, Array]:
    state = network.at(year, month)
    ahead = [(year + (month - 1 + k) // 12, (month - 1 + k) % 12 + 1) for k in range(MONTHS_AHEAD)]
    open_links = _open(network, state, "link", ahead)
    open_transfers = _open(network, state, "transfer", ahead)
    closed = [_closed_resources(network.at(y, m), m) for y, m in ahead]
    opened = replace(
        state,
        link_table=_as_open(state.link_table, open_links),
        transfer_table=_as_open(state.transfer_table, open_transfers),
        resource_table=_with_later_limits(state.resource_table, closed),
        cache={},
    )
    graph = virtual_network(opened, cargo, year)
    closed_months = _closed_months(graph, closed)
    table = state.link_table
    begins = [(_first_of(y, m) - _first_of(year, month)).total_seconds() / 3600 for y, m in ahead]
    months = list(zip(begins, [*begins[1:], begins[-1] + 31 * HOURS_PER_DAY], (m for _, m in ahead), strict=True))
    weekday = _first_of(year, month).weekday()
    slots: dict[tuple[Any, ...], list[Slot]] = {}
    window_of, timetable = [], []
    for a, (kind, feature, direction) in enumerate(zip(graph.kind, graph.feature, graph.direction, strict=True)):
        closed_in = closed_months.get(a, ())
        key = (int(kind == LINK), feature, direction if kind == LINK else 0, closed_in)
        times: Sequence[str] = ()
        if feature >= 0 and key not in slots:
            is_open = (open_links if kind == LINK else open_transfers)[:, feature].copy()
            is_open[list(closed_in)] = False
            slots[key] = list(_slots(months, is_open, table if kind == LINK else None, feature, direction, weekday))
        if kind == LINK:
            times = table["departures" if direction == FORWARD else "departures_back"][feature]
        timetable.append(bool(times))
        window_of.append(key if feature >= 0 else None)
    return graph, _time_windows(slots, window_of, months[-1][1]), np.array(timetable, dtype=np.bool_)


def _first_of(year: int, month: int) -> dt.datetime:
    return dt.datetime(year, month, 1, tzinfo=dt.UTC)


def _open(network: Network, state: Network, kind: str, ahead: Sequence[tuple[int, int]]) -> Array:
    """Return what is open, by month and feature; features added later do not exist yet."""
    ids = state.tables[kind].ids
    rows = []
    for y, m in ahead:
        then = network.at(y, m)
        flags = open_features(then, kind, y, m)
        index = then.tables[kind].index
        rows.append([bool(flags[index[name]]) if name in index else False for name in ids])
    return np.array(rows, dtype=np.bool_).reshape(len(ahead), len(ids))


def _closed_resources(network: Network, month: int) -> set[str]:
    """Return the resources that are closed in a month: without capacity, or in a closed season."""
    table = network.resource_table
    rows = zip(table.ids, table["capacity"], table["months_open"], strict=True)
    return {name for name, capacity, months in rows if capacity == 0 or (months and month not in months)}


def _with_later_limits(table: Table, closed: Sequence[set[str]]) -> Table:
    """Return the resources without the limit 0 of those that open within the horizon: their arcs have time windows."""
    later = set[str]().union(*closed) - closed[0].intersection(*closed)
    rows = [i for i, name in enumerate(table.ids) if name in later and table["capacity"][i] == 0]
    return table.replaced({"capacity": dict.fromkeys(rows, float("nan"))}) if rows else table


def _closed_months(graph: VirtualNetwork, closed: Sequence[set[str]]) -> dict[int, tuple[int, ...]]:
    """Return the months ahead, by position, in which a closed resource closes an arc."""
    found: dict[int, set[int]] = {}
    if any(closed):
        for limit in limits(graph):
            for a in limit.arcs:
                found.setdefault(a, set()).update(k for k, names in enumerate(closed) if limit.id in names)
    return {a: tuple(sorted(months)) for a, months in found.items() if months}


def _as_open(table: Table, is_open: Array) -> Table:
    """Return a table in which every feature that is open in some of the months operates."""
    sometimes, always = is_open.any(axis=0), is_open.all(axis=0)
    changed = np.flatnonzero(sometimes & ~always).tolist()
    changes: dict[str, dict[int, Any]] = {"status": dict.fromkeys(changed, "operating")}
    if "months_open" in table.columns:
        changes["months_open"] = dict.fromkeys(changed, ())
        changes["opened_year"] = dict.fromkeys(changed, float("nan"))
    return table.replaced(changes)


def _slots(
    months: Sequence[tuple[float, float, int]],
    is_open: Array,
    links: Table | None,
    feature: int,
    direction: int,
    weekday: int,
) -> Iterator[Slot]:
    icy = set() if links is None else set(links["ice_months"][feature])
    ice_h = 0.0 if links is None or not icy else float(links["ice_h"][feature])
    times = () if links is None else links["departures" if direction == FORWARD else "departures_back"][feature]
    runs: list[Slot] = []
    for (begin, end, month), open_ in zip(months, is_open, strict=True):
        extra = ice_h if month in icy else 0.0
        if open_ and runs and runs[-1][1] == begin and runs[-1][2] == extra:
            runs[-1] = (runs[-1][0], end, extra)
        elif open_:
            runs.append((begin, end, extra))
    if not times:
        yield from ((a, b - BEFORE_H, extra) for a, b, extra in runs)
        return
    for at in _departures(times, weekday, months[-1][1]):
        yield from ((at, at, extra) for a, b, extra in runs if a <= at < b)


def _departures(times: Sequence[str], weekday: int, until_h: float) -> Iterator[float]:
    """Yield the departures of a weekly timetable in hours after midnight of a day with the given weekday."""
    hours = sorted(
        ((WEEKDAYS.index(t[:3]) - weekday) % 7) * HOURS_PER_DAY + int(t[4:6]) + int(t[7:9]) / 60 for t in times
    )
    week = 0.0
    while week < until_h:
        yield from (week + h for h in hours)
        week += HOURS_PER_WEEK


def _time_windows(
    slots: Mapping[tuple[int, int, int], Sequence[Slot]], window_of: Sequence[Any], until_h: float
) -> TimeWindows:
    """Return the time windows that are not always open, and the window of each arc."""
    always = [(0.0, until_h - BEFORE_H, 0.0)]
    limited = {key: found for key, found in slots.items() if list(found) != always}
    number = {key: i for i, key in enumerate(limited)}
    rows = [slot for found in limited.values() for slot in sorted(found, key=lambda s: s[1])]
    counts = [len(found) for found in limited.values()]
    start, end, extra = (np.array([r[i] for r in rows], dtype=np.float64) for i in range(3))
    return TimeWindows(
        np.array([number.get(key, -1) for key in window_of], dtype=np.int64),
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        start,
        end,
        extra,
    )
