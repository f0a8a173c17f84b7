"""Plugins as people install them: well-behaved and broken packages, in one environment, all at once."""

from __future__ import annotations

import subprocess
from typing import Any

import numpy as np
import pytest
from installation import Environment, answer, write_package
from plugin_site import activation, hook

import numact
from numact import registry

BUILT_INS = [entry.name for entry in registry.entries() if entry.provider.distribution == "numact"]

UNCOMPILABLE = "def forward(x):\n    return str(x)\n\n\n" + hook(
    activation("uncompilable").replace("references", "forward=forward, references")
)

# By distribution: source, entry points, and the cause that is told.
BROKEN: dict[str, tuple[str, list[str], str]] = {
    "numact-unimportable": (
        "import no_such_library",
        ["unimportable"],
        "ModuleNotFoundError: No module named 'no_such_library'",
    ),
    "numact-halfway": (
        hook(activation("halfway")) + "    raise ValueError('half-way')\n",
        ["halfway"],
        "ValueError: half-way",
    ),
    "numact-misspelt": (
        hook(activation("misspelt")).replace("def numact_activations", "def numact_activation"),
        ["misspelt"],
        "unknown hook 'numact_activation'",
    ),
    "numact-text": (
        hook("'a text'"),
        ["text"],
        "numact_activations yielded 'a text', which is no numact.Activation",
    ),
    "numact-later": (
        "numact_interface = 2\n" + hook(activation("later")),
        ["later"],
        "it wants interface 2 of numact, this is 1",
    ),
    "numact-usurper": (
        hook(activation("relu"), activation("usurper")),
        ["relu", "usurper"],
        "its name 'relu' is taken by numact",
    ),
    "numact-unparsable": (
        hook(activation("unparsable", formula="x^2")),
        ["unparsable"],
        "'^' is not allowed; write '**' for a power",
    ),
    "numact-unannounced": (
        hook(activation("announced"), activation("unannounced")),
        ["announced"],
        "it yields 'unannounced' without an entry point of that name",
    ),
    "numact-promises": (
        hook(activation("kept")),
        ["kept", "promised"],
        "its entry point 'promised' has no activation",
    ),
}


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Make an environment with all the packages of this file."""
    made = Environment(tmp_path_factory.mktemp("environment"))
    sources = made.folder / "sources"
    sources.mkdir()
    softclip = ["softclip", "--formula", "x / sqrt(1 + (x / c)**2)", "--param", "c=1"]
    done = made.numact("new", *softclip, cwd=sources)
    assert done.returncode == 0, done.stderr
    several = hook(
        activation("doubled", formula="2*x", aliases=("twice",)), activation("tripled", formula="3*x")
    )
    values = {"doubled": "numact_several", "tripled": "numact_several", "twice": "numact_several:doubled"}
    packages = [
        sources / "numact-softclip",
        write_package(sources, "numact-several", several, values, version="2.3"),
        write_package(sources, "numact-one", hook(activation("shared", formula="x + 1")), ["shared"]),
        write_package(sources, "numact-two", hook(activation("shared", formula="x + 2")), ["shared"]),
        write_package(sources, "numact-uncompilable", UNCOMPILABLE, ["uncompilable"]),
    ]
    for distribution, (source, names, _) in BROKEN.items():
        packages.append(write_package(sources, distribution, source, names, version="0.3"))
    made.install(packages)
    np.save(made.folder / "in.npy", np.linspace(-2, 2, 9))
    return made


@pytest.fixture(scope="session")
def listed(environment: Environment) -> subprocess.CompletedProcess[str]:
    return environment.numact("list", "--json")


def test_list_has_what_works_and_where_it_comes_from(listed: subprocess.CompletedProcess[str]) -> None:
    providers = {entry["name"]: entry["provider"] for entry in answer(listed)}
    assert set(BUILT_INS) <= set(providers)
    assert all(providers[name] == f"numact {numact.__version__}" for name in BUILT_INS)
    ours = {name: provider for name, provider in providers.items() if provider.startswith(ORIGINS)}
    assert ours == {
        "softclip": "numact-softclip 0.1.0",
        "doubled": "numact-several 2.3",
        "tripled": "numact-several 2.3",
        "numact-one:shared": "numact-one 1.0",
        "numact-two:shared": "numact-two 1.0",
        "uncompilable": "numact-uncompilable 1.0",
    }


ORIGINS = ("numact-softclip", "numact-several", "numact-one", "numact-two", "numact-uncompilable", *BROKEN)


@pytest.mark.parametrize("distribution", BROKEN)
def test_list_warns_once_of_each_broken_plugin(
    listed: subprocess.CompletedProcess[str], distribution: str
) -> None:
    told = [line for line in listed.stderr.splitlines() if f"plugin {distribution} 0.3 " in line]
    assert len(told) == 1
    assert told[0].startswith(f"Warning: plugin {distribution} 0.3 (module {distribution.replace('-', '_')})")
    assert BROKEN[distribution][2] in told[0]


def test_plugins_tells_the_status_of_all(environment: Environment) -> None:
    done = environment.numact("plugins", "--json")
    told = answer(done, code=1)
    assert done.stderr == ""
    plugins = {plugin["distribution"]: plugin for plugin in told["plugins"]}
    for distribution in ORIGINS:
        plugin = plugins[distribution]
        broken = distribution in BROKEN
        assert plugin["status"] == ("failed" if broken else "loaded")
        assert (BROKEN[distribution][2] if broken else "") in plugin["cause"]
        assert plugin["version"] == ("0.3" if broken else plugin["version"])
    assert plugins["numact-several"]["activations"] == ["doubled", "tripled", "twice"]
    (problem,) = told["problems"]
    assert "'shared' is provided by numact-one 1.0 and numact-two 1.0" in problem


def applied(environment: Environment, name: str, *options: str) -> Any:
    done = environment.numact("apply", name, "in.npy", "-o", "out.npy", *options)
    assert done.returncode == 0, done.stderr
    return np.load(environment.folder / "out.npy")


X = np.linspace(-2, 2, 9)


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("softclip", ["--c", "0.5"], X / np.sqrt(1 + (X / 0.5) ** 2)),
        ("Twice", [], 2 * X),
        ("numact-two:shared", [], X + 2),
        ("relu", [], np.maximum(X, 0)),
    ],
)
def test_apply_computes_what_plugins_bring(
    environment: Environment, name: str, options: list[str], expected: Any
) -> None:
    np.testing.assert_allclose(applied(environment, name, *options), expected, rtol=1e-15)


@pytest.mark.parametrize(
    ("name", "code", "sentence"),
    [
        ("halfway", 1, "plugin numact-halfway 0.3 (module numact_halfway) is left out: ValueError: half-way"),
        ("shared", 2, "ask for 'numact-one:shared' or 'numact-two:shared'"),
        (
            "uncompilable",
            1,
            "activation 'uncompilable' of numact-uncompilable 1.0 is disabled: FormulaError: ",
        ),
        ("softclipp", 2, "no activation named 'softclipp'; did you mean 'softclip'?"),
    ],
)
def test_apply_tells_why_there_is_no_result(
    environment: Environment, name: str, code: int, sentence: str
) -> None:
    done = environment.numact("apply", name, "in.npy", "-o", "none.npy")
    assert done.returncode == code
    assert sentence in done.stderr.splitlines()[-1]
    assert not (environment.folder / "none.npy").exists()


def test_plugins_compiles_when_asked(environment: Environment) -> None:
    allowed = "numact-softclip,numact-uncompilable"
    done = environment.numact("plugins", "--compile", "--json", NUMACT_ALLOW_PLUGINS=allowed)
    told = answer(done, code=1)
    status = {plugin["distribution"]: plugin["status"] for plugin in told["plugins"]}
    assert status["numact-softclip"] == "loaded"
    assert status["numact-several"] == "excluded"
    (problem,) = told["problems"]
    assert "'uncompilable'" in problem


def test_failures_are_fatal_where_the_environment_says_so(environment: Environment) -> None:
    done = environment.numact("list", NUMACT_PLUGIN_ERRORS="raise")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    good = environment.numact(
        "show", "softclip", "--json", NUMACT_PLUGIN_ERRORS="raise", NUMACT_ALLOW_PLUGINS="softclip"
    )
    assert answer(good)["provider"] == {
        "distribution": "numact-softclip",
        "version": "0.1.0",
        "module": "numact_softclip",
    }


def test_without_plugins_only_the_built_ins_are_left(environment: Environment) -> None:
    done = environment.numact("list", "--json", NUMACT_DISABLE_PLUGINS="1")
    assert [entry["name"] for entry in answer(done)] == BUILT_INS
    assert done.stderr == ""
    told = environment.numact("plugins", NUMACT_DISABLE_PLUGINS="1")
    assert (told.returncode, told.stdout) == (0, "All plugins are disabled by NUMACT_DISABLE_PLUGINS.\n")


def test_a_program_has_them_too(environment: Environment) -> None:
    statements = [
        "import sys, warnings, numact",
        "warnings.simplefilter('ignore')",
        "assert 'softclip' in numact.names()",
        "assert 'numact_softclip' not in sys.modules",
        "assert numact.twice(3.0) == 6.0",
        "assert numact.vjp('doubled', 1.0, 5.0) == 10.0",
        "print(numact.registry.provider('twice'))",
    ]
    done = environment.run("-c", "\n".join(statements))
    assert done.stdout.strip() == "numact-several 2.3", done.stderr


def test_a_plugin_leaves_as_it_came(environment: Environment) -> None:
    extra = write_package(
        environment.folder / "sources", "numact-guest", hook(activation("guest")), ["guest"]
    )
    environment.install([extra])
    assert environment.numact("show", "guest").returncode == 0
    environment.pip("uninstall", "--quiet", "--yes", "numact-guest")
    assert environment.numact("show", "guest").returncode == 2


def test_the_tests_of_a_new_package_pass(environment: Environment) -> None:
    package = environment.folder / "sources" / "numact-softclip"
    done = environment.run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=package)
    assert done.returncode == 0, done.stdout
