"""The result of a calibration. It is stored, because a calibration takes half a minute."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from corridor import cache
from corridor.displayable import Result
from corridor.io.study_files import study_of
from corridor.model.network import Network
from corridor.model.provenance import provenance_entry
from corridor.study.calibration_text import calibration_text

TABLES = ("counts", "demand", "growth", "seasons", "willingness", "zones")
CORRELATED, IDENTIFIED = 0.5, 0.1
CALIBRATION_VERSION = 7  # of the algorithm: raise it when the fit may change


@dataclass(frozen=True, slots=True)
class FittedCount:
    """An observed volume beside the model's, in net Mt of its period.

    `before_mt` is at the recorded values, as in `misfit`, `after_mt` at the fit; both with other traffic.
    """

    id: str
    group: str
    name: str
    period: str
    counted_mt: float
    before_mt: float
    after_mt: float


@dataclass(frozen=True, slots=True)
class Input:
    """A free input: its score and standard error (0 and 1 before), and the factor on its figures, 5 to 95 %.

    `learnt` is the part of the variance of its score that the counts remove.
    """

    id: str
    score: float
    standard_error: float
    learnt: float
    factor: float
    factor_low: float
    factor_high: float


@dataclass(frozen=True)
class Calibration(Result):
    """The fitted counts and inputs, and which inputs the counts cannot separate."""

    _TABLES: ClassVar[Mapping[str, str]] = {"counts": "counts", "inputs": "inputs"}

    network: str
    data_version: str
    year: int
    counts: tuple[FittedCount, ...]
    inputs: tuple[Input, ...]
    covariance: tuple[tuple[float, ...], ...]
    penalty_before: float
    penalty_after: float
    rounds: int

    @property
    def correlated(self) -> tuple[tuple[str, str, float], ...]:
        """Pairs of inputs that the counts cannot separate, with their correlation."""
        c = np.array(self.covariance)
        spread = np.sqrt(np.diag(c))
        r = c / np.outer(spread, spread)
        ids = [i.id for i in self.inputs]
        pairs = [(ids[i], ids[j], float(r[i, j])) for i in range(len(ids)) for j in range(i)]
        return tuple(sorted((p for p in pairs if abs(p[2]) > CORRELATED), key=lambda p: -abs(p[2])))

    @property
    def unidentified(self) -> tuple[str, ...]:
        """Inputs that the counts hardly narrow; their ranges stay as before."""
        return tuple(i.id for i in self.inputs if i.learnt < IDENTIFIED)

    def __str__(self) -> str:
        return calibration_text(self)

    def to_dict(self) -> dict[str, Any]:
        """Return everything with the JSON keys of the command line."""
        return {
            **asdict(self),
            "correlated": [list(p) for p in self.correlated],
            "unidentified": list(self.unidentified),
            **provenance_entry(self),
        }


def calibration_key(network: Network) -> str:
    """Return a hash of what a calibration depends on; empty for a network that was not read from a file."""
    if not network.digest:
        return ""
    state = [network.digest, repr(network.edits), repr(network.history), repr(network.trade)]
    tables = [repr(study_of(network).table(name)) for name in TABLES]
    return cache.digest(x.encode() for x in (*state, *tables, f"calibration {CALIBRATION_VERSION}"))


def stored_calibration(key: str) -> Calibration | None:
    """Return the calibration that is stored with a key, or None."""
    arrays = cache.load_arrays(f"calibration-{key}") if key else None
    if arrays is None:
        return None
    try:
        record = json.loads(arrays["json"].tobytes())
        record["counts"] = tuple(FittedCount(**c) for c in record["counts"])
        record["inputs"] = tuple(Input(**i) for i in record["inputs"])
        covariance = np.array(record["covariance"], dtype=np.float64)
        if covariance.shape != (len(record["inputs"]),) * 2 or not np.isfinite(covariance).all():
            raise ValueError("covariance")
        record["covariance"] = tuple(map(tuple, record["covariance"]))
        return Calibration(**record)
    except (KeyError, TypeError, ValueError) as error:  # damaged: it is computed again
        cache.log.warning("the stored calibration cannot be used and is computed again: %s", error)
        return None


def store_calibration(key: str, found: Calibration) -> None:
    """Store a calibration with a key; floats are restored exactly."""
    if key:
        text = json.dumps(asdict(found)).encode()
        cache.save_arrays(f"calibration-{key}", {"json": np.frombuffer(text, dtype=np.uint8)})
