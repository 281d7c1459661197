"""What an office is told of at once: a channel stopped, or a certificate ends soon."""

from flask_babel import format_date
from flask_babel import gettext as _

from .... import jobs
from ....accounts import alarms
from ....accounts.alarms import Words
from . import channels
from .models import APPLE
from .standing import NAMES

PAGE = "/admin/wallet"


@alarms.about("wallet.stopped", page=PAGE)
def stopped(task: jobs.Task) -> Words | None:
    """Nothing to tell where it goes on by now."""
    platform = str(task.body["platform"])
    row = channels.row_of(platform)
    if row is None or row.stopped_at is None:
        return None
    if row.sealed is None:
        say = _(
            "%(name)s turned away what this installation signs in with (%(fault)s), so passes are"
            " sent no more. Those who run the installation mend it; there is nothing for you to"
            " do. Cards, counters and the card’s own page work as before.",
            name=NAMES[platform],
            fault=row.fault or "",
        )
    else:
        say = _(
            "%(name)s turned your credentials away (%(fault)s), so passes are sent no more. Cards,"
            " counters and the card’s own page work as before. Give new credentials in the office,"
            " under Wallet, or let it go on there.",
            name=NAMES[platform],
            fault=row.fault or "",
        )
    return _("%(name)s has stopped", name=NAMES[platform]), say


@alarms.about("wallet.expiring", page=PAGE)
def expiring(task: jobs.Task) -> Words | None:
    """Nothing to tell where another certificate took its place."""
    row = channels.row_of(str(task.body["platform"]))
    days = int(task.body["days"])
    if row is None or row.expires_at is None or row.warned_days != days:
        return None
    say = _(
        "The certificate that signs your passes ends on %(day)s. Renew it with the same pass type"
        " and give it in the office, under Wallet: passes in phones then go on as they are.",
        day=format_date(row.expires_at, "d MMMM y"),
    )
    return _("The certificate of %(name)s ends soon", name=NAMES[APPLE]), say
