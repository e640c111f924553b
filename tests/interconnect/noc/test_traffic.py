"""Patterns, bursts, events."""

import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.interconnect.noc import PATTERNS, Network, Traffic, bursty, from_events, mesh, request_reply, traffic


def targets(pattern, n=64, columns=8):
    return traffic(pattern, n, columns=columns).matrix.argmax(axis=1)


def test_patterns_are_booksim_s():
    assert targets("transpose")[8 * 2 + 5] == 8 * 5 + 2
    assert targets("bit-reversal")[0b000001] == 0b100000
    assert targets("bit-complement")[0] == 63
    assert targets("shuffle")[0b100001] == 0b000011
    assert targets("tornado")[0] == 3 * 8 + 3
    assert targets("neighbour")[7] == 8
    assert np.allclose(traffic("uniform", 64).matrix, 1 / 64)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_shares_sum_to_one(pattern):
    assert np.allclose(traffic(pattern, 16, columns=4).matrix.sum(axis=1), 1.0)


def test_hot_nodes_get_their_share():
    matrix = traffic("hotspot", 16, hot=(3, 5)).matrix
    assert matrix[0, 3] == pytest.approx(0.8 / 16 + 0.1) and matrix[0, 0] == pytest.approx(0.05)


UNIFORM = traffic("uniform", 16)
SOURCES = {"plain": UNIFORM, "bursty": bursty(UNIFORM), "sizes": traffic("uniform", 16, packet_flits=(1, 5))}


@pytest.mark.parametrize("one", SOURCES.values(), ids=SOURCES)
def test_sources_offer_the_load(one):
    found = Network(mesh(4, 4), seed=3).run(30_000, one, 0.1)
    assert found.throughput == pytest.approx(0.1, rel=0.05)


def test_bursts_wait_longer():
    plain = traffic("transpose", 16, columns=4)
    mean = [Network(mesh(4, 4), seed=3).run(20_000, one, 0.15).latency_cycles for one in (plain, bursty(plain))]
    assert mean[1] > 1.05 * mean[0]


def test_every_request_is_answered():
    network = Network(mesh(4, 4), seed=1)
    one = request_reply(16, (0, 15), reply_cycles=10)
    found = network.run(8000, one, 0.02)
    assert found.replies > 1000
    assert found.round_trip_cycles > 2 * 10 + 10
    quiet = network.run(2000, one, 0.0)
    assert quiet.in_network == quiet.queued_packets == 0


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda: traffic("zigzag", 16), "traffic: 'zigzag'"),
        (lambda: traffic("shuffle", 12), "a power of 2"),
        (lambda: traffic("transpose", 32), "a power of 4"),
        (lambda: traffic("uniform", 4).demand(1.5), "load: 1.5"),
        (lambda: bursty(traffic("uniform", 4)).demand(0.9), "at most"),
        (lambda: from_events("e", 4, [(5, 0, 1, 1), (3, 0, 1, 1)]), "in order"),
        (lambda: from_events("e", 4, [(-1, 0, 1, 1)]), "0 or more"),
        (lambda: from_events("e", 4, [(0, 0, 4, 1)]), "nodes from 0 to 3"),
        (lambda: from_events("e", 4, [(0, 0, 1, 0)]), "1 to 1,024 flits"),
        (lambda: request_reply(4, (4,)), "memories"),
        (lambda: request_reply(4, ()), "one node or more"),
        (lambda: Traffic("odd", np.full((2, 2), -1.0)), "shares"),
        (lambda: traffic("uniform", 4, packet_flits=0), "packet_flits"),
        (lambda: bursty(traffic("uniform", 4), begin=0.0), "burst"),
    ],
)
def test_what_makes_no_sense_is_refused(make, line):
    with pytest.raises(SpecError, match=line):
        make()
