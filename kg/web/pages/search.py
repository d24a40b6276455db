"""``/search?q=``: entities by what they may be called; ``?type=``: all of a class and below it."""

from __future__ import annotations

from starlette.responses import Response

from kg import listing, names, vocabulary
from kg.errors import KGError, near
from kg.web.pages.frame import Frame
from kg.web.pages.paging import paged
from kg.web.pages.reading import Reader, keys

__all__ = ["search"]

_FOUND, _PAGE = 30, 200
_OF_CLASS = """
SELECT DISTINCT ?thing {
  VALUES ?class { CLASSES } ?thing a ?class FILTER STRSTARTS(STR(?thing), STR(id:))
}"""


def search(frame: Frame) -> Response:
    """Return what was found, or all entities of a class and those below it, by name."""
    asked = frame.request.query_params
    text, cls = asked.get("q", "").strip()[:200], asked.get("type", "")
    if cls:
        return _listed(frame, cls)
    index = frame.served.index
    hits = index.search(text, _FOUND) if text else []
    guessed = not hits and bool(text)
    if guessed:
        hits = index.nearest(text, 5)
    reader = Reader(frame)
    reader.learn(hit.entity for hit in hits)
    said = listing.words(frame.lang)
    found = [
        {
            **reader.thing(hit.entity),
            "why": "" if hit.name.text == reader.wording.entity(hit.entity)
            else f"{said[hit.how]} ({said[hit.name.kind]}): {hit.name.text}",
        }
        for hit in hits
    ]  # fmt: skip
    title = f"{text} — {frame.words['search']}" if text else frame.words["search"]
    return frame.answer(
        "search.j2", title=title, text=text, found=found, guessed=guessed, kind="", pages=None
    )


def _listed(frame: Frame, cls: str) -> Response:
    known = vocabulary.load().classes
    if cls not in known:
        raise KGError(f"type={cls[:80]}", "there is no such class", near(cls[:80], known))
    below = (name for name, each in known.items() if cls in each.ancestors)
    query = _OF_CLASS.replace("CLASSES", keys(names.expand(f"aie:{name}") for name in below))
    reader = Reader(frame)
    prefix = names.PREFIXES["id"]
    ids = frame.served.once(
        f"class {cls}",
        lambda _: sorted(row[0].value.removeprefix(prefix) for row in reader.rows(query)),
    )
    shown = paged(frame, ids, _PAGE, "/search", type=cls)
    reader.learn(shown.items)
    found = sorted(
        ({**reader.thing(id), "why": ""} for id in shown.items), key=lambda each: each["name"]
    )
    kind = reader.wording.term(cls)
    return frame.answer(
        "search.j2", title=f"{kind} ({len(ids):,})", text="", found=found, guessed=False,
        kind=kind, pages=shown,
    )  # fmt: skip
