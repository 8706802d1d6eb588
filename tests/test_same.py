"""The same answer everywhere: conclusions that stay, records that say what was asked, and answers asked again."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import corridor
from corridor.cli import cli
from corridor.cli.rerun import _differences
from corridor.cli.run import run

GOLDEN = Path(__file__).parent / "golden" / "conclusions.json"
GRAIN = {"cargo": "grain", "modes": ["rail"]}


def quick(net):
    """Return conclusions that take no study: ways, what fits, what everybody's least cost loads."""
    found = {}
    for origin, destination, asked in (
        ("Chelyabinsk", "Bandar Abbas", GRAIN),
        ("Moscow", "Mumbai", {}),
        ("Almaty", "Tehran", {"by": "time"}),
        ("Samara", "Anzali", {"cargo": "grain", "depart": "2027-01-15"}),
    ):
        way = corridor.route(net, origin, destination, **asked)
        found[f"route {origin} - {destination}"] = {
            "usd_t": way.cost_usd_t, "h": way.time_h, "km": way.length_km, "by": [x.mode for x in way.legs],
            "borders": [f"{b.from_country}-{b.to_country}" for b in way.borders],
        }  # fmt: skip
    flow = corridor.max_flow(net, ["Chelyabinsk", "Samara"], ["Bandar Abbas"], **GRAIN)
    found["flow Chelyabinsk, Samara - Bandar Abbas"] = {"t_yr": flow.value_t_yr, "cut": sorted(r.id for r in flow.cut)}
    least = corridor.assign(net, corridor.demand("central", 2024), rule="cheapest")
    found["assign cheapest 2024"] = {"t_yr": least.served_t_yr, "usd_yr": least.total_cost_usd_yr}
    return found


def studies(net):
    """Return conclusions of the studies: what the branch carries, what stands in its way, at what price."""
    found = {}
    packed = corridor.assign(net, corridor.demand("central", 2024), rule="capacitated")
    found["assign capacitated 2024"] = {
        "usd_yr": packed.total_cost_usd_yr, "usd_t": {r.id: r.price_usd_t for r in packed.bottlenecks[:5]}
    }  # fmt: skip
    t = corridor.throughput(net, "eastern", year=2030, target_mt=15)
    found["throughput eastern"] = {
        "mt": {str(y.year): y.throughput_mt for y in t.years}, "capacity_mt": t.years[-1].capacity_mt, "reached": t.reached,
        "bottlenecks": [b.id for b in t.years[-1].bottlenecks],
    }  # fmt: skip
    return found


@pytest.mark.parametrize("kind", [quick, studies], ids=["quick", "studies"])
def test_the_conclusions_of_the_shipped_network_stay(net, kind, request):
    """What a change of data or code moves is listed; `--update-golden` writes it down, to be reviewed as a diff."""
    now = json.loads(json.dumps(kind(net)))
    kept = json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.exists() else {}
    if request.config.getoption("--update-golden"):
        GOLDEN.write_text(
            json.dumps({**kept, **now}, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8"
        )
    assert list(_differences({k: kept.get(k) for k in now}, now)) == []


@pytest.mark.parametrize(
    "command",
    [
        ["route", "Moscow", "Tehran", "--mode", "rail", "--mode", "road", "--year", "2025", "--seed", "7"],
        ["route", "Moscow", "Mumbai", "-k", "3"],
        ["route", "Moscow", "Herat", "--mode", "rail"],
        ["matrix", "Moscow,Samara", "Tehran", "--by", "time", "--csv", "x.csv"],
        ["reach", "55.75,37.62", "--within", "72h"],
        ["flow", "Chelyabinsk,Samara", "Bandar Abbas", "--cargo", "grain", "--scenario", "gauge-yards"],
        ["assign", "--rule", "cheapest"],
    ],
    ids=lambda c: " ".join(c[:3]),
)  # fmt: skip
def test_an_answer_is_asked_again_from_its_own_words(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    status = run(cli, [*command, "--json"])
    text = capsys.readouterr().out
    (tmp_path / "kept.json").write_text(text, encoding="utf-8")
    if status:  # a question without an answer is not kept
        assert run(cli, ["rerun", "kept.json"]) == 2
        assert "this is no answer" in capsys.readouterr().err
        return
    kept = json.loads(text)
    assert kept["provenance"]["corridor"] == corridor.__version__ and len(kept["provenance"]["inputs"]) == 16
    (tmp_path / "x.csv").unlink(missing_ok=True)
    assert run(cli, ["rerun", "kept.json"]) == 0
    assert "the same answer, byte for byte" in capsys.readouterr().out
    assert not (tmp_path / "x.csv").exists()  # asked again, not written again


def test_what_is_different_now_is_listed_with_the_reason(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(cli, ["new", "mine", "--quiet"]) == 0
    asked = ["route", "Northtown", "Southport", "--network", "mine/network.geojson", "--json"]
    capsys.readouterr()
    assert run(cli, asked) == 0
    (tmp_path / "kept.json").write_text(capsys.readouterr().out, encoding="utf-8")
    network = tmp_path / "mine" / "network.geojson"
    network.write_text(network.read_text(encoding="utf-8").replace('"speed_kmh": ', '"speed_kmh": 1'), encoding="utf-8")
    assert run(cli, ["rerun", "kept.json", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["same"] == "no" and "the network changed" in answer["why"][0]
    assert {"time_h"} <= {d["where"] for d in answer["differences"]}
    network.unlink()
    assert run(cli, ["rerun", "kept.json"]) == 2
    assert "No such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "may be incomplete"),
        ("[1]", "command is missing"),
        ('{"command": []}', "command is missing"),
        ('{"command": ["route", 7]}', "command is missing"),
        ('{"command": ["explore"]}', "no query"),
        ('{"command": ["route", "Moscow", "Tehran", "--geojson=x"]}', "does more than query"),
        ('{"command": ["route", "Moscow"]}', "Missing argument"),
        ('{"command": ["route", "Moscow", "Tehran", "--help"]}', "does more than query"),
    ],
)
def test_a_file_that_is_no_answer(text, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kept.json").write_text(text, encoding="utf-8")
    assert run(cli, ["rerun", "kept.json"]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert os.listdir(tmp_path) == ["kept.json"]


def test_other_inputs_have_another_hash(net, tmp_path):
    def inputs(network=net, **asked):
        return corridor.route(network, "Moscow", "Tehran", **asked).to_dict()["provenance"]["inputs"]

    changed = corridor.Scenario.of("x", "", [{"close": "sarakhs-yard"}]).apply(net)
    answers = [inputs(), inputs(changed), inputs(cargo="grain"), inputs(draws=5), inputs(draws=5, seed=2)]
    assert len(set(answers)) == len(answers) and inputs() == answers[0]
    questions = tmp_path / "q.csv"
    hashes = set()
    for row in ("Moscow,Tehran", "Moscow,Mumbai"):
        questions.write_text(f"origin,destination\n{row}\n")
        hashes.add(corridor.batch(net, questions).attrs["provenance"]["inputs"])
    assert len(hashes) == 2


def test_every_answer_says_what_it_was_made_of():
    """A front door without the record would give answers that cannot be traced."""
    questions = {
        "route", "routes", "why_not", "matrix", "reach", "batch", "max_flow", "assign", "throughput", "compare", "plan",
        "criticality", "calibrate", "backtest", "misfit",
    }  # fmt: skip
    assert all(hasattr(getattr(corridor, q), "__wrapped__") for q in questions)
