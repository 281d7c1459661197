"""For `/metrics`: how many passes of all companies are due, and for how long."""

from typing import Any

from sqlalchemy import and_, func, select

from ..... import clock, health
from .....extensions import db
from .....metrics import Figure
from ..models import WalletChannel, WalletPass


def figures() -> list[Figure]:
    """By platform, where the channel is not stopped; one statement on the index of what is due."""
    now = clock.now()
    channel = and_(
        WalletChannel.company_id == WalletPass.company_id,
        WalletChannel.platform == WalletPass.platform,
    )
    query = (
        select(WalletPass.platform, func.count(), func.min(WalletPass.due_at))
        .outerjoin(WalletChannel, channel)
        .where(WalletPass.due_at.is_not(None), WalletPass.due_at <= now)
        .where(WalletChannel.stopped_at.is_(None))
        .group_by(WalletPass.platform)
    )
    found: Any = db.session.execute(query).all()
    if not found:
        return []
    late = {platform: (now - oldest).total_seconds() for platform, _, oldest in found}
    due = {platform: float(number) for platform, number, _ in found}
    return [
        Figure("regulars_wallet_due", "Passes that are to be synced now.", due),
        Figure("regulars_wallet_late_seconds", "For how long the oldest has been due.", late),
    ]


health.ASKED.append(figures)
