"""``kg query``."""

from __future__ import annotations

from pathlib import Path

import click

from kg import options


@click.command("query")
@click.argument("query", metavar="TEXT|FILE|NAME|-")
@options.data
@options.store
@click.option(
    "-f",
    "--format",
    "form",
    metavar="FORMAT",
    default="",
    help="table, csv, tsv, json, xml; ttl, nt for graphs.",
)
@click.option("-o", "--output", metavar="FILE", default="-", help="File to write; - is stdout.")
def command(query: str, data: Path, store: str | None, form: str, output: str) -> None:
    """Ask the graph in SPARQL: a text, a .rq file, a question's name, or - for stdin.

    The prefixes of the graph are predeclared. `kg queries` lists the named questions.
    """
    from kg import build, queries, results

    question = queries.find(query)
    with build.open_graph(store, data) as graph:
        answer = graph.query(question.text, place=question.name)
        if question.titles and output == "-" and form in {"", "table"}:
            click.echo(question.titles["en"])
        results.write(answer, output, form)
