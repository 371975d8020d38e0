"""What every store promises of conversations: messages, facts, breaks, pins and summaries."""

import dataclasses

import pytest

from ai_sessions.errors import UsageError
from ai_sessions.records import (
    About,
    Change,
    Message,
    Note,
    Parent,
    Pin,
    Said,
    Segment,
    Summary,
    ToolCall,
    Wanted,
)
from ai_sessions.store import facts, totals

NAME = "chat-with-us"
ABOUT = About(
    kind="chat",
    interface="telegram",
    conversation_id="123",
    external_user_id="user123",
    external_chat_id="chat456",
    title="Weather",
    token_limit=8000,
    expires_in_ms=3_600_000,
    parent=Parent("chat-before", "uid-1", 7, 0),
)
CALL = ToolCall("call-1", "weather", {"city": "Łódź", "days": [1, 2]})
ASKED = Message("user", "and tomorrow?", parts=({"type": "image", "url": "x"},), tokens=4)
TOOLS = Message("assistant", "", tool_calls=(CALL,), tokens=9, tokens_source="estimate")
RESULT = Message("tool", "no network", name="weather", tool_call_id="call-1", is_error=True)


def test_what_a_conversation_is_stays_with_it(store):
    store.ensure(NAME, ABOUT)

    about = store.read(NAME).about
    assert dataclasses.replace(about, project="") == ABOUT
    assert store.read(NAME).kind == "chat"


@pytest.mark.parametrize(
    ("about", "kind"), [(About("plan", "auth"), "work"), (About(), "chat")], ids=["work", "chat"]
)
def test_what_it_is_follows_from_its_command(store, about, kind):
    assert store.ensure("plan-auth", about).kind == kind


def test_messages_come_back_as_they_were_said(store, call):
    store.append(NAME, [Said(ASKED), Said(TOOLS), Said(RESULT)], about=ABOUT)
    store.append(NAME, [call(messages=(ASKED, TOOLS))])

    one, two, three, four = store.entries(NAME)
    said = [one.message, two.message, three.message, *four.messages]
    stored = [dataclasses.replace(message, at="") for message in said]
    assert stored == [ASKED, TOOLS, RESULT, ASKED, TOOLS]
    assert [message.id for message in said] == ["1.0", "2.0", "3.0", "4.0", "4.1"]


def test_messages_tools_and_tokens_are_counted_once(store, call):
    store.append(NAME, [Said(ASKED), Said(TOOLS), Said(RESULT)])
    sums = store.append(NAME, [call(messages=(ASKED, TOOLS))]).totals

    assert (sums.messages, sums.tool_calls, sums.tool_errors) == (5, 2, 1)
    assert (sums.said_input_tokens, sums.said_output_tokens) == (4, 9)


def test_system_texts_are_counted(store, call):
    rule = Message("system", "Be brief.")
    store.append(NAME, [Said(rule), Said(ASKED), call(messages=(rule, ASKED))], about=ABOUT)

    assert store.read(NAME).totals.system_texts == 2


def test_tool_calls_are_open_until_their_result(store):
    unnamed = Message("assistant", "", tool_calls=(ToolCall("", "x"),))
    session = store.append(NAME, [Said(TOOLS), Said(ASKED), Said(unnamed)])
    assert session.open_calls == {"call-1": "weather"}

    assert store.append(NAME, [Said(RESULT)]).open_calls == {}


def test_an_error_beside_a_call_is_counted(store):
    session = store.append(NAME, [Note(totals.ERROR, {"message": "timed out"})])

    assert session.totals.errors == 1


def test_a_key_in_a_tools_arguments_is_masked_and_its_id_is_not(store):
    key = "sk-ant-api03-" + "a1B2c3D4" * 12
    call = ToolCall("call-1", "fetch", {"headers": {"authorization": key}})
    store.append(NAME, [Said(Message("assistant", "", tool_calls=(call,)))])

    (entry,) = store.entries(NAME)
    (kept,) = entry.message.tool_calls
    assert kept.id == "call-1"
    assert key not in str(kept.arguments)


def test_state_is_set_and_taken_away_by_key(store):
    store.append(NAME, [Change("state.lang", "pl"), Change("state.cart", {"items": [1]})])
    session = store.append(NAME, [Change("state.lang", None), Change("state.n", 0)])

    assert session.state == {"cart": {"items": [1]}, "n": 0}


def test_a_pin_is_kept_verbatim_until_it_is_taken_away(store):
    store.append(NAME, [Pin("name", "I am Priya", "4.0", "asked to"), Pin("tone", "be brief")])
    session = store.append(NAME, [Pin("tone", None)])

    (pin,) = session.pins.values()
    assert (pin.key, pin.text, pin.message, pin.reason) == ("name", "I am Priya", "4.0", "asked to")
    assert [entry.key for entry in store.entries(NAME)] == ["name", "tone", "tone"]


def test_the_newest_summary_and_break_are_known_without_the_log(store):
    first = Summary("one", covers_to=3, items=({"text": "x", "from": ["1.0"]},), tokens=5)
    again = Summary("two", covers_to=5, covers_from=1, kind="model", model="haiku", based_on=1)
    breaks = [Segment("threshold"), Segment("clear", {"by": "user"})]
    session = store.append(NAME, [first, breaks[0], again, breaks[1]])

    assert (session.summary_seq, session.segment_seq, session.last_seq) == (3, 4, 4)
    told = [dataclasses.replace(one, at="", seq=-1, id="") for one in store.entries(NAME)]
    assert told == [first, breaks[0], again, breaks[1]]


@pytest.mark.parametrize(
    ("key", "value", "read"),
    [
        ("title", "Billing", lambda session: session.about.title),
        ("description", "Why the bill is wrong", lambda session: session.description),
        ("token_limit", 100, lambda session: session.about.token_limit),
        ("expires_in_ms", 5, lambda session: session.about.expires_in_ms),
        ("link.uid-2", "plan-auth", lambda session: session.links.get("uid-2")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_facts_change_and_wrong_values_change_nothing(store, key, value, read):
    store.ensure(NAME, About())
    nothing = read(store.read(NAME))

    assert read(store.append(NAME, [Change(key, value)])) == value
    assert read(store.append(NAME, [Change(key, [True])])) == value
    assert read(store.append(NAME, [Change(key, None)])) == nothing


@pytest.mark.parametrize(
    "entry",
    [Change("state.big", "x" * facts.LARGEST), Pin("big", "x" * facts.LARGEST)],
    ids=["state", "pin"],
)
def test_more_state_and_pins_than_a_checkpoint_may_have_are_refused(store, entry):
    before = store.append(NAME, [Change("state.small", "y" * 1000), Pin("p", "z")])

    with pytest.raises(UsageError, match=rf"{NAME}: its state and pins would have 6\d,\d+ bytes"):
        store.append(NAME, [Change("title", "t"), entry])
    assert store.read(NAME) == before
    assert store.append(NAME, [Change("state.small", None)]).state == {}


def test_two_halves_that_are_too_large_together_are_refused(store):
    half = "x" * (facts.LARGEST // 2)
    store.append(NAME, [Change("state.a", half)])

    with pytest.raises(UsageError):
        store.append(NAME, [Pin("b", half)])


def test_sessions_are_found_by_conversation_and_status(store):
    store.ensure(NAME, ABOUT)
    store.ensure("other", About(interface="api", conversation_id="123"))
    store.append("other", [Change("status", "inactive")])

    def names(**wanted):
        return [session.name for session in store.sessions(Wanted(**wanted))]

    assert names(interface="telegram", conversation_id="123") == [NAME]
    assert names(conversation_id="123", status="inactive") == ["other"]
    assert names(kind="work") == []


def test_words_of_messages_pins_and_state_are_redacted_everywhere(store):
    word = "hunter2"
    call = ToolCall("call-1", "login", {"password": word})
    said = [
        Said(Message("assistant", word, tool_calls=(call,), metadata={"x": word})),
        Pin("secret", word),
        Change("state.secret", word),
        Summary(word, covers_to=1, items=({"text": word},)),
    ]
    store.append(NAME, said)
    for seq in (1, 2, 3, 4):
        store.redact(NAME, seq)

    assert word not in str(list(store.plain_entries(NAME)))
    assert word not in str(store.read(NAME))
    assert store.read(NAME).totals.tool_calls == 1
    assert next(store.entries(NAME)).message.tool_calls[0].id == "call-1"


@pytest.mark.parametrize(
    ("key", "value"),
    [("token_limit", 2**70), ("expires_in_ms", -5), ("conversation_id", 123), ("kind", "talk")],
)
def test_a_session_that_could_not_be_read_again_is_not_made(store, key, value):
    wrong = dataclasses.replace(ABOUT, **{key: value})
    for make in (store.ensure, lambda name, about: store.append(name, [], about=about)):
        with pytest.raises(UsageError, match=f"session {NAME}: {key} cannot be"):
            make(NAME, wrong)
    assert store.names() == []
