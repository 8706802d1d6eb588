"""The command line: its words, its JSON, its exit status and its manners."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time

import pytest

import corridor
from corridor.cli import cli
from corridor.cli.run import run as run_here

COMMAND = [sys.executable, "-c", "from corridor.start import main; main()"]
ROUTE_KEYS = {
    "origin", "origin_name", "destination", "destination_name", "cargo", "by", "year", "generalised_usd_t", "cost_usd_t",
    "time_h", "transit_h", "length_km", "co2_kg_t", "legs", "transfers", "borders", "waits", "loading", "unloading",
    "inputs_used", "figures", "assumed",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _held(net):
    """Hold the shipped network: commands that run here share what is compiled for it."""


def run(*arguments, cwd=None, env=None):
    """Run a command: here, or where it needs a folder or an environment of its own, as a process."""
    if cwd is None and env is None:
        out, err = io.StringIO(), io.StringIO()
        words = list(map(str, arguments))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = run_here(cli, words)
        return subprocess.CompletedProcess(words, status, out.getvalue(), err.getvalue())
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, cwd=cwd,
        env={**os.environ, **(env or {})}, timeout=120,
    )  # fmt: skip


def as_json(*arguments):
    done = run(*arguments, "--json")
    value = json.loads(done.stdout, parse_constant=lambda c: pytest.fail(f"{c} is no JSON"))
    return done.returncode, value


def test_route_prints_an_itinerary_and_its_sources():
    done = run("route", "Chelyabinsk", "Bandar Abbas", "--cargo", "grain", "--mode", "rail", "--sources")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Chelyabinsk → Bandar Abbas · grain · minimise: generalised cost · 2025")
    assert "gauge" in done.stdout and "1520 → 1435" in done.stdout
    assert "sources" in done.stdout and "http" in done.stdout


def test_route_json_keys_and_sums():
    status, value = as_json("route", "Chelyabinsk", "Bandar Abbas", "--cargo", "grain")
    assert status == 0 and set(value) >= ROUTE_KEYS
    assert set(value["legs"][0]) >= {
        "mode",
        "gauge_mm",
        "from",
        "to",
        "nodes",
        "links",
        "length_km",
        "time_h",
        "cost_usd_t",
        "co2_kg_t",
    }
    parts = [
        *value["legs"],
        *value["transfers"],
        *value["borders"],
        *value["waits"],
        value["loading"],
        value["unloading"],
    ]
    assert sum(p["time_h"] for p in parts) == pytest.approx(value["time_h"], abs=1e-6)
    assert sum(p.get("cost_usd_t", 0) for p in parts) == pytest.approx(value["cost_usd_t"], abs=1e-6)


def test_flow_json():
    status, value = as_json("flow", "Chelyabinsk,Samara", "Bandar Abbas", "--cargo", "grain", "--mode", "rail")
    assert status == 0 and {"value_t_yr", "exact", "cut", "resources"} <= set(value)
    assert set(value["cut"][0]) >= {"id", "kind", "name", "unit", "capacity", "free", "weight", "free_t_yr"}
    assert sum(row["weight"] * row["free"] for row in value["cut"]) == pytest.approx(value["value_t_yr"], rel=1e-5)


def test_why_and_info():
    done = run("why", "sarakhs-yard", "capacity")
    assert (
        done.returncode == 0
        and "271 wagons a day (236 to 400), derived" in done.stdout
        and "contradicts" in done.stdout
    )
    status, value = as_json("why", "Incheh Borun")
    assert status == 0 and value["kind"] == "node"
    assert run("info").stdout.startswith("Network 'instc' 2025")
    for table in ("nodes", "links", "transfers", "resources", "sources", "cargo", "tariffs", "frictions", "parameters"):
        done = run("info", table)
        assert done.returncode == 0 and max(map(len, done.stdout.splitlines())) <= 80, table
        assert "…" not in "".join(line.split(" ")[0] for line in done.stdout.splitlines()), table
        status, value = as_json("info", table)
        assert status == 0 and len(value[table]) > 10


def test_new_validate_and_use_of_a_template(tmp_path):
    folder = tmp_path / "mine"
    assert run("new", folder).returncode == 0
    done = run("validate", folder / "network.geojson")
    assert (done.returncode, done.stdout.split(":")[1].strip()[:20]) == (0, "0 errors, 0 warnings")
    text = (folder / "README.md").read_text()
    lines = text.replace("\\\n", " ").splitlines()
    commands = [line.strip().split(" ", 1)[1] for line in lines if line.startswith("    corridor ")]
    assert len(commands) == 7
    import shlex

    for command in commands:
        done = run(*shlex.split(command), cwd=folder)
        assert done.returncode == 0, command
        assert all("once for this" in line for line in done.stderr.splitlines()), command
    assert run("new", folder).returncode == 2  # nothing is overwritten


def test_validate_lists_all_faults_with_place_and_fix(tmp_path):
    run("new", tmp_path / "mine")
    path = tmp_path / "mine" / "network.geojson"
    path.write_text(path.read_text().replace('"length_km": 235.0', '"length_km": -5, "speeed_kmh": 3'))
    status, value = as_json("validate", path)
    assert status == 2 and value["ok"] is False
    assert {i["field"] for i in value["issues"]} == {"length_km", "speeed_kmh"}
    assert all({"severity", "where", "field", "value", "message", "fix"} <= set(i) for i in value["issues"])


@pytest.mark.parametrize(
    ("arguments", "status", "kind", "words"),
    [
        (("route", "Moscw", "Tehran"), 2, "unknown_id", "did you mean 'Moscow'"),
        (("route", "Серахс", "Tehran"), 2, "unknown_id", "matches more than one place"),
        (("route", "Moscow", "Tehran", "--avoid", "IR"), 1, "no_route", "Tehran is in IR"),
        (("route", "Moscow", "Herat", "--mode", "rail"), 1, "no_route", "under construction"),
        (("route", "Moscow", "Tehran", "--by", "speed"), 2, "data", "by is 'speed'"),
        (("route", "Moscow", "Tehran", "--year", "1"), 2, "data", "give a year"),
        (("route", "Moscow", "Tehran", "--year", "x"), 2, "usage", "not a valid integer"),
        (("route", "Moscow"), 2, "usage", "Missing argument"),
        (("rout", "Moscow"), 2, "usage", "No such command"),
        (("route", "Moscow", "Tehran", "--depart", "2027-01-15", "--year", "2027"), 2, "data", "sets the year"),
        (("route", "Moscow", "Tehran", "--network", "no.geojson"), 2, "data", "No such file"),
        (("route", "Moscow", "Tehran", "--scenario", "no.yaml"), 2, "data", "No such file"),
        (("flow", "Moscow", "Moscow"), 2, "data", "an origin too"),
        (("flow", "", "Moscow"), 2, "data", "are empty"),
        (("flow", "Perm", "Omsk", "--mode", "sea"), 1, "no_answer", "no route connects Perm to Omsk"),
        (("why", "sarakhs-yrad"), 2, "unknown_id", "sarakhs-yard"),
        (("why", "sarakhs-yard", "capcity"), 2, "unknown_id", "did you mean 'capacity'"),
        (("validate", "no.geojson"), 2, None, "No such file"),
        (("info", "things"), 2, "usage", "things"),
    ],
)
def test_status_and_message(arguments, status, kind, words):
    plain = run(*arguments)
    assert plain.returncode == status
    assert words in plain.stderr + plain.stdout and "Traceback" not in plain.stderr
    code, value = as_json(*arguments)
    assert code == status
    if kind is not None:
        assert value["error"]["kind"] == kind and words in value["error"]["message"]
        assert run(*arguments, "--json").stderr == ""


def test_files_are_written_only_when_asked_and_whole(tmp_path):
    run("route", "Moscow", "Tehran", cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []
    done = run("route", "Moscow", "Tehran", "--geojson", "way.geojson", "--plot", "way.png", cwd=tmp_path)
    assert done.returncode == 0
    value = json.loads((tmp_path / "way.geojson").read_text())
    assert value["type"] == "FeatureCollection" and len(value["features"]) >= 1
    assert (tmp_path / "way.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["way.geojson", "way.png"]
    done = run("route", "Moscow", "Tehran", "--plot", "way.docx", cwd=tmp_path)
    assert done.returncode == 2 and "not a supported picture format" in " ".join(done.stderr.split())


def test_a_full_disk_is_one_message():
    if not os.path.exists("/dev/full"):
        pytest.skip("a peer is absent: this system has no /dev/full")
    with open("/dev/full", "w") as full:
        done = subprocess.run([*COMMAND, "info"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2 and "Traceback" not in done.stderr and "No space left" in done.stderr


def test_a_reader_that_leaves_early_is_no_error():
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -c 'from corridor.start import main; main()' info links | head -1; echo ${{PIPESTATUS[0]}}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "0" and done.stderr == ""


def test_ctrl_c_is_130_without_a_traceback():
    process = subprocess.Popen([*COMMAND, "info", "sources"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(0.12)  # while modules are imported
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode in (0, 130, -signal.SIGINT)
    assert "Traceback" not in errors or "site" in errors  # before our code runs, Python itself reports


def test_other_locale_encoding_and_hash_seed_give_the_same_bytes():
    arguments = ("route", "Khorgos", "Tehran", "--json")
    first = run(*arguments).stdout
    for env in (
        {"PYTHONHASHSEED": "7"},
        {"LC_ALL": "C", "TZ": "Asia/Tehran"},
        {"CORRIDOR_KERNELS": "numba"},
        {"HOME": "/nonexistent"},
    ):
        assert run(*arguments, env=env).stdout == first, env
    done = run("route", "Khorgos", "Tehran", env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0 and "Khorgos" in done.stdout


def test_two_processes_compile_at_once(tmp_path):
    env = {**os.environ, "CORRIDOR_KERNELS": "numba", "CORRIDOR_CACHE": str(tmp_path / "cache")}
    both = [
        subprocess.Popen(
            [*COMMAND, "route", "Moscow", "Tehran", "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
        )
        for _ in range(2)
    ]
    outputs = [p.communicate(timeout=120) for p in both]
    assert [p.returncode for p in both] == [0, 0]
    assert outputs[0][0] == outputs[1][0]
    assert any("once for this version" in err for _, err in outputs)
    read_only = {"CORRIDOR_KERNELS": "numba", "CORRIDOR_CACHE": "/proc/nowhere"}
    assert run("route", "Moscow", "Tehran", "--json", env=read_only).stdout == outputs[0][0]


@pytest.mark.parametrize(
    "arguments",
    [
        ("route", "Moscow", "Mumbai", "--via", "Astrakhan", "--avoid", "TM", "--by", "time", "--sources"),
        ("route", "Mashhad", "Peshawar", "--via", "Herat"),
        ("route", "Moskva", "Tehren"),
        ("flow", "Moscow,Samara,Chelyabinsk", "Tehran,Mumbai", "--cargo", "grain"),
        ("why", "sarakhs-yard"),
        ("why", "Incheh Borun"),
        ("info",),
        ("info", "projects"),
        ("info", "scenarios"),
        ("info", "branches"),
        ("info", "counts"),
        ("assign", "--rule", "logit", "--year", "2030"),
        ("assign", "--rule", "cheapest"),
        ("throughput", "eastern", "--year", "2026", "--target", "15"),
        ("throughput", "western", "--year", "2024"),
        ("misfit",),
        ("--help",),
        ("assign", "--help"),
        ("throughput", "--help"),
        ("route", "--help"),
    ],
)
def test_text_fits_eighty_columns(arguments):
    done = run(*arguments)
    lines = (done.stdout + done.stderr).splitlines()
    assert lines
    assert [x for x in lines if len(x) > 80 and "://" not in x] == []


@pytest.mark.parametrize(
    "name", ["afghan-transit", "carbon_price_usd_kg", "tariff IR rail1435 dry_bulk", "grain", "E55", "sarakhs-yard"]
)
def test_why_explains_whatever_an_answer_names(name):
    status, value = as_json("why", name)
    assert status == 0 and value["id"] == name and (value["figures"] or value["facts"])


def test_every_figure_of_an_answer_can_be_asked_for(net):
    way = corridor.route(net, "Samara", "Bandar Abbas", cargo="metals", modes=["rail"])
    for figure in way.inputs_used:
        asked = corridor.why(net, figure.feature, figure.field)
        assert [f.value for f in asked.figures] == [figure.value]
    fields = {f.field for f in way.inputs_used}
    assert {"usd_tkm", "fixed_usd_t", "value", "value_of_time_usd_t_h", "usd_t"} <= fields


def test_assign_and_throughput_json_keys(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("origin,destination,cargo,t_yr\nChelyabinsk,Bandar Abbas,grain,400000\n")
    status, value = as_json("assign", path, "--rule", "capacitated")
    assert status == 0 and value["served_t_yr"] == pytest.approx(400_000)
    assert set(value) >= {
        "rule", "year", "demand_t_yr", "served_t_yr", "unserved", "total_cost_usd_yr", "bound_usd_yr", "gap", "iterations",
        "resources", "screenlines", "scenarios",
    }  # fmt: skip
    assert set(value["resources"][0]) >= {"id", "name", "unit", "capacity", "flow", "free", "price_usd_t"}
    status, value = as_json("throughput", "eastern", "--year", "2024", "--target", "15", "--scenario", "no-suspension")
    assert status == 0 and value["scenarios"] == ["no-suspension"] and "suspension-2026" not in value["history"]
    assert set(value) >= {"branch", "target_mt", "years", "unserved"}
    assert set(value["years"][0]) >= {
        "year", "throughput_mt", "southbound_mt", "northbound_mt", "all_traffic_mt", "capacity_mt", "demand_mt", "bottlenecks",
    }  # fmt: skip
    assert set(value["years"][0]["bottlenecks"][0]) == {"id", "name", "price_usd_t", "share"}


@pytest.mark.parametrize(
    ("arguments", "status", "kind"),
    [
        (("assign", "--rule", "best"), 2, "data"),
        (("assign", "--year", "2031"), 2, "data"),
        (("assign", "no-such.csv"), 2, "data"),
        (("throughput", "northern"), 2, "unknown_id"),
        (("throughput", "--target", "nan"), 2, "data"),
        (("throughput", "--scenario", "no-suspention"), 2, "unknown_id"),
        (("misfit", "--year", "2019"), 2, "data"),
    ],
)
def test_wrong_questions_are_one_json_object(arguments, status, kind):
    found, value = as_json(*arguments)
    assert (found, value["error"]["kind"]) == (status, kind)


def test_an_answer_says_what_was_asked(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text("name: shut\nwhy: a test\nedits: [{close: sarakhs-yard}]\n")
    asked = ("Samara", "Mashhad", "--mode", "rail", "--avoid", "AZ", "--scenario", path)
    for command in ("route", "flow"):
        _, value = as_json(command, *asked)
        assert (value["scenarios"], value["modes"], value["avoid"]) == (["shut"], ["rail"], ["AZ"])
        assert "scenario shut" in run(command, *asked).stdout


def test_several_routes_and_why_not_are_one_object_each(tmp_path):
    status, value = as_json("route", "Moscow", "Mumbai", "-k", "3")
    assert status == 0 and len(value["routes"]) == 3 and value["why_fewer"] == ""
    status, value = as_json("route", "Almaty", "Tehran", "--pareto", "cost,time,co2", "--thin", "0.05")
    assert status == 0 and value["by"] == ["cost", "time", "co2"] and value["dropped"]
    status, value = as_json("route", "Moscow", "Mumbai", "--via", "Sarakhs", "--why-not")
    assert (
        status == 0 and value["extra_usd_t"] > 0 and value["blocked_by"] == [] and value["wanted"]["via"] == ["Sarakhs"]
    )
    assert corridor.Scenario.of(**value["change"]).apply(corridor.load())
    file = tmp_path / "ways.geojson"
    assert run("route", "Moscow", "Mumbai", "-k", "2", "--geojson", file).returncode == 0
    assert {f["properties"]["route"] for f in json.loads(file.read_text())["features"]} == {1, 2}
    status, value = as_json("route", "Moscow", "Mumbai", "--draws", "50")
    assert value["time_h_p10"] < value["time_h_p90"] and (value["draws"], value["seed"]) == (50, 1)
    status, value = as_json("route", "Moscow", "Mumbai", "--most-transfers", "0")
    assert status == 1 and value["error"]["issues"][0]["id"] == "most_transfers"


def test_matrix_and_reach(tmp_path):
    status, value = as_json("matrix", "Moscow,55.16,61.4", "Tehran,Baku", "--by", "time", "--avoid", "AZ")
    assert status == 0 and value["origins"] == ["moscow", "chelyabinsk"] and value["values"][0][1] is None
    assert {u["destination"] for u in value["unreachable"]} == {"baku"}
    assert as_json("matrix", "Moscow,Baku")[1]["values"][0][0] == 0  # a table of all with all
    assert as_json("matrix", "Moscow", "Tehran", "--avoid", "RU")[0] == 1
    assert as_json("reach", "Turkmenbashi", "--within", "5d", "--avoid", "TM")[0] == 1
    asked, answered = tmp_path / "asked.csv", tmp_path / "answered.csv"
    asked.write_text("origin,destination,via\nMoscow,Tehran,Baku\nMoscow,Nowhere,\n")
    status, value = as_json("matrix", asked, "--cargo", "grain", "--csv", answered)
    assert status == 0 and value["answers"][0]["cost_usd_t"] > 0 and "Nowhere" in value["answers"][1]["error"]
    assert answered.read_text().startswith("origin,destination,via,generalised_usd_t")
    status, value = as_json("reach", "Turkmenbashi", "--within", "2d")
    assert status == 0 and value["places"][0]["time_h"] <= value["places"][-1]["time_h"] <= 48


@pytest.mark.parametrize(
    "arguments",
    [
        ("route", "Moscow", "Mumbai", "-k", "2", "--why-not"),
        ("route", "Moscow", "Mumbai", "-k", "2", "--draws", "5"),
        ("route", "Moscow", "Mumbai", "-k", "0"),
        ("route", "Moscow", "Mumbai", "--pareto", "cost,speed"),
        ("reach", "Moscow", "--within", "soon"),
        ("reach", "Moscow", "--within", "0h"),
        ("matrix", "no-such.csv"),
        ("route", "Moscow", "Mumbai", "--thin", "0.1"),
        ("route", "Moscow", "Mumbai", "--pareto", "cost"),
        ("matrix", "Moscow", "Moscow"),
        ("flow", "Moscow", "Mumbai", "--via", "Baku"),
    ],
)
def test_wrong_questions_about_routes_are_refused(arguments):
    status, value = as_json(*arguments)
    assert status == 2 and value["error"]["message"]
