"""The README, run by a user: from the built wheel, in an empty environment, in an empty folder."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tarfile
import zipfile

import pytest
from conftest import ROOT

from corridor import cache

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build the source archive, and from it the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def wheel(built):
    return next(built.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Return the bin folder of an environment that holds the wheel and nothing else of ours."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = [
        str(folder / "bin" / "pip"),
        "install",
        "-q",
        "--no-compile",
        "--disable-pip-version-check",
        "--constraint",
        str(ROOT / "tools" / "lock.txt"),
        f"{wheel}[plot]",
    ]
    subprocess.run(install, check=True)
    return folder / "bin"


def run(command, cwd, **env):
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, timeout=300,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "CORRIDOR_CACHE": str(cache.root()), **env},
    )  # fmt: skip


def test_the_wheel_carries_the_data_and_the_types(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {"corridor/data/network.geojson", "corridor/py.typed"} <= set(names)
    assert all(n.startswith(("corridor/", "corridor_freight-")) for n in names)


def test_the_source_archive_holds_what_tests_and_pages_need(built):
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {n.split("/", 1)[1] for n in archive.getnames() if "/" in n}
    assert {"LICENSE", "CITATION.cff", "SECURITY.md", "data/CHANGELOG.md", "data/tables/figures.csv"} <= names
    assert {"tests/hostile/api.yaml", "docs/release.md", "tools/oldest.txt", "src/corridor/py.typed"} <= names
    assert not any("__pycache__" in n or n.startswith((".venv", "build")) for n in names)


@pytest.mark.parametrize("number", [1, 5])
def test_a_notebook_runs_outside_of_the_repository(installed, tmp_path, number):
    """Its cells as a script; that it shows what it shows is tested where notebooks are."""
    cells = json.loads(next((ROOT / "docs" / "notebooks").glob(f"{number}-*.ipynb")).read_text(encoding="utf-8"))[
        "cells"
    ]
    code = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code").replace("%matplotlib inline", "")
    done = run([str(installed / "python"), "-c", code], tmp_path, MPLBACKEND="agg")
    assert done.returncode == 0, done.stderr


def test_the_commands_of_the_readme_print_what_it_says(installed, tmp_path):
    block = re.search(r"```\n\$ (corridor.*?)```", README, re.DOTALL).group(1)
    examples = [e.split("\n", 1) for e in block.split("\n$ ")]
    assert len(examples) == 2
    for command, expected in examples:
        words = shlex.split(command)
        done = run([str(installed / words[0]), *words[1:]], tmp_path)  # no HOME in this environment
        assert done.returncode == 0
        assert all("once for this" in line for line in done.stderr.splitlines())  # compiled, looked for
        assert done.stdout.strip() == expected.strip()
    assert list(tmp_path.iterdir()) == []


def test_the_python_of_the_readme_runs(installed, tmp_path):
    code = "\n".join(re.findall(r"```python\n(.*?)```", README, re.DOTALL)).replace("draws=200", "draws=20")  # as fast
    done = run([str(installed / "python"), "-W", "error::DeprecationWarning:corridor", "-c", code], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Mt a year fit beside other traffic" in done.stdout and "contradicts" in done.stdout


def test_every_command_has_help_and_the_version_is_that_of_the_package(installed, tmp_path):
    for command in ("route", "flow", "assign", "throughput", "misfit", "why", "info", "validate", "new"):
        done = run([str(installed / "corridor"), command, "--help"], tmp_path)
        assert done.returncode == 0 and done.stdout.startswith("Usage:")
    assert run([str(installed / "corridor"), "--version"], tmp_path).stdout.strip() == "corridor, version 0.2.0"


def test_a_read_only_installation_works(installed, tmp_path):
    """As in a container: nothing of the package can be written, and there is no home."""
    code = (
        "import os, corridor; net = corridor.load(); os.environ['CORRIDOR_KERNELS'] = 'numba';"
        "print(round(corridor.route(net, 'Moscow', 'Tehran').length_km))"
    )
    done = run([str(installed / "python"), "-B", "-c", code], tmp_path, CORRIDOR_CACHE="/proc/none")
    assert done.returncode == 0 and int(done.stdout) > 1000


def test_a_missing_extra_is_named_with_its_line(installed, tmp_path):
    """The picture's library is hidden, as if the extra were not installed."""
    blocker = tmp_path / "blocked"
    blocker.mkdir()
    (blocker / "matplotlib.py").write_text("raise ImportError('hidden')")
    done = run(
        [str(installed / "corridor"), "route", "Moscow", "Tehran", "--plot", "x.png"], tmp_path, PYTHONPATH=str(blocker)
    )
    assert done.returncode == 2 and "pip install 'corridor-freight[plot]'" in done.stderr
    assert not (tmp_path / "x.png").exists()
