"""The company as an icon on a home screen: made of its logo or initial, in its colour."""

from flask import g

from ...branding import pictures

_SIZES = ((192, False), (512, False), (512, True))  # the last with room for a mask
_FOR_TOUCH = pictures.icon_name(180)


def of_manifest() -> list[dict[str, str]]:
    """As a web app's manifest names them."""
    look = pictures.look()
    return [_icon(look, size, maskable) for size, maskable in _SIZES]


def for_touch() -> str:
    """For phones that look into no manifest."""
    return _address(pictures.look(), _FOR_TOUCH)


def _icon(look: pictures.Look, size: int, maskable: bool) -> dict[str, str]:
    return {
        "src": _address(look, pictures.icon_name(size, maskable=maskable)),
        "sizes": f"{size}x{size}",
        "type": "image/png",
        "purpose": "maskable" if maskable else "any",
    }


def _address(look: pictures.Look, name: str) -> str:
    """These there are of every look."""
    return look.path(g.company.slug, name) or ""
