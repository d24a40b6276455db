"""``kg restore``."""

from __future__ import annotations

import click


@click.command("restore")
@click.argument("file")
@click.argument("store", metavar="STORE")
def command(file: str, store: str) -> None:
    """Exchange what STORE (a directory or URL) holds for what `kg backup` wrote to FILE.

    STORE is made if it is not there. If FILE is cut off or anything fails, it stays as it was.
    Named graphs that are neither kg's nor in FILE stay, and are told; data that kg did not
    put there are not exchanged.
    """
    from kg.backup import restore

    restored = restore(file, store)
    click.echo(f"{restored.quads:,} quads", err=True)
    for graph in restored.left:
        click.echo(f"left as it was: graph {graph}", err=True)
