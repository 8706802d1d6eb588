"""The outside view: what came of earlier announcements, weighted by group, and its place beside the model."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest

import corridor
from corridor.cli import cli
from corridor.cli.run import run
from corridor.errors import DataError
from corridor.io.announcements import Announcement, announcements_of, checked_announcements, members
from corridor.io.study_files import StudyFiles
from corridor.model.outside_view_settings import BaseVolume, OutsideViewSettings, ReferenceClass
from corridor.study.forecast import Bias, Forecast, Likely
from corridor.study.outside_view import group_weights, outside_view, weighted_quantiles
from corridor.study.outside_view_text import outside_view_lines

HEAD = "id,group,horizon_years,new_or_growth,base,announced_low,announced_high,outcome"
ROWS = (  # groups a (two outcomes, the first announced twice) and b
    "a1,a,5,growth,1,4,4,1",
    "a2,a,5,growth,1,5,5,1",
    "a3,a,4,new,,2,4,3",
    "b1,b,3,growth,2,8,8,4",
    "b2,b,1,growth,2,2.2,2.2,2.2",
)
SETTINGS = """
outside_view:
  bases:
    - {mt: 1, basis: counted}
  classes:
    - {id: large, promise_from: 2, or_new: true, horizon_from_years: 2}
    - {id: growth, measure: growth_share, promise_from: 2, weight: 2}
"""


def study(tmp_path, rows=ROWS, settings=SETTINGS, head=HEAD):
    (tmp_path / "study.yaml").write_text(f"name: x\nyears: {{base: 2020, last: 2030}}\n{settings}", encoding="utf-8")
    if rows:
        (tmp_path / "reference_class.csv").write_text("\n".join((head, *rows, "")), encoding="utf-8")
    return StudyFiles(tmp_path)


# By hand


def test_a_group_and_an_outcome_are_one_piece_of_evidence(tmp_path):
    """Of two groups each has 1/2, of a's two outcomes each 1/4, of the two announcements of one of them each 1/8."""
    rows = announcements_of(study(tmp_path))
    assert group_weights(rows).tolist() == [1 / 8, 1 / 8, 1 / 4, 1 / 4, 1 / 4]


def test_quantiles_by_hand(tmp_path):
    """Values 0.2, 0.25, 0.5, 1 with 1/8, 1/8, 1/2, 1/4 have their middles at 1/16, 3/16, 1/2, 7/8."""
    rows = members(
        ReferenceClass("large", "", promise_from=2, or_new=True, horizon_from_years=2),
        announcements_of(study(tmp_path)),
    )
    assert [r.id for r in rows] == ["a1", "a2", "a3", "b1"]
    ratios, weights = np.array([r.ratio for r in rows]), group_weights(rows)
    assert ratios.tolist() == [0.25, 0.2, 1.0, 0.5] and weights.tolist() == [1 / 8, 1 / 8, 1 / 4, 1 / 2]
    found = weighted_quantiles(ratios, weights, [0.0, 1 / 16, 1 / 8, 3 / 16, 1 / 2, 11 / 16, 7 / 8, 1.0])
    assert found == pytest.approx([0.2, 0.2, 0.225, 0.25, 0.5, 0.75, 1.0, 1.0])


def test_the_mixture_by_hand(tmp_path):
    """Of a target of 10 Mt: 2.5, 2, 10, 5 by the ratios with 1/3; by shares of growth 0, 0, 1/3 of 9 from 1 with 2/3."""
    view = outside_view(study(tmp_path), 10, 2025)
    large, growth = view.classes
    assert (large.weight, growth.weight) == pytest.approx((1 / 3, 2 / 3))
    assert (large.announcements, large.outcomes, large.groups, large.reached) == (4, 3, 2, 0.25)
    assert (growth.announcements, growth.outcomes, growth.groups, growth.reached) == (3, 2, 2, 0)
    assert sorted(view.outcomes_mt) == pytest.approx([1, 1, 2, 2.5, 4, 5, 10])
    assert sum(view.weights) == pytest.approx(1) and view.probability == pytest.approx(1 / 3 / 4)
    assert (view.announcements, view.groups, view.used_announcements, view.used_groups) == (5, 2, 4, 2)
    # 1 has 1/3, 2 and 2.5 have 1/24 each, 4 has 1/3, 5 has 1/6, 10 has 1/12
    assert view.position(4) == pytest.approx(1 / 3 + 1 / 12 + 1 / 6)
    assert view.position(1) == pytest.approx(1 / 6)  # the middle of what is equal
    assert view.position(0.5) == 0 and view.position(11) == 1
    for name, mt in view.quantiles_mt.items():
        if 1 < mt < 10:
            assert view.position(mt) == pytest.approx(int(name[1:]) / 100)


def test_the_order_of_rows_changes_nothing(tmp_path):
    (tmp_path / "turned").mkdir()
    one, other = (
        outside_view(study(f, rows), 10, 2025) for f, rows in ((tmp_path, ROWS), (tmp_path / "turned", ROWS[::-1]))
    )
    assert one.quantiles_mt == pytest.approx(other.quantiles_mt)
    assert one.classes == other.classes


def test_volumes_are_cut_at_zero(tmp_path):
    view = outside_view(study(tmp_path, [*ROWS, "c1,c,5,growth,10,30,30,0"]), 10, 2025)
    assert view.classes[1].p10 < 0 <= min(view.outcomes_mt)


def test_announcements_without_growth_have_no_share_of_it():
    said = Announcement("x", "g", 1.0, 2.0, 2.0, 1.0, base=3.0)
    assert said.growth_share is None and said.multiple == pytest.approx(2 / 3)
    assert replace(said, base=0.0).multiple is None and replace(said, base=None).growth_share is None


# Which classes hold the target


def test_a_target_is_compared_with_its_like_only(tmp_path):
    files = study(tmp_path)
    assert outside_view(files, None, 2025) is None
    near, modest = outside_view(files, 10, 2021), outside_view(files, 1.5, 2025)
    assert modest is None  # 1.5 times the base belongs to no class
    assert [c.weight for c in near.classes] == [0, 1] and near.classes[0].left_out == "less than 2 years ahead"
    assert "left out, as the target is less than 2 years ahead: large" in " ".join(outside_view_lines(near, None))


def test_each_base_keeps_its_weight_whatever_classes_hold_the_target_with_it(tmp_path):
    bases = (BaseVolume(1.0, "counted", 3.0), BaseVolume(6.0, "claim"))
    classes = (ReferenceClass("any", "any"), ReferenceClass("large", "large", promise_from=3.0))
    files = study(tmp_path)
    settings = replace(files.settings, outside_view=OutsideViewSettings(bases, classes))
    object.__setattr__(files, "settings", settings)
    assert [c.weight for c in outside_view(files, 10, 2025).classes] == pytest.approx([3 / 8 + 1 / 4, 3 / 8])


def test_a_study_without_the_table_has_no_outside_view(tmp_path):
    assert outside_view(study(tmp_path, rows=(), settings=""), 10, 2025) is None
    assert announcements_of(StudyFiles(tmp_path)) == ()


def test_throughput_without_an_outside_view_says_nothing_of_it(toy_folder):
    found = corridor.load(str(toy_folder)).throughput(year=2026, target_mt=3)
    assert found.outside_view is None and found.to_dict()["outside_view"] is None
    assert "Outside view" not in str(found)


# The shipped table


@pytest.fixture(scope="module")
def shipped():
    return corridor.load()


@pytest.fixture(scope="module")
def view(shipped):
    return outside_view(shipped.study, 15, 2030)


def test_the_shipped_classes_are_those_of_the_dossier(view):
    """Rows, groups, P10, P50, P90 and the share reached, as `facts/reference_class/README.md` prints them."""
    printed = [(29, 13, 0.06, 0.39, 0.95, 0.12), (20, 8, 0.03, 0.35, 0.83, 0.06), (11, 6, 0.01, 0.07, 0.86, 0.0), (11, 6, -0.11, 0.20, 1.20, 0.08)]  # fmt: skip
    assert [
        (c.announcements, c.groups, *(round(x, 2) for x in (c.p10, c.p50, c.p90, c.reached))) for c in view.classes
    ] == printed
    assert [c.weight for c in view.classes] == [0.25] * 4


def test_the_shipped_mixture_is_that_of_the_dossier(view):
    printed = {"p5": "0.1", "p10": "0.1", "p25": "0.8", "p50": "4.4", "p75": "10.3", "p90": "13.3", "p95": "24.0"}
    assert {k: f"{mt:.1f}" for k, mt in view.quantiles_mt.items()} == printed
    assert 0.06 < view.probability < 0.07
    mt, weights = np.array(view.outcomes_mt), np.array(view.weights)
    assert [round(float(weights[mt >= x].sum()), 2) for x in (10, 7.5, 2)] == [0.27, 0.36, 0.62]
    # printed as 0.44: with ratios of three decimals an outcome of a third of 15 Mt is 4.995
    assert round(float(weights[mt >= 4.99].sum()), 2) == 0.47


def test_all_announcements_of_the_dossier_are_there(shipped):
    rows = announcements_of(shipped.study)
    assert (len(rows), len({r.outcome_key for r in rows}), len({r.group for r in rows})) == (94, 76, 28)
    ratios = weighted_quantiles(np.array([r.ratio for r in rows]), group_weights(rows), [0.1, 0.5, 0.9])
    assert [round(x, 2) for x in ratios] == [0.07, 0.66, 1.07]


def forecast(*mt):
    zero = Bias(0, 0.0, 0.0, 0.0)
    return Forecast(9, 1, False, 15.0, (Likely(2030, mt[1], *mt, 0.0),), None, (), (), (), 0.0, {}, 0, zero)


@pytest.mark.parametrize(
    ("mt", "where"),
    [((0.6, 1.0, 2.2), "nine of ten draws lie below its median"), ((5, 6, 7), "nine of ten draws lie above its median"), ((1, 5, 9), "its median lies between the model's P10 and P90")],
)  # fmt: skip
def test_the_model_stands_beside_it(view, mt, where):
    text = " ".join(" ".join(outside_view_lines(view, forecast(*mt))).split())
    assert text.startswith("Outside view 94 earlier announcements in 28 groups have an outcome; 32 in 16 are like this")
    assert "0.1, 4.4 and 13.3 Mt in 2030 (P10, P50, P90), and 15 Mt or more with a chance of 7 %" in text
    assert f"median, {mt[1]:.2f} Mt, is the {100 * view.position(mt[1]):.0f} % quantile" in text
    assert where in text and "knows nothing of capacity and price" in text
    assert max(map(len, outside_view_lines(view, forecast(*mt)))) <= 80


def test_the_record_is_json(view):
    record = json.loads(json.dumps(view.to_dict(), allow_nan=False))
    assert set(record["quantiles_mt"]) == {"p5", "p10", "p25", "p50", "p75", "p90", "p95"}
    assert record["bases"][0]["basis"] == "claim" and "outcomes_mt" not in record


# A study of one's own


@pytest.fixture(scope="module")
def own(toy_folder, tmp_path_factory):
    import shutil

    folder = tmp_path_factory.mktemp("own") / "study"
    shutil.copytree(toy_folder, folder)
    return folder


def with_view(folder, rows=ROWS, settings=SETTINGS, head=HEAD):
    text = (folder / "study.yaml").read_text(encoding="utf-8").split("\noutside_view:")[0]
    (folder / "study.yaml").write_text(text + "\n" + settings, encoding="utf-8")
    (folder / "reference_class.csv").write_text("\n".join((head, *rows, "")), encoding="utf-8")
    return folder


def test_throughput_of_a_study_of_ones_own(own):
    net = corridor.load(str(with_view(own)))
    found = net.throughput(year=2026, target_mt=10)
    assert found.outside_view.announcements == 5
    assert found.to_dict()["outside_view"]["probability"] == found.outside_view.probability
    assert "\nOutside view\n" in str(found) and "the model's median" not in str(found)
    assert net.throughput(year=2026).outside_view is None


def faults_of(rows, head=HEAD):
    from corridor.files.csv_table import Table

    found = list(csv.reader(io.StringIO("\n".join((head, *rows)))))
    table = Table("t.csv", tuple(found[0]), tuple(dict(zip(found[0], r, strict=True)) for r in found[1:]), tuple(range(2, len(found) + 1)))  # fmt: skip
    faults = []
    checked_announcements(table, faults)
    return [str(f) for f in faults]


def test_all_faults_of_the_table_are_said_at_once():
    found = faults_of(
        [
            "a,g,nan,growth,1,4,4,1",
            "a,g,-1,growth,-1,0,4,-2",
            ",,3,old,x,5,4,inf",
            "b,g,3,growth,1,4,4,1e400",
            "c,g,3,growth,,two,,1",
        ]
    )
    text = "\n".join(found)
    for part in (
        "line 2: horizon_years is 'nan'", "line 3: id repeats line 2", "line 3: horizon_years is '-1'", "line 3: base is '-1'",
        "line 3: announced_low is '0'", "line 3: outcome is '-2'", "line 4: id is empty", "line 4: group is empty",
        "line 4: new_or_growth is 'old'; give growth or new", "line 4: base is 'x'", "line 4: outcome is 'inf'",
        "line 4: announced_low do not ascend: 5, 4", "line 5: outcome is '1e400'", "line 6: announced_low is 'two'",
    ):  # fmt: skip
        assert part in text, (part, text)
    assert all(" give " in f or "rename" in f or "name what" in f or "exchange" in f for f in found)


def test_computed_columns_and_kinds_are_checked():
    head = "id,group,horizon_years,base,announced_low,outcome,outcome_kind,said_on,ratio,promised_multiple,share_of_promised_growth"
    assert faults_of(["a,g,3,1,3,2,counted,2019-07,0.667,3,0.5"], head) == []
    text = "\n".join(faults_of(["a,g,3,1,3,2,counted,2019-07,0.5,3.1,x", "b,g,3,,3,2,claim,July,,3,"], head))
    for part in ("ratio is '0.5', but", "give 0.667", "promised_multiple is '3.1'", "growth is 'x'", "outcome_kind is 'claim'", "said_on is 'July'"):  # fmt: skip
        assert part in text, (part, text)


def test_missing_and_misspelt_columns_are_said():
    assert "outcome is missing" in "\n".join(faults_of(["a,g,3,4"], "id,group,horizon_years,announced_low"))
    assert "did you mean 'outcome_kind'" in "\n".join(faults_of(["a,g,3,4,1,x"], "id,group,horizon_years,announced_low,outcome,outcome_kinds"))  # fmt: skip


FAULTY = """
outside_view:
  bases:
    - {mt: -1, basis: hearsay, weight: 0}
    - {basis: claim}
  classes:
    - {id: a, measure: mean, weight: -2, promise: 3}
    - {id: a, or_new: true, horizon_from_years: .nan, groups: x}
    - {name: none}
  others: 3
"""


def test_all_faults_of_the_settings_are_said_at_once(tmp_path):
    with pytest.raises(DataError) as error:
        _ = study(tmp_path, settings=FAULTY).settings
    text = "\n".join(map(str, error.value.faults))
    for part in (
        "outside_view.bases 1.mt is not a number", "bases 1.basis is 'hearsay'; give counted, derived, claim, assumed",
        "bases 1.weight is not a number above 0", "bases 2.mt is missing", "classes 1.measure is 'mean'; give ratio, growth_share",
        "classes 1.weight is not a number above 0", "classes 1.promise is not a setting; did you mean 'promise_from'?",
        "classes 2.id appears twice", "classes 2.or_new widens nothing", "classes 2.horizon_from_years is not a number",
        "classes 2.groups is not a list of texts", "classes 3.id is missing", "outside_view.others is not a setting",
    ):  # fmt: skip
        assert part in text, (part, text)


@pytest.mark.parametrize(
    ("settings", "part"),
    [("outside_view: 3\n", "outside_view is not a mapping"), ("outside_view: {}\n", "outside_view.classes is missing"), ("outside_view: {bases: [], classes: [3]}\n", "classes is not a list of mappings")],
)  # fmt: skip
def test_settings_of_another_form_are_refused(tmp_path, settings, part):
    with pytest.raises(DataError, match=part.replace(".", r"\.")):
        _ = study(tmp_path, settings=settings).settings


EMPTY_CLASS = """
outside_view:
  bases: [{mt: 1, basis: counted}]
  classes:
    - {id: far, horizon_from_years: 50}
    - {id: there, groups: [a, bb]}
"""


def test_validate_names_empty_classes_and_unknown_groups(own, capsys):
    assert run(cli, ["validate", str(with_view(own, settings=EMPTY_CLASS))]) == 2
    text = " ".join(capsys.readouterr().out.split())
    assert "'far' has no row of reference_class.csv" in text and "names what no row has: 'bb'" in text
    assert run(cli, ["validate", str(with_view(own, rows=["a1,a,x,growth,1,4,4,1"]))]) == 2
    assert "reference_class.csv line 2: horizon_years is 'x'" in " ".join(capsys.readouterr().out.split())
    assert run(cli, ["validate", str(with_view(own, rows=()))]) == 2
    (own / "reference_class.csv").unlink()
    assert run(cli, ["validate", str(own)]) == 2
    assert "has no announcements" in " ".join(capsys.readouterr().out.split())
    assert run(cli, ["validate", str(with_view(own))]) == 0
