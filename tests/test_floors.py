"""The floors of the house: a module imports only from floors below its own."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import numact
from numact import _public

PACKAGE = Path(numact.__file__).parent

# From the ground up. The modules of one package may import each other; modules of one floor may not.
FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"_public", "errors", "digits"}),
    frozenset({"_floats"}),
    frozenset({"scalar", "rows"}),
    frozenset({"grammar"}),
    frozenset({"formula"}),
    frozenset({"rowformula"}),
    frozenset({"parameters", "reference", "typeset"}),
    frozenset({"rules"}),
    frozenset({"spec"}),
    frozenset({"hookspecs", "name_table", "examples"}),
    frozenset({"activations", "plugins", "arrays"}),
    frozenset({"plugin_index"}),
    frozenset({"plugin_host"}),
    frozenset({"registry", "engine"}),
    frozenset({"calls"}),
    frozenset({"docstring", "interop", "compiled"}),
    frozenset({"function"}),
    frozenset({"api"}),
    frozenset({"accuracy", "network", "demo", "torch"}),
    frozenset({"moments", "training", "testing"}),
    frozenset({"pictures"}),
    frozenset({"card", "benchmarks"}),
    frozenset({"dashboard", "diagnosis"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)
FLOOR = {name: level for level, names in enumerate(FLOORS) for name in names}

# What a third party may import as well.
FOR_AUTHORS = {"spec", "parameters", "hookspecs", "scalar", "rows"}


def source_files() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def relative(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def home(path: Path) -> str:
    """First part of a module's name below numact."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_modules(path: Path) -> Iterator[str]:
    """Full names of everything a file imports, also inside functions."""
    package = ["numact", *path.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            if module == "numact":
                yield from (f"numact.{alias.name}" for alias in node.names)
            else:
                yield module


def target(module: str) -> str | None:
    """First part, below numact, of the module that an import ends in; None outside numact."""
    parts = module.split(".")
    if parts[0] != "numact":
        return None
    if len(parts) == 1:
        return "api"
    return _public.PUBLIC.get(parts[1], module).split(".")[1]


@pytest.mark.parametrize("path", source_files(), ids=relative)
def test_imports_only_from_floors_below(path: Path) -> None:
    own = home(path)
    assert own in FLOOR, f"numact/{own} has no floor yet"
    for module in imported_modules(path):
        other = target(module)
        if other is None or other == own:
            continue
        assert other in FLOOR, f"{relative(path)} imports {module}, which has no floor"
        assert FLOOR[other] < FLOOR[own], f"{relative(path)} imports {module} from its own floor or above"


@pytest.mark.parametrize("path", source_files(), ids=relative)
def test_only_the_engine_imports_numba(path: Path) -> None:
    # Errors of four billion results are counted by compiled loops, which know nothing of the engine.
    if home(path) != "engine" and relative(path) != "accuracy/counting.py":
        assert not {module.split(".")[0] for module in imported_modules(path)} & {"numba", "llvmlite"}


@pytest.mark.parametrize("path", sorted((PACKAGE / "activations").glob("[a-z]*.py")), ids=relative)
def test_built_ins_import_what_third_parties_may(path: Path) -> None:
    assert {target(module) for module in imported_modules(path)} - {None} <= FOR_AUTHORS


def test_no_module_hides_a_public_function() -> None:
    """Importing ``numact.names``, the module, would replace ``numact.names``, the function."""
    assert not set(_public.PUBLIC) & _public.submodules()


def test_every_public_name_is_there_for_type_checkers() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    stated = {
        alias.name: node.module
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert stated == {**_public.PUBLIC, **dict.fromkeys(_public.PUBLIC_MODULES, "numact")}


HEAVY = (
    *("numba", "llvmlite", "click", "rich", "matplotlib", "scipy", "mpmath"),
    *("torch", "jax", "dask", "distributed", "xarray", "pandas"),
)


def loaded_after(use: str, libraries: tuple[str, ...]) -> str:
    """Which of the libraries a fresh process has imported after using numact."""
    code = f"import sys, numact\n{use}\nprint(*[name for name in {libraries!r} if name in sys.modules])"
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=PACKAGE.parent, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.parametrize("use", ["numact.names()", "dir(numact)", "numact.Activation, numact.scalar"])
def test_names_and_specs_leave_the_heavy_libraries_alone(use: str) -> None:
    assert loaded_after(use, HEAVY) == ""


def test_import_alone_imports_nothing_and_finds_no_entry_points() -> None:
    assert loaded_after("", (*HEAVY, "numpy", "pluggy", "importlib.metadata")) == ""
