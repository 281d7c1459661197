"""Letters: what is written to people, put together from templates in the company's look and
language.

`templates/emails/<letter>.txt` and `.html` are one mail; who has a phone alone gets a text, in one
message's length. Both are put together when they are sent and named after their event, so that
one that is tried again is the same letter. The caller has put its company into `g.company`.

Letters have a catalogue of their own, `letters`: whoever words one is `written`, so that `_()` is
in the company's language, where its pages may still be in English. Without a catalogue for it
the words are English.
"""

import gettext
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from flask import current_app, g, render_template
from flask_babel import Domain, get_domain
from flask_babel import gettext as _

from . import jobs, mail, web

LONGEST_TEXT = 160  # one message; longer ones are sent, and paid for, in parts
# Signs for which a whole text would have to be sent in the wide alphabet of 70: quotes and dashes,
# the spaces that Babel groups French figures by, and what French has beyond é, è and à.
_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "œ": "oe"}
    | {"–": "-", "−": "-", "…": "...", "\u00a0": " ", "\u202f": " "}
    | dict(zip("âêîôûëïçÀÂÈÊÎÔÙÛ", "aeioueicAAEEIOUU", strict=True))
)
_DOMAIN = Domain(domain="letters")

Look = Callable[[], dict[str, Any]]
_LOOK: list[Look] = []


def look(colours: Look) -> Look:
    """Register what knows how the acting company looks: `brand`, with the colours `company` and
    `on_company`, and `logo`, or None."""
    _LOOK[:] = [colours]
    return colours


WRITTEN: set[str] = set()  # the kinds of events that letters are written for


def written(kind: str) -> Callable[[jobs.Handler], jobs.Handler]:
    """Register what words the letter for events of this kind: a job that speaks as letters do."""

    WRITTEN.add(kind)

    def register(handler: jobs.Handler) -> jobs.Handler:
        return jobs.job(kind)(speaking()(handler))

    return register


@contextmanager
def speaking() -> Iterator[None]:
    """Whatever is worded in here comes from the catalogue of letters."""
    before = get_domain()
    _DOMAIN.as_default()
    try:
        yield
    finally:
        before.as_default()


def by_mail(
    task: jobs.Task,
    address: str,
    letter: str,
    *,
    subject: str,
    sender: str = "",
    stop: str | None = None,
    **known: Any,
) -> jobs.Effect:
    """The mail; from the company unless `sender` says else. `stop` is the address that ends such
    letters: whoever asked for none of them, as for news, must be able to end them."""
    whole = {"company": g.company, "subject": subject, "stop": stop, "lang": _language()}
    whole |= {"home": current_app.config["SETTINGS"].public_url} | _LOOK[0]() | known
    return partial(
        mail.send,
        address,
        subject,
        render_template(f"emails/{letter}.txt", **whole),
        render_template(f"emails/{letter}.html", **whole),
        sender=sender or g.company.name,
        name=task.id,
        stop=stop,
    )


def by_text(task: jobs.Task, phone: str, words: str, link: str = "") -> jobs.Effect:
    """The text: whose it is, the words, the link; what makes it too long is left away, the
    company's name first, for the link says it too."""
    whole = _("%(company)s: %(words)s", company=g.company.name, words=words)
    said = next((each for each in (whole, words) if _fits(each, link)), _cut(words, link))
    return partial(mail.send_text, phone, _joined(said, link), name=task.id)


def address(path: str) -> str:
    """The whole address of one of our pages."""
    return str(current_app.config["SETTINGS"].public_url) + path


def _language() -> str:
    """The language of the words, as HTML names it: English where there is no catalogue."""
    locale = web.locale()
    spoken = locale.partition("_")[0] == "en" or any(
        gettext.find(_DOMAIN.domain[0], folder, [locale])
        for folder in _DOMAIN.translation_directories
    )
    return locale.replace("_", "-") if spoken else "en"


def _fits(said: str, link: str) -> bool:
    return len(_joined(said, link)) <= LONGEST_TEXT


def _cut(words: str, link: str) -> str:
    room = LONGEST_TEXT - len(link) - len("... ")
    return f"{words.translate(_PLAIN)[:room].rstrip()}..." if room > 0 else ""


def _joined(said: str, link: str) -> str:
    return f"{said} {link}".strip().translate(_PLAIN)
