"""A conversation is kept within its limit whatever happens in it, in whatever order."""

import os
from collections import Counter as Numbers
from datetime import UTC, datetime

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ai_sessions.conversations import forking, inherited, messages, segments, state, summaries
from ai_sessions.conversations.memory import Memory
from ai_sessions.conversations.summaries import Rules
from ai_sessions.errors import LimitReached
from ai_sessions.memory.extractive import ExtractiveItems
from ai_sessions.memory.weights import weigh, weigh_text
from ai_sessions.records import About, Interaction, Message, ToolCall
from ai_sessions.store.memory import MemoryStore

NOW = datetime(2026, 11, 29, tzinfo=UTC)
#: A conversation of twenty steps takes about 50 ms.
EXAMPLES = 300 if os.environ.get("AI_SESSIONS_LONG") == "1" else 12
LIMITS = [40, 300, 1000, 4000, None]
small = st.sampled_from(["", "hi", "The port is 8080.", "日本語の文です。", "a\nb"])
large = st.builds(
    lambda part, times: part * times,
    st.sampled_from(["word ", "日本語の文です。", "We use Redis, not Kafka. ", "{'a': 1}\n"]),
    st.integers(1, 900),
)
texts = small | large | st.just("\ud83d lone")


class Interrupted(ExtractiveItems):
    """Something happens while a summary is made."""

    def __init__(self, what):
        self.what = what

    def fold(self, fold):
        self.what()
        return super().fold(fold)


class Conversation(RuleBasedStateMachine):
    """What the verbs do to one conversation and its forks."""

    @initialize(limit=st.sampled_from(LIMITS))
    def begin(self, limit):
        self.store = MemoryStore(now=lambda: NOW)
        self.memory = Memory(Rules(fewest=4))
        self.name, self.forks = "chat", 0
        self.store.ensure("chat", About(kind="chat", token_limit=limit))
        self.limit = limit
        self.rules = []
        self.calls = 0

    # --- what happens

    def say(self, message):
        return messages.add_message(self.store, NOW, self.name, message)

    @rule(role=st.sampled_from(["user", "assistant"]), text=texts)
    def something_is_said(self, role, text):
        self.say(Message(role, text))

    @rule(text=small)
    def a_system_text_is_said(self, text):
        self.rules.append(self.say(Message("system", text)).text)

    @rule(count=st.integers(2, 6), text=texts)
    def turns_are_taken(self, count, text):
        for number in range(count):
            self.say(Message("user", f"question {number}"))
            self.say(Message("assistant", text))

    @rule(names=st.integers(1, 4))
    def tools_are_called(self, names):
        self.calls += 1
        made = tuple(
            ToolCall(f"c{self.calls}.{at}", "run", {"command": "pytest -q"}) for at in range(names)
        )
        self.say(Message("assistant", "", tool_calls=made))

    def open_calls(self):
        return sorted(self.store.read(self.name).open_calls)

    @precondition(lambda self: self.open_calls())
    @rule(data=st.data(), text=texts, is_error=st.booleans())
    def a_tool_ends(self, data, text, is_error):
        id_ = data.draw(st.sampled_from(self.open_calls()))
        self.say(Message("tool", text, tool_call_id=id_, is_error=is_error))

    @rule(
        text=texts,
        status=st.sampled_from(["ok", "ok", "timeout"]),
        purpose=st.sampled_from(["chat", "summary"]),
    )
    def a_model_is_called(self, text, status, purpose):
        self.calls += 1
        said = (Message("user", "ask"), Message("assistant", text))
        self.store.append(
            self.name,
            [Interaction(f"i{self.calls}", "", "demo", "m", said, status=status, purpose=purpose)],
        )

    @rule(key=st.sampled_from("ab"), text=small.filter(str.strip), plan=small)
    def something_is_kept(self, key, text, plan):
        state.remember(self.store, NOW, self.name, text, key=key)
        state.update_state(self.store, NOW, self.name, {"plan": plan})

    @precondition(lambda self: self.store.read(self.name).pins)
    @rule()
    def a_pin_is_taken_away(self):
        state.forget(self.store, NOW, self.name, next(iter(self.store.read(self.name).pins)))

    @rule()
    def it_is_cleared(self):
        segments.clear(self.store, self.name)

    @rule()
    def it_is_forked(self):
        if len(messages.said(self.store, self.name)) == 0:
            return
        self.forks += 1
        self.name = forking.fork(self.store, self.name, f"fork{self.forks}", NOW).name

    # --- summaries

    def told(self):
        return summaries.uncovered_after(
            self.store,
            self.store.read(self.name),
            summaries.newest(self.store, self.store.read(self.name)),
        )

    @rule(limit=st.sampled_from([300, 1000, 4000]))
    def it_is_summarized_when_that_is_due(self, limit):
        session = self.store.read(self.name)
        before = self.memory.context(self.store, self.name)
        if self.memory.fold_if_due(self.store, NOW, session, limit) is None:
            return
        self.check_shrinks(before)
        again = self.memory.fold_if_due(self.store, NOW, self.store.read(self.name), limit)
        assert again is None

    @rule(limit=st.sampled_from([None, 300, 4000]))
    def it_is_summarized_now(self, limit):
        before = self.memory.context(self.store, self.name)
        if self.memory.fold(self.store, NOW, self.name, limit):
            self.check_shrinks(before)

    def check_shrinks(self, before):
        """Only where all was told before: else the summary may tell of what was not."""
        after = self.memory.context(self.store, self.name)
        assert before.left_out or after.tokens < before.tokens

    @rule(text=texts)
    def a_message_arrives_while_it_is_summarized(self, text):
        arrived = []
        rules = Rules(
            Interrupted(lambda: arrived.append(self.say(Message("user", text)))), fewest=4
        )
        if summaries.fold(self.store, NOW, self.name, rules):
            assert arrived[0].id in [one.id for one in self.uncovered()]

    @rule()
    def two_summarize_it_at_once(self):
        first = []
        rules = Rules(
            Interrupted(lambda: first.append(self.memory.fold(self.store, NOW, self.name))),
            fewest=4,
        )
        second = summaries.fold(self.store, NOW, self.name, rules)
        if first and first[0]:
            session = self.store.read(self.name)
            newest = summaries.newest(self.store, session)
            assert (newest.seq, newest.based_on) == (first[0].seq, first[0].based_on)
            assert second is None or second.covers_to == newest.covers_to

    # --- what has to hold

    @invariant()
    def a_model_is_told_what_it_should_be(self):
        if not hasattr(self, "store"):
            return
        for limit, most, question in [
            (self.limit, None, ""),
            (self.limit, None, "and now?"),
            (None, 5, ""),
            (600, 20, "word " * 90),
        ]:
            self.check(limit, most, question)

    def check(self, limit, most, question):
        session = self.store.read(self.name)
        try:
            told = self.memory.context(self.store, self.name, most, limit=limit, question=question)
        except LimitReached:
            always = [
                *self.rules,
                *(pin.text for pin in session.pins.values()),
                str(session.state),
                question,
            ]
            assert limit is not None
            assert sum(map(weigh_text, always)) + 200 > limit
            return
        asked = weigh_text(question) if question else 0
        assert limit is None or told.tokens <= limit
        assert told.tokens == sum(map(weigh, told.messages)) + asked
        self.check_pairs(told)
        self.check_tail(told, question)
        self.check_system(told)
        self.check_coverage(told)
        again = self.memory.context(self.store, self.name, most, limit=limit, question=question)
        assert repr(again) == repr(told)

    def check_pairs(self, told):
        waiting = []
        for one in told.messages:
            if one.role == "tool":
                waiting.remove(one.tool_call_id)
                continue
            assert waiting == []
            waiting = [call.id for call in one.tool_calls]
        assert waiting == []

    def tail(self, told):
        return next((part.messages for part in told.parts if part.name == "tail"), ())

    def uncovered(self):
        session = self.store.read(self.name)
        after = summaries.uncovered_after(
            self.store, session, summaries.newest(self.store, session)
        )
        hidden = inherited.of(self.store, session).hidden if after < 0 else None
        return inherited.visible(messages.said(self.store, self.name, after=after), hidden)

    def check_tail(self, told, question):
        shown = [one for one in self.tail(told) if one.role != "system"]
        asked = [one.id for one in self.uncovered() if one.role == "user"]
        if asked and shown:
            assert shown[0].role == "user"
        if asked and not question:
            assert asked[-1] in [one.id for one in shown]

    def check_system(self, told):
        there = Numbers(one.text for one in told.messages if one.role == "system")
        for text in self.rules:
            assert there[text] >= 1, text
        session = self.store.read(self.name)
        for pin in session.pins.values():
            assert any(pin.text in text for text in there)

    def check_coverage(self, told):
        uncovered = {one.id for one in self.uncovered() if one.id}
        shown = Numbers(one.id for one in told.messages if one.id)
        assert set(shown.values()) <= {1}
        assert {one.id for one in self.tail(told) if one.id} <= uncovered


def test_what_a_model_is_told_holds_after_every_step():
    run_state_machine_as_test(
        Conversation,
        settings=settings(max_examples=EXAMPLES, stateful_step_count=20, deadline=None),
    )
