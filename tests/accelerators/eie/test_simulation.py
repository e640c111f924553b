import numpy as np
import pytest

from archwright.accelerators.eie.encoding import encode
from archwright.accelerators.eie.layers import PUBLISHED, layer_of, published_layer
from archwright.accelerators.eie.machine import Machine
from archwright.accelerators.eie.referee import run_layer
from archwright.accelerators.eie.simulation import needed_memories, simulate


def test_a_run_is_what_the_referee_sees():
    rng = np.random.default_rng(3)
    codes = (rng.integers(1, 16, (300, 40)) * (rng.random((300, 40)) < 0.1)).astype(np.uint8)
    activations = np.where(rng.random(40) < 0.6, 5, 0).astype(np.int16)
    machine = Machine(n_pes=4, fifo_depth=4)
    verdict = run_layer(encode(codes, machine), np.arange(16, dtype=np.int16), activations)
    run = simulate(layer_of("x", codes, activations, rng=rng), machine)
    assert (run.cycles, run.timing.stall_cycles) == (verdict.cycles, verdict.stall_cycles)
    assert (run.line_reads, run.events.pointer_reads) == (verdict.line_reads, verdict.pointer_reads)
    assert run.n_weights == np.count_nonzero(codes[:, activations != 0])
    assert run.events.entries == encode(codes, machine).counts[activations != 0].sum()


def test_shares_of_a_run():
    weights = np.zeros((34, 2))
    weights[[0, 33], 0] = 1.0  # 32 zeros between them: two paddings
    run = simulate(layer_of("x", weights, rng=np.random.default_rng(0)), Machine(n_pes=1))
    assert run.n_weights == 2 and run.entries.tolist() == [4] and run.empty.tolist() == [1]
    assert run.padding_share == 0.5
    assert run.cycles == 1 + 5 + 6 and run.balance == pytest.approx(4 / 12)
    assert run.theoretical_s == 4 / 800e6 and run.time_s == 12 / 800e6


def test_memories_are_whole_kilobytes():
    assert needed_memories(1024, 511, Machine()) == (1024, 1024)
    assert needed_memories(1025, 512, Machine()) == (2048, 2048)
    assert needed_memories(1024, 511, Machine(index_bits=5)) == (2048, 1024)


def test_vgg_6_is_beyond_16_bit_pointers():
    run = simulate(published_layer("vgg-6"))
    assert not run.fits_pointers and run.most_stored > 65_535
    assert simulate(published_layer("alex-6")).fits_pointers
    assert run.energy_j(run.needed) < run.energy_j() and run.area_um2(run.needed) < run.area_um2()


def test_the_nine_layers_come_within_nine_percent_of_the_published_times():
    errors = [simulate(published_layer(name)).time_s / row.actual_s - 1.0 for name, row in PUBLISHED.items()]
    assert np.abs(errors).mean() <= 0.09
    assert sum(abs(error) <= 0.11 for error in errors) == 7


def test_no_active_input_is_no_error():
    run = simulate(layer_of("x", np.ones((4, 4)), np.zeros(4), rng=np.random.default_rng(0)), Machine(n_pes=2))
    assert run.cycles == 3 and run.padding_share == 0.0 and run.energy_j() > 0.0
