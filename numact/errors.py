"""Everything numact raises or warns of, and the near spelling its sentences suggest."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class NumactError(Exception):
    """Base of every error that numact raises."""


class SpecError(NumactError, ValueError):
    """An `Activation` or a `Param` that contradicts itself."""


class FormulaError(SpecError):
    """A formula, or an author's function, that uses what numact cannot compile."""


class UnknownActivationError(NumactError, LookupError):
    """No activation has the name asked for."""


class ParameterError(NumactError, ValueError):
    """A parameter outside its bounds, of the wrong kind, or missing."""


class UnknownParameterError(ParameterError, TypeError):
    """A parameter that the activation does not have."""


class DTypeError(NumactError, TypeError):
    """An array of a dtype that has no kernel."""


class ArrayLibraryError(NumactError, TypeError):
    """An array of another library that cannot be taken as it is; the sentence says what to pass instead."""


class ShapeError(NumactError, ValueError):
    """An axis or a shape that does not fit."""


class OutputError(NumactError, ValueError):
    """An `out=` array that cannot take the result."""


class PluginError(NumactError):
    """A plugin that cannot be used, or an activation that one provides."""


class AmbiguousActivationError(UnknownActivationError, PluginError):
    """A name that several installed plugins provide."""


class MissingExtraError(NumactError, ImportError):
    """An optional library is not installed; the sentence names the extra that brings it."""


class NumactWarning(UserWarning):
    """Base of every warning that numact gives."""


class PluginWarning(NumactWarning):
    """A plugin was left out; everything else works."""


class CacheWarning(NumactWarning):
    """Compiled kernels cannot be kept on disk; they are compiled again in each process."""


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """End of an error sentence that names the nearest spelling.

    Parameters
    ----------
    word : str
        What was asked for.
    candidates : iterable of str
        What exists.

    Returns
    -------
    str
        ``"; did you mean 'selu'?"``, or nothing when no candidate is near.
    """
    by_lower = {candidate.lower(): candidate for candidate in sorted(candidates, reverse=True)}
    near = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f"; did you mean {by_lower[near[0]]!r}?" if near else ""


def one_line(error: BaseException) -> str:
    """Kind and message of an error in one line, for a sentence about another one."""
    message = " ".join(str(error).split())
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
