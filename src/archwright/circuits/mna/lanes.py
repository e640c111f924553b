"""A vector type for numba kernels: eight designs side by side.

`load(rows, k)` reads row k of a contiguous (n, 8) float64 array, `store` writes it, and between them vectors are
added, subtracted, multiplied and divided with each other and with numbers, like numbers. Each operation is one
vector instruction (AVX-512 where the processor has it, else two or four narrower ones). Numba's own loops over the
last axis stay scalar here: they are guarded against rows that overlap, and give up when there are many.

A complex number is a pair of rows: `2*k` real, `2*k + 1` imaginary.
"""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

LANES = 8
_VECTOR = ir.VectorType(ir.DoubleType(), LANES)
_FUSE = ("contract",)
"""Lets a product and a sum become one fused instruction."""


class LanesType(types.Type):  # type: ignore[misc]
    """The numba type of a vector."""

    def __init__(self) -> None:
        super().__init__(name=f"Lanes{LANES}")


lanes_type = LanesType()


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, _VECTOR)


@cache
def _kernels_digest() -> str:
    """Of all files with kernels, or with the constants that they are compiled with."""
    folder = Path(__file__).parent
    files = [*sorted(folder.glob("*.py")), folder.parent / "technology" / "ekv.py"]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _stamped(dispatcher: Any) -> Any:
    """Let the compiled code on disk be used only while no kernel has changed.

    Numba looks at a kernel's own file alone, and would run old code of the kernels inlined from other files.
    """
    index = getattr(dispatcher._cache, "_cache_file", None)
    if index is not None:
        index._source_stamp = (index._source_stamp, _kernels_digest())
    return dispatcher


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a kernel that Python calls."""
    return _stamped(njit(cache=True, nogil=True, error_model="numpy")(function))


def inner_kernel(function: Callable[..., Any]) -> Any:
    """Compile a kernel that only kernels call: without the wrappers for Python, in two thirds of the time."""
    options = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return _stamped(njit(cache=True, nogil=True, error_model="numpy", **options)(function))


def plain_rows(n_rows: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Zeros of shape (n_rows, LANES) that start on a cache line: unaligned rows cost half the speed.

    Example:
        >>> plain_rows(3).ctypes.data % 64
        0
    """
    line = 64 // 8
    spacious = np.zeros((n_rows + 1) * LANES)
    first = (line - (spacious.ctypes.data // 8) % line) % line
    return spacious[first : first + n_rows * LANES].reshape(n_rows, LANES)


aligned_rows = kernel(plain_rows)
"""The same inside kernels. Compiled, it hands no array to Python once a kernel from the cache holds a copy of it."""


def _spread(builder: Any, number: Any) -> Any:
    """A number in every lane; a vector as it is."""
    if number.type == _VECTOR:
        return number
    lone = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), number, ir.Constant(ir.IntType(32), 0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(lone, lone, mask)


def _define_operator(symbol: Any, instruction: str) -> None:
    pairs = [(lanes_type, lanes_type), (lanes_type, types.float64), (types.float64, lanes_type)]

    @infer_global(symbol)
    class _Typing(ConcreteTemplate):  # type: ignore[misc]
        cases: ClassVar[list[Any]] = [signature(lanes_type, *pair) for pair in pairs]

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        one, other = (_spread(builder, arg) for arg in args)
        return getattr(builder, instruction)(one, other, flags=_FUSE)

    for pair in pairs:
        lower_builtin(symbol, *pair)(generate)


for _symbol, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _define_operator(_symbol, _instruction)


def _row(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    if (kind.ndim, kind.layout, kind.dtype) != (2, "C", types.float64):
        raise TypingError(f"rows of {LANES} lanes need a contiguous (n, {LANES}) float64 array, not {kind}")
    data = cgutils.create_struct_proxy(kind)(context, builder, value=array).data
    start = builder.gep(data, [builder.mul(index, index.type(LANES))])
    return builder.bitcast(start, _VECTOR.as_pointer())


@intrinsic
def load(typing: Any, rows: Any, k: Any) -> Any:
    """Row `k` as a vector."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.load(_row(context, builder, rows, *args), align=8)

    return lanes_type(rows, types.intp), generate


@intrinsic
def store(typing: Any, rows: Any, k: Any, vector: Any) -> Any:
    """Write a vector, or one number for all lanes, to row `k`."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.store(_spread(builder, args[2]), _row(context, builder, rows, *args[:2]), align=8)
        return context.get_dummy_value()

    return types.void(rows, types.intp, vector), generate


def _vector_function(build: Callable[..., Any], n: int) -> Any:
    """An intrinsic of `n` vectors or numbers that gives a vector."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return build(builder, *(_spread(builder, arg) for arg in args))

    def one(typing: Any, a: Any) -> Any:
        return lanes_type(a), generate

    def two(typing: Any, a: Any, b: Any) -> Any:
        return lanes_type(a, b), generate

    def three(typing: Any, a: Any, b: Any, c: Any) -> Any:
        return lanes_type(a, b, c), generate

    return intrinsic((one, two, three)[n - 1])


def _call(name: str) -> Callable[..., Any]:
    def build(builder: Any, *args: Any) -> Any:
        kind = ir.FunctionType(_VECTOR, [_VECTOR] * len(args))
        function = builder.module.declare_intrinsic(f"{name}.v{LANES}f64", (), kind)
        return builder.call(function, args)

    return build


def _is_below(b: Any, one: Any, other: Any) -> Any:
    return b.fcmp_ordered("<", one, other)


square_root = _vector_function(_call("llvm.sqrt"), 1)
absolute = _vector_function(_call("llvm.fabs"), 1)
power = _vector_function(_call("llvm.pow"), 2)
lower = _vector_function(lambda b, x, y: b.select(_is_below(b, x, y), x, y), 2)
upper = _vector_function(lambda b, x, y: b.select(_is_below(b, x, y), y, x), 2)
where_negative = _vector_function(lambda b, x, y, z: b.select(_is_below(b, x, _spread(b, _zero())), y, z), 3)


def _zero() -> Any:
    return ir.Constant(ir.DoubleType(), 0.0)


@intrinsic
def any_above(typing: Any, vector: Any, limit: Any) -> Any:
    """Whether any lane is above a number."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        mask = builder.fcmp_ordered(">", args[0], _spread(builder, args[1]))
        bits = builder.bitcast(mask, ir.IntType(LANES))
        return builder.icmp_unsigned("!=", bits, ir.Constant(ir.IntType(LANES), 0))

    return types.boolean(vector, types.float64), generate
