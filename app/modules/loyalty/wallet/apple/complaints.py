"""What phones complain of: kept for a while, and shown to the company whose pass it was.

Nobody proves anything here, so that little is taken: a few short lines at a time, the newest of
all. Whose pass it was is believed where the words hold the serial of a card that exists.
"""

import re
import unicodedata
from typing import Any

from sqlalchemy import delete, select

from ..... import clock
from .....extensions import db
from .....ids import new_id
from ...cards import LoyaltyCard
from .. import passes
from ..models import DeviceLog

MOST_AT_ONCE, LONGEST, KEPT = 20, 500, 2_000
_SERIAL = re.compile(r"(?<![0-9a-f])[0-9a-f]{1,16}-[0-9a-f]{1,16}-[0-9a-f]{1,4}(?![0-9a-f])")


def keep(said: Any) -> int:
    """Keep the lines of `{"logs": […]}`; how many. What is not as it should be is passed over.
    Acts across companies."""
    lines = said.get("logs") if isinstance(said, dict) else None
    told = [_plain(line) for line in (lines if isinstance(lines, list) else [])[:MOST_AT_ONCE]]
    now = clock.now()
    rows = [
        DeviceLog(id=new_id(), of_company=_whose(line), message=line, said_at=now)
        for line in told
        if line
    ]
    db.session.add_all(rows)
    db.session.flush()
    if rows:
        _forget_the_oldest()
    return len(rows)


def _plain(line: Any) -> str:
    """On one line, without what no page should show."""
    text = line[: 2 * LONGEST] if isinstance(line, str) else ""
    clean = "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in text)
    return " ".join(clean.split())[:LONGEST].strip()


def _whose(line: str) -> int | None:
    for found in _SERIAL.findall(line)[:3]:
        serial = passes.read_serial(found)
        if serial and db.session.get(LoyaltyCard, (serial.company_id, serial.card_id)):
            return serial.company_id
    return None


def _forget_the_oldest() -> None:
    newest = select(DeviceLog.id).order_by(DeviceLog.id.desc()).offset(KEPT).limit(1)
    oldest = db.session.scalar(newest)
    if oldest is not None:
        db.session.execute(delete(DeviceLog).where(DeviceLog.id <= oldest))
