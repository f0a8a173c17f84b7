"""Derive the coefficients of the vector math core, and write `numact/engine/coefficients.py`.

Each table is the polynomial or rational function whose largest weighted error over an interval is smallest,
found by Remez's exchange algorithm at high precision. Run without arguments it rewrites the file; with
``--check`` it changes nothing and fails if the file is not what it would write.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mpmath import mp, mpf

TARGET = Path(__file__).resolve().parents[1] / "numact" / "engine" / "coefficients.py"
DIGITS = 60
GRID = 600
CONVERGED = mpf(10) ** -12
NEAR_ZERO = mpf(10) ** -12  # stands for 0 where a formula divides by its argument

Function = Callable[[mpf], mpf]


@dataclass(frozen=True)
class Fit:
    """The best approximation found: coefficients, lowest power first, and the largest weighted error."""

    numerator: list[mpf]
    denominator: list[mpf]
    error: mpf


def evaluate(coefficients: Sequence[mpf], x: mpf) -> mpf:
    """Evaluate a polynomial by Horner's rule."""
    total = mpf(0)
    for coefficient in reversed(coefficients):
        total = total * x + coefficient
    return total


def cosine_grid(low: mpf, high: mpf, count: int = GRID) -> list[mpf]:
    """Make points that crowd towards both ends of an interval, as the extrema of a best fit do."""
    middle, half = (mpf(low) + high) / 2, (mpf(high) - low) / 2
    return [middle - half * mp.cos(mp.pi * i / count) for i in range(count + 1)]


class Exchange:
    """Remez's algorithm for numerator and denominator of given degrees over a fixed grid of points.

    Parameters
    ----------
    points
        The grid, increasing.
    function, weight
        What is approximated, and the factor its error is multiplied with.
    degree, denominator_degree
        Degrees of the polynomials; the denominator's lowest coefficient is 1.
    """

    def __init__(
        self,
        points: Sequence[mpf],
        function: Function,
        weight: Function,
        degree: int,
        denominator_degree: int = 0,
    ) -> None:
        self.points = points
        self.values = [function(x) for x in points]
        self.weights = [weight(x) for x in points]
        self.degree = degree
        self.denominator_degree = denominator_degree
        self.unknowns = degree + denominator_degree + 1

    def solve(self) -> Fit:
        """Exchange reference points until the error is level."""
        fit = self._interpolate()
        for _ in range(60):
            errors = self._errors(fit)
            largest = max(abs(error) for error in errors)
            if largest <= fit.error * (1 + CONVERGED):
                return Fit(fit.numerator, fit.denominator, largest)
            fit = self._level(self._extrema(errors), fit)
        raise ArithmeticError("Remez's algorithm did not converge")

    def _interpolate(self) -> Fit:
        """Start from the function that agrees at evenly spread points of the grid."""
        step = mpf(len(self.points) - 1) / self.unknowns
        reference = [int((i + mpf(1) / 2) * step) for i in range(self.unknowns)]
        matrix, right = self._equations(reference, self.unknowns)
        return self._fit(mp.lu_solve(matrix, right), mpf(0))

    def _level(self, reference: list[int], fit: Fit) -> Fit:
        """Fit so that the error at the reference points has one size and alternating signs."""
        size = self.unknowns + 1
        for _ in range(40):
            matrix, right = self._equations(reference, size)
            for row, index in enumerate(reference):
                # The size of the error multiplies the denominator: take the one before, and repeat.
                matrix[row, size - 1] = -((-1) ** row) * evaluate(fit.denominator, self.points[index])
            solution = mp.lu_solve(matrix, right)
            before, fit = fit.error, self._fit(solution, abs(solution[size - 1]))
            if self.denominator_degree == 0 or abs(fit.error - before) <= CONVERGED**2 * before:
                return fit
        raise ArithmeticError("the level of the error did not converge")

    def _equations(self, reference: list[int], size: int) -> tuple[mp.matrix, mp.matrix]:
        """Set up numerator = function * denominator at the reference points."""
        matrix, right = mp.matrix(size, size), mp.matrix(size, 1)
        for row, index in enumerate(reference):
            x, value, weight = self.points[index], self.values[index], self.weights[index]
            for power in range(self.degree + 1):
                matrix[row, power] = weight * x**power
            for power in range(1, self.denominator_degree + 1):
                matrix[row, self.degree + power] = -weight * value * x**power
            right[row] = weight * value
        return matrix, right

    def _fit(self, solution: mp.matrix, error: mpf) -> Fit:
        numerator = [solution[i] for i in range(self.degree + 1)]
        denominator = [mpf(1), *(solution[i] for i in range(self.degree + 1, self.unknowns))]
        return Fit(numerator, denominator, error)

    def _errors(self, fit: Fit) -> list[mpf]:
        return [
            weight * (evaluate(fit.numerator, x) / evaluate(fit.denominator, x) - value)
            for x, value, weight in zip(self.points, self.values, self.weights, strict=True)
        ]

    def _extrema(self, errors: list[mpf]) -> list[int]:
        """Find the largest error of each run of one sign, as many as the unknowns and one."""
        extrema: list[int] = []
        for index, error in enumerate(errors):
            if extrema and (error > 0) == (errors[extrema[-1]] > 0):
                if abs(error) > abs(errors[extrema[-1]]):
                    extrema[-1] = index
            else:
                extrema.append(index)
        while len(extrema) > self.unknowns + 1:
            drop_first = abs(errors[extrema[0]]) < abs(errors[extrema[-1]])
            extrema.pop(0 if drop_first else -1)
        if len(extrema) < self.unknowns + 1:
            raise ArithmeticError("the error alternates too few times")
        return extrema


@dataclass(frozen=True)
class Table:
    """One table of the file: what it approximates, and the best fit."""

    name: str
    meaning: str
    fit: Fit
    low_parts: int = 0

    def arrays(self) -> dict[str, list[mpf]]:
        """Return the arrays by name, a denominator scaled to end with 1, which saves a product.

        What the first `low_parts` coefficients lose when they are rounded makes an array of its own.
        """
        if len(self.fit.denominator) == 1:
            lost = [value - mpf(float(value)) for value in self.fit.numerator[: self.low_parts]]
            return {self.name: self.fit.numerator} | ({f"{self.name}_LOW": lost} if lost else {})
        leading = self.fit.denominator[-1]
        return {
            f"{self.name}_NUMERATOR": [value / leading for value in self.fit.numerator],
            f"{self.name}_DENOMINATOR": [value / leading for value in self.fit.denominator],
        }


def relative(function: Function) -> Function:
    """Weigh errors relative to a function."""
    return lambda x: 1 / abs(function(x))


def squares(points: Sequence[mpf]) -> list[mpf]:
    """Square each point of a grid, for polynomials in the square of the argument."""
    return [x * x for x in points]


def half_line(scale: int, end: mpf | None = None) -> list[mpf]:
    """Make points from 0 to `end`, or far out, that crowd towards both ends of (x - scale)/(x + scale)."""
    last = (end - scale) / (end + scale) if end else 1 - mpf(10) ** -20
    return [scale * (1 + q) / (1 - q) for q in cosine_grid(mpf(-1), last)]


def erfcx(x: mpf) -> mpf:
    """Compute exp(x*x)*erfc(x), by its asymptotic series where erfc underflows the working precision."""
    if x < 30:
        return mp.exp(x * x) * mp.erfc(x)
    total = term = mpf(1)
    for k in range(1, 40):
        term *= -(2 * k - 1) / (2 * x * x)
        total += term
    return total / (x * mp.sqrt(mp.pi))


def exponential_tables() -> list[Table]:
    """Tables of exp, expm1 and their short forms."""
    half_ln2 = mp.log(2) / 2 * (1 + mpf(2) ** -10)
    reduced = cosine_grid(-half_ln2, half_ln2)
    reduced = [r if abs(r) > NEAR_ZERO else NEAR_ZERO for r in reduced]
    unit = [t if abs(t) > NEAR_ZERO else NEAR_ZERO for t in cosine_grid(mpf(-1) / 2, mpf(1) / 2)]

    def power(t: mpf) -> mpf:
        return mpf(2) ** t

    def power_rise(t: mpf) -> mpf:
        return mp.expm1(t * mp.log(2)) / t

    def rest(r: mpf) -> mpf:
        return (mp.expm1(r) - r) / r**2

    return [
        Table("SHORT_EXP2", "2**t for |t| <= 1/2", Exchange(unit, power, relative(power), 7).solve()),
        Table(
            "SHORT_EXP2M1",
            "(2**t - 1)/t for |t| <= 1/2",
            Exchange(unit, power_rise, relative(power_rise), 6).solve(),
        ),
        Table(
            "EXP",
            "(exp(r) - 1 - r)/r**2 for |r| <= ln(2)/2, error relative to exp(r)",
            Exchange(reduced, rest, lambda r: r * r / mp.exp(r), 9).solve(),
        ),
        Table(
            "EXPM1",
            "(exp(r) - 1 - r)/r**2 for |r| <= ln(2)/2, error relative to exp(r) - 1",
            Exchange(reduced, rest, lambda r: r * r / abs(mp.expm1(r)), 10).solve(),
        ),
    ]


def logarithm_tables() -> list[Table]:
    """Tables of log, log1p, their short forms and the logarithm inside pow, all by s = f/(2 + f)."""
    largest = (mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)
    points = squares(cosine_grid(mpf(10) ** -6, largest))

    def series(y: mpf) -> mpf:
        return 2 * mp.atanh(mp.sqrt(y)) / mp.sqrt(y)

    def after_first(y: mpf) -> mpf:
        return (series(y) - 2) / y

    def after_second(y: mpf) -> mpf:
        return (after_first(y) - mpf(2) / 3) / y

    def unit(x: mpf) -> mpf:
        return mp.log1p(x) / x

    return [
        Table(
            "SHORT_LOG",
            "log((1 + s)/(1 - s))/s in s**2 for |s| <= 0.1716",
            Exchange(points, series, relative(series), 4).solve(),
        ),
        Table(
            "SHORT_LOG1P_UNIT",
            "log1p(x)/x for 0 <= x <= 1",
            Exchange(cosine_grid(mpf(10) ** -9, mpf(1)), unit, relative(unit), 3, 4).solve(),
        ),
        Table(
            "LOG",
            "(log((1 + s)/(1 - s)) - 2*s)/s**3 in s**2 for |s| <= 0.1716, error relative to the logarithm",
            Exchange(points, after_first, lambda y: y / series(y), 6).solve(),
        ),
        Table(
            "POW_LOG",
            "(log((1 + s)/(1 - s)) - 2*s - 2/3*s**3)/s**5 in s**2, error relative to the logarithm",
            Exchange(points, after_second, lambda y: y * y / series(y), 6).solve(),
        ),
    ]


def hyperbolic_tables() -> list[Table]:
    """Tables of tanh and its short form."""

    def ratio(y: mpf) -> mpf:
        return mp.tanh(mp.sqrt(y)) / mp.sqrt(y)

    def rest(y: mpf) -> mpf:
        return (ratio(y) - 1) / y

    small, wide = cosine_grid(mpf(10) ** -6, mpf(3) / 4), cosine_grid(mpf(10) ** -6, mpf(11))
    return [
        Table(
            "TANH",
            "(tanh(x) - x)/x**3 in x**2 for |x| <= 3/4, error relative to tanh(x)",
            Exchange(squares(small), rest, lambda y: y / ratio(y), 11).solve(),
        ),
        Table(
            "SHORT_TANH",
            "tanh(x)/x in x**2 for |x| <= 11",
            Exchange(squares(wide), ratio, relative(ratio), 5, 5).solve(),
        ),
    ]


def error_function_tables() -> list[Table]:
    """Tables of erf, and of erfcx for all x >= 0."""

    def ratio(y: mpf) -> mpf:
        return mp.erf(mp.sqrt(y)) / mp.sqrt(y)

    def rest(y: mpf) -> mpf:
        return ratio(y) - 1

    def scaled(q: mpf) -> mpf:
        x = 4 * (1 + q) / (1 - q)
        return erfcx(x) * (1 + x / 4)

    small = squares(cosine_grid(mpf(10) ** -6, mpf(1)))
    large = cosine_grid(mpf(1), mpf(6))
    short = half_line(2, mpf(21) / 2)
    return [
        Table(
            "ERF",
            "erf(x)/x - 1 in x**2 for |x| <= 1, error relative to erf(x)/x",
            Exchange(small, rest, relative(ratio), 11).solve(),
        ),
        Table(
            "ERF_COMPLEMENT",
            "erfcx(x) for 1 <= x <= 6, error relative to exp(x*x)",
            Exchange(large, erfcx, lambda x: mp.exp(-x * x), 5, 6).solve(),
        ),
        Table(
            "ERFCX",
            "erfcx(x)*(1 + x/4) in (x - 4)/(x + 4) for x >= 0",
            Exchange(cosine_grid(mpf(-1), 1 - mpf(10) ** -20), scaled, relative(scaled), 25).solve(),
            low_parts=2,
        ),
        Table(
            "SHORT_ERFCX",
            "erfcx(x) for 0 <= x <= 10.5",
            Exchange(short, erfcx, relative(erfcx), 5, 6).solve(),
        ),
    ]


def trigonometric_tables() -> list[Table]:
    """Tables of sin and cos."""

    def sine_rest(y: mpf) -> mpf:
        return (mp.sin(mp.sqrt(y)) / mp.sqrt(y) - 1) / y

    def cosine_rest(y: mpf) -> mpf:
        return (mp.cos(mp.sqrt(y)) - 1 + y / 2) / y**2

    points = squares(cosine_grid(mpf(10) ** -6, mp.pi / 4 * (1 + mpf(2) ** -10)))
    return [
        Table(
            "SIN",
            "(sin(r) - r)/r**3 in r**2 for |r| <= pi/4, error relative to sin(r)",
            Exchange(points, sine_rest, lambda y: y, 5).solve(),
        ),
        Table(
            "COS",
            "(cos(r) - 1 + r**2/2)/r**4 in r**2 for |r| <= pi/4",
            Exchange(points, cosine_rest, lambda y: y * y, 5).solve(),
        ),
    ]


def all_tables() -> list[Table]:
    """Derive every table of the file."""
    return [
        *exponential_tables(),
        *logarithm_tables(),
        *hyperbolic_tables(),
        *error_function_tables(),
        *trigonometric_tables(),
    ]


HEADER = '''"""Coefficients of the vector math core, lowest power first.

Made by ``tools/derive_coefficients.py``, which can tell whether this file is what it makes; not for editing.
"""

from __future__ import annotations
'''


def render(tables: Sequence[Table]) -> str:
    """Write the text of the file."""
    parts = [HEADER]
    for table in tables:
        exponent = float(mp.log(table.fit.error, 2))
        parts.append(f"\n# {table.meaning}: error 2**{exponent:.1f}\n")
        for name, values in table.arrays().items():
            lines = "".join(f"    {float(value)!r},\n" for value in values)
            parts.append(f"{name} = (\n{lines})\n")
    return "".join(parts)


def main() -> int:
    """Write the file, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if the file differs")
    arguments = parser.parse_args()
    mp.dps = DIGITS
    text = render(all_tables())
    if not arguments.check:
        TARGET.write_text(text, encoding="utf-8")
    elif TARGET.read_text(encoding="utf-8") != text:
        print(f"{TARGET} is not what this script makes", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
