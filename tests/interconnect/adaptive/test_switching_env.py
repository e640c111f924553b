import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from archwright.core.errors import SpecError
from archwright.interconnect.adaptive.running import Course
from archwright.interconnect.adaptive.switching_env import SwitchingEnv

COURSE = Course(
    patterns=("uniform", "transpose"), load=0.2, phase_cycles=500, epoch_cycles=250, routings=("xy", "o1turn"), size=4
)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_it_is_an_environment():
    check_env(SwitchingEnv(COURSE), skip_render_check=True)


def test_the_reward_is_minus_the_latency_and_the_course_ends():
    env = SwitchingEnv(COURSE, rounds=2)
    env.reset(seed=1)
    steps = [env.step(0) for _ in range(8)]
    assert [one[2] for one in steps] == [False] * 7 + [True]
    assert all(one[1] == -one[4]["latency_cycles"] / 1000.0 for one in steps)
    assert np.array_equal(steps[0][0][-2:], [1.0, 0.0])
    with pytest.raises(SpecError, match="reset"):
        env.step(0)


def test_what_makes_no_sense_is_refused():
    with pytest.raises(SpecError, match="rounds"):
        SwitchingEnv(COURSE, rounds=0)
    env = SwitchingEnv(COURSE)
    env.reset()
    with pytest.raises(SpecError, match="action: 5"):
        env.step(5)
