"""A company takes a picture, replaces it, or takes it away; its passes follow."""

from .... import audit, clock, outbox, tenancy
from ....extensions import db
from .models import BrandImage
from .uploads import Upload


def keep(kind: str, upload: Upload, *, by: int | None = None) -> bool:
    """The acting company's logo or strip from now on; whether that is another than before.

    Of two at once the later stays, whole, and both are in the audit.
    """
    there = _kept(kind)
    if there is not None and there.digest == upload.digest:
        return False
    _tell(kind, upload.digest, by)
    picture = _kept(kind) or BrandImage(kind=kind)
    picture.digest, picture.png = upload.digest, upload.png
    picture.width, picture.height = upload.width, upload.height
    picture.uploaded_at, picture.uploaded_by = clock.now(), by
    db.session.add(picture)
    db.session.flush()
    return True


def remove(kind: str, *, by: int | None = None) -> bool:
    """Without it from now on; whether there was one."""
    if _kept(kind) is None:
        return False
    _tell(kind, "", by)
    if there := _kept(kind):
        db.session.delete(there)
        db.session.flush()
    return True


def _kept(kind: str) -> BrandImage | None:
    picture: BrandImage | None = db.session.get(
        BrandImage, (tenancy.company_id(), kind), populate_existing=True
    )
    return picture


def _tell(kind: str, digest: str, by: int | None) -> None:
    """Into the audit, whose turnstile lets one change a company's look at a time; and to passes."""
    company = tenancy.company_id()
    audit.record("brand.changed", subject_id=company, by=by, picture=kind, digest=digest)
    outbox.put("programme.changed")
