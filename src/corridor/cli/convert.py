"""`corridor convert`: a network from one format to another."""

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
@click.option("--country", metavar="ISO", help="Country of all places, where the input does not say it.")
@click.option("--mode", help="GMNS: mode of links that do not say it.")
@click.option("--gauge-mm", type=WHOLE, metavar="MM", help="GMNS, OpenStreetMap: track gauge of railways.")
@click.option("--length-unit", metavar="UNIT", help="GMNS, TNTP: km, mile, m, ft; TNTP also drawn.")
@click.option("--speed-unit", metavar="UNIT", help="GMNS: kph, mph.")
@click.option("--time-unit", metavar="UNIT", help="TNTP: h, min, s.")
@click.option("--crs", metavar="EPSG:N", help="GMNS, TNTP: coordinate system.")
@click.option("--capacity-period-h", type=DECIMAL, metavar="H", help="TNTP: hours that capacities are for (1).")
@click.option("--one-way", type=click.Choice(("refuse", "both")), help="GMNS, TNTP: links without one back.")
@click.option("--base-year", type=WHOLE, metavar="YEAR", help="GMNS, OpenStreetMap: year that it describes.")
@click.option("--nodes", metavar="FILE", help="TNTP: file of coordinates.")
@click.option("--trips", metavar="FILE", help="TNTP: file of trips, checked with the rest.")
@click.option("--like", metavar="FILE", help="Network whose tariffs, parameters and cargo are taken over.")
@json_option
def convert(source: str, target: str, as_json: bool, **options: Any) -> None:
    """Read a network IN and write it as OUT; what OUT cannot hold is printed.

    IN and OUT are files by their ending (.geojson, .gpkg, .parquet) or folders of
    GMNS tables; IN may be a .tntp or an .osm.pbf. A folder OUT is new or empty.

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
        fault = Fault("file", "", target, "is the input too", "name another one; the input is never overwritten")
        raise DataError(fault, target)
    given = {name: value for name, value in options.items() if value is not None}
    network = _read(source, given)
    lost = write(network, target)
    if as_json:
        print_json({"in": source, "out": target, "lost": list(lost), "fingerprint": network.fingerprint()})
        return
    counts = ", ".join(f"{len(table)} {kind}s" for kind, table in network.tables.items())
    click.echo(f"{target}: {counts}")
    click.echo("\n".join(f"  lost: {sentence}" for sentence in lost) if lost else "  nothing is lost")
    for sentence in network.meta.get("import_notes", ()):
        click.echo(f"  note: {sentence}")


def _read(source: str, given: dict[str, Any]) -> Network:
    """Return the network in any format, with the options that the format knows."""
    from corridor.io.networks import read

    name = source.lower()
    if name.endswith(".tntp"):
        return _read_tntp(source, given)
    if name.endswith((".osm", ".osm.gz", ".osm.bz2", ".pbf")):
        _refuse_others(given, (*OF_OSM, "like"), "an OpenStreetMap extract")
        from corridor.osm.read import read_osm

        return read_osm(source, **_with_like(given))
    if Path(source).is_dir():
        from corridor.io.formats.gmns import read_gmns

        _refuse_others(given, (*OF_GMNS, "like"), "a folder of GMNS tables")
        return read_gmns(source, **_with_like(given))
    _refuse_others(given, (), "this format")
    return read(source)


def _read_tntp(source: str, given: dict[str, Any]) -> Network:
    from corridor.io.formats.tntp import read_tntp

    _refuse_others(given, (*OF_TNTP, "nodes", "trips", "like"), "a TNTP file")
    needed = ("nodes", "crs", "length_unit", "time_unit", "country")
    missing = [n for n in needed if n not in given]
    if missing:
        fix = "a TNTP file does not say it"
        raise DataError([Fault("option", f"--{n.replace('_', '-')}", None, "is missing", fix) for n in missing], source)
    roads = read_tntp(source, given.pop("trips", None), given.pop("nodes"))
    return roads.to_network(**_with_like(given))


def _refuse_others(given: dict[str, Any], known: tuple[str, ...], what: str) -> None:
    others = [name for name in given if name not in known]
    if others:
        message, fix = f"says nothing to {what}", "take it out"
        raise DataError([Fault("option", f"--{n.replace('_', '-')}", str(given[n]), message, fix) for n in others])


def _with_like(given: dict[str, Any]) -> dict[str, Any]:
    """Return options with the network that --like names."""
    from corridor.io.networks import read

    return {name: read(value) if name == "like" else value for name, value in given.items()}
