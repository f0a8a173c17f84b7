"""Configuration of Sphinx for numact's documentation."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numact

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_extensions"))


def mathjax_file() -> str:
    """Find MathJax in the package that ships it, so that formulas need no network."""
    found = importlib.util.find_spec("sphinx-mathjax-offline")
    if found is None or found.origin is None:
        raise RuntimeError("the documentation needs MathJax: pip install 'numact[docs]'")
    return str(Path(found.origin).parent / "static" / "mathjax" / "tex-svg.js")


project = "numact"
author = "numact developers"
project_copyright = "numact developers"
version = release = numact.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "activation_pages",
]
exclude_patterns = ["_build"]
nitpicky = False
suppress_warnings: list[str] = []

myst_enable_extensions = ["colon_fence", "dollarmath", "deflist"]
myst_heading_anchors = 3

autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = f"numact {release}"
html_static_path = ["_static", mathjax_file()]
html_css_files = ["gallery.css"]
mathjax_path = "tex-svg.js"
mathjax3_config = {"svg": {"fontCache": "global"}, "options": {"enableMenu": False}}
html_theme_options = {"navigation_with_keys": True}
