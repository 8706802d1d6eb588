"""Observations compared with the model: counts, transit times."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from corridor.displayable import Result
from corridor.errors import DataError, Fault, NoRouteError
from corridor.io.count_checks import count_faults
from corridor.io.counts import Count, counts_of, last_counted_year, read_counts
from corridor.io.study_files import StudyFiles, study_of
from corridor.model.network import Network
from corridor.model.provenance import provenance_entry, with_provenance
from corridor.routing.route import route
from corridor.study.branch_study import branch_study_of
from corridor.study.calibrate import with_model_error
from corridor.study.count_fit import MODEL_ERROR
from corridor.study.counting import CountedVolumes
from corridor.study.misfit_text import misfit_text
from corridor.study.option_checks import draw_faults, progress_faults
from corridor.study.sampling import sampled, solved_draws
from corridor.units import HOURS_PER_DAY

INTERVAL = (10.0, 50.0, 90.0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A count beside the model, in net Mt of the count's period.

    `modelled_mt` is the demand that passes plus `other_traffic_mt`, which only counts of all cargo contain (None: not
    known, or not of this count). `misfit` is modelled / observed - 1. `p10_mt` to `p90_mt` are quantiles over
    draws, `inside` whether the observed volume is between the outer two; None without draws. If the model
    has nothing to compare, `why` says so.
    """

    count: Count
    modelled_mt: float | None
    other_traffic_mt: float | None
    p10_mt: float | None
    p50_mt: float | None
    p90_mt: float | None
    inside: bool | None
    why: str

    @property
    def misfit(self) -> float | None:
        """Modelled over observed, less 1."""
        return None if self.modelled_mt is None else self.modelled_mt / self.count.observed_mt - 1

    def to_dict(self) -> dict[str, Any]:
        """Return the count and its comparison as plain data."""
        count, (low, high) = self.count.to_dict(), self.count.range_mt
        return {
            **{k: v for k, v in count.items() if k not in ("mt", "low", "high", "net_factor", "sources", "note")},
            "observed_mt": self.count.observed_mt,
            "low_mt": low,
            "high_mt": high,
            "modelled_mt": self.modelled_mt,
            "other_traffic_mt": self.other_traffic_mt,
            "misfit": self.misfit,
            "p10_mt": self.p10_mt,
            "p50_mt": self.p50_mt,
            "p90_mt": self.p90_mt,
            "inside": self.inside,
            "why": self.why,
            "sources": count["sources"],
            "note": count["note"],
        }


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
    """Counts and transit times beside the model's; the model is not fitted to them.

    `year` is None if the counts are of several years.
    """

    _TABLES: ClassVar[Mapping[str, str]] = {"counts": "count_frame", "times": "times"}

    network: str
    data_version: str
    scenarios: tuple[str, ...]
    year: int | None
    draws: int
    seed: int
    counts: tuple[Comparison, ...]
    times: tuple[TransitTime, ...]

    @property
    def counts_inside(self) -> tuple[int, int]:
        """Number of counts between the outer quantiles of the draws, and of all that were compared with them."""
        known = [c.inside for c in self.counts if c.inside is not None]
        return sum(known), len(known)

    def count_frame(self) -> Any:
        """Return the counts as a DataFrame."""
        import pandas as pd

        return pd.DataFrame([c.to_dict() for c in self.counts])

    def __str__(self) -> str:
        return misfit_text(self)

    def to_dict(self) -> dict[str, Any]:
        """Return both tables with the JSON keys of the command line."""
        return {
            "network": self.network,
            "data_version": self.data_version,
            "scenarios": list(self.scenarios),
            "year": self.year,
            "draws": self.draws,
            "seed": self.seed,
            "counts": [c.to_dict() for c in self.counts],
            "times": [asdict(t) for t in self.times],
            **provenance_entry(self),
        }


@with_provenance
def misfit(
    network: Network,
    *,
    year: int | None = None,
    file: str | os.PathLike[str] | None = None,
    draws: int = 0,
    seed: int = 1,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Misfit:
    """Compare counts, and published transit times, with the model.

    The model is the *logit* assignment of the central demand of each count's year, in the months of its period.
    Each passage of a path counts, at the object that the count names; other traffic, which the
    demand does not hold, is added where a count is of all cargo.

    Parameters
    ----------
    network
        The network of a study.
    year
        From the base year of the study to its last year with an observed volume. By default the base
        year, or with `file` every year of its counts.
    file
        A CSV file of counts in place of those of the study; its columns are in docs/format.md.
    draws, seed
        Number and seed of draws of all uncertain inputs, for the 10, 50 and 90 % quantiles; each is a year
        solved in full.
    workers, progress
        The result is the same with any number of workers; `progress` is called after every draw of a year.

    Returns
    -------
    Misfit
        Counts, statements and derived figures; `kind` distinguishes them.

    Raises
    ------
    DataError
        If the study has no demand or no counts for the year, or the file has faults; lists all of them.

    Examples
    --------
    >>> import corridor
    >>> counts = corridor.misfit(corridor.load(), year=2024).counts
    >>> all(c.count.year == 2024 for c in counts)
    True
    """
    study = study_of(network)
    counts = counts_of(study) if file is None else read_counts(file)
    first, last = study.settings.base_year, last_counted_year(counts, study.settings.base_year)
    faults = draw_faults(draws, seed, workers) + progress_faults(progress)
    if file is None:
        year = first if year is None else year
    last = max(first, last)
    if year is not None and (isinstance(year, bool) or not isinstance(year, int) or not first <= year <= last):
        fix = f"give {first} to {last}: demand begins in {first}, counts end in {last}"
        faults.append(Fault("option", "year", repr(year), f"is {year!r}", fix))
    faults += count_faults(network, counts)
    if faults:
        raise DataError(faults)
    chosen = [c for c in counts if year is None or c.year == year]
    compared: dict[int, Comparison] = {}
    for y in sorted({c.year for c in chosen}):
        positions = [i for i, c in enumerate(chosen) if c.year == y]
        of_year = _compared(network, study, [chosen[i] for i in positions], y, draws, seed, workers, progress)
        compared |= dict(zip(positions, of_year, strict=True))
    return Misfit(
        network=network.name,
        data_version=str(network.meta.get("data_version", "")),
        scenarios=network.scenarios,
        year=year,
        draws=draws,
        seed=seed,
        counts=tuple(compared[i] for i in range(len(chosen))),
        times=tuple(_time(network, r) for r in study.table("times")) if file is None else (),
    )


def _compared(
    network: Network,
    study: StudyFiles,
    counts: Sequence[Count],
    year: int,
    draws: int,
    seed: int,
    workers: int | None,
    progress: Callable[[int], None] | None,
) -> list[Comparison]:
    """Return the counts of one year beside the model."""
    years = study.settings.years
    if year not in years:
        why = f"the study is about {years[0]} to {years[-1]}"
        return [Comparison(c, None, None, None, None, None, None, why) for c in counts]
    model = branch_study_of(network, None, year, measured=False)
    volumes = CountedVolumes(network, model.demand, counts)
    other = volumes.other_traffic_mt()
    central = volumes.with_other_traffic_mt(model.solve(year))
    quantiles: list[list[float | None]] = [[None] * 3] * len(counts)
    if draws:
        sample = sampled(model, draws, seed)
        mt = np.array(solved_draws(model, sample, year, volumes.with_other_traffic_mt, workers, progress))
        if model.posterior is not None:
            mt = with_model_error(mt, network.parameter.get("count_model_error", MODEL_ERROR), seed)
        quantiles = np.percentile(mt, INTERVAL, axis=0).T.tolist()
    found = []
    for count, mt, load, (low, middle, high) in zip(counts, central.tolist(), other, quantiles, strict=True):
        inside = None if low is None or high is None else low <= count.observed_mt <= high
        found.append(Comparison(count, mt, load, low, middle, high, inside, ""))
    return found


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
