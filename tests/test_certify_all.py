"""The tools for the whole: what make certify measures in which order, and the oracle held against balls."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tool_scripts import TOOLS, load

from numact import registry
from numact.accuracy import peers, settings
from numact.accuracy.measure import Question
from numact.accuracy.oracle import Exact
from numact.accuracy.peers import PeerError, PeerQuestion
from numact.accuracy.request import Request

plan, oracle = load("certify_all"), load("validate_oracle")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("NUMACT_CACHE_DIR", str(tmp_path / "cache"))
    return plan.Home("numact", tmp_path, (registry.get_spec("elu"), registry.get_spec("softmax")))


def test_numact_comes_first_and_plugins_keep_their_own() -> None:
    first, *plugins = plan.homes()
    assert first.name == "numact" and first.folder == TOOLS.parent / "certificates"
    assert all(each.folder == TOOLS.parent / "plugins" / each.name / "certificates" for each in plugins)


def test_values_and_derivatives_of_float32_come_first(home: object) -> None:
    requests = list(plan.STEPS[0].requests(home))
    jobs = [job for request in requests for job in request.jobs()]
    assert [(job.name, job.dtype) for job in jobs] == [("elu", "float32")] * 2 + [("softmax", "float32")]
    assert [job.wrt for job in jobs[:2]] == [None, "x"]
    assert all(job.stride == 1 for job in jobs[:2])


def test_in_the_end_all_has_been_measured(home: object) -> None:
    jobs = [
        job
        for step in plan.STEPS
        if not step.peers
        for request in step.requests(home)
        for job in request.jobs()
    ]
    spec = registry.get_spec("elu")
    for dtype in ("float16", "bfloat16", "float32", "float64"):
        for job in Request(spec, dtype, {}, derivatives=True, other_parameters=True).jobs():
            assert job in jobs


def test_a_measurement_is_not_done_twice_and_failures_are_told(
    home: object, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request(registry.get_spec("softsign"), "float16", {})
    assert plan.measure(request, home, 1)
    assert json.loads((tmp_path / "float16" / "softsign.json").read_text())["results"]
    assert plan.measure(request, home, 1)
    assert "has its certificate" in capsys.readouterr().out
    monkeypatch.setattr(Question, "computed", lambda self, x: 1 / 0)
    assert not plan.measure(request, home, 1)
    assert "ZeroDivisionError" in capsys.readouterr().out


def test_peers_are_asked_for_what_they_have(home: object, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_elu(self: PeerQuestion, x: object) -> object:
        raise PeerError("no elu")

    monkeypatch.setattr(PeerQuestion, "computed", without_elu)
    (step,) = (step for step in plan.STEPS if step.peers)
    assert not list(step.requests(home))
    monkeypatch.setattr(PeerQuestion, "computed", lambda self, x: x)
    assert [(each.spec.name, each.peer) for each in step.requests(home)] == [("elu", "torch"), ("elu", "jax")]


def test_the_oracle_agrees_with_balls_on_every_formula() -> None:
    for question in oracle.questions():
        count, ratio = oracle.validate(question, 250, seed=7)
        assert count > 50, question
        assert ratio <= 1, question


def test_an_oracle_that_is_wrong_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = Question.exact

    def wrong(self: Question, x: object, by_balls: bool = False) -> Exact:
        found = exact(self, x, by_balls)
        return found if by_balls else Exact(found.hi * (1 + 2**-36), found.lo, found.error, found.sign)

    spec = registry.get_spec("tanh")
    asked = Question(spec, oracle.FLOAT32, settings.default(spec))
    assert oracle.validate(asked, 250)[1] <= 1
    monkeypatch.setattr(Question, "exact", wrong)
    assert oracle.validate(asked, 250)[1] > 1


def test_a_peer_with_other_parameters_has_not_the_activation(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_alpha(spec: object, x: object, numbers: dict[str, float], wrt: object) -> object:
        return np.negative(x, **numbers)

    monkeypatch.setattr(peers, "_COMPUTE", {"torch": without_alpha})
    assert not peers.has("torch", registry.get_spec("elu"))
    assert peers.has("torch", registry.get_spec("tanh"))
