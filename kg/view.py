"""One page that shows the graph and, behind each edge, where it stands.

A single file that works from a disk, offline.  pyvis builds the network; the
page around it is ours (``templates/html.j2``), since pyvis' own loads from a CDN
and takes markup from labels.  The first claims stand below the picture as a table
that needs no JavaScript.  Nothing in the graph can become markup or script: the
template escapes, data is inert JSON, the script writes text only, and a Content
Security Policy allows just the scripts and the style that are in the page.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import __version__, evidence, page, paths
from kg.model import Evidence, Rank, Source
from kg.network import Edge, Fact, Network
from kg.wording import Wording, languages, words

if TYPE_CHECKING:
    import jinja2

__all__ = ["render", "write"]

_TEMPLATES = Path(__file__).parent / "templates"
_VIS = "templates/lib/vis-9.1.2/vis-network.min.js"
"""In the pyvis package: the newest vis-network that it ships (Apache-2.0 or MIT)."""

_ROWS = 200
"""Claims in the table that needs no JavaScript."""


def write(
    network: Network,
    path: str | Path,
    *,
    lang: str = "en",
    title: str | None = None,
    texts: Mapping[str, evidence.Material] | None = None,
    max_nodes: int = 150,
    command: str = "kg view",
) -> None:
    """Write the page to `path`, whole or not at all; the same graph gives the same bytes.

    `lang` is the language in which the page opens; it holds every language it is
    written in.  `texts` holds what is at hand of the sources, by id: the page then
    shows an article with the passage of a claim, if that fits its fingerprint.  The
    page opens with the `max_nodes` best connected entities; it holds all, or of a
    very large graph the 20,000 best connected, and says so.  `command` is shown as
    how the page was made.

    Raises :class:`KGError` if the page is not written in `lang`, if there is no
    entity, or if `path` cannot be written.
    """
    text = render(
        network, lang=lang, title=title, texts=texts, max_nodes=max_nodes, command=command
    )
    with paths.replacing(path) as out:
        out.write(text.encode())


def render(
    network: Network,
    *,
    lang: str = "en",
    title: str | None = None,
    texts: Mapping[str, evidence.Material] | None = None,
    max_nodes: int = 150,
    command: str = "kg view",
) -> str:
    """Return the page as HTML; arguments as for :func:`write`."""
    from markupsafe import Markup

    words(lang)  # first of all: a wrong language is told before the work is done
    material = texts or {}
    selection = page.select(network, max_nodes)
    wording = Wording(lang, selection.named, selection.sources)
    vis, script, style = _vis(), _script(), _read("page.css")
    data = page.data(selection, material)
    data |= {"title": title or "", "command": command, "version": __version__}
    return _template().render(
        lang=lang,
        other=next(each for each in languages() if each != lang),
        words=wording.words,
        title=title or wording.words["title"],
        counts=selection.says(selection.summary, lang),
        newest=selection.newest,
        left_out=[(name, selection.says(name, lang)) for name in selection.left_out],
        sources=[_source(source, wording) for source in selection.sources.values()],
        rows=list(_rows(selection, wording, material)),
        more=max(0, len(data["claims"]["id"]) - _ROWS),
        version=__version__,
        command=command,
        policy=_policy([vis, script], style),
        # These four are no markup of anybody else's: our files, vis-network's, escaped JSON.
        data=Markup(_inert(data)),  # noqa: S704
        vis=Markup(vis),  # noqa: S704
        script=Markup(script),  # noqa: S704
        style=Markup(style),  # noqa: S704
    )


@functools.cache
def _template() -> jinja2.Template:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("html.j2")


# -- what is readable without a script ---------------------------------------


def _rows(
    selection: page.Selection, wording: Wording, texts: Mapping[str, evidence.Material]
) -> Iterator[dict[str, Any]]:
    """The first claims as the table says them: of the best connected entities first."""
    leaving: dict[str, list[Edge]] = {node.id: [] for node in selection.nodes}
    for edge in selection.edges:
        leaving[edge.source].append(edge)
    left = _ROWS
    for node in selection.nodes:
        claims: list[Fact | Edge] = [*node.facts, *leaving[node.id]]
        for claim in claims[:left]:
            yield _row(claim, wording.entity(node.id), wording, texts)
            left -= 1
        if not left:
            return


def _row(
    claim: Fact | Edge, subject: str, wording: Wording, texts: Mapping[str, evidence.Material]
) -> dict[str, Any]:
    if isinstance(claim, Edge):
        relation, value, address = claim.relation, wording.entity(claim.target), ""
    else:
        relation, value = claim.predicate, wording.value(claim.value)
        address = _address(value if claim.value.datatype == "xsd:anyURI" else "")
    return {
        "subject": subject,
        "relation": wording.term(relation),
        "object": value,
        "address": address,
        "status": str(claim.status),
        "status_name": wording.term(claim.status.capitalize()),
        "rank": "" if claim.rank is Rank.NORMAL else wording.term(claim.rank.capitalize()),
        "qualifiers": wording.qualifiers(claim.qualifiers),
        "gloss": wording.text(claim.gloss),
        "evidence": [_place(each, wording, texts) for each in claim.evidence],
    }


def _address(text: str) -> str:
    """The text if it is safe to follow as a link; ``javascript:`` and the like stay text."""
    return text if text.startswith(("https://", "http://")) else ""


def _place(
    found: Evidence, wording: Wording, texts: Mapping[str, evidence.Material]
) -> dict[str, str]:
    return {
        "title": wording.source(found.source),
        "lang": wording.language(found.source),
        "place": wording.place(found),
        "quote": evidence.quote(found, texts) or "",
    }


def _source(source: Source, wording: Wording) -> dict[str, Any]:
    """Title, address, and what is known of it under the page's word for each."""
    return {
        "id": source.id,
        "title": wording.source(source.id),
        "address": _address(source.url),
        "particulars": page.source_particulars(source, wording),
    }


# -- the file ----------------------------------------------------------------


def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _script() -> str:
    """The files of the script in the order of their names, in one function of their own."""
    files = sorted((_TEMPLATES / "page").glob("*.js"))
    parts = [file.read_text(encoding="utf-8") for file in files]
    return "\n".join(['"use strict";', "(() => {", *parts, "})();\n"])


def _vis() -> str:
    """vis-network with its licence, without the pointer to a source map that is not there."""
    import pyvis

    code = (Path(pyvis.__file__).parent / _VIS).read_text(encoding="utf-8")
    return code.partition("//# sourceMappingURL=")[0]


def _inert(data: object) -> str:
    """JSON that no HTML parser can mistake for markup, and that is the same every time."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _policy(scripts: Iterable[str], style: str) -> str:
    """Nothing may be loaded; only these very scripts and this very style may run."""
    return (
        f"default-src 'none'; script-src {' '.join(map(_hash, scripts))}; "
        f"style-src {_hash(style)}; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
