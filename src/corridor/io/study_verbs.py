"""Which questions a network can answer, and what the others need."""

from __future__ import annotations

from corridor.io.counts import counts_of, fitted_counts
from corridor.model.network import Network


def verbs_of(network: Network) -> dict[str, bool | str]:
    """Return which questions a network can answer: true, or what is missing."""
    routes: dict[str, bool | str] = dict.fromkeys(("route", "routes", "matrix", "reach", "flow", "why", "map"), True)
    if network.study is None:
        needs = "a study: a folder with study.yaml and demand.csv"
        studies = ("throughput", "volumes", "compare", "plan", "criticality", "report")
        counted = ("misfit", "calibrate", "backtest")
        return {**routes, "assign": "a demand file, or a study", **dict.fromkeys((*studies, *counted), needs)}
    study = network.study
    demand = bool(study.table("demand")) or "demand.csv: origin, destination, cargo, t_yr"
    branch = bool(network.branches) or "a branch with its screenline in the network"
    both = demand if demand is not True else branch
    counts = counts_of(study)
    base_year = study.settings.base_year
    fitted = bool(fitted_counts(counts, base_year)) or f"counts.csv: an observed volume of {base_year}"
    observed_years = {c.year for c in counts if c.kind == "counted"}
    later = base_year + 1 in observed_years or f"counts.csv: an observed volume of {base_year + 1}"

    def first_missing(*needs: bool | str) -> bool | str:
        return next((n for n in needs if n is not True), True)

    observed = bool(counts or study.table("times")) or "counts.csv or times.csv"
    return {
        **routes,
        "assign": demand,
        "throughput": both,
        "volumes": demand,
        "compare": first_missing(both, bool(study.scenarios) or "scenarios/NAME.yaml"),
        "plan": first_missing(both, bool(study.projects) or "projects.yaml"),
        "criticality": both,
        "report": both,
        "misfit": first_missing(demand, observed),
        "calibrate": first_missing(both, fitted),
        "backtest": first_missing(both, fitted, later),
    }
