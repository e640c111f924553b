import json

import pytest

from archwright.compression.plan import CompressionPlan, LayerPlan
from archwright.core.errors import SpecError

PLAN = CompressionPlan({"fc1.weight": LayerPlan(0.08, 5), "fc2.weight": LayerPlan(0.3, 3, "exact", 5, 7)})


def changed(**fields):
    plain = json.loads(PLAN.to_json())
    plain["layers"]["fc1.weight"] |= fields
    return json.dumps(plain)


def test_a_plan_comes_back_from_its_text():
    assert CompressionPlan.from_json(PLAN.to_json()) == PLAN


def test_fields_may_be_left_out():
    text = json.dumps({**json.loads(PLAN.to_json()), "layers": {"a": {"bits": 3}}})
    assert CompressionPlan.from_json(text).layers == {"a": LayerPlan(bits=3)}


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"density": 1.5}, "plan.layers.fc1.weight.density: 1.5"),
        ({"density": float("nan")}, "density: nan"),
        ({"density": True}, "density: True"),
        ({"bits": 0}, "bits: 0"),
        ({"bits": 4.0}, "bits: 4.0"),
        ({"index_bits": 9}, "index_bits: 9"),
        ({"codebook": "liner"}, "did you mean 'linear'"),
        ({"rank": -1}, "rank: -1"),
        ({"densty": 0.5}, "did you mean 'density'"),
    ],
)
def test_a_wrong_field_is_named_in_one_line(fields, place):
    with pytest.raises(SpecError) as error:
        CompressionPlan.from_json(changed(**fields))
    assert place in str(error.value) and "fc1.weight" in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "archwright compression plan", "version": 2}', PLAN.to_json()[:-9]]
)
def test_other_texts_are_refused(text):
    with pytest.raises(SpecError, match="plan"):
        CompressionPlan.from_json(text)


@pytest.mark.parametrize("layers", [3, ["a"], {"a": 3}])
def test_layers_must_be_objects(layers):
    with pytest.raises(SpecError, match=r"plan\.layers"):
        CompressionPlan.from_json(json.dumps({**json.loads(PLAN.to_json()), "layers": layers}))


def test_a_plan_is_checked_against_its_model():
    PLAN.check({"fc1.weight": (300, 784), "fc2.weight": (7, 3, 3), "more": (1,)})
    with pytest.raises(SpecError, match=r"did you mean 'fc1\.weigth'"):
        PLAN.check({"fc1.weigth": (300, 784)})
    with pytest.raises(SpecError, match=r"fc2\.weight\.rank: 7 .* 0 to 6"):
        PLAN.check({"fc1.weight": (300, 784), "fc2.weight": (6, 300)})
