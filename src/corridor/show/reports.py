"""Write the report of a branch: one file for readers without this program."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from corridor.errors import DataError, Fault
from corridor.files.whole_files import path_of, writable, write_text
from corridor.io.study_files import scenario_for, study_of
from corridor.model.arguments import coerce_arguments
from corridor.model.network import Network
from corridor.show.plots.figure_style import matplotlib
from corridor.show.report.report_data import material_of
from corridor.show.report.report_page import report_html
from corridor.study.option_checks import draw_faults, year_faults

ENDINGS = (".html", ".htm")


@coerce_arguments
def report(
    network: Network,
    branch: str | None = None,
    *,
    path: str | os.PathLike[str],
    year: int | None = None,
    target_mt: float | None = None,
    draws: int = 500,
    seed: int = 1,
    scenarios: Sequence[str] | None = None,
    workers: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> Path:
    """Write the report of a branch into one HTML file; the file is self-contained and printable.

    The question, the answer in two sentences, map, fan chart, binding constraints with shadow
    prices, projects in sequence, what-ifs, and every figure with its source; needs the extra
    `plot`. Takes a minute, some minutes more the first time.

    Parameters
    ----------
    network
        The network, with the requested scenarios applied.
    branch
        A branch of the network.
    path
        The file to write; it is written completely or not at all.
    year
        A year after the base year of the study; by default its last.
    target_mt
        Mt a year to compare with; by default the lowest target of that year.
    draws, seed, workers
        As for `throughput`; the same seed gives the same file.
    scenarios
        Names of scenarios to compare; by default those that the study names.
    progress
        Is called with the name of the next computation.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    UnknownIdError, DataError
        If there is no such branch or scenario, an option is invalid, the extra is missing, or the
        file cannot be written; raised before any computation where possible.

    Examples
    --------
    >>> import corridor
    >>> corridor.report(corridor.load(), "eastern", path="no-such-folder/report.html", year=1999)
    Traceback (most recent call last):
    ...
    corridor.errors.DataError: option: year is 1999; give a year from 2025 to 2030, which the demand tables hold
    """
    year = study_of(network).settings.last_year if year is None else year
    faults = year_faults(network, year, 1) + draw_faults(draws, seed, workers)
    if faults:
        raise DataError(faults)
    matplotlib()
    target = writable(Path(path_of(path, writes=True)))
    if target.suffix.lower() not in ENDINGS:
        fix = f"give a name that ends in {' or '.join(ENDINGS)}"
        raise DataError(Fault("file", "", str(path), f"{target.name} is not the name of an HTML file", fix))
    for name in scenarios or ():
        scenario_for(network, name).apply(network)  # report faults before the long computation
    step = progress or (lambda _: None)
    material = material_of(network, branch, year, target_mt, draws, seed, scenarios, workers, step)
    write_text(target, report_html(material))
    return Path(path)
