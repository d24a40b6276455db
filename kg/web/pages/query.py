"""``/query``: ask in SPARQL or by a question's name, and read the answer as a page.

The form sends plain addresses, so an answer can be linked to and going back works;
the script only makes the text box a better one.
"""

from __future__ import annotations

import itertools
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kg import names, queries, sparql, vocabulary
from kg.errors import KGError, near
from kg.queries import Parameter, Question
from kg.web.pages.asking import Shown, ask
from kg.web.pages.drawing import drawn
from kg.web.pages.frame import Frame, behind, guarded, refusal
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
_GIVEN = "p-"
"""Before the names of a question's parameters in an address."""


async def query(request: Request) -> Response:
    """Return the editor, the questions, and the answer to what is asked."""
    frame = Frame(request)
    try:
        question, text, runs = await run_in_threadpool(_asked, frame)
    except KGError as error:
        return await run_in_threadpool(refusal, frame, error)
    shown, problem, status, headers = None, "", 200, dict[str, str]()
    if runs:
        try:
            shown = await ask(frame, text, cited="cite" in request.query_params)
        except Refused as refused:
            problem, status, headers = refused.reason, refused.status, refused.headers
        except KGError as error:
            if behind(frame, error):
                return await run_in_threadpool(refusal, frame, error)
            problem, status = str(error), 400
    answer = await run_in_threadpool(
        guarded, lambda frame: _page(frame, question, text, shown, problem, status), frame
    )
    answer.headers.update(headers)
    return answer


def _asked(frame: Frame) -> tuple[Question | None, str, bool]:
    """The question if it has a name, the text of the query, and whether it can be run."""
    asked = frame.request.query_params
    text, name = asked.get("query", ""), asked.get("name", "")
    if text.strip():
        return None, text.replace("\r\n", "\n"), True
    if not name:
        return None, _EXAMPLE, False
    known = queries.catalogue()
    if name not in known:
        raise KGError(f"name={name[:80]}", "there is no such question", near(name[:80], known))
    question = known[name]
    given = [
        f"{each.name}={_value(frame, each, value)}"
        for each in question.parameters
        if (value := asked.get(_GIVEN + each.name, "").strip()[:_LONGEST])
    ]
    wanted = {each.name for each in question.parameters if each.required}
    if wanted - {each.partition("=")[0] for each in given}:
        return question, _body(question.text), False
    bound = queries.bind(frame.site.store, name, question.parameters, given)
    request = sparql.Request(question.text, name, bindings=bound)
    return question, _body(request.text), True


def _value(frame: Frame, parameter: Parameter, value: str) -> str:
    """What is given for a parameter; an entity by its id, which costs no search of all names."""
    if parameter.kind != "entity":
        return value
    return names.entity_iri(meant(frame, value, _GIVEN + parameter.name))


def _body(text: str) -> str:
    """A question's text without its header, whose lines are comments."""
    lines = text.strip().splitlines()
    return "\n".join(itertools.dropwhile(lambda line: line.startswith("#"), lines))


def _page(
    frame: Frame,
    question: Question | None,
    text: str,
    shown: Shown | None,
    problem: str,
    status: int,
) -> Response:
    asked = frame.request.query_params
    title = question.titles[frame.lang] if question else frame.words["query"]
    return frame.answer(
        "query.j2",
        status=status,
        title=title,
        question=question,
        parameters=_parameters(frame, question),
        text=text,
        problem=problem,
        place=_place(problem),
        shown=shown,
        picture=_picture(frame, shown),
        cited="cite" in asked,
        questions=[
            (name, frame.link("/query", name=name), each.titles[frame.lang])
            for name, each in queries.catalogue().items()
        ],
        downloads=[
            (form, f"{frame.root}/sparql?{frame.encoded(query=text, format=form)}")
            for form in _forms(shown)
        ],
        share=frame.link("/query", query=text),
        needs_inferred=bool(question and question.inferred and not frame.site.settings.inferred),
    )


def _forms(shown: Shown | None) -> tuple[str, ...]:
    """The formats in which the endpoint gives such an answer."""
    if shown is None or shown.boolean is not None:
        return ("json", "xml")
    return ("ttl", "nt", "jsonld") if shown.is_graph else ("csv", "json", "tsv", "xml")


def _place(problem: str) -> tuple[int, int] | None:
    """Line and column that a message about a query begins with."""
    parts = problem.split(":")
    if len(parts) > 3 and parts[1].isdecimal() and parts[2].isdecimal():
        return int(parts[1]), int(parts[2])
    return None


def _parameters(frame: Frame, question: Question | None) -> list[dict[str, Any]]:
    asked = frame.request.query_params
    return [
        {
            "field": _GIVEN + each.name,
            "name": each.name,
            "description": each.descriptions[frame.lang],
            "required": each.required,
            "value": asked.get(_GIVEN + each.name, each.default),
        }
        for each in (question.parameters if question else ())
    ]


def _picture(frame: Frame, shown: Shown | None) -> dict[str, Any] | None:
    if shown is None or not shown.drawing:
        return None
    reader = Reader(frame)
    prefix = names.PREFIXES["id"]
    iris = {iri for link in shown.drawing for iri in link}
    reader.learn(iri.removeprefix(prefix) for iri in iris if iri.startswith(prefix))

    def say(iri: str) -> tuple[str, str]:
        short = names.compact(iri)
        if short.startswith("aie:"):
            return reader.wording.term(short[4:]), frame.of(iri)
        return reader.wording.entity(short.removeprefix("id:")), frame.of(iri)

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
