"""`corridor flow`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from corridor.cli import complete
from corridor.cli.command import WHOLE, command, names_of
from corridor.cli.constraint_options import constraint_options
from corridor.cli.run import answer, json_option, network_options, plot_option

if TYPE_CHECKING:
    from corridor.model.network import Network


@command(short_help="Find the maximum flow and its minimum cut.")
@click.argument("origins", metavar="ORIGIN[,…]", shell_complete=complete.place)
@click.argument("destinations", metavar="DESTINATION[,…]", shell_complete=complete.place)
@click.option(
    "--cargo",
    default="container",
    show_default=True,
    shell_complete=complete.cargo,
    help="Cargo of the catalogue (`corridor info cargo`).",
)
@click.option("--year", type=WHOLE, help="Year of the network (default: base year).")
@constraint_options(whole=False)
@plot_option
@json_option
@network_options
def flow(
    network: Network,
    origins: str,
    destinations: str,
    cargo: str,
    year: int | None,
    constraints: dict[str, Any],
    plot_file: str | None,
    as_json: bool,
) -> None:
    """Find the maximum flow from ORIGIN(s) to DESTINATION(s) and its minimum cut.

    \b
    corridor flow Chelyabinsk,Samara "Bandar Abbas" --cargo grain --mode rail
    """
    from corridor.flow.maximum_flow import max_flow

    found = max_flow(network, names_of(origins), names_of(destinations), cargo=cargo, year=year, **constraints)
    answer(found, as_json, network, plot_file)
