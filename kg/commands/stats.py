"""``kg stats``."""

from __future__ import annotations

from pathlib import Path

import click

from kg import options
from kg.progress import as_json


@click.command("stats")
@options.data
@options.store
@options.lang
@options.form("text", "json")
def command(data: Path, store: str | None, lang: str, form: str) -> None:
    """Say how large the graph is, what is at its centre, and what it lacks."""
    from kg import opening, stats

    with opening.open_graph(store, data, empty="told") as graph:
        measured = stats.measure(graph, lang)
        click.echo(as_json(measured.record) if form == "json" else measured.text())
