"""What the page promises whatever it shows: text stays text, nothing leaves, all can read it."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any
from urllib.parse import quote

import hostile
import pytest
from browser import Visit
from conftest import TOY

import kg
from kg import network, opening, view
from kg.model import Claim, Corpus, Literal, Ref

# -- hostile graphs --------------------------------------------------------------


@pytest.fixture(scope="module")
def traps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the hostile graph, with hostile texts."""
    path = tmp_path_factory.mktemp("safety") / "graph.html"
    texts = hostile.texts()
    view.write(hostile.project(), path, title=hostile.TRAPS["script"], texts=texts, max_nodes=1000)
    return path


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_hostile_words_stay_words(chromium: Any, traps: Path, lang: str) -> None:
    visit = Visit(chromium, traps, f"#lang={lang}&status=")
    assert visit.tab.title() == " ".join(hostile.TRAPS["script"].split())
    assert visit["h1"].text_content() == hostile.TRAPS["script"]
    end = "·한" if lang == "ko" else ""
    step = 5 if lang == "ko" else 1  # what is shown in Korean goes the same ways
    for trap, text in itertools.islice(hostile.TRAPS.items(), 0, None, step):
        visit.tab.evaluate(
            "(fragment) => { location.hash = fragment; }", f"#lang={lang}&sel=who-{trap}"
        )
        visit.expect("#panel h2").to_have_js_property("textContent", text + end)
        said = visit["#panel"].text_content() or ""
        assert said.count(text) > 15, trap
        assert strange(visit, "#panel, #article") == [], trap
    assert strange(visit) == []
    assert visit.quiet()
    visit.close()


def strange(visit: Visit, within: str = "html") -> list[str]:
    """Elements, attributes and addresses that no page of ours has."""
    found: list[str] = visit.tab.evaluate(_STRANGE, within)
    return found


_STRANGE = """(within) => {
  const found = [];
  const roots = [...document.querySelectorAll(within)];
  for (const each of roots.flatMap((root) => [...root.querySelectorAll("*")])) {
    if (/^(img|iframe|object|embed|form|base|b|link|frame|audio|video)$/i.test(each.tagName)) {
      found.push(each.outerHTML);
    }
    for (const { name, value } of each.attributes) {
      const leads = /^(href|src|action|formaction|xlink:href)$/.test(name);
      const safe = !leads || /^#|^https?:[/][/]/.test(value);
      if (name.startsWith("on") || !safe) found.push(`${name}=${value}`);
    }
  }
  return document.scripts.length === 3 ? found : [...found, `${document.scripts.length} scripts`];
}"""


def test_hostile_names_are_found_and_listed_as_words(chromium: Any, traps: Path) -> None:
    visit = Visit(chromium, traps, "#status=")
    for text in ("script", "onerror", "HYPERLINK", "مركز", "__proto__"):
        visit["#search"].fill(text)
        visit["#hits [role=option]"].first.wait_for()
        assert strange(visit, "#hits") == []
    visit["#search"].press("Escape")
    for column in range(7):
        visit["#table thead button"].nth(column).click()
        assert strange(visit, "#table") == []
    assert visit.quiet()
    visit.close()


def test_ids_that_javascript_has_ideas_about(chromium: Any, traps: Path) -> None:
    visit = Visit(chromium, traps, f"#status=&sel={quote(hostile.IDS[0])}")
    for id in hostile.IDS:
        visit.tab.evaluate("(fragment) => { location.hash = fragment; }", f"sel={quote(id)}")
        visit.expect("#panel h2").to_have_text(id)
        visit["#panel .statement a"].first.click()  # itself, or its neighbour
        visit.expect("#panel").to_contain_text(id)
    assert visit.quiet()
    visit.close()


@pytest.mark.parametrize("date", ["soon", "", "2021-99", "-0044", "12021", "2021-01-01Z"])
def test_a_store_may_hold_what_is_no_date(date: str) -> None:
    start = ("start", Literal(date, "xsd:gYearMonth"))
    claims = (
        Claim("lab", "partOf", Ref("group"), (start,)),
        Claim("lab", "foundedOn", Literal(date, "xsd:date")),
    )
    with opening.graph(Corpus({}, {}, claims)) as graph:
        assert f'"{date}"' in view.render(network.project(graph))


# -- axe -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core."""
    package = pytest.importorskip(
        "axe_playwright_python", reason="axe-playwright-python is missing"
    )
    return (Path(package.__file__).parent / "axe.min.js").read_text("utf-8")


SCREENS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
}


@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_nothing(chromium: Any, pages: dict[str, Path], axe: str, screen: str) -> None:
    visit = Visit(chromium, pages["toy"], **SCREENS[screen])
    folds = visit["details:not([open]) > summary"]
    while folds.count():
        folds.first.click()
    visit.tab.evaluate(axe)
    assert findings(visit) == []
    visit.tab.evaluate("location.hash = 'sel=kim-haneul&lang=ko'")
    visit.expect("#panel h2").to_have_text("김하늘")
    assert findings(visit) == []
    visit.close()


def test_axe_finds_nothing_on_the_shipped_graph(
    chromium: Any, pages: dict[str, Path], axe: str
) -> None:
    visit = Visit(chromium, pages["real"])
    visit["#search"].fill("lg")
    visit["#hits [role=option]"].first.wait_for()
    visit.tab.evaluate(axe)
    assert findings(visit) == []
    visit.close()


def findings(visit: Visit) -> list[str]:
    found = visit.tab.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{each['id']}: {node['html']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


# -- in a notebook -----------------------------------------------------------------


def test_in_a_notebook_the_page_works_in_its_frame(chromium: Any, tmp_path: Path) -> None:
    with kg.open(data=TOY / "data") as graph:
        frame = graph._repr_html_()
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html><title>Notebook</title>{frame}", "utf-8")
    visit = Visit(chromium, path, ready=False)
    inside = visit.tab.frame_locator("iframe")
    inside.locator("#picture[data-ready=true]").wait_for()
    inside.locator("#search").fill("busan")
    inside.locator("#hits [role=option]").first.click()
    inside.locator("#panel h2", has_text="Busan").wait_for()
    with visit.tab.expect_download() as download:
        inside.locator("#export-csv").click()
    assert download.value.suggested_filename.endswith(".csv")
    assert visit.quiet()
    visit.close()
