"""Letters: what is written to people, put together from templates in the company's look.

`templates/emails/<letter>.txt` and `.html` are one mail; who has a phone alone gets a text, in one
message's length. Both are put together when they are sent and named after their event, so that
one that is tried again is the same letter. The caller has put its company into `g.company`.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import current_app, g, render_template

from . import jobs, mail

LONGEST_TEXT = 160  # one message; longer ones are sent, and paid for, in parts
# Signs of ours for which a whole text would have to be sent in the wide alphabet of 70.
_PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "−": "-", "…": "..."})

Look = Callable[[], Any]
_LOOK: list[Look] = []


def look(colours: Look) -> Look:
    """Register what knows the acting company's colours: `company` and `on_company`."""
    _LOOK[:] = [colours]
    return colours


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
    whole = {"company": g.company, "brand": _LOOK[0](), "subject": subject, "stop": stop} | known
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
    said = next(
        (each for each in (f"{g.company.name}: {words}", words) if _fits(each, link)),
        _cut(words, link),
    )
    return partial(mail.send_text, phone, _joined(said, link), name=task.id)


def address(path: str) -> str:
    """The whole address of one of our pages."""
    return str(current_app.config["SETTINGS"].public_url) + path


def _fits(said: str, link: str) -> bool:
    return len(_joined(said, link)) <= LONGEST_TEXT


def _cut(words: str, link: str) -> str:
    room = LONGEST_TEXT - len(link) - len("... ")
    return f"{words[:room].rstrip()}..." if room > 0 else ""


def _joined(said: str, link: str) -> str:
    return f"{said} {link}".strip().translate(_PLAIN)
