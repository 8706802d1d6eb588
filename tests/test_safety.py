"""What no version of this may do: reach out unasked, run what a file says, change its public names unseen."""

from __future__ import annotations

import ast
import functools
import inspect
import os
import subprocess
import sys

import pytest
from conftest import ROOT

import corridor

SOURCES = sorted((ROOT / "src").rglob("*.py"))
FORBIDDEN_NAMES = {"eval", "exec", "__import__", "compile", "breakpoint", "input"}
FORBIDDEN_MODULES = {
    "pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "ctypes", "requests", "aiohttp", "ftplib", "smtplib",
    "telnetlib", "urllib.request", "http.client", "subprocess",
}  # fmt: skip
API = ROOT / "tests" / "golden" / "api.txt"

NO_NETWORK = """
import socket, sys
def refuse(*_, **__):
    raise AssertionError("reached out")
socket.getaddrinfo = socket.create_connection = refuse
class Deaf(socket.socket):
    connect = connect_ex = sendto = refuse
socket.socket = Deaf
from corridor.cli import cli
from corridor.cli.run import run
sys.exit(run(cli, sys.argv[1:]))
"""


ALLOWED_CALLS = {"yaml_file.py": ("yaml", "load")}
FORBIDDEN_CALLS = {("os", "system"), ("os", "popen"), ("yaml", "unsafe_load"), ("yaml", "full_load"), ("yaml", "load")}


def unsafe(path):
    """Yield what a source does that it must not."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_NAMES:
            yield f"{path.name} calls {node.func.id}"
        if isinstance(node, ast.Import | ast.ImportFrom):
            named = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
            yield from (f"{path.name} imports {name}" for name in FORBIDDEN_MODULES & set(named))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            call = (getattr(node.func.value, "id", ""), node.func.attr)
            if call in FORBIDDEN_CALLS and call != ALLOWED_CALLS.get(path.name):
                yield f"{path.name} calls {'.'.join(call)}"
            if call == ("np", "load") and not any(
                k.arg == "allow_pickle" and k.value.value is False for k in node.keywords
            ):
                yield f"{path.name} calls np.load without allow_pickle=False"


def test_no_source_runs_or_unpickles_what_it_is_given(tmp_path):
    assert [found for path in SOURCES for found in unsafe(path)] == []
    (tmp_path / "bad.py").write_text("import pickle, yaml, np\neval('1')\nyaml.load('')\nnp.load('x')\n")
    assert len(list(unsafe(tmp_path / "bad.py"))) == 4


@pytest.mark.parametrize(
    "command",
    [
        ["route", "Moscow", "Mumbai", "--draws", "5", "--plot", "way.png"],
        ["flow", "Chelyabinsk", "Bandar Abbas", "--cargo", "grain", "--json"],
        ["assign", "--rule", "cheapest"],
        ["map", "net.svg"],
        ["new", "mine"],
        ["info", "sources"],
        ["doctor"],
    ],
    ids=lambda c: c[0],
)
def test_nothing_is_asked_of_a_network(command, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", NO_NETWORK, *command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "reached out" not in done.stdout + done.stderr


def described(name):
    """Return a public name with its kind, parameters or fields."""
    thing = functools.reduce(getattr, name.split("."), corridor)
    if inspect.isclass(thing):
        if issubclass(thing, BaseException):
            return f"{name}({', '.join(b.__name__ for b in thing.__bases__)})"
        fields = getattr(thing, "__dataclass_fields__", None) or getattr(thing, "__annotations__", {})
        verbs = sorted(n for n, f in vars(thing).items() if not n.startswith("_") and callable(f))
        names = [field for field in fields if not field.startswith("_")]
        return f"{name}: {', '.join(names)}; {', '.join(verbs)}"
    return f"{name}{inspect.signature(thing)}"


def test_the_public_names_are_those_that_were_promised(request):
    """What is listed keeps its meaning within a minor version; a change is reviewed as a diff of this file."""
    large = [f"large.{name}" for name in corridor.large.__all__]
    now = "\n".join([f"# corridor {corridor.__version__}", *map(described, (*corridor.__all__, *large))]) + "\n"
    if request.config.getoption("--update-golden"):
        API.write_text(now, encoding="utf-8")
    assert API.read_text(encoding="utf-8") == now


def test_versions_agree_everywhere():
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {corridor.__version__}\n" in text
    assert f"\n## {corridor.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    data = (ROOT / "data" / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\n## {corridor.load().meta['data_version']}" in data
    assert os.path.exists(ROOT / "SECURITY.md")
