"""Hostile input, as data: every case of `tests/hostile/` is refused with place and fix, or answered right.

A case says what is given, the status or the error, and words that the message must hold. None may end
in a traceback, a hang, a message without a place, or a file that was not asked for.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import math
import re
import signal
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
from corridor.web.desk import Desk

FOLDER = Path(__file__).parent / "hostile"
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
        raise TimeoutError(f"no answer in {SECONDS} s")

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
    """Write the files of a case: texts, `{hex: …}`, `{repeat: text, times: n}`, `{template: of a file, set: {…}}`."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_bytes(folder, content))


def _bytes(folder, content):
    if isinstance(content, str):
        return content.encode("utf-8", "surrogatepass")
    if "hex" in content:
        return bytes.fromhex(content["hex"])
    if "repeat" in content:
        return content.get("before", "").encode() + content["repeat"].encode() * content["times"]
    if "zeros_gz" in content:
        return gzip.compress(bytes(content["zeros_gz"]))
    made = folder.parent / f"{folder.name}-template"
    if not made.exists():
        write_template(made)
    text = (made / content["template"]).read_text(encoding="utf-8")
    for old, new in content.get("replace", {}).items():
        assert old in text, f"the template has no {old!r}"
        text = text.replace(old, new)
    return text.encode()[: content.get("cut")]


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
        assert ("error" in value) == (status != 0) and err == ""
    elif status:
        assert err.startswith(("corridor: ", "Usage: ")) or case["run"][0] == "validate"


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


@pytest.mark.parametrize("case", cases("files"))
def test_a_file_is_read_or_refused(case, folder, net):
    lay(folder, case["files"])
    before = listed(folder)
    readers = {
        "network": corridor.read, "demand": corridor.read_demand, "scenario": corridor.Scenario.read,
        "questions": lambda path: corridor.batch(net, path), "gmns": corridor.read_gmns, "tntp": corridor.read_tntp,
        "osm": corridor.read_osm,
    }  # fmt: skip
    reader = readers[case["read"]]
    if case.get("good"):
        assert reader(case.get("path", next(iter(case["files"])))) is not None
    else:
        with pytest.raises(CorridorError) as caught:
            reader(case.get("path", next(iter(case["files"]))))
        for word in case["says"]:
            assert word in str(caught.value), str(caught.value)
    assert listed(folder) == before


@pytest.fixture(scope="module")
def api(net):
    return api_of(Desk(net))


async def ask(api, case):
    transport = httpx.ASGITransport(api, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8765") as client:
        return await client.request(case.get("method", "GET"), case["get"], headers=case.get("headers", {}))


@pytest.mark.parametrize("case", cases("api"))
def test_a_request_answers_or_says_why(case, api):
    answer = asyncio.run(ask(api, case))
    assert answer.status_code == case["status"], answer.text[:500]
    value = answer.json()
    if answer.status_code >= 400:
        assert set(value) == {"error"} and {"kind", "message", "issues"} <= set(value["error"]), value
    for word in case.get("says", ()):
        assert word in answer.text, answer.text[:500]


def test_there_are_enough():
    count = sum(len(cases(name)) for name in ("commands", "verbs", "files", "api"))
    assert count >= 300
