"""The scripts in tools/, as modules."""

from __future__ import annotations

import sys
from importlib import util
from pathlib import Path
from types import ModuleType

TOOLS = Path(__file__).parents[1] / "tools"


def load(name: str) -> ModuleType:
    """Load a script, once in a process."""
    if name in sys.modules:
        return sys.modules[name]
    spec = util.spec_from_file_location(name, TOOLS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
