"""Calls in sessions and without one are brought up to date together."""

from ai_sessions import config
from ai_sessions.assemble import stores
from ai_sessions.index import Index, every_call
from ai_sessions.records import About, Cost, Interaction

AT = "2026-11-28T10:00:00.000Z"


def test_both_are_there_after_one_look(tmp_path):
    settings = config.load({"SESSION_DIR": str(tmp_path), "SESSION_FSYNC": "none"})
    for use_sessions in (True, False):
        store = stores.store(settings, use_sessions)
        store.ensure("plan-pay", About("plan", "pay"))
        store.append("plan-pay", [Interaction(f"{use_sessions}", AT, "x", "m", (), cost=Cost(7))])

    def count(connection, source):
        assert every_call.refresh(connection, source) == []
        return connection.execute("select count(1), sum(cost_nusd) from call").fetchone()

    assert Index(stores.files(settings).source(), str(tmp_path)).ask(count) == (2, 14)
