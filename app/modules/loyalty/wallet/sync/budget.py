"""How much a company may ask of a platform in a minute."""

from collections.abc import Sequence
from typing import TypeVar

from ..... import clock
from .. import channels
from ..models import APPLE, GOOGLE

# Requests of one company. Apple: a push makes a phone fetch its pass at once, which takes us some
# milliseconds, so no more are sent than can be fetched besides all else. Google takes 20 requests
# a second from an issuer, whom companies may share: half of them, so that nobody has them all.
PER_MINUTE = {APPLE: 1_200, GOOGLE: 600}

Thing = TypeVar("Thing")


def spend(platform: str, asked: Sequence[tuple[Thing, int]]) -> list[Thing]:
    """Of these things and their costs, in order, those that the acting company's minute has room
    for: the channel's row is locked and counts them. Something dearer than a whole minute is
    let through by a minute in which nothing was spent."""
    if not any(cost for _, cost in asked):
        return [thing for thing, _ in asked]
    channel, minute = channels.hold(platform), clock.now().replace(second=0, microsecond=0)
    if channel.spent_in != minute:
        channel.spent_in, channel.spent = minute, 0
    paid = []
    for thing, cost in asked:
        if channel.spent and channel.spent + cost > PER_MINUTE[platform]:
            break
        channel.spent += cost
        paid.append(thing)
    return paid
