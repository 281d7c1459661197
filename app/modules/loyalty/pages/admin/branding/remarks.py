"""What the editor says of a look: figures in sentences, and what would make it better."""

from flask_babel import format_decimal
from flask_babel import gettext as _

from ....branding.judging import NEEDED, SEEN, SHARP_STRIP, Judged
from ....programs.brand import WHITE, Brand


def contrast(brand: Brand, judged: Judged) -> str:
    """`Text on it is white: contrast 10.3 to 1, and 4.5 is needed.`"""
    figures = {"ratio": _ratio(judged.text), "needed": _ratio(NEEDED)}
    if brand.on_company == WHITE:
        return _("Text on it is white: contrast %(ratio)s to 1; %(needed)s is needed.", **figures)
    return _("Text on it is dark: contrast %(ratio)s to 1; %(needed)s is needed.", **figures)


def remarks(brand: Brand, judged: Judged) -> list[str]:
    """Nothing where all is well; nothing here keeps anybody from publishing."""
    said = []
    if judged.logo is not None and judged.logo < SEEN:
        said.append(
            _(
                "The logo hardly shows on this colour: contrast %(ratio)s to 1, where %(needed)s"
                " makes it seen. Upload it in another colour, or with a ground of its own.",
                ratio=_ratio(judged.logo),
                needed=_ratio(SEEN),
            )
        )
    if judged.strip is not None and judged.strip < SEEN:
        said.append(_on_strip(brand, judged.strip))
    if judged.strip_width is not None and judged.strip_width < SHARP_STRIP:
        said.append(
            _(
                "The strip is %(width)s pixels wide: from %(sharp)s on it is sharp on every phone.",
                width=judged.strip_width,
                sharp=SHARP_STRIP,
            )
        )
    return said


def tile(*, logo: bool, judged: Judged) -> str:
    """What stands where there is room for a square alone."""
    if not logo:
        return _("Where there is room for a square alone, your initial stands.")
    if judged.has_tile:
        return ""
    return _(
        "It is too wide for a square: as an icon and in Google’s circle your initial stands"
        " instead."
    )


def _on_strip(brand: Brand, ratio: float) -> str:
    figures = {"ratio": _ratio(ratio), "needed": _ratio(SEEN)}
    if brand.on_company == WHITE:
        return _(
            "White text on the strip is hard to read: contrast %(ratio)s to 1, where %(needed)s is"
            " needed. Take a darker picture.",
            **figures,
        )
    return _(
        "Dark text on the strip is hard to read: contrast %(ratio)s to 1, where %(needed)s is"
        " needed. Take a lighter picture.",
        **figures,
    )


def _ratio(value: float) -> str:
    return str(format_decimal(round(value, 1)))
