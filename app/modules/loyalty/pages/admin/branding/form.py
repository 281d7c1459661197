"""The branding form: what was typed and chosen in it, read once for publishing and previewing."""

from dataclasses import dataclass, field
from typing import Any

from flask import request
from flask_babel import gettext as _

from ......errors import Invalid
from .... import branding
from ....branding.uploads import Upload
from ....programs import Rules
from ....programs.checks import checked

FIELDS = ("card_name", "card_color")
LONGEST_TYPED = 200
Uploaded = tuple[dict[str, Upload], dict[str, str]]
# A photograph as it comes from a camera is told beside its field that it is too large, instead of
# breaking the page: so more may come than is taken.
LARGEST_BODY = 12 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """`changes` are what differs of the rules; `fresh` and `removed` are pictures by their kind.
    `errors` name each field that cannot stay so."""

    typed: dict[str, str]
    changes: dict[str, Any] = field(default_factory=dict)
    fresh: dict[str, Upload] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def nothing(self) -> bool:
        return not (self.changes or self.fresh or self.removed)


def shown(rules: Rules) -> Asked:
    """The form before anything is typed."""
    return Asked({"card_name": rules.card_name, "card_color": rules.card_color.upper()})


def asked(now: Rules, uploaded: Uploaded) -> Asked:
    """What the submitted form asks for, held against the rules in force."""
    before = shown(now).typed
    typed = {name: request.form.get(name, old)[:LONGEST_TYPED] for name, old in before.items()}
    typed["card_color"] = typed["card_color"].strip().upper()
    changes = {name: words for name, words in typed.items() if words.strip() != before[name]}
    fresh, errors = uploaded
    removed = {kind for kind in branding.KINDS if request.form.get(f"remove_{kind}") == "1"}
    try:
        changes = checked(changes)
    except Invalid as wrong:
        errors |= wrong.errors
        changes = checked({name: changes[name] for name in changes.keys() - wrong.errors.keys()})
    return Asked(typed, changes, fresh, frozenset(removed - fresh.keys()), errors)


def uploads() -> Uploaded:
    """The chosen files, each as it would be kept, or what is wrong with it."""
    fresh: dict[str, Upload] = {}
    errors: dict[str, str] = {}
    for kind in branding.KINDS:
        file = request.files.get(kind)
        if file is None or not file.filename:
            continue
        try:
            fresh[kind] = branding.uploads.read(kind, file.read())
        except Invalid as wrong:
            errors |= wrong.errors
    return fresh, errors


def labels() -> dict[str, str]:
    """What the pictures are called."""
    return {branding.LOGO: _("Logo"), branding.STRIP: _("Strip")}
