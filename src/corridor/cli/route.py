"""`corridor route`, `corridor matrix` and `corridor reach`."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from corridor.cli import complete
from corridor.cli.constraints import constraint_options
from corridor.cli.run import NO_ANSWER, OK, json_option, network_options, plot, plot_option, print_json, progress
from corridor.model.made import made_of

if TYPE_CHECKING:
    import pandas

    from corridor.engine.routing.itinerary import Route
    from corridor.model.network import Network

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
    help="What is least: generalised, cost, time, length, co2, transfers, borders; of a route also p90_time.",
)
year_option = click.option("--year", type=int, help="Year whose network is asked (default: base year).")
depart_option = click.option(
    "--depart",
    metavar="DATE",
    help="Day of departure, 2027-01-15: sets the year; seasons, ice and timetables hold on the way.",
)


@click.command(short_help="Find the best route, several, or why it is not another.")
@click.argument("origin", shell_complete=complete.place)
@click.argument("destination", shell_complete=complete.place)
@cargo_option
@by_option
@year_option
@depart_option
@click.option("-k", type=int, metavar="N", help="N routes that differ, best first.")
@click.option("--pareto", metavar="A,B,…", help="All routes that no other beats in 2 to 4 of what --by takes.")
@click.option(
    "--thin", type=float, default=0.0, metavar="X", help="Of --pareto leave out what is within X (0.05: 5 %)."
)
@click.option("--why-not", "why_not", is_flag=True, help="Why the best route is not as the constraints say.")
@constraint_options()
@click.option("--draws", type=int, metavar="N", help=f"Draws for P10–P90 of a route (default {DRAWS}; 0: none).")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same draws.")
@click.option("--sources", is_flag=True, help="List the figures behind the answer and their sources.")
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
    from corridor.engine.routing.route import route as find
    from corridor.engine.routing.routes import routes as find_several
    from corridor.engine.routing.why_not import why_not as explain

    ways = [
        n for n, given in (("-k", k is not None), ("--pareto", pareto is not None), ("--why-not", why_not)) if given
    ]
    if len(ways) > 1:
        raise click.UsageError(f"{' and '.join(ways)} are different questions; ask one")
    if ways and (draws is not None or sources):
        raise click.UsageError(f"--draws and --sources are about one route, not {ways[0]}")
    if thin and pareto is None:
        raise click.UsageError("--thin is about --pareto")
    if pareto is not None and "," not in pareto:
        raise click.UsageError(f"--pareto has one objective, {pareto}; give 2 to 4, or --by and -k")
    ends: Any = {"origin": origin, "destination": destination}
    asked: Any = given
    answer: Any
    if why_not:
        answer = explain(network, **ends, **asked, **constraints)
        found = [r for r in (answer.best, answer.wanted) if r is not None]
    elif ways:
        more = {"k": k} if pareto is None else {"by": [b.strip() for b in pareto.split(",")], "thin": thin}
        answer = find_several(network, **{**ends, **asked, **more}, **constraints)
        found = list(answer)
    else:
        answer = find(network, **ends, **asked, draws=DRAWS if draws is None else draws, seed=seed, **constraints)
        found = [answer]
    plot(answer if not why_not else answer.wanted or answer.best, network, plot_file)
    _write(found, geojson_file)
    if as_json:
        print_json(answer.to_dict())
        return
    click.echo(str(answer))
    if sources:
        from corridor.show.sourced import figures_text

        click.echo(figures_text(found[0], network))


def _write(found: list[Route], geojson_file: str | None) -> None:
    if geojson_file is not None:
        from pathlib import Path

        from corridor.io.files import write_text
        from corridor.io.routes import route_geojson

        write_text(Path(geojson_file), route_geojson(*found))


@click.command(short_help="Answer many route questions at once.")
@click.argument("origins", metavar="PLACE[,…] | QUESTIONS.csv")
@click.argument("destinations", metavar="[DESTINATION[,…]]", required=False)
@cargo_option
@by_option
@year_option
@depart_option
@constraint_options()
@click.option("--csv", "csv_file", metavar="FILE", help="Write the table as CSV.")
@json_option
@network_options
def matrix(
    network: Network,
    origins: str,
    destinations: str | None,
    constraints: Any,
    csv_file: str | None,
    as_json: bool,
    **given: Any,
) -> int:
    """Say what the best routes between places come to: a table, or a file of questions.

    QUESTIONS.csv has the columns origin and destination, and if wanted any option
    of a route (cargo, by, year, depart, avoid, via, …; several names apart by ;).

    \b
    corridor matrix Moscow,Samara,Astrakhan Tehran,"Bandar Abbas" --by time
    corridor matrix questions.csv --csv answers.csv
    """
    from pathlib import Path

    asked: Any = given
    if destinations is None and (origins.lower().endswith(".csv") or Path(origins).is_file()):
        from corridor.io.files import read_text
        from corridor.io.questions import batch

        options = {name: value for name, value in asked.items() if value is not None}
        with progress(read_text(origins).count("\n"), "questions") as watch:
            frame = batch(network, origins, watch=watch, **options, **constraints)
        rows = [{k: v for k, v in row.items() if v == v} for row in frame.to_dict("records")]  # NaN: no answer
        answer: dict[str, Any] = {"answers": rows, **made_of(frame)}
        text, answered = _answers_text(frame), bool((frame["error"] == "").any())
    else:
        from corridor.engine.routing.matrix import matrix as table

        ends = None if destinations is None else _names(destinations)
        frame = table(network, _names(origins), ends, **asked, **constraints)
        unreachable = [asdict(u) for u in frame.attrs["unreachable"]]
        values = [[None if v != v else v for v in row] for row in frame.to_numpy().tolist()]
        answer = {
            "by": asked["by"],
            "unit": frame.attrs["unit"],
            "origins": list(frame.index),
            "destinations": list(frame.columns),
            "values": values,
            "snap_km": frame.attrs["snap_km"],
            "unreachable": unreachable,
            **made_of(frame),
        }
        text = _table_text(frame)
        pairs = ((o, d, frame.at[o, d]) for o in frame.index for d in frame.columns)
        answered = any(o != d and v == v for o, d, v in pairs)
    if csv_file is not None:
        from corridor.io.files import write_text

        write_text(Path(csv_file), frame.to_csv(index="values" in answer))
    if as_json:
        print_json(answer)
    else:
        click.echo(text)
    return OK if answered else NO_ANSWER


def _names(text: str) -> list[str]:
    """Return the places of a list; a pair of numbers is one place."""
    parts = [p.strip() for p in text.split(",") if p.strip()]
    names: list[str] = []
    for part in parts:
        is_number = re.fullmatch(r"-?\d+(\.\d+)?", part) is not None
        if is_number and names and re.fullmatch(r"-?\d+(\.\d+)?", names[-1]):
            names[-1] = f"{names[-1]},{part}"
        else:
            names.append(part)
    return names


def _table_text(frame: pandas.DataFrame) -> str:
    from corridor.show.text import wrapped

    lines = [f"{frame.attrs['by']}, {frame.attrs['unit']}".rstrip(", ")]
    for origin, row in zip(frame.index, frame.to_numpy().tolist(), strict=True):
        lines.append(f"  from {origin}")
        lines += [
            f"    {d:<40} {'no route' if v != v else f'{v:.1f}':>12}" for d, v in zip(frame.columns, row, strict=True)
        ]
    lines += [f"  {at} is {km:.0f} km from the place taken for it" for at, km in frame.attrs["snap_km"].items()]
    for u in frame.attrs["unreachable"]:
        blocked = f": {', '.join(u.blocked_by)}" if u.blocked_by else ""
        lines += wrapped(f"{u.origin} → {u.destination}: {u.why}{blocked}", "  ")
    return "\n".join(lines)


def _answers_text(frame: pandas.DataFrame) -> str:
    from corridor.show.text import days, shortened, wrapped

    lines = []
    for row in frame.to_dict("records"):
        ends = f"{row['origin']} → {row['destination']}"
        if row["error"]:
            lines += wrapped(f"{ends}: {row['error']}", "  ")
        else:
            what = f"{row['cost_usd_t']:7.0f} USD/t {days(row['time_h']):>7} {row['length_km']:7.0f} km"
            lines.append(f"  {shortened(ends, 42):<42} {what}")
    return "\n".join(lines)


@click.command(short_help="List the places within so many hours or dollars.")
@click.argument("place", shell_complete=complete.place)
@click.option("--within", required=True, metavar="72h|3d|100usd", help="Hours, days, or USD per net tonne.")
@cargo_option
@year_option
@depart_option
@constraint_options()
@click.option("--geojson", "geojson_file", metavar="FILE", help="Write the places as GeoJSON.")
@json_option
@network_options
def reach(
    network: Network,
    place: str,
    within: str,
    constraints: Any,
    geojson_file: str | None,
    as_json: bool,
    **given: Any,
) -> int:
    """List the places that can be reached from PLACE, door to door, nearest first.

    \b
    corridor reach Turkmenbashi --within 72h
    corridor reach Astrakhan --within 60usd --cargo grain
    """
    from corridor.engine.routing.matrix import reach as find

    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(h|d|usd)\s*", within.lower())
    if match is None:
        raise click.UsageError(f"--within is '{within}'; give hours, days or dollars: 72h, 3d, 100usd")
    amount, unit = float(match[1]), match[2]
    limit: Any = {"within_usd_t": amount} if unit == "usd" else {"within_h": amount * (24 if unit == "d" else 1)}
    asked: Any = given
    frame = find(network, place, **limit, **asked, **constraints)
    if geojson_file is not None:
        from pathlib import Path

        from corridor.io.files import write_text

        write_text(Path(geojson_file), frame.to_json() + "\n")
    status = OK if len(frame) else NO_ANSWER
    column = "cost_usd_t" if unit == "usd" else "time_h"
    if as_json:
        rows = zip(frame.index, frame["name"], frame["country"], frame[column], strict=True)
        places = [{"id": i, "name": n, "country": c, column: v} for i, n, c, v in rows]
        whence = {name: frame.attrs[name] for name in ("origin", "snap_km")}
        print_json({**whence, "places": places, **made_of(frame)})
        return status
    said = "USD/t" if unit == "usd" else "h"
    click.echo(f"{len(frame)} places within {amount:g} {'days' if unit == 'd' else said} of {frame.attrs['origin']}")
    if frame.attrs["snap_km"] > 0:
        click.echo(f"  {place} is {frame.attrs['snap_km']:.0f} km from it")
    for name, country, value in zip(frame["name"], frame["country"], frame[column], strict=True):
        click.echo(f"  {name:<40} {country} {value:8.1f} {said}")
    return status
