"""The folder of what was worked out before: compiled kernels and pools of paths.

Nothing in it is needed: what is missing, of another version or damaged is computed
again. `CORRIDOR_CACHE` names another folder.

Every key holds the version that its algorithm states (`CHOICE_SET_VERSION` and its like), not
the text of the code: a changed comment costs nothing. Whoever changes what an algorithm
computes raises its version; `tests/test_cache.py` fails until that is decided.
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
KEPT_POOLS = 30  # files; the oldest go


def root() -> Path:
    """Return the cache folder; it may not exist."""
    if given := os.environ.get("CORRIDOR_CACHE"):
        return Path(given)
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "corridor"
    try:
        return Path.home() / ".cache" / "corridor"
    except RuntimeError:  # no home
        return Path(tempfile.gettempdir()) / f"corridor-{os.getuid()}"


@cache
def is_writable(folder: Path) -> bool:
    """Whether files can be kept in a folder, which is made where it can be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        log.info("%s cannot be written; nothing is kept between processes", folder)
        return False


def digest(parts: Iterable[bytes]) -> str:
    """Return a hash of byte strings, told apart."""
    made = hashlib.sha256()
    for part in parts:
        made.update(len(part).to_bytes(8, "little"))
        made.update(part)
    return made.hexdigest()[:32]


def load_arrays(name: str) -> dict[str, Any] | None:
    """Return arrays that were kept under a name, or None; a damaged file counts as none."""
    import zipfile

    import numpy as np

    path = root() / "pools" / f"{name}.npz"
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return {key: file[key] for key in file.files}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        log.warning("%s cannot be used and is made anew: %s", path.name, error)
        return None


def save_arrays(name: str, arrays: Mapping[str, Any]) -> None:
    """Keep arrays under a name, whole or not at all; without room or permission nothing is kept."""
    import numpy as np

    folder = root() / "pools"
    if not is_writable(folder):
        return
    handle, temporary = tempfile.mkstemp(dir=folder, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            np.savez(stream, **dict(arrays))
        Path(temporary).replace(folder / f"{name}.npz")
        oldest = sorted(folder.glob("*.npz"), key=lambda p: p.stat().st_mtime)[:-KEPT_POOLS]
        for path in oldest:
            path.unlink(missing_ok=True)
    except OSError as error:
        log.info("the pool of paths is not kept: %s", error)
    finally:
        Path(temporary).unlink(missing_ok=True)
