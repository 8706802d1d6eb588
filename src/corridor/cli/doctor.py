"""`corridor doctor`: whether this installation can do its work, and what it lacks."""

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
    """One thing looked at: fine, optional (an extra that is not installed), missing or broken, and how to mend it."""

    what: str
    state: str
    found: str
    fix: str = ""


@command(short_help="Check the installation, and say what it lacks.")
@json_option
def doctor(as_json: bool) -> int:
    """Check Python, packages, extras, data, kernels and cache; exit status 2 where something is broken.

    Send what it prints (--json) along with a report of a fault.
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
        click.echo(f"{len(broken)} broken" if broken else "all it needs is there")
    return WRONG_INPUT if broken else OK


def examined() -> Iterator[Finding]:
    """Yield what is found, one thing after the other; nothing that breaks stops the rest."""
    yield Finding("Python", "fine", f"{sys.version.split()[0]} on {sys.platform}, {os.cpu_count()} processors")
    for package in ("corridor-freight", *NEEDED):
        version = _version(package)
        state, found = ("fine", version) if version else ("broken", "is not installed")
        yield Finding(package, state, found, "" if version else "pip install corridor-freight")
    for extra, packages in EXTRAS.items():
        lacking = [p for p in packages if not _version(p)]
        versions = ", ".join(f"{p} {_version(p)}" for p in packages if p not in lacking)
        fix = f"pip install 'corridor-freight[{extra}]'" if lacking else ""
        yield Finding(f"extra {extra}", "optional" if lacking else "fine", versions or "not installed", fix)
    for what, look, fix in (
        ("shipped data", _data, "install the package anew"),
        ("a route", _route, "send this report"),
        ("compiled kernels", _kernels, "set CORRIDOR_KERNELS=python, and send this report"),
        ("cache", _cache, "set CORRIDOR_CACHE to a folder that can be written"),
    ):
        yield _tried(what, look, fix)


def _tried(what: str, look: Callable[[], tuple[str, str]], fix: str) -> Finding:
    try:
        state, found = look()
    except Exception as error:  # noqa: BLE001 - whatever breaks is the finding
        return Finding(what, "broken", f"{type(error).__name__}: {error}", fix)
    return Finding(what, state, found, "" if state == "fine" else fix)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _data() -> tuple[str, str]:
    from corridor.io.shipped import load
    from corridor.io.shipped_files import shipped_path

    network = load()
    outline = (shipped_path().parent / "outline.geojson").exists()
    said = f"{network.name} {network.meta.get('data_version')}, fingerprint {network.fingerprint()}"
    return ("fine", said) if outline else ("broken", f"{said}; the outline of land is missing")


def _route() -> tuple[str, str]:
    import corridor

    way = corridor.route(corridor.load(), "Astrakhan", "Tehran", cargo="grain")
    return "fine", f"Astrakhan to Tehran {way.length_km:.0f} km, {way.cost_usd_t:.0f} USD/t"


def _kernels() -> tuple[str, str]:
    import numpy as np

    from corridor import kernel

    matrix = np.array([4.0, 0.0, 0.0, 2.0, 5.0, 0.0, 1.0, 2.0, 6.0])  # row after row
    modes: tuple[kernel.Mode, ...] = ("python", "numba")
    found = []
    for mode in modes:
        lower = matrix.copy()
        kernel.load("cholesky", mode).factorise(lower, 3)
        found.append(lower.tobytes())
    said = f"numba {_version('numba')} with numpy {np.__version__}"
    if found[0] != found[1]:
        return "broken", f"{said}: compiled and interpreted differ"
    return "fine", f"{said}, same bytes as interpreted"


def _cache() -> tuple[str, str]:
    from corridor import cache

    folder = cache.root()
    if not cache.is_writable(folder):
        return "missing", f"{folder} cannot be written: kernels and ways are worked out anew each time"
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    return "fine", f"{folder}, {size / 1e6:.0f} MB"
