"""How commands print: progress, records, and what was found in a data folder."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kg.build import Checked
    from kg.checks import Report

__all__ = [
    "as_json",
    "bar",
    "invocation",
    "progress",
    "show_checked",
    "show_findings",
    "show_verdict",
    "shown",
    "width",
]


def progress(quiet: bool) -> Callable[[str], None]:
    """Say on a terminal what is being done; stay quiet in a pipe."""
    if quiet or not sys.stderr.isatty():
        return lambda _: None
    return lambda doing: click.echo(f"\r\x1b[K{doing}{' …' if doing else ''}", err=True, nl=False)


@contextmanager
def bar(doing: str, quiet: bool) -> Iterator[Callable[[object], None] | None]:
    """Count on a terminal what is passed to the function that this gives; None in a pipe."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    counted = 0

    def seen(_: object) -> None:
        nonlocal counted
        counted += 1
        if counted % 1_000 == 0:
            click.echo(f"\r\x1b[K{doing} … {counted:,}", err=True, nl=False)

    try:
        yield seen
    finally:
        click.echo("\r\x1b[K", err=True, nl=False)


def width() -> int:
    """Return how many cells a line of the terminal has; 0 in a pipe, where lines are not cut."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0


def as_json(record: object) -> str:
    """Return a record as people and programs read it."""
    return json.dumps(record, ensure_ascii=False, indent=2)


def invocation(without: Collection[str] = ()) -> str:
    """Return the command line that is running as a shell takes it.

    Options named in `without` (by parameter) are left out, and of the path of a file only
    its name is said: where things lie on this machine is of no use elsewhere.
    """
    context = click.get_current_context()
    words = [context.command_path]
    for option in context.command.get_params(context):
        name = str(option.name)
        source = context.get_parameter_source(name)
        if source is not click.core.ParameterSource.COMMANDLINE or name in without:
            continue
        values = context.params[name] if option.multiple else [context.params[name]]
        option_name = max(option.opts, key=len)
        words += [word for value in values for word in (option_name, _portable(str(value)))]
    return shlex.join(words).replace(shlex.quote(words[0]), words[0], 1)


def show_checked(checked: Checked, data: Path, quiet: bool, otherwise: str = "") -> None:
    """Print the findings and, unless quiet, what was read and proven; `otherwise` if negative."""
    show_findings(checked.report, quiet)
    if quiet:
        return
    corpus, proof = checked.corpus, checked.proof
    statuses = Counter(claim.status.value for claim in corpus.claims)
    split = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
    click.echo(f"{len(corpus.entities)} entities, {len(corpus.sources)} sources in {shown(data)}")
    click.echo(f"{len(corpus.claims)} claims: {split}")
    click.echo(f"{proof.proven} evidences proven against their source")
    for source, count in sorted(proof.unproven.items()):
        click.echo(f"{count} evidences not proven: the text of {source} is not here (--articles)")
    show_verdict(checked.report, otherwise)


def shown(folder: Path) -> Path:
    """Return a folder as it is seen from here."""
    whole, here = folder.resolve(), Path.cwd()
    return whole.relative_to(here) if whole.is_relative_to(here) else folder


def show_findings(report: Report, quiet: bool) -> None:
    """Print what checks found; only the errors if `quiet`."""
    for finding in report.findings:
        if not quiet or finding.severity == "error":
            click.echo(str(finding))


def show_verdict(report: Report, otherwise: str = "") -> None:
    """Print whether the data hold, with `otherwise` if they do not, and the number of findings."""
    counts = report.counts
    bad = ", ".join(filter(None, ("the data do not hold", otherwise)))
    verdict = "the data hold" if report.ok else bad
    split = ", ".join(
        f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts.items()
    )
    click.echo(f"{verdict}: {split}")


def _portable(word: str) -> str:
    path = Path(word)
    return path.name if len(path.parts) > 1 and path.name and path.is_file() else word
