"""``kg coverage``."""

from __future__ import annotations

from pathlib import Path

import click

from kg import options


@click.command("coverage")
@click.argument("source")
@options.data
@options.articles
@click.option("--all", "everything", is_flag=True, help="List the covered sentences too.")
def command(source: str, data: Path, articles: Path | None, everything: bool) -> None:
    """List the sentences of article SOURCE that no claim rests on; needs its text."""
    from kg import build

    text, sentences = build.coverage(source, data, articles)
    bare = 0
    for sentence in sentences:
        bare += not sentence.claims
        if everything or not sentence.claims:
            start, end = sentence.span
            click.echo(f"{start:>6}-{end:<6} {len(sentence.claims):>3} claims  {text[start:end]}")
    covered = len(sentences) - bare
    click.echo(f"{covered} of {len(sentences)} sentences carry evidence, {bare} do not", err=True)
