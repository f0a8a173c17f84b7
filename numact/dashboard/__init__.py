"""Dashboards: the benchmarks of a project's commits, run by asv, shown as pages that need no network.

Every commit is checked out into a worktree of its own and installed into an environment of its own, which
sees all that the running environment has: numact's repository and a plugin's are the same to it.
"""

from __future__ import annotations

import importlib.util

from numact.errors import MissingExtraError

if importlib.util.find_spec("asv") is None:
    raise MissingExtraError("dashboards need asv: pip install 'numact[bench]'")
