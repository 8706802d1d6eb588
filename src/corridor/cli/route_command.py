"""`corridor route`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from corridor.cli import complete
from corridor.cli.command import DECIMAL, WHOLE, command
from corridor.cli.constraint_options import constraint_options
from corridor.cli.run import json_option, network_options, plot, plot_option, print_json

if TYPE_CHECKING:
    from corridor.model.network import Network
    from corridor.routing.itinerary import Route

DRAWS = 500
cargo_option = click.option(
    "--cargo",
    default="container",
    show_default=True,
    shell_complete=complete.cargo,
    help="Cargo of the catalogue (`corridor info cargo`).",
)
by_option = click.option(
    "--by",
    default="generalised",
    show_default=True,
    help="Objective: generalised, cost, time, length, co2, transfers, borders; for one route also p90_time.",
)
year_option = click.option("--year", type=WHOLE, help="Year of the network (default: base year).")
depart_option = click.option(
    "--depart",
    metavar="DATE",
    help="Day of departure, 2027-01-15: sets the year; seasons, ice and timetables apply.",
)


@command(short_help="Find the best route, several, or why not another.")
@click.argument("origin", shell_complete=complete.place)
@click.argument("destination", shell_complete=complete.place)
@cargo_option
@by_option
@year_option
@depart_option
@click.option("-k", type=WHOLE, metavar="N", help="N different routes, best first.")
@click.option("--pareto", metavar="A,B,…", help="Pareto-optimal routes for 2 to 4 objectives of --by.")
@click.option(
    "--thin", type=DECIMAL, default=0.0, metavar="X", help="With --pareto: omit routes within X of another (0.05: 5 %)."
)
@click.option(
    "--why-not", "why_not", is_flag=True, help="Explain why the route with these constraints is not the best."
)
@constraint_options()
@click.option("--draws", type=WHOLE, metavar="N", help=f"Draws for P10–P90 of a route (default {DRAWS}; 0: none).")
@click.option("--seed", type=WHOLE, default=1, show_default=True, help="The same seed gives the same draws.")
@click.option("--sources", is_flag=True, help="List the inputs used and their sources.")
@click.option("--geojson", "geojson_file", metavar="FILE", help="Write the route as GeoJSON.")
@plot_option
@json_option
@network_options
def route(
    network: Network,
    origin: str,
    destination: str,
    k: int | None,
    pareto: str | None,
    thin: float,
    why_not: bool,
    constraints: Any,
    draws: int | None,
    seed: int,
    sources: bool,
    geojson_file: str | None,
    plot_file: str | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Find the best route from ORIGIN to DESTINATION, names or "latitude,longitude".

    \b
    corridor route Chelyabinsk "Bandar Abbas" --cargo grain --mode rail
    corridor route Moscow Mumbai -k 5
    corridor route Moscow Mumbai --pareto cost,time,co2 --thin 0.05
    corridor route Samara Anzali --cargo grain --depart 2027-01-15
    corridor route Moscow Mumbai --via Turkmenbashi --why-not
    """
    from corridor.routing.route import route as find
    from corridor.routing.routes import routes as find_several
    from corridor.routing.why_not import why_not as explain

    queries = [
        n for n, given in (("-k", k is not None), ("--pareto", pareto is not None), ("--why-not", why_not)) if given
    ]
    if len(queries) > 1:
        raise click.UsageError(f"{' and '.join(queries)} are different queries; give one")
    if queries and (draws is not None or sources):
        raise click.UsageError(f"--draws and --sources apply to one route, not to {queries[0]}")
    if thin and pareto is None:
        raise click.UsageError("--thin needs --pareto")
    if pareto is not None and click.get_current_context().get_parameter_source("by") is ParameterSource.COMMANDLINE:
        raise click.UsageError("--by takes one objective; --pareto has its own")
    if pareto is not None and "," not in pareto:
        raise click.UsageError(f"--pareto has one objective, {pareto}; give 2 to 4, or --by and -k")
    ends: Any = {"origin": origin, "destination": destination}
    query: Any = given
    answer: Any
    if why_not:
        answer = explain(network, **ends, **query, **constraints)
        found = [r for r in (answer.best, answer.wanted) if r is not None]
    elif queries:
        more = {"k": k} if pareto is None else {"by": [b.strip() for b in pareto.split(",")], "thin": thin}
        answer = find_several(network, **{**ends, **query, **more}, **constraints)
        found = list(answer)
    else:
        answer = find(network, **ends, **query, draws=DRAWS if draws is None else draws, seed=seed, **constraints)
        found = [answer]
    plot(answer if not why_not else answer.wanted or answer.best, network, plot_file)
    _write(found, geojson_file)
    if as_json:
        print_json(answer.to_dict())
        return
    click.echo(str(answer))
    if sources:
        from corridor.routing.inputs_text import inputs_text

        click.echo(inputs_text(found[0], network))


def _write(found: list[Route], geojson_file: str | None) -> None:
    if geojson_file is not None:
        from pathlib import Path

        from corridor.files.whole_files import write_text
        from corridor.routing.route_frames import route_geojson

        write_text(Path(geojson_file), route_geojson(*found))
