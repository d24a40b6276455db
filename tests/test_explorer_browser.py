"""The explorer in a real browser: for every screen, by keyboard alone, with and without script."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from serving import Running, serving

SCREENS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 800}},
}
WRONG = "/query?query=SELECT ?who WHERE {%0A  ?who a aie:Person ; }}"
PAGES = (
    "/",
    "/search?q=mirae",
    "/id/mirae-ai-lab",
    "/id/kim-haneul?open=mirae-ai-lab",
    "/source/mirae-launch",
    "/source/toy-registry",
    "/path?from=kim-haneul&to=seoul",
    "/query?name=people&p-organisation=mirae-group",
    "/query?query=CONSTRUCT WHERE { ?a aie:partOf ?b }",
    WRONG,
    "/query?name=missions&p-who=Haneul Kimm&p-status=planed",
    "/query?query=SELECT * { id:kim-hanul aie:partOff ?x }",
    "/path?from=Haneul Kimm&to=Seoul&hops=9",
    "/id/nobody",
)


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core."""
    reason = "axe-playwright-python is not installed"
    package = pytest.importorskip("axe_playwright_python", reason=reason)
    return (Path(package.__file__).parent / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with serving("--workers", "1", "-q", "--articles", "tests/toy/articles") as running:
        yield running


class Visit:
    """A tab, what it complained of, and what it asked of other machines."""

    def __init__(self, tab: Any, server: Running, *, script: bool) -> None:
        self.tab = tab
        self.script = script
        self.server = server
        self.troubles: list[str] = []
        self.elsewhere: list[str] = []
        tab.on("console", self._heard)
        tab.on("pageerror", lambda error: self.troubles.append(str(error)))
        tab.on("request", self._asked)

    def _heard(self, message: Any) -> None:
        if "the server responded with a status of 40" not in message.text:  # asked for, see PAGES
            self.troubles.append(message.text)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.server.url, "data:")):
            self.elsewhere.append(request.url)

    def go(self, path: str) -> None:
        self.tab.goto(self.server.url + path)
        if self.script and path.startswith("/query"):
            self.tab.wait_for_selector(".editor", state="attached")

    @property
    def focus(self) -> str:
        """What has the focus: its text, label or name."""
        return str(self.tab.evaluate(_FOCUS))


_FOCUS = """() => {
  let found = document.activeElement;
  while (found.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
  return found.getAttribute("aria-label") || found.name || found.textContent.trim();
}"""


@contextmanager
def visiting(chromium: Any, server: Running, **options: Any) -> Iterator[Visit]:
    context = chromium.new_context(**options)
    try:
        script = options.get("java_script_enabled", True)
        visit = Visit(context.new_page(), server, script=script)
        yield visit
        assert visit.troubles == []
        assert visit.elsewhere == []
    finally:
        context.close()


@pytest.mark.parametrize(
    ("screen", "lang"),
    [("light", "en-GB"), ("dark", "ko-KR"), ("phone", "ko-KR"), ("phone", "en-GB")],
)
def test_axe_finds_nothing(
    chromium: Any, server: Running, axe: str, screen: str, lang: str
) -> None:
    with visiting(chromium, server, locale=lang, **SCREENS[screen]) as visit:
        for path in PAGES:
            visit.go(path)
            visit.tab.evaluate(axe)
            found = visit.tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
            told = [(each["id"], [node["html"] for node in each["nodes"]][:3])
                    for each in found["violations"]]  # fmt: skip
            assert told == [], path
            wide = visit.tab.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert wide <= 0, path


def test_every_page_can_be_read_without_script(chromium: Any, server: Running) -> None:
    with visiting(chromium, server, java_script_enabled=False, locale="en-GB") as visit:
        visit.go("/")
        visit.tab.fill("#q", "ㄱㅎㄴ")
        visit.tab.press("#q", "Enter")
        visit.tab.click("text=Haneul Kim")
        assert "Haneul Kim is head of Mirae AI Lab." in visit.tab.inner_text("main")
        visit.tab.click("[aria-label='Show what is around Mirae AI Lab']")
        assert "hide" in visit.tab.inner_text("main")
        visit.tab.go_back()
        assert "Opened" not in visit.tab.inner_text("main")
        visit.tab.click("text=Haneul Kim is head of Mirae AI Lab. >> nth=0")
        assert "A source says so as a fact." in visit.tab.inner_text("main")
        visit.go("/query?name=people")
        visit.tab.click("summary")
        visit.tab.fill("#query", "SELECT ?x { ?x a aie:Person }")
        visit.tab.click("#asking button")
        assert "Haneul Kim" in visit.tab.inner_text("table")
        visit.go("/path?from=Haneul Kimm&to=Seoul")
        assert visit.tab.input_value("#to") == "Seoul"
        visit.tab.click("#from-wrong >> text=Haneul Kim")
        assert "2 steps" in visit.tab.inner_text("main")
        visit.go("/query?name=people&p-organisation=mirae-group")
        visit.tab.click(".drawing summary")
        assert visit.tab.is_visible(".drawing svg")
        visit.go("/source/mirae-launch")
        visit.tab.click(".numbered .number >> nth=0")
        assert visit.tab.locator("mark:target").count() == 1


def test_the_keyboard_reaches_all_and_is_never_trapped(chromium: Any, server: Running) -> None:
    with visiting(chromium, server, locale="en-GB") as visit:
        visit.go("/query")
        visit.tab.keyboard.press("Tab")
        assert visit.focus == "To the content"
        visited = [visit.focus]
        for _ in range(14):
            visit.tab.keyboard.press("Tab")
            visited.append(visit.focus)
        at = visited.index("Query in SPARQL")
        assert visited[at + 1] == "Ask"  # Tab leaves the editor
        visit.go("/query")
        visit.tab.locator(".cm-content").focus()
        visit.tab.keyboard.press("Shift+Tab")
        assert visit.focus == "Find"
        visit.tab.locator(".cm-content").focus()
        visit.tab.keyboard.press("Control+Space")
        visit.tab.wait_for_selector(".cm-tooltip-autocomplete")
        visit.tab.keyboard.press("Escape")
        visit.tab.wait_for_selector(".cm-tooltip-autocomplete", state="detached")
        visit.tab.keyboard.press("Tab")
        assert visit.focus == "Ask"


def test_the_editor_colours_completes_asks_and_marks_what_is_wrong(
    chromium: Any, server: Running
) -> None:
    with visiting(chromium, server, locale="en-GB") as visit:
        visit.go("/query")
        editor = visit.tab.locator(".cm-content")
        colour = "span => getComputedStyle(span).color"
        word = visit.tab.locator(".cm-line span", has_text="SELECT").first.evaluate(colour)
        assert word != editor.evaluate(colour)
        editor.focus()
        visit.tab.keyboard.press("Control+A")
        visit.tab.keyboard.type("SELECT ?x { ?x a aie:ResearchTop")
        visit.tab.click(".cm-tooltip-autocomplete >> text=research topic")
        visit.tab.wait_for_selector(".cm-tooltip-autocomplete", state="detached")
        assert "aie:ResearchTopic" in editor.inner_text()
        with visit.tab.expect_navigation():
            visit.tab.keyboard.press("Control+Enter")
        assert "Robotics" in visit.tab.inner_text("table")
        visit.go(WRONG)
        visit.tab.wait_for_selector(".cm-lintRange-error")
        assert visit.tab.locator(".cm-lintRange-error").inner_text().startswith("}")


@pytest.mark.parametrize("screen", ["light", "phone"])
def test_the_answer_of_a_question_is_seen_at_once(
    chromium: Any, server: Running, screen: str
) -> None:
    with visiting(chromium, server, locale="en-GB", **SCREENS[screen]) as visit:
        visit.go("/query?name=people&p-organisation=mirae-group")
        assert visit.tab.evaluate(
            "document.querySelector('#result').getBoundingClientRect().bottom < innerHeight"
        )
        assert not visit.tab.locator(".cm-content").is_visible()
        visit.tab.click("text=Show the query")
        assert "SELECT" in visit.tab.locator(".cm-content").inner_text()


def test_the_button_stands_beside_the_last_field(chromium: Any, server: Running) -> None:
    with visiting(chromium, server, locale="en-GB", **SCREENS["light"]) as visit:
        visit.go("/path")
        field, button = (visit.tab.locator(each).bounding_box() for each in
                         ("#hops", "main .fields button"))  # fmt: skip
        assert field
        assert button
        assert 0 < button["x"] - field["x"] - field["width"] < 40


def test_the_large_graph_runs_under_its_own_policy(chromium: Any, server: Running) -> None:
    with visiting(chromium, server, locale="en-GB") as visit:
        visit.go("/graph?around=mirae-ai-lab")
        visit.tab.wait_for_selector("#picture canvas")
        visit.tab.click("text=Back to Mirae AI Lab")
        assert visit.tab.url == f"{server.url}/id/mirae-ai-lab#around"
