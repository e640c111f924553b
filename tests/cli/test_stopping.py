import pytest

from archwright.cli.stopping import Stopped, stoppable


def test_ctrl_c_becomes_a_remark_on_what_is_kept():
    with pytest.raises(Stopped, match="5 trials are stored"), stoppable(lambda: "5 trials are stored"):
        raise KeyboardInterrupt


def test_other_errors_and_quiet_ends_pass():
    with pytest.raises(ValueError, match="x"), stoppable(lambda: "nothing"):
        raise ValueError("x")
    with stoppable(lambda: pytest.fail("asked without need")):
        pass
