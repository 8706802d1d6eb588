"""Read a scenario file safely; all faults are listed at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from corridor.errors import DataError, Fault
from corridor.files.whole_files import path_of
from corridor.files.yaml_file import load_yaml

SIZE_LIMIT_BYTES = 5_000_000


def scenario_record(path: str | os.PathLike[str]) -> tuple[str, dict[str, Any]]:
    """Return the path as text, and the record of the scenario in a YAML file."""
    source = path_of(path)
    value = _loaded(source)
    if not isinstance(value, dict) or not isinstance(value.get("edits"), list):
        raise DataError(Fault("file", "edits", None, "is missing", "give a list of edits"), source)
    unknown = sorted(set(map(str, value)) - {"name", "why", "edits", "without", "demand"})
    if unknown:
        raise DataError(
            [Fault("file", k, None, "is not a key here", "give name, why, edits, without, demand") for k in unknown],
            source,
        )
    name, why = value.get("name") or Path(source).stem, value.get("why") or ""
    odd = {k: v for k, v in (("name", name), ("why", why)) if not isinstance(v, str)}
    if odd:
        raise DataError([Fault("file", k, repr(v), f"is {v!r}", "give a text") for k, v in odd.items()], source)
    trade = value.get("demand") or []
    if not isinstance(trade, list):
        raise DataError(Fault("file", "demand", repr(trade)[:60], "is not a list", "give a list of changes"), source)
    return source, {
        "name": name,
        "why": why,
        "edits": value["edits"],
        "without": value.get("without") or (),
        "demand": trade,
    }


def _loaded(source: str) -> Any:
    """Return the content of a YAML file."""
    import yaml

    try:
        if not Path(source).is_file() and Path(source).exists():
            raise DataError(Fault("file", "", source, "is not a regular file", "name a file"), source)
        if os.path.getsize(source) > SIZE_LIMIT_BYTES:
            raise DataError(Fault("file", "", None, "is larger than 5 MB", "give a shorter file"), source)
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
        return load_yaml(text)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "file"
        why = str(getattr(error, "problem", None) or "nested too deeply").replace("tag:yaml.org,2002:", "!!")
        raise DataError(Fault(where, "", None, f"is not YAML: {why}", "correct the file there"), source) from None
