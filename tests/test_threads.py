"""Threads that share a network, a choice set or a metric get what one thread alone gets."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import corridor
from corridor.assignment import logit_shares
from corridor.assignment.locate import locate
from corridor.assignment.period_problem import period_problem
from corridor.assignment.year_result import choice_sets_of
from corridor.graph import periods
from corridor.graph.periods import free_units, periods_of
from corridor.io.demand_tables import demand
from corridor.large.contraction_hierarchy import Hierarchy
from corridor.last_few import last_few


@pytest.fixture(autouse=True)
def threads_switch_often():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.fixture(scope="module", autouse=True)
def interpreted():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORRIDOR_KERNELS", "python")
        yield


def at_once(function, values):
    """Call a function on every value, all at the same moment."""
    start = threading.Barrier(len(values))

    def call(value):
        start.wait()
        return function(value)

    with ThreadPoolExecutor(len(values)) as threads:
        return list(threads.map(call, values))


@pytest.fixture(scope="module")
def problem(toy):
    """Return a choice set with its tonnes, and free capacities under which other resources fill."""
    rows = locate(toy, demand("central", 2027), [])
    (period, *_) = periods_of(toy, 2027)
    (choice_set, *_) = choice_sets_of(toy, rows).of([period], rows)
    amount, free = rows.t_yr / 4, free_units(period)
    limited = np.flatnonzero(np.isfinite(free))
    cases = [free]
    for several in (limited[::2], limited[1::2], limited):
        case = np.full(len(free), np.nan)
        case[several] = 0.6 * free[several]
        cases.append(case)
    return period, choice_set, amount, cases


def test_an_assignment_does_not_depend_on_those_before_and_beside_it(problem, monkeypatch):
    period, choice_set, amount, cases = problem

    def solved(free, choice_set=choice_set):
        share = logit_shares.assign_logit(period_problem(period, choice_set, amount, free))
        return share.flow.tobytes(), share.price.tobytes()

    alone = [solved(free) for free in cases]
    assert len(set(alone)) > 1
    assert [solved(free) for free in reversed(cases)] == alone[::-1]

    class Slow:  # numpy, with time for the other thread between any two steps
        def __getattr__(self, name):
            threading.Event().wait(1e-3)
            return getattr(np, name)

    monkeypatch.setattr(logit_shares, "np", Slow())
    for _ in range(5):
        fresh = choice_set.only(np.arange(len(choice_set)))  # with nothing cached
        assert at_once(lambda free, fresh=fresh: solved(free, fresh), cases) == alone


def test_open_features_are_seen_complete_or_not_at_all(toy, monkeypatch):
    table = toy.tables["link"]
    by_month = {month: periods.open_features(toy, "link", 2027, month) for month in range(1, 13)}
    month = next(m for m, flags in by_month.items() if (flags != table.__dict__["_open"]["always"]).any())
    closed_reason = periods.closed_reason

    def slow(*arguments):
        threading.Event().wait(5e-3)
        return closed_reason(*arguments)

    def late(seconds):
        threading.Event().wait(seconds)
        return periods.open_features(toy, "link", 2027, month).copy()

    monkeypatch.setattr(periods, "closed_reason", slow)
    for _ in range(3):
        del table.__dict__["_open"]["open", 2027, month]
        for seen in at_once(late, [i * 1e-3 for i in range(16)]):
            assert (seen == by_month[month]).all()


@pytest.mark.stage("all")  # its kernels are compiled
def test_a_metric_answers_several_threads():
    rng = np.random.default_rng(3)
    states = 400
    tail, head = rng.integers(0, states, (2, 1600))
    metric = Hierarchy.of(states, tail, head).priced(rng.random(1600))
    sources, targets = rng.integers(0, states, (2, 8, 300))
    pairs = list(zip(sources, targets, strict=True))
    alone = [(metric.distances(s, t), metric.paths(s, t)[1], metric.table(s[:5], t[:5])) for s, t in pairs]
    for _ in range(5):
        found = at_once(lambda p: (metric.distances(*p), metric.paths(*p)[1], metric.table(p[0][:5], p[1][:5])), pairs)
        for one, other in zip(found, alone, strict=True):
            assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_last_few_keeps_the_last_and_serves_every_thread():
    cache = {}
    assert [last_few(cache, 2, k, lambda k=k: [k]) for k in "abca"] == [["a"], ["b"], ["c"], ["a"]]
    assert list(cache) == ["c", "a"]

    def many(first):
        return all(last_few(cache, 2, k % 5, lambda k=k: [k % 5]) == [k % 5] for k in range(first, first + 2000))

    assert all(at_once(many, range(8)))
    assert len(cache) == 2


def test_questions_at_once_have_the_answers_of_one_at_a_time(toy):
    def ask(years):
        first, second = years
        return (
            str(corridor.throughput(toy, "eastern", year=first)),
            str(corridor.route(toy, "Alfagrad", "Farport")),
            str(corridor.throughput(toy, "eastern", year=second)),
        )

    years = [(2026, 2028), (2028, 2026), (2027, 2025)]
    alone = [ask(y) for y in years]
    assert at_once(ask, years) == alone
