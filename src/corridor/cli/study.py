"""`corridor compare`, `plan`, `criticality`, `calibrate` and `backtest`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from corridor.cli import complete
from corridor.cli.command import DECIMAL, WHOLE, command
from corridor.cli.run import answer, draw_options, json_option, network_options, plot_option, progress_bar

if TYPE_CHECKING:
    from corridor.model.network import Network


@command(short_help="Compare scenarios.")
@click.argument("names", metavar="[BRANCH] [SCENARIO]...", nargs=-1)
@click.option("--year", type=WHOLE, help="Last year (default: that of the study); all from its base year are computed.")
@click.option("--target", type=DECIMAL, metavar="MT", help="Mt a year to compare the last year with.")
@draw_options
@plot_option
@json_option
@network_options
def compare(
    network: Network,
    names: tuple[str, ...],
    year: int | None,
    target: float | None,
    draws: int,
    seed: int,
    workers: int | None,
    plot_file: str | None,
    as_json: bool,
) -> None:
    """Compare the effect of scenarios on a branch with the baseline.

    SCENARIO is the name of one of the study or a file; the default is all of the study.

    \b
    corridor compare
    corridor compare eastern gauge-yards slow-works --target 15
    """
    from corridor.errors import UnknownIdError
    from corridor.io.study_files import study_of
    from corridor.model.names import nearest
    from corridor.study.compare import compare as beside

    branches = {str(b["id"]).casefold() for b in network.branches}
    branch = names[0] if names and names[0].casefold() in branches else None
    chosen = names[1:] if names and names[0].casefold() in branches else names
    scenarios = study_of(network).scenarios
    known = [*branches, *scenarios]
    for name in chosen:
        if name not in known and not os.path.lexists(name) and nearest(name, known):
            raise UnknownIdError("branch or scenario", name, nearest(name, known))
    chosen = chosen or tuple(n for n in scenarios if n not in network.history)
    with progress_bar(len(chosen), "scenarios") as progress:
        found = beside(
            network,
            chosen,
            branch,
            year=year,
            target_mt=target,
            draws=draws,
            seed=seed,
            workers=workers,
            progress=progress,
        )
    answer(found, as_json, network, plot_file)


@command(short_help="Rank critical elements (N-1).")
@click.argument("branch", required=False, shell_complete=complete.branch)
@click.option("--year", type=WHOLE, help="Year of the failures (default: the base year of the study).")
@click.option("--pairs", is_flag=True, help="Also all pairs of elements that carry a twentieth of the branch.")
@click.option("--workers", type=WHOLE, metavar="N", help="Threads (default: all); the answer is the same.")
@plot_option
@json_option
@network_options
def criticality(
    network: Network,
    branch: str | None,
    year: int | None,
    pairs: bool,
    workers: int | None,
    plot_file: str | None,
    as_json: bool,
) -> None:
    """Rank links, yards, ports, borders, countries and railways by the loss if they fail for a year.

    \b
    corridor criticality eastern
    corridor criticality eastern --year 2030 --pairs
    """
    from corridor.study.criticality import criticality as fail

    found = fail(network, branch, year=year, pairs=pairs, workers=workers)
    answer(found, as_json, network, plot_file)


@command(short_help="Select and sequence projects.")
@click.argument("branch", required=False, shell_complete=complete.branch)
@click.option("--target", type=DECIMAL, metavar="MT", help="Mt a year to reach (default: the most that projects give).")
@click.option("--budget", type=DECIMAL, metavar="MUSD", help="Million USD at most; excludes projects of unknown cost.")
@click.option("--year", type=WHOLE, help="Year of the target (default: the last of the study).")
@click.option("--share", type=DECIMAL, default=0.5, show_default=True, help="Share of the draws that must reach it.")
@draw_options
@plot_option
@json_option
@network_options
def plan(
    network: Network,
    branch: str | None,
    target: float | None,
    budget: float | None,
    year: int | None,
    share: float,
    draws: int,
    seed: int,
    workers: int | None,
    plot_file: str | None,
    as_json: bool,
) -> None:
    """Select the projects that reach a target at least cost, with the volume and the bottleneck after each.

    \b
    corridor plan eastern --target 15
    corridor plan eastern --budget 500
    corridor plan eastern --target 1.5 --draws 200 --share 0.8
    """
    from corridor.study.plan import plan as choose

    found = choose(
        network,
        branch,
        target_mt=target,
        budget_musd=budget,
        year=year,
        share=share,
        draws=draws,
        seed=seed,
        workers=workers,
    )
    answer(found, as_json, network, plot_file)


@command(short_help="Fit the uncertain inputs to counts.")
@click.option("--save", is_flag=True, help="Write the fit to the folder of the study; its answers then rest on it.")
@json_option
@network_options
def calibrate(network: Network, save: bool, as_json: bool) -> None:
    """Fit all uncertain inputs to the counts of the base year, with their recorded ranges as priors.

    Prints the counts, the constants of gates in USD/t, the rows of the demand and the other inputs that moved
    most. What a study holds already is shown; otherwise the fit takes minutes.
    """
    from corridor.study.calibrate import MEMBERS
    from corridor.study.calibrate import calibrate as fit

    with progress_bar(MEMBERS, "members") as progress:
        found = fit(network, save=save, progress=progress)
    answer(found, as_json)


@command(short_help="Compare the model with data that were not fitted.")
@click.option("--draws", type=WHOLE, default=100, show_default=True, help="Calibrated draws for the intervals.")
@click.option("--seed", type=WHOLE, default=1, show_default=True, help="The same seed gives the same draws.")
@click.option("--workers", type=WHOLE, metavar="N", help="Threads (default: all); the answer is the same.")
@json_option
@network_options
def backtest(network: Network, draws: int, seed: int, workers: int | None, as_json: bool) -> None:
    """Compare the counts of the year after the base year with calibrated draws, and transit times with the model."""
    from corridor.study.backtest import backtest as check

    with progress_bar(draws, "draws") as progress:
        found = check(network, draws=draws, seed=seed, workers=workers, progress=progress)
    answer(found, as_json)
