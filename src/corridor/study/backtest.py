"""Back-test of the calibrated model against data that were not fitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from corridor.displayable import Result
from corridor.errors import DataError, Fault
from corridor.io.count_checks import count_faults
from corridor.io.counts import counts_of
from corridor.io.study_files import study_of
from corridor.model.network import Network
from corridor.model.provenance import provenance_entry, with_provenance
from corridor.study.branch_study import branch_study_of
from corridor.study.calibrate import calibrate, with_model_error
from corridor.study.calibration_text import backtest_text
from corridor.study.counting import CountedVolumes
from corridor.study.misfit import TransitTime, misfit
from corridor.study.misfit_text import OFF_TIME
from corridor.study.option_checks import draw_faults, year_faults
from corridor.study.sampling import sampled, solved_draws

INTERVAL = (10.0, 90.0)


@dataclass(frozen=True, slots=True)
class Checked:
    """A count of a later year beside the interval of the draws, in net Mt of its period."""

    id: str
    group: str
    name: str
    period: str
    counted_mt: float
    low_mt: float
    middle_mt: float
    high_mt: float
    inside: bool


@dataclass(frozen=True)
class Backtest(Result):
    """Data that were not fitted: later counts beside calibrated draws, and transit times beside the model's."""

    _TABLES: ClassVar[Mapping[str, str]] = {"counts": "counts", "times": "times"}

    network: str
    data_version: str
    year: int
    draws: int
    seed: int
    counts: tuple[Checked, ...]
    times: tuple[TransitTime, ...]

    @property
    def counts_inside(self) -> tuple[int, int]:
        """Number of counts in the interval, and of all counts."""
        return sum(c.inside for c in self.counts), len(self.counts)

    @property
    def times_inside(self) -> tuple[int, int]:
        """Number of transit times within a quarter of the published range, and of all that have a route."""
        known = [t.misfit for t in self.times if t.misfit is not None]
        return sum(abs(m) <= OFF_TIME for m in known), len(known)

    def __str__(self) -> str:
        return backtest_text(self)

    def to_dict(self) -> dict[str, Any]:
        """Return everything with the JSON keys of the command line."""
        return {
            **asdict(self),
            "inside": self.counts_inside[0],
            "of": self.counts_inside[1],
            "times_inside": list(self.times_inside),
            **provenance_entry(self),
        }


@with_provenance
def backtest(
    network: Network,
    *,
    draws: int = 100,
    seed: int = 1,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Backtest:
    """Compare the calibrated model with data that were not fitted: counts of the next year, transit times.

    Parameters
    ----------
    network
        The baseline network, without scenarios.
    draws, seed
        Number and seed of the draws of all inputs; the free inputs are drawn from their calibrated distribution.
    workers, progress
        The result is the same with any number of workers; `progress` is called after every draw.

    Returns
    -------
    Backtest
        How many counts of all lie in the interval from 10 to 90 % of the draws.

    Raises
    ------
    DataError
        If the number of draws or the seed is invalid, or there are no counts.

    Examples
    --------
    >>> import corridor
    >>> found = corridor.backtest(corridor.load(), draws=2)
    >>> inside, of = found.counts_inside
    >>> 0 <= inside <= of
    True
    """
    base_year = study_of(network).settings.base_year
    year = base_year + 1
    faults = draw_faults(draws, seed, workers) + year_faults(network, year)
    if not faults and draws < 1:
        faults.append(Fault("option", "draws", repr(draws), f"is {draws!r}", "give 1 or more"))
    if faults:
        raise DataError(faults)
    fitted = calibrate(network)
    study = branch_study_of(network, None, year).given(fitted.posterior)
    counts = [c for c in counts_of(study_of(network)) if c.kind == "counted" and c.year == year]
    faults = count_faults(network, counts)
    if faults:
        raise DataError(faults)
    volumes = CountedVolumes(network, study.demand, counts)
    found = solved_draws(study, sampled(study, draws, seed), year, volumes.with_other_traffic_mt, workers, progress)
    mt = with_model_error(np.array(found).reshape(draws, len(counts)), fitted.model_error, seed)
    checked = []
    for i, c in enumerate(counts):
        low, middle, high = np.percentile(mt[:, i], [INTERVAL[0], 50.0, INTERVAL[1]]).tolist()
        inside = low <= c.observed_mt <= high
        checked.append(Checked(c.id, c.group, c.name or c.id, c.period, c.observed_mt, low, middle, high, inside))
    times = misfit(network, year=base_year).times
    version = str(network.meta.get("data_version", ""))
    return Backtest(network.name, version, year, draws, seed, tuple(checked), times)
