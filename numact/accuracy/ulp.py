"""Units in the last place: the spacing of a format's numbers around an exact value, subnormals included."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Format:
    """A binary floating-point format.

    Parameters
    ----------
    name : str
        NumPy's (or ml_dtypes') name.
    precision : int
        Bits of the significand, the leading one included.
    lowest : int
        Exponent of the least subnormal number, a power of two.
    highest : int
        Exponent of the least power of two that overflows.
    """

    name: str
    precision: int
    lowest: int
    highest: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of arrays of this format."""
        if self.name == "bfloat16":
            import ml_dtypes

            bfloat16: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
            return bfloat16
        return np.dtype(self.name)

    @property
    def parameter_dtype(self) -> np.dtype[Any]:
        """The dtype that parameters are rounded to: float32 for the halves."""
        return np.dtype(np.float64 if self.name == "float64" else np.float32)

    @property
    def bits_dtype(self) -> np.dtype[Any]:
        """The unsigned integers of the same size."""
        return np.dtype({"float32": np.uint32, "float64": np.uint64}.get(self.name, np.uint16))

    @property
    def largest(self) -> float:
        """The largest finite number."""
        return float(2.0 - 2.0 ** (1 - self.precision)) * 2.0 ** (self.highest - 1)

    @property
    def least_normal(self) -> float:
        """The least normal number."""
        return float(2.0 ** (self.lowest + self.precision - 1))

    def spacing(self, hi: Array, lo: Array | None = None) -> Array:
        """Distance of the format's numbers around hi + lo, as if exponents had no upper end.

        At a power of two it is the distance above; just below, the distance below.
        """
        mantissa, exponent = np.frexp(hi)
        if lo is not None:
            exponent = exponent - ((np.abs(mantissa) == 0.5) & (hi * lo < 0))
        exponent = np.where(hi == 0, self.lowest, np.maximum(exponent - self.precision, self.lowest))
        result: Array = np.ldexp(np.ones((), hi.dtype), exponent)
        return result

    def place(self, value: float) -> float:
        """Distance of the format's numbers around one value: `spacing` of a float."""
        exponent = math.frexp(value)[1] - self.precision if value else self.lowest
        return math.ldexp(1.0, max(exponent, self.lowest))

    def error(self, got: Array, hi: Array, lo: Array | None = None) -> Array:
        """Error of finite or infinite results in units in the last place of the exact values hi + lo.

        Where the exact value rounds to infinity, infinity has no error; an infinity elsewhere, and an exact
        value beyond the range, count as the least power of two that overflows.
        """
        carrier = np.promote_types(hi.dtype, np.float64)
        wide, base = got.astype(carrier), hi.astype(carrier)
        rest = np.zeros((), carrier) if lo is None else lo.astype(carrier)
        # In halves, since twice the edge may be more than the carrier holds.
        edge = np.ldexp(np.ones((), carrier), self.highest - 1)
        overflows = np.abs(base / 2) >= edge - np.ldexp(edge, -self.precision - 1)
        beyond = np.abs(base / 2) >= edge
        rest = np.where(beyond, 0, rest)
        with np.errstate(all="ignore"):
            near = np.abs((wide - base) - rest)
            halves = (np.clip(wide / 2, -edge, edge) - np.clip(base / 2, -edge, edge)) - rest / 2
            distance = np.where(beyond | np.isinf(wide), 2 * np.abs(halves), near)
            errors = distance / self.spacing(np.where(beyond, edge, base), rest)
            right = overflows & np.isinf(wide) & (np.sign(wide) == np.sign(base))
            result: Array = np.where(right, 0.0, errors).astype(np.float64)
        return result


FLOAT16 = Format("float16", 11, -24, 16)
BFLOAT16 = Format("bfloat16", 8, -133, 128)
FLOAT32 = Format("float32", 24, -149, 128)
FLOAT64 = Format("float64", 53, -1074, 1024)

FORMATS = (FLOAT16, BFLOAT16, FLOAT32, FLOAT64)


@lru_cache
def format_of(name: str) -> Format:
    """Find the format of a dtype's name.

    Raises
    ------
    KeyError
        If no activation works in it.
    """
    return {form.name: form for form in FORMATS}[name]
