"""Values and derivatives against the exact values of the textbook formulas, at pairs of every size."""

from __future__ import annotations

import numact_gated
import pytest

from numact.accuracy.gated import measure_pairs
from numact.accuracy.ulp import BFLOAT16, FLOAT16, FLOAT32, FLOAT64, Format
from numact.spec import Activation

ACTIVATIONS = list(numact_gated.numact_activations())
BOUNDS = {FLOAT16: 0.51, BFLOAT16: 0.51, FLOAT32: 1.0, FLOAT64: 4.0}
PRODUCTS = ("bilinear", "reglu")
PAIRS = 2000


@pytest.mark.parametrize("wrt", [None, "a", "b"])
@pytest.mark.parametrize("form", BOUNDS, ids=lambda form: form.name)
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda activation: activation.name)
def test_accuracy(activation: Activation, form: Format, wrt: str | None) -> None:
    report = measure_pairs(activation, {}, form, PAIRS, wrt)
    bound = 0.5001 if activation.name in PRODUCTS else BOUNDS[form]
    assert report.worst <= bound, str(report)
    assert report.not_numbers == report.signs == report.unknown == 0, str(report)
    assert report.points > PAIRS / 2
