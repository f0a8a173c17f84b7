"""Activations of rows: of many lengths and spreads, equal ones and masked ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from numact import registry
from numact.accuracy import settings
from numact.accuracy.oracle import Exact
from numact.accuracy.rows import exact_row
from numact.accuracy.sweep import Part, bits_of
from numact.accuracy.tally import Tally
from numact.accuracy.ulp import Array, Format, format_of
from numact.errors import ParameterError
from numact.function import Function
from numact.spec import Activation

LENGTHS = (1, 2, 3, 17, 1000, 65_537, 1_000_000)
SPREADS = (1.0, 20.0, 200.0)
_MASKED, _EQUAL = "half of them masked", "equal"
# An element is kept as one number: its case times this, and its index.
_PLACES = 2**24
_SURE = 2.0**-5


@dataclass(frozen=True)
class Case:
    """One row.

    Parameters
    ----------
    length : int
        Of the row.
    spread : float
        Standard deviation of its elements.
    manner : str
        What else there is to it.
    """

    length: int
    spread: float
    manner: str = ""

    def row(self, form: Format) -> tuple[Array, Array]:
        """Give the row, and where it takes part."""
        draw = np.random.default_rng(self.length)
        row = draw.normal(0, self.spread, self.length)
        if self.manner == _EQUAL:
            row[:] = row[0]
        mask = draw.random(self.length) < 0.5 if self.manner == _MASKED else np.ones(self.length, bool)
        mask[0] = True
        return row.astype(form.dtype), mask

    def __str__(self) -> str:
        return f"{self.length} elements, spread {self.spread:g}" + (f", {self.manner}" if self.manner else "")


CASES = tuple(
    [Case(length, spread) for length in LENGTHS for spread in SPREADS]
    + [Case(length, 20.0, manner) for length in LENGTHS for manner in (_EQUAL, _MASKED)]
)


@dataclass(frozen=True)
class RowJob:
    """The errors of an activation along an axis; done case by case.

    Parameters
    ----------
    name : str
        The activation's.
    dtype : str
        Of the rows.
    parameters : mapping
        Values of the numeric ones by name.
    """

    name: str
    dtype: str
    parameters: Mapping[str, float] = field(default_factory=dict)

    quantity = "value"

    @property
    def spec(self) -> Activation:
        """The activation."""
        return registry.get_spec(self.name)

    @property
    def form(self) -> Format:
        """The format of the results."""
        return format_of(self.dtype)

    def parts(self) -> list[int]:
        """Numbers of the cases; without the masked ones where the activation takes no masks."""
        takes_masks = self._takes_masks()
        return [part for part, case in enumerate(CASES) if takes_masks or case.manner != _MASKED]

    def _takes_masks(self) -> bool:
        x = np.zeros(2, self.form.dtype)
        try:
            self.computed(x, np.array([True, False]))
        except ParameterError:
            return False
        return True

    def do(self, part: int) -> Part:
        """Compare the results in one case."""
        _, mask, got, truth = self.results(part)
        # The exact values of a row have to be sure to a small part of a unit.
        unsure = truth.error > _SURE * self.form.spacing(truth.hi, truth.lo)
        truth = replace(truth, error=np.where(unsure, np.inf, truth.error))
        errors = self.form.error(got, truth.hi, truth.lo)
        places = (part * _PLACES + np.flatnonzero(mask)).astype(np.int64)
        tally = Tally()
        tally.add_points(self.form, truth, places, got, errors)
        return Part(tally, hashlib.sha256(bits_of(got).tobytes()).hexdigest())

    def results(self, part: int) -> tuple[Array, Array, Array, Exact]:
        """Row, mask, results where it holds, and exact values of these."""
        row, mask = CASES[part].row(self.form)
        got = self.computed(row, mask)[mask]
        parameters = settings.rounded(self.spec, self.parameters, self.form)
        return row, mask, got, exact_row(self.spec, parameters, row[mask], self.form)

    def computed(self, row: Array, mask: Array) -> Array:
        """Compute a row."""
        where = None if mask.all() else mask
        return np.asarray(Function(self.spec, self.parameters)(row, where=where))

    def sample_digest(self) -> str:
        """SHA-256 of the results' bits in the shorter cases."""
        digest = hashlib.sha256()
        for part in self.parts():
            if CASES[part].length <= 1000:
                digest.update(bits_of(self.computed(*CASES[part].row(self.form))).tobytes())
        return digest.hexdigest()

    def key(self) -> str:
        """Name all that decides the outcome."""
        request = [self.name, self.dtype, dict(self.parameters), self.spec.formula, self.inputs()]
        asked = json.dumps([*request, self.sample_digest()])
        return hashlib.sha256(asked.encode()).hexdigest()

    def _worst_sum(self) -> dict[str, Any]:
        """Find the row whose results' sum is farthest from 1, in units in the last place of 1."""
        off = []
        for part in self.parts():
            total = self.computed(*CASES[part].row(self.form)).astype(np.longdouble).sum()
            off.append((float(abs(total - 1)) * 2.0 ** (self.form.precision - 1), part))
        error, part = max(off)
        return {"max_ulp_of_1": round(error, 6), "row": str(CASES[part])}

    def worst(self, found: list[tuple[float, int]]) -> dict[str, Any]:
        """Describe the element with the greatest error, and of distributions the worst sum."""
        error, place = found[0]
        part, index = divmod(place, _PLACES)
        row, mask, got, truth = self.results(part)
        at = int(np.searchsorted(np.flatnonzero(mask), index))
        x = float(row[index])
        return {
            "max_ulp": round(error, 6),
            "at": {"hex": x.hex(), "decimal": repr(x), "row": str(CASES[part]), "index": index},
            "got": {"hex": float(got[at]).hex(), "decimal": repr(float(got[at]))},
            "expected": repr(float(truth.hi[at])),
            **({"sum": self._worst_sum()} if self.spec.range == (0.0, 1.0) else {}),
        }

    def inputs(self) -> str:
        """Describe the rows."""
        return "rows: " + "; ".join(str(CASES[part]) for part in self.parts())

    def __str__(self) -> str:
        shown = "".join(f", {name}={value:g}" for name, value in self.parameters.items())
        return f"{self.name} {self.dtype}, rows{shown}"
