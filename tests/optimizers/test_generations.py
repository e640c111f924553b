import numpy as np

from archwright.core.goal import Goals
from archwright.optimizers.generations import Generations
from archwright.optimizers.keyed import Told
from archwright.testing.functions import Sphere


def told(*losses):
    losses = np.array(losses, dtype=float)
    return Told(losses[:, None], np.zeros(len(losses)), losses, losses[:, None])


def begun(*losses):
    generations = Generations(3, 1, Goals(Sphere(1).goals))
    generations.found(told(*losses))
    return generations


def test_founders_are_collected_and_the_best_are_kept():
    generations = begun(5.0, 3.0)
    assert not generations.has_begun
    generations.found(told(9.0, 1.0))
    assert generations.has_begun and generations.members.losses.tolist() == [1.0, 3.0, 5.0]


def test_children_and_the_best_member_take_over_when_there_are_enough():
    generations = begun(1.0, 2.0, 3.0)
    generations.bear(told(8.0))
    assert generations.members.losses.tolist() == [1.0, 2.0, 3.0]
    generations.bear(told(7.0, 0.5, 9.0, 6.0))
    # {8, 7} and 1 are a generation, then {0.5, 9} and 1; 6 waits.
    assert generations.members.losses.tolist() == [0.5, 1.0, 9.0]
    assert generations.brood.losses.tolist() == [6.0]


def test_a_restored_one_is_the_same():
    first, second = begun(1.0, 2.0, 3.0), begun(4.0)
    first.bear(told(8.0))
    second.restore(first.state())
    for one in (first, second):
        one.bear(told(5.0))
    assert first.members.losses.tolist() == second.members.losses.tolist() == [1.0, 5.0, 8.0]
