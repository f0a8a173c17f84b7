"""One thing found, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "note", "problem"]


@dataclass(frozen=True)
class Fact:
    """One thing found.

    Parameters
    ----------
    topic, what, found : str
        Where it belongs, what it is, and what was found.
    level : str
        ``ok``; ``note`` for what costs speed or was asked for; ``problem`` for what needs to be mended.
    advice : str
        What to do about it, where there is something to do.
    """

    topic: str
    what: str
    found: str
    level: Level = "ok"
    advice: str = ""

    @classmethod
    def unless(
        cls, is_well: bool, topic: str, what: str, found: str, advice: str, level: Level = "note"
    ) -> Fact:
        """Make a fact that has its level and advice only where all is not well."""
        return cls(topic, what, found) if is_well else cls(topic, what, found, level, advice)
