"""An environment for one commit: its package, and beside it whatever the running environment has."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping
from pathlib import Path

from numact.errors import NumactError

# Sorted behind the files by which installers add folders: the commit's own package comes first.
_LINK = "zz_running_environment.pth"
_COMPLETE = "complete"


def python_of(folder: Path) -> Path | None:
    """Give the Python of the environment in a folder, or None where it is not complete."""
    return _python(folder) if (folder / _COMPLETE).exists() else None


def _python(folder: Path) -> Path:
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def make_environment(folder: Path, package: Path) -> Path:
    """Make an environment and install a package into it.

    Parameters
    ----------
    folder : Path
        Where to make it.
    package : Path
        The package's source. It is built by what its ``pyproject.toml`` names, which has to be installed
        here: nothing is downloaded.

    Returns
    -------
    Path
        The environment's Python.

    Raises
    ------
    NumactError
        If the package cannot be installed.
    """
    python = _python(folder)
    venv.EnvBuilder(clear=True, symlinks=os.name != "nt").create(folder)
    paths = sysconfig.get_paths(vars={"base": str(folder), "platbase": str(folder)}, scheme="venv")
    lines = [f"import site; site.addsitedir({path!r})" for path in _site_folders()]
    Path(paths["purelib"], _LINK).write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index"]
    command += ["--no-deps", "--no-build-isolation", "--disable-pip-version-check", str(package)]
    done = subprocess.run(command, capture_output=True, text=True, env=clean_variables(), check=False)
    if done.returncode:
        raise NumactError(f"{package} cannot be installed offline: {done.stderr.strip()}")
    (folder / _COMPLETE).touch()
    return python


def _site_folders() -> list[str]:
    folders = [*site.getsitepackages(), *([site.getusersitepackages()] if site.ENABLE_USER_SITE else [])]
    return [folder for folder in folders if os.path.isdir(folder)]


def clean_variables(**changed: str) -> Mapping[str, str]:
    """Give this process's environment variables without those that would bring in another package's source.

    Parameters
    ----------
    **changed
        Others to set.
    """
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    return {**kept, **changed}
