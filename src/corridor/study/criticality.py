"""Critical elements of a branch (N-1, or N-2 for pairs): the year is solved in full for every failure."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from corridor.arrays import Array
from corridor.displayable import Plottable, Result
from corridor.errors import DataError
from corridor.io.study_files import study_of
from corridor.model.network import Network
from corridor.model.provenance import provenance_entry, with_provenance
from corridor.parallel import Workers, executor_faults, map_chunks
from corridor.study.branch import find_branch
from corridor.study.branch_study import BranchStudy, branch_study_of
from corridor.study.criticality_text import criticality_text
from corridor.study.option_checks import draw_faults, flag_faults, progress_faults, year_faults
from corridor.study.outage_elements import elements_of
from corridor.study.year_cases import year_cases_of

MT, HOURS_PER_DAY = 1e6, 24.0
BLOCK = 20
HIT = 5
SHARE = 0.05  # of the branch: an element that carries less in every failure is in no pair
CARRIES_T = 1.0  # tonnes a year: an element with less counts as carrying nothing


@dataclass(frozen=True, slots=True)
class Failure:
    """What the branch loses in a year without one element, or two (`with_id`).

    `lost_mt` of its cargo no longer crosses it; for two elements, `beyond_mt` is the loss
    beyond the sum of both single losses. `extra_usd` is the additional generalised cost of all
    cargo of the network, unserved cargo at its willingness to pay; `extra_days` is per tonne
    of the branch's trade that is still carried, by all modes and routes.
    `hit` are the pairs of countries that lose most of the branch, in Mt.
    """

    id: str
    kind: str
    name: str
    with_id: str | None
    lost_mt: float
    beyond_mt: float | None
    extra_usd: float
    extra_days: float
    hit: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Criticality(Plottable, Result):
    """Failures of one year, worst first; `unaffected` elements carry nothing, so their failure changes nothing.

    `solved` counts the different sets of closed paths; elements with the same paths share a solution.
    """

    _TABLES: ClassVar[Mapping[str, str]] = {"rows": "to_frame", "pairs": "pairs"}

    network: str
    data_version: str
    scenarios: tuple[str, ...]
    branch: str
    year: int
    throughput_mt: float
    rows: tuple[Failure, ...]
    pairs: tuple[Failure, ...]
    unaffected: int
    solved: int

    def to_dict(self) -> dict[str, Any]:
        """Return everything with the JSON keys of the command line."""
        return {
            "network": self.network,
            "data_version": self.data_version,
            "scenarios": list(self.scenarios),
            "branch": self.branch,
            "year": self.year,
            "throughput_mt": self.throughput_mt,
            "rows": [_record(f) for f in self.rows],
            "pairs": [_record(f) for f in self.pairs],
            "unaffected": self.unaffected,
            "solved": self.solved,
            **provenance_entry(self),
        }

    def to_frame(self) -> Any:
        """Return the rows as a DataFrame."""
        import pandas as pd

        return pd.DataFrame([asdict(f) for f in self.rows]).drop(columns="with_id").set_index("id")

    def __str__(self) -> str:
        return criticality_text(self)

    def __repr__(self) -> str:
        return f"Criticality '{self.branch}' {self.year}: {len(self.rows)} elements carry something"


def _record(f: Failure) -> dict[str, Any]:
    return {**asdict(f), "hit": [{"ends": ends, "lost_mt": mt} for ends, mt in f.hit]}


@with_provenance
def criticality(
    network: Network,
    branch: str | None = None,
    *,
    year: int | None = None,
    pairs: bool = False,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Criticality:
    """Return what a branch loses in a year if an element fails, and with `pairs` if two elements fail.

    Links, transfers, resources (yards, tracks, harbours, border crossings), ports, borders
    and terminals as places, countries and the railways of countries fail for the whole
    year; the central case of that year is solved again on the remaining paths.

    Parameters
    ----------
    network
        The network, with the scenarios to be studied applied.
    branch
        A branch of the network.
    year
        A year of the study; by default its base year.
    pairs
        Also all pairs of elements, except countries and railways, that each carry a twentieth
        of the branch or more, in the baseline or after the failure of any one element.
    workers, executor, progress
        Threads, or a `concurrent.futures.Executor` of processes or machines: the result is
        the same. `progress` is called with the number of cases done, and of all cases.

    Returns
    -------
    Criticality
        Lost Mt, extra USD and days, the pairs of countries that lose most; worst first.

    Raises
    ------
    UnknownIdError
        If the network has no such branch.
    DataError
        If an option is invalid.

    Examples
    --------
    >>> import corridor
    >>> found = corridor.criticality(corridor.load(), "eastern", year=2024)
    >>> worst = found.rows[0]
    >>> bool(0 < worst.lost_mt <= found.throughput_mt)
    True
    """
    year = study_of(network).settings.base_year if year is None else year
    faults = (
        year_faults(network, year)
        + draw_faults(0, 0, workers)
        + executor_faults(executor)
        + flag_faults(pairs=pairs)
        + progress_faults(progress)
    )
    if faults:
        raise DataError(faults)
    find_branch(network, branch)
    study = branch_study_of(network, branch, year)
    outages = OutageModel(study, year)
    run_on = executor or workers
    outages.fail_singly(run_on, progress)
    pair_failures, solved = [], len(outages.outcomes)
    if pairs:
        pair_failures = outages.fail_in_pairs(run_on, progress)
        solved = len(outages.outcomes)
    return Criticality(
        network=network.name,
        data_version=str(network.meta.get("data_version", "")),
        scenarios=network.scenarios,
        branch=study.branch.id,
        year=year,
        throughput_mt=float(outages.base[0]) / MT,
        rows=tuple(sorted((outages.failure(i) for i in outages.moving), key=_severity)),
        pairs=tuple(sorted(pair_failures, key=_severity)),
        unaffected=len(outages.elements) - len(outages.moving),
        solved=solved,
    )


def _severity(f: Failure) -> tuple[float, float, str, str]:
    return -round(f.lost_mt, 9), -round(f.extra_usd, 3), f.id, f.with_id or ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A year without some paths: tonnes across, USD of all cargo, tonne-hours and tonnes of the branch's trade."""

    answer: tuple[float, ...]
    hit: tuple[tuple[str, float], ...]


class OutageModel:
    """The central case of a year, prepared for the kernel, and the outcome when sets of paths fail."""

    def __init__(self, study: BranchStudy, year: int) -> None:
        self.study = study
        self.cases, self.solved = year_cases_of(study, year)
        flow = np.sum([s.flow for s in self.solved], axis=0)
        self.elements = list(elements_of(self.study))
        self.sets: list[Array] = []  # different sets of paths that fail together
        self.number: dict[bytes, int] = {}
        self.numbers = [self._set_number(e.paths) for e in self.elements]
        carries = flow > CARRIES_T
        self.moving = [i for i, e in enumerate(self.elements) if carries[e.paths].any()]
        self.outcomes: dict[int, Outcome] = {}
        answer, crossed, self.most, _ = self.cases.run([np.zeros(0, np.int64)])
        self.base, self.crossed = answer[0], crossed[0]

    def _set_number(self, paths: Array) -> int:
        number = self.number.setdefault(paths.tobytes(), len(self.sets))
        if number == len(self.sets):
            self.sets.append(paths)
        return number

    def _solve(self, set_numbers: Sequence[int], run_on: Workers, progress: Callable[[int, int], None] | None) -> None:
        """Solve the year for each set of failed paths."""
        sets, done = [self.sets[i] for i in set_numbers], 0

        def report(blocks: int) -> None:
            nonlocal done
            before, done = done, done + blocks
            if progress is not None:
                progress(min(len(sets), done * BLOCK) - min(len(sets), before * BLOCK), len(sets))

        shared = (self.cases, sets, self.crossed, self.study.branch.ends)
        for first, outcomes, most in map_chunks(run_on, _fail_blocks, shared, -(-len(sets) // BLOCK), report):
            self.outcomes |= dict(zip(set_numbers[first:], outcomes, strict=False))
            self.most = np.maximum(self.most, most)

    def fail_singly(self, run_on: Workers, progress: Callable[[int, int], None] | None) -> None:
        """Solve the year without each element that carries something."""
        self._solve(sorted({self.numbers[i] for i in self.moving}), run_on, progress)

    def fail_in_pairs(self, run_on: Workers, progress: Callable[[int, int], None] | None) -> list[Failure]:
        """Return the failures of pairs of elements that carry cargo of the branch, at first or after one failure.

        Every element left out carries at most `SHARE` of the branch's tonnes in each of the failures.
        """
        chosen: dict[int, int] = {}
        for i in self.moving:
            if self.elements[i].kind in ("country", "operator"):
                continue
            if float(self.most[self.elements[i].paths].sum()) > SHARE * self.base[0]:
                chosen.setdefault(self.numbers[i], i)
        pair_numbers: dict[tuple[int, int], int] = {}
        for a, b in itertools.combinations(sorted(chosen), 2):
            union = np.union1d(self.sets[a], self.sets[b])
            if len(union) > max(len(self.sets[a]), len(self.sets[b])):  # otherwise one failure includes the other
                pair_numbers[a, b] = self._set_number(union)
        self._solve(sorted(set(pair_numbers.values()) - set(self.outcomes)), run_on, progress)
        return [self.failure(chosen[a], chosen[b], n) for (a, b), n in pair_numbers.items()]

    def failure(self, i: int, with_: int | None = None, number: int | None = None) -> Failure:
        """Return the effect of the failure of one element, or of two whose joint set of paths has a number."""
        first = self.elements[i]
        second = None if with_ is None else self.elements[with_]
        outcome = self.outcomes[self.numbers[i] if number is None else number]
        days = [x[2] / max(x[3], 1.0) / HOURS_PER_DAY for x in (outcome.answer, self.base.tolist())]
        lost = self._lost_mt(outcome)
        alone = 0.0 if with_ is None else sum(self._lost_mt(self.outcomes[self.numbers[x]]) for x in (i, with_))
        return Failure(
            first.id,
            first.kind,
            first.name if second is None else f"{first.name}; {second.name}",
            None if second is None else second.id,
            lost,
            None if second is None else lost - alone,
            outcome.answer[1] - float(self.base[1]),
            days[0] - days[1],
            outcome.hit,
        )

    def _lost_mt(self, outcome: Outcome) -> float:
        return (float(self.base[0]) - outcome.answer[0]) / MT


def _fail_blocks(shared: Any, begin: int, end: int) -> tuple[int, list[Outcome], Array]:
    """Solve blocks of sets of failed paths; return the position of the first, the outcomes, and the most by path."""
    cases, sets, crossed, ends = shared
    outcomes: list[Outcome] = []
    most = np.zeros(cases.paths)
    for k in range(begin * BLOCK, min(end * BLOCK, len(sets)), BLOCK):
        answer, across, block_most, _ = cases.run(sets[k : min(k + BLOCK, end * BLOCK)])
        outcomes += [
            Outcome(tuple(a), pairs_hit(crossed - c, ends)) for a, c in zip(answer.tolist(), across, strict=True)
        ]
        most = np.maximum(most, block_most)
    return begin * BLOCK, outcomes, most


def pairs_hit(difference: Array, ends: Sequence[Sequence[str]]) -> tuple[tuple[str, float], ...]:
    """Return the pairs of countries that lose most of the branch, in Mt, from the tonnes lost by commodity."""
    lost: dict[str, float] = {}
    for c in np.flatnonzero(difference > CARRIES_T).tolist():
        pair = "-".join(ends[c])
        lost[pair] = lost.get(pair, 0.0) + float(difference[c]) / MT
    return tuple(sorted(lost.items(), key=lambda x: (-x[1], x[0]))[:HIT])
