"""Parameters to measure an activation with: its defaults, and values that its bounds allow."""

from __future__ import annotations

from collections.abc import Mapping

from numact.accuracy.ulp import Format
from numact.errors import ParameterError
from numact.spec import Activation, Param

# Not dyadic, so that products with them are rounded; of either sign, within 1, beyond it, and near 0.
_CANDIDATES = (1.7, 0.3, -0.7, 0.011, -2.9, 5.3)
_WHOLE_CANDIDATES = (3, 2, 7, -3)
_PER_PARAMETER = 3
# What a required parameter is while another one varies.
_SPARE = (0.3, -0.7, 1.1)


Setting = dict[str, float]
"""Values of the numeric parameters by name."""


def default(spec: Activation) -> Setting:
    """Give the default parameters; a required one gets a value that its bounds allow."""
    setting: Setting = {}
    for param in spec.numeric_params:
        setting[param.name] = _first(spec, param, len(setting)) if param.is_required else param.default
    return setting


def others(spec: Activation) -> list[Setting]:
    """Give settings that differ from the default in one parameter each, up to three values of it."""
    found = []
    base = default(spec)
    for param in spec.numeric_params:
        settings = [{**base, param.name: value} for value in _candidates(param) if value != base[param.name]]
        allowed = [setting for setting in settings if _is_allowed(spec, setting)]
        negative = [setting for setting in allowed if setting[param.name] < 0][:1]
        rest = [setting for setting in allowed if setting not in negative]
        found += rest[: _PER_PARAMETER - len(negative)] + negative
    return found


def rounded(spec: Activation, parameters: Mapping[str, float], form: Format) -> Setting:
    """Round the numeric parameters as a call on arrays of this format does; random kinds get u = 1/2."""
    dtype = form.parameter_dtype.type
    numbers = {param.name: float(dtype(parameters[param.name])) for param in spec.numeric_params}
    return {"u": 0.5, **numbers} if spec.kind == "random" else numbers


def _candidates(param: Param) -> tuple[float, ...]:
    if param.kind == "int":
        return _WHOLE_CANDIDATES
    width = param.high - param.low
    inside = (param.low + 0.37 * width,) if 0 < width < float("inf") else ()
    return inside + _CANDIDATES


def _first(spec: Activation, param: Param, index: int) -> float:
    spare = _WHOLE_CANDIDATES if param.kind == "int" else _SPARE
    for value in (*spare[index % len(spare) :], *_candidates(param)):
        if param.allows(value):
            return float(value)
    raise ParameterError(f"no value found to try for {param.name!r} of {spec.name}")


def _is_allowed(spec: Activation, setting: Setting) -> bool:
    try:
        for name, value in setting.items():
            spec.param(name).validate(spec.name, value)
        spec.check_together({**{param.name: param.default for param in spec.params}, **setting})
    except ParameterError:
        return False
    return True
