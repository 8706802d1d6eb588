"""The network shipped with the package."""

from __future__ import annotations

import json
from pathlib import Path
from weakref import WeakValueDictionary

from corridor.io.formats.geojson import raw_network_of_geojson
from corridor.io.raw_networks import network_of
from corridor.io.shipped_files import shipped_path
from corridor.model.network import Network


def load() -> Network:
    """Return the shipped network: the International North-South Transport Corridor.

    It is checked when it is built, not when it is loaded. While it is in use, every call returns
    the same object: it is immutable, and its cached results are reused.

    Examples
    --------
    >>> import corridor
    >>> net = corridor.load()
    >>> net.name, corridor.load() is net
    ('instc', True)
    """
    path = shipped_path()
    found = _shipped.get(path)
    if found is None:
        content = path.read_bytes()
        found = _shipped[path] = network_of(raw_network_of_geojson(json.loads(content), path.name), content)
    return found


_shipped: WeakValueDictionary[Path, Network] = WeakValueDictionary()
