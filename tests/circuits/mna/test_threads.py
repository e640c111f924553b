import multiprocessing
import threading

import pytest

from archwright.circuits.mna.threads import LEAST_BLOCKS, n_cores, spread


@pytest.mark.parametrize("n_threads", [1, 2, 3, 7])
def test_ranges_cover_all_blocks_once(n_threads):
    seen, lock = [], threading.Lock()

    def work(first, last):
        with lock:
            seen.extend(range(first, last))

    spread(work, 10 * LEAST_BLOCKS + 5, n_threads)
    assert sorted(seen) == list(range(10 * LEAST_BLOCKS + 5))


def test_small_batches_stay_in_this_thread():
    threads = []
    spread(lambda first, last: threads.append(threading.current_thread()), LEAST_BLOCKS, 8)
    assert threads == [threading.current_thread()]


def test_no_blocks_is_one_empty_range():
    ranges = []
    spread(lambda first, last: ranges.append((first, last)), 0)
    assert ranges == [(0, 0)]


def test_error_in_a_thread_reaches_the_caller():
    def work(first, last):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        spread(work, 100 * LEAST_BLOCKS, 2)


def _count_in_child(queue):
    seen = []
    spread(lambda first, last: seen.append(last - first), 4 * LEAST_BLOCKS, 2)
    queue.put(sum(seen))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_fork_after_use_does_not_wait_for_threads_that_are_gone():
    spread(lambda first, last: None, 4 * LEAST_BLOCKS, 2)
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    child = context.Process(target=_count_in_child, args=(queue,))
    child.start()
    child.join(20)
    assert child.exitcode == 0 and queue.get() == 4 * LEAST_BLOCKS


def test_cores_are_counted():
    assert n_cores() >= 1


def test_fewer_blocks_are_worth_a_thread_where_each_costs_more():
    ranges = []
    spread(lambda first, last: ranges.append((first, last)), 8, n_threads=2, least_blocks=4)
    assert sorted(ranges) == [(0, 4), (4, 8)]
    ranges.clear()
    spread(lambda first, last: ranges.append((first, last)), 8, n_threads=2)
    assert ranges == [(0, 8)]
