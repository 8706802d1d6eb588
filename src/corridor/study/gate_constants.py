"""Constants of gates: what a group of cargo prefers or avoids at a gate beyond its costs.

A constant is a charge in USD/t on every path through the gate: habit, refusals, service, what no tariff holds.
It is zero unless counts say otherwise; a calibration draws it. The constants of one nest and group of cargo are
a family.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from corridor.arrays import Array
from corridor.assignment.choice_set import ChoiceSet
from corridor.assignment.gate_paths import gate_of_paths
from corridor.model.gate import Gate
from corridor.model.uncertain_inputs import Z_95, UncertainInput

UNIT_USD_T = 10_000.0  # a factor of 1 + c / UNIT_USD_T on a charge of this size, less the charge, is the constant c
GROUP = "constants of gates"
SPREAD = 1.5  # standard deviation of the utility of a gate before counts, if the study gives none; assumed


@dataclass(frozen=True)
class GateConstants:
    """The constants of a choice set: their inputs, the one that each path pays (-1: none), and their spreads."""

    inputs: tuple[UncertainInput, ...]
    of_path: Array
    gates: tuple[str, ...]
    cargo_groups: tuple[str, ...]

    def usd_t(self, factors: Array) -> Array:
        """Return the constants in USD/t in factors of their inputs."""
        return (factors - 1.0) * UNIT_USD_T


def gate_constants_of(
    choice_set: ChoiceSet, gates: Sequence[Gate], cargo_groups: Mapping[str, Sequence[str]], spread: float
) -> GateConstants:
    """Return the constants of the gates that some path passes; `spread` is the prior standard deviation of utility."""
    context = choice_set.context
    group_of = {c: name for name, cargoes in cargo_groups.items() for c in cargoes}
    groups = [group_of.get(c, context.network.cargo(c).cargo_class) for c in context.demand.cargoes]
    names = sorted(set(groups))
    group = np.array([names.index(g) for g in groups], dtype=np.int64)[choice_set.commodity]
    gate = gate_of_paths(choice_set, gates)
    key = np.where(gate < 0, -1, gate * len(names) + group)
    used = np.unique(key[key >= 0])
    found = []
    for k in used.tolist():
        at, cargo = gates[k // len(names)], names[k % len(names)]
        scale = float(np.mean(context.scale[[i for i, g in enumerate(groups) if g == cargo]]))
        reach = math.exp(Z_95 * spread / scale / UNIT_USD_T)
        family = f"constants of {at.nest}, {cargo}"
        found.append(UncertainInput(f"constant {at.id} {cargo}", 1 / reach, reach, False, family, GROUP))
    of_path = np.where(key < 0, -1, np.searchsorted(used, key))
    at_gates = tuple(gates[k // len(names)].id for k in used.tolist())
    return GateConstants(tuple(found), of_path, at_gates, tuple(names[k % len(names)] for k in used.tolist()))
