"""The reference of the command line, from the commands' own help."""

from __future__ import annotations

import click

from numact.cli import group


def page() -> str:
    """Write the page of all commands in Markdown."""
    lines = [
        "# The command line\n",
        '`pip install "numact[cli]"` brings `numact`, which is also `python -m numact`.\n',
    ]
    for name, command in sorted(group.commands.items()):
        context = click.Context(command, info_name=f"numact {name}", max_content_width=100)
        lines += [f"## numact {name}\n", f"```text\n{command.get_help(context)}\n```\n"]
    return "\n".join(lines)
