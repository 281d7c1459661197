"""Whether passes work, and if not, why and what to do: one line a check, changing nothing.

What cannot be seen from here (a phone that takes a pass) is what is left to a person with one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import g
from flask_babel import gettext as _
from flask_babel import ngettext

from ....accounts import companies
from ....extensions import db
from .. import branding, programs
from ..programs.brand import brand
from . import keeping, standing
from .credentials import FAULT, OK, WARNING
from .models import APPLE
from .standing import INSTALLATION, NONE, Standing

# By platform, what asks it by the acting company's credentials; the answer is one line. No
# transaction may be open.
Reaching = Callable[[], "Line"]
_REACHING: dict[str, Reaching] = {}


@dataclass(frozen=True, slots=True)
class Line:
    """One check: `state` is OK, WARNING or FAULT; the sentence says what to do where it is not."""

    platform: str
    state: str
    sentence: str


def reaching(platform: str) -> Callable[[Reaching], Reaching]:
    """Register what asks a platform whether it takes the acting company's credentials."""

    def register(ask: Reaching) -> Reaching:
        _REACHING[platform] = ask
        return ask

    return register


def company(*, online: bool = False, brief: bool = False) -> list[Line]:
    """Every check of the acting company. `online` asks the platforms: then nothing may be open.
    `brief` leaves away what `installation` says already."""
    g.company = companies.acting()
    stands = standing.of_company()
    lines = [line for one in stands for line in _of(one, brief)]
    if online:
        db.session.expunge_all()
        db.session.rollback()
        asked = [one.platform for one in stands if one.whose != NONE and not one.faults]
        lines += [_REACHING[platform]() for platform in asked if platform in _REACHING]
    return lines


def installation() -> list[Line]:
    """The checks of the installation's own files. Nobody need act."""
    return [
        line for one in standing.of_installation() if one.whose != NONE for line in _findings(one)
    ]


def _of(one: Standing, brief: bool) -> Iterator[Line]:
    if one.whose == NONE:
        told = _(
            "There are no credentials, so no button is shown; the card’s own page does it all."
        )
        yield Line(one.platform, OK, told)
        return
    if brief and one.whose == INSTALLATION:
        state = FAULT if one.faults else OK
        yield Line(one.platform, state, _("It uses the installation’s credentials."))
    else:
        yield from _findings(one)
    if one.stopped_at:
        told = _(
            "It was stopped: %(fault)s. Mend it, then let it go on at /admin/wallet.",
            fault=one.fault or "?",
        )
        yield Line(one.platform, FAULT, told)
    if one.platform == APPLE:
        yield _pictures()
    if stray := _strays(one):
        yield stray


def _findings(one: Standing) -> Iterator[Line]:
    for finding in one.findings:
        yield Line(one.platform, finding.state, finding.sentence)


def _pictures() -> Line:
    """Without an icon iPhones refuse a pass and say nothing."""
    colours = brand(programs.current().card_color)
    made = branding.pictures.for_apple(colours, companies.acting().name)
    if "icon.png" in made:
        return Line(APPLE, OK, _("The pictures of a pass are there."))
    return Line(APPLE, FAULT, _("The icon cannot be made, expected icon.png among the pictures."))


def _strays(one: Standing) -> Line | None:
    """Passes in phones that were made under another pass type."""
    if one.platform != APPLE or one.identifier is None:
        return None
    number = keeping.orphans(APPLE, one.identifier)
    if not number:
        return None
    told = ngettext(
        "One pass in a phone is of another pass type and changes no more: its holder takes it"
        " anew.",
        "%(num)s passes in phones are of another pass type and change no more: their holders take"
        " them anew.",
        number,
    )
    return Line(APPLE, WARNING, told)
