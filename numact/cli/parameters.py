"""An activation's parameters as options of a command: ``--alpha 0.5``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click
from click.core import ParameterSource

from numact import registry
from numact.calls.options import option_names
from numact.cli.kinds import CALL_OPTIONS, Truth, type_of
from numact.cli.names import ActivationName
from numact.errors import NumactError
from numact.parameters import Param

_GIVEN = "numact.parameters"


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
    complete : bool
        Whether parameters without a default have to be given.
    """

    def __init__(
        self,
        *args: Any,
        default_activation: str = "",
        several: bool = False,
        complete: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.default_activation = default_activation
        self.complete = complete
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
        found: dict[str, click.Option] = {}
        for spec in ctx.obj or ():
            for param in spec.params:
                required = self.complete and param.is_required
                found.setdefault(param.name, self._option(param.name, type_of(param), _help(param), required))
            for name in set(option_names(spec)) & set(CALL_OPTIONS):
                found.setdefault(name, self._option(name, *CALL_OPTIONS[name]))
        return list(found.values())

    def _option(
        self, name: str, kind: click.ParamType[Any], text: str, required: bool = False
    ) -> click.Option:
        spelling = _dashed(f"--{name}")
        if any(spelling in param.opts for param in self.params):
            spelling = f"--param-{spelling[2:]}"
        extra: dict[str, Any] = {"multiple": self.several}
        if isinstance(kind, Truth) and not self.several:
            extra |= {"is_flag": False, "flag_value": "true"}  # A bare --training means true.
        declared = [f"parameter_{name}", spelling]
        return click.Option(
            declared,
            type=kind,
            help=text,
            required=required,
            expose_value=False,
            callback=_keep(name),
            **extra,
        )

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


def _help(param: Param) -> str:
    default = "required" if param.is_required else f"default: {param.default}"
    return " ".join(part for part in (param.doc, f"[{default}]") if part)
