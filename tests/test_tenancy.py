"""The guard, form by form: whatever shape a statement takes, it is about one company.

The forms run in a session whose engine knows neither roles nor row-level security, so that
the guard is alone on both databases. Company A's rows say `alpha`, company B's say `beta`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import (
    Table,
    and_,
    bindparam,
    case,
    create_engine,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    text,
    true,
    union,
    update,
)
from sqlalchemy.orm import Bundle, Session, aliased, sessionmaker
from sqlalchemy.sql import column, table

from app import tenancy
from app.accounts.staff import StaffMember
from app.accounts.vendors import Vendor
from app.database import Model, engine_options, hot
from app.extensions import db
from app.ids import new_id
from app.modules.loyalty import programs
from app.modules.loyalty.cards import LoyaltyCard
from app.modules.loyalty.ledger import locking
from app.tenancy import TenancyError
from tests.cast import Chain

# Some forms are cross products on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:SELECT statement has a cartesian product")

V: Any = Vendor.__table__
S: Any = StaffMember.__table__


@dataclass(frozen=True)
class Place:
    """One company of the pair: its id, its word, and the ids of a shop and a person."""

    company: int
    word: str
    vendor: int
    staff: int


@dataclass(frozen=True)
class Pair:
    a: Place
    b: Place
    sessions: Any


@pytest.fixture(scope="module")
def pair(app: Flask, database_url: str) -> Iterator[Pair]:
    a, b = (_place(Chain.open(app), word) for word in ("alpha", "beta"))
    engine = create_engine(**engine_options(database_url) | {"connect_args": {}, "module": None})
    factory = sessionmaker(engine, class_=tenancy.CompanySession, expire_on_commit=False)
    tenancy.install_guard(factory)
    yield Pair(a, b, factory)
    engine.dispose()


def _place(chain: Chain, word: str) -> Place:
    with chain.acting() as session:
        for number, vendor in enumerate(session.scalars(select(Vendor).order_by(Vendor.slug))):
            vendor.name = f"{word} {number}"
        for number, member in enumerate(session.scalars(select(StaffMember))):
            member.name = f"{word} person {number}"
        session.commit()
    assert chain.staff.staff_id
    return Place(chain.company_id, word, chain.vendor.id, chain.staff.staff_id)


# -- forms that read ------------------------------------------------------------------------------
# Each is a function of the acting company and the foreign one, and of a session of theirs.

Form = Callable[[Session, Place, Place], Any]
READS: dict[str, Form] = {}
REFUSED: dict[str, Form] = {}


def reads(form: Form) -> Form:
    """A form that answers with the acting company's rows alone."""
    READS[form.__name__] = form
    return form


def refused(form: Form) -> Form:
    """A form that the guard refuses."""
    REFUSED[form.__name__] = form
    return form


def _all(session: Session, statement: Any, parameters: Any = None) -> list[Any]:
    return [tuple(row) for row in session.execute(statement, parameters)]


@reads
def entity(s, own, foreign):
    return [vendor.name for vendor in s.scalars(select(Vendor))]


@reads
def columns_only(s, own, foreign):
    return _all(s, select(Vendor.name))


@reads
def count_of_rows(s, own, foreign):
    assert s.scalar(select(func.count()).select_from(Vendor)) == 2
    return own.word


@reads
def count_of_column(s, own, foreign):
    assert s.scalar(select(func.count(StaffMember.id))) == 2
    return own.word


@reads
def exists_bare(s, own, foreign):
    assert s.scalar(select(exists().where(Vendor.name == f"{own.word} 0"))) is True
    assert s.scalar(select(exists().where(Vendor.name == f"{foreign.word} 0"))) is False
    return own.word


@reads
def exists_of_select(s, own, foreign):
    assert s.scalar(select(exists(select(Vendor.id).where(Vendor.id == own.vendor)))) is True
    assert s.scalar(select(exists(select(Vendor.id).where(Vendor.id == foreign.vendor)))) is False
    return own.word


@reads
def exists_nested_in_conditions(s, own, foreign):
    inner = exists(select(StaffMember.id).where(StaffMember.id == foreign.staff))
    assert _all(s, select(Vendor.name).where(exists(select(literal(1)).where(inner)))) == []
    return own.word


@reads
def only_in_the_condition(s, own, foreign):
    assert _all(s, select(literal(1)).where(Vendor.id == foreign.vendor)) == []
    assert _all(s, select(StaffMember.name).where(Vendor.id == foreign.vendor)) == []
    return own.word


@reads
def scalar_subquery(s, own, foreign):
    return _all(s, select(literal(1), select(func.max(Vendor.name)).scalar_subquery()))


@reads
def correlated_subquery(s, own, foreign):
    people = select(func.count(StaffMember.id)).where(StaffMember.vendor_id == Vendor.id)
    return _all(s, select(Vendor.name, people.scalar_subquery()))


@reads
def in_subquery(s, own, foreign):
    query = select(Vendor.name).where(Vendor.id.in_(select(StaffMember.vendor_id)))
    return _all(s, query)


@reads
def cte(s, own, foreign):
    shops = select(Vendor.name).cte()
    return _all(s, select(shops.c.name))


@reads
def cte_joined(s, own, foreign):
    shops = select(Vendor.name.label("shop")).cte()
    return _all(s, select(StaffMember.name, shops.c.shop).join(shops, true()))


@reads
def recursive_cte(s, own, foreign):
    first = select(Vendor.id, Vendor.name).where(Vendor.slug == "old-town")
    start = first.cte("start", recursive=True)
    chain = start.union(select(Vendor.id, Vendor.name).join(start, start.c.id < Vendor.id))
    return _all(s, select(chain.c.name))


@reads
def union_of_selects(s, own, foreign):
    return _all(s, select(Vendor.name).union(select(StaffMember.name)))


@reads
def union_in_subquery(s, own, foreign):
    both = union(select(Vendor.name), select(StaffMember.name)).subquery()
    return _all(s, select(both.c.name))


@reads
def from_statement(s, own, foreign):
    query = select(Vendor).from_statement(select(Vendor).union(select(Vendor)))
    return [vendor.name for vendor in s.scalars(query)]


@reads
def aliased_entity(s, own, foreign):
    other = aliased(Vendor)
    assert _all(s, select(Vendor.name).where(other.id == foreign.vendor)) == []
    return [vendor.name for vendor in s.scalars(select(other))] + _all(s, select(other.name))


@reads
def aliased_subquery(s, own, foreign):
    other = aliased(Vendor, select(Vendor).subquery())
    return [vendor.name for vendor in s.scalars(select(other))]


@reads
def inner_join(s, own, foreign):
    return _all(s, select(Vendor.name, StaffMember.name).join(StaffMember, true()))


@reads
def join_target_only(s, own, foreign):
    query = select(Vendor.name).join(StaffMember, StaffMember.id == foreign.staff)
    assert _all(s, query) == []
    return own.word


@reads
def outer_join(s, own, foreign):
    return _all(s, select(Vendor.name, StaffMember.name).outerjoin(StaffMember, true()))


@reads
def cross_product(s, own, foreign):
    return _all(s, select(Vendor.name, StaffMember.name))


@reads
def aggregates_and_having(s, own, foreign):
    query = select(func.max(Vendor.name), func.count()).group_by(Vendor.slug)
    return _all(s, query.having(func.count(Vendor.id) == 1))


@reads
def columns_inside_functions(s, own, foreign):
    named = case((Vendor.slug == "x", "none"), else_=func.coalesce(Vendor.name, "none"))
    return _all(s, select(literal("") + named))


@reads
def bundle(s, own, foreign):
    return [row.b.name for row in s.execute(select(Bundle("b", Vendor.name)))]


@reads
def distinct_ordered_limited(s, own, foreign):
    return _all(s, select(Vendor.name).distinct().order_by(Vendor.name).limit(9).offset(0))


@reads
def locked_for_update(s, own, foreign):
    return [vendor.name for vendor in s.scalars(select(Vendor).with_for_update())]


@reads
def legacy_query(s, own, foreign):
    assert s.query(Vendor).filter_by(id=foreign.vendor).count() == 0
    return [vendor.name for vendor in s.query(Vendor)]


@reads
def get_by_key(s, own, foreign):
    assert s.get(Vendor, (foreign.company, foreign.vendor)) is None
    assert s.get(Vendor, {"company_id": foreign.company, "id": foreign.vendor}) is None
    return s.get(Vendor, (own.company, own.vendor)).name


@reads
def refresh(s, own, foreign):
    vendor = s.scalars(select(Vendor).where(Vendor.id == own.vendor)).one()
    s.refresh(vendor, with_for_update=True)
    return vendor.name


@reads
def core_table_compared(s, own, foreign):
    return _all(s, select(V.c.name).where(V.c.company_id == own.company, V.c.id > 0))


@reads
def core_alias_compared(s, own, foreign):
    other = V.alias()
    return _all(s, select(other.c.name).where(other.c.company_id == own.company))


@reads
def core_join_compared_through_the_other(s, own, foreign):
    on = and_(S.c.company_id == V.c.company_id, S.c.vendor_id == V.c.id)
    query = select(V.c.name, S.c.name).outerjoin(S, on).where(V.c.company_id == own.company)
    return _all(s, query)


@reads
def core_table_beside_an_entity_compared(s, own, foreign):
    return _all(s, select(Vendor.name, S.c.name).where(S.c.company_id == Vendor.company_id))


@reads
def core_columns_of_a_scoped_entity(s, own, foreign):
    return _all(s, select(V.c.name).where(Vendor.id > 0))


@reads
def insert_with_own_id(s, own, foreign):
    row = {"company_id": own.company, "slug": "new", "name": own.word, "timezone": "UTC"}
    s.execute(insert(Vendor), [row | {"id": new_id(), "slug": f"new-{n}"} for n in range(3)])
    s.execute(insert(Vendor).values(row | {"id": new_id(), "slug": "new-4"}))
    s.execute(insert(V).values([row | {"id": new_id(), "slug": f"new-{n}"} for n in (5, 6)]))
    s.add(Vendor(slug="new-7", name=own.word, timezone="UTC"))
    s.flush()
    assert s.scalar(select(func.count()).select_from(Vendor)) == 9
    return own.word


@reads
def insert_with_a_subquery(s, own, foreign):
    name = select(func.max(StaffMember.name)).scalar_subquery()
    values = {"company_id": own.company, "id": new_id(), "slug": "x", "timezone": "UTC"}
    return _all(s, insert(Vendor).values(values | {"name": name}).returning(Vendor.name))


@reads
def update_returning(s, own, foreign):
    return _all(s, update(Vendor).values(address="x").returning(Vendor.name))


@reads
def update_of_a_foreign_key(s, own, foreign):
    found = s.execute(update(Vendor).where(Vendor.id == foreign.vendor).values(address="x"))
    assert found.rowcount == 0
    return own.word


@reads
def update_from_a_subquery(s, own, foreign):
    highest = select(func.max(StaffMember.name)).scalar_subquery()
    return _all(s, update(Vendor).values(address=highest).returning(Vendor.address))


@reads
def core_update_compared(s, own, foreign):
    change = update(V).where(V.c.company_id == own.company).values(address="x")
    return _all(s, change.returning(V.c.name))


@reads
def delete_by_condition(s, own, foreign):
    gone = delete(StaffMember).where(StaffMember.vendor_id.in_(select(Vendor.id)))
    s.execute(update(StaffMember).values(vendor_id=None).where(false()))
    return _all(s, gone.where(StaffMember.id == foreign.staff).returning(StaffMember.name)) or [
        own.word
    ]


# -- forms that are refused -----------------------------------------------------------------------


@refused
def core_table(s, own, foreign):
    return _all(s, select(V.c.name))


@refused
def core_whole_table(s, own, foreign):
    return _all(s, select(V))


@refused
def core_table_of_another_company(s, own, foreign):
    return _all(s, select(V.c.name).where(V.c.company_id == foreign.company))


@refused
def core_compared_in_an_or(s, own, foreign):
    return _all(s, select(V.c.name).where(or_(V.c.company_id == own.company, V.c.id > 0)))


@refused
def core_not_equal(s, own, foreign):
    return _all(s, select(V.c.name).where(~(V.c.company_id == own.company)))


@refused
def core_compared_with_each_other_only(s, own, foreign):
    return _all(s, select(V.c.name, S.c.name).where(V.c.company_id == S.c.company_id))


@refused
def core_compared_on_the_wrong_side(s, own, foreign):
    on = and_(S.c.company_id == own.company, V.c.company_id == own.company)
    return _all(s, select(V.c.name, S.c.name).outerjoin(S, on))


@refused
def core_full_join(s, own, foreign):
    query = select(V.c.name, S.c.name).join(S, S.c.company_id == own.company, full=True)
    return _all(s, query.where(V.c.company_id == own.company))


@refused
def core_joined_without(s, own, foreign):
    query = select(V.c.name, S.c.name).join(S, S.c.vendor_id == V.c.id)
    return _all(s, query.where(V.c.company_id == own.company))


@refused
def core_alias_beside_its_compared_table(s, own, foreign):
    other = V.alias()
    return _all(s, select(V.c.name, other.c.name).where(V.c.company_id == own.company))


@refused
def core_table_beside_an_entity(s, own, foreign):
    return _all(s, select(Vendor.name, S.c.name))


@refused
def core_alias_beside_its_entity(s, own, foreign):
    return _all(s, select(Vendor.name, V.alias().c.name))


@refused
def core_subquery_of_a_table_mapped_outside(s, own, foreign):
    return _all(s, select(Vendor.name).where(exists(select(V.c.id).where(V.c.slug == "x"))))


@refused
def core_scalar_subquery_of_the_same_table(s, own, foreign):
    other = select(func.max(V.alias().c.name)).scalar_subquery()
    return _all(s, select(Vendor.name, other))


@refused
def union_with_a_core_half(s, own, foreign):
    return _all(s, select(Vendor.name).union(select(V.c.name)))


@refused
def core_inside_a_cte(s, own, foreign):
    return _all(s, select(Vendor.name).join(select(V.c.name).cte(), true()))


@refused
def select_from_a_core_join(s, own, foreign):
    return _all(s, select(StaffMember.name).select_from(V.join(S, V.c.id == S.c.vendor_id)))


@refused
def window_without_an_entity(s, own, foreign):
    return _all(s, select(func.row_number().over(order_by=Vendor.name)))


@refused
def raw_text(s, own, foreign):
    return _all(s, text("SELECT name FROM vendors"))


@refused
def raw_text_with_columns(s, own, foreign):
    return _all(s, text("SELECT name FROM vendors").columns(column("name")))


@refused
def raw_text_as_an_entity(s, own, foreign):
    query = select(Vendor).from_statement(text("SELECT * FROM vendors"))
    return [vendor.name for vendor in s.scalars(query)]


@refused
def raw_condition(s, own, foreign):
    return _all(s, select(Vendor.name).where(text("1 = 1) OR (1 = 1")))


@refused
def raw_column(s, own, foreign):
    return _all(s, select(Vendor.name, literal_column("(SELECT max(name) FROM vendors)")))


@refused
def unknown_table(s, own, foreign):
    return _all(s, select(table("vendors", column("name")).c.name))


@refused
def insert_for_another(s, own, foreign):
    row = {"company_id": foreign.company, "id": 1, "slug": "x", "name": "x", "timezone": "UTC"}
    s.execute(insert(Vendor), row)


@refused
def insert_one_of_many_for_another(s, own, foreign):
    row = {"slug": "x", "name": "x", "timezone": "UTC"}
    rows = [row | {"company_id": company, "id": 1} for company in (own.company, foreign.company)]
    s.execute(insert(Vendor), rows)


@refused
def insert_many_values_for_another(s, own, foreign):
    row = {"slug": "x", "name": "x", "timezone": "UTC"}
    rows = [row | {"company_id": company, "id": 1} for company in (own.company, foreign.company)]
    s.execute(insert(V).values(rows))


@refused
def insert_without_company(s, own, foreign):
    s.execute(insert(V).values(id=1, slug="x", name="x", timezone="UTC"))


@refused
def insert_from_select(s, own, foreign):
    names = ["company_id", "id", "slug", "name", "timezone"]
    source = select(literal(own.company), V.c.id + 1, V.c.slug, V.c.name, V.c.timezone)
    s.execute(insert(Vendor).from_select(names, source))


@refused
def add_for_another(s, own, foreign):
    s.add_all([Vendor(company_id=foreign.company, slug="x", name="x", timezone="UTC")])
    s.flush()


@refused
def merge_of_another(s, own, foreign):
    s.merge(Vendor(company_id=foreign.company, id=foreign.vendor, name="x"))
    s.flush()


@refused
def bulk_save(s, own, foreign):
    row = Vendor(company_id=foreign.company, id=1, slug="x", name="x", timezone="UTC")
    s.bulk_save_objects([row])


@refused
def bulk_insert(s, own, foreign):
    s.bulk_insert_mappings(Vendor, [{"company_id": foreign.company, "id": 1, "slug": "x"}])


@refused
def bulk_update(s, own, foreign):
    rows = [{"company_id": foreign.company, "id": foreign.vendor, "name": "x"}]
    s.bulk_update_mappings(Vendor, rows)


@refused
def update_by_a_list_of_keys(s, own, foreign):
    rows = [{"company_id": foreign.company, "id": foreign.vendor, "name": "x"}]
    s.execute(update(Vendor), rows)


@refused
def update_that_moves_a_row(s, own, foreign):
    s.execute(update(Vendor).where(Vendor.id == own.vendor).values(company_id=foreign.company))


@refused
def update_that_moves_a_row_by_attribute(s, own, foreign):
    change = update(Vendor).values({Vendor.company_id: foreign.company})
    s.execute(change)


@refused
def update_of_a_core_table(s, own, foreign):
    s.execute(update(V).values(name="x"))


@refused
def update_from_a_second_entity(s, own, foreign):
    s.execute(update(Vendor).values(name=StaffMember.name).where(StaffMember.id == foreign.staff))


@refused
def delete_using_a_second_entity(s, own, foreign):
    s.execute(delete(StaffMember).where(StaffMember.vendor_id == Vendor.id, Vendor.slug == "x"))


@refused
def delete_of_a_core_table(s, own, foreign):
    s.execute(delete(S))


@refused
def assigning_another_company(s, own, foreign):
    s.scalars(select(Vendor)).first().company_id = foreign.company
    s.flush()


def test_more_forms_are_tried_than_were_promised() -> None:
    assert len(READS) + len(REFUSED) >= 26 + 50


@pytest.mark.parametrize("name", READS)
def test_reading_stays_inside_the_acting_company(pair: Pair, name: str) -> None:
    """Twice in turn, so that nothing kept from one company's run serves the other's."""
    for own, foreign in ((pair.a, pair.b), (pair.b, pair.a), (pair.a, pair.b)):
        before = _rows_of(pair, foreign)
        with tenancy.acting_as(own.company), pair.sessions() as session:
            answer = repr(READS[name](session, own, foreign))
            session.flush()
            assert own.word in answer
            assert foreign.word not in answer
            session.rollback()
        assert _rows_of(pair, foreign) == before


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_scoped_is_refused(pair: Pair, name: str) -> None:
    before = _rows_of(pair, pair.b)
    with tenancy.acting_as(pair.a.company), pair.sessions() as session:
        with pytest.raises(TenancyError):
            REFUSED[name](session, pair.a, pair.b)
        session.rollback()
    assert _rows_of(pair, pair.b) == before


@pytest.mark.parametrize("name", READS | REFUSED)
def test_without_an_acting_company_every_form_is_refused(pair: Pair, name: str) -> None:
    with pair.sessions() as session, pytest.raises(TenancyError):
        (READS | REFUSED)[name](session, pair.a, pair.b)


def _rows_of(pair: Pair, place: Place) -> list[Any]:
    """Everything the guard could have let a stranger touch of this company."""
    with tenancy.crossing(), pair.sessions() as session:
        return [
            tuple(row)
            for source in (V, S)
            for row in session.execute(
                select(source).where(source.c.company_id == place.company).order_by(source.c.id)
            )
        ]


# -- the session ----------------------------------------------------------------------------------


def test_a_row_kept_from_another_company_is_not_found(pair: Pair) -> None:
    """The identity map outlives a transaction; the acting company may not."""
    with pair.sessions() as session:
        with tenancy.acting_as(pair.b.company):
            kept = session.get(Vendor, (pair.b.company, pair.b.vendor))
            assert kept
            session.commit()
        with tenancy.acting_as(pair.a.company):
            assert session.get(Vendor, (pair.b.company, pair.b.vendor)) is None
        with pytest.raises(TenancyError):
            session.get(Vendor, (pair.b.company, pair.b.vendor))


def test_a_session_does_not_change_company_within_a_transaction(pair: Pair) -> None:
    with pair.sessions() as session:
        with tenancy.acting_as(pair.a.company):
            session.scalars(select(Vendor)).all()
        with tenancy.acting_as(pair.b.company):
            with pytest.raises(TenancyError, match="changed inside a transaction"):
                session.scalars(select(Vendor)).all()
            session.add(Vendor(slug="x", name="x", timezone="UTC"))
            with pytest.raises(TenancyError, match="changed inside a transaction"):
                session.flush()
            session.rollback()
            session.expunge_all()
            assert session.scalars(select(Vendor)).all()


def test_flushing_without_an_acting_company_is_refused(pair: Pair) -> None:
    with pair.sessions() as session:
        session.add(Vendor(company_id=pair.a.company, slug="x", name="x", timezone="UTC"))
        with pytest.raises(TenancyError):
            session.flush()


def test_a_foreign_row_brought_along_cannot_be_changed_or_deleted(pair: Pair) -> None:
    with pair.sessions() as session:
        with tenancy.acting_as(pair.b.company):
            kept = session.get_one(Vendor, (pair.b.company, pair.b.vendor))
            session.commit()
        with tenancy.acting_as(pair.a.company):
            kept.name = "changed"
            with pytest.raises(TenancyError):
                session.flush()
            session.rollback()
            kept.company_id = pair.a.company
            with pytest.raises(TenancyError):
                session.flush()
            session.rollback()
            session.delete(kept)
            with pytest.raises(TenancyError):
                session.flush()


def test_the_crossing_sees_every_company(pair: Pair) -> None:
    with tenancy.crossing(), pair.sessions() as session:
        names = repr(session.scalars(select(Vendor.name)).all())
        assert "alpha" in names
        assert "beta" in names


# -- hot statements -------------------------------------------------------------------------------


def test_a_hot_statement_is_of_the_acting_company(chain: Chain, other_chain: Chain) -> None:
    number = other_chain.card()
    with other_chain.acting():
        assert _locked(number).number == number
    with chain.acting():
        assert _locked(number) is None


def _locked(number: str) -> Any:
    by_number_and_slug = locking.LOCK[True, True]
    return hot(by_number_and_slug, card=number, vendor="", caller="", key="")


def test_a_hot_statement_without_its_company_is_refused(chain: Chain) -> None:
    cards: Any = LoyaltyCard.__table__
    lock = select(cards.c.id).where(cards.c.number == "x")
    named = select(cards.c.id).where(cards.c.company_id == bindparam("some_company"))
    with chain.acting():
        for statement in (lock, named, select(cards.c.id)):
            with pytest.raises(TenancyError):
                hot(statement)


def test_hot_statements_need_an_acting_company(app: Flask) -> None:
    with app.app_context(), pytest.raises(TenancyError):
        _locked("x")


# -- services, as two companies use them ----------------------------------------------------------


def test_revisions_kept_in_memory_are_kept_by_company(chain: Chain, other_chain: Chain) -> None:
    with chain.acting():
        mine = programs.current()
    with other_chain.acting():
        with pytest.raises(Exception, match="no such revision"):
            programs.rules_of(mine.id)
        assert programs.current().id != mine.id


def test_the_ids_of_another_company_are_not_found(chain: Chain, other_chain: Chain) -> None:
    foreign = other_chain.vendor
    with chain.acting():
        assert db.session.get(Vendor, (other_chain.company_id, foreign.id)) is None
        assert db.session.get(Vendor, (chain.company_id, foreign.id)) is None


def test_every_table_with_a_company_column_is_guarded() -> None:
    """A table that names a company, but not first in its key, would be nobody's business."""
    for each in Model.metadata.sorted_tables:
        assert isinstance(each, Table)
        assert tenancy.is_tenant(each) == ("company_id" in each.c), each.name
