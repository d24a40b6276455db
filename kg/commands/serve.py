"""``kg serve``."""

from __future__ import annotations

import os
import secrets

import click

from kg import options
from kg.errors import KGError

TOKEN = "KG_SERVE_TOKEN"  # noqa: S105 the name of the variable, not what it holds


def _once(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> str | None:
    """The option's value; of two the last one would win without a word."""
    if len(given) > 1:
        raise KGError("--cors", "is said twice", "say one origin, * for any, or none")
    return given[0] if given else None


@click.command("serve", context_settings={"help_option_names": ["--help"]})
@options.data
@options.store
@options.articles
@options.inferred
@options.without
@options.at
@click.option("-h", "--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "-p",
    "--port",
    type=click.IntRange(0, 65535),
    default=8010,
    show_default=True,
    help="Port to listen on; 0 is any free one.",
)
@click.option(
    "--public-url", metavar="URL", default="", help="Where users find it, behind a proxy."
)
@click.option(
    "--allow-host",
    "allowed_hosts",
    metavar="NAME",
    multiple=True,
    help="A further name the server may be called by; can be repeated.",
)
@click.option(
    "--allow-service",
    "services",
    metavar="HOST[:PORT]",
    multiple=True,
    help="A host that SERVICE, and LOAD with --write, may call; can be repeated.",
)
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    metavar="SECONDS",
    show_default=True,
    help="Time that one query, or one page, may take.",
)
@click.option(
    "--memory",
    "memory_mib",
    type=click.IntRange(16),
    default=512,
    metavar="MIB",
    show_default=True,
    help="Memory that one query may take beyond the data (Linux).",
)
@click.option(
    "--rows",
    type=click.IntRange(1),
    default=100_000,
    show_default=True,
    help="Rows of the longest answer; one that is cut says so.",
)
@click.option(
    "--spool",
    "spool_mib",
    type=click.IntRange(1),
    default=2048,
    metavar="MIB",
    show_default=True,
    help="Disk that long answers may have together until their clients have taken them.",
)
@click.option("--workers", type=click.IntRange(1), help="Queries at once; by default, processors.")
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Servers that share the port, for many small questions; each holds the data.",
)
@click.option(
    "--cors",
    metavar="ORIGIN",
    callback=_once,
    multiple=True,
    show_default="* for the shipped data or with --public-url, else none",
    help="Whose web pages may read the data: an origin, * for any, none for nobody's.",
)
@click.option(
    "--write",
    is_flag=True,
    help=f"Allow writing to the whole store, to who has the token ({TOKEN}, of 16 "
    "characters at least; else one is made).",
)
@click.option("-q", "--quiet", is_flag=True, help="Log no requests.")
def command(workers: int | None, quiet: bool, write: bool, **given: object) -> None:
    """Serve the graph: a SPARQL endpoint, and pages to explore it.

    Pages are at /, SPARQL queries and updates at /sparql, whole graphs at /store (Graph Store
    Protocol).  Only this machine can reach it, and only read, unless you say otherwise.
    """
    from kg.web.server import serve
    from kg.web.settings import Settings

    token = os.environ.get(TOKEN, "") if write else ""
    made = "" if token or not write else secrets.token_urlsafe(32)
    if given["cors"] == "none":
        given["cors"] = ""
    if workers is not None:
        given["workers"] = workers
    settings = Settings(write=write, token=token or made, log=not quiet, **given)  # type: ignore[arg-type]
    if made:
        click.echo(f"token for writing: {made}", err=True)
    serve(settings)
