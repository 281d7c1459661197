"""What watches a page while a test walks: the console, the content policy, and axe."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

TABLET, PHONE, LAPTOP = (1180, 820), (390, 844), (1440, 900)
_AXE = Axe()
expect.set_options(timeout=15_000)  # a busy machine is no fault of the page
# For a person who wants to look: a folder named here gets a picture of every page.
_PICTURES = os.environ.get("PICTURES")


@dataclass
class Witness:
    """One person's browser, and everything it complained about."""

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, browser: Browser, base_url: str, size: tuple[int, int]) -> "Witness":
        """A fresh browser of this size whose console, faults and answers are watched."""
        context = browser.new_context(
            base_url=base_url,
            viewport={"width": size[0], "height": size[1]},
            reduced_motion="reduce",
        )
        witness = cls(context, context.new_page())
        witness.page.on("console", witness._heard)
        witness.page.on("pageerror", lambda fault: witness.complaints.append(f"fault: {fault}"))
        return witness

    def _heard(self, message: object) -> None:
        kind, text = getattr(message, "type", ""), getattr(message, "text", "")
        # A refusal is a page with a status of its own, which Chromium logs as an error.
        if kind in ("error", "warning") and "the server responded with a status of 409" not in text:
            self.complaints.append(f"{kind}: {text}")

    def approves(self, name: str) -> None:
        """The page has no axe finding, light or dark, does not scroll sideways, and nothing
        complained on the way here."""
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme)
            if _PICTURES:
                wide = self.page.viewport_size["width"] if self.page.viewport_size else 0
                self.page.screenshot(path=Path(_PICTURES) / f"{name}-{wide}-{scheme}.png")
            found = _AXE.run(self.page)
            problems = [
                f"{one['id']}: {node['html'][:160]}"
                for one in found.response["violations"]
                for node in one["nodes"]
            ]
            assert not problems, f"{name}, {scheme}: " + "\n".join(problems)
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{name} scrolls sideways by {wide} px"
        assert not self.complaints, f"{name}: {self.complaints}"
