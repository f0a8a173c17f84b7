"""Values for the parameters that an activation cannot do without, to show and measure it with."""

from __future__ import annotations

import math
from typing import Any

from numact.parameters import Param
from numact.spec import Activation


def example_parameters(spec: Activation) -> dict[str, Any]:
    """Choose a value for every required parameter.

    Parameters
    ----------
    spec : Activation
        Of which activation.

    Returns
    -------
    dict
        By name; empty where every parameter has a default.
    """
    return {param.name: example_value(param) for param in spec.params if param.is_required}


def example_value(param: Param) -> Any:
    """Choose a value for a parameter: its default, or one within its bounds.

    Parameters
    ----------
    param : Param
        Of any kind.

    Returns
    -------
    object
        Without a default, the first choice, or the middle of the bounds, or half a unit (for integers one)
        above the lower bound, below the upper or above 0, whichever is finite.
    """
    if not param.is_required:
        return param.default
    if param.choices:
        return param.choices[0][0]
    step = 0.5 if param.kind in ("real", "channel") else 1
    if math.isfinite(param.low) and math.isfinite(param.high):
        value = (param.low + param.high) / 2
    elif math.isfinite(param.low):
        value = param.low + step
    else:
        value = min(param.high - step, step) if math.isfinite(param.high) else step
    while value in param.exclude:
        value = (value + param.high) / 2 if math.isfinite(param.high) else value + step
    return value if param.kind in ("real", "channel") else int(value)
