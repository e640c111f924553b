import numpy as np
import pytest

from archwright.accelerators.eie.workload import layers_of, read_layers
from archwright.core.errors import SpecError


def test_a_published_layer_by_its_name():
    (layer,) = read_layers("alex-8", seed=3)
    assert layer.name == "alex-8" and layer.sparsity.n_rows == 1000


def test_matrices_of_files(tmp_path):
    weights = np.array([[0.0, 1.0, 2.0], [3.0, 0.0, 0.0]])
    np.save(tmp_path / "one.npy", weights)
    np.savez(tmp_path / "with.npz", weights=weights, activations=np.array([0.0, 1.0, 1.0]))
    np.savez(tmp_path / "many.npz", fc1=weights, fc2=weights.T, bias=np.ones(2))
    (one,) = read_layers(str(tmp_path / "one.npy"))
    assert one.name == "one" and one.is_active.all() and one.sparsity.rows.tolist() == [1, 0, 0]
    (given,) = read_layers(str(tmp_path / "with.npz"))
    assert given.is_active.tolist() == [False, True, True]
    many = read_layers(str(tmp_path / "many.npz"), activation_density=0.0)
    assert [layer.name for layer in many] == ["fc1", "fc2"] and not many[0].is_active.any()


def test_mistakes_are_one_line(tmp_path):
    text = tmp_path / "text.npy"
    text.write_text("no array")
    for workload, said in (("alex-9", "did you mean"), (str(text), "numpy"), (str(tmp_path / "no.npz"), "No such")):
        with pytest.raises(SpecError, match=said) as refused:
            read_layers(workload)
        assert "\n" not in str(refused.value) and refused.value.field == "workload"
    with pytest.raises(SpecError, match="at least one is a matrix"):
        layers_of({"bias": np.ones(3)})
