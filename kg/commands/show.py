"""``kg show``."""

from __future__ import annotations

from pathlib import Path

import click

from kg import options


@click.command("show")
@click.argument("entity")
@options.data
@options.store
@options.articles
@options.lang
def command(entity: str, data: Path, store: str | None, articles: Path | None, lang: str) -> None:
    """Show what is said of ENTITY (an id, IRI, name or alias) and who says so."""
    from kg import build, lookup, show

    with build.open_graph(store, data) as graph:
        texts = build.texts(data, articles)
        click.echo(show.card(graph, lookup.find(graph, entity), lang, texts))
