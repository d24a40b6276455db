"""``kg export``."""

from __future__ import annotations

from pathlib import Path

import click

from kg import options


@click.command("export")
@click.argument("file")
@options.data
@options.store
@options.at
@click.option("-f", "--format", "form", metavar="FORMAT", help="Format; else from the suffix.")
def command(file: str, data: Path, store: str | None, at: str | None, form: str | None) -> None:
    """Write the graph to FILE (- is stdout) for other programs."""
    from kg import exporters, opening

    with opening.open_graph(store, data, at=at) as graph:
        exporters.export(graph, file, form)
