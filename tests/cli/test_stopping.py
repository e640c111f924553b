import os
import signal
import threading
import time

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


def test_sigterm_is_heeded_like_ctrl_c():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Stopped, match="5 trials are stored"), stoppable(lambda: "5 trials are stored"):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5.0)
    assert signal.getsignal(signal.SIGTERM) is before


def test_other_threads_leave_signals_alone():
    ended = []

    def work():
        with stoppable(lambda: "nothing"):
            ended.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ended == [before]
