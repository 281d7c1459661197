"""Reads our QR codes as a scanner would: of an SVG, the dark modules; of those, the digits.

Only what a card's code is: version 1, level M, digits. What was read is drawn again by the
library that the server draws with, and must be the same, check bytes included.
"""

import re
from urllib.parse import unquote

import qrcode
from qrcode.constants import ERROR_CORRECT_M

SIDE, QUIET = 21, 4
Rows = list[list[bool]]

_MASKS = (
    lambda x, y: (x + y) % 2,
    lambda x, y: y % 2,
    lambda x, y: x % 3,
    lambda x, y: (x + y) % 3,
    lambda x, y: (x // 3 + y // 2) % 2,
    lambda x, y: x * y % 2 + x * y % 3,
    lambda x, y: (x * y % 2 + x * y % 3) % 2,
    lambda x, y: ((x + y) % 2 + x * y % 3) % 2,
)


def digits(svg: str) -> str:
    """What the picture says; `svg` is the document or an address that holds it."""
    return said(modules(unquote(svg)))


def modules(svg: str) -> Rows:
    """The dark modules of a picture that draws each row's as rectangles."""
    rows = [[False] * SIDE for _row in range(SIDE)]
    assert f'viewBox="0 0 {SIDE + 2 * QUIET} {SIDE + 2 * QUIET}"' in svg
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", svg):
        for dark in range(int(x), int(x) + int(run)):
            rows[int(y) - QUIET][dark - QUIET] = True
    return rows


def said(rows: Rows) -> str:
    """The digits, checked against the reference."""
    format_bits = "".join(str(int(rows[8][x])) for x in range(5))
    level, mask = divmod(int(format_bits, 2) ^ 0b10101, 8)
    assert level == 0, "level M"
    bits = "".join(_bits(rows, mask))
    assert bits[:4] == "0001", "digits"
    count, at, text = int(bits[4:14], 2), 14, ""
    while len(text) < count:
        some = min(3, count - len(text))
        size = (4, 7, 10)[some - 1]
        text += f"{int(bits[at : at + size], 2):0{some}}"
        at += size
    assert drawn(text, mask) == rows, "the same as the reference draws"
    return text


def drawn(text: str, mask: int) -> Rows:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0, mask_pattern=mask)
    code.add_data(text)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def _bits(rows: Rows, mask: int) -> list[str]:
    found, up = [], True
    for right in (20, 18, 16, 14, 12, 10, 8, 5, 3, 1):
        for y in range(SIDE - 1, -1, -1) if up else range(SIDE):
            for x in (right, right - 1):
                if not _is_fixed(x, y):
                    found.append(str(int(rows[y][x] != (_MASKS[mask](x, y) == 0))))
        up = not up
    return found


def _is_fixed(x: int, y: int) -> bool:
    return x == 6 or y == 6 or (x < 9 and (y < 9 or y > 12)) or (x > 12 and y < 9)
