"""Gated activations: values and derivatives at very many pairs of a value and a gate."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from numact import registry
from numact.accuracy.gated import GatedQuestion, pairs
from numact.accuracy.sweep import Part, bits_of
from numact.accuracy.tally import Tally
from numact.accuracy.ulp import format_of

PAIRS = 10_000_000
"""Pairs in all."""

_PER_PART = 100_000
# A pair is kept as one number: its part times this, and its index.
_PLACES = 2**24
# Of the sample whose results tell one kernel from another; no part has its seed.
_SAMPLE_SIZE, _SAMPLE_SEED = 65_536, 2**20


@dataclass(frozen=True)
class PairJob:
    """The errors of a gated activation; made of plain values, so that other processes can be told.

    Parameters
    ----------
    name : str
        The activation's, as `numact.get` takes it.
    dtype : str
        Of the arrays.
    parameters : mapping
        Values of the numeric ones by name.
    wrt : str, optional
        ``a``, ``b`` or a parameter: the derivative by the value, the gate or it.
    count : int
        Pairs to draw.
    """

    name: str
    dtype: str
    parameters: Mapping[str, float] = field(default_factory=dict)
    wrt: str | None = None
    count: int = PAIRS

    def question(self) -> GatedQuestion:
        """Give what is to be computed and its exact values."""
        return GatedQuestion(
            registry.get_spec(self.name), format_of(self.dtype), dict(self.parameters), self.wrt
        )

    @property
    def quantity(self) -> str:
        """What is measured: the value, or which derivative."""
        return "value" if self.wrt is None else f"derivative by {self.wrt}"

    def parts(self) -> range:
        """Numbers of the parts that it is done in."""
        return range(-(-self.count // _PER_PART))

    def do(self, part: int) -> Part:
        """Do one part."""
        question = self.question()
        values, gates = pairs(question.form, _PER_PART, seed=part)
        got, truth, errors = question.errors(values, gates)
        tally = Tally()
        places = part * _PLACES + np.arange(len(values), dtype=np.int64)
        tally.add_points(question.form, truth, places, got, errors)
        return Part(tally, hashlib.sha256(bits_of(got).tobytes()).hexdigest())

    def sample_digest(self) -> str:
        """SHA-256 of the results' bits at some pairs: other for another kernel."""
        question = self.question()
        got = question.computed(*pairs(question.form, _SAMPLE_SIZE, _SAMPLE_SEED))
        return hashlib.sha256(bits_of(got).tobytes()).hexdigest()

    def key(self) -> str:
        """Name all that decides the outcome."""
        formula = registry.get_spec(self.name).formula
        asked = json.dumps({**vars(self), "formula": formula, "sample": self.sample_digest()}, sort_keys=True)
        return hashlib.sha256(asked.encode()).hexdigest()

    def worst(self, found: list[tuple[float, int]]) -> dict[str, Any]:
        """Describe the pair with the greatest error."""
        error, place = found[0]
        part, index = divmod(place, _PLACES)
        question = self.question()
        values, gates = (each[index : index + 1] for each in pairs(question.form, _PER_PART, seed=part))
        got, truth, _ = question.errors(values, gates)
        value, gate, result = float(values[0]), float(gates[0]), float(got[0])
        return {
            "max_ulp": round(error, 6) if np.isfinite(error) else "infinite",
            "at": {"hex": f"{value.hex()}, {gate.hex()}", "decimal": f"{value!r}, {gate!r}"},
            "got": {"hex": result.hex(), "decimal": repr(result)},
            "expected": repr(float(truth.hi[0])),
        }

    def inputs(self) -> str:
        """Describe the pairs."""
        kinds = "gates by strata and in windows, values ordinary, of any size and among the largest"
        return f"{self.count:,} pairs: {kinds}"

    def __str__(self) -> str:
        return str(self.question())
