"""`python -m tools.geography_checks CHECKS_FOLDER`: run the independent geography checks on the network.

They are a second opinion made from open data that nobody here wrote; nothing
is copied from them. Prints what stays flagged, writes nothing.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import corridor
from corridor.model.network import Network

FRAME = (25.0, 85.0, 5.0, 62.0)  # what the checks cover


def main(arguments: Sequence[str]) -> int:
    """Run all four checks; the status says whether they could be run, not whether they agree."""
    folder = Path(arguments[0])
    if not folder.exists():
        print(f"{folder} is absent: the geography checks are not run")
        return 0
    network = corridor.load()
    with tempfile.TemporaryDirectory() as scratch:
        for title, script, name, rows in (
            ("locations", "location_check.py", "nodes.csv", _nodes(network)),
            ("rail distances", "rail_distance_check.py", "rail.csv", _claims(network, "rail")),
            ("sea distances", "sea_distance_check.py", "sea.csv", _claims(network, "sea")),
            ("sea on land", "sea_on_land_check/sea_on_land_check.py", "lines.csv", _lines(network)),
        ):
            table = Path(scratch) / name
            with table.open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream).writerows(rows)
            option = ["--claims"] if script == "rail_distance_check.py" else []
            command = [sys.executable, str(folder / script), *option, str(table)]
            run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1200)
            flagged = [line for line in run.stdout.splitlines() if "FLAG" in line]
            print(f"== {title}: {len(flagged)} flagged of {len(list(_body(table)))}")
            print("\n".join(flagged) if flagged or not run.stderr else run.stderr[-2000:])
    return 0


def _body(table: Path) -> Iterable[str]:
    return table.read_text(encoding="utf-8").splitlines()[1:]


def _inside(points: Iterable[tuple[float, float]]) -> bool:
    west, east, south, north = FRAME
    return all(west < lon < east and south < lat < north for lon, lat in points)


def _nodes(network: Network) -> list[list[object]]:
    rows: list[list[object]] = [["id", "name", "country", "lon", "lat", "kind"]]
    for record in network.node_table.rows():
        lon, lat = network.geometry[record["id"]][0]
        if _inside([(lon, lat)]):
            rows.append([record["id"], record["name"], record["country"], lon, lat, record["kind"]])
    return rows


def _claims(network: Network, mode: str) -> list[list[object]]:
    rows: list[list[object]] = [["from", "to", "km", "from_lon", "from_lat", "to_lon", "to_lat"]]
    for record in network.link_table.rows():
        line = network.geometry[record["id"]]
        built = mode != "rail" or record["status"] == "operating"
        if record["mode"] == mode and built and record["length_km"] > 30 and _inside(line):
            rows.append([record["from"], record["to"], record["length_km"], *line[0], *line[-1]])
    return rows


def _lines(network: Network) -> list[list[object]]:
    rows: list[list[object]] = [["id", "mode", "coords"]]
    for record in network.link_table.rows():
        line = network.geometry[record["id"]]
        if record["mode"] in ("sea", "ferry") and _inside(line):
            rows.append([record["id"], record["mode"], ";".join(f"{lon} {lat}" for lon, lat in line)])
    return rows


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
