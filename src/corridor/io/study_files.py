"""A study is a folder: `study.yaml`, a network, and the tables, projects and scenarios beside it."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridor.cache import digest as cache_digest
from corridor.errors import DataError, Fault, UnknownIdError
from corridor.files.whole_files import read_text
from corridor.model.names import nearest
from corridor.model.network import Network
from corridor.model.study_settings import Settings, settings_of

if TYPE_CHECKING:
    from corridor.model.scenario import Scenario  # imported when a scenario is read: routes need none

SETTINGS = "study.yaml"
TABLES = ("demand", "zones", "growth", "seasons", "willingness", "counts", "times", "gates", "reference_class")
HASHED = (".yaml", ".csv", ".geojson", ".json", ".gpkg", ".parquet")
Row = Mapping[str, str]


@dataclass(frozen=True, eq=False)
class StudyFiles:
    """The files of a study beside its network; what was read once is not read again."""

    folder: Path
    cache: dict[Any, Any] = field(default_factory=dict, repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle a shipped study by its place in the package, one's own with its tables: workers may be elsewhere."""
        if self.folder.is_relative_to(data_folder()):
            return _shipped_in, (self.folder.relative_to(data_folder()).as_posix(),)
        _ = [self.table(name) for name in TABLES], self.projects, self.settings
        read = {k: v for k, v in self.cache.items() if k == "projects" or k[0] == "table"}
        return _with_settings, (self.folder, read, self.settings)

    @cached_property
    def settings(self) -> Settings:
        """The settings in `study.yaml`; reading them raises a DataError that lists every fault."""
        path = self.file(SETTINGS) or self.folder / SETTINGS
        return settings_of(_yaml(path), str(path))

    def file(self, name: str) -> Path | None:
        """Return a file of the study, None if it has none; a file that leads outside the folder is refused."""
        path = self.folder / name
        if not path.exists():
            return None
        if not path.resolve().is_relative_to(self.folder.resolve()):
            raise DataError(Fault("study", name, str(path), "leads outside the folder of the study", "copy the file"))
        return path

    def table(self, name: str) -> tuple[Row, ...]:
        """Return the rows of a table, unchanged; none if the study has no such table."""
        if ("table", name) not in self.cache:
            path = self.table_file(name)
            rows: tuple[Row, ...] = ()
            if path is not None:
                with path.open(encoding="utf-8-sig", newline="") as lines:
                    rows = tuple(csv.DictReader(lines, strict=True))
            self.cache["table", name] = rows
        found: tuple[Row, ...] = self.cache["table", name]
        return found

    def table_file(self, name: str) -> Path | None:
        """Return the file of a table: in the folder itself, or in `tables`."""
        return self.file(f"{name}.csv") or self.file(f"tables/{name}.csv")

    @cached_property
    def digest(self) -> str:
        """A hash of all files of the study."""
        files = sorted(p for p in self.folder.rglob("*") if p.is_file() and p.suffix in HASHED)
        parts = [(p.relative_to(self.folder).as_posix().encode(), p.read_bytes()) for p in files]
        return cache_digest(x for pair in parts for x in pair)

    @property
    def projects(self) -> tuple[dict[str, Any], ...]:
        """The projects as records, with their effects as scenario edits.

        Examples
        --------
        >>> import corridor
        >>> next(p for p in corridor.load().study.projects if p["id"] == "rasht-astara")["status"]
        'planned'
        """
        if "projects" not in self.cache:
            path = self.file("projects.yaml")
            records = [] if path is None else _yaml(path)
            if not isinstance(records, list) or not all(isinstance(r, dict) for r in records):
                fix = "give a list of projects; `corridor new FOLDER` writes an example"
                raise DataError(Fault("projects.yaml", "", None, "is not a list of projects", fix), str(path))
            self.cache["projects"] = tuple(records)
        return tuple(dict(p) for p in self.cache["projects"])

    @property
    def scenarios(self) -> dict[str, Path]:
        """The files of the scenarios by name."""
        return {
            p.stem: p for p in sorted((self.folder / "scenarios").glob("*.yaml")) if self.file(f"scenarios/{p.name}")
        }

    def scenario(self, name_or_file: str | os.PathLike[str]) -> Scenario:
        """Return a scenario of the study by name, or the scenario in a file."""
        key = ("scenario", name_or_file)
        if name_or_file not in self.scenarios:
            return find_scenario(name_or_file, self.scenarios)
        if key not in self.cache:
            self.cache[key] = find_scenario(name_or_file, self.scenarios)
        found: Scenario = self.cache[key]
        return found


def find_scenario(name_or_file: str | os.PathLike[str], known: Mapping[str, Path]) -> Scenario:
    """Return a scenario by name, or the scenario in a file."""
    from corridor.model.scenario import Scenario

    name = os.fspath(name_or_file)
    if name in known:
        return Scenario.read(known[name])
    if not Path(name).suffix and not os.path.lexists(name):
        raise UnknownIdError("scenario", name, nearest(name, known) or list(known))
    return Scenario.read(name)


def scenario_for(network: Network, name_or_file: str | os.PathLike[str]) -> Scenario:
    """Return a scenario of the study of a network by name, or the scenario in a file."""
    return find_scenario(name_or_file, {} if network.study is None else network.study.scenarios)


def study_of(network: Network) -> StudyFiles:
    """Return the files of the study of a network.

    Raises
    ------
    DataError
        If the network was read from a file that belongs to no study.
    """
    if network.study is None:
        fix = "load a study: corridor.load(FOLDER), --study FOLDER; `corridor new FOLDER` writes one"
        message = "has no study, so no demand, counts or projects"
        raise DataError(Fault(f"network '{network.name}'", "", None, message, fix))
    return network.study


def _yaml(path: Path) -> Any:
    import yaml

    from corridor.files.yaml_file import load_yaml

    try:
        return load_yaml(read_text(str(path)))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = path.name if mark is None else f"{path.name} line {mark.line + 1}"
        message = f"is not plain YAML: {getattr(error, 'problem', None) or error}"
        raise DataError(Fault(where, "", None, message, "correct the file"), str(path)) from None


def data_folder() -> Path:
    """Return the folder of the shipped data, in the wheel or in the source tree."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "data"
    return installed if (installed / SETTINGS).exists() else package.parent.parent / "data"


@cache
def _shipped(folder: Path) -> tuple[StudyFiles, ...]:
    return tuple(StudyFiles(p) for p in (folder, *sorted(x.parent for x in folder.glob(f"*/{SETTINGS}"))))


def _shipped_in(place: str) -> StudyFiles:
    folder = data_folder() / place
    return next((files for files in _shipped(data_folder()) if files.folder == folder), StudyFiles(folder))


def _with_settings(folder: Path, read: dict[Any, Any], settings: Settings) -> StudyFiles:
    files = StudyFiles(folder, read)
    files.__dict__["settings"] = settings
    return files


def default_study() -> StudyFiles:
    """Return the shipped study that questions without a study are about."""
    return _shipped(data_folder())[0]


def shipped_studies() -> dict[str, StudyFiles]:
    """Return the studies shipped with the package by name, the default one first."""
    return {files.settings.name: files for files in _shipped(data_folder())}
