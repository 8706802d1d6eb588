"""Counts: what each counts, in which direction, cargo, ends and months; anybody's file beside the model."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import numpy as np
import pytest

import corridor
from corridor.assignment.passages import PASSING, Place
from corridor.cli import cli
from corridor.cli.run import run
from corridor.errors import DataError
from corridor.io.counts import Count, read_counts
from corridor.study.branch_study import branch_study_of
from corridor.study.counting import CountedVolumes

YEAR = 2024
HEAD = "id,at,cargo,direction,ends,other_ends,from,to,mt,low,high,kind,sources\n"


@pytest.fixture(scope="module")
def net(toy):
    return toy


@pytest.fixture(scope="module")
def solved(net):
    study = branch_study_of(net, None, YEAR, measured=False)
    return study, study.solve(YEAR)


def count(at, **options):
    days = options.pop("days", (dt.date(YEAR, 1, 1), dt.date(YEAR, 12, 31)))
    return Count(f"{at}-{len(options)}", (at,) if isinstance(at, str) else tuple(at), *days, 1.0, **options)


def mt(net, solved, *counts):
    study, periods = solved
    return CountedVolumes(net, study.demand, counts).mt(periods).tolist()


def busy(net, solved, kind):
    """Return what is passed most of a kind of object, so that no test is about nothing."""
    table = net.tables[kind]
    found = mt(net, solved, *(count(str(i)) for i in table.ids))
    best = int(np.argmax(found))
    assert found[best] > 0.01
    return str(table.ids[best])


@pytest.mark.parametrize("kind", ["link", "transfer", "resource"])
def test_a_count_is_what_volumes_shows(net, solved, kind):
    at = busy(net, solved, kind)
    (found,) = mt(net, solved, count(at))
    assert found == pytest.approx(corridor.volumes(net, at, year=YEAR).total.mt, rel=1e-9)


def test_a_feature_may_stand_in_a_resource_once_for_each_direction(net, solved):
    """Written as two uses, both directions count, as with one use of both."""
    links = {
        r: uses[0] for r, uses in net.uses.items() if len(uses) == 1 and uses[0]["feature"] in net.link_table.index
    }
    wholes = [r for r, use in links.items() if use["direction"] == "both"]
    assert wholes
    apart = {r: tuple({**links[r], "direction": d} for d in ("forward", "backward")) for r in wholes}
    changed = replace(net, uses={**net.uses, **apart}, cache={})
    counts = [count(r) for r in wholes]
    expected = mt(net, solved, *counts)
    assert max(expected) > 0 and mt(changed, solved, *counts) == expected


def test_directions_cargoes_and_ends_add_up(net, solved):
    line = str(net.screenlines[0]["id"])
    cargo = net.cargo_records[0]["id"]
    both, south, north, one, rest = mt(
        net,
        solved,
        count(line),
        count(line, direction="south"),
        count(line, direction="north"),
        count(line, cargo=(cargo,)),
        count(line, cargo=(f"!{cargo}",)),
    )
    assert both > 0 and south > 0
    assert south + north == pytest.approx(both) and one + rest == pytest.approx(both)
    rows = corridor.volumes(net, line, by=["direction", "origin_country"], year=YEAR).rows
    country = rows[0].keys[1]
    from_there = sum(r.mt for r in rows if r.keys == ("south", country))
    others = tuple(f"!{c}" for c in (country,))
    (found,) = mt(net, solved, count(line, direction="south", ends=(country,), other_ends=others))
    pairs = corridor.volumes(net, line, by=["direction", "origin_country", "destination_country"], year=YEAR).rows
    both_there = sum(r.mt for r in pairs if r.keys == ("south", country, country))
    to_there = sum(r.mt for r in pairs if r.keys[0] == "south" and r.keys[2] == country != r.keys[1])
    assert found == pytest.approx(from_there - both_there + to_there)


def test_where_there_is_no_quay_cargo_goes_into_and_out_of_its_ends(net, solved):
    line, country = str(net.screenlines[0]["id"]), "RU"
    both, into, out = mt(net, solved, *(count(line, direction=d, ends=(country,)) for d in ("both", "in", "out")))
    rows = corridor.volumes(net, line, by=["origin_country", "destination_country"], year=YEAR).rows
    assert out == pytest.approx(sum(r.mt for r in rows if r.keys[0] == country)) and out > 0
    assert into == pytest.approx(sum(r.mt for r in rows if r.keys[1] == country))
    assert both <= into + out + 1e-12


def test_the_last_name_that_fits_decides(net, solved):
    """`!RU;zone` takes a zone of a country back in; an empty list takes everything."""
    line = str(net.screenlines[0]["id"])
    country, zone = "RU", "RU_U"
    zones = {r["zone"] for r in net.study.table("zones") if r["country"] == country}
    assert zone in zones
    all_cargo, without, with_zone, of_zone = mt(
        net,
        solved,
        count(line),
        count(line, ends=(f"!{country}",), other_ends=(f"!{country}",)),
        count(line, ends=(f"!{country}", zone), other_ends=(f"!{country}", zone)),
        count(line, ends=(zone,)),
    )
    assert without <= with_zone <= all_cargo and of_zone > 0
    assert with_zone - without <= of_zone + 1e-12


def test_over_a_quay_cargo_goes_in_or_out(net, solved):
    ports = [str(i) for i in net.resource_table.ids if Place(net, str(i)).has_quay]
    assert ports
    for at in ports:
        both, into, out = mt(net, solved, count(at), count(at, direction="in"), count(at, direction="out"))
        assert into + out == pytest.approx(both)
    assert max(mt(net, solved, *(count(p) for p in ports))) > 0


def test_what_only_passes_a_place_is_not_counted_there(net, solved):
    study, _ = solved
    passing = {}
    for node in net.node_table.ids:
        found = [p.word for p in Place(net, str(node)).passages(study.choice_set, study.demand)]
        passing[str(node)] = found.count(PASSING), len(found) - found.count(PASSING)
    node = max(passing, key=lambda n: passing[n][0])
    assert passing[node][0] > 0
    rows = corridor.volumes(net, node, by=["direction"], year=YEAR).rows
    (found,) = mt(net, solved, count(node))
    assert found == pytest.approx(sum(r.mt for r in rows if r.keys[0] != PASSING))


def test_parts_of_a_year_add_up_to_it(net, solved):
    line = str(net.screenlines[0]["id"])
    halves = [(dt.date(YEAR, 1, 1), dt.date(YEAR, 6, 30)), (dt.date(YEAR, 7, 1), dt.date(YEAR, 12, 31))]
    first, second, year, other = mt(
        net,
        solved,
        *(count(line, days=d) for d in halves),
        count(line),
        count(line, days=(dt.date(YEAR, 3, 21), dt.date(YEAR + 1, 3, 20))),
    )
    assert first + second == pytest.approx(year, rel=1e-3) and first != pytest.approx(second, rel=1e-3)
    assert other == year
    assert count(line, days=(dt.date(YEAR, 3, 21), dt.date(YEAR + 1, 3, 20))).year == YEAR
    assert count(line, days=(dt.date(YEAR, 12, 1), dt.date(YEAR + 1, 2, 28))).year == YEAR + 1


def test_a_factor_makes_gross_tonnes_net():
    gross = replace(count("x"), mt=2.0, low=1.0, high=3.0, net_factor=0.5)
    assert gross.observed_mt == 1.0 and gross.range_mt == (0.5, 1.5)


def written(tmp_path, *rows, head=HEAD):
    path = tmp_path / "mine.csv"
    path.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_anybodys_counts_are_compared(net, tmp_path, capsys):
    line = str(net.screenlines[0]["id"])
    path = written(
        tmp_path,
        f"a,{line},all,both,,,{YEAR}-01-01,{YEAR}-12-31,1.0,0.8,1.2,counted,",
        f"b,{line},,south,,,{YEAR + 1}-01-01,{YEAR + 1}-12-31,1.0,,,counted,",
        f"c,{line},,,,,{YEAR - 2}-01-01,{YEAR - 2}-12-31,1.0,,,counted,",
    )
    found = corridor.misfit(net, file=path, draws=4, workers=2)
    assert [c.count.id for c in found.counts] == ["a", "b", "c"] and found.year is None and not found.times
    for c in found.counts[:2]:
        assert c.p10_mt <= c.p50_mt <= c.p90_mt and c.inside == (c.p10_mt <= 1.0 <= c.p90_mt)
    assert found.counts[2].modelled_mt is None and "2024 to 2030" in found.counts[2].why
    assert str(found) == str(corridor.misfit(net, file=path, draws=4, workers=1))
    assert found.counts_inside[1] == 2 and "not compared" in str(found)
    assert run(cli, ["misfit", "--counts", str(path), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    keys = {"id", "at", "cargo", "direction", "from", "to", "observed_mt", "modelled_mt", "misfit", "fitted"}
    assert all(keys <= set(c) for c in record["counts"])
    first = record["counts"][0]
    assert first["misfit"] == pytest.approx(first["modelled_mt"] / first["observed_mt"] - 1)
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["counts"][0]["inside"] in (True, False)


WRONG = {
    "nowhere": ("a,sarakhs_yard,,,,,2024-01-01,2024-12-31,1,,,,", "at"),
    "sign": ("a,bolashak,,,,,2024-01-01,2024-12-31,-1,,,,", "mt"),
    "nan": ("a,bolashak,,,,,2024-01-01,2024-12-31,nan,,,,", "mt"),
    "nothing": ("a,bolashak,,,,,2024-01-01,2024-12-31,,,,,", "mt"),
    "day": ("a,bolashak,,,,,2024-02-30,2024-12-31,1,,,,", "from"),
    "order": ("a,bolashak,,,,,2024-12-31,2024-01-01,1,,,,", "to"),
    "kind": ("a,bolashak,,,,,2024-01-01,2024-12-31,1,,,guess,", "kind"),
    "end": ("a,bolashak,,,XX,,2024-01-01,2024-12-31,1,,,,", "ends"),
    "forward": ("a,bolashak,,forward,,,2024-01-01,2024-12-31,1,,,,", "direction"),
    "country": ("a,RU,,,,,2024-01-01,2024-12-31,1,,,,", "at"),
    "no id": (",bolashak,,,,,2024-01-01,2024-12-31,1,,,,", "id"),
}


@pytest.mark.parametrize(("row", "field"), WRONG.values(), ids=WRONG)
def test_wrong_counts_are_refused_with_their_place(net, tmp_path, row, field):
    with pytest.raises(DataError) as error:
        corridor.misfit(net, file=written(tmp_path, row))
    assert field in {f.field for f in error.value.faults}


def test_all_wrong_rows_are_listed_and_nothing_else_is_accepted(net, tmp_path, capsys):
    rows = [row.replace("a,", f"{name},", 1) for name, (row, _) in WRONG.items() if name in ("sign", "day", "kind")]
    with pytest.raises(DataError) as error:
        read_counts(written(tmp_path, *rows))
    assert len(error.value.faults) == 3
    with pytest.raises(DataError, match="has no rows"):
        read_counts(written(tmp_path))
    assert run(cli, ["misfit", "--counts", str(tmp_path / "none.csv")]) == 2
    assert "none.csv" in capsys.readouterr().err
