"""Forecast of a branch: many draws of all uncertain inputs, and the share of each input in the variance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.displayable import with_old_keys
from corridor.io.study_files import study_of
from corridor.model.fields import BASES
from corridor.model.uncertain_inputs import groups_of
from corridor.parallel import Workers
from corridor.study.branch_study import BranchStudy
from corridor.study.influence import Influence, influence_of, influence_of_states
from corridor.study.monte_carlo import DrawResults, monte_carlo_of
from corridor.study.sampling import Draws, sampled

MT = 1e6
FIRST_TO_MEASURE = 10
GIVEN_COUNTS = "inputs, given the counts"
MOST_CHECKED = 10  # draws that are solved again in full


@dataclass(frozen=True, slots=True)
class Likely:
    """One year over all draws, in Mt; `probability` of reaching the target, None without one."""

    year: int
    mean_mt: float
    p10_mt: float
    p50_mt: float
    p90_mt: float
    probability: float | None


@dataclass(frozen=True, slots=True)
class Binding:
    """A binding limit in the last year: the share of draws and quarters in which it binds, and its shadow price.

    `price_usd_t` is the mean shadow price while it binds, for the cargo with the largest use per tonne.
    """

    id: str
    name: str
    share: float
    price_usd_t: float


@dataclass(frozen=True, slots=True)
class Bias:
    """How far the solver of the draws is from the exact solution in the last year, over some of the draws.

    Relative errors of the branch's tonnes: the median and the 95 % quantile of their size, and their mean.
    """

    draws: int
    median: float
    p95: float
    mean: float


@dataclass(frozen=True)
class Forecast:
    """A branch over many draws; `years` in order; `binding`, `tornado` and `figures` are of the last year.

    `shortfall` splits the mean shortfall from the target by cause: demand (no more cargo could
    use the branch), price (cargo would choose another route) and capacity.
    `tornado` has the groups of inputs, largest share of the variance first, `figures` the
    single inputs; `unexplained` is the part that no group explains by itself: interaction. `evidence` is
    the share of the variance by what the inputs rest on: measured, published, derived and assumed figures, and
    the assumed chances of projects and events. In a calibrated forecast the counts correlate the inputs, which are
    one group; `figures` are then ordered by the variance of the base year that knowing one of them would
    remove, and their `sobol` is relative to the first.
    `unsettled` sub-periods exceed some limit by more than the tolerance. `bias` compares some of the draws
    with the solver of the central case.
    """

    draws: int
    seed: int
    calibrated: bool
    target_mt: float | None
    years: tuple[Likely, ...]
    shortfall: Mapping[str, float] | None
    binding: tuple[Binding, ...]
    tornado: tuple[Influence, ...]
    figures: tuple[Influence, ...]
    unexplained: float
    evidence: Mapping[str, float]
    unsettled: int
    bias: Bias

    @property
    def probability(self) -> float | None:
        """The share of draws that reach the target in the last year."""
        return self.years[-1].probability

    def to_dict(self) -> dict[str, Any]:
        """Return everything with the JSON keys of the command line."""
        last = self.years[-1]
        return {
            "draws": self.draws,
            "seed": self.seed,
            "calibrated": self.calibrated,
            "probability": self.probability,
            "mean_mt": last.mean_mt,
            "quantiles_mt": {"p10": last.p10_mt, "p50": last.p50_mt, "p90": last.p90_mt},
            **with_old_keys({"shortfall": None if self.shortfall is None else dict(self.shortfall)}),
            "binding": [asdict(b) for b in self.binding],
            "tornado": [asdict(i) for i in self.tornado],
            "figures": [asdict(i) for i in self.figures],
            "unexplained": self.unexplained,
            "evidence": dict(self.evidence),
            "unsettled": self.unsettled,
            "bias": asdict(self.bias),
        }


def forecast(
    study: BranchStudy,
    target_mt: float | None,
    draws: int,
    seed: int,
    run_on: Workers = None,
    progress: Callable[[int], None] | None = None,
) -> Forecast:
    """Return a branch over many draws of all uncertain inputs, in all years of its study."""
    sample = sampled(study, draws, seed)
    results = monte_carlo_of(study).run(sample, run_on, progress)
    mt = results.throughput_mt
    likely = []
    for i, y in enumerate(study.years):
        p10, p50, p90 = np.percentile(mt[:, i], [10, 50, 90]).tolist()
        probability = None if target_mt is None else float(np.mean(mt[:, i] >= target_mt))
        likely.append(Likely(y, float(mt[:, i].mean()), p10, p50, p90, probability))
    tornado, figures = _influences(study, results, seed)
    return Forecast(
        draws=draws,
        seed=seed,
        calibrated=study.posterior is not None,
        target_mt=target_mt,
        years=tuple(likely),
        shortfall=None if target_mt is None else _shortfall(results, target_mt),
        binding=tuple(_binding(results)),
        tornado=tuple(tornado),
        figures=tuple(figures),
        unexplained=max(0.0, 1.0 - sum(i.sobol for i in tornado)),
        evidence=_evidence(study, results, seed),
        unsettled=results.unsettled,
        bias=_bias(study, results),
    )


def _bias(study: BranchStudy, results: DrawResults) -> Bias:
    """Return the errors of some draws, evenly spread, that are solved again with all paths and limits."""
    chosen = np.unique(np.linspace(0, len(results.draws) - 1, MOST_CHECKED).astype(np.int64)).tolist()

    def exact_mt(i: int) -> float:
        south, north = study.branch.tonnes(study.solve(study.years[-1], results.draws.one(study, i)))
        return float((south + north)[study.branch.counted].sum()) / MT

    exact = np.array([exact_mt(i) for i in chosen])
    approximate = results.throughput_mt[chosen, -1]
    error = np.divide(approximate - exact, exact, out=np.zeros(len(exact)), where=exact > 0)
    size = np.abs(error)
    return Bias(len(chosen), float(np.median(size)), float(np.percentile(size, 95)), float(error.mean()))


def _shortfall(results: DrawResults, target_mt: float) -> dict[str, float]:
    """Return the mean shortfall from the target, split draw by draw into demand, price and capacity, in this order."""
    could_use, unconstrained = results.of("could_use")[:, -1] / MT, results.of("unconstrained")[:, -1] / MT
    carried = results.throughput_mt[:, -1]
    demand = np.maximum(target_mt - could_use, 0.0)
    price = np.maximum(np.minimum(target_mt, could_use) - unconstrained, 0.0)
    total = np.maximum(target_mt - carried, 0.0)
    # Binding limits elsewhere can bring the branch more than its unconstrained flow; price is then the rest.
    price = np.minimum(price, np.maximum(total - demand, 0.0))
    capacity = np.maximum(total - demand - price, 0.0)
    return {"demand_mt": float(demand.mean()), "price_mt": float(price.mean()), "capacity_mt": float(capacity.mean())}


def _binding(results: DrawResults) -> list[Binding]:
    table = results.monte_carlo.study.choice_set.context.network.resource_table
    share, paid = results.full[:, -1].mean(axis=0), results.paid[:, -1].mean(axis=0)
    found = [
        Binding(table.ids[r], str(table["name"][r]), float(share[i]), float(paid[i] / share[i]))
        for i, r in enumerate(results.monte_carlo.resources.tolist())
        if share[i] > 0
    ]
    return sorted(found, key=lambda b: (-b.share * b.price_usd_t, b.id))


def _influences(study: BranchStudy, results: DrawResults, seed: int) -> tuple[list[Influence], list[Influence]]:
    """Return what moves the last year: groups of inputs, projects and events; and single inputs."""
    mt, draws = results.throughput_mt[:, -1], results.draws
    last = len(study.years) - 1
    opens, events = _chances(draws, last)
    tornado = [influence_of("when projects open", opens, mt, seed)]
    if draws.events.any():
        tornado.append(influence_of(study_of(study.network).settings.uncertain_name, events, mt, seed))
    if draws.members is None:
        inputs, factors = study.uncertain_inputs, np.log(draws.factors)
        tornado += [influence_of(name, factors[:, rows], mt, seed) for name, rows in groups_of(inputs)]
        single = np.array([_correlation(factors[:, i], mt) for i in range(factors.shape[1])])
        first = np.argsort(-np.abs(single), kind="stable")[:FIRST_TO_MEASURE].tolist()
        figures = [influence_of(inputs[i].name, factors[:, i : i + 1], mt, seed) for i in first]
    else:
        # The counts correlate the inputs: they act together, as members of an ensemble.
        tornado.append(influence_of_states(GIVEN_COUNTS, draws.members, mt, seed))
        figures = _first_to_measure(study, draws, mt)
    by_size = [sorted(found, key=lambda x: (-x.sobol, x.input)) for found in (tornado, figures)]
    return by_size[0], by_size[1]


def _first_to_measure(study: BranchStudy, draws: Draws, mt: Array) -> list[Influence]:
    """Return the inputs that, once known, would remove most of the variance that the counts leave in the base year."""
    assert study.posterior is not None
    shares, place = study.posterior.shares(), study.position
    names = sorted((n for n in shares if n in place), key=lambda n: (-shares[n], n))[:FIRST_TO_MEASURE]
    found, fifth = [], max(len(mt) // 5, 1)
    for name in names:
        order = np.argsort(draws.factors[:, place[name]], kind="stable")
        low, high = (float(mt[chosen].mean()) for chosen in (order[:fifth], order[-fifth:]))
        found.append(Influence(name, low, high, shares[name], shares[name], shares[name]))
    return found


def _chances(draws: Draws, last: int) -> tuple[Array, Array]:
    """Return when projects open, and which event happens in the last year, as columns."""
    events = (draws.events[:, -1:] == np.arange(1, 3)).astype(np.float64)
    return np.minimum(draws.opens, last + 1).astype(np.float64), events


def _evidence(study: BranchStudy, results: DrawResults, seed: int) -> dict[str, float]:
    """Return the share of the variance of the last year by what the inputs rest on.

    It is the sum over the groups of inputs: one direction through all assumed figures could not be estimated.
    """
    mt, factors, inputs = results.throughput_mt[:, -1], results.draws.factors, study.uncertain_inputs
    opens, events = _chances(results.draws, len(study.years) - 1)
    chances = sum(influence_of("", columns, mt, seed).sobol for columns in (opens, events))
    if results.draws.members is not None:
        given = influence_of_states("", results.draws.members, mt, seed).sobol
        return {GIVEN_COUNTS: given, "projects and events": chances}
    found = dict.fromkeys(BASES, 0.0)
    for name, rows in groups_of(inputs):
        for basis in BASES:
            of_basis = [i for i in rows if inputs[i].basis == basis]
            if of_basis:
                found[basis] += influence_of(name, np.log(factors[:, of_basis]), mt, seed).sobol
    return {**found, "projects and events": chances}


def _correlation(x: Array, y: Array) -> float:
    spread = float(x.std() * y.std())
    return float(((x - x.mean()) * (y - y.mean())).mean()) / spread if spread > 0 else 0.0
