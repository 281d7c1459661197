"""The card as Google shows it: one class for a company, one object for each pass. Pure functions
of the face; the names of fields are those of Google's reference for loyaltyClass and loyaltyObject.

Ids stand here without their issuer (`named` puts it in front): which one it is may not be known
when a card is rendered, and says nothing of the card. What a changed object no longer has is sent
as null, since a PATCH leaves alone what it does not name.
"""

import re
from dataclasses import dataclass
from typing import Any

from .. import codes
from ..apple import strings
from ..face import Face, State
from . import labels

Json = dict[str, Any]

_STATES = {State.LIVE: "ACTIVE", State.BLOCKED: "INACTIVE", State.ENDED: "EXPIRED"}
_CLASS = re.compile(r"loyalty-([0-9a-f]{1,16})")
LONGEST_BODY, LONGEST_NAME, LONGEST_LABEL, LONGEST_POINTS = 500, 60, 15, 9
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
    spoken = strings.language(face.locale)
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
        "localizedAccountNameLabel": labels.localized("holder", spoken, LONGEST_LABEL),
        "localizedAccountIdLabel": labels.localized("number", spoken, LONGEST_LABEL),
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
    spoken, found = strings.language(face.locale), []
    if face.stamps:
        found.append(("stamps", f"{face.stamps.balance}/{face.stamps.target}"))
    if face.points is not None:
        found.append(("points", face.points))
    return [
        {
            "label": labels.say(word, spoken)[:LONGEST_POINTS],
            "localizedLabel": labels.localized(word, spoken, LONGEST_POINTS),
            "balance": {"string": text},
        }
        for word, text in found
    ]


def _texts(face: Face) -> list[Json]:
    """What does not fit on the front, most wanted first; Google shows ten. Their headings are in
    the phone's language, what stands below them in the card's."""
    if face.state is State.ENDED:
        return []
    spoken = strings.language(face.locale)
    blocked = labels.say("blocked", spoken) if face.state is State.BLOCKED else ""
    own = [("blocked", blocked), ("say", face.say)]
    told = [
        ("ready", "\n".join(face.ready)),
        ("rewards", "\n".join(f"{what}: {far}" for what, far in face.next)),
        ("tier", "\n".join(filter(None, (face.tier, face.tier_say)))),
        ("expiring", "\n".join(face.expiring)),
        ("owed", face.owed if face.owed != face.say else ""),
        ("terms", face.terms),
    ]
    below_its_name = [_text(name, face.card_name, body) for name, body in own if body]
    return below_its_name + [
        _text(name, labels.say(name, spoken), body)
        | {"localizedHeader": labels.localized(name, spoken, LONGEST_NAME)}
        for name, body in told
        if body
    ]


def _text(name: str, header: str, body: str) -> Json:
    return {"id": name, "header": header[:LONGEST_NAME], "body": body[:LONGEST_BODY]}


def _links(face: Face) -> list[Json]:
    spoken = strings.language(face.locale)
    told = [("page", face.page_url), ("privacy", face.privacy_url)]
    return [
        {"id": word, "uri": address, "description": labels.say(word, spoken)}
        | {"localizedDescription": labels.localized(word, spoken, LONGEST_NAME)}
        for word, address in told
        if address
    ]


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
