"""A session as lists and JSON output show it: the same from its checkpoint and from its record."""

import pytest

from ai_sessions.display import briefs
from ai_sessions.records import (
    About,
    Change,
    Cost,
    Interaction,
    Message,
    Pin,
    Resume,
    Said,
    Usage,
)
from ai_sessions.sessions import export
from ai_sessions.store.entries import session_of
from ai_sessions.store.memory import MemoryStore


@pytest.fixture
def row():
    """The checkpoint of a session with everything in it."""
    store = MemoryStore()
    store.ensure("plan-x", About("plan", "x", "/src/shop"))
    usage = Usage(*range(10, 16))
    calls = [
        Interaction(f"c{number}", "2026-11-20T10:00:00.000Z", "claude", model, (), usage, cost)
        for number, (model, cost) in enumerate([("m", Cost(5, "client")), ("n", Cost())])
    ]
    changes = [Change("resume.claude", Resume("r1", "m")), Change("tags", ["a"])]
    store.append("plan-x", [*calls, *changes, Change("pinned", True), Change("status", "done")])
    return store.source().row("plan-x")


def test_a_record_is_shown_like_the_checkpoint_it_was_read_from(row):
    told = {**row, "notices": ["1 damaged line skipped"]}

    assert export.facts(session_of(told)) == briefs.public(told)
    assert briefs.public(told)["notices"] == ["1 damaged line skipped"]
    assert "notices" not in briefs.public(row)


def test_what_a_later_version_keeps_in_a_checkpoint_is_not_shown(row):
    assert briefs.public({**row, "secret": 1}) == briefs.public(row)


def test_a_cost_that_nobody_knows_is_null_not_zero(row):
    models = briefs.public(row)["totals"]["by_model"]

    assert (models["m"]["cost"], models["n"]["cost"]) == (5e-9, None)


EXPIRES = "2026-11-20T10:00:01.000Z"


@pytest.fixture
def chat():
    """The checkpoint of a chat that expires a second after its last use."""
    store = MemoryStore()
    store.ensure("talk", About(title="Weather", interface="telegram", expires_in_ms=1000))
    said = Said(Message("user", "hello", "2026-11-20T10:00:00.000Z"))
    link = Change("link.uid-1", "plan-x")
    store.append("talk", [said, Change("state.lang", "pl"), Pin("tone", "be brief"), link])
    return {**store.source().row("talk"), "last_used": "2026-11-20T10:00:00.000Z"}


def test_a_list_tells_what_a_conversation_is_and_leaves_out_what_may_be_large(chat):
    shown = briefs.public(chat)
    told = {key: shown[key] for key in ("kind", "title", "interface", "expires_in_ms")}

    assert told == {
        **{"kind": "chat", "title": "Weather"},
        **{"interface": "telegram", "expires_in_ms": 1000},
    }
    assert (shown["expires_at"], shown["links"]) == (EXPIRES, {"uid-1": "plan-x"})
    assert export.facts(session_of(chat)) == {
        **shown,
        "state": {"lang": "pl"},
        "pins": {"tone": {"text": "be brief", "at": chat["conversation"]["pins"]["tone"]["at"]}},
    }
    assert not {"state", "pins", "parent", "description"} & shown.keys()


@pytest.mark.parametrize(
    ("now", "status"),
    [("", "active"), ("2026-11-20T10:00:00.999Z", "active"), (EXPIRES, "expired")],
)
def test_it_is_expired_from_the_moment_its_time_is_over(chat, now, status):
    seen = briefs.as_of(chat, now)

    assert briefs.cells(seen)[1] == briefs.public(seen)["status"] == status


def test_one_that_somebody_ended_is_inactive_whatever_the_time(chat):
    ended = {**chat, "status": "inactive"}

    assert briefs.as_of(ended, "2030") == ended
    assert briefs.expires_at(ended) == ""


@pytest.mark.parametrize(
    "edited", [{"last_used": "yesterday"}, {"conversation": {"expires_in_ms": 2**62}}], ids=str
)
def test_a_life_that_cannot_be_counted_has_no_end(chat, edited):
    assert briefs.expires_at({**chat, **edited}) == ""


def test_a_line_is_told_as_expired_whatever_else_is_in_it(chat):
    line = briefs.line({**chat, "name": "a b", "conversation": {"title": "x\ty"}})
    cells = briefs.line_expired(line).split("\t")

    assert cells == [line.split("\t")[0], "expired", *line.split("\t")[2:]]
    assert cells[-2:] == ["chat", "x y"]


def test_what_it_is_follows_from_its_command_unless_it_says_so(row, chat):
    assert (briefs.kind(row), briefs.kind(chat)) == ("work", "chat")
    assert briefs.kind({**row, "conversation": {"kind": "chat"}}) == "chat"
