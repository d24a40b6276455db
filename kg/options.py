"""The options that several commands share, so that they are the same everywhere."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from kg.paths import shipped

__all__ = [
    "articles",
    "at",
    "data",
    "form",
    "inferred",
    "lang",
    "quiet",
    "scope",
    "store",
    "without",
]

F = TypeVar("F", bound=Callable[..., object])


def data(command: F) -> F:
    """Add ``--data``: the data folder to read."""
    return click.option(
        "--data",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        default=lambda: shipped("data"),
        show_default="the data that ship with kg",
        help="Data folder to read.",
    )(command)


def articles(command: F) -> F:
    """Add ``--articles`` (or ``KG_ARTICLES``): where the articles' texts are."""
    return click.option(
        "--articles",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="KG_ARTICLES",
        show_envvar=True,
        help="Folder with the articles' texts, to prove and show what is quoted.",
    )(command)


def store(command: F) -> F:
    """Add ``--store``: a store to read instead of building the graph."""
    return click.option(
        "--store",
        metavar="PATH|URL",
        help="Store directory or SPARQL server to read instead of building the graph.",
    )(command)


def without(command: F) -> F:
    """Add ``--without``: sources to leave out, as ids (a tuple)."""
    return click.option(
        "--without",
        metavar="SOURCE",
        multiple=True,
        help="Leave out a source and all that rests only on it; can be repeated.",
    )(command)


def inferred(command: F) -> F:
    """Add ``--inferred``: the inferred graph is asked too."""
    return click.option(
        "--inferred", is_flag=True, help="Ask also what the rules infer from what sources say."
    )(command)


def at(command: F) -> F:
    """Add ``--at``: the day that the graph is cut for."""
    return click.option(
        "--at",
        metavar="DATE",
        help="Leave out what was not valid then: YYYY, YYYY-MM or YYYY-MM-DD.",
    )(command)


def scope(command: Callable[..., object]) -> Callable[..., object]:
    """Add the options that choose a part of the graph; the command gets a `scope`."""

    @functools.wraps(command)
    def scoped(**given: Any) -> object:
        from kg.scope import Scope  # not at the top: `kg --help` stays light

        chosen = {name: given.pop(name) for name in _SCOPE}
        return command(scope=Scope(**chosen), **given)

    for option in reversed(_SCOPE.values()):
        scoped = option(scoped)
    return scoped


_SCOPE = {
    "focus": click.option(
        "--focus", metavar="ENTITY", multiple=True, help="Only what is around it (see --hops)."
    ),
    "hops": click.option(
        "--hops",
        type=click.IntRange(min=0),
        default=1,
        show_default=True,
        help="How many relations away from --focus.",
    ),
    "types": click.option(
        "--type", "types", metavar="CLASS", multiple=True, help="Only entities of this class."
    ),
    "relations": click.option(
        "--relation", "relations", metavar="NAME", multiple=True, help="Only this relation."
    ),
    "statuses": click.option(
        "--status", "statuses", metavar="STATUS", multiple=True, help="Only claims of this status."
    ),
    "sources": click.option(
        "--source", "sources", metavar="SOURCE", multiple=True, help="Only what this source says."
    ),
    "query": click.option(
        "--query",
        metavar="NAME|TEXT|FILE",
        default="",
        help="Only entities in the rows, or claims of the triples, that a question answers with.",
    ),
    "parameters": click.option(
        "-p", "--param", "parameters", metavar="NAME=VALUE", multiple=True, help="For --query."
    ),
}
"""Every option that makes a :class:`kg.scope.Scope`, by the name of its field.  Those that can
be repeated mean any of what they name."""


def form(*choices: str) -> Callable[[F], F]:
    """Add ``-f``: one of these formats, the first by default."""
    return click.option(
        "-f",
        "--format",
        "form",
        type=click.Choice(choices),
        default=choices[0],
        show_default=True,
        help="Format.",
    )


def lang(command: F) -> F:
    """Add ``--lang``: the language of names and words."""
    choice = click.Choice(["en", "ko"])
    return click.option("--lang", type=choice, default="en", show_default=True, help="Language.")(
        command
    )


def quiet(command: F) -> F:
    """Add ``-q``."""
    return click.option("-q", "--quiet", is_flag=True, help="Print nothing but problems.")(command)
