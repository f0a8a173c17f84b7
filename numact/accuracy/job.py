"""What one measurement of a certificate asks: which quantity, at which inputs; done in parts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from numact import registry
from numact.accuracy import points
from numact.accuracy.measure import Question
from numact.accuracy.peers import PeerQuestion
from numact.accuracy.search import search_part, search_parts
from numact.accuracy.sweep import Part, bits_of, part_numbers, sweep_part
from numact.accuracy.ulp import format_of

# The inputs whose results tell one kernel from another: every so many bit patterns, a prime; or random ones.
_SAMPLE_STRIDE = 65_521
_SAMPLE_SIZE = 65_536


@dataclass(frozen=True)
class Job:
    """One measurement; made of plain values, so that other processes can be told.

    Parameters
    ----------
    name : str
        The activation's, as `numact.get` takes it.
    dtype : str
        Of the arrays.
    parameters : mapping
        Values of the numeric ones by name.
    wrt : str, optional
        The derivative by this argument, not the value.
    stride : int
        Take every so many bit patterns; of float64 there are too many.
    searched : int
        Points to draw for float64.
    peer : str, optional
        The library to measure in place of numact.
    """

    name: str
    dtype: str
    parameters: Mapping[str, float] = field(default_factory=dict)
    wrt: str | None = None
    stride: int = 1
    searched: int = 0
    peer: str | None = None

    def question(self) -> Question:
        """Give what is to be computed and its exact values."""
        spec, form = registry.get_spec(self.name), format_of(self.dtype)
        if self.peer is not None:
            return PeerQuestion(spec, form, self.parameters, self.wrt, peer=self.peer)
        return Question(spec, form, self.parameters, self.wrt)

    @property
    def quantity(self) -> str:
        """What is measured: the value, or which derivative."""
        return "value" if self.wrt is None else f"derivative by {self.wrt}"

    @property
    def is_searched(self) -> bool:
        """Whether there are too many inputs to sweep."""
        return self.dtype == "float64"

    def parts(self) -> range:
        """Numbers of the parts that it is done in."""
        return search_parts(self.searched) if self.is_searched else part_numbers(self.stride)

    def do(self, part: int) -> Part:
        """Do one part."""
        question = self.question()
        if self.is_searched:
            return search_part(question, part, self.searched)
        return sweep_part(question, part, self.stride)

    def sample_digest(self) -> str:
        """SHA-256 of the results' bits at some inputs: done in milliseconds, and other for another kernel."""
        question = self.question()
        form = question.form
        if self.is_searched:
            x = points.stratified(form, _SAMPLE_SIZE)
        else:
            x = points.finite(points.patterns(form, _SAMPLE_STRIDE if form.precision > 11 else 1))
        return hashlib.sha256(bits_of(question.computed(x)).tobytes()).hexdigest()

    def key(self) -> str:
        """Name all that decides the outcome: the request, the formula, and the kernel by its results."""
        formula = registry.get_spec(self.name).formula
        asked = json.dumps({**vars(self), "formula": formula, "sample": self.sample_digest()}, sort_keys=True)
        return hashlib.sha256(asked.encode()).hexdigest()

    def __str__(self) -> str:
        by = "" if self.peer is None else f" by {self.peer}"
        return f"{self.question()}{by}"
