"""What the commands share: the workspace, the options that mean the same everywhere, JSON."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

import click

if TYPE_CHECKING:
    from erdao_geo.workspace import Workspace

P = ParamSpec("P")

json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON to stdout.")
lang_option = click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    help="The language of titles and words; by default the plan's.",
)


def pass_workspace(command: Callable[Concatenate[Workspace, P], None]) -> Callable[P, None]:
    """Open the workspace and give it to the command as its first argument."""

    @click.pass_obj
    @functools.wraps(command)
    def with_workspace(root: Path | None, /, *args: P.args, **kwargs: P.kwargs) -> None:
        from erdao_geo.workspace import Workspace

        workspace = Workspace(root) if root else Workspace.find(Path.cwd())
        command(workspace, *args, **kwargs)

    return with_workspace


def echo_json(value: Any) -> None:
    """Write a value to stdout as JSON, Chinese as it is.

    Of the characters that command a terminal, JSON itself escapes the first 32 alone; the rest can
    stand in its texts only, where an escape says the same.
    """
    text = json.dumps(value, ensure_ascii=False, indent=2)
    click.echo(re.sub(r"[\x7f-\x9f]", lambda found: f"\\u{ord(found[0]):04x}", text))


def printable(text: str) -> str:
    r"""Show as escapes what would command a terminal, break a line, or turn the writing about.

    Text from data and definitions passes here on its way to a terminal.

    Examples
    --------
    >>> print(printable("\x1b[31m\n道路\x9b"))
    \x1b[31m\n道路\x9b
    """
    return _COMMANDS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


_COMMANDS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""C0, DEL and C1; the separators of lines; the marks that reverse the direction of writing."""
