"""The disk cache of compiled loops: when it hits, when it misses, and whom it trusts."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest

import numact
from numact.engine import folder as cache_folder
from numact.engine import store
from numact.errors import CacheWarning

posix = pytest.mark.skipif(os.name != "posix", reason="permission bits are POSIX's")
KEY = "0123456789abcdef" * 4
PACKAGE = Path(numact.__path__[0])

# Compiles `scale` and reports where it came from; scale multiplies an array by `factor`.
SCRIPT = """
import ctypes, json, sys, threading
import numpy as np
from numba import types
from numact.engine import cache

LOOP = types.void(types.CPointer(types.CPointer(types.float64)), types.CPointer(types.intp),
                  types.CPointer(types.intp), types.voidptr)

def get(name, factor, fingerprint="author"):
    def build():
        def scale(args, dims, steps, data):
            for i in range(dims[0]):
                args[1][i] = args[0][i] * factor
        return scale
    return cache.compile_cached(build, LOOP, fingerprint, name=name)

def call(loop):
    x, out = np.arange(4.0), np.empty(4)
    sizes, strides = np.array([4], np.intp), np.array([8, 8], np.intp)
    arrays = (ctypes.c_void_p * 2)(x.ctypes.data, out.ctypes.data)
    function = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)(loop.address)
    function(arrays, sizes.ctypes.data, strides.ctypes.data, None)
    return out.tolist()

"""
ONE_LOOP = "loop = get('scale', 3.0); print(json.dumps([loop.origin, call(loop)]))"
TRIPLED = [0.0, 3.0, 6.0, 9.0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A private cache folder, not made yet, and a process that has not warned yet."""
    folder = tmp_path.resolve() / "cache"
    monkeypatch.setenv(cache_folder.FOLDER_VARIABLE, str(folder))
    monkeypatch.delenv(cache_folder.SWITCH_VARIABLE, raising=False)
    monkeypatch.setattr(cache_folder, "_warned", set())
    return folder


def start(code: str, folder: Path, package: Path = PACKAGE, **variables: str) -> subprocess.Popen[str]:
    settings = {"PYTHONPATH": str(package.parent), "NUMACT_CACHE_DIR": str(folder), "NUMACT_CACHE": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT + code],
        env=os.environ | settings | variables,
        cwd=package.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[list[object], str]:
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return json.loads(output), errors


def run(code: str, folder: Path, package: Path = PACKAGE, **variables: str) -> list[object]:
    """Run a script in a process, insist that it complains of nothing, and return what it prints."""
    output, errors = finish(start(code, folder, package, **variables))
    assert errors == ""
    return output


def kernels(folder: Path) -> list[Path]:
    assert not list(folder.glob("*" + store.TEMPORARY_SUFFIX))
    return list(folder.iterdir())


def test_a_second_process_finds_the_loop_on_disk(folder: Path) -> None:
    assert run(ONE_LOOP, folder) == ["compiled", TRIPLED]
    assert len(kernels(folder)) == 1
    assert run("cache._compile = None\n" + ONE_LOOP, folder) == ["disk", TRIPLED]


def test_loading_leaves_out_what_only_compiling_needs(folder: Path) -> None:
    run(ONE_LOOP, folder)
    code = "loop = get('scale', 3.0); print(json.dumps([loop.origin, 'numba.np.arraymath' in sys.modules]))"
    assert run(code, folder) == ["disk", False]


def test_every_ingredient_of_the_key_makes_a_loop_of_its_own(folder: Path) -> None:
    code = """
loops = [get("a", 2.0), get("b", 3.0), get("a", 5.0, "other sources"), get("a", 7.0)]
print(json.dumps([[loop.origin, call(loop)[1]] for loop in loops]))
"""
    # The last has the key of the first: the caller's fingerprint has to tell them apart.
    expected = [["compiled", 2.0], ["compiled", 3.0], ["compiled", 5.0], ["compiled", 2.0]]
    assert run(code, folder) == expected
    assert len(kernels(folder)) == 3


def test_a_setting_of_numba_that_changes_the_code_misses(folder: Path) -> None:
    run(ONE_LOOP, folder)
    assert run(ONE_LOOP, folder, NUMBA_OPT="1") == ["compiled", TRIPLED]


def test_an_edit_of_the_engine_misses(folder: Path, tmp_path: Path) -> None:
    package = tmp_path / "edited" / "numact"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    run(ONE_LOOP, folder)
    assert run(ONE_LOOP, folder, package) == ["disk", TRIPLED]
    for source in (package / "engine" / "quota.py", package / "scalar.py"):
        with source.open("a") as file:
            file.write("# edited\n")
        assert run(ONE_LOOP, folder, package) == ["compiled", TRIPLED]


def test_helpers_that_share_a_name_are_not_mistaken_for_each_other(folder: Path) -> None:
    code = """
import numba

def get_with_helper(name, factor):
    def build():
        @numba.njit(_dbg_optnone=True)  # keeps it from being inlined
        def helper(v):
            return v * factor
        def scale(args, dims, steps, data):
            for i in range(dims[0]):
                args[1][i] = helper(args[0][i])
        return scale
    return cache.compile_cached(build, LOOP, "author", name=name)

def report(*loops):
    print(json.dumps([[loop.origin, call(loop)] for loop in loops]))

"""
    doubled = [0.0, 2.0, 4.0, 6.0]
    assert run(code + "report(get_with_helper('double', 2.0))", folder) == [["compiled", doubled]]
    expected = [["compiled", TRIPLED], ["disk", doubled]]
    assert (
        run(code + "report(get_with_helper('triple', 3.0), get_with_helper('double', 2.0))", folder)
        == expected
    )


def test_code_that_only_this_process_can_link_is_not_saved(folder: Path) -> None:
    # Numba links a helper that calls itself through an address in this process.
    code = """
import numba

def build():
    @numba.njit
    def helper(v, n):
        return 1.5 * v if n < 2 else helper(v, n - 1) + helper(v, n - 2)
    def scale(args, dims, steps, data):
        for i in range(dims[0]):
            args[1][i] = helper(args[0][i], 2)
    return scale

loop = cache.compile_cached(build, LOOP, "author", name="scale")
print(json.dumps([loop.origin, call(loop)]))
"""
    assert run(code, folder) == run(code, folder) == ["compiled", TRIPLED]
    assert store.info().files == 0


def test_threads_of_one_process_compile_a_loop_once(folder: Path) -> None:
    code = """
loops = []
workers = [threading.Thread(target=lambda: loops.append(get("scale", 3.0))) for _ in range(8)]
[worker.start() for worker in workers]
[worker.join() for worker in workers]
print(json.dumps([cache.statistics["compiled"], len({id(loop) for loop in loops}), len(loops)]))
"""
    assert run(code, folder) == [1, 1, 8]


def test_eight_processes_at_once(folder: Path) -> None:
    processes = [start(ONE_LOOP, folder) for _ in range(8)]
    results = [finish(process)[0] for process in processes]
    assert [values for _, values in results] == [TRIPLED] * 8
    assert len(kernels(folder)) == 1
    assert run(ONE_LOOP, folder) == ["disk", TRIPLED]


def test_a_damaged_file_is_compiled_anew_and_replaced(folder: Path) -> None:
    run(ONE_LOOP, folder)
    (file,) = kernels(folder)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert run(ONE_LOOP, folder) == ["compiled", TRIPLED]
    assert run(ONE_LOOP, folder) == ["disk", TRIPLED]
    # A sound file whose content is no compiled loop.
    file.write_bytes(store._pack(b"no pickle", file.stem))
    assert run(ONE_LOOP, folder) == ["compiled", TRIPLED]
    assert run(ONE_LOOP, folder) == ["disk", TRIPLED]


@posix
def test_without_a_usable_folder_loops_are_compiled_after_one_warning(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)
    code = "loops = [get('a', 2.0), get('b', 3.0)]\nprint(json.dumps([call(loop) for loop in loops]))"
    results, errors = finish(start(code, folder))
    assert results == [[0.0, 2.0, 4.0, 6.0], TRIPLED]
    assert errors.count("CacheWarning") == 1
    assert list(folder.iterdir()) == []


def test_a_parallel_function_is_loaded_too(folder: Path) -> None:
    code = """
import numba
def fill(out):
    for i in numba.prange(out.size):
        out[i] = 2.0 * i
driver = cache.cached_dispatcher(fill, types.void(types.float64[::1]), parallel=True, nogil=True)
assert driver is cache.cached_dispatcher(fill, types.void(types.float64[::1]), parallel=True, nogil=True)
out = np.empty(5)
driver(out)
print(json.dumps([cache.statistics, out.tolist()]))
"""
    doubled = [0.0, 2.0, 4.0, 6.0, 8.0]
    assert run(code, folder) == [{"memory": 1, "disk": 0, "compiled": 1}, doubled]
    assert run(code, folder) == [{"memory": 1, "disk": 1, "compiled": 0}, doubled]


def test_what_is_written_is_read(folder: Path) -> None:
    assert store.read(KEY) is None
    store.write(KEY, b"payload")
    assert store.read(KEY) == b"payload"
    store.write(KEY, b"another")
    assert store.read(KEY) == b"another"
    (file,) = kernels(folder)
    assert store.info() == (folder, 1, file.stat().st_size)


@pytest.mark.parametrize("length", [0, 5, len(store.MAGIC), len(store.MAGIC) + 20, len(store.MAGIC) + 40, -1])
def test_a_file_cut_short_is_as_good_as_absent(folder: Path, length: int) -> None:
    store.write(KEY, b"payload")
    (file,) = kernels(folder)
    file.write_bytes(file.read_bytes()[:length])
    assert store.read(KEY) is None


def test_any_byte_altered_makes_the_file_as_good_as_absent(folder: Path) -> None:
    store.write(KEY, b"payload")
    (file,) = kernels(folder)
    content = file.read_bytes()
    for position in range(len(content)):
        file.write_bytes(content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :])
        assert store.read(KEY) is None


def test_a_file_under_another_name_is_as_good_as_absent(folder: Path) -> None:
    store.write(KEY, b"payload")
    (file,) = kernels(folder)
    other = "f" * 64
    file.rename(file.with_name(other + store.SUFFIX))
    assert store.read(other) is None


@posix
def test_a_file_that_others_can_write_is_as_good_as_absent(folder: Path) -> None:
    store.write(KEY, b"payload")
    (file,) = kernels(folder)
    file.chmod(0o620)
    assert store.read(KEY) is None
    file.chmod(0o640)
    assert store.read(KEY) == b"payload"


@posix
@pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_as_good_as_absent(folder: Path) -> None:
    store.write(KEY, b"payload")
    (file,) = kernels(folder)
    os.chown(file, 12345, 12345)
    assert store.read(KEY) is None


@posix
def test_links_and_pipes_are_as_good_as_absent(folder: Path) -> None:
    store.write(KEY, b"payload")
    (file,) = kernels(folder)
    moved = file.rename(folder.parent / "moved")
    file.symlink_to(moved)
    assert store.read(KEY) is None
    file.unlink()
    os.mkfifo(file)
    assert store.read(KEY) is None


def assert_refused(match: str) -> None:
    """Reading and writing do nothing, with one warning between them."""
    with pytest.warns(CacheWarning, match=match) as caught:
        store.write(KEY, b"payload")
        assert store.read(KEY) is None
        assert store.info().folder is None
        assert store.clear() == 0
    assert len(caught) == 1


@posix
@pytest.mark.parametrize("mode", [0o770, 0o720, 0o702, 0o1777])
def test_a_folder_that_others_can_write_is_refused(folder: Path, mode: int) -> None:
    folder.mkdir()
    folder.chmod(mode)
    assert_refused(f"{re.escape(str(folder))} is not used: other users can write to it .*NUMACT_CACHE_DIR")
    assert list(folder.iterdir()) == []


@posix
def test_a_folder_of_another_user_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: stranger)
    assert_refused("belongs to another user")


@posix
def test_a_folder_that_everybody_can_replace_is_refused(folder: Path) -> None:
    folder.parent.chmod(0o777)
    assert_refused("everybody can write to")
    folder.parent.chmod(0o1777)
    store.write(KEY, b"payload")
    assert store.read(KEY) == b"payload"


@posix
def test_a_new_folder_is_private_whatever_the_umask(folder: Path) -> None:
    before = os.umask(0)
    try:
        store.write(KEY, b"payload")
    finally:
        os.umask(before)
    assert folder.stat().st_mode & 0o777 == 0o700
    (file,) = kernels(folder)
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_made_is_one_warning(folder: Path) -> None:
    folder.write_text("a file in the folder's place")
    assert_refused(f"{re.escape(str(folder))} cannot be used")


@pytest.mark.parametrize("step", ["tempfile.mkstemp", "os.replace"])
def test_a_folder_that_cannot_be_written_is_one_warning(
    folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    store.write(KEY, b"payload")

    def refuse(*args: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(step, refuse)
    with pytest.warns(CacheWarning, match=r"cannot be written \(Permission denied\)") as caught:
        store.write("f" * 64, b"payload")
        store.write("e" * 64, b"payload")
    assert len(caught) == 1
    assert len(kernels(folder)) == 1
    assert store.read(KEY) == b"payload"


def test_no_home_folder_is_one_warning(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(cache_folder, "_platform_folder", refuse)
    monkeypatch.delenv(cache_folder.FOLDER_VARIABLE)
    assert_refused("Could not determine home directory")


@pytest.mark.parametrize("value", ["0", "off", " No "])
def test_switched_off_it_does_nothing_and_says_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv(cache_folder.SWITCH_VARIABLE, value)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        store.write(KEY, b"payload")
        assert store.read(KEY) is None
        assert store.info() == (None, 0, 0)
    assert not folder.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other places")
def test_the_usual_folder_follows_the_xdg_specification(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(cache_folder.FOLDER_VARIABLE)
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert cache_folder.locate() == Path("/elsewhere/numact")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder.locate() == Path("/home/somebody/.cache/numact")


def test_clearing_removes_kernels_and_nothing_else(folder: Path) -> None:
    store.write(KEY, b"payload")
    store.write("f" * 64, b"payload")
    (folder / "notes.txt").write_text("mine")
    (folder / ("half" + store.TEMPORARY_SUFFIX)).write_text("left behind")
    assert store.clear() == 2
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_pruning_keeps_what_was_used_last(folder: Path) -> None:
    now = time.time()
    for age in range(4):
        store.write(str(age) * 64, bytes(1000))
        os.utime(folder / (str(age) * 64 + store.SUFFIX), (now, now - age * store.DAY))
    for age, name in [(0.5, "young"), (1.5, "old")]:
        path = folder / (name + store.TEMPORARY_SUFFIX)
        path.touch()
        os.utime(path, (now, now - age * store.DAY))
    assert store.read("3" * 64) is not None  # used again
    store.prune(folder, limit=2500)
    assert sorted(path.name[:5] for path in folder.iterdir()) == ["00000", "33333", "young"]
