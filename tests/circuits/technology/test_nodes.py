"""The five nodes: what they hold, how they scale, and what is refused."""

import numpy as np
import pytest

from archwright.circuits.technology.nodes import FEATURES, NODES, bsim4_card, technology
from archwright.circuits.two_stage_tia import TwoStageTIA
from archwright.core.errors import SpecError
from archwright.core.space import decode_many


@pytest.mark.parametrize("name", NODES)
def test_node_has_a_model_of_each_polarity_with_its_card(name):
    node = technology(name)
    assert f"{node.node_nm}nm" == name
    assert [(model.name, model.polarity) for model in node.models] == [("nch", "n"), ("pch", "p")]
    for model in node.models:
        assert model.card == bsim4_card(name, model.polarity)
        assert model.least_length_m == node.least_length_m < node.least_width_m


def test_nodes_shrink_in_size_and_supply():
    nodes = [technology(name) for name in NODES]
    for field in ("node_nm", "supply_v", "least_length_m", "least_width_m"):
        assert (np.diff([getattr(node, field) for node in nodes]) < 0).all()


def test_features_differ_between_nodes_and_polarities():
    rows = {technology(name).features(polarity) for name in NODES for polarity in ("n", "p")}
    assert len(rows) == 10 and {len(row) for row in rows} == {len(FEATURES)}


def test_flat_band_voltage_follows_from_threshold_and_doping():
    """vfb = vth0 - phi - k1 sqrt(phi), with phi = 0.4 + Ut ln(ndep / ni): BSIM4 manual, equation 2.2.1."""
    features = dict(zip(FEATURES, technology("180nm").features("n"), strict=True))
    phi = 0.4 + 0.025865 * np.log(5.95e17 / 1.45e10)
    assert features["vfb_v"] == pytest.approx(features["vth0_v"] - phi - 0.51 * np.sqrt(phi), abs=1e-4)


@pytest.mark.parametrize("name", NODES)
def test_random_sizings_of_an_amplifier_converge(name):
    problem = TwoStageTIA(node=name)
    keys = np.random.default_rng(0).random((512, problem.space.horizon))
    values = problem.space.to_array(decode_many(problem.space, keys))
    assert problem.bench.simulator.operate(values).is_converged.all()


def test_unknown_node_is_refused_in_one_line():
    with pytest.raises(SpecError, match="did you mean '180nm'"):
        technology("18nm")
