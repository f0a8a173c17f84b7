"""What every test module leaves as it found it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

OWN = "PYTEST_CURRENT_TEST"  # pytest sets it anew all the time


@pytest.fixture(scope="module", autouse=True)
def environment_as_found() -> Iterator[None]:
    """Undo changes of the environment: a cluster of Dask's limits threads for whatever is started later."""
    before = dict(os.environ)
    yield
    for name in {*os.environ} - {*before, OWN}:
        del os.environ[name]
    os.environ.update({name: value for name, value in before.items() if name != OWN})
