"""``numact bench``: a table, JSON, a picture; what is not installed is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from matplotlib.image import imread

import numact
from numact.benchmarks import processes
from numact.benchmarks.comparison import OWN, Cell, Plan, Record, run
from numact.benchmarks.copying import COPY
from numact.benchmarks.peers import PEERS
from numact.benchmarks.picture import draw
from numact.benchmarks.report import Series
from numact.benchmarks.timer import Timing
from numact.cli import group


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure without the process of its own, which has a test elsewhere."""

    def compare(plan: Plan, threads: int) -> Iterator[Record]:
        yield from run(plan, threads)

    monkeypatch.setattr(processes, "compare", compare)


def command(*arguments: str) -> Result:
    quick = ("--vs", "numpy", "--sizes", "100,1e3", "--seconds", "0", "--threads", "1")
    return CliRunner().invoke(group, ["bench", *quick, *arguments])


def test_the_table_has_a_column_for_each_library_and_the_copy() -> None:
    result = command("relu", "selu")
    assert result.exit_code == 0, result.output
    for word in (
        "relu, forward, float32, 1 thread",
        "selu",
        "numact",
        "numpy",
        "copy",
        "±",
        "geometric mean",
    ):
        assert word in result.stdout


def test_json_has_machine_versions_and_every_cell() -> None:
    result = command("relu", "--role", "out", "--role", "vjp", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert {"processor", "processors", "python", "versions", "missing"} <= set(found["machine"])
    assert found["machine"]["versions"]["numact"] == numact.__version__
    cells = [(record["cell"]["role"], record["cell"]["size"]) for record in found["records"]]
    assert cells == [("out", 100), ("vjp", 100), ("out", 1000), ("vjp", 1000)]
    times = found["records"][0]["times"]
    assert times[OWN]["low"] <= times[OWN]["median"] <= times[OWN]["high"]


def test_the_picture_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "relu.png"
    result = command("relu", "--plot", str(path))
    assert result.exit_code == 0, result.output
    assert imread(path).std() > 0


def test_a_peer_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PEERS["numexpr"], "packages", ("a_library_nobody_has",))
    result = command("relu", "--vs", "numpy,numexpr")
    assert result.exit_code == 0, result.output
    assert "numexpr is not installed: pip install a_library_nobody_has" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--vs", "troch"], "did you mean 'torch'?"),
        (["--sizes", "10,many"], "'10,many' is no list of positive whole numbers"),
        (["--sizes", "0"], "'0' is no list of positive whole numbers"),
        (["--threads", "100000"], "--threads takes numbers from 1 to"),
        (["--role", "backward"], "'backward' is not one of"),
        (["--plot", "times.gnp"], "a picture's file must end in one of"),
        (["--sizes", "1e13"], "arrays of shape (10000000000000,) do not fit into memory"),
    ],
)
def test_what_is_wrong_is_said(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    result = command("relu", *arguments)
    assert result.exit_code == 2
    assert sentence in " ".join(result.output.split())


def test_a_picture_that_cannot_be_written_is_refused_before_the_measuring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(processes, "compare")
    result = command("relu", "--plot", str(tmp_path / "nowhere" / "relu.png"))
    assert result.exit_code == 1
    assert "cannot write" in result.output and "No such file" in result.output


def test_no_peer_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PEERS["numexpr"], "packages", ("a_library_nobody_has",))
    result = command("relu", "--vs", "numexpr")
    assert result.exit_code == 0, result.output
    assert "No library to compare with is installed" in result.stderr
    assert "no library to compare" in result.stdout


def test_each_library_has_its_colour_in_all_panels() -> None:
    here, everywhere = (
        Record(Cell("relu", "forward", "float32", 10), 1, 80, dict.fromkeys(names, Timing(1, 1, 1, 3)))
        for names in ((OWN, "numpy", COPY), (OWN, "torch", "numpy", COPY))
    )
    picture = draw([Series((here,)), Series((everywhere,))])
    colours = [{line.get_label(): line.get_color() for line in axes.lines} for axes in picture.axes]
    assert colours[0].items() <= colours[1].items()
    assert len(set(colours[1].values())) == 4
    (legend,) = picture.legends
    assert [text.get_text() for text in legend.get_texts()] == [OWN, "torch", "numpy", COPY]


def test_a_name_that_is_none() -> None:
    result = command("rleu")
    assert result.exit_code == 2
    assert "did you mean 'relu'?" in result.output
