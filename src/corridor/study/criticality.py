"""What a branch loses when something fails: one element at a time, or two, each by a true solution anew."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from corridor import kernel
from corridor.displayable import Plottable
from corridor.errors import DataError
from corridor.io.demand_tables import BASE_YEAR
from corridor.model.network import Network
from corridor.model.provenance import provenance_entry, with_provenance
from corridor.parallel import Workers, executor_faults, map_chunks
from corridor.study.branch import find_branch
from corridor.study.build_branch_study import branch_study_of
from corridor.study.monte_carlo import STEPS, TOLERANCE, MonteCarlo, monte_carlo_of
from corridor.study.option_checks import draw_faults, flag_faults, progress_faults, year_faults
from corridor.study.outage_elements import elements_of

Array = np.ndarray[Any, Any]
MT, HOURS_PER_DAY = 1e6, 24.0
BLOCK = 20
HIT = 5
SHARE = 0.05  # of the branch: pairs of what carries less, in every failure, are left out
CARRIES_T = 1.0  # tonnes a year: with less, an element carries nothing


@dataclass(frozen=True, slots=True)
class Failure:
    """What the branch loses in a year without one element, or two (`with_id`).

    `lost_mt` of its cargo no longer crosses it, for two elements `beyond_mt` more than
    for each alone. `extra_usd` is what all cargo of the
    network pays more in generalised cost, and what stays at home would have paid more than
    its way cost; `extra_days` by tonne of the branch's trade that still goes, by whatever way.
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
class Criticality(Plottable):
    """Failures of one year, worst first; `unaffected` elements carry nothing, so their failure changes nothing.

    `solved` different sets of ways were shut; elements with the same ways share an answer.
    """

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

    def __repr__(self) -> str:
        return f"Criticality '{self.branch}' {self.year}: {len(self.rows)} elements carry something"


def _record(f: Failure) -> dict[str, Any]:
    return {**asdict(f), "hit": [{"ends": ends, "lost_mt": mt} for ends, mt in f.hit]}


@with_provenance
def criticality(
    network: Network,
    branch: str = "eastern",
    *,
    year: int = BASE_YEAR,
    pairs: bool = False,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Criticality:
    """Return what a branch loses in a year when anything fails, and with `pairs` when any two things do.

    Links, transfers, resources (yards, tracks, harbours, posts), ports, borders and
    terminals as places, countries and the railways of countries fail for the whole
    year; the central case of that year is solved anew on the ways that remain.

    Parameters
    ----------
    network
        The network, with the scenarios that are asked about applied.
    branch
        A branch of the network.
    year
        2024 to 2030.
    pairs
        Also every two elements, but for countries and railways, of which each carries a
        twentieth of the branch or more, as things are or when any one element has failed.
    workers, executor, watch
        Threads, or somebody's `concurrent.futures.Executor` of processes or machines: the answer is
        the same. `progress` is told of cases done, and of how many.

    Returns
    -------
    Criticality
        Lost Mt, extra USD and days, who is hit; worst first.

    Raises
    ------
    UnknownIdError
        If the network has no such branch.
    DataError
        If the year cannot be.

    Examples
    --------
    >>> import corridor
    >>> found = corridor.criticality(corridor.load(), "eastern", year=2024)
    >>> worst = found.rows[0]
    >>> bool(0 < worst.lost_mt <= found.throughput_mt)
    True
    """
    faults = (
        year_faults(year)
        + draw_faults(0, 0, workers)
        + executor_faults(executor)
        + flag_faults(pairs=pairs)
        + progress_faults(progress)
    )
    if faults:
        raise DataError(faults)
    find_branch(network, branch)
    study = branch_study_of(network, branch, year)
    outages = OutageModel(monte_carlo_of(study, all_ways=True), year)
    run_on = executor or workers
    outages.fail_singly(run_on, progress)
    double, solved = [], len(outages.outcomes)
    if pairs:
        few = OutageModel(monte_carlo_of(study), year)
        few.fail_singly(run_on, None)
        double = few.fail_in_pairs(run_on, progress)
        solved += len(few.outcomes)
    return Criticality(
        network=network.name,
        data_version=str(network.meta.get("data_version", "")),
        scenarios=network.scenarios,
        branch=study.branch.id,
        year=year,
        throughput_mt=float(outages.base[0]) / MT,
        rows=tuple(sorted((outages.failure(i) for i in outages.moving), key=_worst)),
        pairs=tuple(sorted(double, key=_worst)),
        unaffected=len(outages.elements) - len(outages.moving),
        solved=solved,
    )


def _worst(f: Failure) -> tuple[float, float, str, str]:
    return -round(f.lost_mt, 9), -round(f.extra_usd, 3), f.id, f.with_id or ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A year without some ways: tonnes across, USD of all, hours times tonnes and tonnes of the branch's trade."""

    answer: tuple[float, ...]
    hit: tuple[tuple[str, float], ...]


class OutageModel:
    """The central case of a year laid out for the kernel, and what it comes to when sets of ways fail."""

    def __init__(self, monte_carlo: MonteCarlo, year: int) -> None:
        self.study = monte_carlo.study
        self.given, flow = monte_carlo.one_year(year)
        self.elements = list(elements_of(self.study))
        self.sets: list[Array] = []  # those that fail together, each once
        self.number: dict[bytes, int] = {}
        self.numbers = [self._number(e.paths) for e in self.elements]
        carries = flow > CARRIES_T
        self.moving = [i for i, e in enumerate(self.elements) if carries[e.paths].any()]
        self.outcomes: dict[int, Outcome] = {}
        answer, crossed, self.most, self.every = self.run([np.zeros(0, np.int64)])
        self.base, self.crossed = answer[0], crossed[0]

    def _number(self, paths: Array) -> int:
        number = self.number.setdefault(paths.tobytes(), len(self.sets))
        if number == len(self.sets):
            self.sets.append(paths)
        return number

    def run(self, shut: Sequence[Array]) -> tuple[Array, Array, Array, Array]:
        """Return answers, tonnes across by commodity, the most by path, and all tonnes by path of the last set."""
        return _solved(self._given(), shut)

    def _given(self) -> tuple[Any, ...]:
        choice_set = self.study.choice_set
        return kernel.mode_for(len(choice_set.arcs)), self.given, len(self.study.demand), len(choice_set)

    def _solve(self, wanted: Sequence[int], run_on: Workers, progress: Callable[[int, int], None] | None) -> None:
        """Find what each set of failing ways comes to."""
        sets, done = [self.sets[i] for i in wanted], 0

        def told(blocks: int) -> None:
            nonlocal done
            before, done = done, done + blocks
            if progress is not None:
                progress(min(len(sets), done * BLOCK) - min(len(sets), before * BLOCK), len(sets))

        shared = (self._given(), sets, self.crossed, self.study.branch.ends)
        for first, outcomes, most in map_chunks(run_on, _fail_blocks, shared, -(-len(sets) // BLOCK), told):
            self.outcomes |= dict(zip(wanted[first:], outcomes, strict=False))
            self.most = np.maximum(self.most, most)

    def fail_singly(self, run_on: Workers, progress: Callable[[int, int], None] | None) -> None:
        """Solve the year without each element that carries something."""
        self._solve(sorted({self.numbers[i] for i in self.moving}), run_on, progress)

    def fail_in_pairs(self, run_on: Workers, progress: Callable[[int, int], None] | None) -> list[Failure]:
        """Return pairs of elements that carry something of the branch, or did when one failed.

        No element left out takes more than `SHARE` of its tonnes in any of the failures.
        """
        chosen: dict[int, int] = {}
        for i in self.moving:
            if self.elements[i].kind in ("country", "operator"):
                continue
            if float(self.most[self.elements[i].paths].sum()) > SHARE * self.base[0]:
                chosen.setdefault(self.numbers[i], i)
        both: dict[tuple[int, int], int] = {}
        for a, b in itertools.combinations(sorted(chosen), 2):
            together = np.union1d(self.sets[a], self.sets[b])
            if len(together) > max(len(self.sets[a]), len(self.sets[b])):  # otherwise one of them says it all
                both[a, b] = self._number(together)
        self._solve(sorted(set(both.values()) - set(self.outcomes)), run_on, progress)
        return [self.failure(chosen[a], chosen[b], n) for (a, b), n in both.items()]

    def failure(self, i: int, with_: int | None = None, number: int | None = None) -> Failure:
        """Return the difference that the failure of an element makes, or of two whose ways have a number."""
        one = self.elements[i]
        other = None if with_ is None else self.elements[with_]
        found = self.outcomes[self.numbers[i] if number is None else number]
        days = [x[2] / max(x[3], 1.0) / HOURS_PER_DAY for x in (found.answer, self.base.tolist())]
        lost = self._lost_mt(found)
        alone = 0.0 if with_ is None else sum(self._lost_mt(self.outcomes[self.numbers[x]]) for x in (i, with_))
        return Failure(
            one.id,
            one.kind,
            one.name if other is None else f"{one.name}; {other.name}",
            None if other is None else other.id,
            lost,
            None if other is None else lost - alone,
            found.answer[1] - float(self.base[1]),
            days[0] - days[1],
            found.hit,
        )

    def _lost_mt(self, found: Outcome) -> float:
        return (float(self.base[0]) - found.answer[0]) / MT


def _solved(given: tuple[Any, ...], shut: Sequence[Array]) -> tuple[Array, Array, Array, Array]:
    mode, year, commodities, paths = given
    first = np.concatenate([[0], np.cumsum([len(s) for s in shut])]).astype(np.int64)
    ways = np.concatenate(shut).astype(np.int64)
    out = (np.zeros((len(shut), 4)), np.zeros((len(shut), commodities)), np.zeros(paths), np.zeros(paths))
    kernel.load("failures", mode).failures(0, len(shut), first, ways, *year, TOLERANCE, STEPS, out)
    return out


def _fail_blocks(shared: Any, begin: int, end: int) -> tuple[int, list[Outcome], Array]:
    """Solve blocks of sets of failing ways: the first of them, what each comes to, and the most by path."""
    given, sets, crossed, ends = shared
    outcomes: list[Outcome] = []
    most = np.zeros(given[3])
    for k in range(begin * BLOCK, min(end * BLOCK, len(sets)), BLOCK):
        answer, across, here, _ = _solved(given, sets[k : min(k + BLOCK, end * BLOCK)])
        outcomes += [
            Outcome(tuple(a), pairs_hit(crossed - c, ends)) for a, c in zip(answer.tolist(), across, strict=True)
        ]
        most = np.maximum(most, here)
    return begin * BLOCK, outcomes, most


def pairs_hit(difference: Array, ends: Sequence[Sequence[str]]) -> tuple[tuple[str, float], ...]:
    """Return the pairs of countries that lose most of the branch, in Mt, by tonnes less across by commodity."""
    lost: dict[str, float] = {}
    for c in np.flatnonzero(difference > CARRIES_T).tolist():
        pair = "-".join(ends[c])
        lost[pair] = lost.get(pair, 0.0) + float(difference[c]) / MT
    return tuple(sorted(lost.items(), key=lambda x: (-x[1], x[0]))[:HIT])
