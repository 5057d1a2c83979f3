"""What the commands share: the workspace, the options that mean the same everywhere, JSON."""

from __future__ import annotations

import datetime as dt
import functools
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

import click

if TYPE_CHECKING:
    from erdao_geo.workspace import Workspace

P = ParamSpec("P")

ARGUMENTS = "erdao_geo.arguments"
"""Where the context keeps the words of the command line, for the history to say."""

json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON to stdout.")
lang_option = click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    help="The language of titles and words; by default the plan's.",
)
crs_option = click.option("--crs", metavar="CRS", help="The file's CRS, e.g. EPSG:4551.")
encoding_option = click.option(
    "--encoding", metavar="NAME", help="The encoding of its text: GB18030 or UTF-8."
)
part_option = click.option(
    "--part", metavar="NAME", help="The file's own layer, where it holds several."
)


def workspace_or_none(root: Path | None) -> Workspace | None:
    """Open the workspace that is named, or the one we are in; None where there is none."""
    from erdao_geo.errors import WorkspaceError
    from erdao_geo.workspace import Workspace

    if root:
        return Workspace(root)
    try:
        found = Workspace.locate(Path.cwd())
    except WorkspaceError:
        return None
    return Workspace(found)


class When(click.ParamType[int | dt.date | dt.datetime]):
    """A revision's number, a day or a moment."""

    name = "when"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | dt.date | dt.datetime:
        try:
            if re.fullmatch(r"[0-9]{1,7}", value):
                return int(value)
            if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
                return dt.date.fromisoformat(value)
            return dt.datetime.fromisoformat(value)
        except ValueError:
            self.fail(
                f"{value!r} is no revision, day (2022-06-30) or time (2022-06-30T17:00)", param, ctx
            )


def pass_workspace(command: Callable[Concatenate[Workspace, P], None]) -> Callable[P, None]:
    """Open the workspace and give it to the command as its first argument."""

    @click.pass_obj
    @functools.wraps(command)
    def with_workspace(root: Path | None, /, *args: P.args, **kwargs: P.kwargs) -> None:
        from erdao_geo.storage import readable_name
        from erdao_geo.workspace import Workspace

        workspace = Workspace(root) if root else Workspace.find(Path.cwd())
        said = click.get_current_context().meta.get(ARGUMENTS, ())
        workspace.command = shlex.join(("erdao-geo", *map(readable_name, said)))
        command(workspace, *args, **kwargs)

    return with_workspace


def echo_json(value: Any) -> None:
    """Write a value to stdout as JSON, Chinese as it is.

    Of the characters that command a terminal, JSON itself escapes the first 32 alone; the rest can
    stand in its texts only, where an escape says the same.
    """
    text = json.dumps(value, ensure_ascii=False, indent=2)
    click.echo(re.sub(r"[\x7f-\x9f]", lambda found: f"\\u{ord(found[0]):04x}", text))


def require_free(output: Path | None, *, overwrite: bool) -> None:
    """Refuse to write over a file, unless that is asked for."""
    if output and output.exists() and not overwrite:
        raise click.UsageError(f"{output} is there already; name another, or add --overwrite")


def print_beside(workspace: Workspace, name: str) -> None:
    """Say on stderr where a page's layers are, when they are not in it."""
    files = workspace.files_beside(name)
    if files:
        size = sum(file.stat().st_size for file in files) / 1e6
        click.echo(
            printable(f"{name}: its layers are {len(files)} files in {files[0].parent}")
            + f" ({size:,.0f} MB): pass that folder on together with the page",
            err=True,
        )


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
