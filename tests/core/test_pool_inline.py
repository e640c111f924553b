import pytest

from archwright.core.errors import SpecError
from archwright.core.pool_inline import InlineExecutor
from archwright.testing.misbehaving import Misbehaving


def test_calls_run_where_they_are_submitted():
    seen = []
    future = InlineExecutor().submit(seen.append, 3)
    assert seen == [3] and future.done() and future.result() is None


def test_options_and_errors_pass():
    assert InlineExecutor().submit(sorted, [1, 2], reverse=True).result() == [2, 1]
    with pytest.raises(ZeroDivisionError):
        InlineExecutor().submit(divmod, 1, 0).result()


def test_a_stop_by_the_user_stops():
    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        InlineExecutor().submit(stop)


def test_the_problem_stays_where_it_is():
    problem = Misbehaving()
    assert InlineExecutor().share(problem).load() is problem


def test_a_time_limit_cannot_be_kept():
    with pytest.raises(SpecError, match=r"timeout_s: 2\.0"):
        InlineExecutor().submit_within(2.0, max, 1, 2)
    assert InlineExecutor().submit_within(None, max, 1, 2).result() == 2
