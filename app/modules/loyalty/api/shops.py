"""`/vendors` and `/staff`: the shops, and who works in them."""

from dataclasses import replace
from typing import Any

from flask import g
from sqlalchemy import select

from ....accounts.actors import Actor
from ....accounts.staff import StaffMember
from ....accounts.vendors import Vendor
from ....api import Page, Paging, api, page
from .answers import Member, Shop


@api.get("/vendors", query=Paging, answers=Shop, many=True)
def vendors(asked: Paging) -> Page:
    """List the shops."""
    return page(select(Vendor), Vendor.id, asked, lambda row: _shop(row.Vendor))


@api.get("/staff", query=Paging, answers=Member, many=True)
def staff(asked: Paging) -> Page:
    """List the staff, those who left included."""
    query = select(StaffMember, Vendor.slug).outerjoin(Vendor, Vendor.id == StaffMember.vendor_id)
    return page(query, StaffMember.id, asked, lambda row: _member(row.StaffMember, row.slug))


def acting_at(slug: str) -> Actor:
    """The key that asks, at the shop with this slug; whether there is one, the ledger finds."""
    actor: Actor = g.actor
    return replace(actor, vendor_slug=slug)


def _shop(vendor: Vendor) -> dict[str, Any]:
    return {
        "slug": vendor.slug,
        "name": vendor.name,
        "timezone": vendor.timezone,
        "address": vendor.address,
        "status": vendor.status,
    }


def _member(member: StaffMember, vendor: str | None) -> dict[str, Any]:
    return {
        "id": str(member.id),
        "name": member.name,
        "role": member.role,
        "vendor": vendor,
        "active": member.active,
    }
