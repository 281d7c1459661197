"""What the cards would look like: the very fields that passes are made of, on a sample card."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import g

from .... import branding
from ....branding.pictures import Look, PageLogo, Source
from ....programs import Rules
from ....programs.brand import brand
from ....wallet.apple import package
from ....wallet.face import Face, sample, spoken
from ....wallet.google import objects
from .form import Asked

Pairs = list[tuple[str, str]]
_NO_PASS = objects.Named(suffix="preview", company_id=0, card_id=0, key=bytes(20))


@dataclass(frozen=True, slots=True)
class Pictures:
    """Addresses; of what is not kept yet, the picture itself as one."""

    logo: PageLogo | None
    strip: str | None
    hero: str | None
    square: str


@dataclass(frozen=True, slots=True)
class Apple:
    """The fields of `pass.json` as `(label, value)`, where an iPhone puts them."""

    name: str | None
    header: Pairs
    primary: Pairs
    below: Pairs
    back: Pairs
    code: str


@dataclass(frozen=True, slots=True)
class Google:
    """What Google is sent, where its wallet puts it."""

    issuer: str
    program: str
    points: Pairs
    texts: Pairs
    account: str
    code: str


@dataclass(frozen=True, slots=True)
class Previews:
    face: Face
    progress: tuple[int, int] | None
    pictures: Pictures
    apple: Apple
    google: Google
    judged: branding.judging.Judged


def previews(now: Rules, asked: Asked, holder: str) -> Previews:
    """Of the rules in force with what is asked for; errors leave out what they are about."""
    rules = now.changed(**asked.changes)
    kept = branding.pictures.look(brand(now.card_color), g.company.name)
    source = _tried(kept, rules, asked)
    with spoken(g.company):
        face, coming = sample(rules, holder)
        face = replace(face, logo=source.look.logo, strip=source.look.strip)
        return Previews(
            face=face,
            progress=None if rules.stamps else coming.progress,
            pictures=_pictures(source, kept, asked),
            apple=_apple(package.worth_syncing(face)),
            google=_google(face),
            judged=branding.judging.judged(source),
        )


def _tried(kept: Look, rules: Rules, asked: Asked) -> Source:
    digests = {kind: kept.digest(kind) for kind in branding.KINDS}
    digests |= dict.fromkeys(asked.removed)
    digests |= {kind: upload.digest for kind, upload in asked.fresh.items()}
    colour = brand(rules.card_color).company
    look = Look(digests[branding.LOGO], digests[branding.STRIP], colour, kept.initial)
    return Source(look, {kind: upload.png for kind, upload in asked.fresh.items()})


def _pictures(source: Source, kept: Look, asked: Asked) -> Pictures:
    def address(name: str) -> str | None:
        if not source.look.has(name):
            return None
        if source.look.key(name) == kept.key(name):
            return kept.path(g.company.slug, name)
        return _inline(branding.pictures.drawn(source, name))

    logo = address(branding.pictures.PAGE_LOGO)
    sizes = branding.images.Kept("", *source.logo.size).boxed if logo else (0, 0)
    return Pictures(
        logo=PageLogo(logo, *sizes) if logo else None,
        strip=address(branding.pictures.PAGE_STRIP),
        hero=address(branding.pictures.GOOGLE_HERO),
        square=address(branding.pictures.GOOGLE_LOGO) or "",
    )


def _inline(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _apple(content: dict[str, Any]) -> Apple:
    card = content["storeCard"]
    return Apple(
        name=content.get("logoText"),
        header=_pairs(card["headerFields"]),
        primary=_pairs(card["primaryFields"]),
        below=_pairs([*card["secondaryFields"], *card["auxiliaryFields"]]),
        back=_pairs(card["backFields"]),
        code=content["barcodes"][0]["altText"],
    )


def _google(face: Face) -> Google:
    design = objects.loyalty_class(face, 0, objects.Addresses(logo="", hero=None, callback=""))
    card = objects.loyalty_object(face, _NO_PASS)
    points = [card["loyaltyPoints"], card["secondaryLoyaltyPoints"]]
    return Google(
        issuer=design["issuerName"],
        program=design["programName"],
        points=[(each["label"], each["balance"]["string"]) for each in points if each],
        texts=[(each["header"], each["body"]) for each in card["textModulesData"]],
        account=card["accountName"] or "",
        code=card["rotatingBarcode"]["alternateText"],
    )


def _pairs(fields: Sequence[dict[str, str]]) -> Pairs:
    return [(each.get("label", ""), each["value"]) for each in fields]
