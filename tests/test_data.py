"""The data: built from its tables, complete against the dossiers, one yard one resource."""

from __future__ import annotations

import csv
import subprocess
import sys

import pytest
from conftest import ROOT, SHARED

import corridor
from corridor.io.networks import examine
from corridor.io.study_files import data_folder, study_of
from corridor.model.capacity import line_capacity_trains_day
from corridor.study.calibration_store import posterior_of

TABLES = ROOT / "data" / "tables"


def table(name):
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_shipped_network_has_no_fault():
    raw, faults = examine(data_folder() / "network.geojson")
    assert raw is not None
    assert [str(f) for f in faults] == []


def test_the_network_file_is_what_the_tables_give():
    run = subprocess.run([sys.executable, "-m", "tools.build_network", "--check"], cwd=ROOT, check=False)
    assert run.returncode == 0


def test_the_size_is_the_real_one(net):
    counts = {kind: len(t) for kind, t in net.tables.items()}
    assert counts["node"] >= 250 and counts["link"] >= 430 and counts["transfer"] >= 60
    assert len(net.cargo_records) == 15
    for node in (
        "astrakhan_port", "kartaly", "volgograd", "saratov", "samara", "moscow", "atyrau", "kandyagash", "makat", "beineu",
        "bolashak", "serhetyaka", "garabogaz", "turkmenbashi", "bereket", "etrek", "akyayla", "ashgabat", "tejen", "sarahs",
        "mary", "turkmenabat", "farap", "dashoguz", "serhetabat", "sarakhs", "mashhad", "tabas", "bafq", "bandar_abbas",
        "incheh_borun", "gorgan", "garmsar", "tehran", "qom", "yazd", "chabahar", "imam_khomeini_port", "olya_port",
        "makhachkala", "aktau", "kuryk", "alat", "anzali", "amirabad", "nowshahr", "samur", "yalama", "baku", "astara_az",
        "rasht", "qazvin", "poti", "kars", "torghundi", "herat", "aqina", "hairatan", "khaf", "mumbai", "mundra",
        "jebel_ali", "karachi", "suez", "novorossiysk", "kostanay", "petropavl", "astana", "perm", "omsk", "xian", "baghdad",
    ):  # fmt: skip
        assert node in net.node_table.index, node


def test_one_physical_yard_is_one_resource(net):
    yards = {
        r["id"]: {u["feature"] for u in net.uses[r["id"]]} for r in net.resource_table.rows() if r["kind"] == "yard"
    }
    gauge_changes = [
        r["id"] for r in net.transfer_table.rows() if r["from"].startswith("rail1") and r["to"].startswith("rail1")
    ]
    for transfer in gauge_changes:
        assert sum(transfer in features for features in yards.values()) == 1, transfer
    assert {"etrek:rail1520-rail1435", "incheh_borun:rail1520-rail1435"} <= yards["incheh_borun-yard"]


def test_every_border_on_land_has_hours_and_a_limit(net):
    table_, uses = net.link_table, {u["feature"] for rows in net.uses.values() for u in rows}
    for i, name in enumerate(table_.ids):
        ends = {net.country_of(table_[e][i]) for e in ("from", "to")}
        if len(ends) == 2 and table_["mode"][i] in ("rail", "road") and table_["status"][i] == "operating":
            assert table_["border_h"][i] == table_["border_h"][i], name
            assert name in uses, f"{name} has no limit"


def test_every_figure_says_what_it_rests_on():
    known = {r["id"] for r in table("sources")}
    for row in table("figures"):
        assert row["basis"] in ("measured", "published", "derived", "assumed"), row
        assert row["sources"] and set(row["sources"].split(";")) <= known, row
        if set(row["sources"].split(";")) == {"K"}:
            assert row["basis"] == "assumed", row
        low, value, high = (float(row[c]) if row[c] else None for c in ("low", "value", "high"))
        assert (low is None or low <= value) and (high is None or value <= high), row
    for name in ("tariffs", "parameters", "cargo", "frictions", "base_load"):
        for row in table(name):
            assert row["basis"] and set(row["sources"].split(";")) <= known, (name, row)


def test_what_does_not_operate_has_an_opening_year_and_a_range(net):
    for kind in ("link", "transfer"):
        for row in net.tables[kind].rows():
            if row["status"] != "operating":
                assert row["opening_year_low"] <= row["opening_year"] <= row["opening_year_high"], row["id"]


def test_claimed_capacities_are_kept_as_contradictions_not_used(net):
    against = {(c["feature"], c["other"]) for c in net.contradictions}
    assert ("sarakhs:rail1520-rail1435", "7.5 Mt/yr") in against
    assert ("zhanaozen-bolashak-rail-1520", "10 Mt/yr") in against
    yard = corridor.why(net, "sarakhs-yard", "capacity").figures[0]
    assert (yard.low, yard.value, yard.high) == (236, 271, 400) and yard.basis == "derived"
    garmsar = corridor.why(net, "garmsar-firuzkuh-rail-1435:to-garmsar", "capacity").figures[0]
    assert garmsar.value < 11


def test_every_row_of_the_merged_dossiers_is_accounted_for(facts):
    """A dossier counts as merged when `provenance.csv` names it; later ones wait for their own merge."""
    told = {(r["dossier"], r["table"], int(r["row"])): r for r in table("provenance")}
    merged = {dossier for dossier, _, _ in told}
    files = sorted(path for path in facts.glob("*/*.csv") if path.parent.name in merged)
    assert len(files) > 25
    for path in files:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for number, _ in enumerate(csv.DictReader(stream), start=1):
                row = told.pop((path.parent.name, path.stem, number), None)
                assert row is not None, (path, number)
                assert row["outcome"] in ("merged", "second row") or row["reason"], row
    assert not told


def test_what_a_row_was_merged_into_is_there(net):
    known = {i for t in net.tables.values() for i in t.ids}
    known |= {str(r["id"]) for r in (*net.parameters, *net.frictions, *net.cargo_records)} | set(net.sources)
    targets = {t for r in table("provenance") if r["outcome"] == "merged" for t in r["target"].split(";")}
    links = {t for t in targets if t.startswith(tuple(net.node_table.ids)) and t.endswith(("-rail-1520", "-rail-1435"))}
    assert len(links) > 200
    assert sorted(links - known) == []


def test_the_merge_of_the_dossiers_gives_the_tables(facts, tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "tools.merge", str(facts), str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "contradictions" in run.stdout
    for path in sorted(tmp_path.glob("*.csv")):
        assert path.read_bytes() == (TABLES / path.name).read_bytes(), path.name


def test_computed_capacities_equal_those_of_the_dossier(facts):
    """The dossier computed its own by the same method; an independent sum of 260 lines."""
    length = {}
    for name in ("east", "iran", "caspian"):
        with (facts / name / "links.csv").open(encoding="utf-8-sig", newline="") as stream:
            length |= {
                (r["from"], r["to"]): float(r["length_km"]) for r in csv.DictReader(stream) if r["mode"] == "rail"
            }
    with (facts / "operations" / "lines.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = [r for r in csv.DictReader(stream) if r["computed_freight_pairs_day"]]
    different = []
    for row in rows:
        trains = line_capacity_trains_day(
            length_km=length[(row["from"], row["to"])], loop_spacing_km=float(row["loop_spacing_km"]),
            speed_kmh=float(row["freight_speed_kmh"]), tracks=int(row["tracks"]),
            automatic_block="automatic block" in row["signalling"], passenger_pairs_day=float(row["passenger_pairs_day"]),
        )  # fmt: skip
        if trains != pytest.approx(float(row["computed_freight_pairs_day"]), abs=0.15):
            different.append((row["from"], row["to"]))
    # The one exception was computed for a length rounded to 4 km.
    assert len(rows) > 250 and different == [("ymamnazar", "aqina")]


def test_sea_lanes_stay_on_water():
    script = SHARED / "checks" / "sea_on_land_check" / "sea_on_land_check.py"
    if not script.exists():
        pytest.skip("../shared is absent: no outline of land to check against")
    run = subprocess.run(
        [sys.executable, "-m", "tools.geography_checks", str(SHARED / "checks")],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    flagged = [line.split()[0] for line in run.stdout.split("== sea on land")[1].splitlines()[1:]]
    # The canal and the Arvand river are water that the outline does not show.
    assert set(flagged) <= {"suez-bosporus-sea", "imam_khomeini_port-khorramshahr-sea"}
    assert "== sea distances: 0 flagged" in run.stdout


def test_the_shipped_study_holds_its_own_calibration(net):
    found = posterior_of(net)
    assert found is not None, "run `python -m tools.calibration`"
    assert found.members.shape[1] == len(found.names)
    assert set(found.shifts) == set(study_of(net).settings.years)
