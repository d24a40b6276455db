"""``kg view``."""

from __future__ import annotations

from pathlib import Path

import click

from kg import options


@click.command("view")
@options.data
@options.store
@options.articles
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
    data: Path, store: str | None, articles: Path | None, lang: str, output: str, title: str | None
) -> None:
    """Write the graph as one HTML page that works from a disk, offline."""
    from kg import build, network, view

    with build.open_graph(store, data) as graph:
        texts = build.texts(data, articles)
        view.write(network.project(graph), output, lang=lang, title=title, texts=texts)
