"""Best polynomial and rational approximations at high precision, by Remez's exchange algorithm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mpmath import mp, mpf

GRID = 600
CONVERGED = mpf(10) ** -12

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
