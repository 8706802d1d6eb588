"""`corridor convert`: convert a network to another format."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corridor.cli.command import DECIMAL, WHOLE, command
from corridor.cli.run import json_option, print_json
from corridor.errors import DataError, Fault

if TYPE_CHECKING:
    from corridor.model.network import Network

OF_GMNS = ("country", "mode", "gauge_mm", "length_unit", "speed_unit", "crs", "one_way", "base_year")
OF_TNTP = ("country", "length_unit", "time_unit", "crs", "one_way", "capacity_period_h")
OF_OSM = ("country", "gauge_mm", "base_year")


@command(short_help="Write a network in another format.")
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option("--country", metavar="ISO", help="Country of all places if the input has none.")
@click.option("--mode", help="GMNS: mode of links without one.")
@click.option("--gauge-mm", type=WHOLE, metavar="MM", help="GMNS, OpenStreetMap: track gauge of railways.")
@click.option("--length-unit", metavar="UNIT", help="GMNS, TNTP: km, mile, m, ft; TNTP also drawn.")
@click.option("--speed-unit", metavar="UNIT", help="GMNS: kph, mph.")
@click.option("--time-unit", metavar="UNIT", help="TNTP: h, min, s.")
@click.option("--crs", metavar="EPSG:N", help="GMNS, TNTP: coordinate system.")
@click.option("--capacity-period-h", type=DECIMAL, metavar="H", help="TNTP: hours that capacities refer to (1).")
@click.option("--one-way", type=click.Choice(("refuse", "both")), help="GMNS, TNTP: links without a reverse link.")
@click.option("--base-year", type=WHOLE, metavar="YEAR", help="GMNS, OpenStreetMap: year of the data.")
@click.option("--nodes", metavar="FILE", help="TNTP: file of coordinates.")
@click.option("--trips", metavar="FILE", help="TNTP: file of trips, validated with the network.")
@click.option("--like", metavar="FILE", help="Network whose tariffs, parameters and cargo are copied.")
@json_option
def convert(source: str, target: str, as_json: bool, **options: Any) -> None:
    """Read a network IN and write it as OUT; losses are printed.

    IN and OUT are files (.geojson, .gpkg, .parquet) or folders of GMNS tables;
    IN can also be a .tntp or an .osm.pbf. A folder OUT must be new or empty.

    \b
    corridor convert mine.geojson mine.gpkg
    corridor convert town_net.tntp town.gpkg --nodes town_node.tntp \\
        --crs EPSG:4326 --length-unit km --time-unit min --country DE
    """
    from corridor.files.whole_files import path_of
    from corridor.io.networks import write

    inputs = [source, *(str(options[name]) for name in ("like", "nodes", "trips") if options.get(name))]
    path_of(target, writes=True)
    if Path(target).exists() and os.path.realpath(target) in map(os.path.realpath, inputs):
        fault = Fault("file", "", target, "is the input too", "give another file; inputs are never overwritten")
        raise DataError(fault, target)
    chosen = {name: value for name, value in options.items() if value is not None}
    network = _read(source, chosen)
    losses = write(network, target)
    if as_json:
        print_json({"in": source, "out": target, "lost": list(losses), "fingerprint": network.fingerprint()})
        return
    counts = ", ".join(f"{len(table)} {kind}s" for kind, table in network.tables.items())
    click.echo(f"{target}: {counts}")
    click.echo("\n".join(f"  lost: {sentence}" for sentence in losses) if losses else "  nothing is lost")
    for sentence in network.meta.get("import_notes", ()):
        click.echo(f"  note: {sentence}")


def _read(source: str, options: dict[str, Any]) -> Network:
    """Return the network of any format, read with the options of the format."""
    from corridor.io.networks import read

    name = source.lower()
    if name.endswith(".tntp"):
        return _read_tntp(source, options)
    if name.endswith((".osm", ".osm.gz", ".osm.bz2", ".pbf")):
        _refuse_others(options, (*OF_OSM, "like"), "an OpenStreetMap extract")
        from corridor.osm.read import read_osm

        return read_osm(source, **_with_like(options))
    if Path(source).is_dir():
        from corridor.io.formats.gmns import read_gmns

        _refuse_others(options, (*OF_GMNS, "like"), "a folder of GMNS tables")
        return read_gmns(source, **_with_like(options))
    _refuse_others(options, (), "this format")
    return read(source)


def _read_tntp(source: str, options: dict[str, Any]) -> Network:
    from corridor.io.formats.tntp import read_tntp

    _refuse_others(options, (*OF_TNTP, "nodes", "trips", "like"), "a TNTP file")
    needed = ("nodes", "crs", "length_unit", "time_unit", "country")
    missing = [n for n in needed if n not in options]
    if missing:
        fix = "a TNTP file does not contain it"
        raise DataError([Fault("option", f"--{n.replace('_', '-')}", None, "is missing", fix) for n in missing], source)
    roads = read_tntp(source, options.pop("trips", None), options.pop("nodes"))
    return roads.to_network(**_with_like(options))


def _refuse_others(options: dict[str, Any], known: tuple[str, ...], format_name: str) -> None:
    others = [name for name in options if name not in known]
    if others:
        message, fix = f"does not apply to {format_name}", "leave it out"
        raise DataError([Fault("option", f"--{n.replace('_', '-')}", str(options[n]), message, fix) for n in others])


def _with_like(options: dict[str, Any]) -> dict[str, Any]:
    """Return options with the network of --like."""
    from corridor.io.networks import read

    return {name: read(value) if name == "like" else value for name, value in options.items()}
