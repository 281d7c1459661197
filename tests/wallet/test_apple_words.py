"""The words of a pass that the phone chooses."""

import pytest

from app.modules.loyalty.wallet.apple import strings


@pytest.mark.parametrize("spoken", strings.LANGUAGES)
def test_no_two_words_of_a_language_are_alike_and_notices_have_their_place(spoken: str) -> None:
    said = [strings.say(word, spoken) for word in strings.WORDS]
    assert len(set(said)) == len(said)
    for word, text in zip(strings.WORDS, said, strict=True):
        assert ("%@" in text) == word.endswith("_changed"), text
