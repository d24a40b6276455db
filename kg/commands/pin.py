"""``kg pin``."""

from __future__ import annotations

from pathlib import Path

import click

from kg import options


@click.command("pin")
@options.data
@options.articles
@options.quiet
def command(data: Path, articles: Path | None, quiet: bool) -> None:
    """Turn the quotes in the data's claims into spans and fingerprints."""
    from kg import pinning

    for source, count in pinning.pin_folder(data, articles).items():
        if not quiet:
            click.echo(f"{source}: {count} pinned")
