"""Read scenarios from YAML, safely."""

from __future__ import annotations

import os
from pathlib import Path

from corridor.errors import DataError, Fault
from corridor.model.scenario import Scenario

SIZE_LIMIT_BYTES = 5_000_000


def read_scenario(path: str | os.PathLike[str]) -> Scenario:
    """Return the scenario in a YAML file; every fault is listed at once."""
    import yaml

    source = os.fspath(path)
    try:
        if not Path(source).is_file() and Path(source).exists():
            raise DataError(Fault("file", "", source, "is not a regular file", "name a file"), source)
        if os.path.getsize(source) > SIZE_LIMIT_BYTES:
            raise DataError(Fault("file", "", None, "has over 5 MB", "a scenario is a few lines"), source)
        text = Path(source).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(
            Fault("file", "", source, f"cannot be read: {error.strerror}", "check the path"), source
        ) from None
    except UnicodeDecodeError:
        raise DataError(Fault("file", "", None, "is not UTF-8", "save it as UTF-8"), source) from None
    except ValueError as error:  # a null byte in the path
        if isinstance(error, DataError):
            raise
        raise DataError(Fault("file", "", repr(source), f"cannot be read: {error}", "check the path"), source) from None
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:  # ValueError: 2020-13-45, 0x_, endless digits
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "file"
        raise DataError(Fault(where, "", None, "is not YAML", "correct the file there"), source) from None
    if not isinstance(value, dict) or not isinstance(value.get("edits"), list):
        raise DataError(Fault("file", "edits", None, "is missing", "give a list of edits"), source)
    unknown = sorted(set(map(str, value)) - {"name", "why", "edits"})
    if unknown:
        raise DataError([Fault("file", k, None, "is not a key here", "give name, why, edits") for k in unknown], source)
    return Scenario.of(str(value.get("name") or Path(source).stem), str(value.get("why", "")), value["edits"])
