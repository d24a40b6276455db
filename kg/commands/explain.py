"""``kg explain``."""

from __future__ import annotations

from pathlib import Path

import click

from kg import options


@click.command("explain")
@click.argument("subject")
@click.argument("relation")
@click.argument("object", metavar="OBJECT")
@options.data
@options.store
@options.without
@options.articles
@options.lang
@click.option("-f", "--format", "form", default="text", metavar="FORMAT", help="text, json or ttl.")
@click.option("--all", "everything", is_flag=True, help="Give every proof, not only the shortest.")
def command(
    subject: str,
    relation: str,
    object: str,
    data: Path,
    store: str | None,
    without: tuple[str, ...],
    articles: Path | None,
    lang: str,
    form: str,
    everything: bool,
) -> int:
    """Say why SUBJECT RELATION OBJECT holds: the proof, down to what sources say.

    Entities go by any id, name or alias, the relation by its name or label. Ends with
    exit code 1 if it does not follow, even if it is planned or somebody says so.
    """
    from kg import explain, opening

    with opening.open_graph(store, data, without=without, empty="refused") as graph:
        found = explain.answer(graph, subject, relation, object, everything=everything)
        texts = opening.texts(graph, articles)
        click.echo(explain.write(graph, found, form, lang, texts))
    return 0 if found.proofs else 1
