"""The rules of redeeming: pure functions of values."""

from ....errors import Refusal
from ..ledger.checks import must_be_usable, must_have_stamps, must_still_redeem
from ..ledger.decision import Decision, LockedCard, Setting


class InsufficientStamps(Refusal):
    code = "insufficient-stamps"
    title = "Not enough stamps yet"


def stamps_reward_for(card: LockedCard, where: Setting) -> Decision:
    """Taking the stamp reward: the target comes off, the rest stays (carry-over)."""
    target = where.rules.stamps_target
    must_still_redeem(where)
    must_be_usable(card)
    must_have_stamps(where.rules)
    if card.stamps_balance < target:
        missing = target - card.stamps_balance
        raise InsufficientStamps(
            f"{missing} more {'stamp' if missing == 1 else 'stamps'} to go.",
            needed=target,
            available=card.stamps_balance,
            missing=missing,
        )
    return Decision(
        type="stamps_redeemed",
        event="stamp.redeemed",
        steps=(
            {
                "code": "reward-taken",
                "reward": where.rules.stamps_reward_name,
                "value_minor": where.rules.stamps_reward_value_minor,
                "target": target,
            },
            {
                "code": "stamps-kept",
                "before": card.stamps_balance,
                "after": card.stamps_balance - target,
            },
        ),
        stamps=-target,
        active_at=where.now,
    )
