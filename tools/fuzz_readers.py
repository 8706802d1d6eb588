"""`python -m tools.fuzz_readers [SECONDS] [READER ...]`: feed the readers what coverage finds worth trying (atheris).

Each reader runs in a process of its own, beginning with a good file of its kind. Whatever it is given it must
take or refuse with a `CorridorError`; anything else, 20 seconds without an end, or 3 GB of memory is kept in
`build/fuzz/READER/` and makes the status not 0. What is found becomes a case of `tests/hostile/files.yaml`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOUND = ROOT / "build" / "fuzz"
PATIENCE_S, MOST_MB = 20, 3000
DEMAND = b"origin,destination,cargo,t_yr,q1,q2,q3,q4\nMoscow,Tehran,grain,5000,0.1,0.2,0.3,0.4\n"
QUESTIONS = b"origin,destination,cargo,avoid,any_order\nNorthtown,Southport,grain,AA;x,no\n"
TNTP = (
    b"<NUMBER OF ZONES> 2\n<NUMBER OF NODES> 2\n<FIRST THRU NODE> 1\n<NUMBER OF LINKS> 1\n<END OF METADATA>\n"
    b"1 2 900 5 6 0.15 4 0 0 1 ;\n"
)
OSM = (
    b'<osm version="0.6"><node id="1" lat="50" lon="60"/><node id="2" lat="50" lon="61"/>'
    b'<way id="1"><nd ref="1"/><nd ref="2"/><tag k="railway" v="rail"/><tag k="gauge" v="1520"/></way></osm>'
)
KEPT = b'{"command": ["route", "Northtown", "Southport"], "provenance": {}, "cost_usd_t": 1.5}'


def readers() -> dict[str, tuple[str, Callable[[str], Any], Callable[[Path], bytes]]]:
    """Return ending, reader, and what makes a good file, by name."""
    import corridor
    from corridor.cli.rerun import _read
    from corridor.io.template import write_template

    def template(name: str) -> Callable[[Path], bytes]:
        def made(folder: Path) -> bytes:
            write_template(folder / "t")
            if name.startswith("n."):
                corridor.write(corridor.read(folder / "t" / "network.geojson"), folder / name)
                return (folder / name).read_bytes()
            return (folder / "t" / name).read_bytes()

        return made

    net = corridor.load()
    return {
        "geojson": (".geojson", corridor.read, template("network.geojson")),
        "gpkg": (".gpkg", corridor.read, template("n.gpkg")),
        "parquet": (".parquet", corridor.read, template("n.parquet")),
        "scenario": (".yaml", lambda p: corridor.Scenario.read(p).apply(net), template("scenario.yaml")),
        "demand": (".csv", corridor.read_demand, lambda _: DEMAND),
        "questions": (".csv", lambda p: corridor.batch(net, p), lambda _: QUESTIONS),
        "tntp": (".tntp", corridor.read_tntp, lambda _: TNTP),
        "osm": (".osm", lambda p: corridor.read_osm(p, country="KZ"), lambda _: OSM),
        "answer": (".json", _read, lambda _: KEPT),
    }


def fuzz(name: str, seconds: int) -> None:
    """Feed one reader; ends the process."""
    import atheris

    with atheris.instrument_imports(include=["corridor"]):
        import corridor

        ending, read, _ = readers()[name]
    folder = Path(tempfile.mkdtemp())
    path = folder / f"x{ending}"

    def take(content: bytes) -> None:
        path.write_bytes(content)
        try:
            read(str(path))
        except corridor.CorridorError as error:
            if not str(error).strip():
                raise AssertionError("an error without words") from error

    limits = [f"-max_total_time={seconds}", f"-timeout={PATIENCE_S}", f"-rss_limit_mb={MOST_MB}", "-max_len=20000"]
    quiet = ["-print_final_stats=0", "-verbosity=0", f"-artifact_prefix={FOUND / name}/"]
    atheris.Setup([sys.argv[0], *limits, *quiet, str(FOUND / f"{name}-corpus")], take)
    atheris.Fuzz()


def main(seconds: int, names: Sequence[str]) -> int:
    """Feed every reader for its share of time, two at once; say what broke."""
    chosen = readers()
    broken = 0
    for name in names or tuple(chosen):
        corpus = FOUND / f"{name}-corpus"
        shutil.rmtree(FOUND / name, ignore_errors=True)
        for folder in (FOUND / name, corpus):
            folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as empty:
            (corpus / "good").write_bytes(chosen[name][2](Path(empty)))
        command = [sys.executable, "-m", "tools.fuzz_readers", "--one", name, str(seconds)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        kept = sorted(p.name for p in (FOUND / name).iterdir())
        broken += bool(kept or done.returncode)
        tried = len(list(corpus.iterdir()))
        print(f"{name}: {seconds} s, {tried} inputs that reached new code, broken by {kept or 'nothing'}", flush=True)
        if kept or done.returncode:
            print("\n".join(done.stderr.splitlines()[-25:]))
    return int(broken > 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        fuzz(sys.argv[2], int(sys.argv[3]))
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 60, sys.argv[2:]))
