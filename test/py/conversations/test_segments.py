"""Breaks end what a model is told; nothing is taken away."""

from ai_sessions.conversations import segments
from ai_sessions.conversations.segments import Part
from ai_sessions.records import About, Message, Said, Summary


def test_clear_ends_what_is_told_and_keeps_everything(store, talk):
    store.append(talk, [Summary("so far", covers_to=8)])
    before = list(store.plain_entries(talk))

    session = segments.clear(store, talk)
    assert (session.segment_seq, session.summary_seq) == (10, 9)
    assert list(store.plain_entries(talk))[:-1] == before
    assert session.pins["name"].text == "I am Priya"
    assert session.state == {"lang": "en"}


def test_a_second_clear_at_once_adds_nothing(store, talk):
    first = segments.clear(store, talk)

    assert segments.clear(store, talk) == first


def test_segments_tell_where_each_began_and_why_it_ended(store, talk):
    segments.clear(store, talk)
    store.append(talk, [Said(Message("user", "again"))])
    segments.end(store, talk, "threshold", {"tokens": 4100})

    assert segments.segments(store, talk) == (
        Part(1, 1, 8, "clear", "2026-11-29T00:00:00.000Z"),
        Part(2, 10, 10, "threshold", "2026-11-29T00:00:00.000Z"),
        Part(3, 12, 11),
    )


def test_a_conversation_without_entries_is_one_empty_segment(store):
    store.ensure("plan-a", About())

    assert segments.segments(store, "plan-a") == (Part(1, 1, 0),)
