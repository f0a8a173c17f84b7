"""Where functions are hardest to round in float64, by CORE-MATH's searches: for formulas that use them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

import numpy as np

from numact.accuracy.ulp import Array
from numact.formula import Formula

# A textbook's exp(x) - 1 and log(1 + exp(x)) are other functions where they are computed well.
_ALIKE = {"exp": ("exp", "expm1"), "log": ("log1p",)}
# The argument is x, or x times one of these: exp(-x), tanh(x/2), erf(x/sqrt(2)).
_SCALES = (1.0, -1.0, 2.0, -2.0, 0.5, -0.5, math.sqrt(2), -math.sqrt(2))


@lru_cache
def cases() -> Mapping[str, tuple[float, ...]]:
    """Arguments by function: the exact values there lie next to the middle of two neighbouring numbers."""
    text = resources.files("numact.accuracy").joinpath("hard_cases.json").read_text(encoding="utf-8")
    numbers = json.loads(text)["cases"]
    return {name: tuple(float.fromhex(each) for each in numbers[name]) for name in numbers}


def inputs(formula: Formula) -> Array:
    """Give the values of x that take the functions of a formula to their hard cases, or next to them."""
    used = set(re.findall(r"\w+(?=\()", str(formula)))
    names = {alike for name in used for alike in _ALIKE.get(name, (name,))} & cases().keys()
    hard = [case for name in names for case in cases()[name]]
    if {"exp", "log"} <= used:
        hard += [math.log(case) for case in cases()["log1p"] if case > 0]
    return np.unique(np.array([scale * case for case in hard for scale in _SCALES], np.float64))
