import math

from archwright.systems.summary import mean_and_deviation, median_count, reached, spread


def test_equal_values_have_no_range():
    assert spread([2.6465, 2.6465]) == "2.647" and spread([2.6465] * 3, 5) == "2.6465"


def test_what_was_never_reached_is_said():
    assert reached([None, 10, 30]) == "20 (10 to 30), 2 of 3 seeds"
    assert median_count([None, 10, 30]) == 30 and math.isinf(median_count([None, None, 30]))


def test_one_seed_has_no_deviation():
    assert mean_and_deviation([1.5]) == "1.5 ± 0"
