"""Passages: short pieces of what was said, where they are, and what they are known by."""

import pytest

from ai_sessions.index import passages
from ai_sessions.index.recalling import Span


def message(text, role="user", **more):
    return {"type": "message", "seq": 3, "ts": "", "role": role, "text": text, **more}


def texts(entry):
    return [text for _role, text in passages.passages(entry)]


def test_a_short_message_is_one_passage_on_one_line():
    assert texts(message("Use Redis.\n\nIt is\tfast.")) == ["Use Redis. It is fast."]


def test_each_message_of_a_call_has_passages_of_its_own():
    said = [{"role": "user", "text": "Why?"}, {"role": "assistant", "text": "It is fast."}]
    entry = {"type": "interaction", "messages": said}

    assert passages.passages(entry) == [("user", "Why?"), ("assistant", "It is fast.")]


def test_a_long_text_is_cut_between_sentences():
    sentence = "The gateway retries a card three times before it gives up for good."
    found = passages.split(f"{sentence} " * 20)

    assert len(found) == 3
    assert all(one.startswith("The gateway") and one.endswith("good.") for one in found)
    assert max(map(len, found)) <= 600


@pytest.mark.parametrize("letter", ["x", "界"])
def test_a_sentence_that_is_too_long_is_cut_by_its_bytes(letter):
    found = passages.split(letter * 1000)

    assert "".join(found) == letter * 1000
    assert max(len(one.encode()) for one in found) <= 600


def test_of_a_huge_message_only_the_beginning_is_kept():
    found = passages.split("a few words. " * 100_000)

    assert len(found) == 8
    assert sum(map(len, found)) <= 8 * 600


@pytest.mark.parametrize(
    "entry",
    [
        message("exit code 0", role="tool"),
        message("[redacted 2026-11-28]", redacted="2026-11-28"),
        message("", tool_calls=[{"name": "sh", "arguments": {"command": "ls"}}]),
        message("---\n***"),
        {"type": "interaction", "messages": "damaged"},
        {"type": "interaction", "purpose": "summary", "messages": [{"role": "user", "text": "a"}]},
        {"type": "call", "messages": [{"role": "user", "text": "a"}]},
    ],
)
def test_what_means_nothing_to_a_reader_has_no_passage(entry):
    assert passages.passages(entry) == []


def test_pins_summaries_and_state_have_passages():
    pin = {"type": "pin", "key": "rule", "text": "Never push", "reason": ""}
    value = {"type": "set", "key": "state.city", "value": "Oslo"}

    assert [texts(one) for one in (pin, value)] == [["rule Never push"], ["city Oslo"]]


def test_half_a_surrogate_pair_has_a_digest():
    assert passages.digest("\ud83d") == passages.digest("?")


class Known:
    """The passages of a library, brought up to date and asked."""

    def __init__(self, library):
        self.library = library

    def __call__(self, **which):
        return self.library.index.ask(
            lambda connection, source: self._rows(connection, source, which)
        )

    def _rows(self, connection, source, which):
        passages.refresh(connection, source)
        rows = passages.rows(connection, **which)
        return [(row[0], passages.text_of(source, row)) for row in rows]


@pytest.fixture
def known(talks):
    return Known(talks)


def test_all_that_was_said_is_there_the_newest_first(known, talks):
    talks.say("plan-auth", "Later", "Yes", at="2026-03-01T00:00:00.000Z")

    assert known()[:2] == [("plan-auth", "Later"), ("plan-auth", "Yes")]
    assert len(known()) == 6


def test_only_the_named_sessions_and_shared_beginnings_are_asked(known, talks):
    talks.say("plan-auth", "Later", "Yes")
    first = next(talks.store.plain_entries("plan-auth", after=0))["seq"]

    assert {name for name, _text in known(spans=[Span("plan-cards")])} == {"plan-cards"}
    assert len(known(spans=[Span("plan-auth", first)])) == 2
    assert len(known(spans=[Span("plan-auth", after=first)])) == 2
    assert known(spans=[]) == []
    assert len(known(spans=[Span("plan-cards"), Span("plan-auth", first)])) == 4


def test_what_was_removed_has_no_passages_any_more(known, talks):
    known()
    talks.store.discard("plan-auth")

    assert {name for name, _text in known()} == {"plan-cards"}


def test_a_passage_that_changed_meanwhile_has_no_text(talks):
    def text(connection, source):
        passages.refresh(connection, source)
        (name, place, part, _digest), *_rest = passages.rows(connection)
        return passages.text_of(source, (name, place, part, b"another"))

    assert talks.index.ask(text) == ""
