"""Arrays of other libraries: one file for each, imported when an array of it first shows up."""

from __future__ import annotations

from numact.interop.finding import answer

__all__ = ["answer"]
