"""What entries add up to in a hash: the same as in a checkpoint."""

import pytest

from ai_sessions.records import (
    About,
    Change,
    Cost,
    Message,
    Note,
    Pin,
    Said,
    Segment,
    Summary,
    ToolCall,
    Usage,
)
from ai_sessions.store import totals
from ai_sessions.store.entries import first_entry, numbered, plain_of
from ai_sessions.store.redis import sums

NAME = "chat"
AT = "2025-11-21T02:00:00.000Z"
ASKED = Message("assistant", "", tool_calls=(ToolCall("c1", "fetch"),), tokens=3)


def every_kind(call):
    about = About("plan", "auth", "/repo", kind="chat", title="Weather", token_limit=5)
    entries = [
        call(model='ä:"b\\', by_model={'ä:"b\\': Usage(1, 2), "none": Usage()}, cost=Cost()),
        call(id="x", status="timeout", cost=Cost(2**62, "client"), duration_ms=5),
        Change("calling", {"id": "x", "model": "opus"}),
        call(id="y"),
        Change("tags", ["a"]),
        Change("pinned", True),
        Change("pinned", "yes"),
        Change("pinned", False),
        Change("state.city", {"name": "Łódź"}),
        Change("state.gone", 1),
        Change("state.gone", None),
        Change("title", 7),
        Change("resume.claude", None),
        Change("mood", "good"),
        Change(totals.OWNER, {"project": "/other", "root_commit": "abc"}),
        Change("last_used", "2025-11-21T09:00:00.000Z"),
        Note(totals.ERROR, {}),
        Said(ASKED, id="m1"),
        Pin("rule", "be brief"),
        Pin("gone", "x"),
        Pin("gone", None),
        Segment("manual"),
        Summary("so far", 3),
    ]
    log = [first_entry(about, AT), *(plain_of(one, AT) for one in entries)]
    return [numbered(entry, seq) for seq, entry in enumerate(log)]


def without_ids(checkpoint):
    return {**checkpoint, "recent_ids": [], "forgot_ids_until": 0}


def test_the_server_adds_up_what_a_checkpoint_adds_up(in_redis, call):
    log = every_kind(call)
    about = About("plan", "auth", "/repo", kind="chat", title="Weather", token_limit=5)
    in_redis.ensure(NAME, about)
    for entry in log[1:]:
        in_redis.append(NAME, [{key: entry[key] for key in entry if key != "seq"}])
    kept = list(in_redis.plain_entries(NAME))

    assert kept[1:] == log[1:]
    folded = totals.fold(totals.empty(NAME), kept)
    assert in_redis.source().row(NAME) == without_ids(folded)


def test_one_batch_adds_up_as_single_entries_do(in_redis, call):
    log = every_kind(call)[1:]
    in_redis.append("chat-one", log)
    for entry in log:
        in_redis.append("chat-two", [entry])
    one, two = (in_redis.source().row(name) for name in ("chat-one", "chat-two"))

    assert one["totals"] == two["totals"]
    assert one["conversation"] == two["conversation"]


def test_a_checkpoint_comes_back_from_its_fields(call):
    log = every_kind(call)
    folded = totals.fold(totals.empty(NAME), log)

    found = sums.checkpoint_of(NAME, sums.fields(folded), log[-1]["seq"])
    assert found == without_ids(folded)


@pytest.mark.parametrize("key", ["mood", "pinned", "title"])
def test_what_counts_for_nothing_makes_no_step(key):
    entry = plain_of(Change(key, 7), AT)

    assert [step for step in sums.steps(entry) if step[0] in "=-#"] == []


def test_a_line_has_no_number_as_its_place_is_one():
    assert "seq" not in sums.line_of({"type": "note", "seq": 3})
