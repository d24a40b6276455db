"""``kg path``."""

from __future__ import annotations

from pathlib import Path

import click

from kg import options
from kg.progress import as_json, width

_MOST = 10
"""Steps; the store is asked for all ways of so many."""


@click.command("path")
@click.argument("start", metavar="A")
@click.argument("end", metavar="B")
@options.data
@options.store
@options.articles
@options.at
@options.lang
@options.form("text", "json")
@click.option(
    "--max-hops", type=click.IntRange(1, _MOST), default=4, show_default=True, help="Longest way."
)
@click.option(
    "-n", "--limit", type=click.IntRange(min=1), default=3, show_default=True, help="Ways at most."
)
@click.option("--relation", "relations", multiple=True, help="Only by this; can be repeated.")
@click.option("--status", "statuses", multiple=True, help="Only claims of it; can be repeated.")
def command(
    start: str,
    end: str,
    data: Path,
    store: str | None,
    articles: Path | None,
    at: str | None,
    lang: str,
    form: str,
    max_hops: int,
    limit: int,
    relations: tuple[str, ...],
    statuses: tuple[str, ...],
) -> int:
    """Show how A and B are linked: the shortest ways, with evidence at each step."""
    from kg import lookup, opening, path

    with opening.open_graph(store, data, at=at, empty="refused") as graph:
        texts = opening.texts(graph, articles)
        ends = lookup.find(graph, start), lookup.find(graph, end)
        found = path.find(
            graph,
            *ends,
            max_hops=max_hops,
            limit=limit,
            relations=relations,
            statuses=statuses,
            lang=lang,
        )
        if form == "json":
            click.echo(as_json(found.record(texts)))
        elif found.ways:
            click.echo(found.text(texts, width()))
    if not found.ways:
        told = f"{ends[0]}: no way to {ends[1]} of at most {max_hops} steps"
        more = ["allow more with --max-hops"] if max_hops < _MOST else []
        more += ["leave conditions out"] if at or relations or statuses else []
        click.echo("; ".join(filter(None, [told, ", or ".join(more)])), err=True)
    return 0 if found.ways else 1
