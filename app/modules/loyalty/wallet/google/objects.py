"""The card as Google shows it: one class for a company, one object for each pass. Pure functions
of the face; the names of fields are those of Google's reference for loyaltyClass and loyaltyObject.

Ids stand here without their issuer (`named` puts it in front): which one it is may not be known
when a card is rendered, and says nothing of the card. What a changed object no longer has is sent
as null, since a PATCH leaves alone what it does not name.
"""

import re
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from .. import codes
from ..face import Face, State
from . import labels

Json = dict[str, Any]

_STATES = {State.LIVE: "ACTIVE", State.BLOCKED: "INACTIVE", State.ENDED: "EXPIRED"}
_CLASS = re.compile(r"loyalty-([0-9a-f]{1,16})")
LONGEST_BODY, LONGEST_NAME = 500, 60
UNDER_REVIEW = "UNDER_REVIEW"


@dataclass(frozen=True, slots=True)
class Addresses:
    """What a class links to, whole: pictures of content-hashed names, and where saving is told."""

    logo: str
    hero: str | None
    callback: str


@dataclass(frozen=True, slots=True)
class Named:
    """Which pass: `suffix` is its serial, `card_id` and `key` those of its rotating code."""

    suffix: str
    company_id: int
    card_id: int
    key: bytes


def class_suffix(company_id: int) -> str:
    return f"loyalty-{company_id:x}"


def company_of(class_suffix: str) -> int | None:
    """The company whose class has this suffix; None for what is no suffix of ours."""
    found = _CLASS.fullmatch(class_suffix)
    number = int(found[1], 16) if found else 2**63
    return number if number < 2**63 else None


def named(issuer: str, suffix: str) -> str:
    """The id that Google knows: `<issuer>.<suffix>`."""
    return f"{issuer}.{suffix}"


def loyalty_class(face: Face, company_id: int, addresses: Addresses) -> Json:
    """What all of a company's objects share. Every change of it asks for a review again."""
    return {
        "id": class_suffix(company_id),
        "issuerName": face.company[:LONGEST_NAME],
        "programName": face.card_name[:LONGEST_NAME],
        "programLogo": _image(addresses.logo, face.company, face.locale),
        "heroImage": _image(addresses.hero, face.card_name, face.locale),
        "hexBackgroundColor": face.brand.company,
        "reviewStatus": UNDER_REVIEW,
        "multipleDevicesAndHoldersAllowedStatus": "ONE_USER_ALL_DEVICES",
        "callbackOptions": {"url": addresses.callback},
        "localizedIssuerName": _said(face.company[:LONGEST_NAME], face.locale),
        "localizedProgramName": _said(face.card_name[:LONGEST_NAME], face.locale),
        "localizedAccountNameLabel": labels.localized(labels.name, 15),
        "localizedAccountIdLabel": labels.localized(labels.number, 15),
    }


def loyalty_object(face: Face, named: Named) -> Json:
    """One card. Of an ended one nothing is left but that it has ended."""
    live = face.state is not State.ENDED
    points = _balances(face)
    return {
        "id": named.suffix,
        "classId": class_suffix(named.company_id),
        "state": _STATES[face.state],
        "accountName": face.holder[:LONGEST_NAME] or None,
        "accountId": face.number_shown or None,
        "loyaltyPoints": points[0] if points else None,
        "secondaryLoyaltyPoints": points[1] if len(points) > 1 else None,
        "textModulesData": _texts(face),
        "linksModuleData": {"uris": _links(face)} if live else None,
        "rotatingBarcode": _barcode(face, named) if live else None,
    }


def without_nulls(body: Json) -> Json:
    """A body for inserting: what is not there is not named."""
    return {name: value for name, value in body.items() if value is not None}


def _balances(face: Face) -> list[Json]:
    """Stamps first. Always as text: a balance may have one kind only, and a PATCH that brought
    another kind would leave both."""
    found = []
    if face.stamps:
        text = f"{face.stamps.balance}/{face.stamps.target}"
        found.append((labels.stamps, text))
    if face.points is not None:
        found.append((labels.points, face.points))
    return [
        {"localizedLabel": labels.localized(label, 9), "label": labels.here(label, 9)}
        | {"balance": {"string": text}}
        for label, text in found
    ]


def _texts(face: Face) -> list[Json]:
    """What does not fit on the front, most wanted first; Google shows ten."""
    if face.state is State.ENDED:
        return []
    blocked = _("This card is blocked.") if face.state is State.BLOCKED else ""
    told = (
        ("blocked", face.card_name, blocked),
        ("say", face.card_name, face.say),
        ("ready", _("Yours now"), "\n".join(face.ready)),
        ("next", _("Next"), "\n".join(f"{what}: {far}" for what, far in face.next)),
        ("tier", face.tier or _("Your level"), face.tier_say or (face.tier and _("Your level"))),
        ("expiring", _("Expiring"), "\n".join(face.expiring)),
        ("owed", _("Owed"), face.owed if face.owed != face.say else ""),
        ("terms", _("Terms"), face.terms),
    )
    return [
        {"id": name, "header": header[:LONGEST_NAME], "body": body[:LONGEST_BODY]}
        for name, header, body in told
        if body
    ]


def _links(face: Face) -> list[Json]:
    found = [{"id": "card", "uri": face.page_url, "description": _("Your card")}]
    if face.privacy_url:
        privacy = {"id": "privacy", "uri": face.privacy_url, "description": _("Privacy")}
        found.append(privacy)
    return found


def _barcode(face: Face, named: Named) -> Json:
    """The code that the web card shows too, counted by the phone itself (RFC 6238)."""
    return {
        "type": "QR_CODE",
        "renderEncoding": "UTF_8",
        "valuePattern": f"{codes.name_of(named.card_id)}{{totp_value_0}}",
        "alternateText": face.number_shown,
        "totpDetails": {
            "algorithm": "TOTP_SHA1",
            "periodMillis": str(codes.STEP_SECONDS * 1000),
            "parameters": [{"key": named.key.hex().upper(), "valueLength": codes.DIGITS}],
        },
    }


def _image(address: str | None, says: str, locale: str) -> Json | None:
    if address is None:
        return None
    return {"sourceUri": {"uri": address}, "contentDescription": _said(says[:LONGEST_NAME], locale)}


def _said(text: str, locale: str) -> Json:
    """The company's own words, which it has in one language."""
    return {"defaultValue": {"language": locale, "value": text}}
