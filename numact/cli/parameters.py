"""An activation's parameters as options of a command: ``--alpha 0.5``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click
from click.core import ParameterSource

from numact import registry
from numact.calls.options import option_names
from numact.cli.names import ActivationName
from numact.errors import NumactError
from numact.parameters import Param
from numact.spec import Activation

_GIVEN = "numact.parameters"
_BOOLS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class ActivationCommand(click.Command):
    """A command about an activation, its first argument, with an option for each of its parameters.

    Parameters
    ----------
    *args, **kwargs
        As for any command.
    default_activation : str
        Whose parameters are options where none is named.
    several : bool
        Whether it takes any number of activations, and several values for each parameter.
    """

    def __init__(
        self, *args: Any, default_activation: str = "", several: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.default_activation = default_activation
        self.several = several
        kind = ActivationName()
        if several:
            argument = click.Argument(["names"], type=kind, nargs=-1, metavar="NAME...")
        else:
            argument = click.Argument(["name"], type=kind, required=not default_activation)
        self.params.insert(0, argument)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Find the activations first: which options there are depends on them."""
        args = [_dashed(word) for word in args]
        named = list(self._positional(args)) or [self.default_activation]
        ctx.obj = []
        for name in filter(None, named if self.several else named[:1]):
            try:
                ctx.obj.append(registry.get_spec(name))
            except NumactError:
                if not ctx.resilient_parsing and not {"-h", "--help"} & set(args):
                    raise
        return super().parse_args(ctx, args)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """List the command's own parameters, then the activations'."""
        return [*super().get_params(ctx), *self._options(ctx)]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the activations' options under a head of their own."""
        options = self._options(ctx)
        names = " and ".join(spec.name for spec in ctx.obj or ())
        ctx.obj = []
        super().format_options(ctx, formatter)
        records = [record for option in options if (record := option.get_help_record(ctx))]
        if records:
            with formatter.section(f"Parameters of {names}"):
                formatter.write_dl(records)

    def _options(self, ctx: click.Context) -> list[click.Option]:
        """Make an option for each parameter, of the kind that the first activation with such a one states."""
        taken = {spelling for param in self.params for spelling in param.opts}
        found: dict[str | None, click.Option] = {}
        for spec in ctx.obj or ():
            for option in _options(spec, taken, self.several):
                found.setdefault(option.name, option)
        return list(found.values())

    def _positional(self, args: Sequence[str]) -> Iterator[str]:
        """Yield what is neither an option nor an option's value; unknown options take one value."""
        own = [param for param in self.params if isinstance(param, click.Option)]
        values = {"-h": 0, "--help": 0}
        for option in own:
            values.update(dict.fromkeys(option.opts, 0 if option.is_flag else option.nargs))
        words = iter(args)
        for word in words:
            if not word.startswith("-"):
                yield word
                continue
            has_its_value = "=" in word if word.startswith("--") else len(word) > len("-o")
            for _ in range(0 if has_its_value else values.get(word, 1)):
                next(words, None)


def given_parameters(context: click.Context) -> dict[str, Any]:
    """Give the values that a command line holds for its activations' parameters.

    Parameters
    ----------
    context : click.Context
        Of an `ActivationCommand`.

    Returns
    -------
    dict
        Values by parameter name, of the kind that each parameter states, lists of them where the command
        takes several; their bounds are not checked.
    """
    return dict(context.meta.get(_GIVEN, {}))


def _options(spec: Activation, taken: set[str], several: bool) -> Iterator[click.Option]:
    for param in spec.params:
        yield _option(param.name, _type_of(param), _help_of(param), taken, several)
    for name in option_names(spec):
        if name in _CALL_OPTIONS:
            kind, text = _CALL_OPTIONS[name]
            yield _option(name, kind, text, taken, several)


def _option(name: str, kind: click.ParamType[Any], text: str, taken: set[str], several: bool) -> click.Option:
    spelling = _dashed(f"--{name}")
    if spelling in taken:
        spelling = f"--param-{spelling[2:]}"
    extra: dict[str, Any] = {"multiple": True} if several else {}
    if isinstance(kind, _Bool) and not several:
        extra = {"is_flag": False, "flag_value": "true"}  # A bare --training means true.
    return click.Option(
        [f"parameter_{name}", spelling],
        type=kind,
        help=text,
        expose_value=False,
        callback=_keep(name),
        **extra,
    )


def _dashed(word: str) -> str:
    """Spell an option as options are spelt: --negative-slope for --negative_slope."""
    option, equals, value = word.partition("=")
    return option.replace("_", "-") + equals + value if word.startswith("--") else word


def _keep(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def keep(context: click.Context, option: click.Parameter, value: Any) -> None:
        if context.get_parameter_source(str(option.name)) is ParameterSource.COMMANDLINE:
            kept = list(value) if option.multiple else value
            context.meta.setdefault(_GIVEN, {})[name] = kept

    return keep


def _help_of(param: Param) -> str:
    default = "required" if param.is_required else f"default: {param.default}"
    return " ".join(part for part in (param.doc, f"[{default}]") if part)


class _Bool(click.ParamType):  # type: ignore[type-arg]
    name = "boolean"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read true or false."""
        if value.lower() not in _BOOLS:
            self.fail(f"{value!r} is not true or false.", param, ctx)
        return _BOOLS[value.lower()]


class _Numbers(click.ParamType):  # type: ignore[type-arg]
    """A number, or several with commas between them."""

    def __init__(self, number: type[int] | type[float], name: str, none: bool = False) -> None:
        self.number = number
        self.name = name
        self.none = none

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read one number as a number, several as a tuple."""
        if self.none and value.lower() == "none":
            return None
        try:
            numbers = tuple(self.number(part) for part in value.split(","))
        except ValueError:
            wanted = self.name.lower() + (" or none" if self.none else "")
            self.fail(f"{value!r} is not {wanted}.", param, ctx)
        return numbers[0] if len(numbers) == 1 else numbers


_CALL_OPTIONS: dict[str, tuple[click.ParamType[Any], str]] = {
    "axis": (click.INT, "Axis along which the input is split in halves. [default: -1]"),
    "gate_first": (_Bool(), "Whether the first half is the gate. [default: False]"),
}


def _type_of(param: Param) -> click.ParamType[Any]:
    match param.kind:
        case "bool":
            return _Bool()
        case "int":
            return click.INT
        case "seed":
            return _Numbers(int, "an integer", none=True)
        case "axis":
            return _Numbers(int, "an integer, integers with commas between them", none=True)
        case "choice":
            return click.Choice([value for value, _ in param.choices])
        case "channel":
            return _Numbers(float, "a number, or numbers with commas between them")
    return click.FLOAT
