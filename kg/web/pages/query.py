"""``/query``: ask in SPARQL or by a question's name, and read the answer as a page.

The form sends plain addresses, so an answer can be linked to and going back works;
the script only makes the text box a better one.
"""

from __future__ import annotations

import difflib
import functools
import itertools
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kg import names, queries, results, sparql, spelling, vocabulary
from kg.errors import KGError
from kg.queries import Parameter, Question
from kg.web.pages.asking import Shown, ask
from kg.web.pages.complaints import Complaint, of_query
from kg.web.pages.drawing import drawn
from kg.web.pages.fields import Wrong, status, wrong
from kg.web.pages.frame import Frame, behind, guarded, in_thread, late, refusal
from kg.web.pages.naming import meant
from kg.web.pages.reading import Reader
from kg.web.refused import Refused

__all__ = ["query", "terms"]

_EXAMPLE = """SELECT ?who ?where {
  ?who a aie:Person ; aie:holdsPost ?where .
}
ORDER BY ?who
LIMIT 20"""
_LONGEST = 500
"""Letters of a parameter."""
_TALL = 12
"""Lines of a query of one's own that is folded away, as a named one's is, when it is answered."""
_FEW = 50
"""Sources that fit into a list to choose from."""
_LINKED = 4_000
"""Letters of a query that near matches lead to: the address of each holds all of it."""
_GIVEN = "p-"
"""Before the names of a question's parameters in an address."""


@dataclass(slots=True)
class _Asked:
    """What an address asks, and what is wrong with it."""

    text: str
    """The query; :attr:`question` has its parameters in it once all are known."""
    question: Question | None = None
    runs: bool = False
    faults: dict[str, Wrong] = field(default_factory=dict)
    """By field."""
    problem: Complaint | None = None
    """What is wrong with the query itself."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


async def query(request: Request) -> Response:
    """Return the editor, the questions, and the answer to what is asked."""
    frame = Frame(request)
    try:
        return await _answered(frame)
    except TimeoutError:
        return late(frame)


async def _answered(frame: Frame) -> Response:
    try:
        asked = await in_thread(frame, lambda: _asked(frame))
    except KGError as error:
        return await _refused(frame, error)
    shown = None
    if asked.runs:
        try:
            shown = await ask(frame, asked.text, cited="cite" in frame.request.query_params)
        except Refused as refused:
            asked.problem, asked.status = _complaint(frame, refused.reason), refused.status
            asked.headers = refused.headers
        except KGError as error:
            if behind(frame, error):
                return await _refused(frame, error)
            asked.problem, asked.status = _complaint(frame, str(error)), 400
    made = functools.partial(_page, asked=asked, shown=shown)
    answer = await in_thread(frame, lambda: guarded(made, frame))
    answer.headers.update(asked.headers)
    return answer


async def _refused(frame: Frame, error: KGError) -> Response:
    return await in_thread(frame, lambda: refusal(frame, error))


def _asked(frame: Frame) -> _Asked:
    given = frame.request.query_params
    text, name = given.get("query", ""), given.get("name", "")
    if text.strip():
        return _Asked(text.replace("\r\n", "\n"), runs=True)
    if not name:
        return _Asked(_EXAMPLE)
    known = queries.catalogue()
    if name not in known:
        fault = _no_question(frame, name[:_LONGEST])
        return _Asked(_EXAMPLE, faults={"name": fault}, status=fault.status)
    return _filled(frame, known[name])


def _no_question(frame: Frame, name: str) -> Wrong:
    titles = [(each, known.titles[frame.lang]) for each, known in queries.catalogue().items()]
    near = _near(frame, "name", name, titles)
    return Wrong(frame.words["no_question"].format(name=name), near, 404)


def _near(
    frame: Frame, field: str, value: str, choices: Collection[tuple[str, str]]
) -> list[dict[str, Any]]:
    """The choices that look most like what is in a field, each with its address."""
    written = {text.lower(): each for each in choices for text in each}
    found = difflib.get_close_matches(value.lower(), written, 3)
    given = frame.request.query_params
    links = [
        (choice, called, frame.link("/query", **{**given, field: choice}))
        for choice, called in dict.fromkeys(written[each] for each in found)
    ]
    return [{"name": called, "address": there, "kind": choice} for choice, called, there in links]


def _filled(frame: Frame, question: Question) -> _Asked:
    """The question with the values of its parameters, if all that are needed are there."""
    given = frame.request.query_params
    bound, faults, complete = dict[str, sparql.Value](), dict[str, Wrong](), True
    for each in question.parameters:
        name = _GIVEN + each.name
        value = given.get(name, "").strip()[:_LONGEST] or each.default
        complete = complete and bool(value or not each.required)
        try:
            if value:
                bound[each.name] = _value(frame, each, value)
        except KGError as error:
            faults[name] = wrong(frame, error, frame.words.get(f"wrong_{each.kind}", ""))
            if choices := _choices(frame, each):
                near = _near(frame, name, value, choices)
                faults[name] = Wrong(frame.words["wrong_choice"], near)
    if faults or not complete:
        said = status(*faults.values())
        return _Asked(_body(question.text), question, faults=faults, status=said)
    request = sparql.Request(question.text, question.name, bindings=bound)
    return _Asked(_body(request.text), question, runs=True)


def _value(frame: Frame, parameter: Parameter, value: str) -> sparql.Value:
    """What is given for a parameter; an entity is found without a search of all names."""
    if parameter.kind == "entity":
        return ox.NamedNode(names.entity_iri(meant(frame, value, _GIVEN + parameter.name)))
    return queries.value_of(frame.served.store, parameter, value)


def _body(text: str) -> str:
    """A question's text without its header, whose lines are comments."""
    lines = text.strip().splitlines()
    return "\n".join(itertools.dropwhile(lambda line: line.startswith("#"), lines))


def _page(frame: Frame, asked: _Asked, shown: Shown | None) -> Response:
    question, text = asked.question, asked.text
    return frame.answer(
        "query.j2",
        status=asked.status,
        title=question.titles[frame.lang] if question else frame.words["query"],
        question=question,
        parameters=_parameters(frame, question),
        faults=asked.faults,
        text=text,
        problem=asked.problem,
        strangers=_strangers(frame, text) if shown and not question else [],
        shown=shown,
        unfilled=bool(question) and not asked.runs,
        folded=bool(shown) and (question is not None or text.count("\n") >= _TALL),
        picture=_picture(frame, shown),
        cited="cite" in frame.request.query_params,
        questions=[
            (name, frame.link("/query", name=name), each.titles[frame.lang])
            for name, each in sorted(
                queries.catalogue().items(), key=lambda each: each[1].titles[frame.lang]
            )
        ],
        downloads=[
            (form, f"{frame.root}/sparql?{frame.encoded(query=text, format=form)}")
            for form in _forms(shown)
        ],
        share=frame.link("/query", query=text),
        needs_inferred=bool(question and question.inferred and not frame.site.settings.inferred),
    )


def _strangers(frame: Frame, text: str) -> list[Wrong]:
    """What the query names and the graph does not know, with the query as it may be meant."""
    found = []
    for each in spelling.strangers(frame.served.store, text, "query", lambda: frame.served.index):
        near = [
            {
                "name": name,
                "kind": _called(frame, name),
                "address": _with(frame, text[: each.start] + name + text[each.end :]),
            }
            for name in each.near
        ]
        _, line, column = each.place.split(":")
        what = frame.words["stranger"].format(name=each.name, line=line, column=column)
        found.append(Wrong(what, near))
    return found


def _with(frame: Frame, text: str) -> str:
    """The address of this page with another query, ``""`` for a long one."""
    return frame.link("/query", query=text) if len(text) <= _LINKED else ""


def _called(frame: Frame, name: str) -> str:
    """The label of a term or entity, given with our prefix."""
    prefix, _, local = name.partition(":")
    if prefix == "aie":
        return vocabulary.load().label(local, frame.lang)
    reader = Reader(frame)
    reader.learn([local] if prefix == "id" else [])
    return reader.wording.source(local) if prefix == "source" else reader.wording.entity(local)


def _forms(shown: Shown | None) -> tuple[str, ...]:
    """The formats in which the endpoint gives such an answer."""
    if shown is None or shown.boolean is not None:
        return ("json", "xml")
    return ("ttl", "nt", "jsonld") if shown.is_graph else ("csv", "json", "tsv", "xml")


def _complaint(frame: Frame, line: str) -> Complaint:
    return of_query(frame.lang, line, frame.words["place"])


def _parameters(frame: Frame, question: Question | None) -> list[dict[str, Any]]:
    asked = frame.request.query_params
    return [
        {
            "field": _GIVEN + each.name,
            "name": each.name,
            "description": each.descriptions[frame.lang],
            "required": each.required,
            "value": asked.get(_GIVEN + each.name, "").strip()[:_LONGEST] or each.default,
            "choices": _choices(frame, each),
        }
        for each in (question.parameters if question else ())
    ]


def _choices(frame: Frame, parameter: Parameter) -> list[tuple[str, str]]:
    """Every value and what it is called, where there are few enough to choose from."""
    if parameter.kind == "source":
        reader = Reader(frame)
        ids = sorted(reader.sources) if len(reader.sources) <= _FEW else []
        return [(id, reader.wording.source(id)) for id in ids]
    known = vocabulary.load()
    named = ((name, known.label(name, frame.lang)) for name in queries.choices(parameter.kind))
    return sorted(named, key=lambda each: each[1])


def _picture(frame: Frame, shown: Shown | None) -> dict[str, Any] | None:
    if shown is None or not shown.drawing:
        return None
    labels = results.Labels(frame.served.store, frame.lang)
    iris = {iri for link in shown.drawing for iri in link if not iri.startswith("?")}
    labels.learn(map(ox.NamedNode, sorted(iris)))

    def say(iri: str) -> tuple[str, str]:
        if iri not in iris:
            return iri[1:], ""
        return labels.of(ox.NamedNode(iri)) or names.compact(iri), frame.of(iri)

    return drawn(shown.drawing, say)


def terms(request: Request) -> Response:
    """Return what the editor completes: prefixes, classes, properties, with their labels."""
    frame = Frame(request)
    known = vocabulary.load()
    kinds = {
        "class": known.classes,
        "property": {**known.predicates, **known.qualifiers},
    }
    listed = [
        {"name": f"aie:{name}", "label": known.label(name, frame.lang), "kind": kind}
        for kind, found in kinds.items()
        for name in sorted(found)
    ]
    others = sorted(known.labels.keys() - {each["name"][4:] for each in listed})
    listed += [
        {"name": f"aie:{name}", "label": known.label(name, frame.lang), "kind": "constant"}
        for name in others
    ]
    headers = {"vary": "Accept-Language", "content-language": frame.lang}
    return JSONResponse({"prefixes": names.PREFIXES, "terms": listed}, headers=headers)
