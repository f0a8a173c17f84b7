"""The vector math core on several targets: vectorised, the same bits everywhere, right without FMA."""

from __future__ import annotations

import inspect
import math
import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from simd_cases import RANDOM, SHORT, apply, compiled_loop, digest

from numact.engine import simd, target

ROOT = Path(__file__).resolve().parents[1]
IS_X86 = platform.machine() in ("x86_64", "AMD64")
needs_x86 = pytest.mark.skipif(not IS_X86, reason="names x86 processors or reads their assembly")


@pytest.mark.parametrize("name", sorted(simd.DEFINITIONS))
def test_result_does_not_depend_on_position_and_length(name: str) -> None:
    dtype = "float32" if name in SHORT else "float64"
    count = len(inspect.signature(simd.DEFINITIONS[name]).parameters)
    columns = [RANDOM.uniform(0.01, 5, 77).astype(dtype) for _ in range(count)]
    whole = apply(name, *columns)
    alone = [apply(name, *(column[i : i + 1] for column in columns))[0] for i in range(77)]
    np.testing.assert_array_equal(whole, alone)


def calls_of(loop: Any) -> list[str]:
    """List what the machine code of a compiled loop calls or jumps to, other than its own labels."""
    text = loop.inspect_asm(loop.signatures[0])
    body = text[: text.index("cpython")]  # the wrapper for Python follows the loop
    return re.findall(r"^\s+(?:callq?|jmpq?)\s+\*?([^.\s]\S*)", body, re.MULTILINE)


# A product of two float32 numbers, which LLVM takes in float32 at once.
NARROWED = {"short_quotient_by_inverse"}


@needs_x86
@pytest.mark.parametrize("name", sorted(simd.DEFINITIONS))
def test_loops_are_vectorised(name: str) -> None:
    loop = compiled_loop(name, "float32" if name in SHORT else "float64")
    kind = "float" if name in NARROWED else "double"
    assert re.search(rf"<\d+ x {kind}>", loop.inspect_llvm(loop.signatures[0]))
    assert not calls_of(loop)


@needs_x86
def test_a_call_would_be_noticed() -> None:
    @numba.njit("(f8[::1], f8[::1])")
    def loop(x: Any, out: Any) -> None:
        for i in range(out.size):
            out[i] = math.exp(x[i])

    assert calls_of(loop)


def run_on(processor: str, features: str, *command: str) -> str:
    environment = os.environ | {"NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": features}
    finished = subprocess.run(
        [sys.executable, *command], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@needs_x86
@pytest.mark.skipif(not target.has_fma(), reason="the target at hand has no FMA either")
@pytest.mark.parametrize(
    "module, selection",
    [("test_simd", ""), ("test_element_types", ""), ("test_targets", "vectorised or position")],
)
def test_the_core_holds_on_the_oldest_target(module: str, selection: str) -> None:
    check = "from numact.engine import target; assert not (target.has_fma() or target.has_f16c())"
    run_on("x86-64", "", "-c", check)
    tests = str(ROOT / "tests" / f"{module}.py")
    run_on("x86-64", "", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", tests, "-k", selection)


@needs_x86
@pytest.mark.skipif(not target.has_fma(), reason="the target at hand has no FMA")
def test_bits_are_the_same_for_all_vector_widths() -> None:
    script = "import sys; sys.path.insert(0, 'tests'); import simd_cases; print(simd_cases.digest())"
    narrow = run_on("x86-64-v3", "+avx,+avx2,+fma,+f16c", "-c", script)
    assert narrow.strip() == digest()


def test_coefficients_are_what_the_script_makes() -> None:
    script = ROOT / "tools" / "derive_coefficients.py"
    finished = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
