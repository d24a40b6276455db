"""``kg query``."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg import options
from kg.errors import KGError

if TYPE_CHECKING:
    from kg.queries import Question


@dataclass(frozen=True)
class _Asked:
    """What the command line says, for this process or one of its own."""

    question: Question
    param: tuple[str, ...]
    data: Path
    store: str | None
    articles: Path | None
    inferred: bool
    without: tuple[str, ...]
    at: str | None
    lang: str
    form: str
    output: str
    iris: bool
    labels: bool
    cite: bool


@click.command("query")
@click.argument("query", metavar="TEXT|FILE|NAME|-")
@click.argument("more", nargs=-1, metavar="")
@click.option(
    "-p", "--param", multiple=True, metavar="NAME=VALUE", help="A parameter of a named question."
)
@options.data
@options.store
@options.articles
@options.inferred
@options.without
@options.at
@options.lang
@click.option(
    "-f",
    "--format",
    "form",
    metavar="FORMAT",
    default="",
    help="table, markdown, csv, tsv, json, xml, jsonl, parquet; ttl, nt, jsonld for graphs.",
)
@click.option("-o", "--output", metavar="FILE", default="-", help="File to write; - is stdout.")
@click.option("--iris", is_flag=True, help="Show IRIs, not labels, in tables.")
@click.option("--labels", is_flag=True, help="Add columns with labels to csv, json and the like.")
@click.option("--cite", is_flag=True, help="Add the claims that each row rests on.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Give up, in a process of its own, when answering takes longer.",
)
def command(query: str, more: tuple[str, ...], timeout: float | None, **given: object) -> None:
    """Ask the graph in SPARQL: a text, a .rq file, a question's name, or - for stdin.

    The prefixes of the graph are predeclared. `kg queries` lists the named questions
    and their parameters; entities are given by id, IRI, name or alias. Names of ours
    in a query that the graph does not know are told on stderr.
    """
    from kg import limits, queries

    if more:
        remedy = (
            f"say --param {shlex.quote(more[0])}" if "=" in more[0] else "quote the whole query"
        )
        raise KGError(more[0], "is one word too many", remedy)
    asked = _Asked(queries.find(query), **given)  # type: ignore[arg-type]
    if timeout is None:
        with limits.interruptible():
            _answer(lambda: None, asked)
    else:
        _within(timeout, asked)


def _within(seconds: float, asked: _Asked) -> None:
    from kg import limits
    from kg.paths import replacing

    if asked.output == "-":
        limits.within(seconds, asked.question.name, _answer, asked)
        return
    # The process may be ended while it writes: what it leaves is ours to clear away.
    with tempfile.TemporaryDirectory(prefix="kg-") as folder:
        beside = Path(folder) / Path(asked.output).name
        limits.within(seconds, asked.question.name, _answer, replace(asked, output=str(beside)))
        with replacing(asked.output) as out, beside.open("rb") as made:
            while piece := made.read(1 << 20):
                out.write(piece)


def _answer(begin: Callable[[], None], asked: _Asked) -> None:
    from kg import opening, queries, results

    question, place = asked.question, asked.question.name
    inferred = asked.inferred or question.inferred
    opened = opening.open_graph(
        asked.store,
        asked.data,
        inferred=inferred,
        without=asked.without,
        at=asked.at,
        empty="told",
    )
    with opened as graph:
        begin()
        if not question.titles and asked.param:
            raise KGError(place, "has no parameters", "--param is for named questions")
        bindings = queries.bind(graph, place, question.parameters, asked.param)
        labels = None if asked.iris else results.Labels(graph, asked.lang)
        for_people = results.form_of(asked.output, asked.form) in {"", "table", "markdown"}
        notes: list[str] = []
        answer: results.Result
        if asked.cite:
            from kg.cite import cite  # not at the top: a plain answer comes sooner

            texts = opening.texts(graph, asked.articles)
            cited = cite(
                graph.exact,
                question.text,
                bindings=bindings,
                place=place,
                lang=asked.lang,
                texts=texts,
                short=for_people,
            )
            answer, notes = cited.solutions, cited.notes
        else:
            answer = graph.query(question.text, bindings=bindings, place=place)
        if question.titles and asked.output == "-" and asked.form in {"", "table"}:
            click.echo(question.titles[asked.lang])
        results.write(
            answer,
            asked.output,
            asked.form,
            labels=labels,
            label_columns=asked.labels,
            notes=notes if for_people else (),
        )
        if not question.titles:
            from kg.spelling import strangers

            for each in strangers(graph, question.text, place):
                click.echo(each.problem, err=True)
