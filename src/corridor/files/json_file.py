"""Read JSON files into plain data, and report what is wrong with them."""

from __future__ import annotations

import json
import os
import stat
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corridor.errors import DataError, Fault
from corridor.files.whole_files import path_of

SIZE_LIMIT_BYTES = 500_000_000  # a network of a million links; larger files are refused unread


def content_of(source: str) -> bytes:
    """Return the bytes of a regular file below the size limit."""
    source = path_of(source)
    try:
        status = os.stat(source)
        if not stat.S_ISREG(status.st_mode):
            raise DataError(Fault("file", "", source, "is not a regular file", "name a file"), source)
        if status.st_size > SIZE_LIMIT_BYTES:
            message = f"has {status.st_size / 1e6:.0f} MB, the limit is {SIZE_LIMIT_BYTES / 1e6:.0f} MB"
            raise DataError(Fault("file", "", source, message, "split the network, or remove geometry"), source)
        return Path(source).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        if isinstance(error, DataError):
            raise
        why = getattr(error, "strerror", None) or str(error)
        raise DataError(Fault("file", "", source, f"cannot be read: {why}", "check the path"), source) from None


def parse(data: bytes, source: str) -> Mapping[str, Any]:
    """Return the JSON value of some bytes; a fault gives its line and column."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            Fault(
                "file", "", None, f"is not UTF-8: byte {error.start} is 0x{data[error.start]:02x}", "save it as UTF-8"
            ),
            source,
        ) from None
    try:
        value = json.loads(text, object_pairs_hook=_unique)
    except DataError as error:
        raise DataError(error.faults, source) from None
    except RecursionError:
        raise DataError(
            Fault("file", "", None, "is nested too deeply", "give a GeoJSON FeatureCollection"), source
        ) from None
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text.rstrip()) - 1 or error.msg.startswith("Unterminated")
        why = "ends in the middle, it may be incomplete" if cut else f"is not JSON: {error.msg}"
        raise DataError(
            Fault(f"line {error.lineno}, column {error.colno}", "", None, why, "correct the file there"), source
        ) from None
    except ValueError:
        raise DataError(
            Fault("file", "", None, "has a number with too many digits", "write it with fewer digits"), source
        ) from None
    return value  # type: ignore[no-any-return]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; refuse a repeated key, since one of its values would be lost."""
    record = dict(pairs)
    if len(record) < len(pairs):
        twice = sorted(k for k, n in Counter(k for k, _ in pairs).items() if n > 1)
        where = f"object with id '{record['id']}'" if isinstance(record.get("id"), str) else "an object"
        raise DataError([Fault(where, key, None, "appears twice", "keep one of them") for key in twice])
    return record
