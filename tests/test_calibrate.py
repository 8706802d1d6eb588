"""Gates, constants of gates, derivatives of counts, and the calibration of all inputs."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from toy_study import write_study

import corridor
from corridor import DataError
from corridor.assignment.gate_paths import MIXED, gate_of_paths
from corridor.io.counts import counts_of, fitted_counts
from corridor.io.gates import gates_of
from corridor.io.study_files import study_of
from corridor.model.gate import Gate, allowed_gates
from corridor.model.uncertain_inputs import Quantiles, UncertainInput, drawn_scores
from corridor.study import calibration_store as store
from corridor.study.branch_study import branch_study_of
from corridor.study.calibrate import calibrated, p_value, with_model_error
from corridor.study.count_fit import CountFit, Linear, count_error
from corridor.study.count_model import CountModel
from corridor.study.counting import CountedVolumes
from corridor.study.gate_constants import UNIT_USD_T
from corridor.study.median import with_shifts
from corridor.study.sampling import sampled

SMALL = 12  # members of an ensemble


@pytest.fixture(scope="module")
def study(toy):
    return branch_study_of(toy, None, study_of(toy).settings.last_year)


@pytest.fixture(scope="module")
def model(toy, study):
    counts = [c for c in counts_of(study_of(toy)) if c.year == 2024 and c.kind != "claim"]
    return CountModel(study, 2024, CountedVolumes(toy, study.demand, counts))


@pytest.fixture(scope="module")
def fitted(toy):
    return calibrated(toy, members=SMALL)


# Gates

GATES = (
    Gate("port-a", "ship", ("x",)),
    Gate("port-b", "ship", ("y",)),
    Gate("yard", "rail", ("z",)),
)


@pytest.mark.parametrize(
    ("names", "allowed"),
    [
        ((), (True, True, True, True)),
        (("ship",), (True, True, False, False)),
        (("ship", "!port-b"), (True, False, False, False)),
        (("!port-a",), (False, True, True, True)),
        (("!ship", "port-b"), (False, True, True, True)),
        (("other",), (False, False, False, True)),
    ],
)
def test_which_gates_a_row_may_use(names, allowed):
    assert allowed_gates(GATES, names) == allowed


def test_every_row_has_a_path_through_each_gate_that_leads_there(toy, study):
    """Without closing the other gates, cargo between Betaburg and the south has no path by ship."""
    gates = gates_of(study_of(toy))
    choice_set = study.choice_set
    gate = gate_of_paths(choice_set, gates)
    assert (gate != MIXED).all()
    rows = study.demand
    pairs = {
        (rows.origins[c], rows.destinations[c], gates[g].id)
        for c, g in zip(choice_set.commodity, gate, strict=True)
        if g >= 0
    }
    for name in ("midport-ship", "sarakhs-rail", "takhta-road"):
        assert ("beta", "capital", name) in pairs
    links = choice_set.context.network.link_table.ids
    for p in np.flatnonzero(gate == 0).tolist():
        used = {links[i] for i in choice_set.links[choice_set.first_link[p] : choice_set.first_link[p + 1]]}
        assert used & {"norport-midport-sea", "norport-midport-ferry-1520"} and "takhta-capital-road" not in used


def test_a_captive_row_keeps_to_its_gates(tmp_path):
    folder = write_study(tmp_path / "captive")
    table = folder / "tables" / "demand.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    lines = [
        f"{line},{'nests_allowed' if i == 0 else 'sarakhs-rail' if ',metals,' in line else ''}"
        for i, line in enumerate(lines)
    ]
    table.write_text("\n".join(lines), encoding="utf-8")
    network = corridor.load(folder)
    found = branch_study_of(network, None, 2024)
    gate = gate_of_paths(found.choice_set, gates_of(study_of(network)))
    metals = np.array([c == "metals" for c in found.demand.cargoes])[found.choice_set.commodity]
    assert set(gate[metals].tolist()) == {1} and set(gate[~metals].tolist()) > {1}


@pytest.mark.parametrize(
    ("before", "after", "where", "says"),
    [
        ("sarakhs-rail,east", "midport-ship,east", "line 3", "repeats line 2"),
        ("tm_ir_rail,", "tm_ir_rial,", "line 3", "tm_ir_rail"),
        ("tm_ir_rail,", "sarahs,", "line 3", "is a place"),
        ("around,ocean", "around,", "line 5", "is empty"),
        ("around,ocean", "other,ocean", "line 5", "meaning of its own"),
        ("around,ocean", "east,ocean", "line 5", "name of a nest"),
        ("nest,through", "nest,thru", "gates.csv", "through"),
    ],
)
def test_faults_of_gates_are_told(tmp_path, before, after, where, says):
    folder = write_study(tmp_path / "faulty")
    table = folder / "tables" / "gates.csv"
    text = table.read_text(encoding="utf-8")
    assert before in text
    table.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(DataError) as error:
        corridor.load(folder)
    assert where in str(error.value) and says in str(error.value)


def test_an_unknown_gate_of_a_row_is_told(tmp_path):
    folder = write_study(tmp_path / "faulty")
    table = folder / "tables" / "demand.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    rest = [f"{line}," for line in lines[2:]]
    table.write_text("\n".join([f"{lines[0]},nests_allowed", f"{lines[1]},!sarakhs-rial", *rest]), encoding="utf-8")
    with pytest.raises(DataError, match="sarakhs-rail"):
        corridor.load(folder)


# Constants and derivatives


def test_a_constant_is_a_charge_on_every_path_through_its_gate(study):
    constants, costs = study.model.gate_constants, study.cost_decomposition
    factors = costs.factors()
    before = costs.costs(factors)
    assert before == pytest.approx(study.choice_set.cost)
    k = len(costs.figures) - len(constants.inputs)
    factors[k] = 1 + 7.5 / UNIT_USD_T
    assert costs.costs(factors) - before == pytest.approx(np.where(constants.of_path == 0, 7.5, 0.0), abs=1e-6)
    assert constants.usd_t(factors[k : k + 1]) == pytest.approx([7.5])


def test_without_counts_constants_are_zero(study):
    first = study.first
    assert (sampled(study, 5, 1).factors[:, first["constant"] : first["scale"]] == 1.0).all()
    assert (sampled(study, 5, 1, constants=True).factors[:, first["constant"] : first["scale"]] != 1.0).any()


@pytest.mark.parametrize("kind", ["cost", "constant", "scale", "trade", "willing", "capacity"])
def test_the_derivatives_of_counts_are_those_of_finite_differences(study, model, kind, monkeypatch):
    monkeypatch.setattr("corridor.study.count_model.TOLERANCE", 1e-11)
    monkeypatch.setattr("corridor.study.count_model.RARE", 0.0)
    factors = np.ones(len(study.uncertain_inputs))
    solved = model.solve(factors)
    assert any((s.price > 0).any() for s in solved)  # prices answer
    jacobian = model.jacobian(factors, solved)
    first = study.first[kind]
    last = min(x for x in study.first.values() if x > first)
    largest = first + np.argsort(-np.abs(jacobian[:, first:last]).max(axis=0), kind="stable")[:4]
    step = 1e-6 if kind == "constant" else 1e-5
    for k in largest.tolist():
        one, other = factors.copy(), factors.copy()
        one[k] += step
        other[k] -= step
        difference = (model.mt(model.solve(one)) - model.mt(model.solve(other))) / (2 * step)
        assert jacobian[:, k] == pytest.approx(difference, rel=1e-3, abs=1e-4 * np.abs(jacobian[:, k]).max() + 1e-9)


def test_all_quantile_functions_at_once_are_those_of_each():
    inputs = [
        UncertainInput("a", 0.7, 1.6, True, "", ""),
        UncertainInput("b", 0.7, 1.6, False, "", ""),
        UncertainInput("c", 1.0, 1.0, True, "", ""),
        UncertainInput("d", 1.0, 1.4, True, "", ""),
    ]
    for z in (-2.0, -0.3, 0.0, 1.1):
        single = [i.quantiles(np.array([z]))[0] for i in inputs]
        assert Quantiles(inputs)(np.full(4, z)) == pytest.approx(single, rel=1e-12)


def test_scores_of_a_family_are_correlated():
    inputs = [UncertainInput(f"i{k}", 0.5, 2.0, True, "f" if k < 2 else "", "") for k in range(3)]
    scores = drawn_scores(inputs, 4000, 1, 0.5)
    assert np.corrcoef(scores) == pytest.approx(np.array([[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]]), abs=0.04)
    assert scores.std(axis=1) == pytest.approx(np.ones(3), abs=0.04)


class LinearModel:
    """Counts whose logarithms are linear in the scores; solved by hand."""

    def __init__(self, fit_inputs, jacobian, observed, counts):
        self.a, self.inputs = jacobian, fit_inputs
        self.volumes = type("Volumes", (), {"counts": counts})()
        self.base = observed


def test_a_linear_fit_is_the_one_by_hand(toy, study, monkeypatch):
    """Two inputs of one family and one count: the posterior mean of a normal model in closed form."""
    count = fitted_counts(counts_of(study_of(toy)), 2024)[0]
    inputs = [UncertainInput(f"i{k}", 0.5, 2.0, False, "f", "") for k in range(2)]
    a = np.array([[0.3, 0.5]])
    model = LinearModel(inputs, a, None, (count,))
    fit = CountFit(model, inputs, 0.5, 0.4)
    logs = fit.logs(fit.observed)

    def at(start, moved, wanted, prices):
        shift = fit.covariance_times(moved[:, None])[:, 0]
        scores = start + shift
        mt = np.exp(logs + a @ scores - 0.8) - 0.02
        misses = (fit.logs(mt) - wanted) / fit.error
        from corridor.study.count_fit import Fit

        return Fit(scores, mt, (), float(misses @ misses), float(moved @ shift))

    monkeypatch.setattr(fit, "_at", at)
    monkeypatch.setattr(fit, "jacobian", lambda _: a)
    best = fit.fitted(np.zeros(2), np.zeros(1))
    prior = np.array([[1.0, 0.5], [0.5, 1.0]])
    gain = prior @ a.T / (a @ prior @ a.T + fit.error**2)
    assert best.scores == pytest.approx((gain * 0.8)[:, 0], rel=1e-6)
    assert best.penalty == pytest.approx(0.8**2 / float((a @ prior @ a.T + fit.error**2)[0, 0]), rel=1e-6)
    near = Linear(np.zeros(2), logs - 0.8, a)
    start = np.array([1.0, -2.0])
    member = fit.fitted(start, np.zeros(1), near)
    assert member.scores == pytest.approx(start + (gain * (0.8 - a @ start))[:, 0], rel=1e-6)


def test_the_error_of_a_count_is_that_of_its_range(toy):
    count = counts_of(study_of(toy))[0]
    assert count_error(replace(count, kind="counted")) == 0.1
    assert count_error(replace(count, kind="derived")) == 0.25
    ranged = replace(count, mt=1.0, low=0.8, high=1.25)
    assert count_error(ranged) == pytest.approx(np.log(1.27 / 0.82) / 2.563)


@pytest.mark.parametrize(("penalty", "counts", "expected"), [(18.307, 10, 0.05), (49.3, 49, 0.461), (3.841, 1, 0.05)])
def test_p_values_are_those_of_tables(penalty, counts, expected):
    assert p_value(penalty, counts) == pytest.approx(expected, abs=0.005)


# The calibration


def test_the_fit_is_better_and_says_what_it_does_not_know(fitted, toy):
    assert fitted.penalty_after < fitted.penalty_before and 0 < fitted.p_value < 1
    assert {c.id for c in fitted.counts} == {c.id for c in fitted_counts(counts_of(study_of(toy)), 2024)}
    assert all(c.p10_mt < c.p50_mt < c.p90_mt for c in fitted.counts)
    assert {c.gate for c in fitted.constants} <= {"midport-ship", "sarakhs-rail", "takhta-road", "around"}
    assert fitted.posterior.members.shape == (SMALL, len(fitted.posterior.names))
    record = fitted.to_dict()
    assert {"nest", "cargo_group", "usd_t", "standard_error"} <= set(record["constants"][0])
    assert "moved_sigma" in record["demand"][0] and record["p_value"] == fitted.p_value
    assert "stated values are never fitted" in str(fitted) and json.dumps(record)


def test_a_count_that_is_claimed_is_never_fitted(fitted):
    assert not [c for c in fitted.counts if "claim" in c.id]


def test_the_same_ensemble_comes_out_again(toy, fitted):
    again = calibrated(toy, members=SMALL)
    assert again == fitted and (again.posterior.members == fitted.posterior.members).all()


def test_the_central_state_carries_the_median_of_the_draws(study, fitted):
    known = study.given(fitted.posterior)
    drawn = sampled(known, 30, 2)
    assert drawn.factors.tobytes() != sampled(study, 30, 2).factors.tobytes()
    again = with_shifts(known).shifts
    assert list(again) == list(study.years)
    assert list(again.values()) == pytest.approx(list(fitted.posterior.shifts.values()), abs=5e-3)
    central = known.central_factors(2024)
    assert central is not None and study.central_factors(2024) is None


def test_errors_of_the_model_have_the_given_spread():
    noisy = with_model_error(np.full((4000, 2), 3.0), 0.4, 1)
    assert np.log(noisy / 3.0).std(axis=0) == pytest.approx([0.4, 0.4], abs=0.02)
    assert np.median(noisy, axis=0) == pytest.approx([3.0, 3.0], abs=0.08)


def test_a_study_answers_by_the_calibration_in_its_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("corridor.study.median.DRAWS", 1000)
    folder = write_study(tmp_path / "own")
    before = corridor.throughput(corridor.load(folder))
    corridor.calibrate(corridor.load(folder), save=True)
    network = corridor.load(folder)
    after = corridor.throughput(network)
    recorded = corridor.throughput(network, calibrated=False)
    assert (folder / store.SHIPPED).is_file()
    assert [y.throughput_mt for y in recorded.years] == [y.throughput_mt for y in before.years]
    assert [y.throughput_mt for y in after.years] != [y.throughput_mt for y in before.years]
    drawn = corridor.throughput(network, draws=1000, seed=1)
    assert drawn.forecast is not None and drawn.forecast.calibrated
    for year, likely, central in zip(drawn.years, drawn.forecast.years, after.years, strict=True):
        assert year.throughput_mt == likely.p50_mt
        assert central.throughput_mt == pytest.approx(likely.p50_mt, rel=0.02)
        assert likely.p10_mt <= year.throughput_mt <= likely.p90_mt
    assert corridor.plan(network, year=2030).expected_before_mt == pytest.approx(
        after.years[-1].throughput_mt, rel=1e-6
    )
    # Another table, another study: the calibration no longer belongs to it.
    table = folder / "tables" / "counts.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",1.2,", ",1.3,", 1), encoding="utf-8")
    assert store.posterior_of(corridor.load(folder)) is None


@pytest.mark.parametrize("damage", ["cut", "renamed", "list", "short"])
def test_a_damaged_calibration_is_made_again(damage, tmp_path, monkeypatch, toy, fitted):
    monkeypatch.setenv("CORRIDOR_CACHE", str(tmp_path))
    store.store_calibration(toy, fitted)
    assert store.stored_calibration(toy, SMALL) == fitted
    path = tmp_path / "stored" / f"calibration-{store.calibration_key(toy)}-{SMALL}.npz"
    arrays = dict(np.load(path))
    text = arrays["json"].tobytes()
    changed = {
        "cut": {"json": np.frombuffer(text[:-50], dtype=np.uint8)},
        "renamed": {"text": arrays.pop("json")},
        "list": {"json": np.frombuffer(b"[]", dtype=np.uint8)},
        "short": {"json": np.frombuffer(text, dtype=np.uint8), "members": arrays["members"][:, :-1]},
    }
    np.savez(path, **{**arrays, **changed[damage]})
    assert store.stored_calibration(toy, SMALL) is None


def test_a_study_without_counts_says_what_it_lacks(tmp_path):
    folder = write_study(tmp_path / "uncounted")
    (folder / "tables" / "counts.csv").unlink()
    with pytest.raises(DataError, match="counts"):
        corridor.calibrate(corridor.load(folder))
