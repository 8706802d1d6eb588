"""A study is a folder: every question works on one's own, all faults are listed, and `src/` knows no study by name."""

from __future__ import annotations

import ast
import csv
import json
import os
import pickle
import re
import shutil

import pytest
from conftest import ROOT

import corridor
from corridor.cli import cli
from corridor.cli.run import run
from corridor.io.study_files import default_study
from corridor.io.template import write_template

pytestmark = pytest.mark.usefixtures("interpreted")
QUESTIONS = {
    "route": ["route", "Northtown", "Southport", "--cargo", "grain"],
    "routes": ["route", "Northtown", "Southport", "-k", "2"],
    "matrix": ["matrix", "Northtown", "Southport"],
    "reach": ["reach", "Northtown", "--within", "100h"],
    "flow": ["flow", "Northtown", "Southport", "--mode", "rail"],
    "why": ["why", "border-yard", "capacity"],
    "assign": ["assign", "--rule", "logit", "--year", "2030"],
    "throughput": ["throughput", "--target", "3", "--draws", "3"],
    "compare": ["compare"],
    "plan": ["plan", "--target", "1.3"],
    "criticality": ["criticality"],
    "volumes": ["volumes", "border-yard", "--by", "cargo,direction", "--draws", "2"],
    "misfit": ["misfit"],
    "calibrate": ["calibrate"],
    "backtest": ["backtest", "--draws", "3"],
}


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("studies") / "mine"
    write_template(folder)
    return folder


@pytest.fixture
def changed(mine, tmp_path):
    """Return a function that changes a file of a copy of the study; it returns the folder."""
    folder = tmp_path / "changed"
    shutil.copytree(mine, folder)

    def change(file, old, new):
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new), encoding="utf-8", errors="surrogateescape")
        return folder

    return change


def asked(arguments, capsys):
    status = run(cli, [*arguments, "--json"])
    return status, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_every_question_works_on_a_new_study(mine, question, capsys):
    status, found = asked([*question, "--study", str(mine)], capsys)
    assert status == 0 and "error" not in found


def test_a_new_study_can_answer_everything(mine, capsys):
    status, found = asked(["validate", str(mine)], capsys)
    assert status == 0 and found["ok"] and found["issues"] == []
    assert set(QUESTIONS) <= set(found["can"]) and set(found["can"].values()) == {True}


def test_what_a_study_lacks_is_said_with_what_it_needs(mine, tmp_path, capsys):
    folder = tmp_path / "less"
    shutil.copytree(mine, folder)
    for name in ("counts.csv", "times.csv", "projects.yaml"):
        (folder / name).unlink()
    _, found = asked(["validate", str(folder)], capsys)
    assert found["can"]["throughput"] is True
    assert {k for k, v in found["can"].items() if v is not True} == {"misfit", "calibrate", "backtest", "plan"}
    assert "counts.csv" in found["can"]["calibrate"] and "projects.yaml" in found["can"]["plan"]
    net = corridor.load(folder)
    assert corridor.throughput(net, year=2026).years[-1].throughput_mt > 0
    with pytest.raises(corridor.DataError, match=r"counts.csv"):
        corridor.calibrate(net)


def test_the_headline_stands_where_no_branch_is_named(mine):
    net = corridor.load(mine)
    named, headline = corridor.throughput(net, "railway", year=2026), corridor.throughput(net, year=2026)
    assert headline.branch == "railway" and [y.throughput_mt for y in named.years] == [
        y.throughput_mt for y in headline.years
    ]


def test_another_study_changes_nothing_here(mine):
    before = str(corridor.demand())
    net = corridor.load(mine)
    assert corridor.demand("central", 2030, network=net).total_t_yr != corridor.demand("central", 2030).total_t_yr
    assert str(corridor.demand()) == before


WRONG = {  # file, what stands there, what is put there, where and what is said
    "unknown place": ("demand.csv", "north,south,grain", "nroth,south,grain", "demand.csv line 2", "north"),
    "unknown cargo": ("demand.csv", "north,south,metals", "north,south,metal", "demand.csv line 3", "metals"),
    "no number": ("demand.csv", ",250000,150000", ",many,150000", "demand.csv line 4", "many"),
    "not a number": ("demand.csv", ",250000,150000", ",nan,150000", "demand.csv line 4", "nan"),
    "negative": ("demand.csv", ",250000,150000", ",-5,150000", "demand.csv line 4", "-5"),
    "not ordered": ("demand.csv", ",150000,350000", ",450000,350000", "demand.csv line 4", "do not ascend"),
    "twice": ("demand.csv", "north,south,metals", "north,south,grain", "demand.csv line 3", "repeats line 2"),
    "no column": ("demand.csv", "origin,destination,cargo,t_yr,", "origin,destination,cargo,tonnes,", "demand.csv", "t_yr"),
    "ragged": ("demand.csv", "1200000,900000,", "1200000,", "demand.csv line 2", "cells"),
    "growth kind": ("growth.csv", "kt_2030", "kt_2029", "growth.csv line 2", "kt_2030"),
    "growth order": ("growth.csv", "percent,1,3,5", "percent,5,3,1", "growth.csv line 3", "do not ascend"),
    "place of a count": ("counts.csv", "border-2025,border,", "border-2025,bordr,", "counts.csv line 2", "border"),
    "cargo of a count": ("counts.csv", "border-yard,grain", "border-yard,grian", "counts.csv line 3", "grain"),
    "direction": ("counts.csv", "grain,south", "grain,down", "counts.csv line 3", "south"),
    "quay": ("counts.csv", "grain,south", "grain,out", "counts.csv line 3", "no quay"),
    "branch of a count": ("counts.csv", ",railway,2025", ",railroad,2025", "counts.csv line 2", "railway"),
    "range of a count": ("counts.csv", "1.2,1.0,1.4", "1.2,1.3,1.4", "counts.csv line 2", "do not ascend"),
    "count twice": ("counts.csv", "border-2026", "border-2025", "counts.csv line 4", "repeats line 2"),
    "misspelt column": ("counts.csv", "other_ends", "other_end", "counts.csv", "did you mean 'other_ends'"),
    "day": ("counts.csv", "2025-12-31,1.2", "2025-13-31,1.2", "counts.csv line 2", "2025-13-31"),
    "days": ("counts.csv", "2026-06-30", "2025-06-30", "counts.csv line 4", "before the first day"),
    "kind": ("counts.csv", "1.4,counted", "1.4,countd", "counts.csv line 2", "counted"),
    "place of a time": ("times.csv", "north,south", "north,sout", "times.csv line 2", "Southport"),
    "headline": ("study.yaml", "branch: railway", "branch: railroad", "study.yaml", "railway"),
    "setting": ("study.yaml", "cargo_groups:", "cargo_gruops:", "study.yaml", "cargo_groups"),
    "years": ("study.yaml", "last: 2030", "last: 2020", "study.yaml", "not in order"),
    "year": ("study.yaml", "last: 2030", "last: soon", "study.yaml", "years.last"),
    "no year": ("study.yaml", "  last: 2030 ", "  #", "study.yaml", "years.last is missing"),
    "scenario": ("study.yaml", "report: [expensive-yard]", "report: [expensive]", "study.yaml", "expensive-yard"),
    "yaml": ("study.yaml", "title: My corridor", "title: [", "study.yaml", "YAML"),
    "project": ("projects.yaml", "requires: []", "requires: [thrid]", "projects.yaml", "thrid"),
    "project years": ("projects.yaml", "low: 2027", "low: 2029", "projects.yaml", "low, central, high"),
    "project cost": ("projects.yaml", "cost_musd: 25", "cost_musd: lots", "projects.yaml project 1", "cost_musd"),
    "project list": ("projects.yaml", "- id: second-track", "id: second-track", "projects.yaml", ""),
    "no projects": ("projects.yaml", "requires: []", "requires:", "projects.yaml project 1", "requires"),
    "count without a column": ("counts.csv", "to,mt,low", "to,mio,low", "counts.csv", "mt"),
    "bytes": ("counts.csv", "assumed", "\udcff", "counts.csv", "UTF-8"),
    "effect": ("projects.yaml", "set: border-yard", "set: border-yrad", "projects.yaml", "border-yard"),
    "scenario file": ("scenarios/expensive-yard.yaml", "by: 8", "by: lots", "scenarios/expensive-yard.yaml", "lots"),
    "network": ("network.geojson", '"kind": "border"', '"kind": "bordr"', "node", "border"),
}  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "where", "said"), WRONG.values(), ids=WRONG)
def test_a_fault_is_told_with_its_place(changed, capsys, file, old, new, where, said):
    folder = changed(file, old, new)
    status, found = asked(["validate", str(folder)], capsys)
    faults = [f"{i['where']} {i['field']} {i['message']} {i['fix']}" for i in found["issues"]]
    assert status == 2 and not found["ok"] and any(where in f and said in f for f in faults), faults


def test_all_faults_are_listed_at_once(changed, capsys):
    for file, old, new, _, _ in (
        WRONG[k] for k in ("unknown place", "negative", "growth order", "day", "headline", "project")
    ):
        folder = changed(file, old, new)
    with pytest.raises(corridor.DataError) as error:
        corridor.load(folder)
    places = {"demand.csv line 2", "demand.csv line 4", "growth.csv line 3", "counts.csv line 2", "study.yaml"}
    assert places | {"projects.yaml second-track"} == {f.where for f in error.value.faults}
    assert run(cli, ["throughput", "--study", str(folder)]) == 2
    assert "demand.csv line 2" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["demand.csv", "projects.yaml", "scenarios/expensive-yard.yaml", "network.geojson", "study.yaml"]
)
def test_no_file_of_a_study_leads_outside_its_folder(changed, tmp_path, name):
    folder = changed("README.md", "My corridor", "My corridor")
    shutil.move(folder / name, tmp_path / "outside")
    os.symlink(tmp_path / "outside", folder / name)
    with pytest.raises(corridor.DataError, match="outside the folder"):
        corridor.load(folder)


def test_what_is_no_study_is_refused(tmp_path):
    with pytest.raises(corridor.UnknownIdError, match="instc"):
        corridor.load("intsc")
    with pytest.raises(corridor.DataError, match=r"study\.yaml"):
        corridor.load(tmp_path)
    (tmp_path / "study.yaml").write_text("name: x\nyears: {base: 2025, last: 2026}\n")
    with pytest.raises(corridor.DataError, match="no network"):
        corridor.load(tmp_path)


def test_a_network_alone_says_which_questions_need_a_study(mine, capsys):
    net = corridor.read(mine / "network.geojson")
    assert corridor.route(net, "Northtown", "Southport").length_km > 0
    for ask in (corridor.throughput, corridor.plan, corridor.criticality, corridor.misfit, corridor.calibrate):
        with pytest.raises(corridor.DataError, match=r"has no study.*corridor\.load\(FOLDER\)"):
            ask(net)
    assert run(cli, ["throughput", "--network", str(mine / "network.geojson"), "--study", str(mine)]) == 0
    capsys.readouterr()


def test_the_shipped_study_is_found_by_name_and_valid(net):
    assert corridor.load("instc") is net and corridor.load() is net
    from corridor.io.study_checks import study_faults
    from corridor.io.study_verbs import verbs_of

    assert [f for f in study_faults(net) if f.severity == "error"] == []
    assert set(verbs_of(net).values()) == {True}


def test_nothing_in_the_source_knows_a_shipped_study(net):
    """No id of a place, link, limit, branch, screenline, scenario or project, no country and no year of a study."""
    study = default_study()
    ids = {i for t in net.tables.values() for i in t.ids} | {str(x["id"]) for x in (*net.branches, *net.screenlines)}
    ids |= {str(p["id"]) for p in study.projects} | set(study.scenarios) | {study.settings.name}
    words = {"port", "other", "east", "west", "south", "north", "middle", "western", "baseline"}  # plain English, too
    names = {i for i in ids if len(i) > 3} - words
    years = set(map(str, range(study.settings.base_year, study.settings.last_year + 1)))
    found = []
    for path in sorted((ROOT / "src" / "corridor").rglob("*.py")):
        if path.relative_to(ROOT / "src" / "corridor").as_posix() == "io/template.py":
            continue  # a study of its own
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and not _is_docstring(node, path):
                text = str(node.value)
                hits = {text} & (names | set(net.countries)) | {y for y in years if text == y}
                found += [f"{path.name}:{node.lineno} {text}" for _ in hits]
    assert [f for f in found if f not in ALLOWED] == []


ALLOWED = {
    "convert.py:24 IN",  # what a command reads
    "demand.py:51 2025",  # the year of demand that says none: it should be that of the network
}
_DOCSTRINGS: dict = {}


def _is_docstring(node, path):
    """Whether a constant is a docstring: examples in them use the shipped study."""
    if path not in _DOCSTRINGS:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        _DOCSTRINGS[path] = {
            n.value.lineno for n in ast.walk(tree) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)
        }
    return isinstance(node.value, str) and node.lineno in _DOCSTRINGS[path] and "\n" in node.value


def test_the_tables_of_a_new_study_have_the_columns_that_the_format_names(mine):
    described = (ROOT / "docs" / "format.md").read_text(encoding="utf-8")
    for path in sorted(mine.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            columns = next(csv.reader(stream))
        assert re.search(rf"`{path.name}`", described), path.name
        missing = [c for c in columns if f"`{c}`" not in described]
        assert missing == [], (path.name, missing)


def test_the_public_functions_are_methods_of_a_network(mine):
    net = corridor.load(mine)
    assert net.route("Northtown", "Southport") == corridor.route(net, "Northtown", "Southport")
    assert str(net.throughput(year=2026)) == str(corridor.throughput(net, year=2026))
    assert net.demand("high", 2030).total_t_yr == corridor.demand("high", 2030, network=net).total_t_yr
    changed = net.with_scenario("expensive-yard")
    assert changed.scenarios == ("expensive-yard",) and changed.study is net.study
    assert str(changed.misfit()) == str(corridor.misfit(changed))
    assert net.route.__doc__ == corridor.route.__doc__
    with pytest.raises(corridor.UnknownIdError, match="expensive-yard"):
        net.with_scenario("expensive-yrad")


def test_a_study_travels_to_workers_that_have_another_disk(mine, tmp_path, net):
    folder = tmp_path / "moved"
    shutil.copytree(mine, folder)
    own = corridor.load(folder)
    expected = str(own.throughput(year=2026))
    sent = pickle.dumps(own)
    shutil.rmtree(folder)
    assert str(pickle.loads(sent).throughput(year=2026)) == expected
    assert pickle.loads(pickle.dumps(net)).study is net.study


@pytest.mark.parametrize(
    ("figure", "capacity"),
    [("border-yard.capacity=300", 300), ("border-yard.capacity=+100", 300), ("border-yard.capacity=-50", 150),
     ("border-yard.capacity=*1.5", 300), (" border-yard.capacity = 2.5e2", 250)],
)  # fmt: skip
def test_one_figure_is_set_on_the_command_line(mine, figure, capacity, capsys):
    ask = ["flow", "Northtown", "Southport", "--mode", "rail", "--study", str(mine)]
    status, found = asked([*ask, "--set", figure], capsys)
    assert status == 0 and found["cut"][0]["capacity"] == capacity and found["scenarios"] == [figure]
    assert "--set" in found["command"]


@pytest.mark.parametrize(
    ("figure", "said"),
    [("border-yard.capcity=1", "capacity"), ("border-yrad.capacity=1", "border-yard"), ("border-yard=1", "ID.FIELD"),
     ("border-yard.capacity", "ID.FIELD"), ("border-yard.capacity=many", "ID.FIELD"), ("border-yard.capacity=nan", "ID.FIELD"),
     ("border-yard.capacity=-900", "-700"), ("border-yard.capacity=*-1", "-200"), ("border_n.name=1", "no figure"),
     ("north-south-road.draught_m=+1", "not known")],
)  # fmt: skip
def test_a_figure_that_cannot_be_set_is_refused(mine, figure, said, capsys):
    assert run(cli, ["route", "Northtown", "Southport", "--study", str(mine), "--set", figure]) == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_a_demand_table_may_name_its_places(changed, mine):
    folder = changed("demand.csv", "north,south,grain", "Northtown,Southport,grain")
    named, by_id = corridor.load(folder), corridor.load(mine)
    assert named.demand().origins == by_id.demand().origins
    assert named.throughput(year=2026).years == by_id.throughput(year=2026).years
    assert named.misfit().counts[0].modelled_mt > 0
    assert named.volumes("border", by=["origin"]).total == by_id.volumes("border", by=["origin"]).total


LINE = {"tracks": 1, "loop_spacing_km": 20, "running_speed_kmh": 40}


@pytest.mark.parametrize(
    ("figures", "trains_a_day"),
    [({"capacity_trains_day": 1}, 1.0), (LINE, 15.26), ({**LINE, "passenger_pairs_day": 4}, 10.46)],
    ids=["given", "derived", "with passenger trains"],
)
def test_what_a_line_says_of_its_capacity_limits_flows(tmp_path, capsys, figures, trains_a_day):
    """It needs no resource: the limit is derived (15.26 = 0.85 · 0.93 · 1380 / 71.5), and `validate` counts it."""
    folder = tmp_path / "lines"
    write_template(folder)
    path = folder / "network.geojson"
    record = json.loads(path.read_text(encoding="utf-8"))
    name = "north-border_n-rail-1520"
    link = next(f["properties"] for f in record["features"] if f["properties"].get("id") == name)
    link |= figures | {f"{k}_basis": "assumed" for k in figures}
    path.write_text(json.dumps(record), encoding="utf-8")
    net = corridor.load(folder)
    limit = net.resources.loc[f"{name}:to-border_n"]
    assert (limit["capacity"], limit["unit"], limit["capacity_basis"]) == (
        pytest.approx(trains_a_day),
        "trains",
        "derived",
    )
    flow = corridor.max_flow(net, ["Northtown"], ["Southport"], cargo="grain", modes=["rail"])
    assert (f"{name}:to-border_n" in str(flow.to_dict()["cut"])) == (trains_a_day == 1.0)
    copy = tmp_path / "copy.geojson"
    assert corridor.write(net, copy) == () and corridor.read(copy).fingerprint() == net.fingerprint()
    capsys.readouterr()
    assert run(cli, ["validate", str(path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["limits"]["derived"] == 1 and name not in answer["limits"]["lacking"]
    assert answer["limits"]["lacking"]["border_s-south-rail-1435"] == ["tracks", "loop_spacing_km"]


def test_a_scenario_that_acts_in_other_years_says_so(mine, caplog):
    caplog.set_level("INFO", "corridor.notes")
    net = corridor.load(mine)
    later = corridor.Scenario.of("later", "", [{"close": "border-yard", "years": "2028-2029"}]).apply(net)
    quiet = corridor.Scenario.of("now", "", [{"set": "border-yard", "field": "capacity", "to": 150}]).apply(net)

    def said(answer):
        found = caplog.messages[:]
        caplog.clear()
        return [m for m in found if "changes nothing" in m], answer.provenance.get("without_effect", [])

    nothing = [{"scenario": "later", "first_year": 2028, "last_year": 2029}]
    route = corridor.route(later, "Northtown", "Southport", modes=["rail"])
    assert said(route) == (["scenario 'later' changes nothing in 2025: it acts from 2028 to 2029"], nothing)
    assert route.to_dict()["provenance"]["without_effect"] == nothing
    assert said(corridor.throughput(later, year=2027)) == (
        ["scenario 'later' changes nothing in 2027: it acts from 2028 to 2029"],
        nothing,
    )
    assert said(corridor.throughput(later, year=2028)) == ([], [])
    assert said(corridor.criticality(later, year=2030))[1] == nothing
    assert said(corridor.route(later, "Northtown", "Southport", year=2028)) == ([], [])
    assert said(corridor.throughput(quiet, year=2027)) == ([], [])
