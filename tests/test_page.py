"""The local page in headless Chromium, as a person uses it, and its JSON routes and guard without one."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest

import corridor
from tools.page_load import at_once, over_and_over, slow_clients
from tools.server import serving

CHROMIUM = shutil.which("chromium")
WAIT_MS = 300_000  # for a choice set to be built on a busy machine with an empty cache; nothing is timed here


@contextlib.contextmanager
def well_behaved(folder, **named):
    """Start `corridor explore` as a user does; nothing breaks in it, and nothing is written where it runs."""
    with serving(folder, **named) as server:
        yield server
    assert server.process.returncode in (0, 130)
    said = server.log.read_text()
    assert "Traceback" not in said, said
    assert os.listdir(folder) == ["log"]


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    with well_behaved(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="module")
def server(started):
    return started.address


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    assert CHROMIUM, "the page is tested in Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


@pytest.fixture
def page(server, browser):
    with opened_page(server, browser) as opened:
        yield opened


@contextlib.contextmanager
def opened_page(server, browser):
    """Open the page; whatever it asked for elsewhere, or broke, fails the test at its end."""
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    opened = context.new_page()
    opened.set_default_timeout(WAIT_MS)
    elsewhere, broken = [], []
    opened.on(
        "request",
        lambda r: (
            elsewhere.append(r.url) if not r.url.startswith((server, "ws://127.0.0.1", "data:", "blob:")) else None
        ),
    )
    opened.on("pageerror", lambda e: broken.append(str(e)))
    opened.goto(f"{server}/")
    opened.wait_for_selector("#branch-answer .totals")
    opened.wait_for_selector(".corridor-map[data-shown]")
    yield opened
    assert elsewhere == [] and broken == []
    context.close()


def get(server, path, **headers):
    request = urllib.request.Request(f"{server}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        body = error.read()
        return error.code, json.loads(body) if body.startswith(b"{") else body.decode()


def mt(page) -> float:
    return float(re.search(r"([\d.]+) Mt", page.inner_text("#branch-answer .totals")).group(1))


def closed(page, name: str) -> None:
    """Close a thing as a person at the keyboard does: type, choose, press."""
    page.click("#thing")
    page.keyboard.type(name, delay=5)
    page.wait_for_selector(".q-menu .q-item")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.click("#add-closure")
    page.wait_for_function("name => location.search.includes(name)", arg=f"closed={name}")


@pytest.mark.stage("test")
def test_closing_a_yard_changes_route_and_throughput_of_the_toy_study(browser, toy_folder, tmp_path):
    program = (str(Path(__file__).with_name("toy_command.py")), str(toy_folder))
    with well_behaved(tmp_path, program=program) as own, opened_page(own.address, browser) as page:
        check_closure(page, f"{own.address}/?from=kordon&to=southport")


def test_closing_sarakhs_changes_route_and_throughput(page, server):
    check_closure(page, f"{server}/?to=mashhad")


def check_closure(page, address):
    """Close the yard of Sarakhs and open it again; the answers follow."""
    page.goto(address)
    page.wait_for_selector("#branch-answer .totals")
    before, route = mt(page), page.inner_text("#route-answer")
    assert "Sarakhs" in route
    closed(page, "sarakhs-yard")
    page.wait_for_function("route => document.querySelector('#route-answer').innerText !== route", arg=route)
    page.wait_for_function(
        "() => document.querySelector('#branch-answer').innerText.includes('less than without closures')"
    )
    assert 0 <= mt(page) < before
    assert not re.search(r"gauge\s+Sarakhs", page.inner_text("#route-answer"))
    page.click("#closed-list button")
    page.wait_for_function("route => document.querySelector('#route-answer').innerText === route", arg=route)
    page.wait_for_function("() => !location.search.includes('closed')")


def test_a_number_opens_its_source_by_keyboard(page):
    page.focus("#branch-answer button.number >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_selector("#sources h2")
    said = page.inner_text("#sources")
    assert "capacity" in said and "basis" in said
    page.click("#close")
    page.click("#route-answer button.number >> nth=0")
    page.wait_for_function("() => document.querySelector('#sources')?.innerText.includes('Figures of this number')")


def test_a_line_of_the_map_opens_its_source(page):
    page.evaluate("emitEvent('open', {id: 'bolashak-serhetyaka-rail-1520'})")
    page.wait_for_function("() => document.querySelector('#sources')?.innerText.includes('length_km')")
    page.click("#toggle")
    page.wait_for_selector("#closed-list button")
    assert "closed=bolashak-serhetyaka-rail-1520" in page.url


def test_another_year_is_another_answer_and_the_address_restores_it(page, server):
    page.click("#year")
    page.wait_for_selector(".q-menu .q-item")
    page.click(".q-menu .q-item >> text=2026")
    page.wait_for_function("() => document.querySelector('#branch-answer .totals').innerText.includes('in 2026')")
    assert "year=2026" in page.url
    said = page.inner_text("#branch-answer")
    page.goto(page.url)
    page.wait_for_selector("#branch-answer .totals")
    assert page.inner_text("#branch-answer") == said
    page.goto(f"{server}/?year=1999&colour=red")
    page.wait_for_selector("#fault .fault")
    assert "1999" in page.inner_text("#fault") and "colour" in page.inner_text("#fault")


def test_a_forecast_is_drawn_and_can_be_cancelled(page):
    page.fill("#draws", "4000")
    page.click("#forecast")
    page.wait_for_selector("#cancel", state="visible")
    page.click("#cancel")
    page.wait_for_function("() => document.querySelector('#forecast-answer').innerText.includes('cancelled')")
    page.fill("#draws", "25")
    page.click("#forecast")
    page.wait_for_function(
        "() => document.querySelector('#forecast-answer').innerText.includes('eight of ten of 25 draws')"
    )


def test_it_fits_a_telephone(browser, server):
    context = browser.new_context(viewport={"width": 380, "height": 800})
    page = context.new_page()
    page.goto(f"{server}/?to=tehran")
    page.wait_for_selector("#route-answer table", timeout=WAIT_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 381
    context.close()


def test_only_this_machine_is_answered(server):
    port = server.rsplit(":", 1)[1]
    assert get(server, "/api/cargoes")[0] == 200
    for headers in (
        {"Host": "evil.example"},
        {"Host": f"evil.example:{port}"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
    ):
        assert get(server, "/api/cargoes", **headers)[0] == 403
        assert get(server, "/", **headers)[0] == 403
    assert get(server, "/api/cargoes", Origin=server)[0] == 200
    assert get(server, "/api/cargoes", Origin="http://127.0.0.1:1")[0] == 403
    with socket.create_connection(("127.0.0.1", int(port))) as line:  # a page elsewhere opens the page's socket
        line.sendall(
            f"GET /_nicegui_ws/socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            "Origin: https://evil.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        assert b" 403 " in line.recv(200)


def test_json_routes_say_what_the_command_line_says(server, net):
    status, way = get(server, "/api/route?origin=Chelyabinsk&destination=Bandar%20Abbas&cargo=grain&year=2025")
    assert status == 200
    told = json.loads(json.dumps(corridor.route(net, "Chelyabinsk", "Bandar Abbas", cargo="grain").to_dict()))
    assert way.pop("provenance")["data"] == told.pop("provenance")["data"]
    assert way.pop("made")["data"] == told.pop("made")["data"]  # the name of version 0.1
    assert way == told
    status, closed = get(server, "/api/branch?year=2024&closed=sarakhs-yard&shut=incheh_borun-yard")
    assert status == 200 and closed["throughput_mt"] < 0.5 * (closed["throughput_mt"] + closed["lost_mt"])
    assert (
        get(server, "/api/why?id=sarakhs-yard&field=capacity")[1]
        == corridor.why(net, "sarakhs-yard", "capacity").to_dict()
    )
    status, described = get(server, "/api/openapi.json")
    assert status == 200 and {"/route", "/branch", "/why", "/forecasts"} <= set(described["paths"])


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/api/route?origin=Moskow&destination=Tehran", 404, "Moscow"),
        ("/api/route?origin=Moscow", 422, "destination"),
        ("/api/route?origin=Moscow&destination=Tehran&by=beauty", 422, "beauty"),
        ("/api/route?origin=Moscow&destination=Tehran&closed=IR", 404, "IR is avoided"),
        ("/api/branch?year=nan", 422, "year"),
        ("/api/branch?branch=easter", 404, "eastern"),
        ("/api/branch?closed=sarakhs-yardd", 404, "sarakhs-yard"),
        ("/api/throughput?target=nan", 422, "target"),
        ("/api/why?id=nothing-like-it", 404, "nothing-like-it"),
        ("/api/forecasts/77", 404, "77"),
    ],
)
def test_what_cannot_be_answered_says_why(server, path, status, said):
    found, answer = get(server, path)
    assert found == status and said in answer["error"]["message"]


def test_hostile_names_are_text_and_faulty_addresses_are_refused(browser, tmp_path):
    """A network of one's own, with a script in its name; the page begins without a fault of its own."""
    from corridor.io.template import write_template

    write_template(tmp_path / "mine")
    path = tmp_path / "mine" / "network.geojson"
    path.write_text(
        path.read_text(encoding="utf-8").replace('"my-network"', '"my <img src=x onerror=window.broken=1>"')
    )
    (tmp_path / "run").mkdir()
    with serving(tmp_path / "run", "--network", str(path)) as own:
        page = browser.new_page()
        page.goto(f"{own.address}/")
        page.wait_for_selector("#route-answer table", timeout=WAIT_MS)
        assert page.evaluate("window.broken") is None and "<img" in page.inner_text("h1")
        assert page.query_selector("#fault .fault") is None
        for address, said in (
            ("cargo=nosuch", "no cargo 'nosuch'"),
            ("shut=nosuch", "no id 'nosuch'"),
            ("from=zz", "zz"),
        ):
            page.goto(f"{own.address}/?{address}")
            page.wait_for_selector("#fault .fault", timeout=WAIT_MS)
            assert said in page.inner_text("#fault")
        page.close()


def test_two_hundred_at_once_and_slow_clients_are_all_answered(started):
    """How long they wait is measured by `python -m tools.page_load`, not here."""
    lines = slow_clients(started)
    assert len(at_once(started)) == 200
    for line in lines:
        line.close()


def test_memory_stays_where_it_is(started):
    over_and_over(started, 800)  # what is kept is kept
    _, memory = over_and_over(started, 800)
    assert memory[-1] < memory[0] + 40


@pytest.mark.parametrize(
    ("request_line", "headers", "status"),
    [
        ("GET /api/places?" + "x" * 20_000, (), 414),
        ("GET /api/" + "x" * 200_000, (), 400),
        ("POST /api/forecasts", ("Content-Length: 99999999",), 413),
        ("POST /api/forecasts", ("Transfer-Encoding: chunked",), 413),
        ("GET /corridor/../../../../etc/passwd", (), 404),
        ("GET /corridor/..%2f..%2f..%2fetc%2fpasswd", (), 404),
        ("GET /corridor/%2e%2e/serve.py", (), 404),
        ("GET /corridor//etc/passwd", (), 404),
        ("BREW /api/places", (), 400),
        ("nonsense", (), 400),
    ],
    ids=lambda v: str(v)[:40],
)
def test_requests_that_no_browser_sends(started, request_line, headers, status):
    port = int(started.address.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        head = [f"{request_line} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close", *headers, "", ""]
        line.sendall("\r\n".join(head).encode())
        assert f" {status} ".encode() in line.recv(200)
    assert get(started.address, "/api/cargoes")[0] == 200
