"""Checks of the options that several studies share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridor.errors import Fault
from corridor.io.study_files import study_of
from corridor.model.checks import is_number

if TYPE_CHECKING:
    from corridor.model.network import Network

MOST_DRAWS = 100_000  # each takes about 50 kB


def flag_faults(**flags: object) -> list[Fault]:
    """Return a fault for each flag that is neither true nor false."""
    wrong = {name: value for name, value in flags.items() if not isinstance(value, bool)}
    return [Fault("option", n, repr(v), f"is {v!r}", "give True or False") for n, v in wrong.items()]


def progress_faults(progress: object) -> list[Fault]:
    """Return what is wrong with a progress callback."""
    if progress is None or callable(progress):
        return []
    return [Fault("option", "progress", repr(progress), f"is {progress!r}", "give a function that takes a number")]


def target_faults(target_mt: object) -> list[Fault]:
    """Return what is wrong with a target."""
    if target_mt is None or (isinstance(target_mt, int | float) and is_number(target_mt) and target_mt >= 0):
        return []
    return [Fault("option", "target", repr(target_mt), f"is {target_mt!r}", "give Mt a year, 0 or more")]


def year_faults(network: Network, year: object, after: int = 0) -> list[Fault]:
    """Return what is wrong with a year of a study, from `after` years after its base year."""
    years = study_of(network).settings.years[after:]
    if not isinstance(year, bool) and isinstance(year, int) and year in years:
        return []
    if not years:
        fix = "give the study a later last year"
        return [Fault("study", "years", repr(year), "are too few for this question", fix)]
    fix = f"give a year from {years[0]} to {years[-1]}, which the demand tables hold"
    return [Fault("option", "year", repr(year), f"is {year!r}", fix)]


def draw_faults(draws: object, seed: object, workers: object = None) -> list[Fault]:
    """Return what is wrong with a number of draws, a seed, and a number of workers (None: all processors)."""
    faults = []
    limits = (("draws", draws, 0, MOST_DRAWS), ("seed", seed, 0, 2**63 - 1), ("workers", workers, 1, 4096))
    for name, value, least, most in limits:
        if value is None and name == "workers":
            continue
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            fix = f"give a whole number, {least} to {most:,}"
            faults.append(Fault("option", name, repr(value), f"is {value!r}", fix))
    return faults
