"""The registry: looking up built-ins, registering in a process, and activations as attributes of numact."""

from __future__ import annotations

import threading
from types import ModuleType
from typing import Any

import pytest

import numact
from numact import Activation, registry
from numact.errors import ParameterError, PluginError, SpecError, UnknownActivationError
from numact.registry import Registry
from numact.spec import KINDS, canonical


def make(name: str, **fields: Any) -> Activation:
    given = {"name": name, "summary": "A probe.", "formula": "x", "references": ()} | fields
    return Activation(**given)


@pytest.fixture
def own() -> Registry:
    """A registry of the built-ins alone."""
    return Registry(entry_points=list, environment={})


NAMES = Registry(entry_points=list, environment={}).names()


def test_names_are_sorted_and_split_by_kind(own: Registry) -> None:
    assert isinstance(NAMES, tuple)
    assert list(NAMES) == sorted(set(NAMES))
    assert sorted(name for kind in KINDS for name in own.names(kind)) == list(NAMES)
    with pytest.raises(ParameterError) as caught:
        own.names("elementwize")
    assert str(caught.value) == (
        "'kind' of names must be one of elementwise, random, axis, gated, got 'elementwize'"
        "; did you mean 'elementwise'?"
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_spelling_looks_up_the_same(own: Registry, name: str) -> None:
    spec = own.get_spec(name)
    assert spec.name == name
    for alias in spec.all_names:
        for spelling in (alias, alias.upper(), canonical(alias), alias.title().replace("_", "")):
            assert own.get_spec(spelling) is spec
    assert own.name_of(spec) == name
    assert own.provider(spec) == own.provider(name)
    assert own.provider(spec).distribution == "numact"
    assert own.provider(spec).module.startswith("numact.activations.")


@pytest.mark.parametrize("name", NAMES)
def test_pytorch_class_names_look_up_the_same(own: Registry, name: str) -> None:
    modules = pytest.importorskip("torch").nn
    classes = [each for each in dir(modules) if canonical(each) == canonical(name)]
    assert all(own.get_spec(each) is own.get_spec(name) for each in classes)


@pytest.mark.parametrize("name", NAMES)
def test_near_spellings_are_suggested(own: Registry, name: str) -> None:
    asked = name[:2] + name[1:]  # a letter doubled
    with pytest.raises(UnknownActivationError) as caught:
        own.get_spec(asked)
    assert str(caught.value) in {f"no activation named {asked!r}; did you mean {near!r}?" for near in NAMES}


def test_unknown_names(own: Registry) -> None:
    with pytest.raises(UnknownActivationError, match=r"^no activation named 'qqqqq'$"):
        own.get_spec("qqqqq")
    with pytest.raises(UnknownActivationError, match=f"^no activation named 'nowhere:{NAMES[0]}'"):
        own.get_spec(f"nowhere:{NAMES[0]}")
    for wrong in (None, 3, [1.0], b"relu"):
        with pytest.raises(UnknownActivationError, match=r"^an activation is asked for by its name, got "):
            own.get_spec(wrong)  # type: ignore[arg-type]


def test_register_and_unregister(own: Registry) -> None:
    changes: list[tuple[str, ...]] = []
    own.watch(lambda: changes.append(own.names()))
    probe = make("soft_probe", aliases=("probing",))
    own.register(probe)
    assert all(own.get_spec(name) is probe for name in ("soft_probe", "probing", "SoftProbe"))
    assert set(own.names()) == {*NAMES, "soft_probe"}
    assert str(own.provider(probe)) == "this process"
    own.unregister("probing")
    assert own.names() == NAMES
    with pytest.raises(UnknownActivationError):
        own.get_spec("soft_probe")
    assert [("soft_probe" in names) for names in changes] == [True, False]
    own.register(probe)
    own.unregister(probe)
    assert own.names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_names_of_built_ins_are_taken(own: Registry, name: str) -> None:
    for taken in (name, *own.get_spec(name).aliases):
        for clashing in (make(taken), make("soft_probe", aliases=("probing", taken)), make(f"{taken}_")):
            with pytest.raises(PluginError, match=r"^name '.*' is taken by numact "):
                own.register(clashing)
    assert own.names() == NAMES
    with pytest.raises(UnknownActivationError):
        own.get_spec("probing")


def test_registering_twice_says_how_to_replace(own: Registry) -> None:
    own.register(make("probe"))
    with pytest.raises(PluginError) as caught:
        own.register(make("probe", formula="2*x"))
    assert str(caught.value) == "name 'probe' is taken by this process; numact.unregister('probe') frees it"
    assert own.get_spec("probe").formula == "x"


@pytest.mark.parametrize("wrong", [None, "relu", Activation])
def test_only_activations_are_registered(own: Registry, wrong: Any) -> None:
    with pytest.raises(SpecError, match=r"^register takes a numact\.Activation, got "):
        own.register(wrong)


@pytest.mark.parametrize("name", [NAMES[0], "qqqqq"])
def test_only_what_was_registered_is_unregistered(own: Registry, name: str) -> None:
    with pytest.raises(
        UnknownActivationError, match=f"^no activation named '{name}' was registered in this process$"
    ):
        own.unregister(name)
    with pytest.raises(UnknownActivationError):
        own.unregister(own.get_spec(NAMES[0]))
    assert own.names() == NAMES


def test_registering_again_forgets_that_it_was_disabled(own: Registry) -> None:
    probe = make("probe")
    own.register(probe)
    with pytest.warns(numact.errors.PluginWarning):
        own.disable("probe", "because")
    own.unregister(probe)
    own.register(probe)
    assert own.get_spec("probe") is probe


def test_threads_may_register_at_once(own: Registry) -> None:
    start, clashes = threading.Barrier(8), []

    def work(number: int) -> None:
        start.wait()
        for count in range(20):
            own.register(make(f"probe_{number}_{count}"))
            assert own.get_spec(f"probe_{number}_{count}").name == f"probe_{number}_{count}"
            try:
                own.register(make("shared"))
            except PluginError as error:
                clashes.append(error)
            own.names()
            own.unregister(f"probe_{number}_{count}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(clashes) == 8 * 20 - 1
    assert set(own.names()) == {*NAMES, "shared"}


def test_a_faulty_built_in_is_an_error_not_a_warning() -> None:
    module = ModuleType("faulty")
    with pytest.raises(PluginError, match=r"^built-in module faulty: it has no function numact_activations"):
        Registry(builtins=lambda: [module], entry_points=list, environment={}).names()


def test_unknown_attributes_are_suggested() -> None:
    for asked, meant in (("aply", "apply"), ("Activatoin", "Activation"), (NAMES[0] + "x", NAMES[0])):
        with pytest.raises(AttributeError) as caught:
            getattr(numact, asked)
        assert str(caught.value) == f"module 'numact' has no attribute {asked!r}; did you mean {meant!r}?"
    with pytest.raises(AttributeError, match=r"^module 'numact' has no attribute '_private'$"):
        getattr(numact, "_private")  # noqa: B009
    assert not hasattr(numact, "qqqqq")


def test_attributes_follow_the_registry() -> None:
    first, second = make("kept_probe"), make("kept_probe")
    numact.register(first)
    assert numact.kept_probe.spec is first
    assert numact.kept_probe is vars(numact)["kept_probe"]
    numact.unregister(first)
    assert not hasattr(numact, "kept_probe")
    numact.register(second)
    try:
        assert numact.kept_probe.spec is second
    finally:
        numact.unregister(second)


def test_activations_and_public_names_are_listed() -> None:
    listed = dir(numact)
    assert listed == sorted(listed)
    assert {*NAMES, *numact.__all__, "__version__"} <= set(listed)
    assert isinstance(numact.__version__, str)


def test_public_names_are_what_they_say() -> None:
    assert numact.Activation is Activation
    assert numact.names == registry.names
    assert numact.register == registry.register
    assert all(
        getattr(numact, name) is not None for name in ("scalar", "rows", "errors", "hookimpl", "Param")
    )
