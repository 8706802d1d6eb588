"""Access from this machine only: requests under another host name or from pages of other sites are refused."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_BYTES = 16_384  # of an address, and of a body
LOCAL_NAMES = ("127.0.0.1", "localhost", "::1")
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)


class LocalOnly:
    """Refuse requests with another host name than this machine, and from pages of another origin.

    The server listens on 127.0.0.1 only. Two gaps remain, and this class closes them: a foreign name
    that resolves to this machine (the browser sends it as `Host`), and pages of other sites that open
    sockets or post here.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = [(k.lower(), v.decode("latin-1")) for k, v in scope.get("headers", ())]
        if not _is_local(headers):
            await _refuse(scope, send, 403, "corridor answers on this machine only: open it as http://127.0.0.1")
            return
        if len(scope.get("query_string", b"")) > MOST_BYTES:
            await _refuse(scope, send, 414, f"the address is longer than {MOST_BYTES} bytes")
            return
        if scope["type"] == "http" and _has_a_body(headers):
            await _refuse(scope, send, 413, f"the request has a body over {MOST_BYTES} bytes, or of unknown length")
            return

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        await self.app(scope, receive, with_headers)


def _is_local(headers: Sequence[tuple[bytes, str]]) -> bool:
    hosts = [v for k, v in headers if k == b"host"]
    if len(hosts) != 1 or _name(f"//{hosts[0]}") not in LOCAL_NAMES:
        return False
    origins = [v for k, v in headers if k == b"origin"]
    if not origins:  # not sent by a page, or a read by this page
        return True
    return all(_name(o) in LOCAL_NAMES and urlsplit(o).netloc == hosts[0] for o in origins)


def _name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _has_a_body(headers: Sequence[tuple[bytes, str]]) -> bool:
    """Whether the body of a request is too large or of unknown length."""
    lengths = [v for k, v in headers if k == b"content-length"]
    return any(k == b"transfer-encoding" for k, _ in headers) or any(
        v.isdecimal() and int(v) > MOST_BYTES for v in lengths
    )


async def _refuse(scope: Scope, send: Send, status: int, why: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    text, kind = f"{why}\n".encode(), b"text/plain; charset=utf-8"
    if not any(k == b"accept" and b"text/html" in v for k, v in scope.get("headers", ())):  # not a browser
        text, kind = (
            json.dumps({"error": {"kind": "address", "message": why, "issues": []}}).encode(),
            b"application/json",
        )
    head = [(b"content-type", kind), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": text})
