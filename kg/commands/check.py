"""``kg check``."""

from __future__ import annotations

from pathlib import Path

import click

from kg import options
from kg.progress import progress, show_checked


@click.command("check")
@options.data
@options.articles
@options.without
@options.quiet
def command(data: Path, articles: Path | None, without: tuple[str, ...], quiet: bool) -> int:
    """Check the data: form, evidence, rules and shapes."""
    from kg.build import check

    checked = check(data, articles, progress(quiet), without=without)
    checked.store.close()
    show_checked(checked, quiet)
    return 0 if checked.report.ok else 1
