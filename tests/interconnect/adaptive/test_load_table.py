import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.interconnect.adaptive.load_table import Scenario, latency_table
from archwright.interconnect.noc import Network, mesh, traffic

SMALL = Scenario(routings=("xy", "o1turn"), loads=(0.1, 0.3), cycles=400, size=4, seed=3)


def test_a_cell_is_one_run_of_the_network():
    network = Network(mesh(4, 4), "o1turn", seed=3)
    alone = network.run(400, traffic("shuffle", 16, columns=4), 0.3).latency_cycles
    assert latency_table(SMALL)[1, 1] == alone


def test_it_is_measured_once_and_cannot_be_changed():
    assert latency_table(SMALL) is latency_table(SMALL)
    with pytest.raises(ValueError, match="read-only"):
        latency_table(SMALL)[0, 0] = 0.0


def test_more_load_takes_longer():
    assert np.all(np.diff(latency_table(SMALL), axis=0) > 0)


@pytest.mark.parametrize("options", [{"loads": ()}, {"loads": (0.2, 0.1)}, {"loads": (0.1, 0.1)}, {"routings": ()}])
def test_what_cannot_be_swept_is_refused(options):
    with pytest.raises(SpecError, match=next(iter(options))):
        Scenario(**options)
