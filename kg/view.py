"""One page that shows the graph and, behind each edge, where it stands.

A single file that works from a disk, offline.  pyvis builds the network; the
page around it is ours (``templates/html.j2``), since pyvis' own loads from a CDN
and takes markup from labels.  The same claims stand below the picture as a table
that needs no JavaScript.  Nothing in the graph can become markup or script: the
template escapes, data is inert JSON, the script writes text only, and a Content
Security Policy allows just the scripts and the style that are in the page.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg import __version__, evidence, paths, picture
from kg.errors import KGError
from kg.model import Article, Dataset, Evidence, Rank, Ref, Source
from kg.network import Edge, Fact, Network, Node
from kg.wording import Wording, words

__all__ = ["render", "write"]

_TEMPLATES = Path(__file__).parent / "templates"
_VIS = "templates/lib/vis-9.1.2/vis-network.min.js"
"""In the pyvis package: the newest vis-network that it ships (Apache-2.0 or MIT)."""


def write(
    network: Network,
    path: str | Path,
    *,
    lang: str = "en",
    title: str | None = None,
    texts: Mapping[str, evidence.Material] | None = None,
    max_nodes: int = 150,
) -> None:
    """Write the page to `path`, whole or not at all; the same graph gives the same bytes.

    `lang` is the language of the page and, where there is one, of names and
    glosses.  `texts` holds what is at hand of the sources, by id: passages that
    fit their fingerprint are quoted.  Of a larger graph the `max_nodes` best
    connected entities are shown, and the page says how many are not.

    Raises :class:`KGError` if the page is not written in `lang`, if no two
    entities are linked, or if `path` cannot be written.
    """
    page = render(network, lang=lang, title=title, texts=texts, max_nodes=max_nodes)
    with paths.replacing(path) as out:
        out.write(page.encode())


def render(
    network: Network,
    *,
    lang: str = "en",
    title: str | None = None,
    texts: Mapping[str, evidence.Material] | None = None,
    max_nodes: int = 150,
) -> str:
    """Return the page as HTML; arguments as for :func:`write`."""
    import jinja2
    from markupsafe import Markup

    words(lang)  # first of all: a wrong language is told before the work is done
    choice = _choose(network, max_nodes)
    wording = Wording(lang, choice.named, choice.sources)
    claims = _claims(choice, wording, texts or {})
    vis, script, style = _vis(), _read("page.js"), _read("page.css")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("html.j2").render(
        lang=lang,
        words=wording.words,
        title=title or wording.words["title"],
        counts=choice.says("counts", wording),
        left_out=choice.left_out(wording),
        families=picture.class_legend(choice.nodes, wording),
        lines=picture.line_legend(choice.edges, wording),
        claims=claims,
        sources=[_source(source, wording) for source in choice.sources.values()],
        made=wording.words["made"].format(version=__version__),
        policy=_policy([vis, script], style),
        # These four are no markup of anybody else's: our files, vis-network's, escaped JSON.
        data=Markup(_inert(_data(choice, claims, wording))),  # noqa: S704
        vis=Markup(vis),  # noqa: S704
        script=Markup(script),  # noqa: S704
        style=Markup(style),  # noqa: S704
    )


# -- what is shown -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Choice:
    """The part of the graph that is on the page, and how much is not."""

    nodes: tuple[Node, ...]
    """Best connected first."""
    edges: tuple[Edge, ...]
    named: Mapping[str, Node]
    """The nodes, and the entities that claims or sources mention."""
    sources: Mapping[str, Source]
    counts: Mapping[str, int]

    def says(self, name: str, wording: Wording) -> str:
        grouped = {name: f"{count:,}" for name, count in self.counts.items()}
        return wording.words[name].format(**grouped)

    def left_out(self, wording: Wording) -> list[str]:
        reasons = {"left_out": self.counts["rest"], "unlinked": self.counts["unlinked"]}
        return [self.says(name, wording) for name, count in reasons.items() if count]


def _choose(network: Network, max_nodes: int) -> _Choice:
    """Read the edges twice, to count and to pick, rather than hold them all."""
    degree: Counter[str] = Counter()
    total = 0
    for edge in network.edges():
        degree.update({edge.source, edge.target})
        total += 1
    if not degree:
        raise KGError("the graph", "no two entities are linked, so there is nothing to show")
    ids = sorted(degree, key=lambda id: (-degree[id], id))[:max_nodes]
    drawn = frozenset(ids)
    edges = tuple(edge for edge in network.edges() if {edge.source, edge.target} <= drawn)
    chosen = {node.id: node for node in network.nodes(ids)}
    sources = {source.id: source for source in network.sources()}
    mentioned = _mentioned(edges, chosen.values(), sources.values()) - drawn
    counts = {
        "shown": len(drawn),
        "edges": len(edges),
        "sources": len(sources),
        "linked": len(degree),
        "rest": len(degree) - len(drawn),
        "missing": total - len(edges),
        "unlinked": len(network.ids()) - len(degree),
    }
    named = chosen | {node.id: node for node in network.nodes(mentioned)}
    return _Choice(tuple(chosen[id] for id in ids), edges, named, sources, counts)


def _mentioned(
    edges: Iterable[Edge], nodes: Iterable[Node], sources: Iterable[Source]
) -> frozenset[str]:
    """Ids of entities that are named without being drawn: a role, a publisher, an author."""
    claimed = [*edges, *(fact for node in nodes for fact in node.facts)]
    values = (value for each in claimed for value in each.qualifiers.values())
    articles = [source for source in sources if isinstance(source, Article)]
    credited = (id for article in articles for id in (article.publisher, *article.authors) if id)
    return frozenset(value.id for value in values if isinstance(value, Ref)).union(credited)


# -- claims and sources in words ---------------------------------------------


def _claims(
    choice: _Choice, wording: Wording, texts: Mapping[str, evidence.Material]
) -> dict[str, dict[str, Any]]:
    """What the table and the panel say of each claim, by its IRI.

    In the order of the table: by subject, best connected first, then by relation.
    """
    leaving: dict[str, list[Edge]] = {node.id: [] for node in choice.nodes}
    for edge in choice.edges:
        leaving[edge.source].append(edge)
    found = {}
    for node in choice.nodes:
        rows = [_fact(node, fact, wording) for fact in node.facts]
        rows += [_edge(edge, wording) for edge in leaving[node.id]]
        for row in sorted(rows, key=lambda row: (row["relation"], row["object"], row["id"])):
            places = [_place(each, choice, wording, texts) for each in row["evidence"]]
            found[row["id"]] = row | {"evidence": places}
    return found


def _address(text: str) -> str:
    """The text if it is safe to follow as a link; ``javascript:`` and the like stay text."""
    return text if text.startswith(("https://", "http://")) else ""


def _fact(node: Node, fact: Fact, wording: Wording) -> dict[str, Any]:
    is_uri = fact.value.datatype == "xsd:anyURI"
    return _said(fact, wording) | {
        "subject": wording.entity(node.id),
        "relation": wording.term(fact.predicate),
        "object": wording.value(fact.value),
        "address": _address(fact.value.value) if is_uri else "",
    }


def _edge(edge: Edge, wording: Wording) -> dict[str, Any]:
    return _said(edge, wording) | {
        "subject": wording.entity(edge.source),
        "relation": wording.term(edge.relation),
        "object": wording.entity(edge.target),
        "address": "",
    }


def _said(claim: Fact | Edge, wording: Wording) -> dict[str, Any]:
    normal = claim.rank is Rank.NORMAL
    return {
        "id": claim.id,
        "status": str(claim.status),
        "status_name": wording.term(claim.status.capitalize()),
        "rank": "" if normal else wording.term(claim.rank.capitalize()),
        "qualifiers": wording.qualifiers(claim.qualifiers),
        "gloss": wording.text(claim.gloss),
        "note": wording.text(claim.notes),
        "premises": list(claim.premises),
        "rule": claim.rule,
        "evidence": claim.evidence,
    }


def _place(
    found: Evidence,
    choice: _Choice,
    wording: Wording,
    texts: Mapping[str, evidence.Material],
) -> dict[str, str]:
    source = choice.sources.get(found.source)
    return {
        "title": wording.source(found.source),
        "address": _address(source.url) if source else "",
        "date": source.published[:10] if source else "",
        "place": wording.place(found),
        "quote": evidence.quote(found, texts) or "",
    }


def _source(source: Source, wording: Wording) -> dict[str, Any]:
    """Title, address, and what is known of it under the page's word for each."""
    known = {
        "published": source.published.replace("T", " "),
        "licence": source.licence,
        "fingerprint": source.sha256,
    }
    if isinstance(source, Article):
        known["publisher"] = wording.entity(source.publisher)
        known["author"] = ", ".join(map(wording.entity, source.authors))
    if isinstance(source, Dataset):
        known |= {"version": source.version, "credit": source.creator}
    order = ("publisher", "author", "published", "version", "licence", "credit", "fingerprint")
    return {
        "title": wording.source(source.id),
        "address": _address(source.url),
        "particulars": [(wording.words[name], known[name]) for name in order if known.get(name)],
    }


# -- what the script needs -------------------------------------------------------------


def _data(
    choice: _Choice, claims: Mapping[str, Mapping[str, Any]], wording: Wording
) -> dict[str, Any]:
    """All that the script needs: pyvis' network, and what the panel says."""
    of: dict[str, list[str]] = {node.id: [fact.id for fact in node.facts] for node in choice.nodes}
    for edge in choice.edges:
        for end in {edge.source, edge.target}:
            of[end].append(edge.id)
    return {
        "picture": picture.draw(choice.nodes, choice.edges),
        "claims": claims,
        "entities": {node.id: _entity(node, of[node.id], wording) for node in choice.nodes},
        "words": wording.words,
    }


def _entity(node: Node, claims: Sequence[str], wording: Wording) -> dict[str, Any]:
    name = wording.entity(node.id)
    others = {*node.labels.values(), *(each for also in node.aliases.values() for each in also)}
    return {
        "name": name,
        "kind": wording.term(node.cls),
        "iri": node.iri,
        "also": sorted(others - {name}),
        "note": wording.text(node.notes),
        "claims": claims,
    }


# -- the file ----------------------------------------------------------------


def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


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
