"""What every test module leaves as it found it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from plugin_site import Site

OWN = "PYTEST_CURRENT_TEST"  # pytest sets it anew all the time


@pytest.fixture(scope="module", autouse=True)
def environment_as_found() -> Iterator[None]:
    """Undo changes of the environment: a cluster of Dask's limits threads for whatever is started later."""
    before = dict(os.environ)
    yield
    for name in {*os.environ} - {*before, OWN}:
        del os.environ[name]
    os.environ.update({name: value for name, value in before.items() if name != OWN})


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A folder of plugins on the import path, whose modules are forgotten afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield Site(tmp_path)
    for name, module in list(sys.modules.items()):
        if tmp_path in Path(getattr(module, "__file__", None) or "").parents:
            del sys.modules[name]
