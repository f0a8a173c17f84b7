"""Where to look: every Nth bit pattern of a format, windows around switching points, float64 by strata."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from numact.accuracy.ulp import Array, Format
from numact.spec import Activation

WINDOW = 2**12
"""Numbers in a window around a threshold."""

_SMALL_WINDOW = 2**6
# Around these powers of two kernels switch between series and the general case.
_POWERS_OF_TWO = range(-12, 11)
# Multiples of ln(2)/2: where reducing the argument of exp steps.
_REDUCTIONS = 220


def patterns(form: Format, stride: int = 1, first: int = 0, stop: int | None = None) -> Array:
    """Every Nth bit pattern of a format, NaNs and infinities among them.

    Parameters
    ----------
    form : Format
        Of at most 32 bits.
    stride : int
        N.
    first, stop : int
        Range of bit patterns; all of them by default.
    """
    bits = 8 * form.bits_dtype.itemsize
    numbers = np.arange(first, 2**bits if stop is None else stop, stride, dtype=np.uint64)
    return numbers.astype(form.bits_dtype).view(form.dtype)


def window(center: float, form: Format, count: int = WINDOW) -> Array:
    """Give the numbers of a format next to a value, half of them on either side; fewer at the ends."""
    with np.errstate(over="ignore"):
        nearest = np.asarray(center).astype(form.dtype)
    middle = int(ranks(nearest.reshape(1), form)[0])
    top = int(ranks(np.asarray([form.largest]).astype(form.dtype), form)[0])
    low, high = max(middle - count // 2, -top), min(middle + count // 2, top)
    return of_ranks(np.arange(low, high + 1, dtype=np.int64), form)


def windows(centers: Iterable[float], form: Format, count: int = WINDOW) -> Array:
    """Join the windows around several values, finite ones."""
    found = [window(center, form, count) for center in centers if math.isfinite(center)]
    return np.concatenate(found) if found else np.empty(0, form.dtype)


def ranks(values: Array, form: Format) -> Array:
    """Place of finite numbers in the order of their format, 0 being both zeros."""
    bits = values.view(form.bits_dtype)
    half = 1 << (8 * form.bits_dtype.itemsize - 1)
    size = (bits & np.asarray(half - 1).astype(form.bits_dtype)).astype(np.int64)
    places: Array = np.where(bits >= half, -size, size)
    return places


def of_ranks(ranks: Array, form: Format) -> Array:
    """Numbers at places in the order of their format."""
    half = 1 << (8 * form.bits_dtype.itemsize - 1)
    bits = np.abs(ranks).astype(np.uint64) | np.where(ranks < 0, np.uint64(half), np.uint64(0))
    values: Array = bits.astype(form.bits_dtype).view(form.dtype)
    return values


def thresholds(spec: Activation, parameters: Mapping[str, float]) -> list[float]:
    """Values of x where an activation may switch its form: kinks, parameters, and the ends of the range."""
    numeric = {param.name: float(parameters[param.name]) for param in spec.numeric_params}
    found = {0.0} | set(numeric.values()) | set(kinks(spec, parameters))
    found |= {value for bound in spec.range or () if (value := _bound(spec, bound, numeric)) is not None}
    return sorted({sign * value for value in found for sign in (-1.0, 1.0) if math.isfinite(value)})


def kinks(spec: Activation, parameters: Mapping[str, float]) -> list[float]:
    """Values of x where there is no derivative."""
    numeric = {param.name: float(parameters[param.name]) for param in spec.numeric_params}
    values = (_bound(spec, kink, numeric) for kink in spec.kinks)
    return [value for value in values if value is not None and math.isfinite(value)]


def without_derivative(x: Array, spec: Activation, parameters: Mapping[str, float], form: Format) -> Array:
    """Whether derivatives at finite x do not count: at kinks and next to them, and beyond their domain."""
    numeric = {param.name: float(parameters[param.name]) for param in spec.numeric_params}
    found = is_near(x, kinks(spec, parameters), form)
    low, high = (_bound(spec, bound, numeric) for bound in spec.derivative_domain or (None, None))
    found |= False if low is None else x.astype(np.float64) < low
    found |= False if high is None else x.astype(np.float64) > high
    return found


def _bound(spec: Activation, bound: float | str | None, parameters: Mapping[str, float]) -> float | None:
    return None if bound is None else spec.parsed_bound(bound).value(**parameters)


def finite(x: Array) -> Array:
    """Only the finite numbers."""
    with np.errstate(invalid="ignore"):  # a signalling NaN signals
        kept: Array = x[np.isfinite(x)]
    return kept


def is_near(x: Array, values: Iterable[float], form: Format) -> Array:
    """Whether finite x is one of the values, rounded, or next to it."""
    places = ranks(x, form)
    found = np.zeros(x.shape, bool)
    for value in values:
        center = ranks(np.asarray(value).astype(form.dtype).reshape(1), form)[0]
        found |= np.abs(places - center) <= 1
    return found


def edges(form: Format) -> list[float]:
    """Values where exp, tanh and the error function of this format reach their ends, and powers of two."""
    ends = [form.least_normal, 2.0**form.lowest if form.lowest > -1075 else 5e-324, form.largest]
    logs = [math.log(end) for end in ends]
    last_place = (form.precision + 1) * math.log(2)
    sizes = [*(abs(log) for log in logs), *(abs(log) / 2 for log in logs), last_place, last_place / 2, 0.35]
    sizes += [math.sqrt(2 * abs(log)) for log in logs] + [math.sqrt(abs(log)) for log in logs]
    sizes += [math.sqrt(last_place), math.sqrt(2 * last_place), form.least_normal]
    sizes += [2.0**power for power in _POWERS_OF_TWO]
    return sorted(sign * size for size in sizes for sign in (-1.0, 1.0))


def reductions(form: Format) -> Array:
    """Small windows around the multiples of ln(2)/2."""
    steps = range(-_REDUCTIONS, _REDUCTIONS + 1)
    return windows((step * math.log(2) / 2 for step in steps), form, _SMALL_WINDOW)


def stratified(form: Format, count: int, seed: int = 0) -> Array:
    """Random numbers of a format, in five strata: by magnitude, and uniform over four widths.

    The widths are of the parts of the line where smooth activations bend, saturate, and underflow.
    """
    draw = np.random.default_rng(seed)
    share = count // 5
    spread = -math.log(2.0) * form.lowest
    widths = (4.0, 3 * math.sqrt(spread), 1.05 * spread)
    parts = [draw.uniform(-width, width, share) for width in widths]
    tail = draw.uniform(0.9, 1.05, share) * draw.choice([1.0, math.sqrt(2 / spread)], share) * spread
    parts.append(tail * draw.choice([-1.0, 1.0], share))
    top = int(ranks(np.asarray([form.largest]).astype(form.dtype), form)[0])
    by_magnitude = of_ranks(draw.integers(-top, top, share, endpoint=True), form)
    return np.concatenate([*(part.astype(form.dtype) for part in parts), by_magnitude])


def sweep(
    spec: Activation, parameters: Mapping[str, float], form: Format, stride: int, width: int = WINDOW
) -> Array:
    """Every Nth float of up to 32 bits, with windows around thresholds and edges."""
    centers = [*thresholds(spec, parameters), *edges(form)]
    return np.concatenate([patterns(form, stride), windows(centers, form, width), reductions(form)])


def search(
    spec: Activation, parameters: Mapping[str, float], form: Format, count: int, seed: int = 0
) -> Array:
    """So many stratified float64 numbers, with smaller windows around thresholds and edges."""
    near = windows([*thresholds(spec, parameters), *edges(form)], form, 2 * _SMALL_WINDOW)
    return np.concatenate([stratified(form, count, seed), near, reductions(form)[::8]])
