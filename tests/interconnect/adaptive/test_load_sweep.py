import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from archwright.core.errors import SpecError
from archwright.interconnect.adaptive.load_sweep import LoadSweep
from archwright.interconnect.adaptive.load_table import Scenario, latency_table

SMALL = Scenario(routings=("xy", "o1turn"), loads=(0.1, 0.3), cycles=400, size=4)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_it_is_an_environment():
    check_env(LoadSweep(SMALL), skip_render_check=True)
    assert isinstance(LoadSweep(SMALL), gymnasium.Env)


def test_the_load_rises_whatever_is_chosen_and_the_reward_is_minus_the_latency():
    env, table = LoadSweep(SMALL), latency_table(SMALL)
    for action in (0, 1):
        assert env.reset()[0] == 0
        state, reward, is_over, _, info = env.step(action)
        assert (state, is_over, info["load"]) == (1, False, 0.3)
        assert reward == -np.round(table[0, action], 2)
        assert env.step(action)[2]


def test_an_episode_that_is_over_must_be_reset():
    env = LoadSweep(SMALL)
    with pytest.raises(SpecError, match="reset"):
        env.step(0)
    env.reset()
    with pytest.raises(SpecError, match="action: 2"):
        env.step(2)
