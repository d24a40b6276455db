"""``kg export``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg import options

if TYPE_CHECKING:
    from kg.scope import Scope


@click.command("export")
@click.argument("file", required=False)
@options.data
@options.store
@options.scope
@options.at
@options.inferred
@options.lang
@click.option("--no-evidence", is_flag=True, help="Leave out evidence and sources.")
@click.option("-f", "--format", "form", metavar="FORMAT", help="Format; else from the suffix.")
@click.option("--list", "show", is_flag=True, help="List the formats.")
@click.option("--report", metavar="FILE", help="Write what the format could not hold as JSON.")
@options.quiet
def command(
    file: str | None,
    data: Path,
    store: str | None,
    scope: Scope,
    at: str | None,
    inferred: bool,
    lang: str,
    no_evidence: bool,
    form: str | None,
    show: bool,
    report: str | None,
    quiet: bool,
) -> None:
    """Write the graph to FILE (- is stdout) for other programs.

    The options --focus to --query choose a part of it.  What the format cannot hold is
    counted and told.
    """
    from kg import exporters, opening, paths, progress

    if show:
        for each in exporters.formats().values():
            suffixes = " ".join(each.suffixes) or "(a folder)"
            click.echo(f"{each.name:<11} {suffixes:<26} {each.title}")
        return
    if file is None:
        raise click.UsageError("Missing argument 'FILE'.")
    chosen = exporters.find(file, form)
    scope = replace(scope, evidence=not no_evidence)
    langs = (lang, *(other for other in ("en", "ko") if other != lang))
    with (
        opening.open_graph(
            store,
            data,
            inferred=inferred,
            at=at,
            scope=scope,
            empty="told" if scope.everything else "refused",
        ) as graph,
        progress.bar(f"writing {chosen.name}", quiet) as seen,
    ):
        losses = exporters.export(graph, file, chosen.name, langs=langs, seen=seen)
    if report is not None:
        record = {"format": chosen.name, "losses": losses.records()}
        with paths.replacing(report) as out:
            out.write(f"{progress.as_json(record)}\n".encode())
    if not quiet:
        for line in losses.lines():
            click.echo(f"{chosen.name}: {line}", err=True)
