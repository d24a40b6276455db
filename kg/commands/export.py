"""``kg export``."""

from __future__ import annotations

from pathlib import Path

import click

from kg import options


@click.command("export")
@click.argument("file")
@options.data
@options.store
@click.option("-f", "--format", "form", metavar="FORMAT", help="Format; else from the suffix.")
def command(file: str, data: Path, store: str | None, form: str | None) -> None:
    """Write the graph to FILE (- is stdout) for other programs."""
    from kg import build, exporters

    with build.open_graph(store, data) as graph:
        exporters.export(graph, file, form)
