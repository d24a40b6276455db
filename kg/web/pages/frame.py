"""What every page shares: its language, its template, its headers, and how it says no.

A page is a plain function of the request.  All markup comes from Jinja with
autoescape; words are escaped wherever they come from.  There is no inline code, as
the server's Content Security Policy wants it: schema.org's JSON-LD stands in a data
block, which is no script to a browser.
"""

from __future__ import annotations

import copy
import functools
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from kg import __version__, names, vocabulary
from kg.errors import KGError, Problem, Problems
from kg.web import security, spool
from kg.web.negotiation import weighed
from kg.web.pages.complaints import of_problem

if TYPE_CHECKING:
    import jinja2
    from markupsafe import Markup

    from kg.web.served import Served
    from kg.web.site import Site

__all__ = [
    "Frame",
    "Missing",
    "address",
    "behind",
    "compile_templates",
    "guarded",
    "in_thread",
    "inert",
    "late",
    "not_found",
    "page",
    "say",
    "suggested",
]

T = TypeVar("T")

_WEB = Path(__file__).parent.parent
_LANGS = {"en": "English", "ko": "한국어"}


class Missing(KGError):
    """There is no such thing: the page is a 404, with what may have been meant."""

    def __init__(
        self,
        wanted: str,
        what: str,
        near: Sequence[str] = (),
        parameter: str = "",
        *,
        kind: str = "id",
        remedy: str = "",
    ) -> None:
        """`near` are ids of entities; each leads to its page, or to here as `parameter`.

        Of sources, if `kind` is ``source``.
        """
        super().__init__(wanted, what, remedy)
        self.near = near
        self.parameter = parameter
        self.kind = kind


# -- words -------------------------------------------------------------------


@functools.cache
def _catalogue() -> dict[str, dict[str, str]]:
    return tomllib.loads((_WEB / "words.toml").read_text(encoding="utf-8"))


def say(lang: str) -> Mapping[str, str]:
    """Return the explorer's own words in `lang`."""
    return _catalogue()[lang]


def _language(request: Request) -> str:
    """Return ``en`` or ``ko``: as the address says, else as the reader's browser prefers."""
    asked = request.query_params.get("lang", "")
    if asked in _LANGS:
        return asked
    liked = sorted(weighed(request.headers.get("accept-language", "")), key=lambda each: -each[1])
    tags = (tag.partition("-")[0] for tag, quality in liked if quality)
    return next((tag for tag in tags if tag in _LANGS), "en")


# -- markup ------------------------------------------------------------------


def address(text: str) -> str:
    """Return the text if it is safe to follow as a link; ``javascript:`` and the like are not.

    >>> address("https://news.example/1"), address("javascript:alert(1)")
    ('https://news.example/1', '')
    """
    return text if text.lower().startswith(("https://", "http://")) else ""


def inert(data: object) -> Markup:
    r"""Return JSON that no HTML parser can mistake for markup.

    >>> print(inert({"name": "</script>"}))
    {"name":"\u003c/script\u003e"}
    """
    from markupsafe import Markup

    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 escaped just now


@functools.cache
def _environment() -> jinja2.Environment:
    import jinja2  # not at the top: the other commands need none

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_WEB / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def compile_templates() -> None:
    """Do now what the first page of each kind would else wait for."""
    for name in _environment().list_templates():
        _environment().get_template(name)


@functools.cache
def _versioned(name: str) -> str:
    """The address of a file of ours, which changes when the file does."""
    import hashlib

    digest = hashlib.sha256((_WEB / "static" / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:8]}"


class Frame:
    """One answer in the making: its language, its words and its links."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.site: Site = request.app.state.site
        self.served: Served = self.site.served
        """The data that are shown, also when they are exchanged meanwhile."""
        self.lang = _language(request)
        self.words = say(self.lang)
        self.carried = {"lang": self.lang} if request.query_params.get("lang") == self.lang else {}

    @property
    def root(self) -> str:
        """What stands before every path of ours: where a proxy has put us."""
        return self.site.settings.prefix

    @property
    def selection(self) -> str:
        """In words, what of the graph is served, ``""`` if it is all that sources say."""
        told, words = self.site.settings, self.words
        parts = [words["chosen_at"].format(date=told.at)] if told.at else []
        if told.without:
            parts.append(words["chosen_without"].format(sources=", ".join(told.without)))
        if told.inferred:
            parts.append(words["chosen_inferred"])
        return words["chosen"].format(what="; ".join(parts)) if parts else ""

    def link(self, path: str, /, **parameters: str | int) -> str:
        """Return an address on this site; a language that the reader chose comes along."""
        path, _, fragment = path.partition("#")
        given = {name: value for name, value in parameters.items() if value != ""}
        query = urlencode(given | self.carried)
        whole = self.root + quote(path, safe="/:@!$&'()*+,;=~-._")
        return whole + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")

    @staticmethod
    def encoded(**parameters: str) -> str:
        """Return parameters as they stand in an address."""
        return urlencode(parameters)

    def of(self, iri: str) -> str:
        """Return the address of the page about this IRI: ours, else the web's, else ``""``.

        A class leads to its entities; other terms of the ontology have no page.
        """
        if iri.startswith(_OURS):
            return self.link("/" + iri.removeprefix(names.BASE))
        if iri.startswith(names.PREFIXES["aie"]):
            name = iri.removeprefix(names.PREFIXES["aie"])
            return self.link("/search", type=name) if name in vocabulary.load().classes else ""
        return address(iri)

    @property
    def path(self) -> str:
        """The path of this page, without what a proxy has put before it.

        It begins with one slash: a link to ``//name`` would lead to another site.
        """
        return "/" + str(self.request.scope["path"]).removeprefix(self.root).lstrip("/")

    def _other(self, lang: str) -> str:
        """The same page in another language."""
        pairs = [each for each in self.request.query_params.multi_items() if each[0] != "lang"]
        return f"{self.root}{quote(self.path)}?{urlencode([*pairs, ('lang', lang)])}"

    def answer(self, template: str, *, status: int = 200, **context: Any) -> Response:
        """Return the page that `template` makes; it sees this frame as ``frame``."""
        seen = copy.copy(self)
        # What Jinja has seen stays until garbage is collected; exchanged data are to go before.
        del seen.served
        text = (
            _environment()
            .get_template(template)
            .render(
                frame=seen,
                words=self.words,
                lang=self.lang,
                link=seen.link,
                static=lambda name: seen.root + _versioned(name),
                languages=[(each, name, self._other(each)) for each, name in _LANGS.items()],
                made=self.words["made"].format(version=__version__),
                **context,
            )
        )
        headers = {"content-language": self.lang, "vary": "Accept, Accept-Language"}
        return HTMLResponse(text, status, headers)


_OURS = tuple(names.PREFIXES[each] for each in ("id", "claim", "source", "ev"))


# -- how a page says no --------------------------------------------------------


def page(shown: Callable[[Frame], Response]) -> Callable[[Request], Any]:
    """Make a route's endpoint of a page: bad input is a 400 with a line, not a trace.

    It runs in a thread, so that a slow one holds up nobody.
    """

    @functools.wraps(shown)
    async def endpoint(request: Request) -> Response:
        if request.method == "OPTIONS":  # where twins are: scripts ask whether they may read them
            return security.preflight(request, security.READING, security.READING)
        frame = Frame(request)
        try:
            return await in_thread(frame, lambda: guarded(shown, frame))
        except TimeoutError:
            return late(frame)

    return endpoint


async def in_thread(frame: Frame, function: Callable[[], T]) -> T:
    """Return what `function` returns, or raise :class:`TimeoutError` if it takes too long."""
    return await frame.site.threads.run(spool.client(frame.request), function)


def guarded(shown: Callable[[Frame], Response], frame: Frame) -> Response:
    """Return what `shown` returns, or the page that tells what is wrong."""
    try:
        return shown(frame)
    except KGError as error:
        # Its trace leads back here, and would keep the data until garbage is collected.
        return refusal(frame, error.with_traceback(None))


def refusal(frame: Frame, error: KGError) -> Response:
    """Return the page that tells what is wrong, and offers what may have been meant."""
    if behind(frame, error):
        return _unavailable(frame)
    status = 404 if isinstance(error, Missing) else 400
    problems = error.problems if isinstance(error, Problems) else [error.problem]
    suggestions = suggested(frame, error) if isinstance(error, Missing) else []
    title = frame.words["missing" if status == 404 else "refused"]
    told = [of_problem(frame.lang, each, frame.words) for each in problems]
    return frame.answer(
        "error.j2", status=status, title=title, problems=told, suggestions=suggestions
    )


def suggested(frame: Frame, error: Missing) -> list[dict[str, Any]]:
    """Return name and address of each thing that may have been meant."""
    if not error.near:
        return []
    from kg.web.pages.reading import Reader

    reader = Reader(frame)
    reader.learn(error.near if error.kind == "id" else ())
    thing = reader.thing if error.kind == "id" else reader.source
    found = [{"id": id, **thing(id)} for id in error.near]
    for each in found if error.parameter else ():
        given = {**frame.request.query_params, error.parameter: each["id"]}
        each["address"] = frame.link(frame.path, **given)
    return found


def behind(frame: Frame, error: KGError) -> bool:
    """Whether it is the store's: no reader's fault, and where it is none of theirs."""
    told = frame.site.settings
    if not told.store or isinstance(error, Missing):
        return False
    if told.remote:
        server = urlsplit(told.store).netloc.rpartition("@")[2]
        return error.problem.place.startswith(("http://", "https://")) or (
            not error.problem.place.startswith(("query:", "name=")) and server in str(error)
        )
    return error.problem.place.startswith(told.store)


def _unavailable(frame: Frame) -> Response:
    return _later(frame, 502, frame.words["store"], frame.words["store_away"], 10)


def late(frame: Frame) -> Response:
    """Return the page for one that takes too long."""
    seconds = f"{frame.site.threads.patience_s:g}"
    return _later(frame, 503, frame.words["page"], frame.words["page_late"].format(n=seconds), 60)


def _later(frame: Frame, status: int, place: str, what: str, after_s: int) -> Response:
    """The page that tells to come back."""
    problem = Problem(place, what, frame.words["come_back"])
    told = [of_problem(frame.lang, problem, {**frame.words, "what": what})]
    title = frame.words["refused"]
    answer = frame.answer("error.j2", status=status, title=title, problems=told, suggestions=[])
    answer.headers["Retry-After"] = str(after_s)
    return answer


def not_found(request: Request, error: Exception) -> Response:
    """Return the page for an address that leads nowhere, for the application's handlers."""
    frame = Frame(request)
    detail = error.detail if isinstance(error, HTTPException) else ""
    what = frame.words["no_page"] if detail in {"", "Not Found"} else detail
    return refusal(frame, Missing(frame.path, what))
