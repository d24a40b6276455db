"""``kg search``."""

from __future__ import annotations

from pathlib import Path

import click

from kg import options
from kg.progress import as_json


@click.command("search")
@click.argument("text")
@options.data
@options.store
@options.lang
@options.form("table", "json")
@click.option(
    "-n", "--limit", type=click.IntRange(min=1), default=10, show_default=True, help="At most."
)
def command(text: str, data: Path, store: str | None, lang: str, form: str, limit: int) -> int:
    """Find the entities that TEXT may mean, in Korean or English, the likeliest first.

    Beginnings of names, typing errors, initial consonants (ㅇㅎㄹ), other
    romanisations and particles are understood; spacing and case do not matter.
    """
    from kg import listing, opening, search

    with opening.open_graph(store, data, empty="refused") as graph:
        index = search.Index.of(graph)
        hits = index.search(text, limit)
        lines, records = listing.hits(graph, hits, lang)
    if form == "json":
        click.echo(as_json(records))
    elif hits:
        click.echo("\n".join(lines))
    if not hits:
        nearest = ", ".join(f"'{hit.entity}'" for hit in index.nearest(text))
        click.echo(
            f"{text}: nothing found" + (f"; nearest: {nearest}" if nearest else ""), err=True
        )
    return 0 if hits else 1
