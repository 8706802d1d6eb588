"""Serve the page on this machine only, until it is interrupted."""

from __future__ import annotations

import socket
import threading
from importlib.util import find_spec
from pathlib import Path

from corridor.errors import DataError, Fault
from corridor.files.optional_imports import library
from corridor.model.arguments import coerce_arguments
from corridor.model.checks import is_number
from corridor.model.network import Network

HOST = "127.0.0.1"
STATIC = Path(__file__).resolve().parent / "static"
MOST_AT_ONCE = 1000  # connections; more are refused
PORTS = (1024, 65535)


@coerce_arguments
def explore(network: Network, *, port: int = 8765, open_browser: bool = True) -> None:
    """Serve the page of a network at http://127.0.0.1:port until it is interrupted.

    Parameters
    ----------
    network
        The network, with the requested scenarios applied.
    port
        The port to listen on, 1024 to 65535.
    open_browser
        Whether to open the page in the browser.

    Raises
    ------
    DataError
        If the extra `web` is not installed, or the port is not available.

    Examples
    --------
    >>> import corridor
    >>> corridor.explore(corridor.load(), port=80)
    Traceback (most recent call last):
    ...
    corridor.errors.DataError: option: port is 80; give a free port from 1024 to 65535
    """
    check_ready(port)
    nicegui = library("web", "nicegui")
    from corridor.web.api import api_of
    from corridor.web.app_session import AppSession
    from corridor.web.guard import LocalOnly
    from corridor.web.page import add_page

    session = AppSession(network)
    nicegui.app.add_middleware(LocalOnly)
    nicegui.app.mount("/api", api_of(session))
    nicegui.app.add_static_files("/corridor", str(STATIC))
    add_page(session)
    if session.branches:  # the first query of a branch takes long: prepare it in advance
        begin = threading.Thread(target=session.lay_out, args=(next(iter(session.branches)),), daemon=True)
        nicegui.app.on_startup(begin.start)
    nicegui.ui.run(
        host=HOST,
        port=port,
        title="corridor",
        show=open_browser,
        reload=False,
        show_welcome_message=False,
        uvicorn_logging_level="warning",
        limit_concurrency=MOST_AT_ONCE,
        timeout_keep_alive=5,
    )


def check_ready(port: object) -> None:
    """Refuse a port that is not available, and a missing extra."""
    fix = f"give a free port from {PORTS[0]} to {PORTS[1]}"
    if isinstance(port, bool) or not is_number(port) or port not in range(PORTS[0], PORTS[1] + 1):
        raise DataError(Fault("option", "port", repr(port), f"is {port!r}", fix))
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError as error:
            raise DataError(Fault("option", "port", port, f"is not available: {error.strerror}", fix)) from None
    if find_spec("nicegui") is None:
        library("web", "nicegui")  # raises the error that names the extra
