"""``kg restore``."""

from __future__ import annotations

import click


@click.command("restore")
@click.argument("file")
@click.argument("store", metavar="STORE")
def command(file: str, store: str) -> None:
    """Exchange all that STORE (a directory or URL) holds for what `kg backup` wrote to FILE.

    STORE is made if it is not there. If FILE is cut off or anything fails, it stays as it was.
    """
    from kg.backup import restore

    click.echo(f"{restore(file, store):,} quads", err=True)
