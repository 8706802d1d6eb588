"""What a branch loses when something fails: one element at a time, or two, each by a true solution anew."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from corridor import kernel
from corridor.errors import DataError, Fault
from corridor.io.demand import BASE_YEAR, LAST_YEAR
from corridor.model.network import Network
from corridor.study.assemble import setting_of
from corridor.study.batch import STEPS, TOLERANCE, Batch, batch_of
from corridor.study.branch import find_branch
from corridor.study.draws import draw_faults
from corridor.study.setting import Setting

Array = np.ndarray[Any, Any]
MT, HOURS_PER_DAY = 1e6, 24.0
BLOCK = 20
HIT = 5
SHARE = 0.05  # of the branch: pairs of what carries less, in every failure, are left out
CARRIES_T = 1.0  # tonnes a year: with less, an element carries nothing
NODE_KINDS = ("port", "border", "terminal")


@dataclass(frozen=True, slots=True)
class Failure:
    """What the branch loses in a year without one element, or two (`with_id`).

    `lost_mt` of its cargo no longer crosses it. `extra_usd` is what all cargo of the
    network pays more in generalised cost, and what stays at home would have paid more than
    its way cost; `extra_days` by tonne of the branch's trade that still goes, by whatever way.
    `hit` are the pairs of countries that lose most of the branch, in Mt.
    """

    id: str
    kind: str
    name: str
    with_id: str | None
    lost_mt: float
    extra_usd: float
    extra_days: float
    hit: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Criticality:
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
        }

    def to_frame(self) -> Any:
        """Return the rows as a DataFrame."""
        import pandas as pd

        return pd.DataFrame([asdict(f) for f in self.rows]).drop(columns="with_id").set_index("id")

    def __str__(self) -> str:
        from corridor.show.criticality import criticality_text

        return criticality_text(self)


def _record(f: Failure) -> dict[str, Any]:
    return {**asdict(f), "hit": [{"ends": ends, "lost_mt": mt} for ends, mt in f.hit]}


@dataclass(frozen=True)
class Element:
    """Something that can fail, with the ways (positions, ascending) that go with it."""

    id: str
    kind: str
    name: str
    paths: Array


def criticality(
    network: Network,
    branch: str = "eastern",
    *,
    year: int = BASE_YEAR,
    pairs: bool = False,
    workers: int | None = None,
    watch: Callable[[int, int], None] | None = None,
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
        Also every two elements of which each carries a twentieth of the branch or more, as
        things are or when any one element has failed.
    workers, watch
        The answer is the same with any number of workers; `watch` is told of cases done, and of how many.

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
    faults = draw_faults(0, 0, workers)
    if isinstance(year, bool) or not isinstance(year, int) or not BASE_YEAR <= year <= LAST_YEAR:
        faults.append(
            Fault("option", "year", repr(year), f"is {year!r}", f"give a year from {BASE_YEAR} to {LAST_YEAR}")
        )
    if faults:
        raise DataError(faults)
    find_branch(network, branch)
    batch = batch_of(setting_of(network, branch, year))
    case = _Case(batch, year)
    elements = list(_elements(batch.setting))
    sets = _Sets()
    numbers = [sets.number(e.paths) for e in elements]
    carries = case.flow > CARRIES_T
    moving = [i for i, e in enumerate(elements) if carries[e.paths].any()]
    answers = case.solve(sets, sorted({numbers[i] for i in moving}), workers, watch)
    rows = [case.failure(elements[i], None, answers[numbers[i]]) for i in moving]
    double: list[Failure] = []
    if pairs:
        double = _pairs(case, elements, numbers, sets, answers, moving, workers, watch)
    return Criticality(
        network=network.name,
        data_version=str(network.meta.get("data_version", "")),
        scenarios=network.scenarios,
        branch=batch.setting.branch.id,
        year=year,
        throughput_mt=float(case.base[0]) / MT,
        rows=tuple(sorted(rows, key=_worst)),
        pairs=tuple(sorted(double, key=_worst)),
        unaffected=len(elements) - len(moving),
        solved=len(answers),
    )


def _worst(f: Failure) -> tuple[float, float, str, str]:
    return -round(f.lost_mt, 9), -round(f.extra_usd, 3), f.id, f.with_id or ""


class _Sets:
    """Sets of ways that fail together, each once."""

    def __init__(self) -> None:
        self.known: dict[bytes, int] = {}
        self.paths: list[Array] = []

    def number(self, paths: Array) -> int:
        key = paths.tobytes()
        if key not in self.known:
            self.known[key] = len(self.paths)
            self.paths.append(paths)
        return self.known[key]


class _Case:
    """The central case of a year laid out for the kernel, and what it comes to with nothing failed."""

    def __init__(self, batch: Batch, year: int) -> None:
        self.batch, self.setting = batch, batch.setting
        self.given, self.flow = batch.one_year(year)
        answer, crossed, self.most = self._run([np.zeros(0, np.int64)])
        self.base, self.crossed = answer[0], crossed[0]

    def _run(self, shut: Sequence[Array]) -> tuple[Array, Array, Array]:
        first = np.concatenate([[0], np.cumsum([len(s) for s in shut])]).astype(np.int64)
        every = np.concatenate(shut).astype(np.int64)
        answer, crossed = np.zeros((len(shut), 4)), np.zeros((len(shut), len(self.setting.demand)))
        out = (answer, crossed, np.zeros(len(self.setting.pool)))
        module = kernel.load("failures", kernel.mode_for(len(self.setting.pool.arcs)))
        module.failures(0, len(shut), first, every, *self.given, TOLERANCE, STEPS, out)
        return out

    def solve(
        self, sets: _Sets, wanted: Sequence[int], workers: int | None, watch: Callable[[int, int], None] | None
    ) -> dict[int, tuple[Array, Array]]:
        """Return what each set of failing ways comes to."""
        found: dict[int, tuple[Array, Array]] = {}

        def work(first: int) -> tuple[list[tuple[int, Array, Array]], Array]:
            mine = list(wanted[first : first + BLOCK])
            answer, crossed, most = self._run([sets.paths[i] for i in mine])
            if watch is not None:
                watch(len(mine), len(wanted))
            return list(zip(mine, answer, crossed, strict=True)), most

        with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
            try:
                for rows, most in pool.map(work, range(0, len(wanted), BLOCK)):
                    found |= {i: (a, c) for i, a, c in rows}
                    self.most = np.maximum(self.most, most)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return found

    def failure(self, element: Element, other: Element | None, found: tuple[Array, Array]) -> Failure:
        """Return the difference that a failure makes."""
        answer, crossed = found
        lost: dict[str, float] = {}
        ends = self.setting.branch.ends
        difference = self.crossed - crossed
        for c in np.flatnonzero(difference > CARRIES_T).tolist():
            pair = "-".join(ends[c])
            lost[pair] = lost.get(pair, 0.0) + float(difference[c]) / MT
        hit = sorted(lost.items(), key=lambda x: (-x[1], x[0]))[:HIT]
        days = [float(x[2] / max(x[3], 1.0)) / HOURS_PER_DAY for x in (answer, self.base)]
        return Failure(
            element.id,
            element.kind,
            element.name if other is None else f"{element.name}; {other.name}",
            None if other is None else other.id,
            float(self.base[0] - answer[0]) / MT,
            float(answer[1] - self.base[1]),
            days[0] - days[1],
            tuple(hit),
        )


def _pairs(
    case: _Case,
    elements: Sequence[Element],
    numbers: Sequence[int],
    sets: _Sets,
    answers: dict[int, tuple[Array, Array]],
    moving: Sequence[int],
    workers: int | None,
    watch: Callable[[int, int], None] | None,
) -> list[Failure]:
    """Return pairs of elements that carry something of the branch, or did when one failed.

    No other pair takes more from it than `SHARE` of its tonnes for each element.
    """
    chosen: dict[int, int] = {}
    for i in moving:
        mine = elements[i].paths
        if float(case.most[mine].sum()) > SHARE * case.base[0]:
            chosen.setdefault(numbers[i], i)
    both: dict[tuple[int, int], int] = {}
    for a, b in itertools.combinations(sorted(chosen), 2):
        together = np.union1d(sets.paths[a], sets.paths[b])
        if len(together) > max(len(sets.paths[a]), len(sets.paths[b])):  # otherwise one of them says it all
            both[a, b] = sets.number(together)
    new = sorted(set(both.values()) - set(answers))
    answers |= case.solve(sets, new, workers, watch)
    return [case.failure(elements[chosen[a]], elements[chosen[b]], answers[n]) for (a, b), n in both.items()]


def _elements(setting: Setting) -> Iterator[Element]:
    """Yield all that can fail."""
    pool = setting.pool
    network = pool.footing.network
    n = len(pool)

    def grouped(of: Array, owner: Array, count: int) -> list[Array]:
        pairs = np.unique(of.astype(np.int64) * n + owner)
        first = np.searchsorted(pairs // n, np.arange(count + 1))
        return [pairs[first[i] : first[i + 1]] % n for i in range(count)]

    by_link = np.repeat(np.arange(n), np.diff(pool.first_link))
    links, transfers, resources = network.link_table, network.transfer_table, network.resource_table
    places = [(name, str(network.node_table["name"][i])) for i, name in enumerate(network.node_table.ids)]
    name_of = dict(places)
    ends = [(str(a), str(b)) for a, b in zip(links["from"], links["to"], strict=True)]
    of_link = grouped(pool.links, by_link, len(links))
    for i, paths in enumerate(of_link):
        yield Element(links.ids[i], "link", " – ".join(name_of[x] for x in ends[i]), paths)
    by_transfer = np.repeat(np.arange(n), np.diff(pool.first_transfer))
    of_transfer = grouped(pool.transfers, by_transfer, len(transfers))
    for i, paths in enumerate(of_transfer):
        yield Element(transfers.ids[i], "transfer", f"change at {name_of[transfers['node'][i]]}", paths)
    for i, paths in enumerate(grouped(pool.resources, pool.path_of_use, len(resources))):
        yield Element(resources.ids[i], str(resources["kind"][i]), str(resources["name"][i]), paths)
    kinds = dict(zip(network.node_table.ids, network.node_table["kind"], strict=True))
    for name, shown in places:
        if kinds[name] in NODE_KINDS:
            mine = [of_link[i] for i, pair in enumerate(ends) if name in pair]
            mine += [of_transfer[i] for i, node in enumerate(transfers["node"]) if node == name]
            if mine:
                yield Element(name, str(kinds[name]), shown, np.unique(np.concatenate(mine)))
    country = [(network.country_of(a), network.country_of(b)) for a, b in ends]
    for code in sorted({c for pair in country for c in pair if c}):
        inside = [of_link[i] for i, pair in enumerate(country) if code in pair]
        yield Element(code, "country", code, np.unique(np.concatenate(inside)))
        rails = [of_link[i] for i, pair in enumerate(country) if code in pair and links["mode"][i] == "rail"]
        if rails:
            yield Element(f"{code} rail", "operator", f"railway of {code}", np.unique(np.concatenate(rails)))
