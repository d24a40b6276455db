"""``kg queries``."""

from __future__ import annotations

import click

from kg import options


@click.command("queries")
@options.lang
def command(lang: str) -> None:
    """List the questions that have a name."""
    from kg.queries import catalogue

    for name, question in catalogue().items():
        click.echo(f"{name:<24} {question.titles[lang]}")
