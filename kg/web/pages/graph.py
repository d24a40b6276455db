"""``/graph?…``: the page of ``kg view``, live, on a part of the graph.

It brings its own script and style, and its own policy with their hashes: that, and
not the other pages' policy, is the header of this answer.
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping

import pyoxigraph as ox
from starlette.responses import HTMLResponse, Response

from kg import names, view, vocabulary
from kg.errors import KGError, near
from kg.model import Source, Status
from kg.network import Edge, Network, Node
from kg.store import Store
from kg.web.pages.frame import Frame, Missing
from kg.web.pages.home import empty, is_empty, numbers
from kg.web.pages.naming import like_source, meant
from kg.web.pages.reading import Reader, keys, named, sources

__all__ = ["graph"]

_MOST = 500
"""Relations of a part; of more, those that the store finds first.  To read and to place these
takes half a second, whatever the graph holds."""
_KEPT = 16

_PARTS = {
    "around": "VALUES ?end { GIVEN } { ?key rdf:subject ?end } UNION { ?key rdf:object ?end }",
    "source": "?ground oa:hasSource GIVEN . ?key aie:evidence ?ground",
    "relation": "?key rdf:predicate GIVEN",
    "status": "?key aie:status GIVEN",
    "type": "{ ?key rdf:subject ?one } UNION { ?key rdf:object ?one } ?one a GIVEN",
}
"""By parameter: which claims it keeps.  Several keep what fits all of them."""
_THINGS = {"around": names.entity_iri, "source": names.source_iri}
_THERE = "ASK { { ?claim rdf:subject GIVEN } UNION { ?claim rdf:object GIVEN } }"
_KEYS = """
SELECT DISTINCT ?key { ?key a aie:Claim ; rdf:object ?object FILTER isIRI(?object) PARTS }
LIMIT LIMITED"""
_NEAR = """
SELECT DISTINCT ?far {
  { ?claim rdf:subject THING ; rdf:object ?far FILTER isIRI(?far) }
  UNION { ?claim rdf:object THING ; rdf:subject ?far }
} LIMIT 200"""


class _Part(Network):
    """Some of the edges of a graph, the nodes at their ends, and the sources of all of these.

    `sources` are the whole graph's, by id.
    """

    def __init__(self, store: Store, claims: Iterable[str], sources: Mapping[str, Source]) -> None:
        super().__init__(store)
        self._edges_read = list(super().edges(claims))
        ends = {end for edge in self._edges_read for end in (edge.source, edge.target)}
        self._nodes_read = {node.id: node for node in super().nodes(ends)}
        facts = (fact for node in self._nodes_read.values() for fact in node.facts)
        claimed = itertools.chain(self._edges_read, facts)
        cited = {each.source for claim in claimed for each in claim.evidence}
        self._cited = [sources[id] for id in sorted(cited & sources.keys())]

    def edges(self, claims: Iterable[str] | None = None) -> Iterator[Edge]:
        """Yield the edges of the part, or those with these IRIs."""
        return iter(self._edges_read) if claims is None else super().edges(claims)

    def ids(self) -> list[str]:
        """Return the ids of the entities at the ends of its edges, sorted."""
        return list(self._nodes_read)

    def nodes(self, ids: Iterable[str] | None = None) -> Iterator[Node]:
        """Yield the nodes of the part, or those of them with these ids."""
        wanted = self._nodes_read.keys() if ids is None else set(ids)
        return (node for id, node in self._nodes_read.items() if id in wanted)

    def sources(self) -> Iterator[Source]:
        """Yield the sources that its claims cite."""
        return iter(self._cited)


def graph(frame: Frame) -> Response:
    """Return the graph's page of the part that the address names, by default of all."""
    if is_empty(frame):
        return empty(frame)
    asked = frame.request.query_params
    given = {name: asked[name] for name in _PARTS if asked.get(name)}
    given |= {name: _thing(frame, name, given[name]) for name in given if name in _THINGS}
    terms = {name: _term(name, value) for name, value in given.items()}
    # The way back carries the language on where the reader chose it.
    key = f"graph {frame.lang} {frame.carried} {sorted(given.items())}"
    pages = frame.served.once("graphs", lambda _: dict[str, str]())
    text = pages.get(key) or _page(frame, given, terms)
    pages[key] = text
    for oldest in list(pages)[: max(0, len(pages) - _KEPT)]:
        pages.pop(oldest, None)
    headers = {"vary": "Accept-Language", "content-language": frame.lang}
    return HTMLResponse(text, headers={**headers, "content-security-policy": _policy(text)})


def _term(name: str, value: str) -> str:
    """The IRI that a parameter means, as SPARQL writes it."""
    if name in _THINGS:
        return str(ox.NamedNode(_THINGS[name](value)))
    terms = vocabulary.load()
    known = {
        "relation": terms.predicates,
        "type": terms.classes,
        "status": {each.value: each for each in Status},
    }[name]
    if value not in known:
        raise KGError(f"{name}={value[:80]}", f"there is no such {name}", near(value[:80], known))
    return str(
        ox.NamedNode(names.expand(f"aie:{value.capitalize() if name == 'status' else value}"))
    )


def _thing(frame: Frame, name: str, value: str) -> str:
    """The id of the entity or source that a parameter names."""
    if name == "around":
        iri = names.entity_iri(value)
        there = named(iri) and frame.served.store.query(_THERE.replace("GIVEN", keys([iri])))
        return value if there else meant(frame, value, name)
    known = sources(frame.served)
    if value not in known:
        near = like_source(known, value)
        raise Missing(value, frame.words["no_source"], near, name, kind=name)
    return value


def _page(frame: Frame, given: dict[str, str], terms: dict[str, str]) -> str:
    reader = Reader(frame)
    parts = dict(terms)
    if "around" in parts:  # the entity's neighbours too, so that the picture shows their links
        rows = reader.rows(_NEAR.replace("THING", parts["around"]))
        parts["around"] = " ".join([parts["around"], *(str(row[0]) for row in rows)])
    kept_by = " ".join(
        f"{{ {_PARTS[name].replace('GIVEN', value)} }}" for name, value in parts.items()
    )
    query = _KEYS.replace("PARTS", kept_by).replace("LIMITED", str(_MOST))
    claims = [row[0].value for row in reader.rows(query)]
    if not claims:
        raise KGError(" ".join(given.values()) or frame.words["graph"], frame.words["empty_graph"])
    part = _Part(frame.served.store, claims, sources(frame.served))
    page = view.render(
        part,
        lang=frame.lang,
        title=_title(reader, given),
        texts=frame.site.texts,
    )
    whole = numbers(frame.served).sizes["entities"]
    there, called = _back(reader, given)
    back = f'<p class="counts"><a href="{html.escape(there)}">{html.escape(called)}</a>'
    if len(claims) == _MOST:
        back += f" · {frame.words['cut_graph'].format(n=_MOST)}"
    elif not given and len(part.ids()) < whole:
        back += f" · {frame.words['unlinked'].format(n=f'{len(part.ids()):,}', all=f'{whole:,}')}"
    if frame.selection:
        back += f" · {html.escape(frame.selection)}"
    for path, name in (("/query", "questions"), ("/path", "paths"), ("/search", "search")):
        there = html.escape(frame.link(path))
        back += f' · <a href="{there}">{html.escape(frame.words[name])}</a>'
    return page.replace("<header>", f"<header>{back}</p>", 1)


def _back(reader: Reader, given: dict[str, str]) -> tuple[str, str]:
    """Where the reader comes from, by what narrows the graph: an address, and words for it."""
    frame, words = reader.frame, reader.wording
    says = {"around": words.entity, "source": words.source, "type": words.term}
    name = next((each for each in says if each in given), "")
    if not name:  # the front page leads here, or any
        section = "#statuses" if "status" in given else "#relations" if given else ""
        return frame.link(f"/{section}"), frame.words["back"]
    value = given[name]
    called = frame.words["back_to"].format(name=says[name](value))
    if name == "type":
        return frame.link("/search", type=value), called
    return frame.link(f"/id/{value}#around" if name == "around" else f"/source/{value}"), called


def _title(reader: Reader, given: dict[str, str]) -> str | None:
    """What the page is called: by its entity or source, else by the terms that narrow it."""
    if not given:
        return None
    reader.learn([given["around"]] if "around" in given else [])
    words = reader.wording
    says = {"around": words.entity, "source": words.source}
    parts = [says.get(name, words.term)(value) for name, value in given.items()]
    return reader.frame.words["graph_title"].format(name=", ".join(parts))


_META = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')


def _policy(page: str) -> str:
    """The page's own policy, and what only a header can say."""
    found = _META.search(page)
    if found is None:
        raise TypeError("the graph's page has no policy")
    return f"{html.unescape(found[1])}; frame-ancestors 'none'"
