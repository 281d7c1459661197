"""Mails and texts: one door each, so that nothing else knows how they leave the house.

Without a server in the settings they are written to `instance/outbox/`, one file a message,
where `/dev/mails` shows them. A message is named after the event that caused it: written
twice it is one file, sent twice it carries the same Message-ID.
"""

import json
import os
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from urllib.request import Request, urlopen

from flask import current_app

from config import Settings

from .ids import new_id

PATIENCE_SECONDS = 15
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class NotDelivered(RuntimeError):
    """The server or gateway did not take the message; the job tries again later."""


def send(
    to: str,
    subject: str,
    text: str,
    html: str,
    *,
    sender: str = "",
    name: int | None = None,
    stop: str | None = None,
) -> None:
    """Send one mail, or write it down; `sender` is the name shown, `name` the event's id,
    `stop` the address of the page that ends such mails: RFC 2369's List-Unsubscribe, which a mail
    program may press by itself as RFC 8058 says (it asks for https and a DKIM signature over both
    headers, which is the mail server's to add).

    Raises `ValueError` for an address that cannot be one, and what smtplib raises.
    """
    name = name or new_id()
    letter = compose(to, subject, text, html, sender=sender, name=name)
    if stop:
        letter["List-Unsubscribe"] = f"<{stop}>"
        letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    url = _settings().mail_url
    if url:
        _hand_over(letter, url)
    else:
        policy = SMTP if str(letter["To"]).isascii() else SMTPUTF8
        _write_down(f"{name}.eml", letter.as_bytes(policy=policy))


def compose(to: str, subject: str, text: str, html: str, *, sender: str, name: int) -> EmailMessage:
    """The message. Headers are set through the parser's own classes, which refuse line breaks."""
    local, _, domain = to.rpartition("@")
    host = urlsplit(_settings().public_url).hostname or "localhost"
    letter = EmailMessage()
    letter["From"] = Address(_one_line(sender) or "Regulars", addr_spec=_from_address(host))
    letter["To"] = Address(username=local, domain=domain)
    letter["Subject"] = _one_line(subject)
    letter["Message-ID"] = f"<{name}@{host}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(text)
    letter.add_alternative(html, subtype="html")
    return letter


def send_text(to: str, body: str, *, name: int | None = None) -> None:
    """Send one text message to a number in E.164, or write it down.

    The gateway at `SMS_URL` gets a POST of `{"id", "to", "text"}` as JSON.
    """
    message = {"id": str(name or new_id()), "to": to, "text": body}
    url = _settings().sms_url
    if not url:
        _write_down(f"{message['id']}.txt", f"To: {to}\n\n{body}\n".encode())
        return
    request = Request(  # noqa: S310 - the operator's own address, http or https by the settings
        url, json.dumps(message).encode(), {"Content-Type": "application/json"}
    )
    with urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
        if answer.status >= 300:
            raise NotDelivered(f"the gateway answered {answer.status}")


def folder() -> Path:
    """Where messages are written when nobody takes them."""
    return _settings().instance_dir / "outbox"


def _hand_over(letter: EmailMessage, url: str) -> None:
    parts = urlsplit(url)
    host, secure = parts.hostname or "localhost", parts.scheme == "smtps"
    trusted = ssl.create_default_context()
    if secure:
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=PATIENCE_SECONDS, context=trusted
        )
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=PATIENCE_SECONDS)
    with server:
        server.ehlo()
        if not secure and server.has_extn("starttls"):
            server.starttls(context=trusted)
            secure = True
        if parts.username:
            if not secure and host not in _LOOPBACK:
                raise NotDelivered("the mail server offers no TLS: the password stays here")
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(letter)


def _from_address(host: str) -> str:
    """`smtp://…?from=cards@example.com`, else no-reply at our own host."""
    asked = parse_qs(urlsplit(_settings().mail_url or "").query).get("from", [""])[0]
    return asked or f"no-reply@{host}"


def _write_down(filename: str, content: bytes) -> None:
    """All of the file or none of it, and once whatever is tried again."""
    folder().mkdir(parents=True, exist_ok=True)
    draft = folder() / f".{filename}.{os.getpid()}"
    draft.write_bytes(content)
    draft.replace(folder() / filename)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
