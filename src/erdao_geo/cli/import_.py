"""`erdao-geo import` (being written)."""

import click


@click.command("import")
def import_() -> None:
    """Bring a foreign file into a layer."""
