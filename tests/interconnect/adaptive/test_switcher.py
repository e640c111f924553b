import numpy as np

from archwright.interconnect.adaptive.running import Course, mean_latency
from archwright.interconnect.adaptive.switcher import MOST_CONTEXTS, Switcher, best_by_pattern, run_fixed, run_oracle

COURSE = Course(patterns=("uniform", "transpose"), load=0.25, phase_cycles=1_500, routings=("xy", "o1turn"))


def test_it_learns_to_leave_dimension_order_when_traffic_is_transposed():
    switcher = Switcher(COURSE)
    switcher.learn(3, seed=10, rng=np.random.default_rng(0))
    assert len(switcher.contexts) == 2
    epochs = switcher.run(1, seed=1)
    assert {one.routing for one in epochs[-15:]} == {1}
    fixed = [mean_latency(run_fixed(COURSE, routing, 1, seed=1)) for routing in (0, 1)]
    oracle = mean_latency(run_oracle(COURSE, best_by_pattern(COURSE, seed=5), 1, seed=1))
    ours = mean_latency(epochs)
    assert ours < 0.7 * fixed[0]
    assert ours < 1.2 * min(oracle, *fixed)


def test_the_oracle_s_routings_are_those_of_the_table():
    assert best_by_pattern(COURSE, seed=0)[1] == 1


def test_contexts_are_found_by_distance_and_do_not_grow_without_end():
    switcher = Switcher(COURSE)
    first = np.zeros(4)
    assert switcher.recognise(first) == 0
    assert switcher.recognise(first + 0.05) == 0
    assert switcher.recognise(first + 0.5) == 1
    for step in range(40):
        switcher.recognise(first + step)
    assert len(switcher.contexts) == MOST_CONTEXTS


def test_a_gain_of_less_than_a_twentieth_is_not_switched_for():
    switcher = Switcher(COURSE)
    switcher.contexts = [np.zeros(4), np.ones(4)]
    for context, arm, latency in ((0, 0, 100.0), (0, 1, 103.0), (1, 0, 300.0), (1, 1, 100.0)):
        switcher.bandit.learn(context, arm, -latency)
    assert switcher.plan() == [1, 1]
    switcher.bandit.learn(0, 1, -123.0)
    assert switcher.plan() == [0, 1]


def test_refining_on_whole_rounds_never_ends_worse_than_the_best_routing_alone():
    course = Course(patterns=("uniform", "transpose"), load=0.3, phase_cycles=500, routings=("xy", "o1turn"))
    switcher = Switcher(course)
    switcher.contexts, switcher.planned = [np.array([0.4, 0.4, 0.4, 0.0]), np.array([0.0, 0.95, 0.4, 1.0])], [0, 0]
    switcher.refine(seed=7)
    alone = [mean_latency(run_fixed(course, routing, 1, seed=7)) for routing in (0, 1)]
    assert mean_latency(switcher.run(1, seed=7)) <= min(alone)
    assert switcher.planned[1] == 1
