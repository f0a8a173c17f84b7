"""The figures of a certificate, from counts whose worst points are looked at once more by ball arithmetic."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from numact.accuracy.job import Job
from numact.accuracy.measure import Question
from numact.accuracy.pairjob import PairJob
from numact.accuracy.rowjob import RowJob
from numact.accuracy.sweep import Part
from numact.accuracy.tally import EDGES, FAILURES, Tally
from numact.accuracy.ulp import Array

# Decimals of errors in certificates.
_DECIMALS = 6

Figures = dict[str, Any]
AnyJob = Job | RowJob | PairJob


def figures(job: AnyJob, parts: Iterable[Part]) -> Figures:
    """Join the parts of a job.

    Parameters
    ----------
    job : Job, RowJob or PairJob
        What was asked.
    parts : iterable of Part
        All of its parts, in order.

    Returns
    -------
    dict
        Of what JSON knows: ``max_ulp``, where (``at``, as hexadecimal and decimal number), ``got`` and
        ``expected`` there, the ``correctly_rounded`` share, the ``histogram``, ``subnormal`` results,
        ``failures`` by kind, ``points`` and ``inputs`` they were chosen by, digests of the results' bits.
    """
    tally, digest = Tally(), hashlib.sha256()
    for part in parts:
        tally.merge(part.tally)
        digest.update(bytes.fromhex(part.digest))
    special = _of_inputs(job, tally) if isinstance(job, Job) else _of_shapes(job, tally)
    return {
        "of": job.quantity,
        "points": tally.points,
        "correctly_rounded": round(tally.correctly_rounded / max(tally.points, 1), _DECIMALS),
        "histogram": _histogram(tally),
        **special,
        "sha256": digest.hexdigest(),
        "sample_sha256": job.sample_digest(),
    }


def _of_inputs(job: Job, tally: Tally) -> Figures:
    question = job.question()
    return {
        "parameters": dict(job.parameters),
        "inputs": inputs_of(job),
        **_worst(question, tally.worst),
        "subnormal": {"points": tally.subnormal, **_worst(question, tally.worst_subnormal)},
        "failures": {kind: _failure(question, tally, kind) for kind in FAILURES},
        "at_kinks": tally.undefined,
    }


def _of_shapes(job: RowJob | PairJob, tally: Tally) -> Figures:
    """Give the figures of rows, and of pairs."""
    worst_subnormal = tally.worst_subnormal[0][0] if tally.worst_subnormal else None
    return {
        "parameters": dict(job.parameters),
        "inputs": inputs_of(job),
        **job.worst(tally.worst),
        "subnormal": {"points": tally.subnormal, "max_ulp": worst_subnormal},
        "failures": {kind: {"count": tally.failures.get(kind, (0, 0))[0]} for kind in FAILURES},
    }


def has_failed(found: Figures) -> bool:
    """Whether something fails outright."""
    return any(failure["count"] for failure in found["failures"].values())


def inputs_of(job: AnyJob) -> str:
    """Describe the inputs that a measurement takes."""
    if not isinstance(job, Job):
        return job.inputs()
    if job.is_searched:
        drawn = f"{job.searched:,} random by strata"
        return f"searched: {drawn}, windows, roots, hard cases, and a recursive search for the worst"
    return "all" if job.stride == 1 else f"every {job.stride}th, and windows around thresholds and edges"


def _worst(question: Question, worst: list[tuple[float, int]]) -> Figures:
    """Give the greatest error as ball arithmetic finds it, among those that were greatest before."""
    if not worst:
        return {"max_ulp": None, "at": None, "got": None, "expected": None}
    form = question.form
    x = np.array([pattern for _, pattern in worst], np.uint64).astype(form.bits_dtype).view(form.dtype)
    if not math.isfinite(worst[0][0]):
        x = x[:1]
        result = _number(question.computed(x)[0])
        return {"max_ulp": "infinite", "at": _number(x[0]), "got": result, "expected": None}
    truth = question.exact(x, by_balls=True)
    got = question.computed(x)
    errors = np.where(truth.is_known, form.error(got, truth.hi, truth.lo), -1.0)
    place = int(np.argmax(errors))
    return {
        "max_ulp": round(float(errors[place]), _DECIMALS),
        "at": _number(x[place]),
        "got": _number(got[place]),
        "expected": repr(float(truth.hi[place])),
    }


def _number(value: Any) -> Mapping[str, str]:
    return {"hex": float(value).hex(), "decimal": repr(float(value))}


def _histogram(tally: Tally) -> dict[str, int]:
    labels = [f"at most {edge:g}" for edge in EDGES] + ["more"]
    return {label: count for label, count in zip(labels, tally.histogram, strict=True) if count}


def _failure(question: Question, tally: Tally, kind: str) -> Figures:
    count, pattern = tally.failures.get(kind, (0, 0))
    if not count:
        return {"count": 0}
    form = question.form
    x: Array = np.array([pattern], np.uint64).astype(form.bits_dtype).view(form.dtype)
    return {"count": count, "first_at": _number(x[0]), "got": _number(question.computed(x)[0])}
