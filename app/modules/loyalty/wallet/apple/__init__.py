"""Apple: passes, the web service that phones ask, and pushes."""

from . import checkup, complaints, listing, package, service, signer, strings, template
from .signer import CannotSign

__all__ = [
    "CannotSign",
    "checkup",
    "complaints",
    "listing",
    "package",
    "service",
    "signer",
    "strings",
    "template",
]
