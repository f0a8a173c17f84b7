"""Derive the coefficients of the vector math core, and write `numact/engine/coefficients.py`.

Each table is the polynomial or rational function whose largest weighted error over an interval is smallest,
found by Remez's exchange algorithm at high precision. Run without arguments it rewrites the file; with
``--check`` it changes nothing and fails if the file is not what it would write.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mpmath import mp, mpf
from remez import Exchange, Fit, Function, cosine_grid

TARGET = Path(__file__).resolve().parents[1] / "numact" / "engine" / "coefficients.py"
DIGITS = 60
NEAR_ZERO = mpf(10) ** -12  # stands for 0 where a formula divides by its argument


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
        Table("SHORT_EXP2", "2**t for |t| <= 1/2", Exchange(unit, power, relative(power), 6).solve()),
        Table(
            "SHORT_EXP2M1",
            "(2**t - 1)/t for |t| <= 1/2",
            Exchange(unit, power_rise, relative(power_rise), 6).solve(),
        ),
        Table(
            "SINGLE_EXP",
            "(exp(r) - 1 - r)/r**2 for |r| <= ln(2)/2, for float32, error relative to exp(r)",
            Exchange(reduced, rest, lambda r: r * r / mp.exp(r), 4).solve(),
        ),
        Table(
            "SINGLE_EXPM1",
            "(exp(r) - 1 - r)/r**2 for |r| <= ln(2)/2, for float32, error relative to exp(r) - 1",
            Exchange(reduced, rest, lambda r: r * r / abs(mp.expm1(r)), 5).solve(),
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
    """Make the table of tanh."""

    def ratio(y: mpf) -> mpf:
        return mp.tanh(mp.sqrt(y)) / mp.sqrt(y)

    def rest(y: mpf) -> mpf:
        return (ratio(y) - 1) / y

    small = cosine_grid(mpf(10) ** -6, mpf(3) / 4)
    return [
        Table(
            "TANH",
            "(tanh(x) - x)/x**3 in x**2 for |x| <= 3/4, error relative to tanh(x)",
            Exchange(squares(small), rest, lambda y: y / ratio(y), 11).solve(),
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
    short, tail = half_line(2, mpf(21) / 2), half_line(2, mpf(20))

    def mills(x: mpf) -> mpf:
        return erfcx(x / mp.sqrt(2)) / 2

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
        Table(
            "SHORT_NORMAL_TAIL",
            "exp(x*x/2)*erfc(x/sqrt(2))/2 for 0 <= x <= 20",
            Exchange(tail, mills, relative(mills), 4, 5).solve(),
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
