import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.interconnect.spanner.families import named_instance
from archwright.interconnect.spanner.recipe import METHODS, Recipe, choose_links
from archwright.interconnect.spanner.stretch import measure_stretch

TORUS = named_instance("torus-6x6")


@pytest.mark.parametrize("start", METHODS)
def test_every_start_ends_within_the_stretch(start):
    kept = choose_links(TORUS, Recipe(start, k=3), 1.4)
    assert measure_stretch(TORUS.graph, kept, TORUS.sources).is_within(1.4)
    more = choose_links(TORUS, Recipe(start, k=3), 1.4, has_removal=False)
    assert (more >= kept).all() and measure_stretch(TORUS.graph, more, TORUS.sources).is_within(1.4)


def test_weights_and_seeds_change_the_order():
    one = choose_links(TORUS, Recipe(noise=0.5), 1.4)
    assert np.array_equal(one, choose_links(TORUS, Recipe(noise=0.5), 1.4))
    for other in (Recipe(noise=0.5, seed=1), Recipe(use_weight=-1.0), Recipe(length_weight=1.0, use_weight=0.0)):
        assert not np.array_equal(one, choose_links(TORUS, other, 1.4))


def test_links_that_are_used_little_go_first():
    sizes = [choose_links(TORUS, Recipe(use_weight=weight, noise=0.0), 1.4).sum() for weight in (1.0, -1.0)]
    assert sizes[0] < sizes[1]


def test_an_unknown_start_is_refused():
    with pytest.raises(SpecError, match="start: 'bals'"):
        choose_links(TORUS, Recipe("bals"), 1.4)
