"""``kg check``."""

from __future__ import annotations

from pathlib import Path

import click

from kg import options
from kg.progress import progress, show_checked, show_findings, show_verdict


@click.command("check")
@options.data
@options.articles
@options.without
@options.quiet
@click.option(
    "--store",
    metavar="PATH|URL",
    help="Check by rules and shapes what is in a store directory or SPARQL server.",
)
def command(
    data: Path,
    articles: Path | None,
    without: tuple[str, ...],
    quiet: bool,
    store: str | None,
) -> int:
    """Check the data: form, evidence, rules and shapes."""
    from kg.build import check, check_store

    if store:
        if without:
            raise click.UsageError("--without leaves nothing out of a store; check the data")
        report = check_store(store)
        show_findings(report, quiet)
        if not quiet:
            show_verdict(report)
        return 0 if report.ok else 1
    checked = check(data, articles, progress(quiet), without=without)
    checked.store.close()
    show_checked(checked, data, quiet)
    return 0 if checked.report.ok else 1
