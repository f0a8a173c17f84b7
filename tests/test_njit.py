"""Activations called inside users' compiled functions."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from plugin_site import Site
from sample_calls import assert_same_bits, every_pointwise, function, sample

import numact
from numact import Activation
from numact.engine import extension
from numact.engine.machine import hot_loops, is_packed

ROOT = Path(numact.__file__).parent.parent
DTYPES = ("float32", "float64")

extension.init()  # as Numba does where numact is installed


def compiled(expression: str, names: str = "x", **options: Any) -> Callable[..., Any]:
    """Compile a user's function of one expression."""
    namespace = {"numact": numact, "np": np}
    exec(f"def user({names}):\n    return {expression}", namespace)
    return numba.njit(**options)(namespace["user"])


@every_pointwise
def test_value_and_derivatives_have_the_bits_of_the_numpy_call(spec: Activation) -> None:
    activation = function(spec)

    @numba.njit
    def user(x: Any, g: Any, value: Any, slope: Any, gradient: Any) -> None:
        for i in range(x.size):
            value[i] = activation(x[i])
            slope[i] = activation.derivative(x[i])
            gradient[i] = activation.vjp(x[i], g[i])

    for dtype in DTYPES:
        x = np.concatenate([sample((300,), dtype), 40 * sample((100,), dtype, seed=2)])
        g = sample(x.shape, dtype, seed=3)
        value, slope, gradient = np.empty_like(x), np.empty_like(x), np.empty_like(x)
        user(x, g, value, slope, gradient)
        assert_same_bits(value, activation(x))
        assert_same_bits(slope, activation.derivative(x))
        assert_same_bits(gradient, activation.vjp(x, g))


@pytest.mark.parametrize(
    "x",
    [np.float32(-1.5), -1.5, 3, True, np.int8(-3), float("nan"), -np.inf],
    ids=lambda x: f"{type(x).__name__}({x})",
)
def test_scalars_are_float32_or_float64(x: Any) -> None:
    value = numba.njit(lambda x: np.full(1, numact.selu(x)))(x)[0]
    assert_same_bits(value, numact.selu(x))


@pytest.mark.parametrize(
    "x",
    [
        sample((3, 4, 5)),
        sample((3, 4)).T,
        sample((6, 4), "float64")[::2, 1:],
        sample((9,))[::-1],
        np.arange(-3, 3),
        np.empty((0, 2)),
    ],
    ids=["C", "F", "strided", "reversed", "integers", "empty"],
)
def test_arrays_of_every_layout_give_a_new_one(x: Any) -> None:
    before = x.copy()
    x.flags.writeable = False
    assert_same_bits(compiled("numact.selu(x)")(x), numact.selu(x))
    assert_same_bits(x, before)


def test_an_array_without_dimensions_gives_a_number() -> None:
    assert compiled("numact.selu(x)")(np.array(-2.0)) == numact.selu(-2.0)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('numact.apply("elu", x, alpha=a)', numact.elu(-1.5, alpha=0.3)),
        ('numact.apply("ELU", x, alpha=2)', numact.elu(-1.5, alpha=2)),
        ("numact.elu(x, alpha=a)", numact.elu(-1.5, alpha=0.3)),
        ('numact.derivative("elu", x, alpha=a)', numact.elu.derivative(-1.5, alpha=0.3)),
        (
            'numact.derivative("elu", x, wrt="alpha", alpha=a)',
            numact.elu.derivative(-1.5, "alpha", alpha=0.3),
        ),
        ('numact.elu.derivative(x, "alpha", alpha=a)', numact.elu.derivative(-1.5, "alpha", alpha=0.3)),
        ("numact.softplus(x, threshold=3, beta=a)", numact.softplus(-1.5, threshold=3, beta=0.3)),
        ("numact.softplus(x, beta=3, threshold=a)", numact.softplus(-1.5, beta=3, threshold=0.3)),
        ('numact.gelu(x, approximate="tanh")', numact.gelu(-1.5, approximate="tanh")),
        ("numact.rrelu(x, upper=a, training=False)", numact.rrelu(-1.5, upper=0.3)),
    ],
)
def test_names_and_parameters(expression: str, expected: float) -> None:
    assert compiled(expression, "x, a")(-1.5, 0.3) == expected


def test_a_parameter_is_rounded_as_x_is() -> None:
    x = np.float32(-1.5)
    assert compiled("numact.elu(x, alpha=a)", "x, a")(x, 0.3) == numact.elu(x, alpha=0.3)


def test_an_activation_can_be_an_argument() -> None:
    user = compiled("f(x) + f.derivative(x)", "f, x")
    for activation in (numact.selu, numact.get("elu", alpha=0.5)):
        assert user(activation, -1.5) == activation(-1.5) + activation.derivative(-1.5)


def test_two_inputs_of_a_gated_activation() -> None:
    spec = Activation("gatesum", "A gate.", "a * (1 + b)", ("https://example.org",), kind="gated")
    numact.register(spec)
    try:
        assert compiled("numact.gatesum(x, gate=g)", "x, g")(3.0, 1.0) == 6.0
    finally:
        numact.unregister("gatesum")


def test_a_name_that_comes_to_mean_something_else() -> None:
    for slope in (2.0, 3.0):
        spec = Activation("turned", "A line.", f"{slope} * x", ("https://example.org",))
        numact.register(spec)
        try:
            assert compiled('numact.apply("turned", x)')(1.0) == slope
        finally:
            numact.unregister("turned")


def test_a_users_fast_math_does_not_reach_in() -> None:
    x = sample((200,))
    assert_same_bits(compiled("numact.gelu(x)", fastmath=True)(x), numact.gelu(x))

    @numba.njit(fastmath=True)
    def user(x: Any, out: Any) -> None:
        for i in range(x.size):
            out[i] = numact.tanhshrink(x[i])

    out = np.empty_like(x)
    user(x, out)
    assert_same_bits(out, numact.tanhshrink(x))


@pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64", "aarch64", "arm64"), reason="reads x86 and AArch64 assembly"
)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("call", ["selu(x[i])", "gelu(x[i])", "gelu.derivative(x[i])", "elu(x[i], alpha=a)"])
def test_a_users_loop_is_vectorised(call: str, dtype: str) -> None:
    namespace = {"numact": numact}
    source = f"def user(x, out, a):\n    for i in range(x.size):\n        out[i] = a * numact.{call}"
    exec(source, namespace)
    user = numba.njit(namespace["user"])
    array = numba.types.Array(numba.typeof(np.dtype(dtype).type()), 1, "C")
    user.compile((array, array, array.dtype))
    text = user.inspect_asm(user.signatures[0])
    assert any(map(is_packed, hot_loops(text)))
    # Nothing of numact is called: all of it stands in the loop.
    assert not re.search(r"^\s+(?:callq?|bl)\s.*(?:selu|elu)_", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("numact.rrelu(x, training=True)", "rrelu in training draws random numbers, which compiled code"),
        ("numact.rrelu(x, training=n)", "'training' of rrelu must be written out, not a variable"),
        ("numact.apply(n, x)", 'needs the activation\'s name written out, as in numact.apply("selu", x)'),
        ('numact.apply("sellu", x)', "no activation named 'sellu'; did you mean 'selu'?"),
        ("numact.elu(x, alfa=n)", "elu has no parameter 'alfa'; did you mean 'alpha'?"),
        ("numact.elu(x, n)", "numact.elu takes x by position, and parameters by keyword"),
        ("numact.celu(x, alpha=0)", "'alpha' of celu must be nonzero, got 0"),
        ("numact.threshold(x, value=0)", "threshold needs 'threshold': pass threshold=..."),
        ("numact.elu.derivative(x, wrt='beta')", "'wrt' of elu must be 'x' or 'alpha', got 'beta'"),
        ('numact.vjp("selu", x)', "numact.vjp needs g"),
        (
            "numact.elu.vjp(x, x, wrt='alpha')",
            "the gradient for 'alpha' of elu is a sum, which compiled code",
        ),
        ('numact.vjp("softmax", x, x)', "the vjp of softmax works on rows: call it outside compiled code"),
        ('numact.vjp("selu", np.ones(3), x)', "g of selu must be as x is, array(float64, 1d, C), inside"),
        (
            "numact.elu.vjp(np.ones(3), np.ones(3), alpha=np.ones(3))",
            "'alpha' of elu must be one number in a vjp",
        ),
        ("numact.selu(np.float16(x))", "selu inside compiled code does not take float16"),
        ("numact.selu(x + 1j)", "takes float32, float64, integers and arrays of them, got complex128"),
        ("numact.selu(np.ones(3), where=x > 0)", "'where' of selu is not available inside compiled code"),
        ("numact.elu(x, alpha=n)", "'alpha' of elu must be a number or an array of numbers inside compiled"),
    ],
)
def test_what_cannot_be_is_told_in_one_sentence(expression: str, sentence: str) -> None:
    with pytest.raises(numba.TypingError) as raised:
        compiled(expression, "x, n")(1.0, True)
    assert sum(sentence in line for line in str(raised.value).splitlines()) == 1


def test_half_precision_is_refused_by_name() -> None:
    with pytest.raises(numba.TypingError, match="selu inside compiled code does not take float16"):
        compiled("numact.selu(x)")(np.ones(3, np.float16))


def test_an_unknown_attribute_is_told_as_python_does() -> None:
    with pytest.raises(AttributeError, match="no attribute 'sellu'; did you mean 'selu'"):
        compiled("numact.sellu(x)")(1.0)


USER = """
import numact
from numact.engine import extension
import numpy as np
from numba import njit, prange

extension.init()

@njit(cache=True)
def by_attribute(x): return numact.selu(x)

@njit(cache=True)
def of_plugin(x): return numact.apply("probe", x)

@njit(cache=True)
def of_rows(x): return numact.apply("probe_rows", np.full(3, x))[1]

@njit(cache=True)
def of_channels(x): return numact.prelu(np.full(3, -x), weight=np.ones(3), axis=0)[1]

@njit
def helper(x): return numact.selu(x)

@njit(cache=True)
def by_helper(x): return helper(x) + 0

@njit(cache=True)
def by_cached(x): return by_attribute(x) + 0

@njit(cache=True)
def of_array(x): return numact.selu(np.full(3, x))[1]

@njit(cache=True, parallel=True)
def in_parallel(x):
    out = np.empty(4)
    for i in prange(4):
        out[i] = numact.selu(x)
    return out[1]

@njit(cache=True)
def unrelated(x): return x + 1

users = by_cached, by_attribute, of_plugin, of_rows, of_channels, by_helper, of_array, in_parallel, unrelated
for user in users:
    print(user.__name__, user(1.0), sum(user.stats.cache_hits.values()))
"""
OF_PLUGIN = {"of_plugin", "of_rows"}
OF_SELU = {"by_cached", "by_attribute", "by_helper", "of_array", "in_parallel"}
USERS = OF_PLUGIN | OF_SELU | {"of_channels", "unrelated"}


def test_a_users_cache_never_holds_old_code(tmp_path: Path) -> None:
    """Across processes, with sources of numact and of a plugin that are really edited."""
    shutil.copytree(ROOT / "numact", tmp_path / "numact", ignore=shutil.ignore_patterns("__pycache__"))
    probe = "from numact import Activation, hookimpl, rows\n\nFACTOR = 5.0\n\n" + (
        "def forward(x):\n    return FACTOR * x\n\n"
        "def forward_rows(row, out):\n    rows.apply(forward, out, row)\n\n"
        "given = {'formula': '5 * x', 'references': ('https://example.org',)}\n"
        "probe = Activation('probe', 'A probe.', **given, forward=forward)\n"
        "probe_rows = Activation('probe_rows', 'A probe.', **given, forward=forward_rows, kind='axis')\n\n"
        "@hookimpl\ndef numact_activations():\n    yield probe\n    yield probe_rows\n"
    )
    Site(tmp_path).install("numact-probe", probe, ["probe", "probe_rows"])
    (tmp_path / "user.py").write_text(USER)
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NUMBA_CACHE_DIR": str(tmp_path / "cache"),
    }

    def run() -> dict[str, tuple[float, bool]]:
        command = [sys.executable, str(tmp_path / "user.py")]
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
        )
        lines = [line.split() for line in done.stdout.splitlines()]
        return {name: (float(value), hits != "0") for name, value, hits in lines}

    def edit(path: Path, old: str, new: str) -> None:
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    selu = numact.selu(1.0)
    first = run()
    assert first["by_attribute"] == (selu, False)
    assert first["of_plugin"] == first["of_rows"] == (5.0, False)
    assert all(hit for _, hit in run().values())

    edit(tmp_path / "numact_probe.py", "FACTOR = 5.0", "FACTOR = 6.0")
    second = run()
    assert second["of_plugin"] == second["of_rows"] == (6.0, False)
    assert {name for name, (_, hit) in second.items() if hit} == USERS - OF_PLUGIN

    edit(tmp_path / "numact" / "activations" / "selu.py", "SCALE = 1.05", "SCALE = 2.05")
    third = run()
    assert {name for name, (value, _) in third.items() if value == selu} == set()
    assert {name for name, (_, hit) in third.items() if hit} == USERS - OF_SELU

    edit(
        tmp_path / "numact" / "engine" / "simd" / "power.py",
        "from __future__",
        "# An upgrade.\nfrom __future__",
    )
    assert {name for name, (_, hit) in run().items() if hit} == {"unrelated"}


def test_the_entry_point_loads_nothing_but_itself() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    assert declared["numba_extensions"] == {"init": "numact.engine.extension:init"}
    code = (
        "import sys, numact.engine.extension as e; e.init()\n"
        "print(*sorted(x for x in sys.modules if x.partition('.')[0] in ('numact', 'numpy', 'numba')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == ["numact", "numact._public", "numact.engine", "numact.engine.extension"]
