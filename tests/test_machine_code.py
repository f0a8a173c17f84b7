"""The machine code of every kernel: its hot loops compute with vectors and call nothing."""

from __future__ import annotations

import ast
import math
import platform
from typing import Any

import numba
import pytest
from built_in import SPECS
from sample_calls import of_kinds

from numact import Activation
from numact.engine.machine import assembly, blocks_of, has_call, hot_loops, is_packed, llvm_code, loops_of

pytestmark = pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64", "aarch64", "arm64"), reason="reads x86 and AArch64 assembly"
)
is_x86 = pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names x86 instructions")
pointwise = of_kinds("elementwise", "random", "gated")
every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])

SELECTIONS = {"min", "max", "minimum", "maximum", "where", "abs"}


@every_dtype
@pytest.mark.parametrize("role", ["forward", "derivative", "vjp"])
@pointwise
def test_hot_loops_are_vectorised(spec: Activation, role: str, dtype: str) -> None:
    loops = hot_loops(assembly(spec, role, spec.arguments[0], dtype))
    # With parameters there are two: one for parameters that are constant, one for parameters that vary.
    assert sum(map(is_packed, loops)) >= (2 if spec.numeric_params else 1)
    assert not any(map(has_call, loops))


@pytest.mark.parametrize("role", ["forward", "vjp", "value_and_vjp"])
@pointwise
def test_loops_in_place_are_no_others(spec: Activation, role: str) -> None:
    code = llvm_code(spec, role, spec.arguments[0], "float32")
    assert "llvm.loop" in code
    # LLVM's names for a comparison of addresses, after which what overlaps is computed one by one.
    assert "memcheck" not in code and "diff.check" not in code


def is_narrow(spec: Activation) -> bool:
    """Tell whether the formula chooses between numbers and products of two: exact but for one rounding."""
    for node in ast.walk(spec.parsed_formula().tree):
        match node:
            case ast.BinOp(left=ast.Name(), op=ast.Mult(), right=ast.Name()):
                continue
            case ast.BinOp():
                return False
            case ast.Call(func=ast.Name(id=name)) if name not in SELECTIONS:
                return False
    return True


NARROW = [spec for spec in SPECS if spec.kind == "elementwise" and is_narrow(spec)]


@is_x86
@pytest.mark.parametrize("spec", NARROW, ids=lambda spec: spec.name)
def test_selections_and_products_of_float32_stay_in_float32(spec: Activation) -> None:
    for role in ("forward", "derivative"):
        text = assembly(spec, role, spec.arguments[0], "float32")
        assert not any("cvtps2pd" in line for loop in hot_loops(text) for line in loop)


def newton(x: Any) -> Any:
    """Take a square root by as many steps as it needs: nothing that runs side by side."""
    root, last = abs(x) + 1, 0.0
    while root != last:
        last = root
        root = (root + abs(x) / root) / 2
    return root


@every_dtype
def test_a_long_loop_in_an_authors_function_is_noticed(dtype: str) -> None:
    spec = Activation("newton", "A loop.", "sqrt(abs(x))", ("https://example.org",), forward=newton)
    loops = hot_loops(assembly(spec, "forward", "x", dtype))
    assert loops
    assert not any(map(is_packed, loops))


def test_a_call_is_noticed() -> None:
    @numba.njit("(f8[::1], f8[::1])", error_model="numpy")
    def loop(x: Any, out: Any) -> None:
        for i in range(out.size):
            out[i] = 2.5 * math.exp(x[i])

    assert any(map(has_call, hot_loops(loop.inspect_asm(loop.signatures[0]))))


# A loop in a loop, the inner one entered by a jump to its end, as compilers lay them out.
NESTED = """
start:
	xorl	%eax, %eax
	jmp	.L4
.L2:
	vmulps	%ymm1, %ymm0, %ymm0
	addq	$8, %rdx
.L3:
	cmpq	%rdx, %rcx
	jne	.L2
	callq	memcpy
.L4:
	decq	%rbx
	jne	.L3
	retq
"""


@is_x86
def test_a_call_between_inner_loops_is_none_in_a_hot_loop() -> None:
    assert len(loops_of(blocks_of(NESTED))) == 2
    (inner,) = hot_loops(NESTED)
    assert [line.split()[0] for line in inner] == ["vmulps", "addq", "cmpq", "jne"]
    assert is_packed(inner)
    assert not has_call(inner)
