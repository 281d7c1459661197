"""What the wallet's pages say: findings in sentences."""

from collections.abc import Sequence

from flask import g
from flask_babel import gettext as _
from flask_babel import ngettext

from ...wallet import APPLE
from ...wallet.standing import NAMES, NONE, OWN, Standing
from . import dates

__all__ = ["NAMES", "finding", "heading", "whose"]


def heading(stands: Sequence[Standing]) -> str:
    """The page's finding: what works and what does not, of both."""
    stopped = [NAMES[one.platform] for one in stands if one.stopped_at]
    if stopped:
        both = _("Both wallets have stopped")
        return both if len(stopped) > 1 else _("%(name)s has stopped", name=stopped[0])
    broken = [NAMES[one.platform] for one in stands if one.faults]
    if broken:
        both = _("Neither wallet works")
        return both if len(broken) > 1 else _("%(name)s does not work", name=broken[0])
    works = [NAMES[one.platform] for one in stands if one.works]
    if works:
        both = _("Passes work in both wallets")
        return both if len(works) > 1 else _("Passes work in %(name)s", name=works[0])
    return _("The card’s own page does it all")


def finding(one: Standing) -> str:
    """One platform in a sentence: `Apple Wallet works: pass type pass.lu.aubier, until 3 March
    2027`."""
    name = NAMES[one.platform]
    if one.whose == NONE:
        return _("%(name)s waits for credentials", name=name)
    if one.stopped_at:
        return _("%(name)s has stopped", name=name)
    if one.faults:
        number = len(one.faults)
        return ngettext(
            "%(name)s does not work: one thing is wrong",
            "%(name)s does not work: %(num)s things are wrong",
            number,
            name=name,
        )
    return _works(one, name)


def _works(one: Standing, name: str) -> str:
    if one.identifier is None:
        return _("%(name)s works", name=name)
    if one.platform != APPLE or one.expires_at is None:
        return _("%(name)s works: issuer %(id)s", name=name, id=one.identifier)
    return _(
        "%(name)s works: pass type %(id)s, until %(day)s",
        name=name,
        id=one.identifier,
        day=dates.day(one.expires_at.date(), "d MMMM y"),
    )


def whose(one: Standing) -> str:
    """Whose credentials these are."""
    if one.whose == OWN:
        return _("%(company)s’s own", company=g.company.name)
    return _("none") if one.whose == NONE else _("those of this installation")
