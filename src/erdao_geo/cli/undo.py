"""`erdao-geo undo`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from erdao_geo.cli._shared import echo_json, json_option, pass_workspace, printable

if TYPE_CHECKING:
    from erdao_geo.history import Revision
    from erdao_geo.workspace import Workspace


@click.command()
@click.argument("layer", required=False)
@click.option(
    "--revision",
    type=int,
    metavar="N",
    help="The revision to take back; by default the last change. That of an undo brings back.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be taken back, and write nothing.")
@json_option
@pass_workspace
def undo(
    workspace: Workspace,
    layer: str | None,
    *,
    revision: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Put a layer back, byte for byte, to what it was before its last change.

    Without LAYER, the last recorded change of any layer. An undo is a revision, too: undo it by its
    number to bring back what it took. An edit by another program counts as a change. What
    `import --save-profile` wrote into the layer's TOML is taken back with the import, unless the
    TOML was edited since: then it is kept, and that is said.

    \b
    Examples:
        erdao-geo undo
        erdao-geo undo roads --dry-run
        erdao-geo undo roads --revision 7
    """
    done = workspace.undo(layer, revision=revision, dry_run=dry_run)
    undone = done.number if dry_run else done.undoes
    if as_json:
        value = {"layer": done.layer, "undoes": undone, "dry_run": dry_run, "revision": done.number}
        value |= {"definition": done.redefined is not None, "note": done.entry.note}
        echo_json(value | {"revision": None} if dry_run else value)
    elif dry_run:
        what = f"revision {undone} ({done.kind}{_with_definition(done)})"
        click.echo(f"{done.layer} (dry run): would undo {what}")
    else:
        what = f"revision {undone}{_with_definition(done)}"
        click.echo(f"{done.layer}: undid {what}; this is revision {done.number}")
    if done.entry.note:
        click.echo(f"Note: {printable(done.entry.note)}", err=True)
    if not dry_run:
        _warn(workspace, done.layer)


def _with_definition(revision: Revision) -> str:
    return f", with layers/{revision.layer}.toml" if revision.redefined else ""


def _warn(workspace: Workspace, layer: str) -> None:
    faults = [problem for problem in workspace.validate() if problem.layer == layer]
    if faults:
        click.echo(
            f"Note: by today's definition {layer} has {len(faults)} problems; "
            "`erdao-geo validate` lists them",
            err=True,
        )
