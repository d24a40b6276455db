"""``kg view``."""

from __future__ import annotations

from pathlib import Path

import click

from kg import options


@click.command("view")
@options.data
@options.store
@options.articles
@options.at
@options.lang
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    default="graph.html",
    show_default=True,
    help="Page to write; - is stdout.",
)
@click.option("--title", help="Title of the page.")
def command(
    data: Path,
    store: str | None,
    articles: Path | None,
    at: str | None,
    lang: str,
    output: str,
    title: str | None,
) -> None:
    """Write the graph as one HTML page that works from a disk, offline."""
    from kg import network, opening, view

    with opening.open_graph(store, data, at=at) as graph:
        texts = opening.texts(data, articles)
        view.write(network.project(graph), output, lang=lang, title=title, texts=texts)
