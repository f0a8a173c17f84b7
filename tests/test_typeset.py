"""Formulas as LaTeX: what is written, and that it means the same."""

from __future__ import annotations

import pytest

from numact import registry
from numact.errors import FormulaError
from numact.formula import parse
from numact.typeset import latex, latex_of_name, latex_of_row

NAMES = ("x", "y", "alpha", "negative_slope", "beta_1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x / (1 + abs(x))", r"\frac{x}{1 + \left|x\right|}"),
        ("x - (y - 1)", r"x - \left(y - 1\right)"),
        ("x - y - 1", "x - y - 1"),
        ("-(x + y)", r"-\left(x + y\right)"),
        ("x - -y", r"x - \left(-y\right)"),
        ("(-x) ** 2", r"\left(-x\right)^{2}"),
        ("-x ** 2", "-x^{2}"),
        ("(x * y) ** 2", r"\left(x \, y\right)^{2}"),
        ("2 * 3", r"2 \cdot 3"),
        ("exp(x) ** 2", r"\left(e^{x}\right)^{2}"),
        ("2 * expm1(x)", r"2 \, \left(e^{x} - 1\right)"),
        ("log1p(-x)", r"\log\left(1 + \left(-x\right)\right)"),
        ("sqrt(2 / pi)", r"\sqrt{\frac{2}{\pi}}"),
        ("pow(x + 1, y)", r"\left(x + 1\right)^{y}"),
        ("alpha * beta_1", r"\alpha \, \beta_{1}"),
        ("negative_slope * x", r"\mathrm{negative\_slope} \, x"),
        ("1.6732632423543772", r"1.673263\ldots"),
        ("1e-3", r"1 \cdot 10^{-3}"),
        ("max(0, x, y)", r"\max\left(0, x, y\right)"),
        (
            "1 if x > 1 else 2 if 0 <= x < 1 else 3",
            r"\begin{cases} 1 & \text{if } x > 1 \\ 2 & \text{if } 0 \le x < 1 \\"
            r" 3 & \text{otherwise} \end{cases}",
        ),
        (
            "where(not (x > 0 and y != 1), x, y)",
            r"\begin{cases} x & \text{if } \text{not } \left(x > 0 \text{ and } y \ne 1\right) \\"
            r" y & \text{otherwise} \end{cases}",
        ),
    ],
)
def test_formulas(text: str, expected: str) -> None:
    assert latex(parse(text, NAMES)) == expected


def test_rows() -> None:
    assert latex_of_row("exp(x_i) / sum_j exp(x_j)") == r"\frac{e^{x_{i}}}{\sum_{j} e^{x_{j}}}"
    assert latex_of_row("x_i - log(sum_j exp(x_j))") == r"x_{i} - \log\left(\sum_{j} e^{x_{j}}\right)"
    with pytest.raises(FormulaError):
        latex_of_row("the sorted row")


def test_names() -> None:
    assert [latex_of_name(name) for name in ("lambd", "inf", "e", "c", "weight")] == [
        r"\lambda",
        r"\infty",
        "e",
        "c",
        r"\mathrm{weight}",
    ]


@pytest.mark.parametrize("name", registry.names())
def test_every_registered_formula_is_typeset_with_paired_braces(name: str) -> None:
    spec = registry.get_spec(name)
    if spec.kind == "axis":
        try:
            text = latex_of_row(spec.formula)
        except FormulaError:
            return
    else:
        text = latex(spec.parsed_formula())
    assert text.count("{") == text.count("}")
    assert text.count(r"\left") == text.count(r"\right")
    for parameter in spec.parsed_formula().used_names if spec.kind != "axis" else ():
        assert latex_of_name(parameter) in text
