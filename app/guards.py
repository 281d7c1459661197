"""Who may call a view, as data on the view itself.

A route without a guard is refused at run time and fails the architecture test. The
enforcement is in `surfaces.py`; here is only the label, so that every layer can wear one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Guard:
    """`audience` says how the caller proves who they are, `permission` what they may do."""

    audience: str
    permission: str


def guarded(audience: str, permission: str) -> Callable[[View], View]:
    """Label a view with its guard."""

    def label(view: View) -> View:
        view.guard = Guard(audience, permission)  # type: ignore[attr-defined]
        return view

    return label


def answers_data(view: View) -> View:
    """Label a page's view that programs read: its problems are data too, whoever asks."""
    view.answers_data = True  # type: ignore[attr-defined]
    return view


def only_reads(view: View) -> View:
    """Label a view that is asked with a body and changes nothing: a preview."""
    view.reads = True  # type: ignore[attr-defined]
    return view


def takes_up_to(size: int) -> Callable[[View], View]:
    """Label a view that is sent files, with the most bytes of a request: others take fewer."""

    def label(view: View) -> View:
        view.largest_body = size  # type: ignore[attr-defined]
        return view

    return label


def one_click(view: View) -> View:
    """Label a change that a mail program asks for by itself (RFC 8058), without a page before it
    and so without a CSRF token: its address alone authorises it, no cookie does."""
    view.one_click = True  # type: ignore[attr-defined]
    return view
