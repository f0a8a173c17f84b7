"""The folder of compiled kernels: where it is, and whether it may be trusted.

A cached kernel is machine code that this process will run, so a folder into which somebody else can
write is somebody else's code.  Such a folder is not used at all.
"""

from __future__ import annotations

import os
import stat
import sys
import threading
import warnings
from pathlib import Path

from ..errors import CacheWarning

FOLDER_VARIABLE = "NUMACT_CACHE_DIR"
SWITCH_VARIABLE = "NUMACT_CACHE"
PACKAGE_FOLDER = os.path.join(Path(__file__).parent.parent, "")
ADVICE = (
    f"set {FOLDER_VARIABLE} to a private folder, or {SWITCH_VARIABLE}=0 to go without a cache; "
    "until then kernels are compiled anew in every process"
)
WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH

_warned: set[str] = set()
_warning_lock = threading.Lock()


def is_switched_off() -> bool:
    """Tell whether the user has switched the disk cache off."""
    return os.environ.get(SWITCH_VARIABLE, "").strip().lower() in {"0", "off", "no", "false"}


def locate() -> Path:
    """Return the folder that the environment names, or the platform's usual one for caches."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    if chosen:
        return Path(os.path.abspath(os.path.expanduser(chosen)))
    return _platform_folder() / "numact"


def _platform_folder() -> Path:
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local) if local else Path.home() / "AppData" / "Local"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    chosen = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification says that a relative path is to be ignored.
    return Path(chosen) if os.path.isabs(chosen) else Path.home() / ".cache"


def open_folder() -> Path | None:
    """Return the cache folder, made if need be; None where there is none to be had.

    Returns
    -------
    Path or None
        None when the cache is switched off (silently), and when the folder cannot be made or is not
        private; then one CacheWarning a process says why and what to do.
    """
    if is_switched_off():
        return None
    folder, fault = try_folder()
    if fault:
        warn_once(fault)
    return folder


def try_folder() -> tuple[Path | None, str]:
    """Give the cache folder, made if need be, or a sentence about why there is none to be had."""
    folder = None
    try:
        folder = locate()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = Path(os.path.realpath(folder))
        objection = find_objection(folder)
    except (OSError, RuntimeError) as error:  # RuntimeError: there is no home folder
        return None, f"the kernel cache {folder or ''} cannot be used ({_reason(error)})".replace("  ", " ")
    return (None, f"the kernel cache {folder} is not used: {objection}") if objection else (folder, "")


def find_objection(folder: Path) -> str | None:
    """Say why a folder must not be trusted; None when it may be."""
    if os.name != "posix":
        return None  # permission bits mean nothing there, and the usual folder is the user's own
    status = folder.stat()
    if status.st_uid != os.geteuid():
        return "it belongs to another user"
    if status.st_mode & WRITABLE_BY_OTHERS:
        return f"other users can write to it (mode {stat.S_IMODE(status.st_mode):04o})"
    for parent in folder.parents:
        # Whoever can write to a parent can put another folder in this one's place, unless the sticky bit
        # forbids it.  Write access for a group is usual above one's own folders: it is often a group of one.
        mode = parent.stat().st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            return f"everybody can write to {parent} (mode {stat.S_IMODE(mode):04o})"
    return None


def warn_write_failed(folder: Path, error: OSError) -> None:
    """Warn, once a process, that kernels cannot be saved."""
    warn_once(f"the kernel cache {folder} cannot be written ({_reason(error)})")


def warn_once(sentence: str) -> None:
    """Give one CacheWarning a process; what follows the first one has the same remedy."""
    with _warning_lock:
        if _warned:
            return
        _warned.add(sentence)
    message = f"{sentence}; {ADVICE}"
    if sys.version_info >= (3, 12):
        warnings.warn(message, CacheWarning, skip_file_prefixes=(PACKAGE_FOLDER,))
    else:
        warnings.warn(message, CacheWarning, stacklevel=2)


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
