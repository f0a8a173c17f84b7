"""The steps of an author's function over rows, written down by calling it with rows that hold nothing.

What the function does with a number, not with a row, is a step as well. Where it chooses by comparing
numbers, the steps of both ways are written down. A function that looks at a row's length, or in another
manner at a number's value, has no such steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from numact import scalar
from numact.engine.authors import as_written
from numact.engine.spellings import known_function

Term = Callable[..., Any]

MOST_DECISIONS = 3  # each of them doubles the code


@dataclass(frozen=True)
class RowPlace:
    """A row: an input's number, or the output's, which follows those of the inputs."""

    index: int


@dataclass(frozen=True)
class NumberPlace:
    """A number: a parameter's, or one that follows these and is a step's result."""

    index: int


@dataclass(frozen=True)
class Step:
    """One step.

    Parameters
    ----------
    term : function or None
        What is computed of the operands; None for the largest element of one row.
    operands : tuple of RowPlace, NumberPlace or float
        Its arguments; where none is a row, the step is done once for each row.
    out : RowPlace, optional
        Where each result goes.
    result : NumberPlace, optional
        What becomes of the sum of the results, the largest element, or the one result.
    """

    term: Term | None
    operands: tuple[RowPlace | NumberPlace | float, ...]
    out: RowPlace | None = None
    result: NumberPlace | None = None


@dataclass(frozen=True)
class Steps:
    """Steps, and what follows them.

    Parameters
    ----------
    steps : sequence of Step
        What is done in any case.
    condition : NumberPlace, optional
        Where a number says which way to go on: 1 or 0.
    ways : tuple of Steps
        The way where the condition holds, and the other; empty without a condition.
    """

    steps: Sequence[Step]
    condition: NumberPlace | None = None
    ways: tuple[Steps, ...] = ()

    def __iter__(self) -> Iterator[Step]:
        """Go through all steps, those of each way too."""
        yield from self.steps
        for way in self.ways:
            yield from way

    @property
    def terms(self) -> list[Term]:
        """The different terms, in the order in which they come first."""
        return list(dict.fromkeys(step.term for step in self if step.term is not None))

    def outline(self) -> str:
        """Tell all but what the terms are, which stand there by their numbers: the same in every process."""
        return self._outline(self.terms)

    def _outline(self, terms: Sequence[Term]) -> str:
        steps = [
            (None if step.term is None else terms.index(step.term), step.operands, step.out, step.result)
            for step in self.steps
        ]
        return repr((steps, self.condition, [way._outline(terms) for way in self.ways]))


class NotInSteps(Exception):
    """The function has no steps that are known beforehand."""


class _Undecided(Exception):
    """The function asks which way to go, and has not been told."""


def steps_of(function: Callable[..., Any], rows: int, parameters: int) -> Steps | None:
    """Write the steps of an author's function down.

    Parameters
    ----------
    function
        The author's, of rows and numbers.
    rows : int
        How many rows it takes, the output with them.
    parameters : int
        How many numbers follow.

    Returns
    -------
    Steps or None
        None where they are not known beforehand.
    """
    try:
        return _follow(function, rows, parameters, (), 0)
    except NotInSteps:
        return None


def _follow(
    function: Callable[..., Any], rows: int, parameters: int, decisions: tuple[bool, ...], known: int
) -> Steps:
    """Give the steps beyond those that are known, when the function is told these decisions."""
    record = _Record(parameters, decisions)
    try:
        function(
            *(_TracedRow(record, RowPlace(index)) for index in range(rows)),
            *(_TracedNumber(record, NumberPlace(index)) for index in range(parameters)),
        )
    except _Undecided:
        if len(decisions) == MOST_DECISIONS:
            raise NotInSteps from None
        condition, done = record.condition, len(record.steps)
        ways = (_follow(function, rows, parameters, (*decisions, way), done) for way in (True, False))
        return Steps(record.steps[known:], condition, tuple(ways))
    return Steps(record.steps[known:])


class _Record:
    """The steps so far, how many numbers there are, and which way the function is to go."""

    def __init__(self, parameters: int, decisions: tuple[bool, ...]) -> None:
        self.steps: list[Step] = []
        self.condition: NumberPlace | None = None
        self._numbers = parameters
        self._decisions = iter(decisions)

    def decide(self, condition: NumberPlace) -> bool:
        """Give the next decision."""
        for decision in self._decisions:
            return decision
        self.condition = condition
        raise _Undecided

    def add(self, term: Term | None, operands: tuple[Any, ...], out: Any = None) -> None:
        self._add(term, operands, out, None)

    def number(self, term: Term | None, operands: tuple[Any, ...], out: Any = None) -> _TracedNumber:
        """Add a step whose result is a number, and give that."""
        result = NumberPlace(self._numbers)
        self._numbers += 1
        self._add(term, operands, out, result)
        return _TracedNumber(self, result)

    def _add(
        self, term: Term | None, operands: tuple[Any, ...], out: Any, result: NumberPlace | None
    ) -> None:
        known = known_function(term) if term is not None else None
        if known is not None:
            term = as_written(known, len(operands))
        places = tuple(_place(each) for each in operands)
        self.steps.append(Step(term, places, None if out is None else out.place, result))


def _place(operand: Any) -> RowPlace | NumberPlace | float:
    return operand.place if isinstance(operand, _TracedRow | _TracedNumber) else float(operand)


def _refuse(*_: Any) -> NoReturn:
    raise NotInSteps


class _TracedRow:
    """A row that holds nothing."""

    __len__ = __getitem__ = __setitem__ = __iter__ = _refuse

    def __init__(self, record: _Record, place: RowPlace) -> None:
        self.record = record
        self.place = place

    def row_maximum(self) -> _TracedNumber:
        return self.record.number(None, (self,))

    def row_total(self, term: Term, *operands: Any) -> _TracedNumber:
        return self.record.number(term, operands)

    def row_apply(self, term: Term, *operands: Any) -> None:
        self.record.add(term, operands, self)

    def row_apply_total(self, term: Term, *operands: Any) -> _TracedNumber:
        return self.record.number(term, operands, self)


class _TracedNumber:
    """A number without a value."""

    __bool__ = __float__ = __int__ = _refuse
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, record: _Record, place: NumberPlace) -> None:
        self.record = record
        self.place = place


class _TracedCondition:
    """What comes of comparing numbers."""

    def __init__(self, number: _TracedNumber) -> None:
        self.number = number

    def __bool__(self) -> bool:
        return self.number.record.decide(self.number.place)


def less(a: Any, b: Any) -> Any:
    """Tell by 1 or 0 whether a < b."""
    return scalar.where(a < b, 1.0, 0.0)


def at_most(a: Any, b: Any) -> Any:
    """Tell by 1 or 0 whether a <= b."""
    return scalar.where(a <= b, 1.0, 0.0)


def equal(a: Any, b: Any) -> Any:
    """Tell by 1 or 0 whether a == b."""
    return scalar.where(a == b, 1.0, 0.0)


def unequal(a: Any, b: Any) -> Any:
    """Tell by 1 or 0 whether a != b."""
    return scalar.where(a != b, 1.0, 0.0)


def negated(x: Any) -> Any:
    """Change the sign."""
    return -x


def added(a: Any, b: Any) -> Any:
    """Add."""
    return a + b


def subtracted(a: Any, b: Any) -> Any:
    """Subtract."""
    return a - b


def multiplied(a: Any, b: Any) -> Any:
    """Multiply."""
    return a * b


def divided(a: Any, b: Any) -> Any:
    """Divide."""
    return a / b


def _method(term: Term) -> Callable[..., _TracedNumber]:
    return lambda self, *others: self.record.number(term, (self, *others))


def _swapped(term: Term) -> Callable[[Any, Any], _TracedNumber]:
    return lambda self, other: self.record.number(term, (other, self))


def _comparison(term: Term, swapped: bool = False) -> Callable[[Any, Any], _TracedCondition]:
    method = (_swapped if swapped else _method)(term)
    return lambda self, other: _TracedCondition(method(self, other))


for _name, _made in {
    "lt": _comparison(less),
    "le": _comparison(at_most),
    "gt": _comparison(less, swapped=True),
    "ge": _comparison(at_most, swapped=True),
    "eq": _comparison(equal),
    "ne": _comparison(unequal),
}.items():
    setattr(_TracedNumber, f"__{_name}__", _made)
for _name, _term in {"add": added, "sub": subtracted, "mul": multiplied, "truediv": divided}.items():
    setattr(_TracedNumber, f"__{_name}__", _method(_term))
    setattr(_TracedNumber, f"__r{_name}__", _swapped(_term))
for _name, _function in {"neg": negated, "abs": scalar.abs}.items():
    setattr(_TracedNumber, f"__{_name}__", _method(_function))
for _name, _known in scalar.FUNCTIONS.items():
    if _name != "where":
        setattr(_TracedNumber, _name, _method(_known))
