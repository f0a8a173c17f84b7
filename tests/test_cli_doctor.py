"""What ``numact doctor`` finds, and what it says to do about planted faults."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from plugin_site import Site

from numact import diagnosis, registry
from numact.cli import group
from numact.diagnosis import Fact
from numact.engine import threads


@pytest.fixture(autouse=True)
def own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Look at a cache and settings of the test alone, and forget what was found."""
    for variable in (*diagnosis.TARGET_VARIABLES, *threads.LIMITING_VARIABLES, "NUMACT_CACHE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("NUMACT_CACHE_DIR", str(tmp_path / "kernels"))
    yield
    threads.default_threads.cache_clear()


def doctor() -> tuple[list[Fact], int]:
    """Run the command; everything that it gives as JSON stands in its table as well."""
    result = CliRunner().invoke(group, ["doctor", "--json"])
    facts = [Fact(**fact) for fact in json.loads(result.stdout)["facts"]]
    shown = CliRunner().invoke(group, ["doctor"])
    assert shown.exit_code == result.exit_code
    told = "".join(shown.stdout.split())
    assert all("".join(fact.advice.split()) in told for fact in facts)
    return facts, result.exit_code


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


def test_a_number_of_threads_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMACT_NUM_THREADS", "many")
    facts, code = doctor()
    (fact,) = (fact for fact in facts if fact.level == "problem")
    assert code == 1 and fact.topic == "threads" and "'many'" in fact.found


def test_a_quota_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis, "granted_processors", lambda: 3)
    facts, _ = doctor()
    assert the(facts, "processors the container is granted").found == "3"


def test_a_broken_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    site = Site(tmp_path)
    site.install("numact-unwell", "raise ImportError('not today')", ["unwell"])
    made = site.registry()
    monkeypatch.setattr(registry, "installed_plugins", made.plugins)
    monkeypatch.setattr(registry, "problems", made.problems)
    facts, code = doctor()
    fact = the(facts, "numact-unwell 1.0")
    assert code == 1 and "not today" in fact.found and "numact-unwell" in fact.advice


def test_looking_that_fails_is_a_fact(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Any:
        raise RuntimeError("no such thing")

    monkeypatch.setattr(diagnosis, "TOPICS", {"threads": fail})
    facts, code = doctor()
    assert code == 1 and facts[0].found == "RuntimeError: no such thing"


def test_a_narrowed_target_is_a_note() -> None:
    environment = os.environ | {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": "+sse2"}
    command = [sys.executable, "-m", "numact", "doctor", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if "sse2" not in done.stdout and done.returncode:
        pytest.skip("the target is of another architecture")
    facts = [Fact(**fact) for fact in json.loads(done.stdout)["facts"]]
    assert the(facts, "fused multiply-add").found == "no"
    assert the(facts, "vectors").found == "128 bits"
    assert "unset NUMBA_CPU_NAME" in the(facts, "target of the compiler").advice
