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
    from kg.listing import words
    from kg.queries import catalogue

    known = catalogue()
    if name is None:
        for called, question in known.items():
            click.echo(f"{called:<24} {question.titles[lang]}")
            if question.parameters:
                written = (p.name if p.required else f"[{p.name}]" for p in question.parameters)
                click.echo(f"{'':<24} {' '.join(written)}")
        return
    if name not in known:
        raise KGError(name, "is no question", near(name, known, "see kg queries"))
    question = known[name]
    click.echo(f"{question.titles[lang]}\n{question.descriptions[lang]}\n")
    said = words(lang)
    for each in question.parameters:
        need = said["needed" if each.required else "default" if each.default else "optional"]
        kind = f"{said[f'kind_{each.kind}']}, {need.format(value=each.default)}"
        click.echo(f"  {each.name} ({kind}): {each.descriptions[lang]}")
    click.echo(f"  {said['example']}: {question.example}\n\n{question.text}", nl=False)
