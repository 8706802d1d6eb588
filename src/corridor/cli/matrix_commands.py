"""`corridor matrix` and `corridor reach`."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corridor.cli import complete
from corridor.cli.command import command, names_of
from corridor.cli.constraint_options import constraint_options
from corridor.cli.route_command import by_option, cargo_option, depart_option, year_option
from corridor.cli.run import NO_ANSWER, OK, json_option, network_options, print_json, progress_bar
from corridor.errors import NoAnswerError
from corridor.model.provenance import provenance_entry

if TYPE_CHECKING:
    import pandas

    from corridor.model.network import Network


@command(short_help="Answer many route queries at once.")
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
    """Compute the best routes between places: a table, or a file of queries.

    QUESTIONS.csv has the columns origin and destination, and optionally any option
    of a route (cargo, by, year, depart, avoid, via, …; names separated by ;).

    \b
    corridor matrix Moscow,Samara,Astrakhan Tehran,"Bandar Abbas" --by time
    corridor matrix questions.csv --csv answers.csv
    """
    query: Any = given
    if destinations is None and _is_file(origins):
        from corridor.files.whole_files import read_text
        from corridor.io.query_files import batch

        options = {name: value for name, value in query.items() if value is not None}
        with progress_bar(read_text(origins).count("\n"), "questions") as progress:
            frame = batch(network, origins, progress=progress, **options, **constraints)
        rows = [{k: v for k, v in row.items() if v == v} for row in frame.to_dict("records")]  # NaN: no answer
        answer: dict[str, Any] = {"answers": rows, **provenance_entry(frame)}
        text, has_answer = _answers_text(frame), bool((frame["error"] == "").any())
    else:
        from corridor.routing.matrix import matrix as table

        ends = None if destinations is None else names_of(destinations)
        frame = table(network, names_of(origins), ends, **query, **constraints)
        unreachable = [asdict(u) for u in frame.attrs["unreachable"]]
        values = [[None if v != v else v for v in row] for row in frame.to_numpy().tolist()]
        answer = {
            "by": query["by"],
            "unit": frame.attrs["unit"],
            "origins": list(frame.index),
            "destinations": list(frame.columns),
            "values": values,
            "snap_km": frame.attrs["snap_km"],
            "unreachable": unreachable,
            **provenance_entry(frame),
        }
        text = _table_text(frame)
        pairs = ((o, d, frame.at[o, d]) for o in frame.index for d in frame.columns)
        has_answer = any(o != d and v == v for o, d, v in pairs)
    if csv_file is not None:
        from corridor.files.whole_files import write_text

        write_text(Path(csv_file), frame.to_csv(index="values" in answer))
    if as_json:
        print_json(answer)
    else:
        click.echo(text)
    return OK if has_answer else NO_ANSWER


def _table_text(frame: pandas.DataFrame) -> str:
    from corridor.text import wrapped

    lines = [f"{frame.attrs['by']}, {frame.attrs['unit']}".rstrip(", ")]
    for origin, row in zip(frame.index, frame.to_numpy().tolist(), strict=True):
        lines.append(f"  from {origin}")
        lines += [
            f"    {d:<40} {'no route' if v != v else f'{v:.1f}':>12}" for d, v in zip(frame.columns, row, strict=True)
        ]
    lines += [f"  {at} is {km:.0f} km from the place used for it" for at, km in frame.attrs["snap_km"].items()]
    for u in frame.attrs["unreachable"]:
        blocked = f": {', '.join(u.blocked_by)}" if u.blocked_by else ""
        lines += wrapped(f"{u.origin} → {u.destination}: {u.why}{blocked}", "  ")
    return "\n".join(lines)


def _answers_text(frame: pandas.DataFrame) -> str:
    from corridor.text import days, shortened, wrapped

    lines = []
    for row in frame.to_dict("records"):
        ends = f"{row['origin']} → {row['destination']}"
        if row["error"]:
            lines += wrapped(f"{ends}: {row['error']}", "  ")
        else:
            totals = f"{row['cost_usd_t']:7.0f} USD/t {days(row['time_h']):>7} {row['length_km']:7.0f} km"
            lines.append(f"  {shortened(ends, 42):<42} {totals}")
    return "\n".join(lines)


def _is_file(text: str) -> bool:
    """Whether an argument is a file of queries, or looks like one."""
    try:
        return text.lower().endswith(".csv") or Path(text).is_file()
    except (OSError, ValueError):  # not a valid file name
        return False


@command(short_help="List the places within a time or a cost.")
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
) -> None:
    """List the places that can be reached from PLACE, door to door, nearest first.

    \b
    corridor reach Turkmenbashi --within 72h
    corridor reach Astrakhan --within 60usd --cargo grain
    """
    from corridor.routing.matrix import reach as find

    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(h|d|usd)\s*", within.lower())
    if match is None:
        raise click.UsageError(f"--within is '{within}'; give hours, days or dollars: 72h, 3d, 100usd")
    amount, unit = float(match[1]), match[2]
    limit: Any = {"within_usd_t": amount} if unit == "usd" else {"within_h": amount * (24 if unit == "d" else 1)}
    query: Any = given
    frame = find(network, place, **limit, **query, **constraints)
    if geojson_file is not None:
        from corridor.files.whole_files import write_text

        write_text(Path(geojson_file), frame.to_json() + "\n")
    if not len(frame):
        raise NoAnswerError(frame.attrs["why"])
    column = "cost_usd_t" if unit == "usd" else "time_h"
    if as_json:
        rows = zip(frame.index, frame["name"], frame["country"], frame[column], strict=True)
        places = [{"id": i, "name": n, "country": c, column: v} for i, n, c, v in rows]
        origin = {name: frame.attrs[name] for name in ("origin", "snap_km")}
        print_json({**origin, "places": places, **provenance_entry(frame)})
        return
    label = "USD/t" if unit == "usd" else "h"
    click.echo(f"{len(frame)} places within {amount:g} {'days' if unit == 'd' else label} of {frame.attrs['origin']}")
    if frame.attrs["snap_km"] > 0:
        click.echo(f"  {place} is {frame.attrs['snap_km']:.0f} km from it")
    for name, country, value in zip(frame["name"], frame["country"], frame[column], strict=True):
        click.echo(f"  {name:<40} {country} {value:8.1f} {label}")
