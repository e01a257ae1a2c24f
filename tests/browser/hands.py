"""A person's hands: what she does on a page, by the words she reads there, and how much of it she does.

Every click and every key counts as one action; a free text is one, however long; each new page counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

Reading = tuple[int, int]


@dataclass
class Hands:
    """`pages` counts documents that were loaded, `actions` clicks, keys and texts."""

    page: Page
    pages: int = 0
    clicks: int = 0
    keys: int = 0

    def __post_init__(self) -> None:
        self.page.on("response", self._loaded)

    @property
    def actions(self) -> int:
        return self.clicks + self.keys

    def _loaded(self, response: Any) -> None:
        request = response.request
        if (
            request.is_navigation_request()
            and request.frame == self.page.main_frame
            and response.status != 302
        ):
            self.pages += 1

    def start(self, path: str = "") -> None:
        """Go there, and count from here on. A page opened this way counts when it is a page of the task."""
        self.pages = self.clicks = self.keys = 0
        if path:
            self.page.goto(path)

    # --- what hands do ---------------------------------------------------------------------------

    def button(self, name: str, *, exact: bool = False) -> None:
        self._click(self.page.get_by_role("button", name=name, exact=exact).first)

    def link(self, name: str, *, exact: bool = False) -> None:
        self._click(self.page.get_by_role("link", name=name, exact=exact).first)

    def choose(self, question: str, *answers: str) -> None:
        """Radio buttons or boxes of one question."""
        group = self.page.get_by_role("group", name=question).first
        for answer in answers:
            self._click(group.get_by_label(answer, exact=True).first)

    def tick(self, label: str) -> None:
        self._click(self.page.get_by_label(label).first)

    def unfold(self, summary: str) -> None:
        self._click(self.page.locator("summary").filter(has_text=summary).first)

    def write(self, label: str, text: str) -> None:
        """One free text."""
        self.page.get_by_role("textbox", name=label).or_(
            self.page.get_by_role("searchbox", name=label)
        ).first.fill(text)
        self.keys += 1

    def pick(self, label: str, text: str) -> None:
        """From a list that can be typed into; without script from the plain list."""
        box = self.page.get_by_role("combobox", name=label).first
        self.keys += 1
        if box.evaluate("e => e.tagName") == "SELECT":
            box.select_option(label=text)
            return
        box.fill(text)
        if box.get_attribute("list") is None:  # our own list lies over what follows until a choice is made
            self.press("Enter")

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.keys += 1

    def _click(self, target: Locator) -> None:
        target.click()
        self.clicks += 1

    # --- what eyes do ------------------------------------------------------------------------------

    def sees(self, text: str) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()

    def heading(self, text: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(text)
