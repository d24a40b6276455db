"""The command ``kg``: finds its commands in :mod:`kg.commands`, and turns errors into exit codes.

0 fine, 1 ran and the verdict is negative, 2 could not run (usage, bad input), 70 our bug.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence

import click

from kg import __version__, commands
from kg.errors import KGError, near, warned_in_lines

__all__ = ["cli", "main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    with warned_in_lines():
        return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        code: int = cli.main(arguments, prog_name="kg", standalone_mode=False) or 0
    except KGError as error:
        click.echo(error, err=True)
        code = 2
    except click.ClickException as error:
        error.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        code = 130
    except _Closed:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:  # a full disk, a folder that may not be read, ...
        click.echo(f"{error.filename or 'output'}: {error.strerror}", err=True)
        code = 2
    except Exception as error:
        if os.environ.get("KG_DEBUG"):
            raise
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        click.echo(
            f"kg: a bug of ours: {what}; set KG_DEBUG=1 to see where, and report it", err=True
        )
        code = 70
    return code


class _Closed(Exception):
    """The reader of our output, such as ``head``, has had enough; click would exit with 1."""


class _Folder(click.Group):
    """A group whose commands are the modules of :mod:`kg.commands`."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            code = super().invoke(ctx)
            if sys.stdout is not None:
                sys.stdout.flush()
        except BrokenPipeError:
            raise _Closed from None
        return code

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 click's interface
        return sorted(module.name for module in pkgutil.iter_modules(commands.__path__))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = self.list_commands(ctx)
        if not (args[0] in known or args[0].startswith("-") or ctx.resilient_parsing):
            remedy = near(args[0], known, f"see {ctx.command_path} --help")
            raise KGError(ctx.command_path, f"there is no command '{args[0]}'", remedy)
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(ctx):
            return None
        found: click.Command = importlib.import_module(f"kg.commands.{name}").command
        return found


@click.group(cls=_Folder, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kg")
def cli() -> None:
    """Evidence-first knowledge graph of the AI ecosystem.

    Every edge can say who says so, where in the text, when, and whether it is a
    fact, a plan or somebody's words.
    """
