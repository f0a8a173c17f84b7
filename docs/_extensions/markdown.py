"""Pieces of Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table; a bar inside a cell is escaped."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |" for cells in lines)


def linked(text: str) -> str:
    """Make the addresses in a text links."""
    return re.sub(r"https?://[^\s,]+", lambda match: f"<{match[0]}>", text)


def side_by_side(files: Sequence[str], words: str) -> str:
    """Show pictures side by side where there is room, and else one below the other."""
    pictures = "\n".join(f"![{words}]({file})" for file in files)
    return f":::{{container}} panels\n{pictures}\n:::"
