"""``kg show``."""

from __future__ import annotations

from pathlib import Path

import click

from kg import options
from kg.progress import as_json, width


@click.command("show")
@click.argument("entity")
@options.data
@options.store
@options.without
@options.articles
@options.at
@options.lang
@options.form("text", "json")
def command(
    entity: str,
    data: Path,
    store: str | None,
    without: tuple[str, ...],
    articles: Path | None,
    at: str | None,
    lang: str,
    form: str,
) -> None:
    """Show what is said of ENTITY (an id, IRI, name or alias) and who says so."""
    from kg import lookup, opening, show

    with opening.open_graph(store, data, without=without, at=at, empty="refused") as graph:
        texts = opening.texts(graph, articles)
        card = show.card(graph, lookup.find(graph, entity), lang)
        click.echo(as_json(card.record(texts)) if form == "json" else card.text(texts, width()))
