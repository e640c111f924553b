"""Runs against DRAMSys 4 and Ramulator 2.1, whose figures were measured once and stand in `published`.

Their stream trace is known line by line, the others by their statistics, so that theirs are compared within what
another draw changes.
"""

import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.memory.dram.controller import Controller
from archwright.memory.dram.device import find_device
from archwright.memory.dram.published import DRAMSYS, DRAMSYS_TRACES, RAMULATOR
from archwright.memory.dram.simulation import simulate
from archwright.memory.traces import Trace, generate

PLAYED = {name: generate(name) for name in DRAMSYS_TRACES}


def name_of(options):
    return "-".join(str(value) for value in options.values()) if isinstance(options, dict) else None


@pytest.mark.parametrize(("options", "energy_uj", "time_ns"), [(row[0], *row[1][0]) for row in DRAMSYS], ids=name_of)
def test_the_stream_is_played_as_dramsys_does(options, energy_uj, time_ns):
    found = simulate(PLAYED["stream"], Controller(**options)).metrics()
    tolerance = 2e-4 if options.get("page_policy") == "closed" else 4e-5
    assert found["time_s"] * 1e9 == pytest.approx(time_ns, rel=tolerance)
    assert found["energy_j"] * 1e6 == pytest.approx(energy_uj, rel=1e-3)


@pytest.mark.parametrize(("options", "energy_uj", "time_ns"), [(row[0], *row[1][1]) for row in DRAMSYS], ids=name_of)
def test_random_places_are_within_two_percent_of_dramsys(options, energy_uj, time_ns):
    found = simulate(PLAYED["random"], Controller(**options)).metrics()
    assert found["time_s"] * 1e9 == pytest.approx(time_ns, rel=0.02)
    assert found["energy_j"] * 1e6 == pytest.approx(energy_uj, rel=0.01)


def test_the_published_stream_takes_50025_ns_exactly():
    run = simulate(PLAYED["stream"], Controller(refresh_policy="no-refresh"))
    assert run.total_clk == 40_020


@pytest.mark.parametrize(("trace", "column"), [("cloud-1", 2), ("cloud-2", 3)])
def test_cloud_traces_are_on_average_within_two_percent_of_dramsys(trace, column):
    """A single draw is up to 3 % off: what waits in a bank's buffer depends on where few random requests fall."""
    drawn = [generate(trace, seed=seed) for seed in range(5)]
    for options, figures in DRAMSYS:
        found = [simulate(one, Controller(**options)).metrics() for one in drawn]
        energy_uj, time_ns = figures[column]
        assert np.mean([one["time_s"] for one in found]) * 1e9 == pytest.approx(time_ns, rel=0.02), options
        assert np.mean([one["energy_j"] for one in found]) * 1e6 == pytest.approx(energy_uj, rel=0.01), options


@pytest.mark.parametrize(("device", "trace", "without", "refreshed"), RAMULATOR)
def test_clocks_are_within_one_percent_of_ramulator(device, trace, without, refreshed):
    for policy, clocks in (("no-refresh", without), ("all-bank", refreshed)):
        shared = Controller(scheduler_buffer="shared", request_buffer_size=32, refresh_policy=policy)
        assert simulate(PLAYED[trace], shared, find_device(device)).total_clk == pytest.approx(clocks, rel=0.01)


def test_one_bank_is_slower_than_many():
    one_bank = simulate(generate("ping-pong"), Controller(scheduler="fifo"))
    assert one_bank.total_clk > 4 * simulate(PLAYED["random"]).total_clk
    assert set(simulate(PLAYED["stream"], order="bank-row-column").requests[:, 1]) == {0}


def test_an_address_beyond_the_device_is_refused():
    trace = Trace(np.array([0]), np.array([1 << 30]), np.array([False]), np.array([0]))
    with pytest.raises(SpecError, match="0x40000000' is not possible; allowed: below 0x40000000, the size of ddr3"):
        simulate(trace)
    simulate(trace, device=find_device("ddr4-2400r-8gb-x8"))


def test_without_refresh_data_is_forgotten():
    assert simulate(generate("stream", 10), Controller(refresh_policy="no-refresh")).postponed_refreshes > 8000
    assert simulate(PLAYED["stream"], Controller(refresh_max_postponed=4)).postponed_refreshes == 4
