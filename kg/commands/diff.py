"""``kg diff``."""

from __future__ import annotations

import click

from kg import options
from kg.progress import as_json


@click.command("diff")
@click.argument("old")
@click.argument("new")
@options.lang
@options.form("text", "json")
def command(old: str, new: str, lang: str, form: str) -> int:
    """Compare two graphs: data folders, stores (directories or URLs) or RDF files.

    Exits with 0 if they say the same, with 1 if not.
    """
    from kg import diff

    found = diff.compare(diff.read(old), diff.read(new))
    if form == "json":
        click.echo(as_json(found.record()))
    elif found:
        click.echo(found.text(lang))
    return 1 if found else 0
