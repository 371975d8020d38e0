"""Sums of the calls of each session, made again where calls came or went, and there alone."""

import contextlib

from ai_sessions.index import NAME, database, session_totals
from ai_sessions.index.calls import by
from ai_sessions.records import About


@contextlib.contextmanager
def opened(library):
    """The index, with the calls of all sessions in it."""
    by(library.index, "session")
    with database.opened(str(library.root / NAME)) as connection:
        yield connection


def totals(connection):
    session_totals.refresh(connection)
    query = (
        "select name, session_total.interactions from session_total join session on session.id ="
        " session_total.session"
    )
    return dict(connection.execute(query))


def test_a_session_without_a_call_has_no_sums(library):
    library.store.ensure("plan-a", About())
    with opened(library) as connection:
        assert totals(connection) == {}


def test_only_a_session_whose_calls_changed_is_summed_again(library):
    library.say("plan-a", "hi")
    library.say("plan-b", "hi")
    with opened(library) as connection:
        assert totals(connection) == {"plan-a": 1, "plan-b": 1}
        connection.execute("update session_total set interactions = 70")
    library.say("plan-b", "more")
    with opened(library) as connection:
        assert totals(connection) == {"plan-a": 70, "plan-b": 2}
        assert connection.execute("select * from unsummed").fetchall() == []


def test_the_sums_of_calls_that_are_gone_go(library):
    library.say("plan-a", "hi")
    library.say("plan-b", "hi")
    with opened(library) as connection:
        totals(connection)
    library.store.discard("plan-a")
    with opened(library) as connection:
        session_totals.refresh(connection)
        rows = connection.execute("select count(*) from session_total").fetchone()
    assert rows == (1,)
