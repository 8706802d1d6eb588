"""The cache folder: compiled kernels and choice sets.

Nothing in it is required: what is missing, damaged or of another version is computed
again. `CORRIDOR_CACHE` names another folder.

Every key holds the version number of its algorithm (such as `CHOICE_SET_VERSION`), not the text
of the code: a changed comment does not invalidate the cache. Raise the version when an algorithm
computes something else; `tests/test_cache.py` fails until that is decided.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

log = logging.getLogger("corridor")
MOST_FILES = 30  # files; the oldest are deleted


def root() -> Path:
    """Return the cache folder, which may not exist yet."""
    if configured := os.environ.get("CORRIDOR_CACHE"):
        return Path(configured)
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "corridor"
    try:
        return Path.home() / ".cache" / "corridor"
    except RuntimeError:  # no home directory
        return Path(tempfile.gettempdir()) / f"corridor-{os.getuid()}"


@cache
def is_writable(folder: Path) -> bool:
    """Whether files can be stored in a folder; it is created if possible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        log.info("%s cannot be written; nothing is cached between processes", folder)
        return False


def digest(parts: Iterable[bytes]) -> str:
    """Return a hash of a sequence of byte strings; their boundaries count."""
    hasher = hashlib.sha256()
    for part in parts:
        hasher.update(len(part).to_bytes(8, "little"))
        hasher.update(part)
    return hasher.hexdigest()[:32]


def load_arrays(name: str) -> dict[str, Any] | None:
    """Return the arrays stored with a name, or None if they are missing or damaged."""
    return arrays_in(root() / "stored" / f"{name}.npz")


def arrays_in(path: Path) -> dict[str, Any] | None:
    """Return the arrays in a file, or None if it is missing or damaged."""
    import zipfile

    import numpy as np

    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return {key: file[key] for key in file.files}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        log.warning("%s cannot be used and is computed again: %s", path.name, error)
        return None


def save_arrays(name: str, arrays: Mapping[str, Any]) -> None:
    """Store arrays with a name, whole or not at all; without space or permission nothing is stored."""
    import numpy as np

    folder = root() / "stored"
    if not is_writable(folder):
        return
    handle, temporary = tempfile.mkstemp(dir=folder, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            np.savez(stream, **dict(arrays))
        Path(temporary).replace(folder / f"{name}.npz")
        oldest = sorted(folder.glob("*.npz"), key=lambda p: p.stat().st_mtime)[:-MOST_FILES]
        for path in oldest:
            path.unlink(missing_ok=True)
    except OSError as error:
        log.info("the choice set is not cached: %s", error)
    finally:
        Path(temporary).unlink(missing_ok=True)
