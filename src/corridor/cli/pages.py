"""`corridor map`, `report` and `explore`: map, HTML report and local page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from corridor.cli import complete
from corridor.cli.command import DECIMAL, WHOLE, command
from corridor.cli.run import json_option, network_options, notice, print_json

if TYPE_CHECKING:
    from corridor.model.network import Network


@command(name="map", short_help="Draw the network.")
@click.argument("out", metavar="[OUT]", default="map.png")
@click.option("--year", type=WHOLE, help="Year of the network (default: base year).")
@click.option("--extent", metavar="W,E,S,N", help="Extent of the map in degrees (default: all places).")
@click.option(
    "--background",
    type=click.Choice(["natural_earth", "outline", "none"]),
    help="Background (default: outline; natural_earth is fetched once, with the extra maps).",
)
@click.option("--size", type=click.Choice(["column", "page", "slide"]), default="page", show_default=True)
@json_option
@network_options
def map_(
    network: Network,
    out: str,
    year: int | None,
    extent: str | None,
    background: str | None,
    size: str,
    as_json: bool,
) -> None:
    """Draw the network by mode and gauge into OUT: .png, .svg or .pdf (map.png without it).

    \b
    corridor map
    corridor map caspian.svg --extent 44,58,35,48 --size column
    """
    from corridor.show.answers import draw
    from corridor.show.plots.figure_style import check_picture, save

    check_picture(out)
    frame = _extent(extent)
    dated = network if year is None else network.at(year)
    save(draw(dated, extent=frame, background=background, size=size), out)
    if as_json:
        print_json({"files": [out]})
    else:
        click.echo(out)


def _extent(text: str | None) -> tuple[float, float, float, float] | None:
    """Return west, east, south, north."""
    if text is None:
        return None
    try:
        west, east, south, north = (float(part) for part in text.split(","))
    except ValueError:
        west, east, south, north = 0.0, 0.0, 0.0, 0.0
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise click.UsageError(f"--extent is {text!r}; give west,east,south,north in degrees, as 44,58,35,48")
    return west, east, south, north


@command(short_help="Write the report of a branch as one HTML file.")
@click.argument("branch", required=False, shell_complete=complete.branch)
@click.argument("out", metavar="[OUT.html]", required=False)
@click.option("--year", type=WHOLE, help="Year of the report (default: the last of the study).")
@click.option("--target", type=DECIMAL, metavar="MT", help="Mt a year (default: the lowest target of that year).")
@click.option("--draws", type=WHOLE, default=500, show_default=True, help="Draws of the uncertain inputs; 0: none.")
@click.option("--seed", type=WHOLE, default=1, show_default=True, help="The same seed gives the same file.")
@click.option("--with", "names", multiple=True, metavar="NAME|FILE", help="Scenario to compare; may be repeated.")
@click.option("--workers", type=WHOLE, metavar="N", help="Threads (default: all); the answer is the same.")
@json_option
@network_options
def report(
    network: Network,
    branch: str | None,
    out: str | None,
    year: int | None,
    target: float | None,
    draws: int,
    seed: int,
    names: tuple[str, ...],
    workers: int | None,
    as_json: bool,
) -> None:
    """Write question, answer, map, forecast, projects, what-ifs and sources of a branch into OUT.html.

    The file (default: BRANCH.html) is self-contained and printable. Takes two minutes, more the first time.

    \b
    corridor report eastern
    corridor report western west.html --draws 2000 --with rasht-astara
    """
    from corridor.show.reports import report as write
    from corridor.study.branch import find_branch

    path = f"{find_branch(network, branch)['id']}.html" if out is None else out
    write(
        network,
        branch,
        path=path,
        year=year,
        target_mt=target,
        draws=draws,
        seed=seed,
        scenarios=names or None,
        workers=workers,
        progress=notice,
    )
    if as_json:
        print_json({"files": [path]})
    else:
        click.echo(path)


@command(short_help="Open a local page: map, routes, closures, forecast.")
@click.option("--port", type=WHOLE, default=8765, show_default=True, help="Port to listen on.")
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@network_options
def explore(network: Network, port: int, no_browser: bool) -> None:
    """Open a page on this machine: routes, closures, throughput, sources.

    It listens on 127.0.0.1 only and fetches nothing from elsewhere (map tiles only when switched on).
    The JSON API is under /api/, described at /api/openapi.json. Ctrl-C stops it.

    \b
    corridor explore
    corridor explore --port 9000 --no-browser --scenario gauge-yards
    """
    from corridor.web.serve import HOST, check_ready
    from corridor.web.serve import explore as serve

    check_ready(port)
    click.echo(f"corridor answers at http://{HOST}:{port} until Ctrl-C", err=True)
    serve(network, port=port, open_browser=not no_browser)
