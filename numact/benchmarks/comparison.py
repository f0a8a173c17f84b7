"""Cells of a comparison, measured: each activation in each role, dtype and size, beside its peers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import product
from typing import Any

import numpy as np

from numact import registry
from numact.benchmarks.copying import COPY, copy_contenders, keep_fastest_copy
from numact.benchmarks.peers import PEERS, Peer
from numact.benchmarks.problems import Problem, Role, make_problem, own_contender
from numact.benchmarks.timer import FEWEST_ROUNDS, Contender, Timing, interleave

OWN = "numact"
# Two results are of the same function if they are as close as this: rounding differs, and so do tails.
_SAMPLED = 100_000
_TOLERANCE = {"float16": 2e-2, "float32": 1e-3, "float64": 1e-3}


@dataclass(frozen=True)
class Plan:
    """What to measure.

    Parameters
    ----------
    names : sequence of str
        Activations.
    roles, dtypes, sizes : sequences
        Which cells of each.
    shapes : sequence of pairs of shape and axis
        In place of the sizes, for activations along an axis.
    peers : sequence of str
        Names of `PEERS`.
    seconds : float
        How long to measure a cell.
    rounds : int
        How often to sample each library in any case.
    brief : bool
        Whether to look only once at what is far behind, and to leave "value and vjp" out where the backward
        pass of every library starts from the input, which "vjp" compares.
    """

    names: Sequence[str]
    roles: Sequence[Role]
    dtypes: Sequence[str] = ("float32",)
    sizes: Sequence[int] = (1000, 100_000, 10_000_000)
    shapes: Sequence[tuple[tuple[int, ...], int]] = ()
    peers: Sequence[str] = tuple(PEERS)
    seconds: float = 0.5
    rounds: int = FEWEST_ROUNDS
    brief: bool = False

    @property
    def cells(self) -> list[Cell]:
        """All cells, those of one input one after the other."""
        made = []
        for dtype, name in product(self.dtypes, self.names):
            by_shape = self.shapes and registry.get_spec(name).kind == "axis"
            inputs: Iterable[tuple[int, tuple[int, ...] | None, int]]
            if by_shape:
                inputs = ((int(np.prod(shape)), tuple(shape), axis) for shape, axis in self.shapes)
            else:
                inputs = ((size, None, -1) for size in self.sizes)
            made += [Cell(name, role, dtype, *chosen) for chosen in inputs for role in self.roles]
        return made


@dataclass(frozen=True)
class Cell:
    """One comparison to make."""

    name: str
    role: Role
    dtype: str
    size: int
    shape: tuple[int, ...] | None = None
    axis: int = -1


@dataclass(frozen=True)
class Record:
    """One comparison made.

    Attributes
    ----------
    cell : Cell
        What was compared.
    threads : int
        On how many processors.
    moved : int
        Bytes that have to be read and written.
    times : dict of str to Timing
        By library, numact first, and of a copy of the input.
    refused : tuple of str
        Peers whose function of that name gave other values.
    """

    cell: Cell
    threads: int
    moved: int
    times: dict[str, Timing]
    refused: tuple[str, ...] = field(default=())

    @property
    def ratios(self) -> dict[str, float]:
        """How many times as long as numact each peer takes, by medians."""
        own = self.times[OWN].median
        return {name: timing.median / own for name, timing in self.times.items() if name not in (OWN, COPY)}

    @property
    def gigabytes_per_second(self) -> float:
        """How fast numact reads and writes."""
        return self.moved / self.times[OWN].median / 1e9

    @property
    def copied(self) -> int:
        """Bytes that a copy of the input reads and writes."""
        return 2 * self.cell.size * np.dtype(self.cell.dtype).itemsize

    @property
    def share_of_copy(self) -> float:
        """How fast numact reads and writes, beside a copy of its input."""
        return 1e9 * self.gigabytes_per_second * self.times[COPY].median / self.copied

    def as_json(self) -> dict[str, Any]:
        """Give the record as dicts and lists."""
        return asdict(self)

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Record:
        """Make a record of what `as_json` gave."""
        cell = dict(value["cell"])
        cell["shape"] = None if cell.get("shape") is None else tuple(cell["shape"])
        times = {
            name: Timing(**timing) if isinstance(timing, Mapping) else Timing(*timing)
            for name, timing in value["times"].items()
        }
        return Record(Cell(**cell), value["threads"], value["moved"], times, tuple(value["refused"]))


def run(plan: Plan, threads: int) -> Iterator[Record]:
    """Measure the cells of a plan in this process, which has so many processors.

    Parameters
    ----------
    plan : Plan
        What to measure.
    threads : int
        What each library is limited to.

    Yields
    ------
    Record
        Of each cell that numact has, as soon as it is measured.
    """
    from numact import api

    peers = [PEERS[name](threads) for name in plan.peers if not PEERS[name].missing()]
    with api.threads(threads), np.errstate(all="ignore"):
        for cell in plan.cells:
            problem = make_problem(cell.name, cell.dtype, cell.size, cell.shape, cell.axis)
            if plan.brief and not _is_of_interest(problem, cell.role, peers):
                continue
            own = own_contender(problem, cell.role)
            if own is not None:
                contenders, refused = alike(problem, cell.role, own, peers)
                copies = copy_contenders(problem.x, threads)
                times = interleave({**contenders, **copies}, plan.seconds, plan.rounds, plan.brief)
                yield Record(cell, threads, problem.moved(cell.role), keep_fastest_copy(times), refused)


def _is_of_interest(problem: Problem, role: Role, peers: Iterable[Peer]) -> bool:
    """Tell whether a role compares something that no other role does."""
    return role != "value and vjp" or any(
        peer.saves_output and peer.contender(problem, role) and not peer.contender(problem, "vjp")
        for peer in peers
    )


def alike(
    problem: Problem, role: Role, own: Contender, peers: Iterable[Peer]
) -> tuple[dict[str, Contender], tuple[str, ...]]:
    """Collect the calls that compute the same.

    Parameters
    ----------
    problem, role : Problem, str
        What to compute.
    own : Contender
        The call of numact.
    peers : iterable of Peer
        Whose calls to hold against it.

    Returns
    -------
    contenders : dict of str to Contender
        The own one, and the peers' that give the same within rounding.
    refused : tuple of str
        The peers whose result is another.
    """
    wanted = _value(own)
    contenders, refused = {OWN: own}, []
    for peer in peers:
        contender = peer.contender(problem, role)
        if contender is None:
            continue
        tolerance = _TOLERANCE[problem.x.dtype.name]
        try:
            got = _value(contender)
        except TypeError:  # a function of that name which takes something else, as PyTorch's linear does
            refused.append(peer.name)
            continue
        # NumPy's plain formula of the identity computes nothing.
        computes = role != "forward" or not np.may_share_memory(np.asarray(contender.call()), problem.x)
        if computes and all(one.agrees(other, tolerance) for one, other in zip(got, wanted, strict=True)):
            contenders[peer.name] = contender
        else:
            refused.append(peer.name)
    return contenders, tuple(refused)


def _value(contender: Contender) -> list[Sample]:
    """Compute once."""
    contender.restore()
    value = contender.call()
    parts = value if isinstance(value, (tuple, list)) else (value,)
    return [Sample.of(np.asarray(part)) for part in parts]


@dataclass(frozen=True)
class Sample:
    """A result's shape and dtype, and some of its values."""

    shape: tuple[int, ...]
    values: np.ndarray[Any, Any]

    @staticmethod
    def of(result: np.ndarray[Any, Any]) -> Sample:
        """Take values from everywhere in a result."""
        return Sample(result.shape, result.ravel()[:: result.size // _SAMPLED + 1].copy())

    def agrees(self, other: Sample, tolerance: float) -> bool:
        """Whether both are of the same function."""
        return (
            self.shape == other.shape
            and self.values.dtype == other.values.dtype
            and np.allclose(self.values, other.values, rtol=tolerance, atol=tolerance)
        )
