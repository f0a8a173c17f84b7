"""The limits of a formula at the infinities, found by looking far out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from numact.accuracy import settings
from numact.accuracy.oracle import exact
from numact.accuracy.settings import Setting
from numact.accuracy.ulp import FLOAT64
from numact.formula import parse
from numact.spec import Activation

# Numbers so far out that the rest of a formula has vanished beside what its limit is made of.
_FAR = (1e200, 1e300)
_LARGE, _SMALL = 1e50, 1e-50
_TOLERANCE = 1e-12


def with_limits(spec: Activation) -> Activation:
    """
    State the limits of an elementwise activation and of its derivative, as far as they can be told.

    Parameters
    ----------
    spec : Activation
        Without limits.

    Returns
    -------
    Activation
        The same with limits that hold for its default parameters and for others; with none where one side
        has none, or none that these simple formulas give.
    """
    if spec.kind != "elementwise":
        return spec
    ends = {wrt: [_limit(spec, x, wrt) for x in (-math.inf, math.inf)] for wrt in (None, "x")}
    pairs = {wrt: None if None in pair else (pair[0], pair[1]) for wrt, pair in ends.items()}
    return replace(spec, limits=pairs[None], derivative_limits=pairs["x"])


def _limit(spec: Activation, infinity: float, wrt: str | None) -> float | str | None:
    """Find a number or a text that is the limit for every setting of the parameters tried."""
    tried = [settings.default(spec), *settings.others(spec)]
    found = [_far_value(spec, setting, infinity, wrt) for setting in tried]
    if any(value is None for value in found):
        return None
    values = [value for value in found if value is not None]
    if all(_is_close(value, values[0]) for value in values):
        return "inf" if values[0] == math.inf else "-inf" if values[0] == -math.inf else values[0]
    names = tuple(tried[0])
    for text in _candidates(names):
        formula = parse(text, names)
        if all(
            _is_close(formula.value(**setting), value) for setting, value in zip(tried, values, strict=True)
        ):
            return text
    return None


def _far_value(spec: Activation, setting: Setting, infinity: float, wrt: str | None) -> float | None:
    far = np.copysign(np.array(_FAR), infinity)
    truth = exact(spec.parsed_formula(), {"x": far, **setting}, FLOAT64, wrt)
    if not truth.is_known.all():
        return None
    near, farther = (float(value) for value in truth.hi)
    if abs(near) > _LARGE:
        return math.copysign(math.inf, farther) if abs(farther) > abs(near) and near * farther > 0 else None
    if abs(near) < _SMALL and abs(farther) < _SMALL:
        return -0.0 if truth.sign[1] < 0 else 0.0
    return farther if _is_close(near, farther) else None


def _is_close(value: float, other: float) -> bool:
    return math.isclose(value, other, rel_tol=_TOLERANCE)


def _candidates(names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        yield from (name, f"-{name}", f"abs({name})", f"-abs({name})", f"1 / {name}", f"-1 / {name}")
        yield from (f"{name} * inf", f"-{name} * inf")
