"""What an error in units in the last place means: a promise broken, a bound missed, or a fact to report."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from numact.accuracy.ulp import Format
from numact.spec import Activation
from numact.testing.check import Finding
from numact.testing.report import Doubt, Example, Problem

OWN_BOUNDS: Mapping[str, float] = MappingProxyType(
    {"float16": 0.51, "bfloat16": 0.51, "float32": 1.0, "float64": 4.0}
)
"""By dtype: the largest error in units in the last place that strict checks allow where none is stated."""

ROOT_ABSOLUTE = 1e-16
"""Absolute error of a float64 derivative that counts as none next to its own root."""


def stated_bound(spec: Activation, dtype: str) -> float | None:
    """Read the accuracy that the author promises for a dtype, if any: it is of float32."""
    return spec.max_ulp if dtype == "float32" else None


def half_lost(form: Format) -> float:
    """Give the error, in units in the last place, from which on half of the digits are wrong."""
    return math.ldexp(1.0, form.precision // 2)


@dataclass(frozen=True)
class Figures:
    """What was measured over many numbers.

    Parameters
    ----------
    worst : float
        Largest error in units in the last place.
    example : Example
        Where it is.
    not_a_number : Example, optional
        A NaN where there is a value.
    wrong_sign : Example, optional
        A zero with the sign opposite to that of the value that it stands for.
    """

    worst: float
    example: Example
    not_a_number: Example | None = None
    wrong_sign: Example | None = None


def judge_ordinary(figures: Figures, form: Format, by_hand: bool) -> None:
    """Judge what came out for numbers of ordinary size.

    Raises
    ------
    Problem
        For a NaN, and where a function written by hand computes something else than the formula.
    """
    if figures.not_a_number is not None:
        raise Problem("NaN where the formula has a value", figures.not_a_number)
    if by_hand and figures.worst > half_lost(form):
        raise Problem("it computes something else than the formula", figures.example)


def judge(figures: Figures, form: Format, bound: float | None, promise: str, remedy: str) -> Finding:
    """Judge what came out over the whole range.

    Parameters
    ----------
    figures : Figures
        What was measured.
    form : Format
        Of the results.
    bound : float, optional
        What must hold.
    promise : str
        The bound in words.
    remedy : str
        What to write where digits are lost: forward or derivative.

    Returns
    -------
    tuple
        The accuracy found, and where it is worst.

    Raises
    ------
    Problem
        Where a bound does not hold; Doubt where none is stated but all digits are lost.
    """
    kind = Doubt if bound is None else Problem
    if figures.not_a_number is not None:
        raise kind(
            f"NaN where the formula has a value; write {remedy} for such numbers", figures.not_a_number
        )
    found = f"{figures.worst:.4g} ULP at worst"
    if bound is not None and not figures.worst <= bound:
        raise Problem(f"{found}, {promise} {bound:g}", figures.example)
    if bound is None and figures.worst > half_lost(form):
        raise Doubt(f"{found}: digits are lost; write {remedy} for such numbers", figures.example)
    if figures.wrong_sign is not None:
        raise kind("zero with the wrong sign", figures.wrong_sign)
    return found, figures.example
