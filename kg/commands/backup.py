"""``kg backup``."""

from __future__ import annotations

import click


@click.command("backup")
@click.argument("store", metavar="STORE")
@click.argument("file")
def command(store: str, file: str) -> None:
    """Write all that STORE (a directory or URL) holds to FILE, as N-Quads.

    FILE.gz is compressed; - is standard output. `kg restore` is the way back.
    """
    from kg.backup import backup

    click.echo(f"{backup(store, file):,} quads", err=True)
