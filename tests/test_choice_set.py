"""The choice set that the shipped study holds is what its network gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import corridor
from corridor.study import study_choice_set
from corridor.study.study_model import _study_model_of, study_model_of


def path_keys(choice_set):
    """Return commodity and arcs of each path."""
    first, arcs = choice_set.first_arc, choice_set.arcs
    return {(int(c), arcs[first[i] : first[i + 1]].tobytes()): i for i, c in enumerate(choice_set.commodity.tolist())}


@pytest.mark.stage("test")
def test_the_shipped_choice_set_belongs_to_the_shipped_network(net):
    model = study_model_of(net)
    assert study_choice_set._shipped(net, model.key) is not None, "run `python -m tools.choice_set`"


def test_it_is_what_its_network_gives(net, monkeypatch, tmp_path):
    monkeypatch.setenv("CORRIDOR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(study_choice_set, "_shipped", lambda *_: None)
    shipped, grown = study_model_of(net).choice_set, _study_model_of(replace(net, cache={})).choice_set
    known, found = path_keys(shipped), path_keys(grown)
    assert known.keys() == found.keys()
    order = [known[k] for k in found]
    at = list(found.values())
    assert grown.cost[at] == pytest.approx(shipped.cost[order], rel=1e-9)
    assert grown.parts[at] == pytest.approx(shipped.parts[order], rel=1e-9)
    assert len(grown.units) == len(shipped.units) and np.isclose(grown.units.sum(), shipped.units.sum())


def test_a_figure_or_a_source_decides_whether_it_fits(net):
    """Paths and costs depend on figures, not on their ranges, sources and notes."""
    model = study_model_of(net)
    table = net.link_table
    noted = replace(net, link_table=table.replaced({"note": {0: "another note"}, "length_km_low": {0: 1.0}}), cache={})
    longer = replace(net, link_table=table.replaced({"length_km": {0: float(table["length_km"][0]) + 1.0}}), cache={})
    keys = []
    for changed in (noted, longer):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(study_choice_set._Growth, "whole", lambda _self: model.choice_set)
            patch.setattr(corridor.cache, "load_arrays", lambda _key: None)
            patch.setattr(corridor.cache, "save_arrays", lambda *_: None)
            keys.append(_study_model_of(changed).key)
    assert keys[0] == model.key != keys[1]
