"""How Numba compiles our loops. They take addresses, since passing an array costs more than a small loop.

Numba compiles a function again only when the function's own file changes: after a change in this file, delete
`__pycache__`.
"""

from functools import partial
from typing import Any

import numpy as np
from numba import carray, cfunc, njit, types  # type: ignore[attr-defined]
from numba.extending import intrinsic

# "reassoc" lets the compiler add in any order, which vector instructions need; NaN and inf keep their meaning.
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"reassoc", "contract"}}
MAGNITUDE_BITS = np.int32(0x7FFFFFFF)  # all bits of a float32 except its sign


def compiled(function: Any) -> Any:
    """Compile a function that Python and other compiled functions call."""
    return _cached(njit, function)


def compiled_callback(function: Any) -> Any:
    """Compile a function that C code calls through its `.address`; it takes one integer and returns nothing."""
    return _cached(partial(cfunc, "void(intp)"), function)


def _cached(compiler: Any, function: Any) -> Any:
    """Keep the machine code on disk, if there is a folder for it, so that only the very first look has to wait."""
    try:
        return compiler(cache=True, **OPTIONS)(function)
    except RuntimeError:
        return compiler(**OPTIONS)(function)


@intrinsic
def pointer(typing, address):
    """Turn an address into the pointer that `carray` takes."""
    signature = types.voidptr(types.intp)
    return signature, lambda context, builder, signature, arguments: builder.inttoptr(
        arguments[0], context.get_value_type(types.voidptr)
    )


@compiled
def floats(address, shape):
    """View memory as float32 numbers."""
    return carray(pointer(address), shape, np.float32)


@compiled
def doubles(address, shape):
    """View memory as float64 numbers."""
    return carray(pointer(address), shape, np.float64)


@compiled
def integers(address, shape):
    """View memory as int64 numbers."""
    return carray(pointer(address), shape, np.int64)


@compiled
def address_of(array):
    """Return the address of an array's first element, signed: adding signed to unsigned integers makes floats."""
    return np.int64(array.ctypes.data)


@compiled
def float_from_bits(bits):
    """Return the float32 number that 32 bits encode, as float64."""
    return np.float64(np.int32(bits).view(np.float32))
