"""What compiled loops are made with: addresses in place of tensors, which cost nothing to pass, and a team of threads.

Numba looks for a change only in the file of the function that it has kept: after one in here, empty `__pycache__`.
"""

from functools import partial
from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, cfunc, njit, types  # type: ignore[attr-defined]
from numba.extending import intrinsic

# Sums in any order, NaN kept.
QUICK: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"reassoc", "contract"}}
MAGNITUDE = np.int32(0x7FFFFFFF)  # all bits of a float32 but the sign's
INT, POINTER = ir.IntType(32), ir.IntType(8).as_pointer()


def compiled(function: Any) -> Any:
    """To be called with addresses and numbers."""
    return _kept(njit, function)


def share(function: Any) -> Any:
    """To be sent threads to, by its `address`; it takes the address of a task [int64]."""
    return _kept(partial(cfunc, "void(intp)"), function)


def _kept(compiler: Any, function: Any) -> Any:
    """On disk, so that only the first look ever waits for the compiler; unless there is no folder for it."""
    try:
        return compiler(cache=True, **QUICK)(function)
    except RuntimeError:
        return compiler(**QUICK)(function)


@intrinsic
def pointer(typing, address):
    """An address as Numba's `carray` takes it."""
    signature = types.voidptr(types.intp)
    return signature, lambda context, builder, signature, given: builder.inttoptr(
        given[0], context.get_value_type(types.voidptr)
    )


@compiled
def floats(place, shape):
    return carray(pointer(place), shape, np.float32)


@compiled
def doubles(place, shape):
    return carray(pointer(place), shape, np.float64)


@compiled
def integers(place, shape):
    return carray(pointer(place), shape, np.int64)


@compiled
def address(array):
    """Of an array's first element; signed, for of signed and unsigned integers together NumPy makes floats."""
    return np.int64(array.ctypes.data)


@intrinsic
def send(typing, fork, function, task, threads):
    """Have all threads run a function on a task, and wait for them: OpenMP's `GOMP_parallel` at the address `fork`."""

    def call(context, builder, signature, given):
        kind = ir.FunctionType(ir.VoidType(), [POINTER, POINTER, INT, INT])
        function, task = (builder.inttoptr(address, POINTER) for address in given[1:3])
        threads = builder.trunc(given[3], INT)
        builder.call(builder.inttoptr(given[0], kind.as_pointer()), [function, task, threads, INT(0)])
        return context.get_dummy_value()

    return types.void(types.intp, types.intp, types.intp, types.intp), call


@intrinsic
def ask(typing, function):
    """What a function without arguments says that is at an address: OpenMP's `omp_get_thread_num`, for one."""

    def call(context, builder, signature, given):
        kind = ir.FunctionType(INT, [])
        return builder.sext(builder.call(builder.inttoptr(given[0], kind.as_pointer()), []), given[0].type)

    return types.intp(types.intp), call


@compiled
def from_bits(bits):
    """What 32 bits stand for."""
    return np.float64(np.int32(bits).view(np.float32))


@compiled
def together(fork, share, task, threads):
    """A function of its own, so that the task outlives what is done about it."""
    send(fork, share, address(task), threads)


@compiled
def mine(count, number, came):
    """Which thread this is, and its share of so many: fewer may come than were called, for OpenMP decides."""
    me, size = ask(number), ask(came)
    return me, count * me // size, count * (me + 1) // size
