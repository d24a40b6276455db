"""``kg build``."""

from __future__ import annotations

from pathlib import Path

import click

from kg import options
from kg.progress import progress, show_checked


@click.command("build")
@options.data
@options.articles
@options.without
@options.quiet
@click.option("--no-reason", is_flag=True, help="Leave out what the rules infer.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("build"),
    show_default=True,
    help="Folder for the files.",
)
@click.option(
    "--store",
    metavar="PATH|URL",
    help="Also keep the graph in a store directory or a SPARQL server, in place of what is in its "
    "default graph; others' graphs there stay.",
)
def command(
    data: Path,
    articles: Path | None,
    without: tuple[str, ...],
    quiet: bool,
    no_reason: bool,
    output: Path,
    store: str | None,
) -> int:
    """Check the data and write graph.ttl, .nq, .graphml and .html."""
    from kg.build import build

    checked, files = build(
        data,
        articles,
        output,
        progress(quiet),
        reasoning=not no_reason,
        without=without,
        keep=store,
    )
    show_checked(checked, data, quiet, "nothing was written")
    if not quiet:
        for file in files:
            click.echo(f"{file}  {file.stat().st_size / 1000:,.0f} kB")
    return 0 if checked.report.ok else 1
