"""``kg queries``."""

from __future__ import annotations

import click

from kg import options


@click.command("queries")
@click.argument("name", required=False)
@options.lang
def command(name: str | None, lang: str) -> None:
    """List the questions that have a name, or show NAME in full."""
    from kg.errors import KGError, near
    from kg.queries import catalogue

    known = catalogue()
    if name is None:
        for each, question in known.items():
            click.echo(f"{each:<24} {question.titles[lang]}")
            if question.parameters:
                written = (p.name if p.required else f"[{p.name}]" for p in question.parameters)
                click.echo(f"{'':<24} {' '.join(written)}")
        return
    if name not in known:
        raise KGError(name, "is no question", near(name, known, "see kg queries"))
    question = known[name]
    click.echo(f"{question.titles[lang]}\n{question.description}\n")
    for parameter in question.parameters:
        default = f"default {parameter.default}" if parameter.default else "optional"
        need = "needed" if parameter.required else default
        click.echo(f"  {parameter.name} ({parameter.kind}, {need}): {parameter.description}")
    click.echo(f"  example: {question.example}\n\n{question.text}", nl=False)
