"""``kg view``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg import options

if TYPE_CHECKING:
    from kg.scope import Scope


@click.command("view")
@options.data
@options.store
@options.articles
@options.scope
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
@click.option(
    "--max-nodes",
    type=click.IntRange(min=1),
    default=150,
    show_default=True,
    help="Entities drawn at opening, the most important first.",
)
@click.option("--open", "show", is_flag=True, help="Show the page in the browser.")
def command(
    data: Path,
    store: str | None,
    articles: Path | None,
    scope: Scope,
    at: str | None,
    lang: str,
    output: str,
    title: str | None,
    max_nodes: int,
    show: bool,
) -> None:
    """Write the graph as one HTML page that works from a disk, offline.

    The options --focus to --query choose a part of it; those that can be repeated mean
    any of what they name, and different ones must all fit.
    """
    from kg import network, opening, progress, view

    if show and output == "-":
        raise click.UsageError("--open needs a file: name one with -o")
    with opening.open_graph(
        store, data, inferred=None, at=at, scope=scope, empty="refused"
    ) as graph:
        texts = opening.texts(graph, articles)
        view.write(
            network.project(graph),
            output,
            lang=lang,
            title=title,
            texts=texts,
            max_nodes=max_nodes,
            command=progress.invocation(without={"data", "store", "articles", "output", "show"}),
        )
    if show:
        click.launch(str(Path(output).resolve()))
