"""What can happen to a machine: killed at any moment, no room, damaged caches, two processes at once."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time

import pytest
from conftest import SOAK

import corridor
from corridor import cache
from corridor.io.template import write_template

COMMAND = [sys.executable, "-m", "corridor"]
NO_ROOM = 4096  # bytes that a file may have: everything longer fails as on a full disk


def run(*arguments, cwd, room=None, **env):
    limit = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))) if room else None
    if room:
        env["PYTHONDONTWRITEBYTECODE"] = "1"  # Python would leave half a file of bytecode
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False, timeout=300, preexec_fn=limit,
        env={**os.environ, **env},
    )  # fmt: skip


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Return two networks as files."""
    folder = tmp_path_factory.mktemp("two")
    write_template(folder / "t")
    one = (folder / "t" / "network.geojson").read_bytes()
    (folder / "one.geojson").write_bytes(one)
    (folder / "other.geojson").write_bytes(one.replace(b'"my-network"', b'"another network"'))
    return folder


WRITER = """
import sys, corridor
nets = [corridor.read(f"{sys.argv[1]}/{n}.geojson") for n in ("one", "other")]
print("ready", flush=True)
while True:
    for net in nets:
        corridor.write(net, sys.argv[2])
"""


@pytest.mark.parametrize("ending", ["geojson", "gpkg"])
def test_killed_while_writing_leaves_the_old_file_or_the_new_one(two, tmp_path, ending):
    rng = random.Random(7)
    path = tmp_path / f"kept.{ending}"
    corridor.write(corridor.read(two / "one.geojson"), path)
    prints = {corridor.read(two / f"{n}.geojson").name for n in ("one", "other")}
    seen = set()
    with subprocess.Popen([sys.executable, "-c", WRITER, str(two), str(path)], stdout=subprocess.PIPE) as first:
        first.kill()  # before it has begun
    for _ in range(int(4 * SOAK) or 1):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(two), str(path)], stdout=subprocess.PIPE) as writer:
            writer.stdout.readline()
            time.sleep(rng.random() * 0.05)
            writer.send_signal(signal.SIGKILL)
        seen.add(corridor.read(path).name)
    assert seen <= prints


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["route", "Moscow", "Tehran", "--draws", "0", "--geojson", "x.geojson"], "x.geojson"),
        (["route", "Moscow", "Tehran", "--draws", "0", "--plot", "x.png"], "x.png"),
        (["map", "x.svg"], "x.svg"),
        (["new", "x"], "x"),
        (["convert", "one.geojson", "x.geojson"], "x.geojson"),
        (["convert", "one.geojson", "x.gpkg"], "x.gpkg"),
        (["convert", "one.geojson", "x.parquet"], "x.parquet"),
        (["convert", "one.geojson", "x"], "x"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_a_full_disk_is_one_message_and_nothing_half_written(two, tmp_path, command, name):
    given = [str(two / w) if w == "one.geojson" else w for w in command]
    done = run(*given, cwd=tmp_path, room=NO_ROOM)
    assert done.returncode == 2 and done.stdout == "", done.stdout + done.stderr
    assert f"{name}: " in " ".join(done.stderr.split())
    assert "File too large" in done.stderr and "Traceback" not in done.stderr
    assert os.listdir(tmp_path) == []


def test_without_room_for_the_cache_answers_are_the_same(tmp_path):
    asked = ("route", "Moscow", "Tehran", "--json")
    plain = run(*asked, cwd=tmp_path)
    full = run(*asked, cwd=tmp_path, room=NO_ROOM, CORRIDOR_CACHE=str(tmp_path / "c"), CORRIDOR_KERNELS="numba")
    nowhere = run(*asked, cwd=tmp_path, CORRIDOR_CACHE="/proc/none", CORRIDOR_KERNELS="numba")
    assert plain.returncode == full.returncode == nowhere.returncode == 0, full.stderr + nowhere.stderr
    assert plain.stdout == full.stdout == nowhere.stdout


def test_damaged_kernels_are_made_anew(tmp_path):
    """Half a file, an empty one, nonsense, a folder in its place: each for some of what is kept."""
    kept = tmp_path / "cache"
    env = {"CORRIDOR_CACHE": str(kept), "CORRIDOR_KERNELS": "numba"}
    asked = ("flow", "Chelyabinsk", "Bandar Abbas", "--cargo", "grain", "--json")
    first = run(*asked, cwd=tmp_path, **env)
    files = sorted(p for p in kept.rglob("*") if p.suffix in (".nbi", ".nbc"))
    assert first.returncode == 0 and len(files) >= 4
    for i, path in enumerate(files):
        content = path.read_bytes()
        path.unlink()
        if i % 4 == 3:
            path.mkdir()
        else:
            path.write_bytes((content[: len(content) // 2], b"", b"\x80\x05nonsense" * 9)[i % 4])
    again = run(*asked, cwd=tmp_path, **env)
    assert again.returncode == 0 and again.stdout == first.stdout, again.stderr
    assert "compiled again" in again.stderr and "Traceback" not in again.stderr


def test_damaged_arrays_count_as_none(tmp_path, monkeypatch):
    import numpy as np

    monkeypatch.setenv("CORRIDOR_CACHE", str(tmp_path))
    cache.save_arrays("x", {"a": np.arange(1000)})
    path = tmp_path / "stored" / "x.npz"
    whole = path.read_bytes()
    assert cache.load_arrays("x")["a"].sum() == 499500
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    pickled = tmp_path / "p.npz"
    np.savez(pickled, a=np.array([{}], dtype=object))
    for content in (b"", whole[:100], bytes(flipped), b"PK\x03\x04" + bytes(50), pickled.read_bytes()):
        path.write_bytes(content)
        assert cache.load_arrays("x") is None
    cache.save_arrays("x", {"a": np.arange(3)})
    assert cache.load_arrays("x")["a"].tolist() == [0, 1, 2]


def test_two_processes_write_one_file_at_once(two, tmp_path):
    """Whoever renames last wins; what is read in between is whole."""
    path = tmp_path / "kept.geojson"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(two), str(path)], stdout=subprocess.PIPE) for _ in range(2)
    ]
    try:
        for writer in writers:
            writer.stdout.readline()
        until = time.monotonic() + 1.5
        names = set()
        while time.monotonic() < until:
            if path.exists():
                names.add(corridor.read(path).name)
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate(timeout=30)
    assert names == {"my-network", "another network"}
    assert path.exists()


def test_a_file_keeps_its_permissions(two, tmp_path):
    path = tmp_path / "kept.geojson"
    before = os.umask(0o077)
    try:
        corridor.write(corridor.read(two / "one.geojson"), path)
        assert path.stat().st_mode & 0o777 == 0o600  # what the user keeps from others
        path.chmod(0o640)
        corridor.write(corridor.read(two / "one.geojson"), path)
        assert path.stat().st_mode & 0o777 == 0o640
    finally:
        os.umask(before)
