"""The documentation: every block of code runs, every link leads somewhere, the gallery is the registry's."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from doc_blocks import EXTRA, ROOT, Block, blocks, missing_libraries, run_page
from plugin_site import Site

import numact
from numact import registry
from numact.benchmarks.comparison import Cell, Record
from numact.benchmarks.timer import Timing
from numact.cli import group
from numact.pictures.figures import FIGURES
from numact.spec import Activation

DOCS = ROOT / "docs"
MADE = {"gallery", "commands", "_figures", "_build", "_static", "_extensions"}
PAGES = sorted(path for path in DOCS.rglob("*.md") if path.relative_to(DOCS).parts[0] not in MADE)
OWN = [entry for entry in registry.entries() if entry.provider.distribution == "numact"]


@pytest.fixture(scope="module")
def extensions() -> Iterator[None]:
    """Let the modules that make the pages be imported."""
    sys.path.insert(0, str(DOCS / "_extensions"))
    yield
    sys.path.remove(str(DOCS / "_extensions"))


def name_of(path: Path) -> str:
    return path.relative_to(DOCS).as_posix()


@pytest.fixture
def clean_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a page write files, register activations and set threads, and undo it."""
    monkeypatch.chdir(tmp_path)
    before = set(numact.names())
    with numact.threads(numact.threads()):
        yield
    for name in set(numact.names()) - before:
        numact.unregister(name)


@pytest.mark.parametrize("path", PAGES, ids=name_of)
@pytest.mark.usefixtures("clean_process")
def test_every_block_of_code_runs(path: Path) -> None:
    found = list(blocks(path.read_text(encoding="utf-8"), name_of(path)))
    if missing := missing_libraries(found):
        pytest.skip(f"not installed: {', '.join(missing)}")
    run_page(found, {"__name__": "page"})


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", "assert 1 == 2\n"),
        ("pycon", ">>> 1 + 1\n3\n"),
        ("console", "$ numact show sellu\n"),
        ("console", "$ ls\n"),
        ("sh", "numact dashboard --bensh selu\n"),
        ("sh", "make dcos\n"),
        ("sh", "pip install 'numact[plto]'\n"),
        ("sh", "rm -rf /\n"),
        ("toml", "a = \n"),
        ("dockerfile", "ENV NUMACT_KACHE=0\n"),
        ("cobol", "ADD 1 TO X\n"),
    ],
)
def test_a_block_that_is_wrong_fails(language: str, text: str) -> None:
    with pytest.raises((AssertionError, tomllib.TOMLDecodeError)):
        run_page([Block(language, text, "a page")], {})


def test_a_page_is_left_out_only_for_a_large_library(monkeypatch: pytest.MonkeyPatch) -> None:
    page = [Block("python", "import torch.nn\nfrom onnx import helper\nimport numact, lost\n", "a page")]
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert missing_libraries(page) == ["onnx", "torch"]
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    assert missing_libraries(page) == []


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_links_and_pictures_lead_somewhere(path: Path) -> None:
    made = {*(f"_figures/{name}.svg" for name in FIGURES), "gallery/index.md", "commands/index.md"}
    for link in re.findall(r"\]\(([^)#\s]+)\)", path.read_text(encoding="utf-8")):
        if "://" not in link:
            target = (path.parent / link).resolve()
            assert target.exists() or target.relative_to(DOCS).as_posix() in made, link


def test_every_page_is_in_a_table_of_contents() -> None:
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^([\w/-]+)$", text, re.MULTILINE))
    globbed = {prefix for prefix in re.findall(r"^([\w-]+)/\*$", text, re.MULTILINE)}
    for path in PAGES:
        page = name_of(path).removesuffix(".md")
        assert page == "index" or page in listed or page.partition("/")[0] in globbed, page


def test_the_extras_that_pages_name_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {
        name
        for path in PAGES
        for match in EXTRA.findall(path.read_text("utf-8"))
        for name in match.split(",")
    }
    assert named <= set(extras["optional-dependencies"])


def test_the_package_of_the_tutorial_is_a_plugin(site: Site) -> None:
    text = (DOCS / "tutorial" / "own-activation.md").read_text(encoding="utf-8")
    found = list(blocks(text, "tutorial"))
    (source,) = [block.text for block in found if "@hookimpl" in block.text]
    project = tomllib.loads(next(block.text for block in found if block.language == "toml"))["project"]
    site.install(project["name"], source, project["entry-points"]["numact"], version=project["version"])
    spec = site.registry().get_spec("softclip")
    assert (spec.name, site.registry().provider("softclip").distribution) == ("softclip", project["name"])


@pytest.mark.parametrize("entry", registry.entries(), ids=lambda entry: entry.name)
@pytest.mark.usefixtures("extensions", "clean_process")
def test_every_activation_has_a_page_whose_code_runs(entry: Any) -> None:
    from activation_page import page

    text = page(entry)
    spec = entry.activation
    assert text.startswith(f"# {spec.name}\n")
    assert spec.summary in text and spec.formula.replace("|", "") in text.replace("|", "")
    assert all(f"`{param.name}`" in text for param in spec.params)
    for heading in ("At the edges", "Accuracy", "Speed", "In other libraries", "References"):
        assert f"## {heading}" in text
    run_page(list(blocks(text, spec.name)), {})


@pytest.mark.usefixtures("extensions")
def test_the_gallery_shows_every_activation_and_its_pictures() -> None:
    from activation_pages import index
    from pictures import names

    entries = registry.entries()
    text = index(entries)
    for entry in entries:
        assert f"[{entry.activation.name}]({entry.activation.name}.md)" in text
        assert f"({entry.activation.name}-small.svg)" in text
        assert len(names(entry.activation)) == (3 if entry.activation.kind == "gated" else 2)


@pytest.mark.usefixtures("extensions")
def test_the_pictures_of_a_page_are_those_it_shows() -> None:
    from activation_page import page
    from pictures import write_pictures
    from timed import times_pictures

    (entry,) = [entry for entry in OWN if entry.name == "rrelu"]
    drawn = {*write_pictures(entry.activation), *times_pictures(entry.activation)} - {"rrelu-small.svg"}
    assert drawn == set(re.findall(r"\(([\w-]+\.svg)\)", page(entry)))
    assert "rrelu-upper-value.svg" in drawn


def test_every_activation_of_torch_is_found_by_its_name_or_named_on_the_page() -> None:
    activation = pytest.importorskip("torch.nn.modules.activation")
    page = (DOCS / "moving.md").read_text(encoding="utf-8")
    for name in activation.__all__:
        assert f"nn.{name}" in page or registry.get_spec(name) is not None


@pytest.mark.usefixtures("extensions")
def test_edges_are_computed() -> None:
    from edges import edge_table

    table = edge_table(registry.get_spec("selu"))
    assert "| `-inf` | `-1.758099341` | `+0` |" in table
    assert "| `-0` | `-0` | `1.758099341` | a kink |" in table
    gate = Activation(name="product", summary="a b.", formula="a * b", references=("r",), kind="gated")
    assert "| `-0` | `1` | `-0` | `1` | `-0` |" in edge_table(gate)


@pytest.mark.usefixtures("extensions")
def test_the_page_of_commands_has_each_with_its_help() -> None:
    import commands

    text = commands.page()
    for name, command in group.commands.items():
        assert f"## numact {name}\n" in text
        assert str(command.help).split("\n")[0].split(",")[0][:40] in text


@pytest.mark.usefixtures("extensions")
def test_a_page_shows_certificates_and_what_was_not_measured() -> None:
    from certified import accuracy

    shown = accuracy(registry.get_spec("tanh"))
    kept = json.loads((ROOT / "certificates" / "float32" / "tanh.json").read_text(encoding="utf-8"))
    for found in kept["results"]:
        assert f"| float32 | {found['of']} | {found['points']:,} (all) | {found['max_ulp']:.4f} |" in shown
    unknown = Activation(name="unknown", summary="2 x.", formula="2 * x", references=("r",), max_ulp=0.5)
    assert "at most 0.5 units" in accuracy(unknown) and "Not yet measured" in accuracy(unknown)


def _kept(path: Path) -> Path:
    """Keep a comparison in which another library takes twice as long, then half as long."""
    records = []
    for size, factor in ((1000, 2.0), (100_000, 0.5)):
        seconds = {"numact": 1e-9 * size, "torch": 1e-9 * size * factor, "copy": 5e-10 * size}
        times = {library: Timing(each, each, each, 9) for library, each in seconds.items()}
        records.append(Record(Cell("selu", "forward", "float32", size), 1, 8 * size, times).as_json())
    machine = {"date": "2026-01-02", "processor": "A processor"}
    path.write_text(json.dumps({"machine": machine, "records": records}), encoding="utf-8")
    return path


@pytest.mark.usefixtures("extensions")
def test_a_page_shows_times_losses_as_plainly_as_wins(tmp_path: Path) -> None:
    from timed import speed, times_pictures

    kept = _kept(tmp_path / "benchmarks.json")
    shown = speed(registry.get_spec("selu"), kept)
    assert "on 2026-01-02 on A processor" in shown
    assert "| forward | 1000 | 1 | 1 | 50% | torch 2 | 2.00 |" in shown
    assert "| forward | 100000 | 1 | 1 | 50% | torch 0.5 | 0.50 |" in shown
    assert list(times_pictures(registry.get_spec("selu"), kept)) == ["selu-times-forward.svg"]
    assert "(selu-times-forward.svg)" in shown
    assert "Not yet measured" in speed(registry.get_spec("relu"), kept)


def test_other_libraries_were_measured_for_every_built_in() -> None:
    measured = json.loads((DOCS / "peers.json").read_text(encoding="utf-8"))
    missing = {entry.name for entry in OWN} - set(measured["activations"])
    assert not missing, "run tools/compare_peers.py"
    assert set(measured["versions"]) == {"PyTorch", "JAX", "Keras"}


def test_what_was_measured_of_numact_is_what_it_computes_now() -> None:
    measured = json.loads((DOCS / "peers.json").read_text(encoding="utf-8"))["activations"]
    for name in ("selu", "gelu", "tanhshrink"):
        for peer in measured[name].values():
            for found in (each for each in peer["differences"] if each["of"] == "value"):
                got = numact.apply(name, np.float32(found["x"]))
                np.testing.assert_allclose(float(f"{got:.7g}"), float(found["numact"]), rtol=1e-6)
