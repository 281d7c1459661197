"""The company's colour: whatever it is, what stands on it can be read."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.modules.loyalty.programs.brand import AA, AAA, brand, contrast, readable_on
from tests.cast import Browser, Chain

colours = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


def test_contrast_is_wcags() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#761a3a", "#761a3a") == 1


@given(colours)
def test_text_on_any_company_colour_is_readable(colour: str) -> None:
    assert contrast(readable_on(colour), colour) >= AA


@given(colours)
def test_the_pale_colour_and_the_lines_are_readable_too(colour: str) -> None:
    look = brand(colour)
    assert contrast(look.on_company_pale, look.company_pale) >= AAA
    for line, grounds in (
        (look.line_on_light, ("#eef2ee", "#fcfdfb", "#e3e9e4")),
        (look.line_on_dark, ("#0d1613", "#15201b", "#1d2a24")),
    ):
        assert all(contrast(line, ground) >= AA for ground in grounds)


def test_the_style_sheet_holds_the_colour_and_changes_its_etag_with_it(chain: Chain) -> None:
    path, browser = f"/s/{chain.slug}/brand.css", chain.browser()
    chain.publish(card_color="#761A3A")
    first = browser.get(path)
    assert first.mimetype == "text/css"
    assert "--company: #761a3a; --on-company: #ffffff;" in first.text
    known = {"If-None-Match": first.headers["ETag"]}
    assert browser.get(path, headers=known).status_code == 304
    chain.publish(card_color="#FFD400")
    assert "--on-company: #12211b" in browser.get(path, headers=known).text


def weights_of(browser: Browser, path: str) -> dict[str, int]:
    """The bytes of a card's page and of everything it loads: style, scripts, pictures, its code."""
    page = browser.get(path).text
    linked = set(
        re.findall(
            r'(?:href|src)="(/static/[^"#]+|/s/[^"]+(?:\.svg|\.css[?]v=\w+|manifest))["#]', page
        )
    )
    scripts = re.findall(r'data-behaviour="([^"]+)"', page)
    loaded = linked | {f"{path}/code.svg", f"{path}/state.json", f"{path}/manifest.webmanifest"}
    loaded |= {f"/static/js/{name}.js" for names in scripts for name in names.split()}
    loaded |= {"/static/js/lib/qr.js", *re.findall(r'data-worker="([^"]+)"', page)}
    weights = {path: len(page.encode())}
    for url in loaded:
        with browser.get(url) as answer:
            weights[url] = len(answer.data)
    assert all(weights.values()), weights
    return weights


def test_the_card_weighs_less_than_50_kb_uncompressed(chain: Chain) -> None:
    """With everything it loads, the worker that keeps it included."""
    chain.publish(loyalty_type="hybrid", cooldown_minutes=0, max_daily_stamps=None)
    number, browser = chain.card(), chain.browser()
    for _line in range(8):
        chain.stamp(number)
    from tests.pages.test_storefront import path_of

    weights = weights_of(browser, path_of(chain, number))
    assert sum(weights.values()) < 50_000, weights


def test_a_new_colour_is_asked_for_elsewhere_so_that_no_browser_shows_the_old_one(
    chain: Chain,
) -> None:
    """Sheets are kept for a minute, and the colour has to change together with the logo."""
    from tests.pages.test_storefront import path_of

    def sheets() -> list[str]:
        pages = [chain.browser().get(path).text, chain.office().get("/admin/branding").text]
        return [re.findall(r'href="([^"]+/brand\.css[^"]*)"', page)[0] for page in pages]

    path = path_of(chain, chain.card())
    chain.publish(card_color="#761A3A")
    before = sheets()
    chain.publish(card_color="#FFD400")
    after = sheets()
    assert len({*before, *after}) == 2, (before, after)
    assert "--company: #ffd400" in chain.browser().get(after[0]).text
