"""Arrays without an owner, for kernels that pass whole tuples of them around.

Numba counts references to every array of a tuple at every call that takes the tuple, with an atomic instruction each:
in a kernel of many small steps that is more than the arithmetic. An array without an owner has nothing to count.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic


@intrinsic
def unowned(typing: Any, value: Any) -> Any:
    """The same array, or tuple of arrays, tuples and numbers, without owners.

    Whoever calls the kernel must keep the arrays alive; it does so by calling with them.
    """

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _without_owners(context, builder, sig.args[0], args[0])

    return value(value), generate


def _without_owners(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    if isinstance(kind, types.Array):
        array = cgutils.create_struct_proxy(kind)(context, builder, value=value)
        array.meminfo = cgutils.get_null_value(array.meminfo.type)
        array.parent = cgutils.get_null_value(array.parent.type)
        return array._getvalue()
    if isinstance(kind, types.BaseTuple):
        for at, part in enumerate(kind.types):
            freed = _without_owners(context, builder, part, builder.extract_value(value, at))
            value = builder.insert_value(value, freed, at)
    return value


def inlined_kernel(function: Callable[..., Any]) -> Any:
    """Compile a kernel that only kernels call, into each of them: a call would copy every array of every tuple."""
    options = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "forceinline": True}
    return njit(cache=True, nogil=True, error_model="numpy", **options)(function)
