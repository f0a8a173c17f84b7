"""What comes in and what goes out: dtypes, layouts in memory, ``out=``, in place and overlapping."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType

import numpy as np

from numact.errors import DTypeError, OutputError
from numact.spec import Activation
from numact.testing.bits import same_bits
from numact.testing.check import Check
from numact.testing.refusals import refuse
from numact.testing.report import Problem
from numact.testing.subject import DTYPES, Array, Subject, dtype_of

_SHAPE = (6, 8)


def checks(spec: Activation) -> Iterator[Check]:
    """Yield the checks of arrays."""
    yield Check("dtypes", check_dtypes)
    yield Check("shapes", check_shapes)
    for layout in LAYOUTS:
        yield Check(f"layout-{layout}", check_layout, (layout,))
    yield Check("out", check_out)
    yield Check("in-place", check_in_place)
    yield Check("overlap", check_overlap)
    yield Check("where", check_where)


def check_dtypes(subject: Subject) -> None:
    """Ask for the dtype that came in, for float64 of integers, and for an error otherwise."""
    for dtype in DTYPES:
        inputs = subject.inputs(_SHAPE, dtype)
        result = subject.value(inputs)
        if result.dtype != dtype_of(dtype):
            raise Problem(f"{dtype} came in and {result.dtype} came out")
    for dtype in ("bool", "int8", "uint64"):
        whole = [np.arange(12).reshape(3, 4).astype(dtype) for _ in subject.operand_names]
        expected = subject.value([each.astype(np.float64) for each in whole])
        same_bits(subject.value(whole), expected, dtype)
    for bad in ("complex64", "datetime64[s]", "U3", "O", "longdouble"):
        if np.dtype(bad) == np.float64:
            continue  # long double is no longer than that here
        given = [np.zeros(3, bad) for _ in subject.operand_names]
        refuse(partial(subject.value, given), DTypeError, subject.spec.name, asked=f"an array of {bad}")


def check_shapes(subject: Subject) -> None:
    """Ask for arrays without elements and without dimensions, and for lists."""
    for shape in ((0,), (0, 3), (3, 0)):
        result = subject.value(subject.inputs(shape, "float32"))
        if result.shape != shape:
            raise Problem(f"shape {shape} came in and {result.shape} came out")
    inputs = subject.inputs((1,), "float64")
    expected = subject.value(inputs, **subject.one_dimension())[0]
    for scalar in ([each[0] for each in inputs], [each.reshape(()) for each in inputs]):
        result = subject.value(scalar)
        if not isinstance(result, np.generic):
            raise Problem(f"no dimensions must give a scalar, not {type(result).__name__}")
        same_bits(result, expected, "no dimensions")
    lists = subject.inputs((2, 3), "float64")
    same_bits(subject.value([each.tolist() for each in lists]), subject.value(lists), "lists")


def _spread(x: Array) -> Array:
    return np.repeat(np.repeat(x, 3, axis=0), 2, axis=1)[::3, ::2]


def _unaligned(x: Array) -> Array:
    array = np.empty(x.nbytes + 1, np.uint8)[1:].view(x.dtype).reshape(x.shape)
    array[...] = x
    return array


def _read_only(x: Array) -> Array:
    copy = x.copy()
    copy.flags.writeable = False
    return copy


LAYOUTS: Mapping[str, Callable[[Array], Array]] = MappingProxyType(
    {
        "fortran": np.asfortranarray,
        "strided": _spread,
        "reversed": lambda x: x[::-1, ::-1].copy()[::-1, ::-1],
        "subarray": lambda x: np.pad(x, 2)[2:-2, 2:-2],
        "unaligned": _unaligned,
        "read-only": _read_only,
        "byte-order": lambda x: x.astype(x.dtype.newbyteorder()),
    }
)
_INPUTS_ONLY = ("read-only", "byte-order")


def check_layout(subject: Subject, layout: str) -> None:
    """Ask for the same bits whatever the layout of inputs and output, and for inputs as they were."""
    for dtype in ("float16", "float32", "float64"):
        inputs = subject.inputs(_SHAPE, dtype)
        expected = subject.value(inputs)
        laid = [LAYOUTS[layout](each) for each in inputs]
        before = [each.tobytes() for each in laid]
        same_bits(subject.value(laid), expected, f"{layout} input of {dtype}")
        if [each.tobytes() for each in laid] != before:
            raise Problem(f"{layout} input of {dtype} was written to")
        if layout not in _INPUTS_ONLY:
            out = LAYOUTS[layout](np.zeros_like(inputs[0]))
            if subject.value(inputs, out=out) is not out:
                raise Problem(f"{layout} out is not what is returned")
            same_bits(out, expected, f"{layout} output of {dtype}")


def check_out(subject: Subject) -> None:
    """Ask that nothing beside the output is written, and for errors before anything is."""
    for dtype in DTYPES:
        inputs = subject.inputs(_SHAPE, dtype)
        memory = np.full((12, 16), 7, inputs[0].dtype)
        subject.value(inputs, out=memory[::2, ::2])
        same_bits(memory[::2, ::2], subject.value(inputs), f"strided output of {dtype}")
        if not ((memory[1::2] == 7).all() and (memory[:, 1::2] == 7).all()):
            raise Problem(f"a strided output of {dtype}: its neighbours were written to")
    inputs = subject.inputs(_SHAPE, "float32")
    for out in (np.full(_SHAPE, 7.0), np.full((3, 3), 7, np.float32), [7.0]):
        refuse(
            partial(subject.value, inputs, out=out),
            OutputError,
            subject.spec.name,
            asked=f"an out of {getattr(out, 'dtype', type(out))} and shape {np.shape(out)}",
        )
        if not (np.asarray(out) == 7).all():
            raise Problem("an output that does not fit was written to")


def check_in_place(subject: Subject) -> None:
    """Ask that the output may be an input itself."""
    for dtype in DTYPES:
        for place, name in enumerate(subject.operand_names):
            inputs = subject.inputs(_SHAPE, dtype)
            expected = subject.value(inputs)
            subject.value(inputs, out=inputs[place])
            same_bits(inputs[place], expected, f"{dtype}, out={name}")


def check_overlap(subject: Subject) -> None:
    """Ask that an output that overlaps an input in part gives what a fresh one does."""
    keywords = subject.one_dimension()
    for shift in (-9, -1, 1, 9):
        low, high = max(0, -shift), 100 - max(0, shift)
        for place, name in enumerate(subject.operand_names):
            memories = subject.inputs((100,), "float32")
            inputs = [memory[low:high] for memory in memories]
            expected = subject.value([each.copy() for each in inputs], **keywords)
            out = memories[place][low + shift : high + shift]
            subject.value(inputs, out=out, **keywords)
            same_bits(out, expected, f"an output {shift} elements from {name}")
    inputs = subject.inputs(_SHAPE, "float32")
    expected, out = subject.value(inputs), inputs[0][::-1, ::-1]
    subject.value(inputs, out=out)
    same_bits(out, expected, "an output that is x in reverse")


def check_where(subject: Subject) -> None:
    """Ask that only what a mask selects is written, of elementwise and gated activations."""
    if subject.spec.kind == "axis":
        return
    inputs = subject.inputs(_SHAPE, "float32")
    mask = np.arange(48).reshape(_SHAPE) % 3 == 0
    value, out = subject.value(inputs), np.full(_SHAPE, 7, np.float32)
    subject.value(inputs, where=mask, out=out)
    same_bits(out, np.where(mask, value, np.float32(7)), "where with out")
    same_bits(subject.value(inputs, where=mask), np.where(mask, value, np.float32(0)), "where without out")
