"""`corridor doctor`: check the installation and report what is missing."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import click

from corridor.cli.command import command
from corridor.cli.run import OK, WRONG_INPUT, json_option, print_json

NEEDED = ("click", "geopandas", "highspy", "numba", "numpy", "pyyaml", "shapely")
EXTRAS = {
    "plot": ("matplotlib",),
    "maps": ("geodatasets",),
    "web": ("nicegui",),
    "parquet": ("pyarrow",),
    "omx": ("h5py",),
    "osm": ("osmium",),
    "graph": ("networkx",),
}


@dataclass(frozen=True)
class Finding:
    """One check: fine, optional (an extra that is not installed), missing or broken, and the fix."""

    what: str
    state: str
    found: str
    fix: str = ""


@command(short_help="Check the installation.")
@json_option
def doctor(as_json: bool) -> int:
    """Check Python, packages, extras, data, kernels and cache; exit status 2 if something is broken.

    Attach the output (--json) to a bug report.
    """
    findings = list(examined())
    broken = [f for f in findings if f.state == "broken"]
    if as_json:
        print_json({"ok": not broken, "findings": [asdict(f) for f in findings]})
    else:
        from corridor.text import wrapped

        for f in findings:
            lines = wrapped(f"{f.state:<8} {f.what}: {f.found}" + (f"; {f.fix}" if f.fix else ""), "")
            click.echo("\n".join(lines))
        click.echo(f"{len(broken)} broken" if broken else "all required parts work")
    return WRONG_INPUT if broken else OK


def examined() -> Iterator[Finding]:
    """Yield the findings in turn; a failing check does not stop the others."""
    yield Finding("Python", "fine", f"{sys.version.split()[0]} on {sys.platform}, {os.cpu_count()} processors")
    for package in ("corridor-freight", *NEEDED):
        version = _version(package)
        state, found = ("fine", version) if version else ("broken", "is not installed")
        yield Finding(package, state, found, "" if version else "pip install corridor-freight")
    for extra, packages in EXTRAS.items():
        missing = [p for p in packages if not _version(p)]
        versions = ", ".join(f"{p} {_version(p)}" for p in packages if p not in missing)
        fix = f"pip install 'corridor-freight[{extra}]'" if missing else ""
        yield Finding(f"extra {extra}", "optional" if missing else "fine", versions or "not installed", fix)
    for what, check, fix in (
        ("shipped data", _data, "install the package again"),
        ("a route", _route, "report this output"),
        ("compiled kernels", _kernels, "set CORRIDOR_KERNELS=python, and report this output"),
        ("cache", _cache, "set CORRIDOR_CACHE to a writable folder"),
    ):
        yield _checked(what, check, fix)


def _checked(what: str, check: Callable[[], tuple[str, str]], fix: str) -> Finding:
    try:
        state, found = check()
    except Exception as error:  # noqa: BLE001 - any exception is a finding
        return Finding(what, "broken", f"{type(error).__name__}: {error}", fix)
    return Finding(what, state, found, "" if state == "fine" else fix)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _data() -> tuple[str, str]:
    from corridor.io.studies import load
    from corridor.io.study_files import default_study

    network = load()
    outline = default_study().file("outline.geojson") is not None
    description = f"{network.name} {network.meta.get('data_version')}, fingerprint {network.fingerprint()}"
    return ("fine", description) if outline else ("broken", f"{description}; the outline of land is missing")


def _route() -> tuple[str, str]:
    import corridor
    from corridor.io.study_files import default_study

    start = default_study().settings.start
    route = corridor.route(corridor.load(), start["origin"], start["destination"], cargo=start["cargo"])
    ends = f"{route.origin_name} to {route.destination_name}"
    return "fine", f"{ends} {route.length_km:.0f} km, {route.cost_usd_t:.0f} USD/t"


def _kernels() -> tuple[str, str]:
    import numpy as np

    from corridor import kernel

    matrix = np.array([4.0, 0.0, 0.0, 2.0, 5.0, 0.0, 1.0, 2.0, 6.0])  # row by row
    modes: tuple[kernel.Mode, ...] = ("python", "numba")
    results = []
    for mode in modes:
        lower = matrix.copy()
        kernel.load("cholesky", mode).factorise(lower, 3)
        results.append(lower.tobytes())
    versions = f"numba {_version('numba')} with numpy {np.__version__}"
    if results[0] != results[1]:
        return "broken", f"{versions}: compiled and interpreted differ"
    return "fine", f"{versions}, same bytes as interpreted"


def _cache() -> tuple[str, str]:
    from corridor import cache

    folder = cache.root()
    if not cache.is_writable(folder):
        return "missing", f"{folder} is not writable: kernels and choice sets are computed again each time"
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    return "fine", f"{folder}, {size / 1e6:.0f} MB"
