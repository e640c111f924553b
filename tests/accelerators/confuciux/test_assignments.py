import numpy as np
import pytest

from archwright.accelerators.confuciux.assignments import FEATURES, Assignments
from archwright.accelerators.confuciux.tables import Tables
from archwright.accelerators.workloads import Layer, read_layers
from archwright.core.errors import SpecError
from archwright.core.space import decode_many

LAYERS = read_layers("mobilenet-v2")[:5]


@pytest.mark.parametrize("flows", [["dla"], ["dla", "shi"]])
@pytest.mark.parametrize("is_shared", [False, True])
def test_designs_and_actions_are_two_names_of_the_same_thing(is_shared, flows):
    found = Assignments(Tables(LAYERS, flows), is_shared=is_shared)
    designs = decode_many(found.record, np.random.default_rng(0).random((20, found.record.horizon)))
    actions = found.to_actions(designs)
    assert actions.shape == (20, 5)
    assert [found.to_design(row) for row in actions] == designs


def test_the_design_says_what_each_layer_gets():
    tables = Tables(LAYERS, ["dla", "shi"])
    found = Assignments(tables, is_shared=False)
    design = found.to_design(np.array([tables.index[("shi", 16, 4)]] * 5))
    assert (design["stem.n_pes"], design["stem.tile"], design["stem.dataflow"]) == (16, 4, "shi")
    shared = Assignments(tables, is_shared=True)
    assert shared.record.axes[:3] == ("n_pes", "tile", "stem.dataflow")


@pytest.mark.parametrize("is_shared", [False, True])
def test_a_draft_decides_layer_after_layer(is_shared):
    found = Assignments(Tables(LAYERS, ["dla", "shi"]), is_shared=is_shared)
    draft, counts, whole = found.record.start(), [], np.zeros(0)
    while (decision := draft.next()) is not None:
        counts.append(found.decided(draft).shape[1])
        draft = draft.choose(decision.at(0.6))
        whole = found.decided(draft)
    assert counts == ([0, 0, 0, 1, 2, 3, 4] if is_shared else [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4])
    assert whole.tolist() == found.to_actions([draft.design()]).tolist()


def test_the_observation_shows_sizes_and_what_is_decided():
    found = Assignments(Tables(LAYERS, ["dla"]), is_shared=False)
    draft = found.record.start().choose(5).choose(3)
    seen = found.observe(draft)
    assert seen.nodes.shape == (5, len(FEATURES)) and seen.edges.tolist() == [[0, 1], [1, 2], [2, 3], [3, 4]]
    assert seen.nodes[0, -3:].tolist() == [1.0, 16 / 128, 4 / 12] and (seen.nodes[1:, -3:] == 0.0).all()
    assert seen.nodes[:, :3].tolist() == [[1, 0, 0], [0, 1, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0]]
    assert (seen.nodes[:, 3:10].max(axis=0) == 1.0).all()


def test_layers_of_the_same_name_and_strange_drafts_are_one_line():
    with pytest.raises(SpecError, match="workload: 'a' is not possible"):
        Assignments(Tables([Layer("a", 1, 1), Layer("a", 2, 2)], ["dla"]), is_shared=False)
    found = Assignments(Tables(LAYERS, ["dla"]), is_shared=False)
    with pytest.raises(SpecError, match="draft"):
        found.decided(Assignments(Tables(LAYERS, ["dla"]), is_shared=True).record.start())
