"""Hostile input, as data: every case of `tests/hostile/` is refused with place and fix, or answered right.

A case says what is given, the status or the error, and words that the message must hold. None may end
in a traceback, a hang, a message without a place, or a file that was not asked for.
"""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import math
import re
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import yaml

import corridor
from corridor.cli import cli
from corridor.cli.run import run
from corridor.errors import CorridorError
from corridor.io.template import write_template
from corridor.web.api import api_of
from corridor.web.app_session import AppSession
from corridor.web.guard import LocalOnly

FOLDER = Path(__file__).parent / "hostile"
TABLES = ("matrix", "validate", "rerun")  # their answer is a table, also where it is that nothing is as asked
SECONDS = 120  # a case that takes longer hangs


def cases(name):
    """Return the cases of a file, each under a name that stays the same."""
    found = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return [pytest.param(c, id=f"{i:03} {_title(c)}") for i, c in enumerate(found)]


def _title(case):
    text = " ".join(map(str, case.get("run") or [case.get("call") or case.get("get") or case.get("read")]))
    return re.sub(r"[^\w .,:/?=&-]", "·", text, flags=re.ASCII)[:60]


@pytest.fixture(autouse=True)
def in_time():
    def stop(*_):
        pytest.fail(f"no answer in {SECONDS} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lay(folder, files):
    """Write the files of a case: texts, links, and what `_bytes` makes."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if "link" in content and isinstance(content, dict):
            path.symlink_to(content["link"])
        else:
            path.write_bytes(_bytes(folder, content))


def _bytes(folder, content):
    if isinstance(content, str):
        return content.encode("utf-8", "surrogatepass")
    makers = {
        "hex": lambda c: bytes.fromhex(c["hex"]),
        "repeat": lambda c: (c.get("before", "") + c["repeat"] * c["times"] + c.get("after", "")).encode(),
        "zeros_gz": lambda c: gzip.compress(bytes(c["zeros_gz"])),
        "gz": lambda c: gzip.compress(c["gz"].encode()),
        "text": lambda c: c["text"].encode(c["as"]),
        "omx": _omx,
        "pbf": lambda c: _pbf(folder, c["pbf"]),
        "template": lambda c: _changed(folder, c),
    }
    return next(make for name, make in makers.items() if name in content)(content)[: content.get("cut")]


def _changed(folder, content):
    """Return a file of the template, or of what is made of it, after changes."""
    made = folder.parent / f"{folder.name}-template"
    if not made.exists():
        write_template(made)
    if not (made / content["template"]).exists():
        for name in ("n.gpkg", "n.parquet", "gmns"):
            corridor.write(corridor.read(made / "network.geojson"), made / name)
    data = (made / content["template"]).read_bytes()
    for old, new in content.get("replace", {}).items():
        assert old.encode() in data, f"the template has no {old!r}"
        data = data.replace(old.encode(), new.encode("utf-8", "surrogatepass"))
    if "sql" in content:
        data = _after_sql(data, content["sql"])
    if "columns" in content or "meta" in content:
        data = _parquet(data, content.get("columns", {}), content.get("meta", {}))
    return data


def _after_sql(data, statements):
    """Return a GeoPackage after some SQL."""
    with closing(sqlite3.connect(":memory:")) as base:
        base.deserialize(data)
        base.executescript(statements)
        return base.serialize()


def _parquet(data, columns, metadata):
    """Return a Parquet file with columns set (each of one Arrow type and value, None: taken out), and its metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(data))
    for name, column in columns.items():
        if name in table.column_names and not (column or {}).get("twice"):
            table = table.drop_columns([name])
        if column is not None:
            values = pa.array([column["value"]] * len(table))
            table = table.append_column(name, values.cast(pa.type_for_alias(column["type"])))
    table = table.replace_schema_metadata({**table.schema.metadata, **{k.encode(): v for k, v in metadata.items()}})
    pq.write_table(table, stream := io.BytesIO())
    return stream.getvalue()


def _omx(content):
    """Return an OMX file: `omx` gives matrices by cargo (or a size, of zeros never written), `place` the mapping."""
    import h5py
    import numpy as np

    with h5py.File(stream := io.BytesIO(), "w") as file:
        for cargo, matrix in content["omx"].items():
            if isinstance(matrix, int):
                file.create_dataset(f"data/{cargo}", (matrix, matrix), "f8", chunks=(256, 256), compression="gzip")
            else:
                file[f"data/{cargo}"] = np.array(matrix)
        places = content.get("place")
        if places is not None:
            names = [f"p{i}" for i in range(places)] if isinstance(places, int) else places
            file[f"lookup/{content.get('lookup', 'place')}"] = [n.encode("latin-1") for n in names]
    return stream.getvalue()


def _pbf(folder, text):
    """Return the objects of an OSM text in the binary format."""
    import osmium

    made = folder.parent / f"{folder.name}-osm"
    made.mkdir()
    (made / "a.osm").write_text(text, encoding="utf-8")
    with osmium.SimpleWriter(str(made / "a.pbf")) as writer:
        for one in osmium.FileProcessor(str(made / "a.osm")):
            writer.add(one)
    return (made / "a.pbf").read_bytes()


def listed(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize("case", cases("commands"))
def test_a_command_answers_or_says_why(case, folder, capsys):
    lay(folder, case.get("files", {}))
    before = listed(folder)
    status = run(cli, case["run"])
    out, err = capsys.readouterr()
    assert status == case["status"], out + err
    for word in case.get("says", ()):
        assert word in re.sub(r"\s+", " ", out + err), out + err
    assert "Traceback" not in out + err
    assert listed(folder) == sorted({*before, *case.get("leaves", ())})
    if "--json" in case["run"]:
        value = json.loads(out, parse_constant=lambda c: pytest.fail(f"{c} is no JSON"))
        assert ("error" in value) == (status != 0 and case["run"][0] not in TABLES) and err == ""
    elif status and case["run"][0] not in TABLES:
        assert err.startswith("corridor: ")


@pytest.mark.parametrize("case", cases("verbs"))
def test_a_verb_answers_or_says_why(case, folder, net):
    given = {k: _value(v) for k, v in case.get("with", {}).items()}
    function = getattr(corridor, case["call"])
    first = () if case.get("alone") else (net,)
    if "raises" not in case:
        assert function(*first, **given) is not None
        return
    with pytest.raises(getattr(corridor, case["raises"])) as caught:
        function(*first, **given)
    for word in case["says"]:
        assert word in str(caught.value), str(caught.value)
    assert listed(folder) == []


def _value(value):
    """Return a value of a case; a few kinds that YAML has no word for are written `{py: …}`."""
    if not isinstance(value, dict) or "py" not in value:
        return value
    import numpy as np

    kinds = {
        "object": object(), "bytes": b"x", "complex": 1j, "set": {"Tehran"}, "half": "\ud800", "float32": np.float32(2030),
        "int64": np.int64(2025), "array": np.array([1, 2]), "nan64": np.float64("nan"), "tuple": ("Moscow",), "null": "a\0b",
        "huge": 10**400, "long": "x" * 1_000_000, "deep": [[[["x"]]]], "path": Path("nothing"), "infinite": math.inf,
    }  # fmt: skip
    return kinds[value["py"]]


def _tntp_network(path, nodes, **how):
    return corridor.read_tntp(path, nodes=nodes).to_network(**how)


@pytest.mark.parametrize("case", cases("files"))
def test_a_file_is_read_or_refused(case, folder, net):
    lay(folder, case["files"])
    before = listed(folder)
    readers = {
        "network": corridor.read, "demand": corridor.read_demand, "gmns": corridor.read_gmns, "tntp": corridor.read_tntp,
        "osm": corridor.read_osm, "scenario": lambda path: corridor.Scenario.read(path).apply(net),
        "questions": lambda path: corridor.batch(net, path).to_csv(), "tntp network": _tntp_network,
    }  # fmt: skip
    path, given = case.get("path", next(iter(case["files"]))), case.get("with", {})
    if case.get("good"):
        answer = str(readers[case["read"]](path, **given))
    else:
        with pytest.raises(CorridorError) as caught:
            readers[case["read"]](path, **given)
        answer = str(caught.value)
    for word in case.get("says", ()):
        assert word in answer, answer[:2000]
    assert len(answer) < 1_000_000
    assert listed(folder) == before


@pytest.fixture(scope="module")
def api(net):
    return LocalOnly(api_of(AppSession(net)))


async def ask(api, case):
    transport = httpx.ASGITransport(api, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8765") as client:
        for method, address in case.get("first", ()):
            await client.request(method, address)
        asked = {"headers": case.get("headers"), "content": case.get("body")}
        address = case["get"] + case.get("then", "") * case.get("times", 0)
        return await client.request(case.get("method", "GET"), address, **asked)


@pytest.mark.parametrize("case", cases("api"))
def test_a_request_answers_or_says_why(case, api):
    answer = asyncio.run(ask(api, case))
    assert answer.status_code == case["status"], answer.text[:500]
    value = None if answer.status_code == 403 else answer.json()
    if answer.status_code >= 400 and value is not None:
        assert set(value) == {"error"} and {"kind", "message", "issues"} <= set(value["error"]), value
    for word in case.get("says", ()):
        assert word in answer.text, answer.text[:500]


def test_there_are_enough():
    count = sum(len(cases(name)) for name in ("commands", "verbs", "files", "api"))
    assert count >= 300
