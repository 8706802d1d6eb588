"""Load a study: its network, with the tables, projects and scenarios beside it."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from weakref import WeakValueDictionary

from corridor.errors import DataError, Fault, UnknownIdError
from corridor.files.whole_files import path_of
from corridor.io.formats.geojson import raw_network_of_geojson
from corridor.io.networks import read
from corridor.io.raw_networks import network_of
from corridor.io.study_checks import collected, study_faults
from corridor.io.study_files import SETTINGS, StudyFiles, default_study, shipped_studies
from corridor.io.study_verbs import verbs_of
from corridor.model.names import nearest
from corridor.model.network import Network

NETWORKS = ("network.geojson", "network.json", "network.gpkg", "network.parquet", "network")


def load(study: str | os.PathLike[str] | None = None) -> Network:
    """Return the network of a study; its tables, projects and scenarios come with it.

    A shipped study was checked when it was built. While its network is in use, every call returns
    the same object: it is immutable, and its cached results are reused.

    Parameters
    ----------
    study
        The name of a shipped study, or the folder of one's own: `study.yaml`, a network
        (`network.geojson`, `.gpkg`, `.parquet` or a GMNS folder `network`) and tables. By default the
        shipped study of the International North-South Transport Corridor.

    Raises
    ------
    UnknownIdError
        If there is neither a shipped study nor a folder of that name.
    DataError
        If anything is wrong with the files of the folder; lists every fault.

    Examples
    --------
    >>> import corridor
    >>> net = corridor.load()
    >>> net.name, corridor.load() is net
    ('instc', True)
    """
    if study is None:
        return _shipped_network(default_study())
    name = path_of(study, name="study")
    if os.path.lexists(name):
        return _network_in(Path(name))
    shipped = shipped_studies()
    if name in shipped:
        return _shipped_network(shipped[name])
    raise UnknownIdError("study", name, nearest(name, shipped) or list(shipped))


def _shipped_network(files: StudyFiles) -> Network:
    found = _networks.get(files.folder)
    if found is None:
        path = files.folder / NETWORKS[0]
        content = path.read_bytes()
        raw = raw_network_of_geojson(json.loads(content), path.name)
        found = _networks[files.folder] = network_of(raw, content, files)
    return found


_networks: WeakValueDictionary[Path, Network] = WeakValueDictionary()


def _network_in(folder: Path) -> Network:
    """Return the network of the study in a folder, with everything in it checked together."""
    network, faults = _checked(folder, thorough=False)
    errors = [f for f in faults if f.severity == "error"]
    if errors or network is None:
        raise DataError(errors, str(folder))
    return network


def is_study(path: str) -> bool:
    """Whether a path is a folder with the settings of a study."""
    try:
        return (Path(path) / SETTINGS).is_file()
    except (OSError, ValueError):  # the path is too long, or none
        return False


def examine_study(folder: str) -> tuple[list[Fault], dict[str, bool | str]]:
    """Return all faults and warnings of a study, and which questions it can answer: true, or what it needs."""
    network, faults = _checked(Path(folder), thorough=True)
    is_faulty = network is None or any(f.severity == "error" for f in faults)
    return faults, {} if network is None or is_faulty else verbs_of(network)


def _checked(folder: Path, *, thorough: bool) -> tuple[Network | None, list[Fault]]:
    if not is_study(str(folder)):
        fix = "`corridor new FOLDER` writes a study; `corridor.read(FILE)` reads a network alone"
        raise DataError(Fault("study", "", str(folder), f"has no {SETTINGS}: it is not a study", fix), str(folder))
    files = StudyFiles(folder)
    faults: list[Fault] = []
    network = _read(files, faults)
    with collected(faults):
        _ = files.settings
    if network is None or faults:
        return None, faults
    network = replace(network, study=files, digest=files.digest)
    return network, study_faults(network, thorough=thorough)


def _read(files: StudyFiles, faults: list[Fault]) -> Network | None:
    found = [name for name in NETWORKS if files.file(name)]
    if len(found) != 1:
        message = f"has {' and '.join(found)}" if found else "has no network"
        faults.append(Fault("study", "", str(files.folder), message, f"keep one of {', '.join(NETWORKS)}"))
        return None
    with collected(faults):
        return read(files.folder / found[0])
    return None
