"""What the start of a process costs, each time in a process of its own."""

from __future__ import annotations

import numact

from .generate import OfActivation, classes

_COLD = """
import os, tempfile
folder = tempfile.TemporaryDirectory()
os.environ["NUMACT_CACHE_DIR"] = folder.name
"""
_FIRST = """
import numpy, numact
numact.apply({name!r}, numpy.ones((2, 2), numpy.float32), **{parameters!r})
"""


class Start:
    """Imports and lists."""

    def timeraw_import_numpy(self) -> str:
        """Import NumPy alone, to compare with."""
        return "import numpy"

    def timeraw_import_numact(self) -> str:
        """Import the package alone."""
        return "import numact"

    def timeraw_registry(self) -> str:
        """Collect the registry: every plugin's names."""
        return "import numact; numact.names()"

    def timeraw_plugins(self) -> str:
        """Collect the registry and import every plugin."""
        return "from numact import registry; registry.entries()"


class _FirstCall(OfActivation):
    timeout = 120
    rounds = 1
    repeat = (2, 3, 4.0)

    def setup(self) -> None:
        """Fill the cache."""
        self.choose("float32", 4)
        numact.apply(self.activation, self.x, **self.parameters)

    def _code(self) -> str:
        return _FIRST.format(name=self.activation, parameters=self.parameters)

    def timeraw_cold(self) -> tuple[str, str]:
        """Get a first result where everything is compiled."""
        return self._code(), _COLD

    def timeraw_warm(self) -> str:
        """Get a first result where the kernel is in the cache."""
        return self._code()


globals().update(classes(_FirstCall, __name__))
