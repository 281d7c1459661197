"""A company's look from its one colour: what reads on it, and how it reads on our own ground.

Pure functions of colours such as `#761A3A`. Contrast is WCAG 2.2's: 1 to 21; 4.5 is AA for
text, 7 is AAA. The grounds are those of `static/css/tokens.css`.
"""

from dataclasses import dataclass

WHITE, BLACK, INK, PAPER = "#ffffff", "#000000", "#12211b", "#f7faf7"
_LIGHT_GROUND, _DARK_GROUND = "#e3e9e4", "#1d2a24"  # --well: the hardest of each theme
AA, AAA = 4.5, 7.0
_STEPS = 32

Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Brand:
    """The custom properties of `brand.css`, by the names the style sheets use."""

    company: str
    on_company: str
    company_pale: str
    on_company_pale: str
    line_on_light: str
    line_on_dark: str


def brand(colour: str) -> Brand:
    """Everything that follows from the card's colour."""
    company = colour.lower()
    pale = mixed(company, WHITE, 27, 32)
    return Brand(
        company=company,
        on_company=readable_on(company),
        company_pale=pale,
        on_company_pale=until(company, INK, against=pale, at_least=AAA),
        line_on_light=until(company, INK, against=_LIGHT_GROUND, at_least=AA),
        line_on_dark=until(company, PAPER, against=_DARK_GROUND, at_least=AA),
    )


def readable_on(colour: str) -> str:
    """White where that is readable, else our ink, else black: one of them always is."""
    return next(text for text in (WHITE, INK, BLACK) if contrast(text, colour) >= AA)


def until(colour: str, towards: str, *, against: str, at_least: float) -> str:
    """The colour, mixed with as little of `towards` as makes it contrast with `against`."""
    shades = (mixed(colour, towards, step, _STEPS) for step in range(_STEPS + 1))
    return next(shade for shade in shades if contrast(shade, against) >= at_least)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio of two colours, 1 to 21, whichever is the lighter."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mixed(colour: str, other: str, parts: int, of: int) -> str:
    """`parts` out of `of` of the other colour, the rest of the first."""
    pairs = zip(_rgb(colour), _rgb(other), strict=True)
    return "#" + "".join(f"{(a * (of - parts) + b * parts) // of:02x}" for a, b in pairs)


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it, from sRGB: 0 to 1."""
    shares = [value / 255 for value in _rgb(colour)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(colour: str) -> Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
