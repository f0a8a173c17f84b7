"""Installed activations that do not compile: found on first use, and taken out with one report."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plugin_site import Site

from numact import registry as of_process
from numact.errors import PluginError, PluginWarning
from numact.function import Function
from numact.registry import Registry

SOURCE = """
from numact import Activation, Param, hookimpl
from numact.scalar import exp

def text(x):
    return str(x)

def slope_in_words(x, c):
    return "steep"

def gate(a, b):
    return a.append(b)

def fill(row, out):
    for index in range(len(row)):
        out[index] = row[index]

def fill_with_text(row, out):
    out[0] = str(row)

def push_back(row, g, out):
    out[0] = open(g)

def make(name, formula="x", **fields):
    return Activation(name, "A probe.", formula, (), **fields)

@hookimpl
def numact_activations():
    yield make("good")
    yield make("bad_value", forward=text)
    yield make("bad_slope", "c*x", params=(Param("c", 2.0),), derivative={"c": slope_in_words})
    yield make("bad_gate", "a*b", kind="gated", forward=gate)
    yield make("bad_rows", kind="axis", forward=fill_with_text)
    yield make("bad_gradient", kind="axis", forward=fill, vjp=push_back)
"""
NAMES = ("good", "bad_value", "bad_slope", "bad_gate", "bad_rows", "bad_gradient")

X = np.linspace(-2.0, 2.0, 6)
# By name: what works, and what does not.
USES: dict[str, tuple[Callable[[Function], Any] | None, Callable[[Function], Any]]] = {
    "bad_value": (None, lambda function: function(X)),
    "bad_slope": (lambda function: function(X), lambda function: function.vjp(X, X, wrt="c")),
    "bad_gate": (None, lambda function: function(X)),
    "bad_rows": (None, lambda function: function(X)),
    "bad_gradient": (lambda function: function(X), lambda function: function.vjp(X, X)),
}


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    monkeypatch.syspath_prepend(str(tmp_path))
    site = Site(tmp_path)
    module = site.install("numact-bad", SOURCE, NAMES, version="0.7")
    found = site.registry()
    # Calls report to the registry of the process.
    for name in ("provider", "name_of", "disable"):
        monkeypatch.setattr(of_process, name, getattr(found, name))
    yield found
    del sys.modules[module]


@pytest.mark.parametrize("name", USES)
def test_first_use_takes_it_out(registry: Registry, name: str) -> None:
    working, failing = USES[name]
    function = Function(registry.get_spec(name), {})
    if working is not None:
        working(function)
    with pytest.warns(PluginWarning) as caught, pytest.raises(PluginError) as error:
        failing(function)
    assert len(caught) == 1
    sentence = str(caught[0].message)
    assert sentence.startswith(f"activation '{name}' of numact-bad 0.7 is disabled: FormulaError: {name}: ")
    assert "numact_bad.py:" in sentence
    assert str(error.value) == sentence
    assert registry.problems() == (sentence,)
    assert set(NAMES) & set(registry.names()) == set(NAMES) - {name}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for again in (lambda: registry.get_spec(name), lambda: failing(function)):
            with pytest.raises(PluginError) as error:
                again()
            assert str(error.value) == sentence
        assert np.array_equal(Function(registry.get_spec("good"), {})(X), X)


def test_another_thread_may_find_the_same_first(registry: Registry) -> None:
    function = Function(registry.get_spec("bad_value"), {})
    with pytest.warns(PluginWarning):
        first = registry.disable("bad_value", "it does not compile")
    with pytest.raises(PluginError) as error:
        function(X)
    assert str(error.value) == str(first)
