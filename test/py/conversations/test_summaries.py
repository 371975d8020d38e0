"""Older messages are summarized once, within a budget, and none is lost on the way."""

import pytest

from ai_sessions import tokens
from ai_sessions.conversations import messages, state, summaries, system_texts
from ai_sessions.conversations.forking import fork
from ai_sessions.conversations.gauges import Gauges
from ai_sessions.conversations.segments import clear
from ai_sessions.conversations.summaries import Rules
from ai_sessions.errors import NotFound, UsageError
from ai_sessions.memory.items import of_json
from ai_sessions.memory.summarizer import Draft
from ai_sessions.memory.weights import weigh_all
from ai_sessions.records import About, Interaction, Message, Summary

NAME = "chat"


#: What each message says after its number; they weigh the same.
WORDS = " and the retries of card payments are counted by the gateway of the other bank"


@pytest.fixture
def say(store, now):
    """Adds so many messages, numbered on."""
    store.ensure(NAME, About(kind="chat"))
    numbers = iter(range(1000))

    def more(count, name=NAME):
        for _ in range(count):
            number = next(numbers)
            role = "assistant" if number % 2 else "user"
            messages.add_message(store, now, name, Message(role, f"number {number:03}{WORDS}"))

    return more


def summarize(store, now, name=NAME, limit=None, **rules):
    return summaries.fold(store, now, name, Rules(**rules), limit)


def uncovered(store, name=NAME):
    session = store.read(name)
    after = summaries.uncovered_after(store, session, summaries.newest(store, session))
    return [one.text.removesuffix(WORDS) for one in messages.said(store, name, after=after)]


def test_few_messages_are_not_summarized(store, now, say):
    say(9)

    assert summarize(store, now) is None
    assert store.read(NAME).summary_seq == -1


def test_there_is_nothing_to_summarize_where_nobody_spoke(store, now):
    store.ensure(NAME, About())
    assert summarize(store, now, fewest=0) is None
    with pytest.raises(NotFound):
        summarize(store, now, "nobody")


def test_the_newest_three_of_ten_stay_from_a_question_on(store, now, say):
    say(10)
    summary = summarize(store, now)

    assert (summary.covers_from, summary.covers_to, summary.based_on) == (0, 8, -1)
    assert (summary.kind, summary.tokens_source) == ("extractive", "estimate")
    assert summary.tokens == tokens.estimate(summary.text)
    assert uncovered(store) == ["number 008", "number 009"]
    assert len(messages.said(store, NAME)) == 10


def test_the_next_summary_goes_on_from_the_one_before(store, now, say):
    say(10)
    first = summarize(store, now)
    say(10)
    second = summarize(store, now)

    assert (second.based_on, second.covers_from) == (first.seq, 0)
    assert uncovered(store) == [f"number {number:03}" for number in (18, 19)]


def test_it_is_made_of_messages_that_are_there(store, now, say):
    say(20)
    found = [of_json(one) for one in summarize(store, now).items]

    there = {one.id for one in messages.said(store, NAME)}
    assert found
    assert all(set(item.sources) <= there for item in found)


def test_a_summary_that_would_not_be_shorter_is_none(store, now, say):
    class Longwinded:
        name, needs_model = "longwinded", False

        def fold(self, fold):
            return Draft("word " * 2000)

    say(20)
    assert summarize(store, now, summarizer=Longwinded()) is None
    assert store.read(NAME).summary_seq == -1


def test_a_summarizer_knows_pins_state_and_commits_and_no_system_text(store, now, say):
    seen = []

    class Listener:
        name, needs_model = "listener", False

        def fold(self, fold):
            seen.append(fold)
            return Draft("short")

    say(2)
    state.remember(store, now, NAME, "I am Priya", key="name")
    state.update_state(store, now, NAME, {"lang": "pl"})
    messages.add_message(store, now, NAME, Message("system", "be brief"))
    asked = (Message("user", "go" + WORDS), Message("assistant", "done" + WORDS))
    store.append(NAME, [Interaction("i", "", "openai", "m", asked, commit="abc")])
    say(10)
    summarize(store, now, summarizer=Listener())

    (fold,) = seen
    assert fold.pins == ("I am Priya",)
    assert fold.state == {"lang": "pl"}
    assert "system" not in {one.role for one in fold.messages}
    assert set(fold.commits.values()) == {"abc"}
    assert set(fold.commits) <= {one.id for one in messages.said(store, NAME)}


def test_in_place_of_a_redacted_summary_the_one_before_it_counts(store, now, say):
    say(10)
    first = summarize(store, now)
    say(10)
    second = summarize(store, now)
    store.redact(NAME, second.seq)

    session = store.read(NAME)
    assert summaries.newest(store, session).seq == first.seq
    assert uncovered(store)[0] == "number 008"
    assert summarize(store, now).based_on == first.seq
    assert len(uncovered(store)) == 2


def test_system_texts_stay_when_they_are_covered(store, now, say):
    say(4)
    messages.add_message(store, now, NAME, Message("system", "be brief"))
    say(20)
    for _ in range(2):
        summary = summarize(store, now)
        say(12)

    found = system_texts.before(store, store.read(NAME), summary)
    assert [one.text for one in found] == ["be brief"]


@pytest.mark.parametrize("limit", [400, 1000, 4000])
def test_under_a_limit_the_newest_third_of_it_stays(store, now, say, limit):
    say(200)
    summary = summarize(store, now, limit=limit)

    kept = messages.said(store, NAME, after=summary.covers_to)
    assert weigh_all(kept) <= limit * 0.3
    assert weigh_all(messages.said(store, NAME, after=summary.covers_to - 2)) > limit * 0.25
    assert summary.tokens <= limit / 8


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


def test_a_tool_call_stays_with_its_results(store, now, say):
    """Also when several wait at once, and no question follows."""
    say(20)
    for id_ in ("a", "b"):
        messages.record_tool_call(store, now, NAME, "x", call_id=id_)
    for id_ in ("b", "a"):
        result = f"found {id_} {WORDS * 6}"
        messages.record_tool_call(store, now, NAME, "x", call_id=id_, result=result)

    for trigger in range(40, 400, 40):
        summary = summarize(store, now, limit=trigger, fewest=1)
        kept = messages.said(store, NAME, after=summary.covers_to) if summary else ()
        calls = {call.id for one in kept for call in one.tool_calls}
        assert {one.tool_call_id for one in kept if one.tool_call_id} == calls


def test_the_past_that_a_fork_shares_is_covered_as_a_whole(store, now, say):
    say(12)
    fork(store, NAME, "other", now)
    assert summarize(store, now, "other") is None
    say(1, "other")
    summary = summarize(store, now, "other")

    assert summary.covers_to == 0
    assert "number" in summary.text
    assert uncovered(store, "other") == ["number 012"]


def test_what_is_behind_a_break_is_not_summarized(store, now, say):
    say(10)
    clear(store, NAME)
    say(9)
    assert summarize(store, now) is None

    say(1)
    assert "number 009" not in summarize(store, now).text


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
    assert uncovered(store) == ["number 003"]


def test_it_is_due_when_what_a_model_is_told_reaches_the_share(store, now, say):
    def folded():
        return summaries.fold_if_due(store, now, store.read(NAME), Rules(), limit=1000)

    while weigh_all(messages.said(store, NAME)) < 700:
        assert folded() is None
        say(1)
    assert folded()
    assert folded() is None


def test_pins_and_state_count_for_the_limit(store, now, say):
    say(12)
    assert summaries.fold_if_due(store, now, store.read(NAME), Rules(), limit=1000) is None
    state.remember(store, now, NAME, "never promise a date " * 150, key="rule")

    assert summaries.fold_if_due(store, now, store.read(NAME), Rules(), limit=1000)


def test_a_large_message_of_the_newest_turn_makes_no_second_summary_due(store, now, say):
    def fold():
        return summaries.fold_if_due(store, now, store.read(NAME), Rules(fewest=2), 1000)

    say(20)
    messages.add_message(store, now, NAME, Message("user", "word " * 9000))
    assert fold()
    assert uncovered(store)[-1].startswith("word")
    assert len(uncovered(store)) > 1

    assert fold() is None


def test_a_summary_is_found_when_others_have_added_messages_since_the_session_was_read(
    store, now, say
):
    say(40)
    added = summarize(store, now)
    session = store.read(NAME)
    say(5)

    assert summaries.newest(store, session).seq == added.seq


def test_what_cannot_be_said_shorter_is_not_tried_with_each_message(store, now, say):
    tried, gauges = [], Gauges()

    class Nothing:
        needs_model = False

        def fold(self, fold):
            tried.append(len(fold.messages))
            return Draft("")

    rules = Rules(summarizer=Nothing())
    for _ in range(64):
        say(1)
        summaries.fold_if_due(store, now, store.read(NAME), rules, 400, gauges)

    assert 1 < len(tried) < 32
