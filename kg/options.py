"""The options that several commands share, so that they are the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from kg.paths import shipped

__all__ = ["articles", "at", "data", "form", "inferred", "lang", "quiet", "store", "without"]

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
        "--store", metavar="PATH", help="Store directory to read instead of building the graph."
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
