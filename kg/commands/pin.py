"""``kg pin``."""

from __future__ import annotations

from pathlib import Path

import click

from kg import options
from kg.progress import shown


@click.command("pin")
@options.data
@options.articles
@options.quiet
def command(data: Path, articles: Path | None, quiet: bool) -> None:
    """Turn the quotes in the data's claims into spans and fingerprints."""
    from kg import pinning

    pinned = pinning.pin_folder(data, articles)
    if quiet:
        return
    for source, count in pinned.items():
        click.echo(f"{source}: {count} pinned")
    click.echo(f"{sum(pinned.values())} pinned in {shown(data)}")
