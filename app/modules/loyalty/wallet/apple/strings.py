"""The words of a pass that are everybody's: in every pass in each language, chosen by the phone.

In `pass.json` they stand in the language of the pass, which a phone that speaks another one looks
up in its own `pass.strings`; where there is none for it, it shows what stands there. Words of the
card itself (rewards, what is missing) are in the customer's language alone.
"""

from functools import cache

LANGUAGES = ("en", "de", "fr")
# In the languages' order. Within one language no two are alike, or a phone could not tell them
# apart; what tells of a change holds `%@`, where the phone puts the new value.
_WORDS = {
    "stamps": ("Stamps", "Stempel", "Tampons"),
    "stamps_changed": ("Stamps: %@", "Stempel: %@", "Tampons : %@"),
    "points": ("Points", "Punkte", "Points"),
    "points_changed": ("Points: %@", "Punkte: %@", "Points : %@"),
    "ready": ("Ready for you", "Für Sie bereit", "Prêt pour vous"),
    "ready_changed": ("Ready for you: %@", "Für Sie bereit: %@", "Prêt pour vous : %@"),
    "nothing_ready": ("Nothing yet", "Noch nichts", "Rien pour le moment"),
    "next": ("Next reward", "Nächste Prämie", "Prochaine récompense"),
    "rewards": ("What is next", "Was als Nächstes kommt", "Ce qui vient ensuite"),
    "tier": ("Status", "Ihr Status", "Statut"),
    "next_tier": ("Next status", "Nächster Status", "Statut suivant"),
    "expiring": ("Expires", "Verfällt", "Expire"),
    "owed": ("Owed", "Offen", "À rattraper"),
    "holder": ("Card of", "Karte von", "Carte de"),
    "number": ("Card number", "Kartennummer", "Numéro de carte"),
    "use": ("How to use it", "So geht es", "Mode d’emploi"),
    "use_text": (
        "Show the code at the counter, or say the card number. The card brings itself up to date.",
        "Zeigen Sie den Code an der Kasse, oder sagen Sie die Kartennummer. Die Karte bringt sich"
        " selbst auf den neuesten Stand.",
        "Montrez le code à la caisse, ou dites le numéro de carte. La carte se met à jour"
        " toute seule.",
    ),
    "page": ("Your card on the web", "Ihre Karte im Web", "Votre carte sur le web"),
    "terms": ("Terms", "Bedingungen", "Conditions"),
    "privacy": ("Privacy", "Datenschutz", "Vie privée"),
    "leaving": ("Leaving", "Aufhören", "Arrêter"),
    "leaving_text": (
        "Removing this pass leaves your card as it is. To give the card up, or to have your data"
        " erased, open your card on the web.",
        "Wenn Sie diese Karte aus dem Wallet nehmen, bleibt Ihr Konto, wie es ist. Um es"
        " aufzugeben oder Ihre Daten löschen zu lassen, öffnen Sie Ihre Karte im Web.",
        "Retirer cette carte de Wallet ne change rien à votre compte. Pour y renoncer ou faire"
        " effacer vos données, ouvrez votre carte sur le web.",
    ),
    "ended": ("This card", "Diese Karte", "Cette carte"),
    "ended_text": (
        "This card is no longer valid. You can delete it.",
        "Diese Karte ist nicht mehr gültig. Sie können sie löschen.",
        "Cette carte n’est plus valable. Vous pouvez la supprimer.",
    ),
}
WORDS = tuple(_WORDS)


def language(locale: str) -> str:
    """The language that a pass for this locale is written in: `de-LU` → `de`; English where
    there is no other."""
    spoken = locale.replace("_", "-").partition("-")[0].lower()
    return spoken if spoken in LANGUAGES else LANGUAGES[0]


def say(word: str, spoken: str) -> str:
    """What stands in a pass of this language."""
    return _WORDS[word][LANGUAGES.index(spoken)]


@cache
def files(spoken: str) -> dict[str, bytes]:
    """The `pass.strings` of a pass that is written in this language, by their paths."""
    return {
        f"{other}.lproj/pass.strings": "".join(
            f"{_quoted(say(word, spoken))} = {_quoted(say(word, other))};\n" for word in WORDS
        ).encode()
        for other in LANGUAGES
    }


def _quoted(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
