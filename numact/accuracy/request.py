"""What is asked of one activation in one dtype, as a list of jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from numact import registry
from numact.accuracy import peers, settings
from numact.accuracy.figures import AnyJob
from numact.accuracy.job import Job
from numact.accuracy.pairjob import PairJob
from numact.accuracy.rowjob import RowJob
from numact.accuracy.rows import has_exact_rows
from numact.errors import ParameterError
from numact.spec import OPERANDS, Activation

OTHER_STRIDE = 2**8
"""Stride over float32 inputs where parameters are not the default ones."""

# What activations take that take no single numbers.
_SHAPES = {"axis": "rows", "gated": "pairs"}
# Of the points for float64, the share for each such setting.
_OTHER_SHARE = 10


def can_be_measured(spec: Activation, peer: str | None = None) -> bool:
    """Tell whether there are exact values, by a formula that can be read, and a peer's."""
    if spec.kind == "axis" and not has_exact_rows(spec):
        return False
    return peer is None or (spec.kind in ("elementwise", "random") and peers.has(peer, spec))


@dataclass(frozen=True)
class Request:
    """What to measure of an activation.

    Parameters
    ----------
    spec : Activation
        Of any kind; of kind ``axis`` with a formula that `numact.rowformula.parse_row` reads.
    dtype : str
        Of the arrays.
    parameters : mapping
        Values that take the place of defaults.
    derivatives : bool
        Whether to measure them too, by x (gated: a and b) and by each parameter; those of rows are not.
    by_parameters : bool
        Whether those by each parameter are among them.
    other_parameters : bool
        Whether to measure with a list of other values of each parameter too: of either sign, and none of
        them a sum of few powers of two.
    stride : int
        Every so many inputs.
    searched : int
        Random points for float64, and pairs for gated activations of any dtype.
    peer : str, optional
        The library to measure in place of numact.

    Raises
    ------
    ParameterError
        If the activation's exact values cannot be had, or a parameter is no number.
    """

    spec: Activation
    dtype: str
    parameters: Mapping[str, float]
    derivatives: bool = False
    by_parameters: bool = True
    other_parameters: bool = False
    stride: int = 1
    searched: int = 10_000_000
    peer: str | None = None

    def __post_init__(self) -> None:
        if not can_be_measured(self.spec):
            raise ParameterError(
                f"{self.spec.name} has no exact values to measure by: nothing reads its formula "
                f"{self.spec.formula!r}"
            )
        if self.spec.kind in _SHAPES and self.peer is not None:
            raise ParameterError(
                f"no peer is measured on {_SHAPES[self.spec.kind]}, as {self.spec.name} takes them"
            )
        for name in self.parameters:
            if not self.spec.param(name).is_numeric:
                raise ParameterError(f"{name!r} of {self.spec.name} is no number to measure with")

    def jobs(self) -> list[AnyJob]:
        """List the measurements, the value with default parameters first."""
        base = {**settings.default(self.spec), **self.parameters}
        jobs: list[AnyJob] = [*self._jobs_with(base, self.stride, self.searched)]
        for setting in settings.others(self.spec) if self.other_parameters else ():
            stride = max(self.stride, OTHER_STRIDE) if self.dtype == "float32" else self.stride
            jobs += self._jobs_with(setting, stride, self.searched // _OTHER_SHARE)
        return jobs

    def _jobs_with(self, setting: Mapping[str, float], stride: int, searched: int) -> Sequence[AnyJob]:
        name = registry.name_of(self.spec)
        if self.spec.kind == "axis":
            return [RowJob(name, self.dtype, dict(setting))]
        wrts = self.spec.differentiable if self.derivatives else ()
        if not self.by_parameters:
            wrts = tuple(wrt for wrt in wrts if wrt in OPERANDS[self.spec.kind])
        if self.spec.kind == "gated":
            return [PairJob(name, self.dtype, dict(setting), wrt, searched) for wrt in (None, *wrts)]
        if self.peer is not None:
            wrts = tuple(wrt for wrt in wrts if wrt == "x" and self.peer != "numpy")
        searched = searched if self.dtype == "float64" else 0
        return [
            Job(name, self.dtype, dict(setting), wrt, stride, searched, self.peer) for wrt in (None, *wrts)
        ]
