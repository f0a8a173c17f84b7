"""Pictures of activations, drawn by matplotlib, which the extra ``plot`` brings."""

from __future__ import annotations

from numact.errors import MissingExtraError

try:
    import matplotlib as _matplotlib  # noqa: F401
except ModuleNotFoundError as _error:
    raise MissingExtraError("pictures need matplotlib: pip install 'numact[plot]'") from _error
