"""The same input gives the same bits, whatever the number of threads, the length and the place."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from numact.api import threads
from numact.engine.threads import pool_size
from numact.spec import Activation
from numact.testing.bits import same_bits
from numact.testing.check import Check
from numact.testing.report import Problem
from numact.testing.subject import DTYPES, Array, Subject

_SMALL = 160  # more than any vector, unrolled loop or remainder
_PRIME = 4099  # so that repetitions stand at all places of a vector
_LARGE = 500_000  # worth a second thread


def checks(spec: Activation) -> Iterator[Check]:
    """Yield the checks of equal bits."""
    if spec.kind == "axis":
        yield Check("threads", check_rows_on_threads)
    else:
        yield Check("length-and-place", check_length_and_place)
        yield Check("threads", check_threads)


def check_length_and_place(subject: Subject) -> None:
    """Compare parts of an array, of every length to 100 and from every start to 32, with the whole."""
    for dtype in DTYPES:
        inputs = subject.inputs((_SMALL,), dtype)
        whole = subject.value(inputs, **subject.one_dimension())
        parts = [slice(length) for length in range(1, 101)]
        parts += [slice(start, start + 70) for start in range(1, 33)]
        for part in parts:
            result = subject.value([each[part] for each in inputs], **subject.one_dimension())
            same_bits(result, whole[part], f"{dtype}, elements {part.start or 0} to {part.stop}")


def check_threads(subject: Subject) -> None:
    """Compare large arrays on one thread, on two and on all with what a small array gives."""
    for dtype in DTYPES:
        inputs = subject.inputs((_PRIME,), dtype)
        expected = np.resize(subject.value(inputs, **subject.one_dimension()), _LARGE)
        _on_threads(subject, [np.resize(each, _LARGE) for each in inputs], expected, dtype)


def check_rows_on_threads(subject: Subject) -> None:
    """Compare many rows, and few long ones, on one thread, on two and on all; and each row with itself."""
    for dtype in DTYPES:
        for shape in ((700, 701), (2, 200_003)):
            (x,) = subject.inputs(shape, dtype, special=False)
            with threads(1):
                expected = subject.value([x])
            _on_threads(subject, [x], expected, f"{dtype} of shape {shape}")
            reordered = subject.value([x[::-1].copy()])
            same_bits(reordered, expected[::-1], f"{dtype} of shape {shape}, rows in reverse")
            if not np.isfinite(expected.astype(np.float64)).all():
                raise Problem(f"{dtype} of shape {shape}: finite numbers give results that are not")


def _on_threads(subject: Subject, inputs: list[Array], expected: Array, what: str) -> None:
    keywords = subject.one_dimension() if inputs[0].ndim == 1 else {}
    for number in sorted({1, min(2, pool_size()), pool_size()}):
        with threads(number):
            same_bits(subject.value(inputs, **keywords), expected, f"{what} on {number} threads")
