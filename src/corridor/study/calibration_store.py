"""Calibrations in files: in the folder of a study, and in the cache."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from corridor import cache
from corridor.arrays import Array
from corridor.assignment.path_costs import NOTES, PRICED, values_of
from corridor.files.whole_files import write_bytes
from corridor.io.study_files import study_of
from corridor.model.network import Network
from corridor.study.calibration_result import Calibration, Constant, DemandRow, FittedCount, Input
from corridor.study.posterior import Posterior

SHIPPED = "calibration.npz"
TABLES = ("counts", "demand", "gates", "growth", "seasons", "willingness", "zones")
CALIBRATION_VERSION = 8  # of the algorithm: raise it when the fit may change
ROWS = {"counts": FittedCount, "constants": Constant, "demand": DemandRow, "inputs": Input}


def calibration_key(network: Network) -> str:
    """Return a hash of all that a calibration depends on: values and ranges, not sources and notes."""
    study = study_of(network)
    settings = study.settings
    events = [network.event(name).edits for name in network.history]
    known = (settings.cargo_groups, settings.years, settings.choice_set_years, settings.branch, network.edits, events)
    others = (network.trade, network.uses, network.screenlines, network.branches, study.projects)
    rows = [[{k: v for k, v in r.items() if k not in NOTES} for r in study.table(name)] for name in TABLES]
    parts = [repr(x).encode() for x in (*known, *others, *rows, f"calibration {CALIBRATION_VERSION}")]
    for name in (*PRICED, "node_table", "resource_table"):
        parts += values_of(getattr(network, name), ranges=True)
    return cache.digest(parts)


def posterior_of(network: Network) -> Posterior | None:
    """Return what the counts leave of the inputs of a study; None if its folder holds no calibration that fits it.

    A network with scenarios has that of its baseline. What is only in the cache does not count: an answer
    depends on the study alone.
    """
    base = network.baseline or network
    if "posterior" not in base.cache:
        found = _calibration_in(study_of(base).file(SHIPPED), calibration_key(base))
        base.cache["posterior"] = None if found is None else found.posterior
    posterior: Posterior | None = base.cache["posterior"]
    return posterior


def stored_calibration(network: Network, members: int) -> Calibration | None:
    """Return the calibration in the folder of the study, or of some members in the cache, that belongs to a network."""
    key = calibration_key(network)
    found = _calibration_in(study_of(network).file(SHIPPED), key)
    return found or _calibration_from(cache.load_arrays(f"calibration-{key}-{members}"))


def store_calibration(network: Network, found: Calibration) -> None:
    """Store a calibration in the cache."""
    cache.save_arrays(f"calibration-{calibration_key(network)}-{found.members}", _arrays_of(found))


def write_calibration(path: Path, network: Network, found: Calibration) -> None:
    """Write a calibration as the file that a study can hold."""
    content = io.BytesIO()
    np.savez_compressed(content, key=np.array(calibration_key(network)), **_arrays_of(found))  # type: ignore[arg-type]
    write_bytes(path, content.getvalue())


def _arrays_of(found: Calibration) -> dict[str, Array]:
    plain = {f.name: getattr(found, f.name) for f in fields(found) if f.name not in (*ROWS, "posterior")}
    rows = {name: [asdict(x) for x in getattr(found, name)] for name in ROWS}
    posterior = found.posterior
    text = json.dumps({"plain": plain, "rows": rows, "names": posterior.names}).encode()
    years = sorted(posterior.shifts)
    return {
        "json": np.frombuffer(text, dtype=np.uint8),
        "members": posterior.members.astype(np.float16),
        "mean": posterior.mean,
        "direction": posterior.direction,
        "years": np.array(years, dtype=np.int64),
        "shifts": np.array([posterior.shifts[y] for y in years]),
    }


def _calibration_in(path: Path | None, key: str) -> Calibration | None:
    arrays = None if path is None else cache.arrays_in(path)
    return None if arrays is None or str(arrays.get("key", "")) != key else _calibration_from(arrays)


def _calibration_from(arrays: dict[str, Any] | None) -> Calibration | None:
    """Return the calibration in some arrays; None without them, or if they are damaged: it is computed again."""
    if arrays is None:
        return None
    try:
        return _read(arrays)
    except (KeyError, TypeError, ValueError) as error:
        cache.log.warning("the stored calibration cannot be used and is computed again: %s", error)
        return None


def _read(arrays: dict[str, Any]) -> Calibration:
    record = json.loads(arrays["json"].tobytes())
    names = tuple(record["names"])
    members = arrays["members"].astype(np.float64)
    if members.ndim != 2 or members.shape[1] != len(names) or not np.isfinite(members).all():
        raise ValueError("members")
    for name in ("mean", "direction"):
        if arrays[name].shape != (len(names),) or not np.isfinite(arrays[name]).all():
            raise ValueError(name)
    shifts = dict(zip(arrays["years"].tolist(), arrays["shifts"].tolist(), strict=True))
    posterior = Posterior(names, members, arrays["mean"], arrays["direction"], shifts)
    rows: dict[str, Any] = {name: tuple(kind(**r) for r in record["rows"][name]) for name, kind in ROWS.items()}
    return Calibration(**record["plain"], **rows, posterior=posterior)
