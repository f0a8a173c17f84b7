"""Parameters check themselves when made, and the values that users give: one sentence each."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from numact import Param
from numact.errors import ParameterError, SpecError

ALPHA = Param("alpha", 1.0, exclude=(0.0,))


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: Param("Alpha"), "parameter name 'Alpha' must be a lower-case identifier and no keyword"),
        (lambda: Param("is"), "parameter name 'is' must be a lower-case identifier and no keyword"),
        (lambda: Param("x"), "parameter name 'x' means something else in numact; choose another"),
        (lambda: Param("axis", 1), "parameter name 'axis' means something else in numact; choose another"),
        (lambda: Param("seed", 1), "parameter name 'seed' means something else in numact; choose another"),
        (lambda: Param("tanh"), "parameter name 'tanh' means something else in numact; choose another"),
        (lambda: Param("pi"), "parameter name 'pi' means something else in numact; choose another"),
        (
            lambda: Param("c", kind="reel"),  # type: ignore[arg-type]
            "parameter 'c': kind must be one of real, int, bool, choice, seed, axis, channel, got 'reel'"
            "; did you mean 'real'?",
        ),
        (
            lambda: Param("c", closed="no"),  # type: ignore[arg-type]
            "parameter 'c': closed must be one of both, neither, left, right, got 'no'",
        ),
        (lambda: Param("c", low=1.0, high=0.0), "parameter 'c': low 1.0 exceeds high 0.0"),
        (
            lambda: Param("c", 0.0, low=1.0),
            "parameter 'c': bad default ('c' of its own default must be at least 1, got 0.0)",
        ),
        (
            lambda: Param("c", kind="choice"),
            "parameter 'c': choices belong to kind 'choice', and it needs them",
        ),
        (
            lambda: Param("c", choices=(("a", ""),)),
            "parameter 'c': choices belong to kind 'choice', and it needs them",
        ),
    ],
)
def test_bad_parameters(build: Callable[[], Param], sentence: str) -> None:
    with pytest.raises(SpecError) as caught:
        build()
    assert str(caught.value) == sentence


APPROXIMATE = Param("approximate", "none", kind="choice", choices=(("none", ""), ("tanh", "probe_tanh")))


@pytest.mark.parametrize(
    ("param", "value", "sentence"),
    [
        (ALPHA, 0.0, "'alpha' of celu must be nonzero, got 0.0"),
        (ALPHA, math.nan, "'alpha' of celu must be nonzero, got nan"),
        (ALPHA, [1.0, 0.0], "'alpha' of celu must be nonzero, got [1.0, 0.0]"),
        (
            ALPHA,
            np.zeros((3, 4)),
            "'alpha' of celu must be nonzero, got an array of float64 with shape (3, 4)",
        ),
        (ALPHA, np.float32(0.0), "'alpha' of celu must be nonzero, got 0.0"),
        (ALPHA, True, "'alpha' of celu must be a number, got True"),
        (ALPHA, "1", "'alpha' of celu must be a real number or an array of them, got '1'"),
        (ALPHA, None, "'alpha' of celu must be a real number or an array of them, got None"),
        (ALPHA, 1j, "'alpha' of celu must be a real number or an array of them, got 1j"),
        (
            ALPHA,
            [[1.0], [1.0, 2.0]],
            "'alpha' of celu must be a real number or an array of them, got [[1.0], [1.0, 2.0]]",
        ),
        (Param("c"), math.nan, "'c' of celu must be a number, not NaN, got nan"),
        (Param("c", closed="neither"), math.inf, "'c' of celu must be finite, got inf"),
        (Param("c", low=0.0), -1, "'c' of celu must be at least 0, got -1"),
        (Param("c", low=0.0, closed="neither"), 0.0, "'c' of celu must be positive, got 0.0"),
        (Param("c", low=0.0, closed="right"), 0.0, "'c' of celu must be positive, got 0.0"),
        (Param("c", high=0.0, closed="left"), 0.0, "'c' of celu must be negative, got 0.0"),
        (Param("c", low=-1.0, high=1.0), 2.0, "'c' of celu must be between -1 and 1, got 2.0"),
        (
            Param("c", low=0.5, high=1.0, closed="right"),
            0.5,
            "'c' of celu must be greater than 0.5 and at most 1, got 0.5",
        ),
        (
            Param("c", low=0.0, exclude=(1.0, 2.0)),
            2.0,
            "'c' of celu must be at least 0 and other than 1 or 2, got 2.0",
        ),
        (
            Param("weight", kind="channel"),
            np.ones((2, 2)),
            "'weight' of celu must be a number or a 1-D array, one value per channel, got [[1.0, 1.0]"
            ", [1.0, 1.0]]",
        ),
        (Param("n", kind="int", low=1), 0, "'n' of celu must be at least 1, got 0"),
        (Param("n", kind="int"), 1.0, "'n' of celu must be an integer, got 1.0"),
        (Param("n", kind="int"), True, "'n' of celu must be an integer, got True"),
        (Param("n", kind="int"), np.ones(2, int), "'n' of celu must be an integer, got [1, 1]"),
        (Param("training", False, kind="bool"), 1, "'training' of celu must be True or False, got 1"),
        (APPROXIMATE, "tan", "'approximate' of celu must be 'none' or 'tanh', got 'tan'"),
        (APPROXIMATE, None, "'approximate' of celu must be 'none' or 'tanh', got None"),
        (
            Param("seed", None, kind="seed"),
            -1,
            "'seed' of celu must be None or an integer from 0 to 2**64 - 1, got -1",
        ),
        (
            Param("seed", None, kind="seed"),
            2**64,
            "'seed' of celu must be None or an integer from 0 to 2**64 - 1, got 18446744073709551616",
        ),
        (
            Param("axis", -1, kind="axis"),
            1.5,
            "'axis' of celu must be an integer, a tuple of integers or None, got 1.5",
        ),
        (
            Param("axis", -1, kind="axis"),
            (0, "a"),
            "'axis' of celu must be an integer, a tuple of integers or None, got (0, 'a')",
        ),
    ],
)
def test_values_that_are_not_allowed(param: Param, value: Any, sentence: str) -> None:
    with pytest.raises(ParameterError) as caught:
        param.validate("celu", value)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("param", "value", "result"),
    [
        (ALPHA, 2, 2.0),
        (ALPHA, np.float32(0.5), 0.5),
        (ALPHA, ml_dtypes.bfloat16(0.5), 0.5),
        (ALPHA, np.array(3), 3.0),
        (ALPHA, 10**400, math.inf),
        (ALPHA, -math.inf, -math.inf),
        (Param("n", kind="int"), np.int8(3), 3),
        (Param("training", kind="bool"), np.bool_(True), True),
        (APPROXIMATE, "tanh", "tanh"),
        (Param("seed", kind="seed"), np.uint64(2**64 - 1), 2**64 - 1),
        (Param("seed", kind="seed"), None, None),
        (Param("axis", kind="axis"), None, None),
        (Param("axis", kind="axis"), np.int64(-1), -1),
        (Param("axis", kind="axis"), [0, np.int8(1)], (0, 1)),
    ],
)
def test_values_are_normalised(param: Param, value: Any, result: Any) -> None:
    validated = param.validate("celu", value)
    assert validated == result
    assert type(validated) is type(result)


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int64, ml_dtypes.bfloat16])
def test_parameters_may_be_arrays(dtype: Any) -> None:
    validated = ALPHA.validate("celu", np.array([[1, 2], [3, 4]], dtype))
    assert (validated.dtype, validated.shape) == (np.dtype(dtype), (2, 2))
    assert Param("weight", kind="channel").validate("prelu", [0.25, 0.5]).shape == (2,)


def test_a_parameter_without_default_is_required() -> None:
    assert Param("value").is_required
    assert repr(Param("value").default) == "REQUIRED"
    assert not ALPHA.is_required
