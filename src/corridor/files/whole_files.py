"""Read texts, and write files completely or not at all."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from corridor.errors import DataError, Fault, readable

MOST_BYTES_OF_A_NAME = 255  # limit of all common file systems
SIZE_LIMIT_BYTES = 200_000_000  # of a table; larger files are refused unread


def path_of(given: object, *, writes: bool = False, name: str = "path") -> str:
    """Return a path as text; refuse what is not a valid path."""
    done = "written" if writes else "read"
    if not isinstance(given, str | os.PathLike) or isinstance(os.fspath(given), bytes):
        fault = Fault(
            "option", name, repr(given), f"is {given!r}, not a path: {name}", "give the path of a file as text"
        )
        raise DataError(fault)
    path = os.fspath(given)
    if not path:
        raise DataError(Fault("file", "", path, "has no name", "name a file"))
    try:
        os.fsencode(path)
        too_long = max((len(os.fsencode(p)) for p in Path(path).parts), default=0) > MOST_BYTES_OF_A_NAME
    except UnicodeEncodeError:
        why = "its name contains an incomplete character"
    else:
        if "\0" not in path and not too_long:
            return path
        why = "it has a null byte" if "\0" in path else "File name too long"
    raise DataError(Fault("file", "", path, f"cannot be {done}: {why}", "check the path"), readable(path, 80))


def read_text(source: str) -> str:
    """Return the text of a regular file in UTF-8."""
    source = path_of(source)
    try:
        if Path(source).exists() and not Path(source).is_file():
            raise DataError(Fault("file", "", source, "is not a regular file", "name a file"), source)
        if Path(source).stat().st_size > SIZE_LIMIT_BYTES:
            raise DataError(Fault("file", "", None, "is larger than 200 MB", "split it"), source)
        return Path(source).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(Fault("file", "", None, "is not UTF-8", "save it as UTF-8"), source) from None
    except (OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        why = getattr(error, "strerror", None) or str(error)
        raise DataError(Fault("file", "", source, f"cannot be read: {why}", "check the path"), source) from None


def writable(path: Path) -> Path:
    """Return the path to write to; refuse devices, folders and pipes, follow symbolic links."""
    if not str(path) or str(path) == ".":
        raise DataError(Fault("file", "", str(path), "has no name", "name a file"))
    path_of(path, writes=True)
    try:
        target = path.resolve()
        irregular = target.exists() and not target.is_file()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of symbolic links
        why = getattr(error, "strerror", None) or str(error)
        fault = Fault("file", "", str(path)[:80], f"cannot be written: {why}", "choose another place")
        raise DataError(fault, str(path)[:80]) from None
    if irregular:
        raise DataError(Fault("file", "", str(path), "is not a regular file", "name a file"), str(path))
    if not (target.parent.is_dir() and os.access(target.parent, os.W_OK)):
        why = "its folder cannot be written" if target.parent.exists() else "there is no such folder"
        raise DataError(Fault("file", "", str(path), f"cannot be written: {why}", "choose another place"), str(path))
    return target


def check_outputs(paths: Sequence[str | None], inputs: Sequence[str | None] = ()) -> None:
    """Refuse output files that cannot be written, are given twice, or are also an input."""
    faults: list[Fault] = []
    taken: dict[Path, str] = {Path(p).resolve(): "is the input too" for p in inputs if p and os.path.lexists(p)}
    for path in paths:
        if path is None:
            continue
        try:
            target = writable(Path(path_of(path, writes=True)))
        except DataError as error:
            faults += [replace(f, where=f"file '{path}'") for f in error.faults]
            continue
        try:
            with tempfile.TemporaryFile(dir=target.parent):
                pass
        except OSError as error:
            fault = Fault(f"file '{path}'", "", path, f"cannot be written: {error.strerror}", "choose another place")
            faults.append(fault)
        if target in taken:
            faults.append(Fault("file", "", path, f"{path} {taken[target]}", "name another file"))
        taken.setdefault(target, "is given twice")
    if faults:
        raise DataError(faults)


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a temporary file in the same folder and rename it, so that the file is never incomplete."""
    path = writable(path)
    try:
        temporary = path.with_name(f".{path.name[:100]}.{uuid.uuid4().hex}.part")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)  # reduced by the umask
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            if path.exists():
                temporary.chmod(stat.S_IMODE(path.stat().st_mode))
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise DataError(
            Fault("file", "", str(path), message, "choose another place, or free some space"), str(path)
        ) from None


def write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Write a new or empty folder of texts: a temporary folder is written and renamed."""
    where = str(folder)
    if folder.exists() and not folder.is_dir():
        raise DataError(Fault("folder", "", where, "is not a folder", "name a new one"), where)
    if folder.exists() and any(folder.iterdir()):
        message, fix = "exists and is not empty", "name a new folder; nothing is overwritten"
        raise DataError(Fault("folder", "", where, message, fix), where)
    place = folder.resolve()
    try:
        temporary = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name[:100]}.", suffix=".part"))
        try:
            for name, text in files.items():
                (temporary / name).parent.mkdir(parents=True, exist_ok=True)
                with (temporary / name).open("wb") as stream:
                    stream.write(text.encode("utf-8"))
                    stream.flush()
                    os.fsync(stream.fileno())
            temporary.chmod(0o755)
            temporary.replace(place)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
    except OSError as error:
        fix = "choose another place, or free some space"
        raise DataError(Fault("folder", "", where, f"cannot be created: {error.strerror}", fix), where) from None
