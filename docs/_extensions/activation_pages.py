"""The gallery: a page for every registered activation, written before Sphinx reads its sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import commands
from activation_page import page
from pictures import write_pictures
from timed import times_pictures

from numact import registry
from numact.pictures.figures import FIGURES
from numact.registry import Entry
from numact.spec import KINDS

FOLDER = "gallery"
TITLES = {
    "elementwise": "Of a number",
    "random": "Of a number and chance",
    "axis": "Along an axis",
    "gated": "Of two inputs",
}


def index(entries: tuple[Entry, ...]) -> str:
    """Write the page with all the pictures.

    Parameters
    ----------
    entries : tuple of Entry
        What the registry has.
    """
    lines = [
        "# Gallery\n",
        f"The {len(entries)} activations that were installed when these pages were built. Each page is made "
        "from the activation's own specification; a plugin's page comes with the plugin.\n",
    ]
    for kind in KINDS:
        members = [entry for entry in entries if entry.activation.kind == kind]
        if members:
            lines += [f"## {TITLES[kind]}\n", "::::{container} gallery\n", *map(_card, members), "::::\n"]
    names = "\n".join(entry.activation.name for entry in entries)
    return "\n".join([*lines, "```{toctree}\n:hidden:\n", f"{names}\n```\n"])


def _card(entry: Entry) -> str:
    name = entry.activation.name
    picture = f"[![Graph of {name}]({name}-small.svg)]({name}.md)"
    return f":::{{container}} card\n{picture}\n\n[{name}]({name}.md)\n:::\n"


def sources() -> Iterator[tuple[str, str]]:
    """Yield name and text of every page of the gallery."""
    entries = registry.entries()
    yield "index.md", index(entries)
    for entry in entries:
        yield f"{entry.activation.name}.md", page(entry)


def gallery() -> dict[str, str]:
    """Give all pages and pictures of the gallery by file name."""
    texts = dict(sources())
    for entry in registry.entries():
        texts.update(write_pictures(entry.activation))
        texts.update(times_pictures(entry.activation))
    return texts


def write(folder: Path, texts: Mapping[str, str]) -> None:
    """Write texts into a folder; what is the same is left alone, what is gone is removed.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    texts : mapping
        By file name.
    """
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    for path in folder.iterdir():
        if path.name not in texts:
            path.unlink()


def write_all(app: Any) -> None:
    """Write everything that is made and not kept."""
    source = Path(app.srcdir)
    write(source / FOLDER, gallery())
    write(source / "_figures", {f"{name}.svg": draw().svg() for name, draw in FIGURES.items()})
    write(source / "commands", {"index.md": commands.page()})


def setup(app: Any) -> dict[str, bool]:
    """Connect to Sphinx."""
    app.connect("builder-inited", write_all)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
