"""Text as a QR code: what a card shows and a scanner reads."""

import qrcode
from qrcode.constants import ERROR_CORRECT_M

QUIET = 4  # modules of margin that a reader needs around the code


def svg(text: str) -> str:
    """The code as a whole SVG document, black on white whatever the theme."""
    path, side = svg_path(text)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"'
        ' shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{path}"/></svg>'
    )


def svg_path(text: str) -> tuple[str, int]:
    """`(path data, side)`: each row's runs of dark modules as rectangles, the margin included."""
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
