"""The result of a calibration: counts, constants, demand and other inputs as the counts leave them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from corridor.displayable import Result
from corridor.model.provenance import provenance_entry
from corridor.study.calibration_text import calibration_text
from corridor.study.posterior import Posterior


@dataclass(frozen=True, slots=True)
class FittedCount:
    """An observed volume beside the model's, in net Mt of its period, with other traffic.

    `before_mt` is in the central state before the fit, `after_mt` at the most probable state; `p10_mt` to
    `p90_mt` are quantiles over the ensemble with the error of the model; `misses` is the distance of the
    logarithms at the most probable state in standard errors.
    """

    id: str
    group: str
    name: str
    period: str
    counted_mt: float
    before_mt: float
    after_mt: float
    p10_mt: float
    p50_mt: float
    p90_mt: float
    misses: float


@dataclass(frozen=True, slots=True)
class Constant:
    """What a group of cargo prefers (below 0) or avoids at a gate beyond its costs, in USD/t.

    Mean and standard deviation over the ensemble; `prior_usd_t` is the standard deviation before the counts.
    """

    gate: str
    nest: str
    cargo_group: str
    usd_t: float
    standard_error: float
    prior_usd_t: float


@dataclass(frozen=True, slots=True)
class DemandRow:
    """A row of the demand: its factor, and how far it moved in standard deviations of its own range."""

    row: str
    factor: float
    moved_sigma: float
    standard_error: float


@dataclass(frozen=True, slots=True)
class Input:
    """Any other input: its score (0 ± 1 before the counts), the factor on its figures, 5 to 95 %.

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
    """A fit of all uncertain inputs to the counts of a year, and the ensemble that the counts leave.

    `p_value` is the probability, before the counts were seen, of counts at least as far from the model in the
    given errors. `evidence` counts the independent directions of all inputs that the counts determine better
    than their ranges. `inputs` are the others that moved most.
    """

    _TABLES: ClassVar[Mapping[str, str]] = {
        "counts": "counts", "constants": "constants", "demand": "demand", "inputs": "inputs",
    }  # fmt: skip

    network: str
    data_version: str
    year: int
    model_error: float
    members: int
    seed: int
    counts: tuple[FittedCount, ...]
    constants: tuple[Constant, ...]
    demand: tuple[DemandRow, ...]
    inputs: tuple[Input, ...]
    penalty_before: float
    penalty_after: float
    p_value: float
    directions: int
    posterior: Posterior = field(repr=False, compare=False)

    @property
    def unidentified(self) -> tuple[str, ...]:
        """The constants that the counts hardly narrow."""
        return tuple(f"{c.gate} {c.cargo_group}" for c in self.constants if c.standard_error > HARDLY * c.prior_usd_t)

    def __str__(self) -> str:
        return calibration_text(self)

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the ensemble with the JSON keys of the command line."""
        tables = {name: [asdict(x) for x in getattr(self, name)] for name in self._TABLES}
        scalars = ("network", "data_version", "year", "model_error", "members", "seed")
        numbers = ("penalty_before", "penalty_after", "p_value", "directions")
        return {
            **{k: getattr(self, k) for k in scalars},
            **tables,
            **{k: getattr(self, k) for k in numbers},
            "unidentified": list(self.unidentified),
            **provenance_entry(self),
        }


HARDLY = 0.95  # of the spread before: a constant with more has learnt less than a tenth
