"""Write a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from corridor.errors import DataError, Fault


def writable(path: Path) -> Path:
    """Return where to write; a device, a folder or a pipe is refused, a link is followed."""
    if not str(path) or str(path) == ".":
        raise DataError(Fault("file", "", str(path), "has no name", "name a file"))
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise DataError(Fault("file", "", str(path), "is not a regular file", "name a file"), str(path))
    return target


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file beside its place and rename it, so that no half file is ever seen."""
    path = writable(path)
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
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
