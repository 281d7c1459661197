"""The operator's desk: every company, its jobs, and what was given up."""

from flask import Flask
from sqlalchemy import select

from app import clock, schedules
from app.outbox import DEAD, PENDING, OutboxEvent
from app.schedules import Schedule
from tests.cast import Browser, Chain, operator_cookie
from tests.test_jobs import event, put


def desk(app: Flask) -> Browser:
    browser = Browser(app, use_cookies=True)
    browser.set_cookie("user", operator_cookie(app))
    return browser


def test_C17_the_operator_sees_each_company_with_its_figures(app: Flask, chain: Chain) -> None:
    chain.stamp(chain.card())
    page = desk(app).get("/platform/")
    assert page.status_code == 200
    assert chain.slug in page.text


def test_a_dead_letter_is_tried_again(app: Flask, chain: Chain) -> None:
    put(chain)
    with chain.acting() as session:
        row = session.scalars(select(OutboxEvent).where(OutboxEvent.kind == "probe")).one()
        row.state, row.attempts = DEAD, 30
        session.commit()
    browser = desk(app)
    assert str(event(chain).id) in browser.get("/platform/jobs").text
    again = f"/platform/companies/{chain.company_id}/events/{event(chain).id}/replay"
    assert browser.post(again).status_code == 303
    assert (event(chain).state, event(chain).attempts) == (PENDING, 0)
    assert browser.post(again).status_code == 404


def test_a_night_can_be_hurried(app: Flask, chain: Chain) -> None:
    with app.app_context():
        while schedules.tick(500):
            pass
    browser = desk(app)
    run = f"/platform/companies/{chain.company_id}/jobs/expiry/run"
    assert browser.post(run).status_code == 303
    with chain.acting() as session:
        row = session.scalars(select(Schedule).where(Schedule.kind == "expiry")).one()
        assert row.next_at <= clock.now()
    assert browser.post(run.replace("expiry", "nonsense")).status_code == 404


def test_C3_a_letter_is_found_in_its_own_company_alone(
    app: Flask, chain: Chain, other_chain: Chain
) -> None:
    put(chain)
    with chain.acting() as session:
        row = session.scalars(select(OutboxEvent).where(OutboxEvent.kind == "probe")).one()
        row.state = DEAD
        session.commit()
    wrong = f"/platform/companies/{other_chain.company_id}/events/{event(chain).id}/replay"
    assert desk(app).post(wrong).status_code == 404
    assert event(chain).state == DEAD
    assert desk(app).get("/platform/companies/1").status_code == 404


def test_a_companys_admin_has_no_desk(chain: Chain) -> None:
    assert chain.office().get("/platform/").status_code in (302, 303, 403)
