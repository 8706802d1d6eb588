"""One question has one answer: all verbs of a study solve the same problem on the same paths."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import corridor
from corridor.assignment.year_result import solve
from corridor.io.study_files import study_of
from corridor.study.branch_study import branch_study_of
from corridor.study.closures import WhatIf
from corridor.study.monte_carlo import monte_carlo_of
from corridor.study.outage_elements import elements_of
from corridor.study.sampling import Draws, sampled

pytestmark = pytest.mark.usefixtures("interpreted")


@pytest.fixture(scope="module")
def new_study(tmp_path_factory):
    from corridor.io.template import write_template

    folder = tmp_path_factory.mktemp("new") / "study"
    write_template(folder)
    return corridor.load(folder)


@pytest.fixture(params=["toy", "new"])
def net(request):
    return request.getfixturevalue("toy" if request.param == "toy" else "new_study")


def worst_of(net):
    """Return the resource or link whose failure costs the branch most."""
    branch = study_of(net).settings.branch
    worst = corridor.criticality(net, branch).rows
    return next(f.id for f in worst if f.id in (*net.resource_table.index, *net.link_table.index))


def throughput_mt(net, year):
    return corridor.throughput(net, year=year).years[-1].throughput_mt


def test_all_verbs_have_the_same_number_for_a_year(net):
    first, year = study_of(net).settings.base_year, study_of(net).settings.base_year + 1
    base, later = (corridor.throughput(net, year=y).years[-1] for y in (first, year))
    assert base.throughput_mt > 0 and later.throughput_mt > 0
    same = pytest.approx(later.throughput_mt, rel=1e-6)
    assert corridor.plan(net, year=year).expected_before_mt == same
    assert corridor.criticality(net, year=year).throughput_mt == same
    assert WhatIf(net)(year).throughput_mt == same
    assert corridor.compare(net, [], year=year).rows[0].last.throughput_mt == same
    line = corridor.throughput(net, year=year).screenlines[0]
    everything = later.all_traffic_mt - (later.base_load_mt or 0.0)
    assert corridor.volumes(net, line, year=year).total.mt == pytest.approx(everything, rel=1e-6)
    crossing = corridor.assign(net, corridor.demand("central", year, network=net), rule="logit").screenline(line)
    assert (crossing.southbound_t_yr + crossing.northbound_t_yr) / 1e6 == pytest.approx(everything, rel=1e-6)
    counts = [c for c in corridor.misfit(net).counts if c.count.at == (line,) and not c.count.branch]
    assert all(c.modelled_mt == pytest.approx(base.all_traffic_mt, rel=1e-6) for c in counts if c.count.is_yearly)


def test_misfit_and_calibration_count_the_same(net):
    modelled = {c.count.id: c.modelled_mt for c in corridor.misfit(net).counts}
    fitted = corridor.calibrate(net).counts
    assert fitted and all(c.before_mt == pytest.approx(modelled[c.id], rel=1e-6) for c in fitted)


def test_draws_of_the_recorded_values_are_the_central_case(net):
    year = study_of(net).settings.last_year
    study = branch_study_of(net, None, year)
    one = study.central(year)
    opens = np.minimum(np.ceil(one.opens - study.years[0]), len(study.years)).astype(np.int64)[None]
    draws = Draws(np.ones((1, len(study.uncertain_inputs))), opens, np.zeros((1, len(study.years)), np.int64))
    found = monte_carlo_of(study).run(draws).throughput_mt[0]
    exact = [y.throughput_mt for y in corridor.throughput(net).years]
    assert found == pytest.approx(exact, rel=0.01)


def test_a_closure_is_solved_exactly(net):
    """The same paths, with the sizes that they have among those that stay open."""
    year, element = study_of(net).settings.base_year, worst_of(net)
    study = branch_study_of(net, None, year)
    closed = next(e.paths for e in elements_of(study) if e.id == element)
    problems = []
    for sub_period, problem in zip(study.sub_periods(year), study.problem(year).periods(), strict=True):
        is_open = problem.is_open.copy()
        is_open[closed] = False
        among = sub_period.is_open(study.unbuilt(study.central(year), year)).copy()
        among[closed] = False
        problems.append(replace(problem, is_open=is_open, sizes=study.choice_set.log_size(among)))
    south, north = study.branch.tonnes(solve(problems, "logit"))
    what_if = WhatIf(net)(year, [element])
    assert what_if.throughput_mt == pytest.approx((south + north)[study.branch.counted].sum() / 1e6, rel=1e-6, abs=1e-9)
    assert what_if.lost_mt == pytest.approx(throughput_mt(net, year) - what_if.throughput_mt, abs=1e-9)
    lost = next(f.lost_mt for f in corridor.criticality(net).rows if f.id == element)
    assert lost == pytest.approx(what_if.lost_mt, abs=1e-9)


@pytest.mark.parametrize("months", [(5, 8, 11), tuple(range(4, 10)), tuple(range(5, 12))])
def test_part_of_a_quarter_is_the_same_in_every_solver(net, months):
    year, element = study_of(net).settings.base_year + 1, worst_of(net)
    closed = [m for m in range(1, 13) if m not in months]
    part = corridor.Scenario.of("part", "", [{"close": element, "years": f"{year}-", "months": closed}]).apply(net)
    exact = throughput_mt(part, year)
    assert exact < throughput_mt(net, year)
    assert WhatIf(part)(year).throughput_mt == pytest.approx(exact, rel=1e-6)
    assert corridor.plan(part, year=year).expected_before_mt == pytest.approx(exact, rel=1e-6)
    study = branch_study_of(part, None, year)
    draws = sampled(study, 4, 3)
    fast = monte_carlo_of(study).run(draws).throughput_mt[:, -1]
    for i in range(len(draws)):
        south, north = study.branch.tonnes(study.solve(year, draws.one(study, i)))
        assert fast[i] == pytest.approx((south + north)[study.branch.counted].sum() / 1e6, rel=0.01)


def test_a_forecast_says_how_far_its_draws_are_from_the_exact_solution(net):
    found = corridor.throughput(net, draws=12, seed=2).forecast
    assert found.bias.draws == 10
    assert found.bias.median <= 0.01 and found.bias.p95 <= 0.03 and abs(found.bias.mean) <= 0.003
    assert found.to_dict()["bias"]["median"] == found.bias.median


def test_any_number_of_projects_can_be_planned(net, monkeypatch):
    """Required projects were the bits of one integer: there could be 62."""
    from corridor.study import applied_projects

    real = applied_projects.projects_of

    def many(network):
        projects = real(network)
        idle = [
            applied_projects.replace(projects[0], id=f"idle {i}", opens=(), limits=(), others=()) for i in range(70)
        ]
        return (*idle, *projects)

    before = corridor.throughput(net).years[-1].throughput_mt
    fresh = corridor.Scenario.of("same", "", []).apply(net)  # a network without anything cached
    monkeypatch.setattr(applied_projects, "projects_of", many)
    study = branch_study_of(fresh, None, study_of(net).settings.last_year)
    assert len(study.projects) > 70
    assert corridor.throughput(fresh).years[-1].throughput_mt == pytest.approx(before, rel=1e-9)
    monte_carlo_of(study).run(sampled(study, 2, 1))


def test_the_demand_of_another_study_is_assigned_on_paths_of_its_own(toy, new_study):
    """Only the rows of a network's own study share its choice set."""
    other = corridor.demand("central", 2025, network=new_study)
    renamed = replace(other, origins=("kordon",) * len(other), destinations=("southport",) * len(other))
    one = renamed.only([True] + [False] * (len(other) - 1))
    found = corridor.assign(toy, replace(one, references=((2024, one.t_yr),), cargoes=("grain",)), rule="logit")
    assert found.served_t_yr + found.unserved_t_yr == pytest.approx(one.total_t_yr)
