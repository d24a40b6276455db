"""The explorer as its tests see it: a server, a client without JavaScript, what is on a page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from serving import serving

from kg import names
from kg.model import Corpus

VOID = {"area", "br", "circle", "hr", "img", "input", "link", "meta", "rect"}

LIMIT = 60_000
"""Bytes of a page's HTML at most, by the issue."""


class Page(HTMLParser):
    """What is on a page, and what is wrong with it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.text = ""
        self.data: Any = None
        if not html.startswith("<!doctype html>\n"):
            self.wrong.append("no doctype")
        self.feed(html)
        self.close()
        self.wrong += [f"<{tag}> is never closed" for tag in self.open]
        self._check()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.data = json.loads(data)
        else:
            self.text += data

    def attributes(self, name: str) -> list[str]:
        return [attrs[name] or "" for _, attrs in self.elements if name in attrs]

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]

    def _check(self) -> None:
        ids = self.attributes("id")
        self.wrong += [f"id {each} stands twice" for each in set(ids) if ids.count(each) > 1]
        self.wrong += [f"no {each}" for name in ("for", "aria-labelledby", "aria-describedby")
                       for each in self.attributes(name) if each not in ids]  # fmt: skip
        if len(self.of("h1")) != 1:
            self.wrong.append("not one h1")
        for tag, attrs in self.elements:
            self.wrong += [f"{name} on {tag}" for name in attrs if re.match("style|on", name)]
        scripts = (each for each in self.of("script") if not each.get("src"))
        self.wrong += [f"script {each}" for each in scripts
                       if each.get("type") != "application/ld+json"]  # fmt: skip

    @property
    def lang(self) -> str | None:
        return self.of("html")[0]["lang"]

    @property
    def links(self) -> list[str]:
        return [each["href"] or "" for each in self.of("a")]


@contextmanager
def browsing(data: str, *options: str) -> Iterator[httpx.Client]:
    with ExitStack() as stack:
        stack.enter_context(pytest.MonkeyPatch.context()).delenv("KG_ARTICLES", raising=False)
        running = stack.enter_context(serving("--workers", "1", "-q", *options, data=data))
        given: Any = {"base_url": running.url, "headers": {"accept": "text/html"}, "timeout": 30}
        yield stack.enter_context(httpx.Client(**given))


def addresses(corpus: Corpus) -> list[str]:
    claims = [names.claim_iri(each).rpartition("/")[2] for each in corpus.claims]
    return [
        *(f"/id/{id}" for id in corpus.entities),
        *(f"/claim/{each}" for each in claims),
        *(f"/source/{id}" for id in corpus.sources),
    ]


def page(client: httpx.Client, path: str, status: int = 200, **headers: str) -> Page:
    answer = client.get(path, headers=headers)
    assert answer.status_code == status, path
    shown = Page(answer.text)
    assert not shown.wrong, path
    return shown
