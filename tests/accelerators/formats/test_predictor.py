import numpy as np
import pytest

from archwright.accelerators.formats.converter import Converter
from archwright.accelerators.formats.predictor import SagePredictor, covering_choices, draw_products, regrets
from archwright.accelerators.formats.sage import choices_of, tabulate
from archwright.core.errors import SpecError


def test_a_covering_shows_every_part_once():
    found = covering_choices()
    assert len(set(found)) == 35 and set(found) < set(choices_of(2))
    for first, second in ((0, slice(2, 4)), (1, slice(2, 4))):
        assert len({(one[first], one[second]) for one in found}) == 35


def test_it_learns():
    rng = np.random.default_rng(0)
    new = draw_products(400, rng=rng)
    few, more = (SagePredictor().fit(draw_products(n, rng=rng)) for n in (20, 200))
    assert (few.n_evaluations, more.n_evaluations) == (700, 7000)
    assert more.regrets(new).mean() < 0.05 and more.regrets(new).mean() < 0.5 * few.regrets(new).mean()
    assert (more.regrets(new) >= 0.0).all()


def test_regrets_by_hand():
    table = tabulate(draw_products(3, rng=np.random.default_rng(1)))
    assert regrets(table.energy_delay_js, table).tolist() == [0.0, 0.0, 0.0]
    worst = regrets(-table.energy_delay_js, table)
    assert worst == pytest.approx(table.energy_delay_js.max(axis=1) / table.energy_delay_js.min(axis=1) - 1.0)


def test_a_converter_is_needed():
    with pytest.raises(SpecError, match="converter: 'none' is not possible"):
        SagePredictor(converter=Converter("none"))
