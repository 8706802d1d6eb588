"""Observations compared with the model: volumes at screenlines, transit times."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from corridor.assignment.result import Assignment, Crossing
from corridor.displayable import Result
from corridor.errors import DataError, Fault, NoRouteError
from corridor.io.demand_tables import demand_of
from corridor.io.study_files import StudyFiles, study_of
from corridor.model.network import Network
from corridor.model.provenance import provenance_entry, with_provenance
from corridor.routing.route import route
from corridor.study.assign import assign
from corridor.study.branch import branch_of
from corridor.study.misfit_text import misfit_text
from corridor.units import DAYS_PER_YEAR, HOURS_PER_DAY

MT = 1e6


@dataclass(frozen=True, slots=True)
class Volume:
    """A count beside the model, in Mt a year; the days of a shorter period are scaled to a year.

    `misfit` is (modelled + other traffic) / observed - 1; None if the model has no volume
    of the count's scope.
    """

    screenline: str
    name: str
    period: str
    direction: str
    scope: str
    kind: str
    observed_mt: float
    low_mt: float | None
    high_mt: float | None
    modelled_mt: float | None
    base_load_mt: float | None
    misfit: float | None
    sources: str
    note: str


@dataclass(frozen=True, slots=True)
class TransitTime:
    """A published transit time beside the model's, in days; `misfit` is the share outside it (None: no route)."""

    name: str
    kind: str
    low_days: float
    high_days: float
    days: float | None
    misfit: float | None
    why: str


@dataclass(frozen=True)
class Misfit(Result):
    """Counts and transit times beside the model's; the model is not fitted to them."""

    _TABLES: ClassVar[Mapping[str, str]] = {"volumes": "volumes", "times": "times"}

    network: str
    data_version: str
    scenarios: tuple[str, ...]
    year: int
    volumes: tuple[Volume, ...]
    times: tuple[TransitTime, ...]

    def __str__(self) -> str:
        return misfit_text(self)

    def to_dict(self) -> dict[str, Any]:
        """Return both tables with the JSON keys of the command line."""
        return {
            "network": self.network,
            "data_version": self.data_version,
            "scenarios": list(self.scenarios),
            "year": self.year,
            "volumes": [asdict(v) for v in self.volumes],
            "times": [asdict(t) for t in self.times],
            **provenance_entry(self),
        }


@with_provenance
def misfit(network: Network, *, year: int | None = None) -> Misfit:
    """Compare the counts of a year at the screenlines, and published transit times, with the model.

    The model is the *logit* assignment of the year's central demand. `modelled` is
    the demand that crosses; other traffic, which the demand does not hold, is added.

    Parameters
    ----------
    network
        The network.
    year
        From the base year of the study (the default) to its last year with an observed volume.

    Returns
    -------
    Misfit
        Counts, statements and derived figures; `kind` distinguishes them.

    Raises
    ------
    DataError
        If the year has no demand or no counts.

    Examples
    --------
    >>> import corridor
    >>> rows = corridor.misfit(corridor.load(), year=2024).volumes
    >>> {"bolashak", "sarakhs", "samur"} <= {v.screenline for v in rows}
    True
    """
    study = study_of(network)
    first, last = study.settings.base_year, last_counted_year(study)
    year = first if year is None else year
    if isinstance(year, bool) or not isinstance(year, int) or not first <= year <= last:
        fix = f"give {first} to {last}: demand begins in {first}, counts end in {last}"
        raise DataError(Fault("option", "year", repr(year), f"is {year!r}", fix))
    assignment = assign(network, demand_of(network, "central", year), rule="logit")
    counts = [r for r in study.table("counts") if r["start"].startswith(str(year))]
    known = {c.id for c in assignment.crossings}
    return Misfit(
        network=network.name,
        data_version=str(network.meta.get("data_version", "")),
        scenarios=network.scenarios,
        year=year,
        volumes=tuple(_volume(network, assignment, r) for r in counts if r["screenline"] in known),
        times=tuple(_time(network, r) for r in study.table("times")),
    )


def last_counted_year(study: StudyFiles) -> int:
    """Return the last year with an observed volume; without counts the base year."""
    return max(
        [int(r["start"][:4]) for r in study.table("counts") if r["kind"] == "counted"],
        default=study.settings.base_year,
    )


def _volume(network: Network, assignment: Assignment, row: Mapping[str, str]) -> Volume:
    start, end = (dt.date.fromisoformat(row[k]) for k in ("start", "end"))
    to_year = DAYS_PER_YEAR / min((end - start).days + 1, DAYS_PER_YEAR)
    observed = float(row["value_mt"]) * to_year
    line = assignment.screenline(row["screenline"])
    modelled, base = _modelled_mt(network, assignment, line, row)
    total = None if modelled is None else modelled + (base or 0.0)
    return Volume(
        screenline=line.id,
        name=line.name,
        period=row["start"][:7] + " to " + row["end"][:7],
        direction=row["direction"],
        scope=row["scope"],
        kind=row["kind"],
        observed_mt=observed,
        low_mt=float(row["low_mt"]) if row["low_mt"] else None,
        high_mt=float(row["high_mt"]) if row["high_mt"] else None,
        modelled_mt=modelled,
        base_load_mt=base,
        misfit=None if total is None else total / observed - 1,
        sources=row["sources"],
        note=row["note"] + (" (scaled to a year)" if to_year > 1.01 else ""),
    )


def _modelled_mt(
    network: Network, assignment: Assignment, line: Crossing, row: Mapping[str, str]
) -> tuple[float | None, float | None]:
    if row["direction"] != "both":
        return None, None
    if row["scope"] == "all":
        base = line.base_load_t_yr
        return (line.southbound_t_yr + line.northbound_t_yr) / MT, None if base is None else base / MT
    branches = study_of(network).settings.counts
    if row["scope"] not in branches:
        return None, None
    branch = branch_of(network, branches[row["scope"]], demand_of(network, "central", assignment.year))
    ends = {f"{a}-{b}" for (a, b), counts in zip(branch.ends, branch.counted.tolist(), strict=True) if counts}
    return sum(t for pair, t in line.t_yr_by_ends.items() if pair in ends) / MT, 0.0


def _time(network: Network, row: Mapping[str, str]) -> TransitTime:
    low, high = float(row["low_days"]), float(row["high_days"])
    modes, via, avoid = ([x for x in row[k].split(";") if x] for k in ("modes", "via", "avoid"))
    try:
        itinerary = route(network, row["start"], row["end"], cargo=row["cargo"], modes=modes, via=via, avoid=avoid)
    except NoRouteError:
        return TransitTime(row["name"], row["kind"], low, high, None, None, row["why"])
    days = itinerary.transit_h / HOURS_PER_DAY
    outside = days / high - 1 if days > high else days / low - 1 if days < low else 0.0
    return TransitTime(row["name"], row["kind"], low, high, days, outside, row["why"])
