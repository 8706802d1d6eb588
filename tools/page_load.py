"""`python -m tools.page_load [N]`: many ask the local page at once, and N times over (default 10,000).

Prints how long route questions take – 200 at once, with a hundred slow clients that never finish asking –
and how the memory of the server grows. The status is not 0 if one is not answered, or if the second half of
the questions makes it grow by more than a twentieth.
"""

from __future__ import annotations

import http.client
import itertools
import json
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlsplit

from tools.server import Server, serving

AT_ONCE, SLOW, CONNECTIONS = 200, 100, 8
PLACES = (
    "Moscow",
    "Chelyabinsk",
    "Samara",
    "Almaty",
    "Tashkent",
    "Astrakhan",
    "Baku",
    "Tehran",
    "Mumbai",
    "Bandar Abbas",
)
CARGOES = ("container", "grain", "metals")
GROWTH = 0.05


def questions() -> Iterator[str]:
    """Yield addresses of route questions, over and over."""
    for a, b, cargo in itertools.cycle(itertools.product(PLACES, PLACES, CARGOES)):
        if a != b:
            yield f"/api/route?origin={quote(a)}&destination={quote(b)}&cargo={cargo}"


def at_once(server: Server, count: int = AT_ONCE) -> list[float]:
    """Ask `count` questions, each on a line of its own, all at the same moment; return milliseconds, sorted."""
    host, port = _place(server)
    asked = list(itertools.islice(questions(), count))
    together = threading.Barrier(count)

    def ask(path: str) -> float:
        line = http.client.HTTPConnection(host, port, timeout=60)
        together.wait()
        start = time.perf_counter()
        _answer(line, path)
        took = 1000 * (time.perf_counter() - start)
        line.close()
        return took

    with ThreadPoolExecutor(count) as many:
        return sorted(many.map(ask, asked))


def slow_clients(server: Server, count: int = SLOW) -> list[socket.socket]:
    """Open lines that begin a question and never end it."""
    lines = []
    for _ in range(count):
        line = socket.create_connection(_place(server))
        line.sendall(b"GET /api/route?origin=Moscow HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        lines.append(line)
    return lines


def over_and_over(server: Server, count: int) -> tuple[list[float], list[float]]:
    """Ask `count` questions over a few lines; return milliseconds, sorted, and megabytes after every tenth."""
    host, port = _place(server)
    each, took, memory = count // CONNECTIONS // 10, [], [megabytes(server)]

    def ask(paths: list[str]) -> list[float]:
        line, times = http.client.HTTPConnection(host, port, timeout=60), []
        for path in paths:
            start = time.perf_counter()
            _answer(line, path)
            times.append(1000 * (time.perf_counter() - start))
        line.close()
        return times

    source = questions()
    with ThreadPoolExecutor(CONNECTIONS) as few:
        for _ in range(10):
            shares = [list(itertools.islice(source, each)) for _ in range(CONNECTIONS)]
            took += [t for times in few.map(ask, shares) for t in times]
            memory.append(megabytes(server))
    return sorted(took), memory


def megabytes(server: Server) -> float:
    """Return the memory that the server holds."""
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def _answer(line: http.client.HTTPConnection, path: str) -> None:
    line.request("GET", path)
    answer = line.getresponse()
    body = answer.read()
    assert answer.status == 200, body[:300]
    assert json.loads(body)["legs"]


def _place(server: Server) -> tuple[str, int]:
    parts = urlsplit(server.address)
    return str(parts.hostname), int(parts.port or 0)


def said(times: list[float]) -> str:
    """Return the percentiles of sorted times."""
    cuts = statistics.quantiles(times, n=100)
    return f"P50 {cuts[49]:.0f}, P95 {cuts[94]:.0f}, P99 {cuts[98]:.0f}, slowest {times[-1]:.0f} ms"


def main(count: int) -> int:
    """Ask, and print what came out."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        at_once(server, 20)  # so that compiled code is loaded
        time.sleep(30)  # a branch is laid out behind
        print(f"{AT_ONCE} questions at once: {said(at_once(server))}")
        lines = slow_clients(server)
        print(f"the same beside {SLOW} clients that never finish: {said(at_once(server))}")
        for line in lines:
            line.close()
        times, memory = over_and_over(server, count)
        print(f"{len(times):,} questions over {CONNECTIONS} lines: {said(times)}")
        print(f"memory in MB after each tenth: {', '.join(f'{m:.0f}' for m in memory)}")
    return int(memory[10] > memory[5] * (1 + GROWTH))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
