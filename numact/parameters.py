"""Parameters of an activation: their kinds, bounds and error sentences."""

from __future__ import annotations

import keyword
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

import numpy as np

from numact.errors import ParameterError, SpecError, did_you_mean
from numact.scalar import CONSTANTS, TEXTBOOK

ParamKind = Literal["real", "int", "bool", "choice", "seed", "axis", "channel"]
Closed = Literal["both", "neither", "left", "right"]

NUMERIC_KINDS: tuple[ParamKind, ...] = ("real", "int", "channel")
"""The kinds that reach the kernel, as arguments of `forward`."""

# Keywords and operands of numact's own functions, and words of a formula.
_KEYWORDS = frozenset({"x", "g", "y", "out", "where", "wrt", "gate", "gate_first", "dim", "inplace"})
_RESERVED = _KEYWORDS | frozenset(TEXTBOOK) | frozenset(CONSTANTS)
_RESERVED_BUT_FOR_KIND: Mapping[str, ParamKind] = {"axis": "axis", "seed": "seed"}

_SEED_LIMIT = 2**64


class _Required(Enum):
    REQUIRED = "REQUIRED"

    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED: Final = _Required.REQUIRED
"""Default of a parameter that has none."""


def is_identifier(name: object) -> bool:
    """Whether this is a lower-case identifier, ASCII, no keyword, no leading underscore."""
    if not isinstance(name, str) or keyword.iskeyword(name):
        return False
    return re.fullmatch(r"[a-z][a-z0-9_]*", name) is not None


@dataclass(frozen=True)
class Param:
    """One parameter of an activation, validated when made.

    Parameters
    ----------
    name : str
        Lower-case identifier, the keyword that users type.
    default : Any, optional
        Left out, the parameter is required.
    low, high : float
        Bounds of the value (of every element, when it is an array).
    closed : {"both", "neither", "left", "right"}
        Which bounds belong to the interval. ``Param("s", 1.0, closed="neither")`` is any finite number.
    exclude : tuple of float
        Values inside the bounds that are not allowed, such as 0 for a divisor.
    kind : {"real", "int", "bool", "choice", "seed", "axis", "channel"}
        ``real`` is a number or an array that broadcasts against x, ``channel`` a number or a 1-D array along
        an axis; ``real``, ``int`` and ``channel`` are arguments of `forward`.
    choices : tuple of (str, str)
        For kind ``choice``: value, and the activation it stands for (``""`` for this one).
    doc : str
        One line for the documentation.

    Raises
    ------
    SpecError
        If the fields contradict each other, or the name is not allowed.
    """

    name: str
    default: Any = REQUIRED
    low: float = -math.inf
    high: float = math.inf
    closed: Closed = "both"
    exclude: tuple[float, ...] = ()
    kind: ParamKind = "real"
    choices: tuple[tuple[str, str], ...] = ()
    doc: str = ""

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if not is_identifier(self.name):
            raise SpecError(f"parameter name {self.name!r} must be a lower-case identifier and no keyword")
        if self.kind not in get_args(ParamKind):
            raise SpecError(
                f"parameter {self.name!r}: kind must be one of {', '.join(get_args(ParamKind))}, "
                f"got {self.kind!r}{did_you_mean(str(self.kind), get_args(ParamKind))}"
            )
        if self.name in _RESERVED or _RESERVED_BUT_FOR_KIND.get(self.name, self.kind) != self.kind:
            raise SpecError(f"parameter name {self.name!r} means something else in numact; choose another")
        if self.closed not in get_args(Closed):
            raise SpecError(
                f"parameter {self.name!r}: closed must be one of {', '.join(get_args(Closed))}, "
                f"got {self.closed!r}"
            )
        if not self.low <= self.high:
            raise SpecError(f"parameter {self.name!r}: low {self.low!r} exceeds high {self.high!r}")
        object.__setattr__(self, "exclude", tuple(self.exclude))
        object.__setattr__(self, "choices", tuple((value, name) for value, name in self.choices))
        if bool(self.choices) != (self.kind == "choice"):
            raise SpecError(f"parameter {self.name!r}: choices belong to kind 'choice', and it needs them")
        if not self.is_required:
            try:
                object.__setattr__(self, "default", self.validate("its own default", self.default))
            except ParameterError as error:
                raise SpecError(f"parameter {self.name!r}: bad default ({error})") from None

    @property
    def is_required(self) -> bool:
        """Whether users must give it."""
        return self.default is REQUIRED

    @property
    def is_numeric(self) -> bool:
        """Whether it reaches the kernel, as an argument of `forward`."""
        return self.kind in NUMERIC_KINDS

    def validate(self, activation_name: str, value: Any) -> Any:
        """Check a value and normalise it.

        Parameters
        ----------
        activation_name : str
            For the error's sentence.
        value : Any
            What the user gave.

        Returns
        -------
        Any
            A float, or an array of real numbers, for ``real`` and ``channel``; int, bool, str, seed
            (int or None) or axis (int, tuple of int or None) for the other kinds.

        Raises
        ------
        ParameterError
            ``'alpha' of celu must be nonzero, got 0.0``.
        """
        problem, result = _CHECKS[self.kind](self, value)
        if problem:
            raise ParameterError(f"{self.name!r} of {activation_name} must be {problem}, got {shown(value)}")
        return result

    def requirement(self, given: Any = math.inf) -> str:
        """Say what every value must be, in words: ``nonzero``, ``at least 0``, ``between -1 and 1``.

        Of a given value, which is none of these, it is not said that it must be finite if it is.
        """
        words = _interval(self.low, self.high, self.closed, bool(np.all(np.isfinite(given))))
        if self.exclude:
            excluded = " or ".join(f"{value:g}" for value in self.exclude)
            other = "nonzero" if excluded == "0" else f"other than {excluded}"
            return f"{words} and {other}" if words else other
        return words

    def allows(self, values: Any) -> bool:
        """Whether all values are within the bounds; NaN is not."""
        above = np.greater_equal if self.closed in ("both", "left") else np.greater
        below = np.less_equal if self.closed in ("both", "right") else np.less
        inside = above(values, self.low) & below(values, self.high)
        for excluded in self.exclude:
            inside = inside & np.not_equal(values, excluded)
        return bool(np.all(inside))


# Each check gives what the value must be (nothing when it is) and the normalised value.
_Checked = tuple[str, Any]


def _real(param: Param, value: Any) -> _Checked:
    if isinstance(value, (bool, np.bool_)):
        return "a number", None
    if isinstance(value, (int, float)):
        return _bounded(param, _as_float(value))
    array = _as_array(value)
    if array is None or (array.dtype.kind not in "iuf" and array.dtype.name != "bfloat16"):
        return "a real number or an array of them", None
    if param.kind == "channel" and array.ndim > 1:
        return "a number or a 1-D array, one value per channel", None
    return _bounded(param, float(array[()]) if array.ndim == 0 else array)


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _as_array(value: Any) -> np.ndarray[Any, Any] | None:
    try:
        return np.asarray(value)
    except (TypeError, ValueError):
        return None


def _bounded(param: Param, value: Any) -> _Checked:
    if param.allows(value):
        return "", value
    return param.requirement(value) or "a number, not NaN", None


def _int(param: Param, value: Any) -> _Checked:
    if isinstance(value, (bool, np.bool_)) or not hasattr(value, "__index__"):
        return "an integer", None
    try:
        return _bounded(param, operator.index(value))
    except TypeError:
        return "an integer", None


def _bool(param: Param, value: Any) -> _Checked:
    return ("", bool(value)) if isinstance(value, (bool, np.bool_)) else ("True or False", None)


def _choice(param: Param, value: Any) -> _Checked:
    allowed = [choice for choice, _ in param.choices]
    if isinstance(value, str) and value in allowed:
        return "", value
    return " or ".join(map(repr, allowed)), None


def _seed(param: Param, value: Any) -> _Checked:
    if value is None:
        return "", None
    problem, seed = _int(param, value)
    if problem or not 0 <= seed < _SEED_LIMIT:
        return "None or an integer from 0 to 2**64 - 1", None
    return "", seed


def _axis(param: Param, value: Any) -> _Checked:
    if value is None:
        return "", None
    items: Sequence[Any] = value if isinstance(value, (tuple, list)) else (value,)
    checked = [_int(param, item) for item in items]
    if any(problem for problem, _ in checked):
        return "an integer, a tuple of integers or None", None
    axes = tuple(axis for _, axis in checked)
    return "", axes if isinstance(value, (tuple, list)) else axes[0]


_CHECKS: Mapping[ParamKind, Callable[[Param, Any], _Checked]] = MappingProxyType(
    {
        "real": _real,
        "int": _int,
        "bool": _bool,
        "choice": _choice,
        "seed": _seed,
        "axis": _axis,
        "channel": _real,
    }
)


def _interval(low: float, high: float, closed: Closed, is_finite: bool) -> str:
    low_closed, high_closed = closed in ("both", "left"), closed in ("both", "right")
    lower = "" if low == -math.inf else f"at least {low:g}" if low_closed else f"greater than {low:g}"
    upper = "" if high == math.inf else f"at most {high:g}" if high_closed else f"less than {high:g}"
    if low == 0.0 and not low_closed:
        lower = "positive"
    if high == 0.0 and not high_closed:
        upper = "negative"
    if lower and upper and closed == "both":
        return f"between {low:g} and {high:g}"
    open_to_infinity = (low == -math.inf and not low_closed) or (high == math.inf and not high_closed)
    finite = "finite" if open_to_infinity and not is_finite else ""
    return " and ".join(word for word in (lower, upper, finite) if word)


def shown(value: Any) -> str:
    """Show a value as error sentences do."""
    if isinstance(value, np.ndarray):
        is_long = value.size > 8
        return f"an array of {value.dtype} with shape {value.shape}" if is_long else repr(value.tolist())
    if isinstance(value, np.generic):
        return repr(value.item())
    return repr(value)
