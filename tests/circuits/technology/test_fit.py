"""The fit against ngspice: what is stored stays as close to its card as the documentation says."""

import numpy as np
import pytest

from archwright.circuits.ngspice.library import find_library
from archwright.circuits.ngspice.worker import NgspiceWorker
from archwright.circuits.technology.fit import fit_model, fitted_numbers, modelled, reference_curves, residuals
from archwright.circuits.technology.nodes import NODES, technology

pytestmark = [
    pytest.mark.external,
    pytest.mark.skipif(find_library() is None, reason="libngspice is not installed: apt-get install libngspice0"),
]
ON_UA, OFF_NA = {"250nm": 600, "180nm": 600, "130nm": 700, "65nm": 900, "45nm": 1100}, 20.0
"""Published typical on-currents of n devices per micrometre, and a bound for all their off-currents."""


@pytest.fixture(scope="module")
def ngspice():
    with NgspiceWorker() as worker:
        yield worker


@pytest.fixture(scope="module")
def curves(ngspice):
    models = {(node, model.polarity): model for node in NODES for model in technology(node).models}
    return {at: reference_curves(ngspice, model, technology(at[0]).supply_v) for at, model in models.items()}


@pytest.mark.parametrize("polarity", ["n", "p"])
@pytest.mark.parametrize("node", NODES)
def test_stored_model_is_near_its_card(curves, node, polarity):
    found = technology(node)
    left = residuals(found.nmos if polarity == "n" else found.pmos, curves[node, polarity])
    assert left.current < 0.035 and left.gm < 0.05 and left.gds < 0.12
    assert left.short_current < 0.035 and left.capacitance < 0.12 and left.noise < 0.13


@pytest.mark.parametrize("node", NODES)
def test_currents_are_typical_of_the_node(curves, node):
    per_um = {at: 1e-6 / one.width_m * one.quantities["id"][0, 0] for at, one in curves.items()}
    n, p = per_um[node, "n"], per_um[node, "p"]
    assert n[-1, -1] * 1e6 == pytest.approx(ON_UA[node], rel=0.15)
    assert 0.35 < p[-1, -1] / n[-1, -1] < 0.6
    assert max(n[0, -1], p[0, -1]) * 1e9 < OFF_NA


def test_fit_gives_the_stored_numbers(curves):
    """From another start: the least squares know one answer."""
    stored = technology("180nm").pmos
    found = fit_model(stored, curves["180nm", "p"])
    ours = modelled(found, curves["180nm", "p"])["id"]
    theirs = modelled(stored, curves["180nm", "p"])["id"]
    np.testing.assert_allclose(ours[..., 8:, 1:], theirs[..., 8:, 1:], rtol=0.01)
    assert fitted_numbers(found).keys() == fitted_numbers(stored).keys()
