"""``kg reason``."""

from __future__ import annotations

from pathlib import Path

import click

from kg import options


@click.command("reason")
@options.data
@options.without
@options.lang
@click.option(
    "--store", metavar="PATH|URL", help="Store directory or SPARQL server to read and write to."
)
def command(data: Path, without: tuple[str, ...], lang: str, store: str | None) -> None:
    """Infer what follows from what sources say; print how many claims each rule makes.

    With --store the claims are written to the store's graph of inferred claims.
    """
    from kg import opening, reason, rules
    from kg import store as stores

    if store and without:
        raise click.UsageError("--without leaves nothing out of a store; build one without")
    with (
        stores.open(store, make=False)
        if store
        else opening.open_graph(None, data, without=without) as graph
    ):
        counts = reason.infer(graph)
    for name, count in counts.items():
        click.echo(f"{count:>6}  {name:<36} {rules.catalogue()[name].titles[lang]}")
    click.echo(f"{sum(counts.values()):>6}  claims inferred", err=True)
