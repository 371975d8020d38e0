"""Older messages are summarized once, within a budget, and none is lost on the way."""

import pytest

from ai_sessions import tokens
from ai_sessions.conversations import messages, summaries
from ai_sessions.conversations.forking import fork
from ai_sessions.conversations.segments import clear
from ai_sessions.errors import NotFound, UsageError
from ai_sessions.records import About, Message, Summary, ToolCall

NAME = "chat"


@pytest.fixture
def say(store, now):
    """Adds so many messages, numbered on."""
    store.ensure(NAME, About(kind="chat"))
    numbers = iter(range(1000))

    def more(count, name=NAME):
        for _ in range(count):
            number = next(numbers)
            role = "assistant" if number % 2 else "user"
            messages.add_message(store, now, name, Message(role, f"number {number}"))

    return more


def summarize(store, now, name=NAME, most=500, fewest=10):
    return summaries.summarize(store, now, name, most_tokens=most, fewest=fewest)


def uncovered(store, name=NAME):
    session = store.read(name)
    after = summaries.uncovered_after(store, session, summaries.newest(store, session))
    return [one.text for one in messages.said(store, name, after=after)]


def test_few_messages_are_not_summarized(store, now, say):
    say(9)

    assert summarize(store, now) is None
    assert store.read(NAME).summary_seq == -1


def test_there_is_nothing_to_summarize_where_nobody_spoke(store, now):
    store.ensure(NAME, About())
    assert summarize(store, now, fewest=0) is None
    with pytest.raises(NotFound):
        summarize(store, now, "nobody")


def test_seven_of_ten_messages_are_summarized_and_three_stay(store, now, say):
    say(10)
    summary = summarize(store, now)

    assert summary.text.splitlines()[::6] == ["user: number 0", "user: number 6"]
    assert (summary.covers_from, summary.covers_to, summary.based_on) == (0, 7, -1)
    assert (summary.kind, summary.tokens_source) == ("extractive", "estimate")
    assert summary.tokens == tokens.estimate(summary.text)
    assert uncovered(store) == ["number 7", "number 8", "number 9"]
    assert len(messages.said(store, NAME)) == 10


def test_the_next_summary_goes_on_from_the_one_before(store, now, say):
    say(10)
    first = summarize(store, now)
    say(10)
    second = summarize(store, now)

    assert (second.based_on, second.covers_from) == (first.seq, 0)
    assert second.text.startswith(first.text)
    assert second.text.count("number 7") == 1
    assert uncovered(store) == [f"number {number}" for number in range(16, 20)]


def test_of_two_who_continue_one_summary_one_does(store, now, say, monkeypatch):
    say(10)
    said, rivals = messages.said, []

    def meanwhile(*given, **how):
        found = said(*given, **how)
        monkeypatch.undo()
        say(4)
        rivals.append(summarize(store, now))
        return found

    monkeypatch.setattr(messages, "said", meanwhile)
    assert summarize(store, now) is None

    found = [entry.seq for entry in store.entries(NAME) if isinstance(entry, Summary)]
    assert found == [rivals[0].seq]


def test_a_tool_call_stays_with_its_result(store, now, say):
    say(6)
    call = Message("assistant", "look", tool_calls=(ToolCall("c", "x"),))
    messages.add_message(store, now, NAME, call)
    messages.add_message(store, now, NAME, Message("tool", "found", tool_call_id="c"))
    say(2)

    summarize(store, now)
    assert uncovered(store) == ["look", "found", "number 6", "number 7"]


def test_calls_that_wait_at_once_are_not_parted_from_their_results(store, now, say):
    say(6)
    for id_ in ("a", "b"):
        messages.record_tool_call(store, now, NAME, "x", call_id=id_)
    for id_ in ("b", "a"):
        messages.record_tool_call(store, now, NAME, "x", call_id=id_, result=f"found {id_}")
    say(1)

    summarize(store, now)
    assert uncovered(store) == ["", "found a", "", "found b", "number 6"]


def test_the_past_that_a_fork_shares_is_covered_as_a_whole(store, now, say):
    say(12)
    fork(store, NAME, "other", now)
    assert summarize(store, now, "other") is None
    say(1, "other")
    summary = summarize(store, now, "other")

    assert summary.covers_to == 0
    assert len(summary.text.splitlines()) == 12
    assert uncovered(store, "other") == ["number 12"]


def test_what_is_behind_a_break_is_not_summarized(store, now, say):
    say(10)
    clear(store, NAME)
    say(9)
    assert summarize(store, now) is None

    say(1)
    assert "number 9" not in summarize(store, now).text


@pytest.mark.parametrize("most", [1, 20, 100, 500])
def test_a_summary_has_no_more_tokens_than_it_may(most):
    said = [Message("user", f"{number} " + "words and more words " * 20) for number in range(100)]
    text = summaries.extracted("first\nsecond", said, most)

    assert tokens.estimate(text) <= most
    assert "first" not in text
    if most == 500:
        assert text.splitlines()[-1].startswith("user: 99 words")


def test_a_message_is_one_short_line_in_a_summary():
    said = [Message("user", "a\n\nb " + "x" * 300), Message("assistant", " \n")]
    (line,) = summaries.extracted("", said, 500).splitlines()

    assert line.startswith("user: a b xxx")
    assert line.endswith("x…")
    assert len(line) <= 170


@pytest.mark.parametrize(
    ("summary", "told"),
    [
        (Summary(" ", covers_to=1), "a summary without text"),
        (Summary("x", covers_to=3), "no entries 0 to 3"),
        (Summary("x", covers_to=1, covers_from=2), "no entries 2 to 1"),
        (Summary("x" * (5 << 20), covers_to=1), "at most 1,048,576"),
    ],
    ids=["empty", "future", "backwards", "large"],
)
def test_a_wrong_summary_is_refused(store, now, say, summary, told):
    say(2)
    with pytest.raises(UsageError, match=told):
        summaries.add_summary(store, now, NAME, summary)
    assert store.read(NAME).summary_seq == -1


def test_a_summary_that_somebody_wrote_counts(store, now, say):
    say(4)
    given = Summary("They counted.", covers_to=3, kind="given")
    added = summaries.add_summary(store, now, NAME, given)

    assert summaries.newest(store, store.read(NAME)) == added
    assert added.tokens == tokens.estimate("They counted.")
    assert uncovered(store) == ["number 3"]


def test_it_is_due_when_the_messages_that_are_told_reach_the_share(store, now, say):
    def is_due():
        return summaries.is_due(store, store.read(NAME), limit=100, threshold=0.7)

    while summaries.told_tokens(messages.said(store, NAME)) < 70:
        assert not is_due()
        say(1)
    assert is_due()

    summarize(store, now)
    assert not is_due()
