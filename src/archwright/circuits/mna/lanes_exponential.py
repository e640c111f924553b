"""Exponential and logarithms of lanes, eight values at once and exact to a few units in the last place.

LLVM's own exponential of a vector is eight calls of the C library's. Range reduction by powers of two, then the
series that suffice for the last bit: Taylor's for `exp` on |r| <= ln(2)/2, and that of the inverse hyperbolic tangent
for `ln` on [1/sqrt(2), sqrt(2)] and `ln(1 + t)` on [0, 1].

Source: J.-M. Muller, *Elementary Functions*, 3rd edition, 2016, chapters 3 and 11.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from archwright.circuits.mna.lanes import LANES, inner_kernel, lanes_type, lower, upper

LARGEST_EXPONENT = 700.0
"""Arguments of `exponential` are held between this and its negative."""
_LOG2_E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10
_INTEGERS = 1.5 * 2.0**52
"""Added to a small number it leaves its nearest integer in the lowest bits."""
_INTEGERS_BITS = 0x4338000000000000
_ROOT_HALF_BITS = 0x3FE6A09E667F3BCD
_TAYLOR = tuple(1.0 / math.factorial(k) for k in range(14))
_ARCTANH = tuple(1.0 / (2 * k + 1) for k in range(18))
_BITS = ir.VectorType(ir.IntType(64), LANES)
_LANES = ir.VectorType(ir.DoubleType(), LANES)


@intrinsic
def _power_of_two(typing: Any, shifted: Any) -> Any:
    """2 to the integer that the lowest bits of `shifted` hold."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        biased = builder.add(builder.bitcast(args[0], _BITS), ir.Constant(_BITS, [1023] * LANES))
        return builder.bitcast(builder.shl(biased, ir.Constant(_BITS, [52] * LANES)), _LANES)

    return lanes_type(lanes_type), generate


@intrinsic
def _split(typing: Any, number: Any) -> Any:
    """A number as `(2**k times m, shifted k)` with m in [1/sqrt(2), sqrt(2)): m, and k added to `_INTEGERS`."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = builder.bitcast(args[0], _BITS)
        apart = builder.sub(bits, ir.Constant(_BITS, [_ROOT_HALF_BITS] * LANES))
        k = builder.ashr(apart, ir.Constant(_BITS, [52] * LANES))
        rest = builder.sub(bits, builder.shl(k, ir.Constant(_BITS, [52] * LANES)))
        shifted = builder.add(k, ir.Constant(_BITS, [_INTEGERS_BITS] * LANES))
        pair = (builder.bitcast(rest, _LANES), builder.bitcast(shifted, _LANES))
        return context.make_tuple(builder, sig.return_type, pair)

    return types.UniTuple(lanes_type, 2)(lanes_type), generate


@inner_kernel
def exponential(x: Any) -> Any:
    """Exponential of each lane; beyond `LARGEST_EXPONENT` it stays what it is there."""
    held = upper(lower(x, LARGEST_EXPONENT), -LARGEST_EXPONENT)
    shifted = held * _LOG2_E + _INTEGERS
    k = shifted - _INTEGERS
    r = held - k * _LN2_HIGH - k * _LN2_LOW
    sum_ = r * _TAYLOR[13] + _TAYLOR[12]
    for term in range(12):
        sum_ = sum_ * r + _TAYLOR[11 - term]
    return sum_ * _power_of_two(shifted)


@inner_kernel
def log_one_plus(t: Any) -> Any:
    """`ln(1 + t)` of each lane for t from 0 to 1, to the last digits also where t is tiny."""
    s = t / (2.0 + t)
    square = s * s
    sum_ = square * _ARCTANH[17] + _ARCTANH[16]
    for term in range(16):
        sum_ = sum_ * square + _ARCTANH[15 - term]
    return 2.0 * s * sum_


@inner_kernel
def logarithm(x: Any) -> Any:
    """Natural logarithm of each lane, which is above 0."""
    m, shifted = _split(x)
    s = (m - 1.0) / (m + 1.0)
    square = s * s
    sum_ = square * _ARCTANH[11] + _ARCTANH[10]
    for term in range(10):
        sum_ = sum_ * square + _ARCTANH[9 - term]
    k = shifted - _INTEGERS
    return k * _LN2_HIGH + (2.0 * s * sum_ + k * _LN2_LOW)
