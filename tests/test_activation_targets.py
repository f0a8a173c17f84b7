"""Every activation compiled for other processors: the same bits with FMA, close and no crash without."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import target_sample
from numpy.typing import NDArray

from numact import registry
from numact.accuracy import settings
from numact.accuracy.oracle import exact
from numact.accuracy.ulp import format_of
from numact.engine import target
from numact.examples import example_parameters

Array = NDArray[Any]

pytestmark = [
    pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names x86 processors"),
    pytest.mark.skipif(
        not (target.has_fma() and target.has_f16c()), reason="the processor has no FMA or F16C"
    ),
]
ROOT = Path(__file__).resolve().parents[1]
# Processor and features for Numba, and what is computed for it: no more than that target may change. What no
# processor does differently, or another target of the list does alike, is tried on some activations only.
TARGETS = {
    "AVX2 and FMA": ("haswell", "", ("float32", "derivative", "float64")),
    "no F16C": ("x86-64-v2", "+avx2,+fma", ("float16/5", "bfloat16/5")),
    "no FMA": ("x86-64", "", ("float32", "float64", "float16", "bfloat16/3")),
}
# How many units in the last place two results may lie apart that both keep the bounds of the dtype.
APART = {"float32": 1, "float64": 4, "float16": 1, "bfloat16": 1}
# The errors that are promised, FMA or not; 4 is for float64 and self-gated activations.
BOUNDS = {"float32": 1.0, "float64": 4.0, "float16": 0.51, "bfloat16": 0.51}


def computed_for(name: str, folder: Path) -> dict[str, Array]:
    """Compute a target's sample in a process of its own, which is to end well and silently."""
    processor, features, kinds = TARGETS[name]
    file = folder / f"{name}.npz"
    settings = {"NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": features, "PYTHONPATH": str(ROOT)}
    settings |= {"NUMACT_CACHE_DIR": str(folder / "kernels"), "NUMACT_NUM_THREADS": "1"}
    finished = subprocess.run(
        [sys.executable, "-W", "error", target_sample.__file__, str(file), *kinds],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert (finished.returncode, finished.stderr) == (0, ""), name
    with np.load(file) as saved:
        return dict(saved)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Array]]:
    """The samples of all targets, computed side by side, and of the processor at hand."""
    folder = tmp_path_factory.mktemp("targets")
    with ThreadPoolExecutor() as pool:
        running = {name: pool.submit(computed_for, name, folder) for name in TARGETS}
        host = target_sample.sample(target_sample.KINDS, halves_in_float32=True)
        return {"host": host} | {name: future.result() for name, future in running.items()}


def bits(values: Array) -> Array:
    """Give the bits, those of one NaN for all."""
    integers = np.ascontiguousarray(values).view(f"u{values.dtype.itemsize}").astype(np.uint64)
    return np.where(np.isnan(values), 2**64 - 1, integers)


@pytest.mark.parametrize("name", ["AVX2 and FMA", "no F16C"])
def test_the_same_bits_with_fma(results: dict[str, dict[str, Array]], name: str) -> None:
    differing = {
        key: int(np.sum(bits(values) != bits(results["host"][key])))
        for key, values in results[name].items()
        if not np.array_equal(bits(values), bits(results["host"][key]))
    }
    assert not differing


def distance(first: Array, second: Array, mantissa: int, smallest: float) -> float:
    """Give the largest distance in units of the last place of the second."""
    same = (first == second) | (np.isnan(first) & np.isnan(second))
    first, second = first[~same].astype(np.longdouble), second[~same].astype(np.longdouble)
    unit = np.maximum(np.ldexp(np.longdouble(1), np.frexp(second)[1] - mantissa), smallest)
    return float(np.max(np.abs(first - second) / unit, initial=0))


def test_close_without_fma(results: dict[str, dict[str, Array]]) -> None:
    for key, values in results["no FMA"].items():
        kind = key.split()[1]
        info = target_sample.ml_dtypes.finfo(kind)
        apart = distance(values, results["host"][key], info.nmant + 1, float(info.smallest_subnormal))
        assert apart <= APART[kind], (key, apart)


@pytest.mark.parametrize("kind", BOUNDS)
def test_errors_are_within_the_bounds_without_fma(results: dict[str, dict[str, Array]], kind: str) -> None:
    form = format_of(kind)
    x = target_sample.points(kind)
    with np.errstate(invalid="ignore"):  # signalling NaNs
        finite = np.isfinite(x)
    computed = {key.split()[0]: y for key, y in results["no FMA"].items() if key.split()[1] == kind}
    elementwise = [name for name in computed if registry.get_spec(name).kind != "axis"]
    assert elementwise
    for name in elementwise:
        spec = registry.get_spec(name)
        constants = settings.rounded(spec, settings.default(spec) | example_parameters(spec), form)
        truth = exact(spec.parsed_formula(), {"x": x[finite], **constants}, form)
        errors = form.error(computed[name][finite].astype(x.dtype), truth.hi, truth.lo)
        assert truth.is_known.all(), name
        assert errors.max() <= BOUNDS[kind], (name, x[finite][errors.argmax()])
