from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.accelerators.confuciux import knapsack
from archwright.accelerators.confuciux.knapsack import pack

GROUP = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=6)


def by_trying_all(weights, costs, capacity):
    found = [
        sum(cost[i] for cost, i in zip(costs, picks, strict=True))
        for picks in product(*(range(len(one)) for one in weights))
        if sum(weight[i] for weight, i in zip(weights, picks, strict=True)) <= capacity
    ]
    return min(found, default=None)


@settings(max_examples=150, deadline=None)
@given(st.lists(GROUP, min_size=1, max_size=5), st.integers(0, 60))
def test_the_optimum_is_that_of_trying_all(groups, capacity):
    weights = [np.array([w for w, _ in group], float) for group in groups]
    costs = [np.array([c for _, c in group], float) for group in groups]
    found, wanted = pack(weights, costs, float(capacity)), by_trying_all(weights, costs, capacity)
    if wanted is None:
        assert found is None
        return
    assert found.is_optimal and found.cost == wanted
    assert found.weight <= capacity
    picked = list(zip(weights, costs, found.choices, strict=True))
    assert found.weight == sum(w[i] for w, _, i in picked) and found.cost == sum(c[i] for _, c, i in picked)


def test_a_search_without_room_says_that_its_answer_is_not_proved(monkeypatch):
    rng = np.random.default_rng(3)
    weights = [np.sort(rng.random(30)) for _ in range(12)]
    costs = [np.sort(rng.random(30))[::-1].copy() for _ in range(12)]
    exact = pack(weights, costs, 4.0)
    monkeypatch.setattr(knapsack, "ROOM", (2, 3))
    rough = pack(weights, costs, 4.0)
    assert exact.is_optimal and exact.bound == exact.cost
    assert not rough.is_optimal
    assert rough.bound <= exact.cost <= rough.cost


def test_fifty_layers_of_144_choices_are_proved():
    rng = np.random.default_rng(5)
    weights = [np.sort(rng.random(144)) for _ in range(52)]
    costs = [1.0 / (0.01 + one) + 0.1 * rng.random(144) for one in weights]
    found = pack(weights, costs, 8.0)
    assert found.is_optimal
    for _ in range(200):  # no exchange of two choices is better
        first, second = rng.choice(52, 2, replace=False)
        picks = list(found.choices)
        picks[first], picks[second] = rng.integers(0, 144, 2)
        weight = sum(one[i] for one, i in zip(weights, picks, strict=True))
        cost = sum(one[i] for one, i in zip(costs, picks, strict=True))
        assert weight > 8.0 or cost >= found.cost - 1e-9


@pytest.mark.parametrize(("capacity", "choices"), [(2.0, (0, 0)), (3.0, (1, 0)), (1e9, (1, 1))])
def test_small_cases(capacity, choices):
    found = pack([np.array([1.0, 2.0]), np.array([1.0, 2.5])], [np.array([9.0, 1.0]), np.array([9.0, 8.0])], capacity)
    assert found.choices == choices
