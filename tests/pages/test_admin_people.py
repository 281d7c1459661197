"""The office's people and places: signing in, shops, counters, staff; and what a manager may."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import clock, tenancy
from app.accounts import staff, terminals, users
from app.accounts.staff import StaffMember, StaffPin
from app.accounts.terminals import Terminal
from app.accounts.users import Membership
from app.accounts.vendors import Vendor
from app.audit import AuditEntry
from app.extensions import db
from tests.cast import PASSWORD, PIN, Chain, operator_cookie


def acts(chain: Chain) -> list[str]:
    with chain.acting() as session:
        return list(session.scalars(select(AuditEntry.act).order_by(AuditEntry.sequence)))


# -- signing in and out ---------------------------------------------------------------------------


def test_the_right_password_opens_the_office_and_leads_back(chain: Chain) -> None:
    browser = chain.browser()
    turned = browser.get("/admin/staff")
    assert (turned.status_code, turned.location) == (303, "/sign-in?next=%2Fadmin%2Fstaff")
    form = browser.get(turned.location).text
    assert 'action="/sign-in?next=/admin/staff"' in form
    typed = {"email": chain.admin.email, "password": PASSWORD}
    answer = browser.post(turned.location, data=typed)
    assert (answer.status_code, answer.location) == (303, "/admin/staff")
    assert browser.get("/admin/staff").status_code == 200


def test_a_wrong_password_and_an_unknown_address_read_alike(chain: Chain) -> None:
    browser = chain.browser()
    pages = []
    for email in (chain.admin.email, "nobody@example.org"):
        answer = browser.post("/sign-in", data={"email": email, "password": "not this one"})
        assert answer.status_code == 401
        assert f'value="{email}"' in answer.text
        pages.append(re.sub(r'content="[^"]+"|value="[^"]+"', "", answer.text))
    assert pages[0] == pages[1]
    assert "not this one" not in pages[0]


@pytest.mark.parametrize("who", ["admin", "manager", "operator"])
def test_everybody_can_sign_out_and_is_out(chain: Chain, who: str) -> None:
    browser = chain.browser()
    cookie = (
        operator_cookie(chain.app) if who == "operator" else chain.user_cookie(getattr(chain, who))
    )
    browser.set_cookie("user", cookie)
    answer = browser.post("/sign-out")
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    with chain.app.app_context(), tenancy.crossing():
        assert users.session_of(cookie) is None
        db.session.rollback()


def test_who_has_two_companies_can_change_between_them(chain: Chain, other_chain: Chain) -> None:
    with other_chain.acting() as session:
        session.add(Membership(user_id=chain.admin.user_id, role="admin"))
        session.commit()
    office = chain.office()
    assert office.post("/companies", data={"company": other_chain.company_id}).status_code == 303
    assert other_chain.slug in office.get("/admin/").text
    assert chain.slug not in office.get("/admin/").text


def test_C3_a_company_that_is_not_mine_cannot_be_chosen(chain: Chain, other_chain: Chain) -> None:
    office = chain.office()
    for company in (other_chain.company_id, "0", "x", ""):
        assert office.post("/companies", data={"company": company}).status_code == 404
    assert chain.slug in office.get("/admin/").text


@pytest.mark.parametrize("cookie", ["1.²³.x", "1.99999999999999999999.x", "x", "..", "1.0.x"])
def test_a_cookie_that_is_none_leads_to_the_sign_in(chain: Chain, cookie: str) -> None:
    browser = chain.browser()
    browser.set_cookie("user", cookie)
    assert browser.get("/companies").status_code == 303
    assert browser.get("/admin/").status_code == 303


# -- staff ----------------------------------------------------------------------------------------


def shown_once(page: str) -> str:
    found = re.search(r"<output[^>]*>([^<]+)</output>", page)
    assert found
    return found[1]


def test_C8_a_pin_is_shown_once_and_in_no_other_page(chain: Chain) -> None:
    office = chain.office()
    typed = {"name": "Inès", "vendor": str(chain.vendor.id), "role": "staff"}
    answer = office.post("/admin/staff", data=typed)
    pin = shown_once(answer.text)
    assert re.fullmatch(r"\d{6}", pin)
    assert not any(pin in value for name, value in answer.headers if name == "Set-Cookie")
    for path in ("/admin/", "/admin/staff", "/admin/program"):
        assert f">{pin}<" not in office.get(path).text
    with chain.acting() as session:
        member = session.scalars(select(StaffMember).where(StaffMember.name == "Inès")).one()
        kept = session.scalars(select(StaffPin).where(StaffPin.staff_id == member.id)).one()
        assert pin not in kept.pin_hash
        figures = list(session.scalars(select(AuditEntry.figures)))
    assert not any(pin in str(figure) for figure in figures)
    assert acts(chain)[-2:] == ["staff.added", "staff.pin-set"]
    with chain.acting():
        assert staff.unlock(terminals.find(chain.terminal_id), staff.find(member.id), pin)


def test_sent_twice_a_person_is_added_once(chain: Chain) -> None:
    office = chain.office()
    typed = {"name": " Inès  M. ", "vendor": "all", "role": "manager"}
    assert office.post("/admin/staff", data=typed).status_code == 201
    again = office.post("/admin/staff", data=typed)
    assert again.status_code == 422
    assert 'id="f-name-wrong"' in again.text
    assert "Inès M. stands at this counter already" in again.text


def test_a_person_without_name_or_place_is_not_added(chain: Chain) -> None:
    typed = {"name": "  ", "vendor": "1", "role": "owner"}
    answer = chain.office().post("/admin/staff", data=typed)
    assert answer.status_code == 422
    for field in ("name", "vendor", "role"):
        assert f'id="f-{field}-wrong"' in answer.text


def test_C8_a_locked_pin_is_seen_and_unlocked(chain: Chain) -> None:
    member = chain.staff.staff_id
    with chain.acting() as session:
        pin = session.scalars(select(StaffPin).where(StaffPin.staff_id == member)).one()
        pin.failures = 10
        session.commit()
    office = chain.office()
    assert "Stella Stein is locked out" in office.get("/admin/staff").text
    assert "Stella Stein</b> is locked out after wrong PINs" in office.get("/admin/").text
    assert office.post(f"/admin/staff/{member}/unlock").status_code == 303
    assert "locked out" not in office.get("/admin/staff").text
    assert acts(chain)[-1] == "staff.pin-unlocked"
    with chain.acting():
        assert staff.unlock(terminals.find(chain.terminal_id), staff.find(member), PIN)


def test_who_is_taken_off_the_counter_is_off_at_once_and_can_come_back(chain: Chain) -> None:
    counter = chain.terminal()
    member = chain.staff.staff_id
    assert counter.get("/terminal/").status_code == 200
    office = chain.office()
    assert office.post(f"/admin/staff/{member}/deactivate").status_code == 303
    assert counter.get("/terminal/").status_code == 303
    assert "One who left" in office.get("/admin/staff").text
    assert office.post(f"/admin/staff/{member}/activate").status_code == 303
    assert "One who left" not in office.get("/admin/staff").text


# -- terminals ------------------------------------------------------------------------------------


def test_a_terminal_is_prepared_paired_and_shut_out(chain: Chain) -> None:
    office = chain.office()
    typed = {"name": "Till 2", "vendor": str(chain.second_vendor.id)}
    code = shown_once(office.post("/admin/terminals", data=typed).text)
    assert code not in office.get("/admin/terminals").text
    assert "waits for its code" in office.get("/admin/terminals").text
    with chain.app.app_context(), tenancy.crossing():
        cookie, _ = terminals.pair(code)
        db.session.commit()
    assert "All 2 counters are ready" in office.get("/admin/terminals").text
    terminal_id = int(cookie.split(".")[1])
    assert office.post(f"/admin/terminals/{terminal_id}/revoke").status_code == 303
    with chain.acting():
        assert terminals.paired(cookie) is None
    assert acts(chain)[-2:] == ["terminal.prepared", "terminal.revoked"]
    assert office.post(f"/admin/terminals/{terminal_id}/code").status_code == 404


def test_sent_twice_a_terminal_is_prepared_once(chain: Chain) -> None:
    office = chain.office()
    typed = {"name": "Till 2", "vendor": str(chain.vendor.id)}
    codes = {shown_once(office.post("/admin/terminals", data=typed).text) for _ in range(2)}
    assert len(codes) == 2
    with chain.acting() as session:
        rows = session.scalars(select(Terminal).where(Terminal.name == "Till 2")).all()
    assert len(rows) == 1


def test_a_code_that_ran_out_wants_a_decision(chain: Chain) -> None:
    office = chain.office()
    office.post("/admin/terminals", data={"name": "Till 2", "vendor": str(chain.vendor.id)})
    assert "One of 2 counters is ready" in office.get("/admin/terminals").text
    with clock.at(clock.now() + timedelta(minutes=16)):
        assert "code ran out" in office.get("/admin/terminals").text
        assert "its code ran out before it was typed" in office.get("/admin/").text


# -- shops ----------------------------------------------------------------------------------------


def test_a_shop_is_added_changed_and_closed(chain: Chain) -> None:
    office = chain.office()
    typed = {"name": "Grand-Rue Café", "slug": "", "timezone": "Europe/Berlin", "address": "1, Rue"}
    assert office.post("/admin/vendors/new", data=typed).status_code == 303
    changed = {"name": "Grand-Rue", "timezone": "Europe/Berlin", "status": "closed"}
    path = "/admin/vendors/grand-rue-cafe/edit"
    assert office.get(path).status_code == 200
    assert office.post(path, data=changed).status_code == 303
    with chain.acting() as session:
        shop = session.scalars(select(Vendor).where(Vendor.slug == "grand-rue-cafe")).one()
        assert (shop.name, shop.status, shop.address) == ("Grand-Rue", "closed", "")
    assert "grand-rue-cafe" not in office.get("/admin/posters").text
    assert acts(chain)[-2:] == ["vendor.added", "vendor.changed"]


def test_any_name_makes_a_short_name_for_addresses(chain: Chain) -> None:
    office = chain.office()
    name = "🥖 Café & Pain, " + "Donaudampfschifffahrt " * 2
    assert office.post("/admin/vendors/new", data={"name": name, "timezone": "UTC"}).location
    assert office.get("/admin/vendors/cafe-pain-donaudampfschifffahrt-donaudampfschif/edit").text


def test_every_wrong_field_of_a_shop_is_named_and_kept(chain: Chain) -> None:
    typed = {"name": "", "slug": "-no-", "timezone": "Mars/Base", "address": "x" * 250}
    answer = chain.office().post("/admin/vendors/new", data=typed)
    assert answer.status_code == 422
    for field in typed:
        assert f'id="f-{field}-wrong"' in answer.text, field
    assert 'value="Mars/Base"' in answer.text
    taken = {"name": "Old Town", "slug": "old-town", "timezone": "UTC"}
    assert "another of your shops has" in chain.office().post("/admin/vendors/new", data=taken).text


# -- managers, and the company next door ----------------------------------------------------------


def test_a_manager_sees_their_shop_and_no_rules(chain: Chain) -> None:
    office = chain.office(chain.manager)
    for path in ("program", "vendors", "vendors/new"):
        assert office.get(f"/admin/{path}").status_code == 403
    page = office.get("/admin/")
    assert page.status_code == 200
    assert "/admin/program" not in page.text
    assert 'href="/admin/vendors"' not in page.text
    assert 'href="/admin/vendors/old-town"' in page.text
    with chain.acting() as session:
        elsewhere, _ = terminals.prepare(vendor_id=chain.second_vendor.id, name="Elsewhere")
        other = staff.create(name="Other Otto", vendor_id=chain.second_vendor.id)
        session.commit()
        elsewhere_id, other_id = elsewhere.id, other.id
    assert "Elsewhere" not in office.get("/admin/terminals").text
    assert "Other Otto" not in office.get("/admin/staff").text
    assert "Max Moor" in office.get("/admin/staff").text
    for path in (
        f"terminals/{elsewhere_id}/code",
        f"terminals/{elsewhere_id}/revoke",
        f"staff/{other_id}/pin",
        f"staff/{other_id}/unlock",
        f"staff/{other_id}/deactivate",
        f"staff/{chain.staff.staff_id}/pin",
    ):
        assert office.post(f"/admin/{path}").status_code == 404, path
    for vendor in (str(chain.second_vendor.id), "all"):
        typed = {"name": "New Nora", "vendor": vendor, "role": "staff"}
        assert office.post("/admin/staff", data=typed).status_code == 422
    assert office.get("/admin/posters/station/a4").status_code == 404
    mine = {"name": "New Nora", "vendor": str(chain.vendor.id), "role": "staff"}
    assert office.post("/admin/staff", data=mine).status_code == 201


def test_C3_ids_of_the_company_next_door_are_not_found(chain: Chain, other_chain: Chain) -> None:
    office = chain.office()
    for path in (
        f"terminals/{other_chain.terminal_id}/code",
        f"terminals/{other_chain.terminal_id}/revoke",
        f"staff/{other_chain.staff.staff_id}/pin",
        f"staff/{other_chain.staff.staff_id}/deactivate",
        f"staff/{2**63}/pin",
        f"staff/{2**64}/pin",
        "staff/0/pin",
    ):
        assert office.post(f"/admin/{path}").status_code == 404, path
    typed = {"name": "X", "vendor": str(other_chain.vendor.id)}
    assert office.post("/admin/terminals", data=typed).status_code == 422


# -- posters --------------------------------------------------------------------------------------


def test_a_poster_leads_to_the_shops_own_page(chain: Chain) -> None:
    office = chain.office()
    page = office.get("/admin/posters/station/a4").text
    assert f"/s/{chain.slug}/?at=station" in page
    assert "10 stamps, then: Free item" in page
    code = office.get("/admin/posters/station/code.svg")
    assert code.mimetype == "image/svg+xml"
    assert code.text.count("<svg") == 1
    assert office.get("/admin/posters/station/a3").status_code == 404


def test_a_chain_without_anything_is_taught_the_next_step(chain: Chain) -> None:
    with chain.acting() as session:
        for vendor in session.scalars(select(Vendor)):
            vendor.status = "closed"
        for member in session.scalars(select(StaffMember)):
            member.active = False
        terminals.revoke(terminals.find(chain.terminal_id))
        session.commit()
    office = chain.office()
    taught = {
        "": "There is no open shop",
        "cards": "No card yet",
        "terminals": "First a shop, then its counter",
        "staff": "First a shop, then its people",
        "posters": "First a shop, then its poster",
    }
    for path, words in taught.items():
        assert words in office.get(f"/admin/{path}").text, path
