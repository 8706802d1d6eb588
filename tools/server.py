"""`corridor explore` as a process of its own, for tests, benchmarks and pictures."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

PATIENCE_S = 60


class Server(NamedTuple):
    """A page that answers: its address, its process, and what it says."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path


@contextlib.contextmanager
def serving(folder: Path, *arguments: str, program: Sequence[str] = ("-m", "corridor")) -> Iterator[Server]:
    """Start the page in an empty folder, wait until it answers, and stop it as a person does."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    command = [sys.executable, *program, "explore", "--no-browser", "--port", str(port), *arguments]
    plain = {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"}  # the server is no test of its own
    log = folder / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream, cwd=folder, env=plain)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address, process, log)
        yield Server(address, process, log)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/api/cargoes", timeout=2)  # noqa: S310 - our own address
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the page does not answer: {log.read_text(errors='replace')}")
