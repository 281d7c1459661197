"""The words on Google's cards that are everybody's: those of Apple's passes, in the same languages,
so that a card speaks alike on both. Google's wallet chooses by the phone."""

from typing import Any

from ..apple import strings

_MORE = {
    "blocked": (
        "This card is blocked. Ask at the counter.",
        "Diese Karte ist gesperrt. Fragen Sie an der Kasse.",
        "Cette carte est bloquée. Renseignez-vous à la caisse.",
    ),
}


def say(word: str, spoken: str) -> str:
    """A word in one of `strings.LANGUAGES`."""
    if word in _MORE:
        return _MORE[word][strings.LANGUAGES.index(spoken)]
    return strings.say(word, spoken)


def localized(word: str, spoken: str, longest: int) -> dict[str, Any]:
    """The word in every language there is; for phones of others, in the card's."""
    others = [each for each in strings.LANGUAGES if each != spoken]
    return {
        "defaultValue": {"language": spoken, "value": say(word, spoken)[:longest]},
        "translatedValues": [
            {"language": each, "value": say(word, each)[:longest]} for each in others
        ],
    }
