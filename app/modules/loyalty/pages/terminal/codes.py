"""The customer's own link, drawn for their phone to scan off the counter's screen."""

import qrcode
from flask import current_app, g
from qrcode.constants import ERROR_CORRECT_M

from config import Settings

from ... import cards
from ...cards import LoyaltyCard

QUIET = 4  # modules of margin that a reader needs around the code


def link_of(card: LoyaltyCard) -> str:
    """The card's web page, as the outside calls it."""
    settings: Settings = current_app.config["SETTINGS"]
    return f"{settings.public_url}/s/{g.company.slug}/cards/{cards.link_secret(card)}"


def svg_path(text: str) -> tuple[str, int]:
    """`(path data, side)` of a QR code, each row's runs of dark modules as rectangles."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    strokes = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            run = 0
            while x + run < len(row) and row[x + run]:
                run += 1
            if run:
                strokes.append(f"M{x + QUIET} {y + QUIET}h{run}v1h-{run}z")
            x += run or 1
    return "".join(strokes), len(rows) + 2 * QUIET
