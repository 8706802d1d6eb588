"""`corridor assign`, `throughput`, `volumes` and `misfit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from corridor.cli import complete
from corridor.cli.command import DECIMAL, WHOLE, command
from corridor.cli.run import answer, draw_options, json_option, network_options, plot_option, progress_bar

if TYPE_CHECKING:
    from corridor.model.network import Network


@command(short_help="Assign demand to the network within its capacity.")
@click.argument("demand_file", metavar="[DEMAND.csv]", required=False)
@click.option(
    "--rule", default="capacitated", show_default=True, help="Assignment rule: cheapest, capacitated or logit."
)
@click.option("--year", type=WHOLE, help="Year of demand and network (default: base year).")
@click.option("--demand", "scenario", help="Growth of trade in the study: low, central (default), high.")
@plot_option
@json_option
@network_options
def assign(
    network: Network,
    demand_file: str | None,
    rule: str,
    year: int | None,
    scenario: str | None,
    plot_file: str | None,
    as_json: bool,
) -> None:
    """Assign the demand of a year; show binding constraints and unserved demand.

    DEMAND.csv has the columns origin, destination, cargo, t_yr, and optionally
    max_cost_usd_t and q1 to q4; the default is the demand of the study.

    \b
    corridor assign --year 2030 --rule logit
    corridor assign my-demand.csv
    """
    from corridor.io.demand_files import read_demand
    from corridor.io.demand_tables import demand_of
    from corridor.study.assign import assign as load

    if demand_file is not None and scenario is not None:
        raise click.UsageError("--demand selects a growth of the study; it does not apply to a file")
    if demand_file is None:
        demand_table = demand_of(network, "central" if scenario is None else scenario, year)
    else:
        demand_table = read_demand(demand_file, network.base_year if year is None else year)
    found = load(network, demand_table, rule=rule)
    answer(found, as_json, network, plot_file)


@command(short_help="Forecast the volume of a branch, year by year.")
@click.argument("branch", required=False, shell_complete=complete.branch)
@click.option("--year", type=WHOLE, help="Last year (default: that of the study); all from its base year are computed.")
@click.option("--target", type=DECIMAL, metavar="MT", help="Mt a year to compare the last year with.")
@click.option("--demand", "scenario", default="central", show_default=True, help="Growth of trade: low, central, high.")
@click.option(
    "--calibrated/--recorded",
    default=None,
    help="Inputs as the counts leave them, or as recorded (default: as counts, if the study holds a calibration).",
)
@draw_options
@plot_option
@json_option
@network_options
def throughput(
    network: Network,
    branch: str | None,
    year: int | None,
    target: float | None,
    scenario: str,
    draws: int,
    seed: int,
    workers: int | None,
    calibrated: bool | None,
    plot_file: str | None,
    as_json: bool,
) -> None:
    """Forecast the volume of a branch from the base year on, with all competing routes.

    --draws adds probabilities and the uncertain inputs with the largest effect.

    \b
    corridor throughput eastern --year 2030 --target 15
    corridor throughput eastern --scenario no-suspension
    corridor throughput eastern --target 15 --draws 2000
    """
    from corridor.study.throughput import throughput as carry

    asked = {"year": year, "target_mt": target, "demand_scenario": scenario, "seed": seed, "workers": workers}
    with progress_bar(draws, "draws") as progress:
        found = carry(network, branch, **asked, draws=draws, progress=progress, calibrated=calibrated)  # type: ignore[arg-type]
    answer(found, as_json, network, plot_file)


@command(short_help="Show what passes a place, and what it consists of.")
@click.argument("at", metavar="LINK|RESOURCE|TRANSFER|PLACE|SCREENLINE", shell_complete=complete.feature)
@click.option(
    "--by",
    default="cargo",
    show_default=True,
    metavar="KEYS",
    help="cargo, direction, origin, destination, origin_country, destination_country.",
)
@click.option("--year", type=WHOLE, help="Year of demand and network (default: the base year of the study).")
@draw_options
@json_option
@network_options
def volumes(
    network: Network,
    at: str,
    by: str,
    year: int | None,
    draws: int,
    seed: int,
    workers: int | None,
    as_json: bool,
) -> None:
    """Show what passes a link, resource, transfer, place or screenline in a year, in Mt.

    --draws adds the 10, 50 and 90 % quantiles over draws of all uncertain inputs.

    \b
    corridor volumes sarakhs-yard --by cargo,direction
    corridor volumes bolashak --by origin_country,destination_country --year 2030 --draws 100
    """
    from corridor.study.volumes import volumes as count

    keys = tuple(part.strip() for part in by.split(",") if part.strip())
    with progress_bar(draws, "draws") as progress:
        found = count(network, at, by=keys, year=year, draws=draws, seed=seed, workers=workers, progress=progress)
    answer(found, as_json)


@command(short_help="Compare counts and transit times with the model.")
@click.option(
    "--counts",
    "file",
    metavar="FILE.csv",
    type=click.Path(),
    help="Your own counts (columns: docs/format.md; default: those of the study).",
)
@click.option("--year", type=WHOLE, help="Year of the counts (default: the base year; with --counts every year).")
@draw_options
@json_option
@network_options
def misfit(
    network: Network,
    file: str | None,
    year: int | None,
    draws: int,
    seed: int,
    workers: int | None,
    as_json: bool,
) -> None:
    """Compare counts, and transit times, with the model where the counts were made.

    The model is not fitted to them; all deviations are shown. --draws adds the 10 and 90 % quantiles over draws of
    all uncertain inputs.

    \b
    corridor misfit --year 2025
    corridor misfit --counts mine.csv --draws 50
    """
    from corridor.study.misfit import misfit as compare

    with progress_bar(draws, "draws") as progress:
        found = compare(network, year=year, file=file, draws=draws, seed=seed, workers=workers, progress=progress)
    answer(found, as_json)
