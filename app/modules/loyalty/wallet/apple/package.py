"""What an Apple pass says: `pass.json` from the face of the card, and the whole `.pkpass`.

A store card: stamps in the header, where they are seen in the stack of cards; the balance in large
on the strip; below it at most four fields, as the square code leaves no more room; the rest on the
back. Each field has a key of its own, by which the phone knows what changed.
"""

import hashlib
import json
from typing import Any

from ..channels import AppleKeys
from ..face import Face, State
from ..face.model import Stamps
from . import strings, template
from .signer import Identity, identity, signer

MIME = "application/vnd.apple.pkpass"
Content = dict[str, Any]
Field = dict[str, str]
MOST_BELOW = 4
LONGEST_ROW = 12  # stamps that still fit on the strip one by one


def content(
    face: Face, *, serial: str, token: str, maker: Identity, service_url: str | None
) -> Content:
    """`pass.json`. `service_url` is where the phone asks for updates: https, or None for a pass
    that stays as it is. A pass that has ended never asks again."""
    asks = {"webServiceURL": service_url, "authenticationToken": token}
    return {
        "formatVersion": 1,
        "passTypeIdentifier": maker.pass_type,
        "teamIdentifier": maker.team,
        "serialNumber": serial,
        "sharingProhibited": True,
        **(asks if service_url and face.state is not State.ENDED else {}),
        **_shown(face),
    }


def worth_syncing(face: Face) -> Content:
    """What makes a phone's pass another one: all that it shows, and its pictures. Who signs it and
    how it asks for updates do not."""
    return {**_shown(face), "pictures": [face.logo, face.strip]}


def hash_of(content: Content) -> bytes:
    """32 bytes; the same for equal contents."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()


def packed(face: Face, content: Content, keys: AppleKeys) -> bytes:
    """The `.pkpass`, signed."""
    raw = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return template.of(face).complete(raw, signer(keys).sign)


def made(face: Face, *, serial: str, token: str, keys: AppleKeys, service_url: str | None) -> bytes:
    """The whole pass of this face."""
    maker = identity(keys)
    told = content(face, serial=serial, token=token, maker=maker, service_url=service_url)
    return packed(face, told, keys)


# -- its parts ------------------------------------------------------------------------------------


def _shown(face: Face) -> Content:
    ended = face.state is State.ENDED
    return {
        "organizationName": face.company,
        "description": f"{face.card_name} · {face.company}",
        **_look(face),
        **({"voided": True} if face.state is not State.LIVE else {}),
        **({"expirationDate": face.ends_at.isoformat()} if face.ends_at else {}),
        **({} if ended else {"barcodes": [_barcode(face)]}),
        "storeCard": _ended(face) if ended else _card(face),
    }


def _look(face: Face) -> dict[str, str]:
    ink = _rgb(face.brand.on_company)
    named = {} if face.logo else {"logoText": face.company}
    return {
        **named,
        "backgroundColor": _rgb(face.brand.company),
        "foregroundColor": ink,
        "labelColor": ink,
    }


def _rgb(colour: str) -> str:
    """`#761a3a` → `rgb(118, 26, 58)`, the only notation that phones read."""
    return f"rgb({int(colour[1:3], 16)}, {int(colour[3:5], 16)}, {int(colour[5:7], 16)})"


def _barcode(face: Face) -> dict[str, str]:
    return {
        "format": "PKBarcodeFormatQR",
        "message": face.number,
        "messageEncoding": "iso-8859-1",
        "altText": face.number_shown,
    }


def _card(face: Face) -> dict[str, list[Field]]:
    below = _below(face)[:MOST_BELOW]
    return {
        "headerFields": [_stamps(face, face.stamps) if face.stamps else _points(face)],
        "primaryFields": _primary(face),
        "secondaryFields": below[:2],
        "auxiliaryFields": below[2:],
        "backFields": _back(face),
    }


def _ended(face: Face) -> dict[str, list[Field]]:
    return {"backFields": [_field(face, "ended", _said(face, "ended_text"))]}


def _primary(face: Face) -> list[Field]:
    """The points where stamps stand in the header; of a card that has one kind only, what it is
    collected for."""
    if _has_both(face):
        return [_points(face)]
    if face.stamps:
        return [{"key": "row", "label": face.say, "value": _row(face.stamps)}]
    return [{"key": "goal", "label": far, "value": name} for name, far in face.next[:1]]


def _below(face: Face) -> list[Field]:
    """Short enough for a phone; what is next, unless it stands above already."""
    nearest = [f"{name} · {far}" for name, far in face.next[:1]] if _has_both(face) else []
    told = {
        "ready": _shortened(face.ready),
        "next": next(iter(nearest), ""),
        "tier": face.tier or "",
        "expiring": next(iter(face.expiring), ""),
        "holder": face.holder,
    }
    return [_field(face, name, value) for name, value in told.items() if value]


def _has_both(face: Face) -> bool:
    return face.stamps is not None and face.points is not None


def _shortened(names: tuple[str, ...]) -> str:
    """`Breakfast + 2`: the back has them all."""
    more = f" + {len(names) - 1}" if len(names) > 1 else ""
    return f"{names[0]}{more}" if names else ""


def _back(face: Face) -> list[Field]:
    """`rewards_ready` is always there, so that a reward that becomes ready is a change of a field
    that the phone knows; only then does it speak of it."""
    spoken = {"changeMessage": _said(face, "ready_changed")} if face.ready else {}
    waiting = "\n".join(face.ready) or _said(face, "nothing_ready")
    ready = {"key": "rewards_ready", "label": _said(face, "ready"), "value": waiting, **spoken}
    told = {
        "rewards": "\n".join(f"{name}: {far}" for name, far in face.next),
        "next_tier": face.tier_say,
        "expiring": "\n".join(face.expiring),
        "owed": face.owed,
        "number": face.number_shown,
        "use": _said(face, "use_text"),
        "page": face.page_url,
        "terms": face.terms,
        "privacy": face.privacy_url or "",
        "leaving": _said(face, "leaving_text"),
    }
    back = [_field(face, name, value, key=f"back_{name}") for name, value in told.items() if value]
    return [ready, *back]


def _stamps(face: Face, stamps: Stamps) -> Field:
    value = f"{stamps.balance}/{stamps.target}"
    return _field(face, "stamps", value) | {"changeMessage": _said(face, "stamps_changed")}


def _points(face: Face) -> Field:
    told = _field(face, "points", face.points or "0")
    return told | {"changeMessage": _said(face, "points_changed")}


def _row(stamps: Stamps) -> str:
    """One sign a stamp, as on paper; more than fit are told in figures."""
    if stamps.target > LONGEST_ROW:
        return f"{stamps.balance} / {stamps.target}"
    full = min(stamps.balance, stamps.target)
    return "●" * full + "○" * (stamps.target - full)


def _field(face: Face, name: str, value: str, *, key: str | None = None) -> Field:
    return {"key": key or name, "label": _said(face, name), "value": value}


def _said(face: Face, word: str) -> str:
    return strings.say(word, strings.language(face.locale))
