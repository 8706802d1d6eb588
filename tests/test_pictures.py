"""Pictures, notebook display and the report: what is drawn can be read, is the same each time, and names its sources."""

from __future__ import annotations

import re
import sys
import types

import pytest
from conftest import SOAK
from matplotlib.text import Annotation

import corridor
from corridor.errors import DataError
from corridor.show.answers import draw
from corridor.show.plots import basemap as ground
from corridor.show.plots.fan import observations
from corridor.show.plots.figure_style import SIZES, picture, save
from corridor.show.plots.pictures import picture as picture_of
from corridor.show.report.report_data import Material
from corridor.show.report.report_page import report_html
from corridor.study.compare import Compared, Comparison
from corridor.study.criticality import Criticality, Failure
from corridor.study.plan import Plan, Step

MAPS = ("Network", "Route", "Routes", "Flow", "Assignment")
PICTURES = sorted(kind.__name__ for kind in picture_of.registry if kind is not object)
GRAIN = {"cargo": "grain", "modes": ["rail"]}


@pytest.fixture(scope="module")
def answers(net):
    """Return one answer of every kind; those that take long are made of a few rows by hand."""
    t = corridor.throughput(net, "eastern", year=2024, target_mt=15, draws=20)
    step = Step("w", "Two more tracks", 2028, None, "program", 0.9, "gauge change at Sarakhs", 80.0, None)
    plan = Plan("instc", "1", (), "eastern", 2030, 15.0, None, False, 7.9, 8.0, 0.7, 0.9, 1.0, 0.0, 1, 0.0, (step,), (), 0, 1)  # fmt: skip
    rows = tuple(
        Failure(f"id{i}", "link", f"link {i}", None, 0.1 * i, None, 1e6 * i, 0.1, (("RU-IR", 0.1),))
        for i in range(30, 0, -1)
    )

    def row(name, why):
        return Compared(name, why, {y.year: y.throughput_mt for y in t.years}, t.years[-1], t.forecast, 0.0)

    return {
        "Network": net,
        "Route": corridor.route(net, "Chelyabinsk", "Bandar Abbas", **GRAIN),
        "Routes": corridor.routes(net, "Moscow", "Mumbai", k=5),
        "Flow": corridor.max_flow(net, ["Chelyabinsk", "Samara"], ["Bandar Abbas"], **GRAIN),
        "Assignment": corridor.assign(net, corridor.demand("central", 2024), rule="logit"),
        "Throughput": t,
        "Comparison": Comparison("instc", "1", "eastern", 2024, 15.0, (row("baseline", ""), row("other", "x"))),
        "Plan": plan,
        "Criticality": Criticality("instc", "1", (), "eastern", 2024, 3.0, rows, (), 5, 30),
    }  # fmt: skip


def boxes(axes):
    """Return the boxes of all names written on a map, in pixels."""
    axes.figure.draw_without_rendering()
    texts = [t for t in axes.texts if isinstance(t, Annotation) and t.get_text() and t.get_bbox_patch() is not None]
    return [t.get_bbox_patch().get_window_extent() for t in texts], axes.get_window_extent()


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("size", sorted(SIZES))
def test_every_picture_is_the_same_each_time_and_names_do_not_cover_each_other(answers, net, kind, size):
    answer = answers[kind]
    options = {"background": "outline"} if kind in MAPS else {}
    axes, again = (draw(answer, net, size=size, **options) for _ in range(2))
    content = picture(axes, ".svg")
    assert content == picture(again, ".svg") and len(content) < 1_500_000
    assert b"<dc:date>" not in content
    names, frame = boxes(axes)
    assert names or kind not in MAPS
    if size != "column":  # there a few names that must be shown may touch
        for i, a in enumerate(names):
            for b in names[:i]:
                across, up = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
                assert across < 5 or up < 5, kind
    assert all(n.x0 > frame.x0 - 20 and n.x1 < frame.x1 + 20 for n in names)
    words = " ".join(t.get_text() for t in axes.figure.findobj(match=lambda x: hasattr(x, "get_text")))
    assert "Mt" in words or "USD/t" in words or "°E" in words  # units stand on it


def test_bottlenecks_are_named_and_the_source_line_says_what_it_rests_on(answers, net):
    axes = answers["Flow"].plot(net)
    said = " ".join(t.get_text().replace("\n", " ") for t in axes.texts)
    assert "gauge change at Sarakhs" in said and "Incheh Borun and Etrek" in said and "instc 2025" in said
    assert "outline" in said or "Natural Earth" in said


def test_the_fan_tells_counts_from_claims_and_targets(answers):
    t = answers["Throughput"]
    kinds = {count.kind for count in observations(t)}
    assert kinds == {"counted", "derived", "claim", "target"}
    axes = draw(t)
    below = axes.figure.axes[-1]
    legend = [text.get_text() for text in below.get_legend().get_texts()]
    assert {"observed", "derived from counts", "stated", "published target"} <= set(legend)
    assert axes.get_ylim()[1] > 20 and below.get_ylim()[1] < 8


def test_a_route_draws_itself_and_a_flow_asks_for_its_network(answers):
    assert answers["Route"].plot().get_title().startswith("Chelyabinsk to Bandar Abbas")
    with pytest.raises(DataError, match=r"answer.plot\(network\)"):
        answers["Flow"].plot()
    with pytest.raises(DataError, match="column, page, slide"):
        draw(answers["Plan"], size="poster")
    with pytest.raises(DataError, match="natural_earth, outline, none"):
        draw(answers["Route"], background="photo")


def test_callers_axes_are_drawn_on(answers):
    from matplotlib.figure import Figure

    left, right = Figure(figsize=(9, 4)).subplots(1, 2)
    assert answers["Throughput"].plot(axes=left) is left
    assert answers["Route"].plot(axes=right) is right
    assert len(left.figure.axes) == 2


def test_natural_earth_is_taken_where_it_is_asked_for(answers, monkeypatch, tmp_path):
    import geopandas
    from shapely.geometry import box

    geopandas.GeoDataFrame(geometry=[box(20, 20, 70, 60)], crs="EPSG:4326").to_file(tmp_path / "land.gpkg")
    fake = types.ModuleType("geodatasets")
    fake.get_path = lambda name: str(tmp_path / "land.gpkg")
    monkeypatch.setitem(sys.modules, "geodatasets", fake)
    ground._natural_earth.cache_clear()
    said = " ".join(t.get_text() for t in answers["Route"].plot().texts)
    assert "outline" in said  # nothing is fetched unasked
    said = " ".join(t.get_text() for t in draw(answers["Route"], background="natural_earth").texts)
    assert "land: Natural Earth" in said

    def offline(name):
        raise OSError("no connection")

    fake.get_path = offline
    ground._natural_earth.cache_clear()
    with pytest.raises(DataError, match="natural_earth|is not available: OSError: no connection"):
        draw(answers["Route"], background="natural_earth")
    ground._natural_earth.cache_clear()


def test_a_dollar_in_a_name_is_no_mathematics(tmp_path):
    from corridor.io.template import write_template

    write_template(tmp_path / "mine")
    path = tmp_path / "mine" / "network.geojson"
    path.write_text(path.read_text(encoding="utf-8").replace("Northtown", "A $x^{ $ B"))
    network = corridor.read(path)
    assert b"A $x^{ $ B" in picture(network.plot(), ".svg")
    assert b"A $x^{ $ B" in picture(corridor.route(network, "north", "south").plot(network), ".svg")


@pytest.mark.parametrize("name", ["x.gif", "x", "no-such-folder/x.png"])
def test_a_picture_that_cannot_be_written_leaves_nothing(answers, name, tmp_path):
    with pytest.raises(DataError):
        save(answers["Plan"].plot(), str(tmp_path / name))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", PICTURES)
def test_notebook_display_is_a_table_with_the_text_folded(answers, kind):
    shown = answers[kind]._repr_html_()
    assert shown.count("<table") == shown.count("</table>") >= 1
    assert "<details>" in shown and "<script" not in shown and "http" not in shown.split("<details>")[0]


def test_every_answer_has_words(net, answers):
    assert {"Route", "Throughput", "Network"} <= set(PICTURES)
    assert all(type(thing).__str__ is not object.__str__ for thing in answers.values())
    hostile = corridor.Scenario.of("<b>x</b>", "", [{"close": "sarakhs-yard"}]).apply(net)
    assert "<b>x" not in hostile._repr_html_()
    why = corridor.why(net, "sarakhs-yard", "capacity")._repr_html_()
    assert ("contradicts" in why and "assumed" in why) or "derived" in why


def test_the_command_line_draws(tmp_path, monkeypatch):
    from corridor.cli import cli
    from corridor.cli.run import run

    monkeypatch.chdir(tmp_path)
    assert run(cli, ["map", "caspian.svg", "--extent", "44,58,35,48", "--background", "outline"]) == 0
    assert run(cli, ["route", "Moscow", "Tehran", "-k", "2", "--plot", "ways.png", "--quiet"]) == 0
    assert run(cli, ["flow", "Samara", "Tehran", "--cargo", "grain", "--plot", "flow.pdf"]) == 0
    assert {p.name for p in tmp_path.iterdir()} == {"caspian.svg", "ways.png", "flow.pdf"}
    for bad in (
        ["map", "x.gif"],
        ["map", "x.png", "--extent", "58,44,35,48"],
        ["map", "x.png", "--extent", "nan,1,2,3"],
    ):
        assert run(cli, bad) == 2
    assert {p.name for p in tmp_path.iterdir()} == {"caspian.svg", "ways.png", "flow.pdf"}


def check_report(text, net):
    """The file needs nothing from elsewhere and says everything."""
    assert len(text) < 5_000_000
    loaded = re.findall(r"<(?:script|link|iframe|img)[^>]*?(?:src|href)='([^']*)'", text)
    assert loaded and all(x.startswith("data:image/svg+xml;base64,") for x in loaded)
    for said in ("does not reach 15 Mt", "What to build first", "What if", "baseline", "seed 1", net.fingerprint()):
        assert said in text, said
    pointed, there = set(re.findall(r"href='#([^']+)'", text)), set(re.findall(r"id='([^']+)'", text))
    assert pointed and pointed <= there  # every reference has its source


def test_the_report_needs_nothing_and_says_everything(answers, net):
    kinds = ("Throughput", "Assignment", "Plan", "Criticality", "Comparison")
    material = Material(net, *(answers[k] for k in kinds), "corridor report eastern")
    text = report_html(material)
    check_report(text, net)
    assert report_html(material) == text


if SOAK > 1:  # `make soak`: minutes

    def test_a_whole_report(net, tmp_path):
        """The answers in it are the same with any number of workers: see the tests of each."""
        path = corridor.report(net, "eastern", path=tmp_path / "r.html", year=2025, target_mt=15, draws=20)
        check_report(path.read_text(encoding="utf-8"), net)


def test_a_report_that_cannot_be_is_refused_before_anything_is_computed(net, tmp_path):
    with pytest.raises(corridor.UnknownIdError, match="eastern"):
        corridor.report(net, "easter", path=tmp_path / "r.html")
    with pytest.raises(DataError, match="2025 to 2030"):
        corridor.report(net, path=tmp_path / "r.html", year=2040, draws=-1)
    assert list(tmp_path.iterdir()) == []
