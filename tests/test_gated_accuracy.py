"""The measuring of gated activations at pairs: it sees what is wrong."""

from __future__ import annotations

import math

import numpy as np
import pytest

from numact import Activation
from numact.accuracy.gated import measure_pairs, pairs
from numact.accuracy.ulp import FLOAT32, FLOAT64, FORMATS, Format

FORMULA = "a / (1 + exp(-b))"


def gated(formula: str = FORMULA, **fields: object) -> Activation:
    return Activation("probe", "A probe.", formula, (), kind="gated", **fields)  # type: ignore[arg-type]


def without_smallest(a, b):  # type: ignore[no-untyped-def]
    return 0.0 if b < -100 else a * b


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_pairs_are_finite_and_of_every_size(form: Format) -> None:
    for numbers in pairs(form, 500):
        assert numbers.dtype == form.dtype
        sizes = np.abs(numbers.astype(np.float64))
        assert np.isfinite(sizes).all()
        assert sizes.max() > math.sqrt(form.largest)
        assert sizes.min() < math.sqrt(form.least_normal)
        assert {-1.0, 1.0} <= set(np.sign(numbers.astype(np.float64)))


def test_a_product_is_rounded_right() -> None:
    for wrt, worst in ((None, 0.5), ("a", 0.0), ("b", 0.0)):
        report = measure_pairs(gated("a * b"), {}, FLOAT32, 300, wrt)
        assert report.worst <= worst
        assert report.not_numbers == report.signs == report.unknown == 0
        assert report.points > 300


def test_digits_lost_by_a_naive_formula_are_seen() -> None:
    # exp(-b) overflows long before a times the sigmoid is 0.
    report = measure_pairs(gated(), {}, FLOAT64, 2000)
    assert report.worst > 1e6
    assert report.value / (1 + math.exp(min(-report.gate, 700))) != report.got
    assert f"got {report.got!r}" in str(report)


def test_wrong_values_and_signs_are_seen() -> None:
    report = measure_pairs(gated("a * b", forward=without_smallest), {}, FLOAT32, 300)
    assert report.worst > 1e6
    assert report.gate < -100
    report = measure_pairs(gated("-a * b * 0 - a * 1e-300", forward=lambda a, b: 0 * b), {}, FLOAT32, 300)
    assert report.signs > 0
