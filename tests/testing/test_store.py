from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from archwright.core.errors import StoreError
from archwright.core.goal import Goals
from archwright.core.store import Store
from archwright.testing.store import check_store, trials_of_every_kind


class Rounding(Store):
    def trials(self, study_id, start=0, stop=None, *, goals=None):
        found = super().trials(study_id, start, stop, goals=goals)
        return [replace(one, metrics={k: float(f"{v:.15g}") for k, v in one.metrics.items()}) for one in found]


class Piecemeal(Store):
    """Stores what it can of a refused batch."""

    def add_trials(self, study_id, trials):
        for trial in sorted(trials, key=lambda one: -one.number):
            super().add_trials(study_id, [trial])


class Overwriting(Store):
    def add_trials(self, study_id, trials):
        known = {one.number for one in self.trials(study_id)}
        for trial in trials:
            if trial.number in known:
                self.replace_trial(study_id, trial)
        super().add_trials(study_id, [trial for trial in trials if trial.number not in known])


class Hospitable(Store):
    @contextmanager
    def lock(self, study_id):
        yield


class Mixing(Store):
    def artifact(self, study_id, name):
        return super().artifact(1, name)


class Appending(Store):
    """Keeps the first curve of a name."""

    def save_curve(self, study_id, number, name, x, y):
        if name not in self.curves(study_id, number):
            super().save_curve(study_id, number, name, x, y)


class Upserting(Store):
    def replace_trial(self, study_id, fresh):
        try:
            super().replace_trial(study_id, fresh)
        except StoreError:
            self.add_trials(study_id, [fresh])


class Generous(Store):
    """Its claims run out at once."""

    def __init__(self, place, engine, is_read_only):
        super().__init__(place, engine, is_read_only)
        claim = self.leases.claim
        self.leases.claim = lambda worker, n, lease_s: claim(worker, n, -1.0)


class Credulous(Store):
    """Takes any worker's answer."""

    def __init__(self, place, engine, is_read_only):
        super().__init__(place, engine, is_read_only)
        finish = self.leases.finish
        self.leases.finish = lambda worker, answers: sum(finish(one, answers) for one in "abcd")


def test_a_store_in_memory_keeps_all_laws():
    check_store(lambda: Store.open(":memory:"))


def test_a_file_keeps_all_laws_in_two_views(tmp_path):
    made = iter(range(100))
    check_store(lambda: Store.open(tmp_path / f"{next(made)}.db"), reopen=lambda store: Store.open(store.place.path))


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Rounding, "come back otherwise|store all 17 digits"),
        (Piecemeal, "a refused batch leaves a part behind"),
        (Overwriting, "a number is stored twice"),
        (Hospitable, "two runners hold the lock"),
        (Mixing, "the artifact of another"),
        (Appending, "otherwise than it was stored last"),
        (Upserting, "it must refuse"),
        (Generous, "once, in order|handed to two workers"),
        (Credulous, "a worker answers for another"),
    ],
)
def test_a_store_that_breaks_a_law_is_told_which(kind, said):
    with pytest.raises(AssertionError, match=said):
        check_store(lambda: kind.open(":memory:"))


def test_a_view_that_sees_nothing_is_told(tmp_path):
    made = iter(range(100))

    def make():
        return Store.open(tmp_path / f"{next(made)}.db")

    def another(store):
        return make()

    with pytest.raises(AssertionError, match="does not see what is committed"):
        check_store(make, reopen=another)


def test_trials_of_every_kind_hold_numbers_that_are_easily_lost():
    trials = trials_of_every_kind(range(24), Goals.read(["min power_w"]))
    values = [one.metrics["power_w"] for one in trials if one.state == "done"]
    assert 5e-324 in values and 1 / 3 in values and any(np.signbit(v) and v == 0 for v in values)
    assert {one.state for one in trials} == {"done", "infeasible", "failed"}
    assert float("inf") in {one.violation for one in trials} and {None} < {one.hint and 1 for one in trials}
