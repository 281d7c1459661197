"""The card as everybody sees it: one model, of which web card, Apple pass and Google object are
made, so that they never disagree."""

from .coming import Ahead, ahead
from .model import Face, State, empty, face, spoken
from .sample import sample
from .showing import Shown, shown

__all__ = ["Ahead", "Face", "Shown", "State", "ahead", "empty", "face", "sample", "shown", "spoken"]
