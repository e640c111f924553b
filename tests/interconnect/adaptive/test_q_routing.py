import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.interconnect.adaptive.q_routing import learned_network
from archwright.interconnect.noc import Network, mesh, traffic

TRANSPOSE = traffic("transpose", 64, columns=8)


def test_routers_learn_ways_around_what_dimension_order_jams():
    learned = learned_network(mesh(8, 8), TRANSPOSE, 0.2, cycles=4_000).run(2_000, TRANSPOSE, 0.2)
    network = Network(mesh(8, 8), "xy")
    network.run(4_000, TRANSPOSE, 0.2)
    assert learned.latency_cycles < 0.5 * network.run(2_000, TRANSPOSE, 0.2).latency_cycles


def test_without_a_rate_nothing_is_learned():
    networks = [learned_network(mesh(8, 8), TRANSPOSE, 0.1, cycles=500, rate=rate) for rate in (0.0, 0.2)]
    first = Network(mesh(8, 8), "q-routing").learned.quality
    assert np.array_equal(networks[0].learned.quality, first)
    assert not np.array_equal(networks[1].learned.quality, first)


@pytest.mark.parametrize("option", ["rate", "exploration"])
def test_shares_out_of_range_are_refused(option):
    with pytest.raises(SpecError, match=f"{option}: 1.5"):
        learned_network(mesh(4, 4), traffic("uniform", 16), 0.1, cycles=10, **{option: 1.5})
