"""What ``numact doctor`` finds, and what it says to do about planted faults."""

from __future__ import annotations

import errno
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from plugin_site import Site, activation, hook

from numact import diagnosis, registry
from numact.cli import group
from numact.diagnosis import versions
from numact.diagnosis.fact import Fact
from numact.diagnosis.processor import TARGET_VARIABLES
from numact.engine import folder, threads, vectorbits
from numact.engine.threads import LIMITING_VARIABLES
from numact.plugins import ALLOW, DISABLE, ERRORS

SETTINGS = (*TARGET_VARIABLES, *LIMITING_VARIABLES, ALLOW, DISABLE, ERRORS, "NUMACT_CACHE")


@pytest.fixture(autouse=True)
def own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at a cache and settings of the test alone."""
    for variable in SETTINGS:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("NUMACT_CACHE_DIR", str(tmp_path / "kernels"))


def doctor() -> tuple[list[Fact], int]:
    """Run the command; everything that it gives as JSON stands in its table as well."""
    result = CliRunner().invoke(group, ["doctor", "--json"])
    facts = [Fact(**fact) for fact in json.loads(result.stdout)["facts"]]
    shown = CliRunner().invoke(group, ["doctor"])
    assert shown.exit_code == result.exit_code
    told = "".join(shown.stdout.split())
    assert all("".join(fact.advice.split()) in told for fact in facts)
    return facts, result.exit_code


def doctor_in_a_process(**environment: str) -> tuple[list[Fact], int]:
    """Run the command where Numba reads the environment anew."""
    command = [sys.executable, "-m", "numact", "doctor", "--json"]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return [Fact(**fact) for fact in json.loads(done.stdout)["facts"]], done.returncode


def the(facts: list[Fact], what: str) -> Fact:
    (fact,) = (fact for fact in facts if fact.what == what)
    return fact


def test_all_is_well_here() -> None:
    facts, code = doctor()
    assert code == 0
    assert {fact.topic for fact in facts} >= {"versions", "processor", "threads", "cache", "activations"}
    assert the(facts, "registered").found == str(len(registry.names()))
    assert the(facts, "writable").found == "yes"


def test_a_cache_that_is_switched_off_is_a_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMACT_CACHE", "0")
    facts, code = doctor()
    fact = the(facts, "kernels on disk")
    assert code == 0 and fact.level == "note" and "unset NUMACT_CACHE" in fact.advice


@pytest.mark.skipif(os.name != "posix", reason="permission bits")
def test_the_owner_of_the_cache_is_told() -> None:
    facts, _ = doctor()
    assert the(facts, "owner").found == f"user {os.geteuid()}, mode 0700"


@pytest.mark.skipif(os.name != "posix", reason="permission bits")
def test_a_cache_that_others_can_write_to(tmp_path: Path) -> None:
    (tmp_path / "kernels").mkdir()
    (tmp_path / "kernels").chmod(0o777)
    facts, code = doctor()
    fact = the(facts, "kernels on disk")
    assert code == 1 and fact.level == "problem" and "0777" in fact.found and fact.advice


def test_a_cache_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NUMACT_CACHE_DIR", str(tmp_path / "file" / "kernels"))
    facts, code = doctor()
    assert code == 1 and "cannot be used" in the(facts, "kernels on disk").found


@pytest.mark.skipif(os.name != "posix", reason="owners of files")
def test_a_cache_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kernels").mkdir(mode=0o700)
    stranger = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: stranger)
    facts, code = doctor()
    fact = the(facts, "kernels on disk")
    assert code == 1 and "belongs to another user" in fact.found and fact.advice == folder.ADVICE


def test_a_cache_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(dir: Path) -> Any:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    facts, code = doctor()
    fact = the(facts, "writable")
    assert code == 1 and fact.found == "no: Read-only file system" and "NUMACT_CACHE_DIR" in fact.advice


@pytest.mark.parametrize("variable", LIMITING_VARIABLES)
@pytest.mark.filterwarnings("ignore:NUMACT_NUM_THREADS must be")
def test_a_number_of_threads_that_is_none(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "many")
    facts, code = doctor()
    (fact,) = (fact for fact in facts if fact.level == "problem")
    assert code == 1 and fact.what == variable and "'many'" in fact.found and variable in fact.advice


def plant_quota(root: Path, processors: int) -> None:
    """Write a control group's files with a quota below a folder."""
    (root / "proc" / "self").mkdir(parents=True)
    (root / "proc" / "self" / "cgroup").write_text("0::/\n")
    (root / "sys" / "fs" / "cgroup").mkdir(parents=True)
    (root / "sys" / "fs" / "cgroup" / "cpu.max").write_text(f"{processors * 100_000} 100000\n")


def test_a_quota_that_limits_is_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant_quota(tmp_path, 3)
    monkeypatch.setattr(diagnosis.threads, "ROOT", tmp_path)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(threads, "available_processors", lambda: 64)
    facts, code = doctor()
    fact = the(facts, "used for large arrays")
    assert code == 0 and the(facts, threads.QUOTA).found == "3"
    assert (fact.found, fact.level) == ("3 of 64", "note")
    assert "raise the container's CPU quota" in fact.advice


def test_a_variable_that_limits_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    facts, _ = doctor()
    fact = the(facts, "used for large arrays")
    assert fact.found == "1 of 64" and "raise or unset OMP_NUM_THREADS" in fact.advice


@pytest.mark.parametrize("behaviour", ["", "raise"])
def test_a_broken_plugin_does_not_hide_the_others(
    site: Site, monkeypatch: pytest.MonkeyPatch, behaviour: str
) -> None:
    monkeypatch.setenv(ERRORS, behaviour)
    site.install("numact-unwell", "raise ImportError('not today')", ["unwell"])
    site.install("numact-well", hook(activation("well")), ["well"], "doctor_well")
    facts, code = doctor()
    fact = the(facts, "numact-unwell 1.0")
    assert code == 1 and "not today" in fact.found and "numact-unwell" in fact.advice
    assert the(facts, "numact-well 1.0").found == "loaded, 1 names"


def test_plugins_that_share_a_name(site: Site) -> None:
    for number in ("one", "two"):
        site.install(f"numact-{number}", hook(activation("shared")), ["shared"], f"doctor_{number}")
    facts, code = doctor()
    assert code == 1 and "numact-one:shared" in the(facts, "conflict").found


def test_settings_of_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DISABLE, "1")
    assert the(doctor()[0], DISABLE).level == "note"
    monkeypatch.setenv(ERRORS, "shout")
    facts, code = doctor()
    assert code == 1 and "'shout'" in the(facts, ERRORS).found and "unset" in the(facts, ERRORS).advice


def test_a_missing_library_is_told_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    stated = ["numpy>=2", "present>=1; extra == 'plot'", "absent>=1; extra == 'plot'", "gone>=2"]
    known = {"numact": "1.0", "numpy": "2.1", "llvmlite": "0.5", "present": "3.2", "gone": ""}
    monkeypatch.setattr(versions.metadata, "requires", lambda name: stated)
    monkeypatch.setattr(versions, "_version", lambda name: known.get(name, ""))
    facts, code = doctor()
    assert the(facts, "plot").found == "present 3.2; without absent: pip install 'numact[plot]'"
    assert code == 1 and [fact.what for fact in facts if fact.level == "problem"] == ["gone"]


def test_every_extra_of_the_package_brings_what_is_told() -> None:
    needed, extras = versions.requirements()
    told = [library for libraries in extras.values() for library in libraries]
    assert {"numpy", "numba", "pluggy"} == set(needed)
    assert len(told) == len(set(told)) and extras["plot"] == ["matplotlib"]


def test_looking_that_fails_is_a_fact(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Iterator[Fact]:
        yield Fact("threads", "before", "seen")
        raise RuntimeError("no such thing")

    monkeypatch.setattr(diagnosis, "TOPICS", {"threads": fail})
    facts, code = doctor()
    assert code == 1 and [fact.found for fact in facts] == ["seen", "RuntimeError: no such thing"]


def test_a_numba_that_cannot_be_imported(tmp_path: Path) -> None:
    (tmp_path / "numba.py").write_text("raise ImportError('built for another NumPy')")
    facts, code = doctor_in_a_process(PYTHONPATH=str(tmp_path))
    fact = the(facts, "import of numba")
    assert code == 1 and "built for another NumPy" in fact.found and "pip install" in fact.advice
    assert the(facts, "registered").found == str(len(registry.names()))


def test_a_setting_that_keeps_numba_from_being_imported() -> None:
    facts, code = doctor_in_a_process(NUMBA_NUM_THREADS="0")
    assert code == 1
    assert "unset NUMBA_NUM_THREADS" in the(facts, "import of numba").advice


def test_a_compiler_that_is_switched_off_and_a_layer_that_does_not_load() -> None:
    facts, code = doctor_in_a_process(NUMBA_DISABLE_JIT="1", NUMBA_THREADING_LAYER="none")
    assert code == 1
    assert the(facts, "NUMBA_DISABLE_JIT").advice == "unset NUMBA_DISABLE_JIT"
    assert "unset NUMBA_THREADING_LAYER" in the(facts, "layer").advice


@pytest.mark.skipif(platform.machine().lower() not in ("x86_64", "amd64"), reason="names of x86")
def test_a_narrowed_target_is_a_note() -> None:
    facts, code = doctor_in_a_process(NUMBA_CPU_NAME="x86-64", NUMBA_CPU_FEATURES="+sse2")
    assert code == 0
    assert the(facts, "fused multiply-add").found == "no"
    assert the(facts, "vectors").found == "128 bits"
    assert the(facts, "features").found == "sse2"
    assert "unset NUMBA_CPU_NAME" in the(facts, "target of the compiler").advice


# The last two have vectors of 512 bits, and LLVM would use halves of them if it were not told otherwise.
@pytest.mark.skipif(platform.machine().lower() not in ("x86_64", "amd64"), reason="names of x86")
@pytest.mark.parametrize(
    ("name", "bits"), [("x86-64", 128), ("haswell", 256), ("skylake-avx512", 512), ("emeraldrapids", 512)]
)
def test_vectors_are_as_wide_as_the_target_has_them(
    name: str, bits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    triple = vectorbits.target_key()[0]
    monkeypatch.setattr(vectorbits, "target_key", lambda: (triple, name, ""))
    assert vectorbits.vector_bits.__wrapped__() == bits
