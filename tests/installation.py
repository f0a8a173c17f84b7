"""Real installations: packages that are built, and installed by pip into an environment of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{distribution}"
version = "{version}"

[project.entry-points.numact]
{entry_points}

[tool.hatch.build.targets.wheel]
only-include = ["{module}.py"]
"""


class Environment:
    """A virtual environment that sees what this one has installed, and adds to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        venv.create(folder / "venv", with_pip=False, symlinks=os.name != "nt")
        self.python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
        site_packages = self.run(
            "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"
        ).stdout.strip()
        # Adding them as Python adds its own honours the .pth files of editable installations there.
        parents = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
        lines = [f"import site; site.addsitedir({path!r})" for path in parents]
        Path(site_packages, "parents.pth").write_text("\n".join(lines))

    def run(
        self, *arguments: str, cwd: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the environment's Python, away from the sources."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("NUMACT", "PYTHON"))
        }
        kernels = {"NUMACT_CACHE_DIR": str(self.folder / "kernels")}
        return subprocess.run(
            [str(self.python), *arguments],
            cwd=cwd or self.folder,
            env={**inherited, **kernels, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def numact(
        self, *arguments: str, cwd: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line."""
        return self.run("-m", "numact", *arguments, cwd=cwd, **variables)

    def pip(self, *arguments: str) -> None:
        """Run pip, which stays away from every index."""
        done = self.run("-m", "pip", "--disable-pip-version-check", "--no-input", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr

    def install(self, folders: Iterable[Path]) -> None:
        """Build packages and install them."""
        alone = ("--no-deps", "--no-build-isolation", "--no-index")
        self.pip("install", "--quiet", *alone, *map(str, folders))


def write_package(
    folder: Path,
    distribution: str,
    source: str,
    names: Iterable[str] | Mapping[str, str],
    version: str = "1.0",
) -> Path:
    """Write a package of one module; `names` are its entry points, or a mapping of them to their values."""
    module = distribution.replace("-", "_")
    values = names if isinstance(names, Mapping) else dict.fromkeys(names, module)
    project = folder / distribution
    project.mkdir()
    entry_points = "\n".join(f"{name} = {json.dumps(value)}" for name, value in values.items())
    (project / "pyproject.toml").write_text(
        PROJECT.format(distribution=distribution, version=version, entry_points=entry_points, module=module)
    )
    (project / f"{module}.py").write_text(source)
    return project


def answer(done: subprocess.CompletedProcess[str], code: int = 0) -> Any:
    """Read what a command with ``--json`` printed."""
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)
