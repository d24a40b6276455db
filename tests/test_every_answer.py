"""Headers that no answer goes without, whatever it is, and whoever made it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import NoReturn

import httpx
import loops
import pytest

from kg.web import protocol
from kg.web.app import app
from kg.web.pages.frame import Frame
from kg.web.settings import Settings

SAFE = {
    "content-security-policy": "default-src 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


def broken(*_: object, **__: object) -> NoReturn:
    raise RuntimeError("a secret of the data")


def got(path: str, *, raising: bool = False, **headers: str) -> httpx.Response:
    """What the whole application answers, which is no store's business here."""
    made = app(SimpleNamespace(settings=Settings(cors="*"), served=None))  # type: ignore[arg-type]
    made.state.site = SimpleNamespace(settings=Settings(cors="*"), served=None)

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(made, raise_app_exceptions=raising)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(path, headers=headers)

    return loops.run(asked())


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/healthz", 200),
        ("/sparql?query=ASK%7B%7D", 500),
        ("/id/seoul", 500),
        ("/nowhere", 500),
        ("/static/no.css", 500),
        ("/sparql/?update=x", 405),
    ],
)
def test_every_answer_has_the_headers_that_keep_it_safe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: str, status: int
) -> None:
    monkeypatch.setattr(Frame, "answer", broken)
    monkeypatch.setattr(protocol, "_query", broken)
    answer = got(path)
    assert answer.status_code == status
    for name, value in SAFE.items():
        assert answer.headers[name].startswith(value)
        assert len(answer.headers.get_list(name)) == 1
    assert "secret" not in answer.text
    if status == 500:
        assert answer.text == "a bug of ours; the server's log says where\n"
    # And the log has the request with its status.
    told = capsys.readouterr().err
    assert f" GET {path.partition('?')[0]} {status} " in told


def test_a_bug_reaches_the_log_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "_query", broken)
    with pytest.raises(RuntimeError, match="a secret"):
        got("/sparql?query=ASK%7B%7D", raising=True)


def test_a_script_may_read_that_there_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "_query", broken)
    answer = got("/sparql?query=ASK%7B%7D", Origin="https://a.example")
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("name", ["a.example", "localhost@a.example", ""])
def test_who_calls_us_by_another_name_gets_them_too(name: str) -> None:
    answer = got("/", Host=name)
    assert answer.status_code == 421
    assert all(answer.headers[each].startswith(value) for each, value in SAFE.items())
