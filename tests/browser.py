"""A user at a browser: opens a page from disk, and everything that goes wrong is kept."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, LocatorAssertions

CHROMIUM = Path(shutil.which("chromium") or "/usr/bin/chromium")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

PATIENCE_MS = 20_000
"""What is waited for comes at once, unless the machine is busy with something else."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium that ends with the block."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield browser
        browser.close()


class Visit:
    """A tab of its own with the page in it, drawn and still.

    If it is not `ready`, the picture is not waited for.  `options` are those of a browser
    context: ``viewport``, ``color_scheme``, ``java_script_enabled``, ...
    """

    def __init__(
        self,
        browser: Browser,
        path: Path,
        fragment: str = "",
        *,
        ready: bool = True,
        **options: Any,
    ) -> None:
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
        self.requests: list[str] = []
        self.troubles: list[str] = []
        self.context.on("request", lambda request: self.requests.append(request.url))
        self.context.on("console", lambda message: self.troubles.append(message.text))
        self.context.on("weberror", lambda error: self.troubles.append(str(error.error)))
        self.context.on("dialog", self._refuse)
        self.context.set_default_timeout(PATIENCE_MS)
        self.tab = self.context.new_page()
        self.address = path.as_uri()
        self.drawing = ready and options.get("java_script_enabled", True)
        self.open(fragment)

    def _refuse(self, dialog: Any) -> None:
        self.troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, fragment: str = "") -> None:
        """Load the page anew, all forgotten."""
        self.requests.clear()
        self.troubles.clear()
        self.tab.goto("about:blank")
        self.tab.goto(self.address + fragment)
        self.settled()

    def settled(self) -> None:
        """Wait for the first stable paint; a page without scripts has none."""
        if self.drawing:
            self.tab.locator("#picture[data-ready=true]").wait_for()

    def __getitem__(self, selector: str) -> Locator:
        return self.tab.locator(selector)

    def expect(self, selector: str) -> LocatorAssertions:
        """Wait for what is said of the first such element to be true."""
        from playwright.sync_api import expect

        expect.set_options(timeout=PATIENCE_MS)
        return expect(self[selector].first)

    def drawn(self) -> tuple[int, int]:
        """Return how many nodes and edges are drawn."""
        drawn, edges = (
            self["#picture"].get_attribute(f"data-{name}") or "" for name in ("drawn", "edges")
        )
        return int(drawn), int(edges)

    def draws(self, nodes: int | None = None, edges: int | None = None) -> None:
        """Wait until so many are drawn."""
        for name, count in (("drawn", nodes), ("edges", edges)):
            if count is not None:
                self.expect("#picture").to_have_attribute(f"data-{name}", str(count))

    def redrawn(self, before: tuple[int, int]) -> tuple[int, int]:
        """Wait until another number of edges is drawn, and count."""
        self.expect("#picture").not_to_have_attribute("data-edges", str(before[1]))
        return self.drawn()

    def rows(self, count: int) -> None:
        """Wait until the table has so many rows."""
        self.expect(f"#table tbody:has(> tr:nth-last-child({count}):first-child)").to_be_attached()

    def seek(self, text: str, field: str = "#search") -> None:
        """Type into a search field and take the first hit."""
        self[field].click()
        self[field].press_sequentially(text)
        self[f"{field} ~ ul [role=option]"].first.wait_for()
        self[field].press("ArrowDown")
        self[field].press("Enter")

    def unfold(self, selector: str) -> Locator:
        """Return what may be folded away, with its folds open."""
        folds = self[f"details:not([open]):has({selector}) > summary"]
        while folds.count():
            folds.first.click()
        return self[selector]

    def choose(self, filter: str, value: str) -> Locator:
        """Return the checkbox of a filter."""
        return self.unfold(f"[data-filter={filter}] input[value='{value}']")

    def quiet(self) -> bool:
        """Whether nothing but the page itself was asked for, and nothing complained."""
        asked = {url.partition("#")[0] for url in self.requests} - {"about:blank"}
        assert not self.troubles, self.troubles
        assert asked == {self.address}
        return True

    def close(self) -> None:
        self.context.close()


Open = Callable[..., Visit]
"""What the fixture ``visit`` is: name of a page, fragment and options to a visit of it."""
