"""The code blocks of a page in Markdown, and how a block of each language is run."""

from __future__ import annotations

import ast
import doctest
import importlib.util
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner

from numact.cli import group

ROOT = Path(__file__).parent.parent
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXTRA = re.compile(r"(?:numact|\.)\[([\w,]+)\]")
# Too large for the tests' extra: pages that import them are run where they are installed.
LARGE = {"onnx", "onnxruntime", "torch"}
DOCTEST_OPTIONS = doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Block:
    """A block of code and where it stands."""

    language: str
    text: str
    place: str


def blocks(text: str, page: str) -> Iterator[Block]:
    """Yield the code blocks of a page; directives of Sphinx, whose names are in braces, are none."""
    for match in FENCE.finditer(text):
        if not match[1].startswith("{"):
            line = text.count("\n", 0, match.start()) + 1
            yield Block(match[1].strip(), match[2], f"{page}:{line}")


def missing_libraries(found: list[Block]) -> list[str]:
    """Name the large libraries that the blocks import and that are not installed."""
    imported: set[str] = set()
    for block in found:
        for node in ast.walk(ast.parse(block.text)) if block.language == "python" else ():
            if isinstance(node, ast.Import):
                imported |= {each.name.split(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(str(node.module).split(".")[0])
    return sorted(name for name in imported & LARGE if importlib.util.find_spec(name) is None)


def run_page(found: list[Block], namespace: dict[str, Any]) -> None:
    """Run the blocks of one page, one after the other, as a reader does."""
    for block in found:
        runner = RUNNERS.get(block.language)
        assert runner is not None, f"{block.place}: nothing runs a block of {block.language!r}"
        runner(block, namespace)


def run_python(block: Block, namespace: dict[str, Any]) -> None:
    """Run statements."""
    exec(compile(block.text, block.place, "exec"), namespace)


def run_session(block: Block, namespace: dict[str, Any]) -> None:
    """Compare what an interactive session shows."""
    test = doctest.DocTestParser().get_doctest(block.text, namespace, block.place, None, 0)
    failures: list[str] = []
    runner = doctest.DocTestRunner(optionflags=DOCTEST_OPTIONS)
    runner.run(test, out=failures.append, clear_globs=False)
    namespace.update(test.globs)
    assert not failures, "".join(failures)


def run_console(block: Block, namespace: dict[str, Any]) -> None:
    """Run the commands after the prompts; all of them are numact's."""
    for line in block.text.splitlines():
        assert line.startswith("$ numact "), f"{block.place}: only numact's commands can be run, got {line!r}"
        run_command(line.removeprefix("$ numact "), block.place)


def run_command(arguments: str, place: str) -> None:
    """Run one command of numact in this process."""
    result = CliRunner().invoke(group, shlex.split(arguments))
    assert result.exit_code == 0, f"{place}: numact {arguments}\n{result.output}{result.exception or ''}"


def read_commands(block: Block, namespace: dict[str, Any]) -> None:
    """Look whether commands that take too long for a test are right: numact's options, targets, extras."""
    for words in map(shlex.split, block.text.splitlines()):
        known = READERS.get(words[0])
        assert known is not None, f"{block.place}: nothing reads the command {words[0]!r}"
        assert known(words[1:]), f"{block.place}: {' '.join(words)}"


def _is_of_numact(words: list[str]) -> bool:
    try:
        group.commands[words[0]].make_context(words[0], words[1:])
    except (KeyError, click.UsageError):
        return False
    return True


def _is_of_make(words: list[str]) -> bool:
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    return set(words) <= set(targets)


def _is_of_pip(words: list[str]) -> bool:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {name for match in EXTRA.findall(" ".join(words)) for name in match.split(",")}
    return words[0] == "install" and named <= set(project["optional-dependencies"])


READERS: Mapping[str, Callable[[list[str]], bool]] = {
    "numact": _is_of_numact,
    "make": _is_of_make,
    "pip": _is_of_pip,
    "cd": lambda words: len(words) == 1,
    "pytest": lambda words: not words,
}


def run_toml(block: Block, namespace: dict[str, Any]) -> None:
    """Read it."""
    tomllib.loads(block.text)


def run_dockerfile(block: Block, namespace: dict[str, Any]) -> None:
    """Run numact's own commands, and look for the variables and extras that are named."""
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "numact").rglob("*.py"))
    for instruction, _, rest in (line.partition(" ") for line in block.text.splitlines()):
        if instruction == "ENV":
            assert f'"{rest.partition("=")[0]}"' in sources, f"{block.place}: {rest}"
        elif instruction == "RUN" and rest.startswith("numact "):
            run_command(rest.removeprefix("numact "), block.place)
        else:
            assert instruction == "FROM" or rest.startswith("pip install "), f"{block.place}: {rest}"


def run_nothing(block: Block, namespace: dict[str, Any]) -> None:
    """Text is there to be read."""


RUNNERS: Mapping[str, Callable[[Block, dict[str, Any]], None]] = {
    "python": run_python,
    "pycon": run_session,
    "console": run_console,
    "sh": read_commands,
    "toml": run_toml,
    "dockerfile": run_dockerfile,
    "text": run_nothing,
}
