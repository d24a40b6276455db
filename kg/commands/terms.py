"""``kg terms``."""

from __future__ import annotations

import click

from kg import options


@click.command("terms")
@click.argument("kind", default="", metavar="[KIND]")
@options.lang
def command(kind: str, lang: str) -> None:
    """List the words that data may use: classes, relations, attributes, qualifiers, statuses.

    KIND shows one kind only. Definitions stand in the ontology.
    """
    from kg import vocabulary
    from kg.errors import KGError, near

    terms = vocabulary.load()
    listed: dict[str, list[tuple[str, str]]] = {
        "class": [(name, "") for name in terms.classes],
        "relation": [],
        "attribute": [],
        "qualifier": [],
        "status": [(word, "") for word in terms.terms["Status"]],
        "rank": [(word, "") for word in terms.terms["ClaimRank"]],
    }
    for each in (*terms.predicates.values(), *terms.qualifiers.values()):
        takes = each.range or each.form
        words = "|".join(terms.terms.get(each.range, ()))
        listed[each.kind].append((each.name, f"{each.domain} → {words or takes}"))
    if kind and kind not in listed:
        raise KGError(kind, "is no kind of term", near(kind, listed, f"one of {', '.join(listed)}"))
    for each_kind, rows in listed.items():
        for name, use in rows if kind in {"", each_kind} else ():
            label = terms.label(name.capitalize() if name.islower() and not use else name, lang)
            click.echo(f"{each_kind:<10} {name:<22} {use:<44} {label}".rstrip())
