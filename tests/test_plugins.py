"""Installed plugins: found without an import, loaded once, and unable to hurt anything but themselves."""

from __future__ import annotations

import sys
import threading
import warnings

import pytest
from plugin_site import HEAD, Site, activation, hook

import numact
from numact.errors import AmbiguousActivationError, PluginError, PluginWarning, UnknownActivationError
from numact.registry import Registry

BUILT_INS = Registry(entry_points=list, environment={}).names()
BUILT_IN = BUILT_INS[0]


def test_a_plugin_is_listed_without_import_and_loaded_on_first_use(site: Site) -> None:
    source = hook(activation("soft_probe", aliases=("probing",)), activation("other_probe"))
    module = site.install(
        "numact-probe",
        source,
        {"soft_probe": "numact_probe", "other_probe": "numact_probe", "probing": "numact_probe:soft_probe"},
        version="1.2",
    )
    registry = site.registry()
    assert set(registry.names()) == {*BUILT_INS, "soft_probe", "other_probe"}
    assert list(registry.names()) == sorted(registry.names())
    assert module not in sys.modules
    found = registry.get_spec("soft_probe")
    assert found.name == "soft_probe"
    assert all(registry.get_spec(name) is found for name in ("probing", "SoftProbe", "numact-probe:probing"))
    assert str(registry.provider("soft_probe")) == "numact-probe 1.2"
    assert registry.name_of(found) == "soft_probe"
    assert [(plugin.distribution, plugin.status) for plugin in registry.plugins()] == [
        ("numact-probe", "loaded")
    ]
    assert site.scans == 1


def test_aliases_that_are_not_marked_are_listed_like_names(site: Site) -> None:
    site.install(
        "numact-probe", hook(activation("soft_probe", aliases=("probing",))), ["soft_probe", "probing"]
    )
    registry = site.registry()
    before = registry.names()
    assert {"soft_probe", "probing"} <= set(before)
    assert registry.get_spec("probing") is registry.get_spec("soft_probe")
    assert registry.names() == before


@pytest.mark.parametrize("is_marked", [True, False])
def test_spellings_of_one_activation_are_not_ambiguous(site: Site, is_marked: bool) -> None:
    source = hook(activation("softclip", aliases=("soft_clip",)))
    alias = "spellings:softclip" if is_marked else "spellings"
    site.install("spellings", source, {"softclip": "spellings", "soft_clip": alias})
    registry = site.registry()
    for spelling in ("softclip", "soft_clip", "SoftClip", "SOFT_CLIP"):
        assert registry.get_spec(spelling).name == "softclip"


def test_built_ins_are_found_without_a_scan(site: Site) -> None:
    site.install("numact-probe", hook(activation("probe")), ["probe"])
    registry = site.registry()
    for name in numact.registry.get_spec(BUILT_IN).all_names:
        assert registry.get_spec(name.upper()) is registry.get_spec(BUILT_IN)
    assert registry.get_spec(f"numact:{BUILT_IN}") is registry.get_spec(BUILT_IN)
    assert site.scans == 0


def test_names_of_a_kind_are_asked_of_the_plugins(site: Site) -> None:
    site.install("numact-probe", hook(activation("probe", kind="gated", formula="a*b")), ["probe"])
    registry = site.registry()
    assert "probe" in registry.names("gated")
    assert "probe" not in registry.names("elementwise")


RAISES = hook(activation("bad")) + "    raise ValueError('half-way')\n"
RETURNS = hook(activation("bad")).replace("yield", "return")
MISSPELT = hook(activation("bad")).replace("def numact_activations", "def numact_activation")
UNMARKED = hook(activation("bad")).replace("@hookimpl", "")
ARGUMENT = hook(activation("bad")).replace("activations()", "activations(registry)")

BROKEN = {
    "does not import": (
        "import no_such_library",
        ["bad"],
        "ModuleNotFoundError: No module named 'no_such_library'",
    ),
    "exits": ("raise SystemExit(3)", ["bad"], "SystemExit: 3"),
    "is no Python": ("def", ["bad"], "SyntaxError: invalid syntax"),
    "raises half-way": (RAISES, ["bad"], "ValueError: half-way"),
    "misspells the hook": (MISSPELT, ["bad"], "PluginValidationError: unknown hook 'numact_activation'"),
    "does not mark the hook": (
        UNMARKED,
        ["bad"],
        "it has no function numact_activations marked with @numact.hookimpl",
    ),
    "asks for an argument": (
        ARGUMENT,
        ["bad"],
        "PluginValidationError: Plugin 'numact_bad' for hook 'numact_activations'",
    ),
    "yields no activation": (
        hook("'bad'"),
        ["bad"],
        "numact_activations yielded 'bad', which is no numact.Activation",
    ),
    "returns": (
        RETURNS,
        ["bad"],
        "numact_activations must yield activations, it returned <Activation bad: x>",
    ),
    "wants another interface": (
        "numact_interface = 2\n" + hook(activation("bad")),
        ["bad"],
        "it wants interface 2 of numact, this is 1",
    ),
    "has a formula that does not parse": (
        hook(activation("bad", formula="x^2")),
        ["bad"],
        "FormulaError: activation 'bad': formula 'x^2', column 3: '^' is not allowed; write '**' for a power",
    ),
    "announces what it lacks": (
        hook(activation("bad")),
        ["bad", "badd"],
        "its entry point 'badd' has no activation; did you mean 'bad'?",
    ),
    "yields what it does not announce": (
        hook(activation("bad"), activation("more")),
        ["bad"],
        "it yields 'more' without an entry point of that name in group 'numact'",
    ),
    "does not announce an alias": (
        hook(activation("bad", aliases=("worse",))),
        ["bad"],
        "it yields 'worse' without an entry point of that name in group 'numact'",
    ),
    "mistakes an alias": (
        hook(activation("bad"), activation("worse")),
        {"bad": "numact_bad", "worse": "numact_bad:bad"},
        "its entry point 'worse' stands for 'bad', but the activation is 'worse'",
    ),
    "repeats a name": (
        hook(activation("bad"), activation("worse", aliases=("b_ad",))),
        ["bad", "worse", "b_ad"],
        "it yields two activations named 'b_ad': bad and worse",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_plugin_is_left_out_and_nothing_else(site: Site, fault: str) -> None:
    source, names, cause = BROKEN[fault]
    site.install("numact-bad", source, names, version="0.3")
    site.install("numact-good", hook(activation("good")), ["good"])
    registry = site.registry()
    with pytest.warns(PluginWarning) as caught, pytest.raises(PluginError) as error:
        registry.get_spec("bad")
    assert len(caught) == 1
    sentence = str(caught[0].message)
    assert sentence.startswith("plugin numact-bad 0.3 (module numact_bad) is left out: ")
    assert cause in sentence
    assert str(error.value) == sentence
    # From here on there is nothing more to warn of, and everything else works.
    assert set(registry.names()) == {*BUILT_INS, "good"}
    assert registry.get_spec("good").name == "good"
    assert registry.get_spec(BUILT_IN).name == BUILT_IN
    with pytest.raises(PluginError) as again:
        registry.get_spec("bad")
    assert str(again.value) == sentence
    assert [(p.distribution, p.status) for p in registry.plugins()] == [
        ("numact-bad", "failed"),
        ("numact-good", "loaded"),
    ]


@pytest.mark.parametrize("fault", BROKEN)
def test_failures_can_be_made_fatal(site: Site, fault: str) -> None:
    source, names, _ = BROKEN[fault]
    site.install("numact-bad", source, names)
    registry = site.registry(NUMACT_PLUGIN_ERRORS="raise")
    with pytest.raises(PluginError, match=r"numact-bad 1\.0"):
        registry.entries()
        registry.plugins()


SEEN_AT_ONCE = {
    "takes a built-in's name": (
        {BUILT_IN: "numact_bad", "bad": "numact_bad"},
        f"its name '{BUILT_IN}' is taken by numact",
    ),
    "takes it in another spelling": (
        {f"{BUILT_IN[0]}_{BUILT_IN[1:]}": "numact_bad"},
        f"its name '{BUILT_IN[0]}_{BUILT_IN[1:]}' is taken by numact",
    ),
    "has a name that is none": (
        {"bad-name": "numact_bad"},
        "entry point 'bad-name' must be a lower-case identifier and no keyword",
    ),
    "gives a name to two modules": (
        {"bad": "numact_bad", "bad ": "other_module"},
        "its distribution gives the name 'bad' to two modules",
    ),
}


@pytest.mark.parametrize("fault", SEEN_AT_ONCE)
def test_faults_that_entry_points_show_need_no_import(site: Site, fault: str) -> None:
    names, cause = SEEN_AT_ONCE[fault]
    site.install("numact-bad", "raise RuntimeError('imported')", names)
    registry = site.registry()
    with pytest.warns(PluginWarning, match=r"^plugin numact-bad 1\.0 ") as caught:
        assert registry.names() == BUILT_INS
    assert all(cause in str(warning.message) for warning in caught)
    assert "numact_bad" not in sys.modules
    assert registry.get_spec(BUILT_IN) is not None


def test_one_name_of_two_distributions_is_an_error_that_names_both(site: Site) -> None:
    site.install("numact-one", hook(activation("shared"), activation("single")), ["shared", "single"])
    site.install("numact-two", hook(activation("shared", formula="2*x")), ["shared"], version="2.0")
    registry = site.registry()
    sentence = (
        "activation 'shared' is provided by numact-one 1.0 and numact-two 2.0; "
        "ask for 'numact-one:shared' or 'numact-two:shared'"
    )
    with pytest.warns(PluginWarning) as caught:
        names = registry.names()
    assert [str(warning.message) for warning in caught] == [sentence]
    assert set(names) == {*BUILT_INS, "numact-one:shared", "numact-two:shared", "single"}
    for spelling in ("shared", "Shared"):
        with pytest.raises(AmbiguousActivationError) as error:
            registry.get_spec(spelling)
        assert str(error.value).endswith(sentence.partition(" is ")[2])
    one, two = registry.get_spec("numact-one:shared"), registry.get_spec("numact_two:shared")
    assert (one.formula, two.formula) == ("x", "2*x")
    assert (registry.name_of(one), registry.name_of(two)) == ("numact-one:shared", "numact-two:shared")
    assert registry.get_spec("single").name == "single"


@pytest.mark.parametrize(
    ("environment", "visible"),
    [
        ({}, {"first", "second", "third"}),
        ({"NUMACT_DISABLE_PLUGINS": "1"}, set()),
        ({"NUMACT_DISABLE_PLUGINS": "all"}, set()),
        ({"NUMACT_DISABLE_PLUGINS": "0"}, {"first", "second", "third"}),
        ({"NUMACT_DISABLE_PLUGINS": ""}, {"first", "second", "third"}),
        ({"NUMACT_DISABLE_PLUGINS": "numact_one"}, {"third"}),
        ({"NUMACT_DISABLE_PLUGINS": " Numact.One , third"}, set()),
        ({"NUMACT_DISABLE_PLUGINS": "first"}, {"second", "third"}),
        ({"NUMACT_ALLOW_PLUGINS": "numact-two"}, {"third"}),
        ({"NUMACT_ALLOW_PLUGINS": "second,third"}, {"second", "third"}),
        ({"NUMACT_ALLOW_PLUGINS": ""}, set()),
        ({"NUMACT_ALLOW_PLUGINS": "numact-one", "NUMACT_DISABLE_PLUGINS": "second"}, {"first"}),
    ],
)
def test_environment_variables_rule_plugins(
    site: Site, environment: dict[str, str], visible: set[str]
) -> None:
    source = hook(activation("first", aliases=("early",)), activation("second"))
    points = {"first": "numact_one", "early": "numact_one:first", "second": "numact_one"}
    site.install("numact-one", source, points)
    site.install("numact-two", hook(activation("third")), ["third"])
    registry = site.registry(**environment)
    assert set(registry.names()) == {*BUILT_INS, *visible}
    for name in ("first", "second", "third"):
        if name in visible:
            assert registry.get_spec(name).name == name
        else:
            with pytest.raises(UnknownActivationError):
                registry.get_spec(name)
    if "first" not in visible:
        with pytest.raises(UnknownActivationError):
            registry.get_spec("early")


def test_an_unmarked_alias_of_a_disabled_activation_is_disabled_too(site: Site) -> None:
    site.install("numact-one", hook(activation("first", aliases=("early",))), ["first", "early"])
    with pytest.raises(UnknownActivationError):
        site.registry(NUMACT_DISABLE_PLUGINS="first").get_spec("early")


def test_a_disabled_plugin_is_not_even_imported(site: Site) -> None:
    site.install("numact-bad", "raise RuntimeError('imported')", ["bad"])
    registry = site.registry(NUMACT_DISABLE_PLUGINS="numact-bad")
    assert [entry.name for entry in registry.entries()] == list(BUILT_INS)
    assert [(plugin.distribution, plugin.status) for plugin in registry.plugins()] == [
        ("numact-bad", "excluded")
    ]


def test_a_wrong_word_in_the_environment_is_told() -> None:
    with pytest.raises(PluginError, match="NUMACT_PLUGIN_ERRORS must be 'raise' or 'warn', got 'rise'"):
        Registry(entry_points=list, environment={"NUMACT_PLUGIN_ERRORS": "rise"}).names()


def test_a_disabled_activation_stays_out(site: Site) -> None:
    site.install("numact-probe", hook(activation("probe"), activation("other")), ["probe", "other"])
    registry = site.registry()
    changes = []
    registry.watch(lambda: changes.append(True))
    sentence = "activation 'probe' of numact-probe 1.0 is disabled: TypeError: it does not compile"
    with pytest.warns(PluginWarning) as caught:
        error = registry.disable("probe", TypeError("it\ndoes not compile"))
    assert [str(warning.message) for warning in caught] == [sentence]
    assert str(error) == sentence
    assert changes
    with pytest.raises(PluginError, match="it does not compile"):
        registry.get_spec("Probe")
    assert "probe" not in registry.names()
    assert registry.get_spec("other").name == "other"


def test_disabling_can_be_made_fatal(site: Site) -> None:
    site.install("numact-probe", hook(activation("probe")), ["probe"])
    registry = site.registry(NUMACT_PLUGIN_ERRORS="raise")
    with pytest.raises(PluginError, match="is disabled: because"):
        registry.disable("probe", "because")


def test_threads_load_a_plugin_once(site: Site) -> None:
    source = hook(activation("probe")) + "\nimport time\ntime.sleep(0.05)\n"
    site.install("numact-probe", source, ["probe"])
    registry = site.registry()
    start, found = threading.Barrier(8), []

    def look_up() -> None:
        start.wait()
        found.append(registry.get_spec("probe"))

    threads = [threading.Thread(target=look_up) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_threads_report_a_broken_plugin_once(site: Site) -> None:
    site.install("numact-bad", "import time\ntime.sleep(0.05)\nraise ValueError('broken')", ["bad"])
    registry = site.registry()
    start, errors = threading.Barrier(8), []

    def look_up() -> None:
        start.wait()
        try:
            registry.get_spec("bad")
        except PluginError as error:
            errors.append(str(error))

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        threads = [threading.Thread(target=look_up) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(errors) == 8
    assert len(set(errors)) == 1
    assert len(caught) == 1


def test_a_plugin_may_use_numact_while_it_is_imported(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    source = f"from numact import registry\nassert registry.names()\nregistry.get_spec({BUILT_IN!r})\n"
    ask = "try:\n    registry.get_spec('probe')\nexcept Exception as error:\n    asked = str(error)\n"
    module = site.install("numact-probe", source + ask + hook(activation("probe")), ["probe"])
    registry = site.registry()
    monkeypatch.setattr(numact.registry, "get_spec", registry.get_spec)
    monkeypatch.setattr(numact.registry, "names", registry.names)
    assert registry.get_spec("probe").name == "probe"
    assert sys.modules[module].asked == "module numact_probe is still being imported"


def test_a_module_that_is_imported_first_is_used_as_it_is(site: Site) -> None:
    module = site.install("numact-probe", "probe = " + activation("probe") + "\n", ["probe"])
    path = site.folder / f"{module}.py"
    path.write_text(HEAD + path.read_text() + "@hookimpl\ndef numact_activations():\n    yield probe\n")
    imported = __import__(module)
    assert site.registry().get_spec("probe") is imported.probe


def test_refresh_finds_what_was_installed_meanwhile(site: Site) -> None:
    registry = site.registry()
    with pytest.raises(UnknownActivationError):
        registry.get_spec("probe")
    site.install("numact-probe", hook(activation("probe")), ["probe"])
    registry.refresh()
    assert registry.get_spec("probe").name == "probe"


def test_many_plugins_are_listed_without_import(site: Site) -> None:
    for number in range(200):
        site.install(f"numact-many-{number}", "raise RuntimeError('imported')", [f"many_{number}"])
    registry = site.registry()
    assert len(registry.names()) == len(BUILT_INS) + 200
    assert not [name for name in sys.modules if name.startswith("numact_many")]
