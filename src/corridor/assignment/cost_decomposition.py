"""Decomposition of path costs by figure, for the computation of costs under other figures.

The cost of an arc of the virtual network is a sum of *items*: a rate times a length, an
hour of waiting times the value of an hour. Each item is a product of a constant
and of at most four figures, or their reciprocals (a speed). The arcs of the paths of a
choice set and their items are prepared once. Each figure is then a factor on its
recorded value, and two passes of sums give the costs of all paths.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from corridor.arrays import Array
from corridor.assignment.choice_set import ChoiceSet, runs_of
from corridor.graph.cost_terms import CostTerms

MOST_FIGURES = 4


@dataclass(frozen=True)
class CostDecomposition:
    """The cost items of the arcs of a choice set.

    `figures` are the names of the factors; `item_usd_t` with `item_figure` (items,
    4) are the items, arc by arc (`first_item`). The number of a figure is its position;
    that of its reciprocal is larger by the number of figures; twice the number of figures
    stands for the constant 1. `arc` is the arc of each entry of `arcs` of the choice set. Charges
    (`charge_usd_t`, `charge_figure`, from `first_charge`) come from the rules of
    permission and friction that apply to the ends of the path; `rest_usd_t` by path is
    the cost that depends on no figure.
    """

    figures: tuple[str, ...]
    first_item: Array
    item_usd_t: Array
    item_figure: Array
    first_arc: Array
    arc: Array
    first_charge: Array
    charge_usd_t: Array
    charge_figure: Array
    rest_usd_t: Array

    def factors(self, given: Mapping[str, float] | None = None) -> Array:
        """Return the factors in the form that `costs` takes; 1 for every figure that is not given."""
        values = np.array([1.0 if given is None else given.get(name, 1.0) for name in self.figures])
        return extended(values)

    def only(self, paths: Array) -> CostDecomposition:
        """Return the decomposition of some of the paths (positions, ascending)."""
        first_arc, arcs = runs_of(self.first_arc, paths)
        first_charge, charges = runs_of(self.first_charge, paths)
        return replace(
            self,
            first_arc=first_arc,
            arc=self.arc[arcs],
            first_charge=first_charge,
            charge_usd_t=self.charge_usd_t[charges],
            charge_figure=self.charge_figure[charges],
            rest_usd_t=self.rest_usd_t[paths],
        )

    def with_charges(self, names: Sequence[str], of_path: Array, usd_t: float) -> CostDecomposition:
        """Return the decomposition with one more figure for each name, which leaves all costs as they are.

        Its factor f adds `usd_t` (f - 1) to the paths that `of_path` gives its number (-1: none).
        """
        before = len(self.figures)

        def renumbered(figure: Array) -> Array:
            shift = np.where(figure == 2 * before, 2, np.where(figure >= before, 1, 0))
            numbers: Array = figure + shift * len(names)
            return numbers

        charged = np.flatnonzero(of_path >= 0)
        owner = np.repeat(np.arange(len(of_path)), np.diff(self.first_charge))
        order = np.argsort(np.concatenate([owner, charged]), kind="stable")
        figure = np.concatenate([renumbered(self.charge_figure), before + of_path[charged]])
        amount = np.concatenate([self.charge_usd_t, np.full(len(charged), usd_t)])
        return replace(
            self,
            figures=(*self.figures, *names),
            item_figure=renumbered(self.item_figure),
            first_charge=self.first_charge + np.concatenate([[0], np.cumsum(of_path >= 0)]),
            charge_usd_t=amount[order],
            charge_figure=figure[order],
            rest_usd_t=self.rest_usd_t - np.where(of_path >= 0, usd_t, 0.0),
        )

    def costs(self, factors: Array) -> Array:
        """Return the generalised cost of every path in USD/t under the result of `factors`."""
        items = self.item_usd_t * np.prod(factors[self.item_figure], axis=1)
        arcs = np.add.reduceat(np.append(items, 0.0), self.first_item[:-1]) if len(self.first_item) > 1 else items
        total: Array = self.rest_usd_t + _sums(arcs[self.arc], self.first_arc)
        charges = self.charge_usd_t * factors[self.charge_figure]
        return total + _sums(charges, self.first_charge)


def extended(values: Array) -> Array:
    """Return factors, their reciprocals, and one, along the last axis."""
    all_factors: Array = np.concatenate([values, 1.0 / values, np.ones((*values.shape[:-1], 1))], axis=-1)
    return all_factors


def _sums(values: Array, first: Array) -> Array:
    total = np.concatenate([[0.0], np.cumsum(values)])
    sums: Array = total[first[1:]] - total[first[:-1]]
    return sums


def decompose_costs(choice_set: ChoiceSet) -> CostDecomposition:
    """Return the cost decomposition of the paths of a choice set."""
    search_graph = choice_set.context.search_graph
    used, arc = np.unique(choice_set.arcs, return_inverse=True)
    number: dict[str, int] = {}
    counts, usd, figures = np.zeros(len(used), np.int64), [], []
    for g in search_graph.cargoes:
        of_cargo = np.flatnonzero((used >= g.first_arc) & (used < g.first_arc + g.graph.arcs))
        terms = CostTerms(g.graph)
        for i in of_cargo.tolist():
            for amount, names in terms.generalised(int(used[i]) - g.first_arc):
                if amount:
                    counts[i] += 1
                    usd.append(amount)
                    figures.append([number.setdefault(n, len(number)) for n in names])
    first_charge, charge_usd, charge_names = _charges(choice_set)
    charge_number = np.array([number.setdefault(n, len(number)) for n in charge_names], dtype=np.int64)
    figure_names = [n for n in number if not n.startswith("/")]
    figure_names += [n[1:] for n in number if n.startswith("/") and n[1:] not in number]
    position = {n: i for i, n in enumerate(figure_names)}
    number_of_factor = np.array(
        [position[n] if not n.startswith("/") else len(figure_names) + position[n[1:]] for n in number] or [0],
        dtype=np.int64,
    )
    one = 2 * len(figure_names)
    padded = np.full((len(usd), MOST_FIGURES), one, dtype=np.int64)
    for i, chosen in enumerate(figures):
        padded[i, : len(chosen)] = number_of_factor[chosen]
    plain = CostDecomposition(
        tuple(figure_names),
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        np.array(usd, dtype=np.float64),
        padded,
        choice_set.first_arc,
        arc.astype(np.int64),
        first_charge,
        charge_usd,
        number_of_factor[charge_number] if len(charge_number) else charge_number,
        np.zeros(len(choice_set)),
    )
    rest = choice_set.cost - plain.costs(plain.factors())
    rest[np.abs(rest) < 1e-9 * np.maximum(choice_set.cost, 1.0)] = 0.0  # rounding
    return replace(plain, rest_usd_t=rest)


def _charges(choice_set: ChoiceSet) -> tuple[Array, Array, list[str]]:
    """Return the charges of the rules that apply to each path: first charge by path, USD/t, figure."""
    context = choice_set.context
    search_graph, network, demand = context.search_graph, context.network, context.demand
    owner = np.repeat(np.arange(len(choice_set)), np.diff(choice_set.first_arc))
    ends = [
        (network.country_of(o), network.country_of(d)) for o, d in zip(demand.origins, demand.destinations, strict=True)
    ]
    paths, amounts, names = [], [], []
    for g in search_graph.cargoes:
        frictions = g.graph.frictions
        entries = np.flatnonzero((choice_set.arcs >= g.first_arc) & (choice_set.arcs < g.first_arc + g.graph.arcs))
        commodity = choice_set.commodity[owner[entries]]
        for rule in frictions.rules:
            if rule["effect"] != "charge":
                continue
            charged = np.zeros(g.graph.arcs)
            for a, usd in frictions.arcs_of(rule).items():
                charged[a] = usd
            applies = np.zeros(len(demand), dtype=np.bool_)
            for c in np.unique(commodity).tolist():
                applies[c] = any(r["id"] == rule["id"] for r in frictions.holding(*ends[c]))
            usd_t = charged[choice_set.arcs[entries] - g.first_arc] * applies[commodity]
            total = np.bincount(owner[entries], weights=usd_t, minlength=len(choice_set))
            charged_paths = np.flatnonzero(total)
            paths.append(charged_paths)
            amounts.append(total[charged_paths])
            names += [f"{rule['id']} usd_t"] * len(charged_paths)
    if not paths:
        return np.zeros(len(choice_set) + 1, np.int64), np.zeros(0), []
    path, charged_usd_t = np.concatenate(paths), np.concatenate(amounts)
    order = np.argsort(path, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(path, minlength=len(choice_set)))]).astype(np.int64)
    return first, charged_usd_t[order], [names[i] for i in order.tolist()]
