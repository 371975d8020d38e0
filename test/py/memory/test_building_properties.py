"""What holds for the context of every conversation, whatever was said in it, at every limit."""

import os
import re
from collections import Counter as Numbers

from hypothesis import given, settings
from hypothesis import strategies as st

from ai_sessions.errors import LimitReached
from ai_sessions.memory import wording
from ai_sessions.memory.building import Sources, build
from ai_sessions.memory.items import Item
from ai_sessions.memory.recall import Recalled
from ai_sessions.memory.weights import weigh, weigh_text
from ai_sessions.records import Message, Pin, Summary, ToolCall

ORDER = ["system", "pins", "state", "summary", "recall", "tail"]
ENDS = [
    "",
    "\ud83d",
    "e\u0301",
    "👩‍👩‍👧",
    "日本語の文",
    "a b\n",
    "word " * 9,
    "\ude00x",
    "{}",
    "1234567",
]
texts = st.one_of(
    st.sampled_from(ENDS),
    st.text(st.characters(), max_size=20),
    st.builds(lambda part, times: part * times, st.sampled_from(ENDS), st.integers(1, 900)),
)
arguments = st.one_of(
    texts, st.none(), st.dictionaries(st.sampled_from(["path", "text", "n"]), texts | st.integers())
)
tokens = st.one_of(st.none(), st.integers(0, 50), st.integers(0, 20_000))
call_ids = st.sampled_from(["a", "b", "c", ""])


@st.composite
def messages(draw):
    role = draw(
        st.sampled_from(["user", "user", "assistant", "assistant", "tool", "tool", "system"])
    )
    calls = draw(st.lists(st.builds(ToolCall, call_ids, st.just("run"), arguments), max_size=4))
    return Message(
        role,
        draw(texts),
        tool_calls=tuple(calls) if role == "assistant" and draw(st.booleans()) else (),
        tool_call_id=draw(call_ids) if role == "tool" else "",
        parts=draw(st.sampled_from([(), (), ({"image": "x" * 900},)])),
        tokens=draw(tokens),
        tokens_source=draw(st.sampled_from(["provider", "tokenizer", "estimate", ""])),
    )


def numbered(said):
    return tuple(
        Message(
            **{name: getattr(one, name) for name in one.__dataclass_fields__ if name != "id"},
            id=f"{at}.0",
        )
        for at, one in enumerate(said)
    )


logs = st.lists(messages(), max_size=24).map(numbered)
lines = st.lists(
    st.builds(
        Recalled,
        texts,
        st.integers(0, 40).map("{}.0".format),
        st.just("user"),
        score=st.floats(0, 1),
    ),
    max_size=5,
).map(tuple)
commands = st.lists(
    st.builds(Item, st.just("command"), texts, st.integers(0, 40).map(lambda at: (f"{at}.0",))),
    max_size=5,
).map(tuple)
pins = st.dictionaries(st.sampled_from("ab"), texts)
sources = st.builds(
    Sources,
    system=st.lists(texts.map(lambda text: Message("system", text)), max_size=2).map(tuple),
    pins=pins.map(lambda kept: wording.pins({key: Pin(key, text) for key, text in kept.items()})),
    state=st.dictionaries(st.sampled_from("ab"), st.text(max_size=9)).map(wording.state),
    summary=st.none() | st.builds(Summary, texts, st.just(0)),
    recalled=lines,
    commands=commands,
    said=logs,
    question=st.just("") | texts,
)
limits = st.one_of(st.integers(1, 400), st.integers(1, 100_000))
numbers = st.none() | st.integers(1, 30)
EXAMPLES = 1000 if os.environ.get("AI_SESSIONS_LONG") == "1" else 50
thorough = settings(max_examples=EXAMPLES, deadline=None)


def fixed(told):
    """Weight of what must not be left out, but for the newest message of the user."""
    rules = {one.text: one for one in told.system}.values()
    said = {one.text: one for one in told.said if one.role == "system"}.values()
    made = [one for one in (told.pins, told.state) if one]
    asked = weigh_text(told.question) if told.question else 0
    return sum(map(weigh, [*rules, *said, *made])) + asked


def built(told, limit, most=None):
    """None: it was refused, as it may be only when there is no room for what must be told."""
    try:
        return build(told, limit, most)
    except LimitReached:
        stub = 0 if told.question else 80
        assert fixed(told) + stub > limit
        return None


def tail(context):
    return next((part.messages for part in context.parts if part.name == "tail"), ())


def part(context, name):
    return next((part.messages for part in context.parts if part.name == name), ())


@thorough
@given(sources, limits, numbers)
def test_it_is_never_over_the_limit_and_every_part_says_its_tokens(told, limit, most):
    context = built(told, limit, most)
    if context is None:
        return
    asked = weigh_text(told.question) if told.question else 0

    assert context.tokens <= limit
    assert [part.tokens for part in context.parts] == [
        sum(map(weigh, part.messages)) for part in context.parts
    ]
    assert context.tokens == sum(part.tokens for part in context.parts) + asked


@thorough
@given(sources, limits, numbers)
def test_calls_and_results_are_told_together_or_not_at_all(told, limit, most):
    context = built(told, limit, most)
    waiting = []
    for one in context.messages if context else ():
        if one.role == "tool":
            assert one.tool_call_id in waiting
            waiting.remove(one.tool_call_id)
            continue
        assert waiting == []
        waiting = [call.id for call in one.tool_calls]
    assert waiting == []


@thorough
@given(sources, limits, numbers, texts, lines)
def test_the_order_is_fixed_and_up_to_the_state_another_question_changes_nothing(
    told, limit, most, question, others
):
    context = built(told, limit, most)
    names = [one.name for one in context.parts] if context else []
    assert names == [name for name in ORDER if name in names]

    rest = {name: getattr(told, name) for name in told.__dataclass_fields__}
    again = built(Sources(**{**rest, "question": question, "recalled": others}), limit, most)
    if context and again and tail(context)[:1] == tail(again)[:1]:
        for name in ("system", "pins", "state"):
            assert part(context, name) == part(again, name)


@thorough
@given(sources, limits, numbers)
def test_the_newest_message_of_the_user_is_told_and_the_tail_begins_with_one(told, limit, most):
    context = built(told, limit, most)
    asked = [one.id for one in told.said if one.role == "user"]
    if context is None or not asked:
        return
    shown = [one for one in tail(context) if one.role != "system"]

    assert not shown or shown[0].role == "user"
    if not told.question:
        assert asked[-1] in [one.id for one in shown]


@thorough
@given(sources, limits, numbers)
def test_system_texts_pins_and_state_are_told_word_for_word(told, limit, most):
    context = built(told, limit, most)
    if context is None:
        return
    there = Numbers(one.text for one in context.messages if one.role == "system")

    for one in [*told.system, *(one for one in told.said if one.role == "system")]:
        assert there[one.text] >= 1
    assert part(context, "pins") == ((told.pins,) if told.pins else ())
    assert part(context, "state") == ((told.state,) if told.state else ())


@thorough
@given(sources, limits, numbers)
def test_every_message_is_told_once_or_counted_as_left_out(told, limit, most):
    context = built(told, limit, most)
    if context is None:
        return
    shown = Numbers(one.id for one in context.messages if one.id)
    others = [one for one in told.said if one.role != "system"]

    assert set(shown.values()) <= {1}
    assert context.left_out == len(others) - sum(shown[one.id] for one in others)
    order = [int(one.id[:-2]) for one in tail(context) if one.id and one.role != "tool"]
    assert order == sorted(order)


@thorough
@given(sources, limits, numbers)
def test_what_is_cut_is_named_and_has_both_ends_and_a_marker(told, limit, most):
    context = built(told, limit, most)
    whole = {one.id: one for one in told.said}
    for one in tail(context) if context else ():
        before = whole.get(one.id)
        if before is None:
            continue
        text = re.sub(r"\s*\[\.\.\. messages.*left out here \.\.\.\]\Z", "", one.text)
        if one.id not in context.cut:
            assert text.strip() == before.text.strip()
            assert one.tool_calls == before.tool_calls
        elif text != before.text:
            assert f"message {one.id} ...]" in text
            first, last = re.split(r"\s*\[\.\.\. .* \.\.\.\]\s*", text)
            assert before.text.startswith(first)
            assert before.text.rstrip().endswith(last.rstrip())


@thorough
@given(sources, limits, numbers)
def test_equal_sources_give_equal_bytes(told, limit, most):
    assert repr(built(told, limit, most)) == repr(built(told, limit, most))


@thorough
@given(sources, numbers)
def test_without_a_limit_nothing_is_cut_and_the_newest_are_told(told, most):
    context = build(told, None, most)
    shown = [one for one in tail(context) if one.role != "system"]

    assert context.cut == ()
    if most is not None:
        assert len(shown) <= most
