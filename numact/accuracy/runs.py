"""Exact values at runs of neighbouring numbers: one polynomial for each run, its error bounded by balls.

The polynomial is the Taylor series at the middle of the run; Taylor's remainder is the next coefficient over
the run as a whole, a ball. A run where the formula is not one smooth function, or where the bound is not
small against the last place, is cut in halves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, ctx

from numact.accuracy import settings
from numact.accuracy.balls import Undecided
from numact.accuracy.measure import Question
from numact.accuracy.series import Series, expand
from numact.accuracy.ulp import Array, Format

LONGEST = 2**18
"""Most numbers in a run."""

# Runs of so few numbers are left to the oracle that reads the formula at every point.
_SHORTEST = 2**5
# Runs of so many are not cut in vain.
_PROBED = 2**10
_DEGREE = 9
_FIRST_BITS, _LAST_BITS = 192, 2048
# Share of the last place that a polynomial may be off.
RESOLUTION = 2.0**-20
# What a polynomial is off by where float64 evaluates it: five roundings of every term.
_ROUNDING = 5 * 2.0**-53
# What a coefficient may lose by underflow, and more.
_LEAST = 2.0**-1000
# Powers of two below the least number, where a value is as good as a zero that has a sign.
_FAR_BELOW = 40


@dataclass(frozen=True)
class Run:
    """Neighbouring numbers of one sign and one power of two, or subnormal ones.

    Parameters
    ----------
    form : Format
        Of at most 32 bits.
    first : int
        The bit pattern of the number next to 0.
    count : int
        How many: a power of two that divides `first`.
    """

    form: Format
    first: int
    count: int

    @property
    def start(self) -> float:
        """The number next to 0."""
        pattern = np.array([self.first], self.form.bits_dtype)
        return float(pattern.view(self.form.dtype)[0])

    @property
    def step(self) -> float:
        """Half the length of the run, with the sign of its numbers."""
        return math.copysign(self.form.place(self.start) * self.count / 2, self.start)

    def ends(self) -> tuple[int, int]:
        """First bit pattern, and that after the last."""
        return self.first, self.first + self.count

    def halves(self) -> tuple[Run, Run]:
        """Cut it in two."""
        half = self.count // 2
        return Run(self.form, self.first, half), Run(self.form, self.first + half, half)


@dataclass(frozen=True)
class Values:
    """Exact values at a run: a polynomial in t, which goes from -1 up to 1 from the number next to 0 on.

    Parameters
    ----------
    run : Run
        Where.
    coefficients : tuple of float
        Of the polynomial, the lowest power first; none where no polynomial is good enough.
    error : float
        How far it may be off.
    least, greatest : float
        Bounds of the absolute values.
    sign : int, optional
        Of the values, 0 where they are 0; None where they have several or the balls do not tell.
    slope : int, optional
        Sign of the derivative by t, likewise.
    """

    run: Run
    coefficients: tuple[float, ...] = ()
    error: float = math.inf
    least: float = 0.0
    greatest: float = math.inf
    sign: int | None = None
    slope: int | None = None

    def at(self, t: Array) -> Array:
        """Evaluate the polynomial."""
        *lower, highest = self.coefficients
        total = np.full(t.shape, highest)
        for coefficient in reversed(lower):
            total *= t
            total += coefficient
        return total


def exact_values(question: Question, run: Run) -> Iterator[Values]:
    """Find the exact values at a run, cut in parts where it has to be, in order.

    Parameters
    ----------
    question : Question
        What to compute.
    run : Run
        Where.

    Yields
    ------
    Values
        Without coefficients where the oracle has to read the formula at every point.
    """
    before = ctx.prec, ctx.cap
    try:
        values = _values(question, run)
    finally:
        ctx.prec, ctx.cap = before
    if values is not None:
        yield values
    elif run.count <= _SHORTEST or (run.count >= _PROBED and _is_rough(question, run)):
        yield Values(run)
    else:
        for half in run.halves():
            yield from exact_values(question, half)


def _is_rough(question: Question, run: Run) -> bool:
    """Whether even the shortest runs, at both ends and in the middle, have no polynomial: there are waves."""
    firsts = (run.first, run.first + run.count // 2, run.first + run.count - _SHORTEST)
    before = ctx.prec, ctx.cap
    try:
        return all(_values(question, Run(run.form, first, _SHORTEST)) is None for first in firsts)
    finally:
        ctx.prec, ctx.cap = before


def _values(question: Question, run: Run) -> Values | None:
    bits = _FIRST_BITS
    while bits <= _LAST_BITS:
        ctx.prec = bits
        try:
            middle, everywhere = _expansions(question, run)
        except Undecided:
            return None
        plain, around = middle.plain(), everywhere.plain()
        if not all(each.is_finite() for each in (*plain.coeffs(), *around.coeffs())):
            return None
        found = _beyond(run, everywhere, around) or _polynomial(run, plain, everywhere, around)
        if found is not None:
            return found
        # More bits help where cancellation has widened the balls, not where the run is too long.
        if not _is_blurred(plain, run.form):
            return None
        bits *= 2
    return None


def _expansions(question: Question, run: Run) -> tuple[Series, Series]:
    """Expand at the middle of a run, and around each of its points."""
    numbers = settings.rounded(question.spec, question.parameters, question.form)
    formula = question.spec.parsed_formula()
    start, step = run.start, run.step
    middle, whole = arb(start + step), arb(start + step, abs(step))
    everywhere = expand(formula, numbers, whole, arb(step), question.wrt, _DEGREE)
    return expand(formula, numbers, middle, arb(step), question.wrt, _DEGREE), everywhere


def _beyond(run: Run, everywhere: Series, around: Any) -> Values | None:
    """Give the values where they are far below the least number, or beyond the largest."""
    sign, slope = _sign(everywhere.factor), _sign_of(around[1])
    first = around[0]
    tiny = 2.0 ** (run.form.lowest - _FAR_BELOW)
    if abs(first) < tiny:
        value = (sign or 0) * tiny / 2
        return Values(run, (value,), tiny, 0.0, tiny, sign, slope)
    if abs(first) > 2.0**run.form.highest:
        huge = 2.0 ** (run.form.highest + 1)
        return Values(run, ((sign or 0) * huge,), 0.0, huge, math.inf, sign, slope)
    return None


def _polynomial(run: Run, plain: Any, everywhere: Series, around: Any) -> Values | None:
    """Take the Taylor polynomial, if it is good enough; without the terms that do not matter."""
    balls = [plain[power] for power in range(_DEGREE)]
    coefficients = [float(ball.mid()) for ball in balls]
    sizes = [abs(coefficient) for coefficient in coefficients]
    if not math.isfinite(sum(sizes)):
        return None
    # The rests are upper bounds in float64 themselves, a little enlarged.
    rest = sum(_upper(ball.rad()) for ball in balls) + _upper(around[_DEGREE])
    rest = 1.001 * rest + _ROUNDING * sum(sizes) + _LEAST
    least = max(sizes[0] - sum(sizes[1:]) - rest, 0.0)
    allowed = RESOLUTION * run.form.place(least)
    while len(coefficients) > 1 and rest + sizes[len(coefficients) - 1] <= allowed:
        rest += sizes[len(coefficients) - 1]
        coefficients.pop()
    if rest > allowed:
        return None
    greatest = sum(sizes) + rest
    sign = _sign(everywhere.factor) if least == 0 else int(math.copysign(1, coefficients[0]))
    return Values(run, tuple(coefficients), rest, least, greatest, sign, _sign_of(around[1]))


def _is_blurred(series: Any, form: Format) -> bool:
    first = series[0]
    size = max(_upper(abs(first)), 2.0 ** (form.lowest + form.precision))
    return bool(_upper(first.rad()) > size * 2.0 ** (-form.precision - 20))


def _upper(ball: Any) -> float:
    """Bound of the absolute value as a float."""
    bound = abs(ball).upper()
    return math.inf if bound > arb(2) ** 1000 else float(bound) * (1 + 2.0**-50) + 5e-324


def _sign(series: Any) -> int | None:
    if all(coefficient.is_zero() for coefficient in series.coeffs()):
        return 0
    return _sign_of(series[0])


def _sign_of(ball: Any) -> int | None:
    if ball.is_zero():
        return 0
    return 1 if ball > 0 else -1 if ball < 0 else None
