"""Each step to a programmer: English, exact, and never changed, because it is stored with the
answer and compared byte by byte on a replay."""

from ..decision import Step
from .voices import Told

_ENGLISH = {
    "stamps-given": "quantity {quantity} at vendor {vendor}",
    "stamps-counted": "stamps_balance {before} -> {after}, target {target}",
    "reward-ready": "rewards_ready {ready}: {reward}",
    "day-counted": "daily count {count} of cap {cap}",
    "reward-taken": "stamps reward {reward} redeemed, target {target}",
    "stamps-kept": "stamps_balance {before} -> {after}, carried over",
    "stamps-undone": "reverses sequence {sequence}, quantity {quantity}",
    "day-given-back": "daily count {count}, cooldown unchanged",
    "welcome-bonus": "welcome_bonus_points {points}, once per person",
    "rate": "amount_minor {amount_minor} × {points} points / unit_minor {unit_minor}",
    "category-rate": (
        "category {category}: amount_minor {amount_minor} × {points} points"
        " / unit_minor {unit_minor}"
    ),
    "tier": "tier {tier}, × multiplier_bp {multiplier_bp} / 10000",
    "bonus-percent": "bonus {name}, + percent_bp {percent_bp} / 10000",
    "bonus-points": "bonus {name}, + points {points}, after rounding",
    "rounded-down": "floor({exact}) = {points}, the only rounding",
    "capped": "max_points_per_order {cap}, capped_points {lost}",
    "below-minimum": (
        "amount_minor {amount_minor} < minimum_purchase_minor {minimum_minor},"
        " missing {missing_minor}"
    ),
    "empty-sale": "amount_minor 0",
    "no-stamp": "no stamp: {because}",
    "points-counted": "points_balance {before} -> {after}",
    "tier-reached": "tier {from} -> {to}, lifetime_points {lifetime_points}",
    "tier-lost": "tier {from} -> {to}, lifetime_points {lifetime_points}",
    "tier-reviewed": (
        "review of {on}: {points} of lifetime_points {lifetime_points} since {since};"
        " {laid_aside} laid aside"
    ),
    "reward-redeemed": "reward {reward} redeemed for points {points}, stamps {stamps}",
    "sale-returned": (
        "reverses sequence {sequence}: amount_minor {amount_minor} of {of_minor},"
        " {before_minor} before"
    ),
    "points-taken-back": (
        "share {share} of points {of}: {expired} had expired, {taken} taken, {debt} of them owed"
    ),
    "redemption-cancelled": "reverses sequence {sequence}: reward {reward}",
    "adjustment-cancelled": "reverses sequence {sequence}: an adjustment",
    "points-given-back": "points {points} given back, {repaid} of them repay debt",
    "debt-forgiven": "points {points} of debt forgiven, void_policy forgive",
    "forgiveness-ended": "points {points} no longer forgiven",
    "expired": "points {points} of {lots} lots expired, policy {policy}",
    "reinstated": "points {points} of sequence {sequence} reinstated: {reason}",
    "adjusted": "points {points} by hand: {reason}",
    "merged-out": (
        "{because}: points {points}, stamps {stamps}, lifetime_points {lifetime} to card {into}"
    ),
    "merged-in": (
        "{because}: points {points}, stamps {stamps}, lifetime_points {lifetime} from card {from}"
    ),
    "approved": "approved by staff {staff}",
}


def _sale(step: Step) -> str:
    number = step["number"]
    counts = "no purchase" if number is None else f"purchase {number}"
    return f"amount_minor {step['amount_minor']} at vendor {step['vendor']}, {counts}"


def _nothing(step: Step) -> str:
    needed = step["needed_minor"]
    least = "no amount gives 1" if needed is None else f"amount_minor {needed} gives 1"
    return f"less than 1 point; {least} at the programme's own rate"


SENTENCES: Told = {code: sentence.format_map for code, sentence in _ENGLISH.items()} | {
    "sale": _sale,
    "rounds-to-nothing": _nothing,
}
