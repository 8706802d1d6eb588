"""Read a text, and write a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from corridor.errors import DataError, Fault

SIZE_LIMIT_BYTES = 200_000_000  # of a table; larger files are refused unread


def read_text(source: str) -> str:
    """Return the text of a regular file in UTF-8."""
    try:
        if not source:
            raise DataError(Fault("file", "", source, "has no name", "name a file"), source)
        if Path(source).exists() and not Path(source).is_file():
            raise DataError(Fault("file", "", source, "is not a regular file", "name a file"), source)
        if Path(source).stat().st_size > SIZE_LIMIT_BYTES:
            raise DataError(Fault("file", "", None, "has over 200 MB", "split it"), source)
        return Path(source).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(Fault("file", "", None, "is not UTF-8", "save it as UTF-8"), source) from None
    except (OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        why = getattr(error, "strerror", None) or str(error)
        raise DataError(Fault("file", "", source, f"cannot be read: {why}", "check the path"), source) from None


def writable(path: Path) -> Path:
    """Return where to write; a device, a folder or a pipe is refused, a link is followed."""
    if not str(path) or str(path) == ".":
        raise DataError(Fault("file", "", str(path), "has no name", "name a file"))
    try:
        target = path.resolve()
        irregular = target.exists() and not target.is_file()
    except (OSError, RuntimeError, ValueError) as error:  # too long, a loop of links, a null byte
        why = getattr(error, "strerror", None) or str(error)
        fault = Fault("file", "", str(path)[:80], f"cannot be written: {why}", "choose another place")
        raise DataError(fault, str(path)[:80]) from None
    if irregular:
        raise DataError(Fault("file", "", str(path), "is not a regular file", "name a file"), str(path))
    return target


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file beside its place and rename it, so that no half file is ever seen."""
    path = writable(path)
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise DataError(
            Fault("file", "", str(path), message, "choose another place, or make room"), str(path)
        ) from None
