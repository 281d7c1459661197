"""Mails and texts: one file each without a server, nobody's headers, and no words of strangers."""

from email import message_from_bytes, policy

import pytest
from flask import Flask

from app import jobs, mail
from app.ids import new_id
from tests.cast import Chain


@pytest.fixture(scope="module")
def app(quiet_app: Flask) -> Flask:
    """Nobody else's letters, events and companies are in the way."""
    return quiet_app


HOSTILE = 'Evil\r\nBcc: all@example.org <script>alert(1)</script> "x" <a@b.c>'


def written(app: Flask, name: int) -> bytes:
    with app.app_context():
        return (mail.folder() / f"{name}.eml").read_bytes()


def send(app: Flask, **changes: str) -> bytes:
    name = new_id()
    letter = {
        "to": "anouk@example.org",
        "subject": "Your card",
        "text": "Hello",
        "html": "<p>Hello",
    }
    with app.app_context():
        mail.send(**(letter | changes), name=name)  # type: ignore[arg-type]
    return written(app, name)


def test_a_mail_is_written_whole_with_text_and_html(app: Flask) -> None:
    letter = message_from_bytes(send(app, sender="Corner Bakery"), policy=policy.default)
    assert str(letter["To"]) == "anouk@example.org"
    assert str(letter["From"]).startswith("Corner Bakery <no-reply@")
    assert [part.get_content_type() for part in letter.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize("field", ["subject", "sender"])
def test_no_text_becomes_a_header(app: Flask, field: str) -> None:
    letter = message_from_bytes(send(app, **{field: HOSTILE}), policy=policy.default)
    assert letter["Bcc"] is None
    assert str(letter["To"]) == "anouk@example.org"


def test_an_address_with_a_line_break_is_refused(app: Flask) -> None:
    with pytest.raises(ValueError, match="CR or LF"):
        send(app, to="a@example.org\r\nBcc: b@example.org")


def test_an_address_beyond_ascii_is_written_as_it_is(app: Flask) -> None:
    assert "jörg@exämple.org".encode() in send(app, to="jörg@exämple.org")


def test_the_same_event_written_twice_is_one_file(app: Flask) -> None:
    name = new_id()
    with app.app_context():
        for _try in range(2):
            mail.send("a@example.org", "s", "t", "h", name=name)
            mail.send_text("+352621123456", "t", name=name)
        assert sorted(file.suffix for file in mail.folder().glob(f"{name}.*")) == [".eml", ".txt"]
        assert not list(mail.folder().glob(".*")), "no half-written file stays"


def test_a_message_carries_its_events_id(app: Flask) -> None:
    name = new_id()
    with app.app_context():
        mail.send("a@example.org", "s", "t", "h", name=name)
    assert f"Message-ID: <{name}@".encode() in written(app, name)


def test_the_written_mails_can_be_read_and_nothing_else(app: Flask, chain: Chain) -> None:
    name, browser = new_id(), chain.browser()
    with app.app_context():
        mail.send("a@example.org", HOSTILE, "Go to https://example.org/x", HOSTILE, name=name)
    assert f"/dev/mails/{name}.eml" in browser.get("/dev/mails").text
    page = browser.get(f"/dev/mails/{name}.eml").text
    assert '<a href="https://example.org/x"' in page
    assert "<script>alert" not in page
    as_sent = browser.get(f"/dev/mails/{name}.eml/html")
    assert "sandbox" in as_sent.headers["Content-Security-Policy"]
    for other in ("..%2Fsecrets.json", "secrets.json", "1.eml", ".env"):
        assert browser.get(f"/dev/mails/{other}").status_code == 404


def test_a_letter_holds_no_word_a_stranger_chose(app: Flask, chain: Chain) -> None:
    """Whoever first typed the address typed the name too."""
    with chain.acting() as session:
        from app.accounts.customers import Person
        from app.modules.loyalty import enrolment

        person = Person("victim@example.org", None, first_name="Visit evil.example now")
        enrolment.join(person, vendor_id=None, by=chain.actor)
        enrolment.send_link(person)
        session.commit()
    with app.app_context():
        while jobs.drain():
            pass
        letters = [file.read_text() for file in mail.folder().glob("*.eml")]
    mine = [letter for letter in letters if "victim@example.org" in letter]
    assert mine
    assert all("evil.example" not in letter for letter in mine)
