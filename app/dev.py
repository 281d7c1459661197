"""`/dev/mails`: what would have left the house, readable where no server takes it.

Outside production alone; in production there is no such page.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from flask import Blueprint, Response, current_app, render_template

from . import mail
from .errors import NotFound
from .guards import guarded

pages = Blueprint("dev", __name__, url_prefix="/dev")

_NAME = re.compile(r"[0-9]{1,20}\.(eml|txt)")
_MOST = 200
# A mail brings its own look; it may show that, and nothing else: no script, no form, no host.
_MAIL_CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self';"
    " sandbox allow-top-navigation-by-user-activation"
)


@dataclass(frozen=True, slots=True)
class Written:
    """One message as it was written down."""

    name: str
    to: str
    subject: str
    text: str
    html: str
    written_at: datetime

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


@pages.get("/mails")
@guarded("anyone", "development")
def mails() -> str:
    """The newest messages first."""
    _must_be_development()
    names = [file.name for file in _folder() if _NAME.fullmatch(file.name)]
    names.sort(key=lambda name: int(name.partition(".")[0]), reverse=True)  # as they were caused
    return render_template("dev/mails.html", mails=[_read(name) for name in names[:_MOST]])


@pages.get("/mails/<string:name>")
@guarded("anyone", "development")
def one_mail(name: str) -> str:
    """One message, its links live."""
    _must_be_development()
    return render_template("dev/mail.html", mail=_read(name))


@pages.get("/mails/<string:name>/html")
@guarded("anyone", "development")
def mail_as_sent(name: str) -> Response:
    """The HTML part as a mail program would show it."""
    _must_be_development()
    shown = Response(_read(name).html, mimetype="text/html")
    shown.headers["Content-Security-Policy"] = _MAIL_CSP
    return shown


def _must_be_development() -> None:
    if current_app.config["SETTINGS"].production:
        raise NotFound()


def _folder() -> list[Path]:
    return list(mail.folder().iterdir()) if mail.folder().is_dir() else []


def _read(name: str) -> Written:
    file = mail.folder() / name
    if not _NAME.fullmatch(name) or not file.is_file():
        raise NotFound()
    raw, at = file.read_bytes(), datetime.fromtimestamp(file.stat().st_mtime, UTC)
    if file.suffix == ".txt":
        head, _, body = raw.decode().partition("\n\n")
        return Written(name, head.removeprefix("To: "), "", body, "", at)
    letter = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    return Written(
        name,
        str(letter["To"]),
        str(letter["Subject"]),
        _part(letter, "plain"),
        _part(letter, "html"),
        at,
    )


def _part(letter: EmailMessage, kind: str) -> str:
    part = letter.get_body((kind,))
    return str(part.get_content()) if part else ""
