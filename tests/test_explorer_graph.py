"""``/graph``: the way back to where the reader comes from."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest
from exploring import browsing, page


@pytest.fixture(scope="module")
def toy() -> Iterator[httpx.Client]:
    with browsing("tests/toy/data") as client:
        yield client


def back(client: httpx.Client, address: str, **headers: str) -> tuple[str, str]:
    """Address and words of the first link of the graph's page."""
    shown = client.get(address, headers=headers)
    assert shown.status_code == 200
    found = re.search(r'<header><p class="counts"><a href="([^"]*)">([^<]*)</a>', shown.text)
    assert found
    return unescape(found[1]), unescape(found[2])


@pytest.mark.parametrize(
    ("address", "there", "called"),
    [
        ("/graph", "/", "Back to the start page"),
        ("/graph?around=mirae-ai-lab", "/id/mirae-ai-lab#around", "Back to Mirae AI Lab"),
        ("/graph?around=Mirae%20AI%20Lab&status=stated", "/id/mirae-ai-lab#around",
         "Back to Mirae AI Lab"),
        ("/graph?source=mirae-launch", "/source/mirae-launch",
         "Back to Mirae Group opens Mirae AI Lab"),
        ("/graph?type=Person", "/search?type=Person", "Back to person"),
        ("/graph?status=planned", "/#statuses", "Back to the start page"),
        ("/graph?relation=partOf", "/#relations", "Back to the start page"),
    ],
)  # fmt: skip
def test_the_way_back_leads_to_where_the_reader_comes_from(
    toy: httpx.Client, address: str, there: str, called: str
) -> None:
    assert back(toy, address) == (there, called)
    path, _, part = there.partition("#")
    assert not part or part in page(toy, path).attributes("id")


def test_it_leads_on_like_the_other_pages(toy: httpx.Client) -> None:
    head = toy.get("/graph?lang=ko").text.partition("<header>")[2].partition("</p>")[0]
    links = dict(re.findall(r' · <a href="([^"]*)">([^<]*)</a>', head))
    assert links == {"/query?lang=ko": "질문", "/path?lang=ko": "경로", "/search?lang=ko": "검색"}
    assert all(toy.get(each).status_code == 200 for each in links)


def test_the_way_back_keeps_a_language_that_was_chosen(toy: httpx.Client) -> None:
    """Also where another reader, whose browser prefers it, has seen the same page before."""
    there = "/id/mirae-ai-lab{}#around", "‘미래AI랩’ 페이지로 돌아가기"
    around = "/graph?around=mirae-ai-lab"
    for _ in range(2):
        korean = {"accept-language": "ko"}
        assert back(toy, around, **korean) == (there[0].format(""), there[1])
        chosen = f"{around}&lang=ko"
        assert back(toy, chosen) == (there[0].format("?lang=ko"), there[1])


def test_a_part_has_the_sources_that_its_claims_cite(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree("tests/toy/data", data)
    other = shutil.copytree(data / "sources/mirae-review", data / "sources/other-review")
    (other / "claims.toml").write_text(
        """[[claim]]
        id = "part-of"
        subject = "nuri-institute"
        predicate = "partOf"
        object = "hanbyeol-university"
        gloss = { en = "Nuri Institute belongs to Hanbyeol University.", ko = "소속이다." }
        evidence = [{ start = 47, end = 80, sha256 = "%s" }]
        """
        % ("0" * 64),
        encoding="utf-8",
    )
    with browsing(str(data)) as client:
        sources = {
            part: re.findall(r'"date":"[^"]*","id":"([^"]*)"', client.get(f"/graph?{part}").text)
            for part in ("relation=partOf", "relation=locatedIn", "")
        }
    cited = ["mirae-launch", "mirae-review", "toy-registry"]
    assert sources["relation=locatedIn"] == cited
    assert sources["relation=partOf"] == [*cited[:2], "other-review", cited[2]]
    assert sources[""] == sources["relation=partOf"]
