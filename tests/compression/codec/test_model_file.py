import functools
import itertools
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.compression.codec.byte_fields import Damage
from archwright.compression.codec.model_file import (
    MAGIC,
    header_bytes,
    load_model,
    read_model,
    read_notes,
    record_bytes,
    write_model,
)
from archwright.compression.codec.packed import pack_layer, pack_raw
from archwright.compression.codec.symbol_streams import CODERS
from archwright.compression.plan import CODEBOOKS, LayerPlan
from archwright.core.errors import SpecError

RNG = np.random.default_rng


@functools.cache
def small_model():
    """Every kind of tensor, empty and single-symbol ones among them."""
    rng = RNG(0)
    layers = [
        pack_layer(f"{codebook} {shape} {density}", rng.standard_normal(shape).astype(np.float32),
                   LayerPlan(density, 4, codebook, 3), rng=rng)
        for codebook, (shape, density) in itertools.product(
            CODEBOOKS, [((6, 8), 0.3), ((3, 2, 5), 1.0), ((0, 4), 0.5), ((5, 5), 0.0), ((1, 1), 1.0)]
        )
    ]  # fmt: skip
    equal = pack_layer("equal", np.full((9, 9), 0.5, np.float32), LayerPlan(0.4, 4), rng=rng)
    return [*layers, equal, pack_raw("bias", rng.standard_normal(7).astype(np.float32)), pack_raw("n", np.array(3))]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("codec") / "small.awz"
    write_model(path, small_model(), notes={"model": "small"})
    return path.read_bytes()


@pytest.mark.parametrize("coder", CODERS)
def test_every_bit_comes_back(coder, tmp_path):
    tensors = small_model()
    n_bytes = write_model(tmp_path / "m.awz", tensors, coder=coder, notes={"a": [1, "ü"]})
    assert n_bytes == (tmp_path / "m.awz").stat().st_size
    for before, after in zip(tensors, read_model(tmp_path / "m.awz"), strict=True):
        assert (before.name, before.shape, before.bits, before.index_bits) == (
            after.name, after.shape, after.bits, after.index_bits)  # fmt: skip
        assert before.to_dense().tobytes() == after.to_dense().tobytes()
        assert np.array_equal(before.codes, after.codes) and np.array_equal(before.gaps, after.gaps)
    assert read_notes(tmp_path / "m.awz") == {"a": [1, "ü"]}
    assert list(load_model(tmp_path / "m.awz")) == [tensor.name for tensor in tensors]


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_random_layers_come_back(data, tmp_path_factory):
    path = tmp_path_factory.mktemp("codec") / "m.awz"
    shape = data.draw(st.lists(st.integers(0, 9), min_size=1, max_size=3))
    plan = LayerPlan(
        data.draw(st.floats(0, 1)), data.draw(st.integers(1, 8)), data.draw(st.sampled_from(CODEBOOKS)),
        data.draw(st.integers(1, 8)),
    )  # fmt: skip
    packed = pack_layer(
        "w", RNG(data.draw(st.integers(0, 99))).standard_normal(shape).astype(np.float32), plan, rng=RNG(0)
    )
    write_model(path, [packed], coder=data.draw(st.sampled_from(CODERS)))
    assert load_model(path)["w"].tobytes() == packed.to_dense().tobytes()


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_any_changed_byte_is_seen(written, data, tmp_path_factory):
    place = data.draw(st.integers(0, len(written) - 1))
    broken = bytearray(written)
    broken[place] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("codec") / "broken.awz"
    path.write_bytes(broken)
    with pytest.raises(Damage) as error:
        load_model(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_any_cut_and_any_tail_is_seen(written, data, tmp_path_factory):
    path = tmp_path_factory.mktemp("codec") / "broken.awz"
    cut = data.draw(st.integers(0, len(written) - 1))
    for broken in (written[:cut], written + data.draw(st.binary(min_size=1, max_size=9))):
        path.write_bytes(broken)
        with pytest.raises(Damage):
            load_model(path)


def sealed(record):
    """A file with one record whose checksum is right, whatever stands in it."""
    framed = struct.pack("<I", len(record)) + record
    return header_bytes(1, {}) + framed + struct.pack("<I", zlib.crc32(framed))


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_a_wrong_record_with_a_right_checksum_is_read_or_refused(data, tmp_path_factory):
    record = bytearray(record_bytes(data.draw(st.sampled_from(small_model())), data.draw(st.sampled_from(CODERS))))
    for _ in range(data.draw(st.integers(1, 3))):
        record[data.draw(st.integers(0, len(record) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("codec") / "odd.awz"
    path.write_bytes(sealed(bytes(record)))
    try:
        (tensor,) = load_model(path).values()
    except Damage as damage:
        assert str(damage).startswith(f"{path}: ") and "\n" not in str(damage)
        return
    assert tensor.size < 1 << 34


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no .awz file"),
        (b"PK\3\4 a zip archive", "no .awz file"),
        (MAGIC, "ends too early"),
        (MAGIC + bytes([2, 0, 0]), "version 2 of the format; this program reads version 1"),
        (MAGIC + b"\xff" * 20, "a number is too long"),
        (header_bytes(1, {})[:-1] + b"\0", "header's checksum"),
        (header_bytes(1, {}), "tensor 1 of 1: the file ends too early"),
        (header_bytes(1, {}) + b"\xff" * 40, "tensor 1 of 1: the file ends too early"),
        (sealed(b"\2\xff\xfe\0\0\0"), "a name is no text"),
        (sealed(b"\1a\x0a\0\0"), "a form or a shape that is never written"),
        (sealed(b"\1a\x9e\0\0"), "a form or a shape that is never written"),
        (sealed(b"\1a\0\3" + b"\xff\xff\xff\xff\7" * 3), "a form or a shape that is never written"),
    ],
)
def test_the_line_says_what_is_wrong(content, reason, tmp_path):
    path = tmp_path / "x.awz"
    path.write_bytes(content)
    with pytest.raises(Damage, match=reason):
        load_model(path)


def test_reading_holds_one_tensor_at_a_time(tmp_path):
    write_model(tmp_path / "m.awz", small_model())
    with (tmp_path / "m.awz").open("r+b") as file:
        file.truncate((tmp_path / "m.awz").stat().st_size - 1)
    tensors = read_model(tmp_path / "m.awz")
    assert next(tensors).name == small_model()[0].name  # the damage stands further on


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "m.awz"
    write_model(path, [pack_raw("a", np.zeros(3))])
    before = path.read_bytes()
    with pytest.raises(SpecError, match="'a' is not possible; allowed: every name once"):
        write_model(path, [pack_raw("a", np.ones(3)), pack_raw("a", np.ones(3))])
    with pytest.raises(SpecError, match="coder"):
        write_model(path, small_model(), coder="zip")
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
