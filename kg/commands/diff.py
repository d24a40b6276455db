"""``kg diff``."""

from __future__ import annotations

from pathlib import Path

import click

from kg import options
from kg.progress import as_json


@click.command("diff")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@options.lang
@options.form("text", "json")
def command(old: Path, new: Path, lang: str, form: str) -> int:
    """Compare two graphs: data folders, stores' directories or RDF files.

    Exits with 0 if they say the same, with 1 if not.
    """
    from kg import diff

    found = diff.compare(diff.read(old), diff.read(new))
    if form == "json":
        click.echo(as_json(found.record()))
    elif found:
        click.echo(found.text(lang))
    return 1 if found else 0
