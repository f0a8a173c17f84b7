"""``numact apply``: files of any size and layout, block by block, whole or not at all."""

from __future__ import annotations

import errno
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from ml_dtypes import bfloat16

import numact
from numact import registry
from numact.cli import group
from numact.cli.blocks import cut, first_index
from numact.cli.jobs import Job, make_job
from numact.examples import example_parameters
from numact.function import Function
from numact.spec import Activation

SPECS = [entry.activation for entry in registry.entries() if entry.provider.distribution == "numact"]
GATED = Activation(name="gated_probe", summary="A probe.", formula="a * b", references=(), kind="gated")


@given(
    shape=st.lists(st.integers(0, 6), max_size=4),
    limit=st.integers(1, 40),
    whole=st.sets(st.integers(0, 3)),
    fortran_order=st.booleans(),
)
def test_blocks_cover_an_array_once_in_the_order_of_memory(
    shape: list[int], limit: int, whole: set[int], fortran_order: bool
) -> None:
    whole = {axis for axis in whole if axis < len(shape)}
    array = np.arange(math.prod(shape)).reshape(shape, order="F" if fortran_order else "C")
    blocks = cut(shape, limit, whole, fortran_order)
    parts = [array[block].ravel(order="F" if fortran_order else "C") for block in blocks]
    assert sorted(np.concatenate(parts)) == list(range(array.size))
    row = math.prod(shape[axis] for axis in whole)
    assert all(part.size <= max(limit, row) for part in parts)
    if not whole:
        assert np.concatenate(parts).tolist() == list(range(array.size))
    for block in blocks:
        assert all(block[axis] == slice(0, max(1, shape[axis])) for axis in whole)
        if array.size:
            index = np.ravel_multi_index([part.start for part in block], shape)
            assert first_index(block, shape) == index


def computed(spec: Activation, inputs: list[Any], memory: int, **parameters: Any) -> tuple[Any, Job]:
    job = make_job(spec, parameters, inputs, memory)
    out = np.full(job.shape, 7, job.dtype, order="F" if job.fortran_order else "C")
    for block in job.blocks:
        job.compute(block, out)
    return out, job


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_blocks_give_the_bits_of_one_call(spec: Activation, order: str) -> None:
    x = np.asarray(np.random.default_rng(0).normal(size=(5, 4, 6)), np.float32, order=order)
    parameters = example_parameters(spec)
    out, job = computed(spec, [x], 200, **parameters)
    assert len(job.blocks) > 1
    np.testing.assert_array_equal(out, numact.apply(spec.name, x, **parameters))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("axis", [0, 1, -1, (0, 2), None])
def test_rows_stay_whole_whatever_their_axis(axis: Any, order: str) -> None:
    x = np.asarray(np.random.default_rng(1).normal(size=(5, 4, 6)), order=order)
    out, _ = computed(registry.get_spec("softmax"), [x], 100, axis=axis)
    np.testing.assert_array_equal(out, numact.softmax(x, axis=axis))


@pytest.mark.parametrize("order", ["C", "F"])
def test_random_slopes_do_not_depend_on_the_blocks(order: str) -> None:
    x = np.asarray(-np.ones((7, 9)), np.float32, order=order)
    keywords = {"training": True, "seed": 5}
    out, job = computed(registry.get_spec("rrelu"), [x], 100, **keywords)
    assert len(job.blocks) > 1
    np.testing.assert_array_equal(out, numact.rrelu(x, **keywords))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_channels_keep_their_own_slopes(axis: int, order: str) -> None:
    x = np.asarray(-np.ones((4, 5, 6)), order=order)
    keywords = {"weight": tuple(np.linspace(0.1, 0.9, x.shape[axis])), "axis": axis}
    out, _ = computed(registry.get_spec("prelu"), [x], 200, **keywords)
    np.testing.assert_array_equal(out, numact.prelu(x, **keywords))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("options", [{}, {"axis": 0}, {"axis": 1, "gate_first": True}])
def test_gated_activations_split_a_file_or_take_two(options: dict[str, Any], order: str) -> None:
    x = np.asarray(np.random.default_rng(2).normal(size=(6, 8, 4)), order=order)
    function = Function(GATED, {})
    np.testing.assert_array_equal(computed(GATED, [x], 200, **options)[0], function(x, **options))
    np.testing.assert_array_equal(computed(GATED, [x, x + 1], 200)[0], function(x, gate=x + 1))


class Folder:
    """A folder to run the command in."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(self, array: Any, name: str = "in.npy") -> None:
        np.save(self.path / name, array)

    def load(self, name: str = "out.npy") -> Any:
        return np.load(self.path / name)

    def apply(self, *arguments: str, output: str = "out.npy") -> Result:
        return CliRunner().invoke(group, ["apply", *arguments, "-o", output])

    def names(self) -> set[str]:
        return {path.name for path in self.path.iterdir()}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.chdir(tmp_path)
    return Folder(tmp_path)


def test_the_result_is_a_file(folder: Folder) -> None:
    x = np.linspace(-3, 3, 12, dtype=np.float32).reshape(3, 4)
    folder.save(x)
    result = folder.apply("elu", "in.npy", "--alpha", "0.5")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Wrote out.npy: 3 x 4, float32, in ")
    np.testing.assert_array_equal(folder.load(), numact.elu(x, alpha=0.5))
    assert folder.names() == {"in.npy", "out.npy"}


def test_json(folder: Folder) -> None:
    folder.save(np.ones((2, 3)))
    told = json.loads(folder.apply("gelu", "in.npy", "--approximate", "tanh", "--json").stdout)
    assert told.pop("seconds") > 0
    assert told == {
        "activation": "gelu_tanh",
        "parameters": {},
        "input": "in.npy",
        "output": "out.npy",
        "shape": [2, 3],
        "dtype": "float64",
        "blocks": 1,
    }


@pytest.mark.parametrize(
    "x",
    [
        np.float32(-2),
        np.zeros((0, 3), np.float16),
        np.arange(-3, 3),
        np.array([True, False]),
        np.linspace(-2, 2, 6, dtype=">f4").reshape(2, 3),
        np.asfortranarray(np.linspace(-2, 2, 6, dtype=np.float16).reshape(2, 3)),
    ],
    ids=lambda x: f"{x.dtype.str}-{x.ndim}d",
)
def test_shapes_dtypes_and_orders(folder: Folder, x: Any) -> None:
    folder.save(x)
    result = folder.apply("elu", "in.npy")
    assert result.exit_code == 0, result.output
    found, expected = folder.load(), numact.elu(x)
    assert found.dtype == expected.dtype
    assert found.flags.f_contiguous == np.asarray(expected).flags.f_contiguous
    np.testing.assert_array_equal(found, expected)


def test_bfloat16_is_read_and_written_where_said(folder: Folder) -> None:
    x = np.linspace(-2, 2, 9).astype(bfloat16)
    folder.save(x)
    refused = folder.apply("elu", "in.npy")
    assert refused.exit_code == 1
    assert "--bfloat16" in refused.stderr
    assert folder.apply("elu", "in.npy", "--bfloat16").exit_code == 0
    np.testing.assert_array_equal(folder.load().view(bfloat16), numact.elu(x))


def test_two_files(folder: Folder) -> None:
    registry.register(GATED)
    try:
        folder.save(np.arange(6.0))
        folder.save(np.full(6, 2.0), "gate.npy")
        assert folder.apply("gated_probe", "in.npy", "--gate", "gate.npy").exit_code == 0
        assert folder.load().tolist() == [0, 2, 4, 6, 8, 10]
        assert folder.apply("gated_probe", "in.npy", "--gate-first").exit_code == 0
        assert folder.load().tolist() == [0, 4, 10]
        folder.save(np.ones(5), "gate.npy")
        result = folder.apply("gated_probe", "in.npy", "--gate", "gate.npy")
        assert result.exit_code == 1
        assert "gate of gated_probe must have x's shape (6,), got (5,)" in result.stderr
    finally:
        registry.unregister(GATED)


def broken_files(folder: Folder) -> None:
    folder.save(np.ones(1000))
    whole = (folder.path / "in.npy").read_bytes()
    (folder.path / "short.npy").write_bytes(whole[:4000])
    (folder.path / "head.npy").write_bytes(whole[:20])
    (folder.path / "empty.npy").touch()
    (folder.path / "text.npy").write_text("1 2 3\n")
    os.mkfifo(folder.path / "pipe.npy")
    folder.save(np.array([1, "a"], object), "objects.npy")
    folder.save(np.ones(3, complex), "complex.npy")
    np.savez(folder.path / "many.npz", x=np.ones(3))


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["elu", "none.npy"], 2, "File 'none.npy' does not exist"),
        (["elu", "."], 2, "File '.' is a directory"),
        (["elu", "short.npy"], 1, "'short.npy' is damaged: "),
        (["elu", "head.npy"], 1, "'head.npy' is damaged: "),
        (["elu", "empty.npy"], 1, "'empty.npy' is not a .npy file"),
        (["elu", "text.npy"], 1, "'text.npy' is not a .npy file"),
        (["elu", "pipe.npy"], 1, "'pipe.npy' is not a regular file"),
        (["elu", "many.npz"], 1, "'many.npz' is not a .npy file: save one of its arrays by numpy.save"),
        (["elu", "objects.npy"], 1, "'objects.npy' holds Python objects: convert the array first"),
        (["elu", "complex.npy"], 1, "x is of dtype complex128: take x.real and x.imag apart first"),
        (["ellu", "in.npy"], 2, "no activation named 'ellu'; did you mean 'elu'?"),
        (["elu", "in.npy", "--alhpa", "1"], 2, "No such option '--alhpa'; did you mean '--alpha'?"),
        (["celu", "in.npy", "--alpha", "0"], 2, "'alpha' of celu must be nonzero, got 0.0"),
        (["threshold", "in.npy", "--value", "0"], 2, "Missing option '--threshold'"),
        (
            ["softmax", "in.npy", "--axis", "1"],
            1,
            "'axis' of softmax must be -1 or 0, as x has one axis, got 1",
        ),
        (
            ["prelu", "in.npy", "--axis", "0", "--weight", "1,2"],
            1,
            "'weight' of prelu has 2 values, but axis 0",
        ),
        (["elu", "in.npy", "--gate", "in.npy"], 2, "elu takes no gate"),
        (["elu", "in.npy", "--bfloat16"], 2, "--bfloat16 is for items of two bytes"),
        (["elu", "in.npy", "--memory", "0"], 2, "0 is not in the range x>=1"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_written(
    folder: Folder, arguments: list[str], code: int, sentence: str
) -> None:
    broken_files(folder)
    before = folder.names()
    result = folder.apply(*arguments)
    assert result.exit_code == code, result.output
    assert sentence in result.stderr
    assert folder.names() == before


@pytest.mark.parametrize(
    ("output", "code", "sentence"),
    [
        ("in.npy", 2, "'in.npy' is the input: name another file for the result"),
        ("other/../in.npy", 2, "is the input"),
        ("link.npy", 2, "'link.npy' is the input"),
        ("none/out.npy", 1, "cannot write 'none/out.npy': there is no folder 'none'"),
        (".", 2, "File '.' is a directory"),
        ("in.npy/out.npy", 1, "there is no folder 'in.npy'"),
        ("pipe", 1, "cannot write 'pipe': it is not a regular file"),
    ],
)
def test_a_place_that_takes_no_result(folder: Folder, output: str, code: int, sentence: str) -> None:
    folder.save(np.ones(3))
    (folder.path / "other").mkdir()
    (folder.path / "link.npy").symlink_to("in.npy")
    os.mkfifo(folder.path / "pipe")
    before = folder.names()
    result = folder.apply("elu", "in.npy", output=output)
    assert (result.exit_code, folder.names()) == (code, before), result.output
    assert sentence in result.stderr
    assert folder.load("in.npy").tolist() == [1, 1, 1]


def test_a_folder_that_takes_no_file(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, mode: str = "r") -> Any:
        if "x" in mode:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))
        return opened(self, mode)

    opened = Path.open
    folder.save(np.ones(3))
    monkeypatch.setattr(Path, "open", refuse)
    result = folder.apply("elu", "in.npy")
    assert result.exit_code == 1
    assert result.stderr == "Error: cannot write 'out.npy': Permission denied\n"


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), RuntimeError("half-way"), SystemExit(143)])
def test_a_result_that_is_not_whole_does_not_appear(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    def compute(self: Job, block: Any, out: Any) -> None:
        assert any(name.startswith(".numact-") for name in folder.names())
        out[block] = 1
        raise failure

    folder.save(np.ones(3))
    folder.save(np.zeros(2), "out.npy")
    monkeypatch.setattr(Job, "compute", compute)
    assert folder.apply("elu", "in.npy").exit_code in (1, 143)
    assert folder.names() == {"in.npy", "out.npy"}
    assert folder.load().tolist() == [0, 0]


def test_an_older_result_is_replaced_where_its_link_points_with_its_mode(folder: Folder) -> None:
    folder.save(np.ones(3))
    folder.save(np.zeros(2), "older.npy")
    (folder.path / "older.npy").chmod(0o640)
    (folder.path / "out.npy").symlink_to("older.npy")
    assert folder.apply("relu", "in.npy").exit_code == 0
    assert folder.load("older.npy").tolist() == [1, 1, 1]
    assert (folder.path / "older.npy").stat().st_mode & 0o777 == 0o640
    assert (folder.path / "out.npy").is_symlink()


def in_a_process(folder: Folder, *statements: str) -> subprocess.CompletedProcess[str]:
    """Run the command on ``in.npy`` in a process that some statements have prepared."""
    code = [
        "import os, resource, signal, sys",
        "import numpy as np",
        "import numact",
        "from numact.cli import jobs, run",
        *statements,
        "sys.argv = ['numact', 'apply', 'relu', 'in.npy', '-o', 'out.npy', '--memory', '1']",
        "run()",
    ]
    command = [sys.executable, "-c", "\n".join(code)]
    return subprocess.run(command, cwd=folder.path, capture_output=True, text=True, check=False)


def test_a_disk_without_room_is_told(folder: Folder) -> None:
    """The largest size of a file is limited, which fails as a full disk does."""
    folder.save(np.ones(100_000))
    done = in_a_process(folder, "resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))")
    assert done.returncode == 1
    assert done.stderr == "Error: cannot write 'out.npy': File too large\n"
    assert folder.names() == {"in.npy"}


def test_termination_leaves_nothing_behind(folder: Folder) -> None:
    folder.save(np.ones(3))
    kill = "jobs.Job.compute = lambda self, block, out: os.kill(os.getpid(), signal.SIGTERM)"
    done = in_a_process(folder, kill)
    assert done.returncode == 143
    assert folder.names() == {"in.npy"}


def test_a_file_takes_no_more_memory_than_its_blocks(folder: Folder) -> None:
    """Its own memory is limited to a quarter of the file; the bytes' order makes it copy what it reads."""
    size = 1 << 26
    x = np.lib.format.open_memmap(folder.path / "in.npy", "w+", ">f4", (size // 4,))
    x[-1] = 3
    del x
    limit = [
        "numact.relu(np.ones(100_000, np.float32))",
        "used = [int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('VmData')][0]",
        f"resource.setrlimit(resource.RLIMIT_DATA, ((used << 10) + {size // 4},) * 2)",
    ]
    done = in_a_process(folder, *limit)
    assert done.returncode == 0, done.stderr
    assert folder.load()[-2:].tolist() == [0, 3]


def test_a_kill_leaves_the_older_result(folder: Folder) -> None:
    folder.save(np.ones(3))
    folder.save(np.zeros(2), "out.npy")
    kill = "jobs.Job.compute = lambda self, block, out: os.kill(os.getpid(), signal.SIGKILL)"
    assert in_a_process(folder, kill).returncode == -9
    assert folder.load().tolist() == [0, 0]
