"""Conversions between float32 and the 16-bit types."""

from __future__ import annotations

import functools
from typing import Any

import numba
import numpy as np
from simd_cases import INFINITY, RANDOM, Array

from numact.engine import intrinsics


@functools.cache
def converter(name: str) -> Any:
    conversion = getattr(intrinsics, name)

    @numba.njit
    def convert(source: Any, out: Any) -> None:
        for i in range(source.size):
            out[i] = conversion(source[i])

    return convert


def convert(name: str, source: Array, dtype: str) -> Array:
    out = np.empty(source.shape, dtype)
    converter(name)(source, out)
    return out


ALL_HALVES = np.arange(2**16, dtype=np.uint16)


def hard_floats() -> Array:
    """Take floats of all kinds, and those halfway between two halves with their neighbours."""
    with np.errstate(all="ignore"):
        halves = ALL_HALVES.view(np.float16).astype(np.float64)
        middles = ((halves[:-1] + halves[1:]) / 2).astype(np.float32)
        neighbours = [np.nextafter(middles, np.float32(end)) for end in (-INFINITY, INFINITY)]
    bits = RANDOM.integers(0, 2**32, 200_000, dtype=np.uint32)
    ends = np.array([65504, 65519.996, 65520, 65536, 1e30, INFINITY, -INFINITY], np.float32)
    return np.concatenate([bits.view(np.float32), middles, *neighbours, ends])


def test_halves_become_floats_and_back() -> None:
    floats = convert("half_to_float", ALL_HALVES, "float32")
    desired = ALL_HALVES.view(np.float16).astype(np.float32)
    np.testing.assert_array_equal(floats, desired)
    np.testing.assert_array_equal(np.signbit(floats), np.signbit(desired))
    back = convert("float_to_half", floats, "uint16")
    number = ~np.isnan(desired)
    np.testing.assert_array_equal(back[number], ALL_HALVES[number])
    assert np.isnan(back[~number].view(np.float16)).all()


def test_floats_round_to_halves() -> None:
    floats = hard_floats()
    with np.errstate(all="ignore"):
        desired = floats.astype(np.float16)
    np.testing.assert_array_equal(convert("float_to_half", floats, "uint16").view(np.float16), desired)


def test_bfloat16_conversions() -> None:
    floats = convert("bfloat16_to_float", ALL_HALVES, "float32")
    np.testing.assert_array_equal(floats.view(np.uint32), ALL_HALVES.astype(np.uint32) << 16)
    number = ~np.isnan(floats)
    back = convert("float_to_bfloat16", floats, "uint16")
    np.testing.assert_array_equal(back[number], ALL_HALVES[number])
    assert np.isnan(convert("bfloat16_to_float", back[~number], "float32")).all()
    # Ties go to even: 1 + 2**-8 lies between 1 and 1 + 2**-7, 1 + 3*2**-8 between that and 1 + 2**-6.
    ties = np.array([1 + 2**-8, 1 + 3 * 2**-8, 1 + 2**-8 + 2**-20, 3.4e38], np.float32)
    rounded = convert("bfloat16_to_float", convert("float_to_bfloat16", ties, "uint16"), "float32")
    np.testing.assert_array_equal(rounded, np.array([1, 1 + 2**-6, 1 + 2**-7, INFINITY], np.float32))
