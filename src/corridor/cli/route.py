"""`corridor route`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from corridor.cli.run import json_option, network_options, print_json

if TYPE_CHECKING:
    from corridor.model.network import Network


@click.command()
@click.argument("origin")
@click.argument("destination")
@click.option("--cargo", default="container", show_default=True, help="Cargo of the catalogue (`corridor info cargo`).")
@click.option(
    "--by", default="generalised", show_default=True, help="What is least: generalised, cost, time, length or co2."
)
@click.option("--year", type=int, help="Year whose network is asked (default: base year).")
@click.option(
    "--depart", metavar="DATE", help="Day of departure, 2027-01-15: sets the year, closes what is closed that month."
)
@click.option(
    "--avoid", multiple=True, metavar="X", help="Country code, place, link, transfer or resource not to be used."
)
@click.option("--via", multiple=True, metavar="X", help="Place to pass; several in this order.")
@click.option(
    "--mode", "modes", multiple=True, metavar="M", help="Mode that may be used: rail, road, sea, ferry, river."
)
@click.option("--sources", is_flag=True, help="List the figures behind the answer and their sources.")
@click.option("--geojson", "geojson_file", metavar="FILE", help="Write the route as GeoJSON.")
@click.option("--plot", "plot_file", metavar="FILE", help="Draw the route on a map (needs corridor-freight[plot]).")
@json_option
@network_options
def route(
    network: Network,
    origin: str,
    destination: str,
    cargo: str,
    by: str,
    year: int | None,
    depart: str | None,
    avoid: tuple[str, ...],
    via: tuple[str, ...],
    modes: tuple[str, ...],
    sources: bool,
    geojson_file: str | None,
    plot_file: str | None,
    as_json: bool,
) -> None:
    """Find the best route from ORIGIN to DESTINATION.

    \b
    corridor route Chelyabinsk "Bandar Abbas" --cargo grain --mode rail
    corridor route Moscow Mumbai --by time --avoid IR
    """
    from corridor.engine.routing.route import route as find

    if plot_file is not None:
        from corridor.show.plot import check_picture, save_route

        check_picture(plot_file)
    found = find(
        network, origin, destination, cargo=cargo, by=by, year=year, depart=depart, avoid=avoid, via=via, modes=modes
    )
    if plot_file is not None:
        save_route(network, found, plot_file)
    if geojson_file is not None:
        from pathlib import Path

        from corridor.io.files import write_text
        from corridor.io.routes import route_geojson

        write_text(Path(geojson_file), route_geojson(found))
    if as_json:
        print_json(found.to_dict())
        return
    click.echo(str(found))
    if sources:
        from corridor.show.sourced import figures_text

        click.echo(figures_text(found, network))
