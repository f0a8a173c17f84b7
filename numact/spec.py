"""`Activation`: everything numact knows of one activation, as frozen data that is checked when made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from types import MappingProxyType
from typing import Any

from numact import _public, rules
from numact.errors import ParameterError, SpecError, UnknownParameterError, did_you_mean
from numact.formula import Formula, parse
from numact.parameters import REQUIRED, Param, shown
from numact.rules import KINDS, OPERANDS, Kind

__all__ = [
    "KINDS",
    "OPERANDS",
    "REQUIRED",
    "Activation",
    "Bound",
    "Kind",
    "Param",
    "ScalarFunction",
    "canonical",
]

Bound = float | str | None
"""A number, a formula text in the parameters, or no claim."""

ScalarFunction = Callable[..., Any]
"""What an author writes: a plain Python function of scalars (kind ``axis``: of rows)."""


_PAIRS = ("limits", "derivative_limits", "range", "derivative_domain")
_TUPLES = ("references", "params", "aliases", "kinks", *_PAIRS)


def canonical(name: str) -> str:
    """Spelling under which names are compared when none matches exactly: no case, no underscores.

    So PyTorch's class names (``LeakyReLU``, ``LogSoftmax``) find their activation.
    """
    return name.replace("_", "").lower()


@dataclass(frozen=True, eq=False)
class Activation:
    """One activation, validated when made.

    Parameters
    ----------
    name : str
        Lower-case identifier.
    summary : str
        One sentence.
    formula : str
        Textbook expression in x (gated: a and b; random: x and u) and the numeric parameters. For kind
        ``axis`` it is in x_i, the elements of a row: `numact certify` reads what
        `numact.rowformula.parse_row` does, any other text is there to be read by people.
    references : tuple of str
        Where definition and defaults come from.
    forward : function, optional
        The careful form: ``forward(x, *numeric)``, ``forward(x, u, *numeric)`` for kind ``random`` with u
        uniform in (0, 1), ``forward(a, b, *numeric)`` for ``gated``, ``forward(row, out, *numeric)`` for
        ``axis``. Left out, the formula is compiled.
    derivative : function or mapping of str to function, optional
        With the arguments of `forward`, where dual numbers are not accurate enough. One function is the
        derivative by x; a mapping has keys among the differentiable operands and parameters.
    vjp : function, optional
        For kind ``axis``: ``vjp(row, g, out, *numeric)``.
    vjp_from_output : function, optional
        For kind ``axis``, where the result tells the gradient: ``vjp_from_output(result, g, out, *numeric)``.
    params : tuple of Param
        In the order in which `forward` takes the numeric ones.
    kind : {"elementwise", "random", "axis", "gated"}
        What the activation maps.
    aliases : tuple of str
        Other names.
    limits, derivative_limits : tuple of two, optional
        Value and derivative at -inf and at +inf: numbers, formula texts in the parameters, or None.
    range : tuple of two, optional
        Lowest and highest value, likewise.
    derivative_domain : tuple of two, optional
        Lowest and highest x whose derivatives are accurate, likewise, where not all are: those of a periodic
        function are not for angles whose neighbours are far apart.
    kinks : tuple
        Where there is no derivative: numbers or formula texts in the parameters.
    max_ulp : float, optional
        Greatest error of the value, in units in the last place, over all float32 inputs with default
        parameters: a promise, which has to hold. 0.5 is rounding right.
    check : function, optional
        ``check(params)`` of a mapping of all parameters, numbers each: None, or what is wrong between them,
        such as ``"'lower' must not exceed 'upper'"``.

    Raises
    ------
    SpecError
        If the fields contradict each other; FormulaError if a text is no formula.
    """

    name: str
    summary: str
    formula: str
    references: tuple[str, ...]
    _: KW_ONLY
    forward: ScalarFunction | None = None
    derivative: ScalarFunction | Mapping[str, ScalarFunction] | None = None
    vjp: ScalarFunction | None = None
    vjp_from_output: ScalarFunction | None = None
    params: tuple[Param, ...] = ()
    kind: Kind = "elementwise"
    aliases: tuple[str, ...] = ()
    limits: tuple[Bound, Bound] | None = None
    derivative_limits: tuple[Bound, Bound] | None = None
    range: tuple[Bound, Bound] | None = None
    derivative_domain: tuple[Bound, Bound] | None = None
    kinks: tuple[float | str, ...] = ()
    max_ulp: float | None = None
    check: Callable[[Mapping[str, Any]], str | None] | None = None

    def __post_init__(self) -> None:
        """Normalise sequences to tuples and refuse what contradicts itself."""
        rules.check_name(self.name)
        for field in _TUPLES:
            if getattr(self, field) is not None:
                object.__setattr__(self, field, rules.as_tuple(self.name, field, getattr(self, field)))
        if isinstance(self.derivative, Mapping):
            object.__setattr__(self, "derivative", MappingProxyType(dict(self.derivative)))
        rules.check_aliases(self.name, self.aliases)
        rules.check_kind(self.name, self.kind)
        rules.check_params(self.name, self.kind, self.params)
        rules.check_texts(self.name, self.summary, self.formula, self.references)
        rules.check_accuracy(self.name, self.max_ulp)
        rules.check_callable(self.name, "check", self.check)
        self._check_functions()
        self._check_bounds()
        self._check_defaults()

    def _check_functions(self) -> None:
        if self.forward is not None:
            rules.check_function(self.name, "forward", self.forward, self.arguments)
        if self.kind == "axis":
            numeric = tuple(param.name for param in self.numeric_params)
            for vjp in (self.vjp, self.vjp_from_output):
                rules.check_row_functions(self.name, self.forward, self.derivative, vjp, numeric)
            return
        rules.check_formula(self.name, "formula", self.formula, self.arguments)
        if self.derivative is not None:
            rules.check_derivative(self.name, self.derivative, self.arguments, self.differentiable)
        if self.vjp is not None or self.vjp_from_output is not None:
            raise SpecError(f"activation {self.name!r}: only kind 'axis' has a vjp of its own")

    def _check_bounds(self) -> None:
        pairs = {field: getattr(self, field) for field in _PAIRS}
        if self.kind in ("axis", "gated"):
            claims = {**pairs, "range": None, "kinks": self.kinks}
            rules.check_no_limits(self.name, self.kind, claims)
        rules.check_bounds(self.name, pairs, self._bound_names)
        for kink in self.kinks:
            rules.check_bound(self.name, "kinks", kink, self._bound_names)

    def _check_defaults(self) -> None:
        if any(param.is_required for param in self.params):
            return
        try:
            self.check_together({param.name: param.default for param in self.params})
        except ParameterError as error:
            raise SpecError(f"activation {self.name!r}: its defaults break its own check ({error})") from None

    def __repr__(self) -> str:
        return f"<Activation {self.name}: {self.formula}>"

    def _repr_html_(self) -> str:
        card: str = _public.found_above("numact.card", "card")(self, {})
        return card

    def plot(self, **options: Any) -> Any:
        """Draw the value, and beside it the derivative.

        Parameters
        ----------
        **options
            ``derivative=False`` leaves the derivative out, ``x=(low, high)`` is the range of x, ``axes``
            is where to draw; all others are parameters, several values of one in a list.

        Returns
        -------
        matplotlib.figure.Figure
            It belongs to no window; a notebook shows it, and ``save(path)`` writes it.

        Raises
        ------
        MissingExtraError
            If there is no matplotlib.
        """
        return _public.found_above("numact.pictures.plots", "plot")([self], **options)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of all parameters, in order."""
        return tuple(param.name for param in self.params)

    @property
    def numeric_params(self) -> tuple[Param, ...]:
        """The parameters that reach the kernel, in the order of `forward`'s arguments."""
        return tuple(param for param in self.params if param.is_numeric)

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of all arguments of `forward`: the operands of its kind, then the numeric parameters."""
        return OPERANDS[self.kind] + tuple(param.name for param in self.numeric_params)

    @property
    def differentiable(self) -> tuple[str, ...]:
        """The arguments that a derivative may be taken by."""
        operands = {"elementwise": ("x",), "random": ("x",), "gated": ("a", "b"), "axis": ()}[self.kind]
        return operands + tuple(param.name for param in self.params if param.kind in ("real", "channel"))

    @property
    def all_names(self) -> tuple[str, ...]:
        """The name, then the aliases."""
        return (self.name, *self.aliases)

    def parsed_formula(self) -> Formula:
        """Parse the formula: its names are `arguments`. Not for kind ``axis``."""
        return parse(self.formula, self.arguments)

    def parsed_bound(self, bound: float | str) -> Formula:
        """Parse a limit, a kink or an end of the range, a formula of the numeric parameters and u."""
        text = bound if isinstance(bound, str) else repr(float(bound))
        return parse(text, self._bound_names)

    @property
    def _bound_names(self) -> tuple[str, ...]:
        variables = set(OPERANDS[self.kind]) - {"u"}
        return tuple(name for name in self.arguments if name not in variables)

    def param(self, name: str) -> Param:
        """Find the parameter of that name.

        Raises
        ------
        UnknownParameterError
            ``elu has no parameter 'alhpa'; did you mean 'alpha'?``
        """
        for param in self.params:
            if param.name == name:
                return param
        if not self.params:
            raise UnknownParameterError(f"{self.name} takes no parameters, got {name!r}")
        known = ", ".join(self.parameter_names)
        hint = did_you_mean(name, self.parameter_names) or f"; its parameters are {known}"
        raise UnknownParameterError(f"{self.name} has no parameter {name!r}{hint}")

    def check_together(self, values: Mapping[str, Any]) -> None:
        """Apply the rules between parameters to a complete set of valid values, numbers and no arrays.

        Raises
        ------
        ParameterError
            ``rrelu: 'lower' must not exceed 'upper', got lower=0.5, upper=0.25``.
        """
        problem = self.check(MappingProxyType(dict(values))) if self.check else None
        if problem is None:
            return
        if not isinstance(problem, str):
            raise SpecError(f"activation {self.name!r}: check must return a text or None, got {problem!r}")
        concerned = [name for name in values if f"'{name}'" in problem] or list(values)
        got = ", ".join(f"{name}={shown(values[name])}" for name in concerned)
        raise ParameterError(f"{self.name}: {problem}, got {got}")
